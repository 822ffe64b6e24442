"""Findings of security scans that somebody has taken on: findings.toml in the estate's folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from pydantic import field_validator

from compliance.toml import Strict, Words, entries_of, fit
from compliance.waivers import day


class Finding(Strict):
    """One finding of a scan as the scan names it, who mends it, and by when."""

    finding: Words
    owner: Words
    due: date

    @field_validator("due", mode="before")
    @classmethod
    def _is_a_day(cls, value: Any) -> Any:
        return day(value)


def load(folder: Path) -> dict[str, Finding]:
    """Reads findings.toml by the findings' names; of several entries the last counts. Raises `ConfigurationError` for a malformed one."""
    path = folder / "findings.toml"
    entries = [fit(Finding, entry, path, f"finding {number}") for number, entry in enumerate(entries_of(path, "finding"), 1)]
    return {entry.finding: entry for entry in entries}

"""Earlier runs: the records that runs left, found again by estate and system."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.estate import Estate
from compliance.guide import PERIODS


@dataclass(frozen=True)
class Earlier:
    """What an earlier run noted under a name."""

    value: Any
    run: str
    at: datetime
    seeded: bool


def previous_id(reports: Path, cadence: str, estate: Estate, before: datetime) -> str | None:
    """The id of the newest complete run of the same estate, system and cadence, or None for the first."""
    for record in _records(reports / cadence, estate, before):
        return str(record["run"]["id"])
    return None


def earlier(reports: Path, estate: Estate, requirement: str, name: str, before: datetime) -> Earlier | None:
    """What the newest complete run at least one period old noted under `name` for a requirement; None without one.

    A period counts as over after nine tenths of it, so that a run at the same hour every day finds yesterday's.
    """
    cadence = requirement.split(".")[0]
    limit = before - 0.9 * PERIODS[cadence]
    places = [reports / cadence] + ([estate.folder / estate.past] if estate.past else [])
    found = [newest for place in places if (newest := _newest(place, estate, limit, requirement, name))]
    return max(found, key=lambda e: e.at, default=None)


def _newest(place: Path, estate: Estate, limit: datetime, requirement: str, name: str) -> Earlier | None:
    for record in _records(place, estate, limit):
        for observation in _observations(record, requirement):
            if observation.get("name") == name and observation.get("value") is not None:
                at = datetime.fromisoformat(observation["at"])
                return Earlier(observation["value"], record["run"]["id"], at, bool(record["run"].get("seeded")))
    return None


def _records(folder: Path, estate: Estate, before: datetime) -> Iterator[dict[str, Any]]:
    """Complete records of this estate and system that ended before a moment, newest folder first."""
    for path in sorted(folder.glob("*/results.json"), reverse=True):
        if path.parent.name == "latest":
            continue
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            run = record["run"]
            mine = run["estate"] == estate.name and run["system"] == estate.system and not run["partial"]
            usable = mine and run["exit_code"] in (0, 1, 6) and datetime.fromisoformat(run["finished"]) <= before
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if usable:
            yield record


def _observations(record: dict[str, Any], requirement: str) -> list[dict[str, Any]]:
    rows = [row for row in record["requirements"] if row["id"] == requirement]
    return [o for row in rows for check in row["checks"] for o in check["observations"]]

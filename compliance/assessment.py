"""The last professional assessment of the system's security, and what became of its findings: a register in the estate's folder."""

from __future__ import annotations

from datetime import date, datetime, timezone
from pathlib import Path
from typing import Annotated, Literal

from pydantic import field_validator

from compliance.errors import ConfigurationError
from compliance.toml import AsTuple, Strict, Words, fit, read
from compliance.waivers import day


class Weakness(Strict):
    """One finding of the assessment, and what became of it."""

    name: Words
    severity: Literal["critical", "high", "medium", "low"]
    status: Literal["open", "fixed", "accepted"]
    owner: str = ""
    due: date | None = None
    decided: date | None = None
    reason: str = ""
    _days = field_validator("due", "decided", mode="before")(lambda v: None if v is None else day(v))

    def settled(self, today: date) -> bool:
        """Whether it is fixed on a date, accepted by name, date and reason, or has an owner and a date that has not passed."""
        if self.status == "fixed":
            return self.decided is not None and self.decided <= today
        if self.status == "accepted":
            return bool(self.owner.strip() and self.reason.strip()) and self.decided is not None and self.decided <= today
        return bool(self.owner.strip()) and self.due is not None and self.due >= today

    def __str__(self) -> str:
        return f"{self.name} ({self.severity}): {self.status}, {self.owner or 'nobody'}, due {self.due or 'never'}"


class Assessment(Strict):
    """The assessment: the day it was held, who did it, and its findings."""

    held: date
    by: Words
    none_found: bool = False
    finding: Annotated[tuple[Weakness, ...], AsTuple] = ()
    _day = field_validator("held", mode="before")(day)


def load(path: Path, now: datetime) -> Assessment:
    """Reads the register; raises `ConfigurationError` for one that nobody can rely on."""
    found = fit(Assessment, read(path), path)
    if found.held > now.astimezone(timezone.utc).date():
        remedy = "An assessment counts from the day it was held: correct the date"
        raise ConfigurationError(path, "held", str(found.held), "lies in the future", remedy)
    return found

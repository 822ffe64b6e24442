"""What a page may ask of the history: the course of a requirement, the last run of each cadence, runs that are missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from compliance.guide import CADENCES, PERIODS

AHEAD = timedelta(minutes=10)
LATE = 1.1  # a run that starts a little later than the last one has missed nothing


@dataclass(frozen=True)
class Point:
    """A requirement in one run: when, its verdict, and the smallest and largest number that was measured, with its unit."""

    at: datetime
    verdict: str
    low: float | None
    high: float | None
    unit: str | None
    run: str


@dataclass(frozen=True)
class PastRun:
    """A complete run. `folder` is seen from reports/; `counts` are requirements by verdict."""

    id: str
    cadence: str
    estate: str
    system: str
    host: str
    folder: str
    started: datetime
    finished: datetime
    exit_code: int
    sandbox: bool
    seeded: bool
    commit: str | None
    guide_version: str
    sha256: str
    counts: dict[str, int]

    def covers(self, cadence: str) -> bool:
        """Whether the requirements of a cadence were due in it."""
        return self.cadence == "all" or cadence in self.cadence.split("+")


@dataclass(frozen=True)
class Missed:
    """A cadence that should have run again by now: its last run and how many days ago that was; None for never."""

    cadence: str
    last: PastRun | None
    days: float | None

    @property
    def said(self) -> str:
        """In words: "weekly last ran 9 days ago"."""
        if self.days is None:
            return f"{self.cadence} has never run"
        return f"{self.cadence} last ran {self.days:.0f} days ago"


@dataclass(frozen=True)
class Past:
    """One system's history: the points of each requirement, oldest first; the newest run of each cadence; what was missed."""

    series: dict[str, list[Point]] = field(default_factory=dict)
    last: dict[str, PastRun] = field(default_factory=dict)
    missed: list[Missed] = field(default_factory=list)


def last_of_each(runs: list[PastRun], now: datetime) -> dict[str, PastRun]:
    """The newest run in which each cadence was due. One of the future had a wrong clock: it must not stand for all until then."""
    newest = sorted((run for run in runs if run.finished <= now + AHEAD), key=lambda run: run.finished)
    return {cadence: run for cadence in CADENCES for run in newest if run.covers(cadence)}


def missed(last: dict[str, PastRun], now: datetime) -> list[Missed]:
    """The cadences whose last run is more than their period, and a tenth, ago."""
    found = []
    for cadence in CADENCES:
        run = last.get(cadence)
        age: timedelta | None = now - run.finished if run else None
        if age is None or age > LATE * PERIODS[cadence]:
            found.append(Missed(cadence, run, age / timedelta(days=1) if age else None))
    return found


def measured(row: dict[str, Any]) -> tuple[float | None, float | None, str | None]:
    """The smallest and largest number of a row, and their unit; where it has several units, those of the first."""
    looks = [look for check in row.get("checks", []) for look in check.get("observations", [])]
    numbers = [(look["value"], look.get("unit")) for look in looks if type(look.get("value")) in (int, float)]
    if not numbers:
        return None, None, None
    unit = numbers[0][1]
    same = [float(value) for value, of in numbers if of == unit]
    return min(same), max(same), unit

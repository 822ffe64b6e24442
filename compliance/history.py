"""Earlier runs of the same estate and system: what the checks compare with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from compliance import records
from compliance.estate import Estate
from compliance.guide import PERIODS


@dataclass(frozen=True)
class Earlier:
    """What an earlier run noted under a name."""

    value: Any
    run: str
    at: datetime
    seeded: bool

    @property
    def named(self) -> str:
        """The run as evidence names it."""
        return f"run {self.run}" + (" (seeded, not a real run)" if self.seeded else "")


def earlier(reports: Path, estate: Estate, requirement: str, name: str, before: datetime, looked_at: str) -> Earlier | None:
    """What the newest complete run at least one period old noted under `name` for a requirement and an object; None without one.

    A period counts as over after nine tenths of it, so that a run at the same hour every day finds yesterday's.
    """
    cadence = requirement.split(".")[0]
    limit = before - 0.9 * PERIODS[cadence]
    places = [reports / cadence] + ([estate.folder / estate.past] if estate.past else [])
    found = [newest for place in places if (newest := _noted(place, estate, limit, requirement, name, looked_at))]
    return max(found, key=lambda e: e.at, default=None)


def all_earlier(reports: Path, estate: Estate, requirement: str, name: str, before: datetime, looked_at: str) -> list[Earlier]:
    """What all complete runs before a moment noted under `name` for a requirement, oldest first."""
    cadence = requirement.split(".")[0]
    found = []
    for place in [reports / cadence] + ([estate.folder / estate.past] if estate.past else []):
        for record in _documents(place, estate, before):
            values = [o for o in _observations(record, requirement, looked_at) if o.get("name") == name and o.get("value") is not None]
            run = record["run"]
            found += [Earlier(o["value"], run["id"], datetime.fromisoformat(o["at"]), bool(run.get("seeded"))) for o in values[:1]]
    return sorted(found, key=lambda e: e.at)


def _noted(place: Path, estate: Estate, limit: datetime, requirement: str, name: str, looked_at: str) -> Earlier | None:
    for record in _documents(place, estate, limit):
        for observation in _observations(record, requirement, looked_at):
            if observation.get("name") == name and observation.get("value") is not None:
                at = datetime.fromisoformat(observation["at"])
                return Earlier(observation["value"], record["run"]["id"], at, bool(record["run"].get("seeded")))
    return None


def _documents(folder: Path, estate: Estate, before: datetime) -> Iterator[dict[str, Any]]:
    """Complete records of this estate and system that ended before a moment, newest folder first."""
    for header in records.headers(folder):
        if records.same(header.run, estate.name, estate.system) and header.finished <= before:
            try:
                yield header.document()
            except (OSError, ValueError):
                continue


def _observations(record: dict[str, Any], requirement: str, looked_at: str) -> list[dict[str, Any]]:
    """Those of the checks of this object; of all where the record names none, as a seeded one does not."""
    rows = [row for row in record["requirements"] if row["id"] == requirement]
    return [o for row in rows for check in row["checks"] if check.get("object", looked_at) == looked_at for o in check["observations"]]

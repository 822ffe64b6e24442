"""The maintenance guide as a register of requirements: what must be true, why, how often, and what to do if not.

`guide/<cadence>.toml` holds the entries, `guide/emergency.toml` what to do in an outage; docs/guide.md explains the keys.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from compliance.errors import ConfigurationError
from compliance.toml import AsTuple, Strict, Texts, fit, read

CADENCES = ("daily", "weekly", "monthly", "quarterly")
PERIODS = {
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=31),
    "quarterly": timedelta(days=92),
}
FOLDER = Path(__file__).resolve().parents[1] / "guide"


class Threshold(Strict):
    """A number that the guide does not give, and where ours comes from."""

    value: str
    source: str


class Requirement(Strict):
    """One sentence of the guide that can be true or false of a system."""

    id: str
    severity: Literal["critical", "warning", "information"]
    section: str
    statement: str
    why: str
    remedy: str
    needs: Texts
    threshold: Annotated[tuple[Threshold, ...], AsTuple] = ()
    attested: bool = False
    drill: bool = False
    call: str = "System Admin"

    @field_validator("id")
    @classmethod
    def _has_a_path(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z]+(\.[a-z0-9-]+)+", value):
            raise ValueError("an id is the guide's path in lower case | Write it like daily.response-time.api")
        return value

    @property
    def cadence(self) -> str:
        """daily, weekly, monthly or quarterly: the first part of the id."""
        return self.id.split(".")[0]

    @property
    def triage(self) -> bool:
        """Whether somebody asks for it first in an outage: the critical requirements of the day."""
        return self.cadence == "daily" and self.severity == "critical"

    @property
    def first_step(self) -> str:
        """What to do before anything else: the remedy's first sentence."""
        return re.split(r"(?<=[.!?])\s+(?=[A-Z`])", self.remedy, maxsplit=1)[0]


class Outage(Strict):
    """What the guide wants done in a stretch of an outage, in its order."""

    within: str
    section: str
    steps: Texts = Field(min_length=1)


class _EmergencyFile(Strict):
    outage: list[dict[str, object]]


class _GuideFile(Strict):
    cadence: Literal["daily", "weekly", "monthly", "quarterly"]
    requirement: list[dict[str, object]]


@dataclass(frozen=True)
class Guide:
    """All requirements by id, in the guide's order, and the version that a report names."""

    requirements: dict[str, Requirement]
    version: str
    outage: tuple[Outage, ...] = ()

    def of(self, cadences: tuple[str, ...]) -> list[Requirement]:
        """The requirements that are due in a run of these cadences."""
        return [r for r in self.requirements.values() if r.cadence in cadences]


def load(folder: Path = FOLDER) -> Guide:
    """Reads `guide/*.toml`; raises `ConfigurationError` for a double, misplaced or malformed entry."""
    found: dict[str, Requirement] = {}
    for cadence in CADENCES:
        path = folder / f"{cadence}.toml"
        for requirement in _entries(path, cadence):
            if requirement.id in found:
                remedy = "Keep one of the two entries"
                raise ConfigurationError(path, "requirement.id", requirement.id, "this requirement stands twice", remedy)
            found[requirement.id] = requirement
    return Guide(found, _version(folder), _outage(folder / "emergency.toml"))


def _entries(path: Path, cadence: str) -> list[Requirement]:
    file = fit(_GuideFile, read(path), path)
    if file.cadence != cadence:
        raise ConfigurationError(path, "cadence", file.cadence, "does not fit the file's name", f"Write {cadence!r}")
    entries = []
    for number, entry in enumerate(file.requirement, 1):
        requirement = fit(Requirement, entry, path, f"requirement {number} ({entry.get('id', 'without id')})")
        if requirement.cadence != cadence:
            remedy = f"Move it to {requirement.cadence}.toml, or correct the id"
            raise ConfigurationError(path, "requirement.id", requirement.id, f"is not a {cadence} requirement", remedy)
        entries.append(requirement)
    return entries


def _outage(path: Path) -> tuple[Outage, ...]:
    file = fit(_EmergencyFile, read(path), path)
    return tuple(fit(Outage, entry, path, f"outage {number}") for number, entry in enumerate(file.outage, 1))


def _version(folder: Path) -> str:
    digest = hashlib.sha256()
    for cadence in CADENCES:
        digest.update((folder / f"{cadence}.toml").read_bytes())
    return f"sha256:{digest.hexdigest()[:12]}"

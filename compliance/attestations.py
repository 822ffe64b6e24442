"""Attestations: what a person states by name where no machine can look. attestations.toml in the estate's folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from compliance.errors import ConfigurationError
from compliance.guide import PERIODS, Guide, Requirement
from compliance.toml import Strict, Words, entries_of, fit
from compliance.verdict import Judgement, Verdict
from compliance.waivers import day


class Attestation(Strict):
    """A signed statement about one requirement: who, in which role, when, what, and the digest of the evidence."""

    requirement: str
    person: Words
    role: Words
    date: date
    statement: Words
    evidence: str | None = None
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")

    @field_validator("date", mode="before")
    @classmethod
    def _is_a_day(cls, value: object) -> object:
        return day(value)


@dataclass(frozen=True)
class Register:
    """All attestations of an estate, by requirement; of several the newest counts, of one day the last."""

    attestations: tuple[Attestation, ...]
    folder: Path

    def newest(self, requirement: str) -> Attestation | None:
        """The latest statement about a requirement, or None when nobody has made one."""
        mine = [a for a in self.attestations if a.requirement == requirement]
        return max(reversed(mine), key=lambda a: a.date) if mine else None

    def judge(self, requirement: Requirement, now: datetime) -> Judgement:
        """*Met* by a statement within the requirement's own cadence; *not met* without one, or with an old or altered one."""
        attestation = self.newest(requirement.id)
        if attestation is None:
            return Judgement(Verdict.NOT_MET, "nobody has attested this: add an entry to attestations.toml")
        age = now.astimezone(timezone.utc).date() - attestation.date
        signed = f"attested by {attestation.person} ({attestation.role}) on {attestation.date}"
        if age.days < 0:
            return Judgement(Verdict.NOT_MET, f"{signed}, a day in the future")
        if age > PERIODS[requirement.cadence]:
            return Judgement(Verdict.NOT_MET, f"{signed}, {age.days} days ago: older than its cadence allows")
        altered = self._altered(attestation)
        return Judgement(Verdict.NOT_MET, f"{signed}, but {altered}") if altered else Judgement(Verdict.MET, signed)

    def _altered(self, attestation: Attestation) -> str | None:
        """What is wrong with the evidence that an attestation names, or None."""
        if attestation.evidence is None:
            return None
        try:
            digest = hashlib.sha256((self.folder / attestation.evidence).read_bytes()).hexdigest()
        except OSError as error:
            return f"its evidence {attestation.evidence} cannot be read ({error.strerror})"
        return None if digest == attestation.sha256 else f"its evidence {attestation.evidence} is no longer what was signed"


def load(folder: Path, guide: Guide) -> Register:
    """Reads attestations.toml; raises `ConfigurationError` for an unknown requirement or a malformed entry."""
    path = folder / "attestations.toml"
    entries = enumerate(entries_of(path, "attestation"), 1)
    return Register(tuple(_attestation(entry, number, path, guide) for number, entry in entries), folder)


def parse(fields: dict[str, Any], where: Path | str) -> Attestation:
    """An attestation of these fields; raises `ConfigurationError` that names what does not fit."""
    return fit(Attestation, fields, Path(where))


def _attestation(entry: dict[str, Any], number: int, path: Path, guide: Guide) -> Attestation:
    where = f"attestation {number}"
    attestation = fit(Attestation, entry, path, where)
    if attestation.requirement not in guide.requirements:
        remedy = "Use an id of the guide (guide/*.toml)"
        raise ConfigurationError(path, f"{where}.requirement", attestation.requirement, "there is no such requirement", remedy)
    if attestation.evidence is None and attestation.sha256 is not None:
        remedy = "Add evidence = the file that it is the digest of"
        raise ConfigurationError(path, f"{where}.sha256", attestation.sha256, "is of no file", remedy)
    if attestation.evidence is not None and attestation.sha256 is None:
        remedy = "Add sha256 = the output of sha256sum"
        raise ConfigurationError(path, f"{where}.evidence", attestation.evidence, "has no digest beside it", remedy)
    return attestation

"""Waivers: findings that somebody accepted, by name, with a reason and an end. waivers.toml in the estate's folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

from pydantic import ValidationInfo, field_validator

from compliance.errors import ConfigurationError
from compliance.guide import Guide
from compliance.toml import Strict, Words, entries_of, fit


class Waiver(Strict):
    """One accepted finding. It covers the day it expires on, to the end of that day in UTC."""

    requirement: str
    object: Words
    reason: Words
    approver: Words
    created: date
    expiry: date

    @field_validator("created", "expiry", mode="before")
    @classmethod
    def _is_a_day(cls, value: Any) -> Any:
        return day(value)

    @field_validator("expiry")
    @classmethod
    def _lasts_a_year_at_most(cls, expiry: date, info: ValidationInfo) -> date:
        return within_a_year(expiry, info.data.get("created"))

    def valid(self, now: datetime) -> bool:
        """Whether it covers this moment: created already and not yet expired."""
        return self.created <= now.astimezone(timezone.utc).date() <= self.expiry


def within_a_year(expiry: date, created: date | None) -> date:
    """The expiry of what was created then; raises `ValueError` with the remedy when it comes before that, or over a year later."""
    if created is None:  # it has a message of its own
        return expiry
    if expiry < created:
        raise ValueError("lies before it was created | Correct the dates")
    leap = (created.month, created.day) == (2, 29)
    if expiry > created.replace(year=created.year + 1, day=28 if leap else created.day):
        raise ValueError(f"lasts longer than a year | Set an expiry within a year of {created}")
    return expiry


def day(value: Any) -> date:
    """A calendar day from TOML: a date, or text like "2026-11-23"; raises `ValueError` with the remedy."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError('there is no such day in the calendar | Write it like "2026-11-23"') from None


@dataclass(frozen=True)
class Register:
    """All waivers of an estate, each of which was well-formed when it was read."""

    waivers: tuple[Waiver, ...]

    def covering(self, requirement: str, now: datetime) -> frozenset[str]:
        """The objects of this requirement that a valid waiver covers now."""
        return frozenset(w.object for w in self.waivers if w.requirement == requirement and w.valid(now))

    def of(self, requirement: str) -> list[Waiver]:
        """Every waiver of this requirement, expired ones too."""
        return [w for w in self.waivers if w.requirement == requirement]


def load(folder: Path, guide: Guide, now: datetime) -> Register:
    """Reads waivers.toml (none at all is no waiver); raises `ConfigurationError` for one that nobody can rely on."""
    path = folder / "waivers.toml"
    entries = entries_of(path, "waiver")
    return Register(tuple(_waiver(entry, number, path, guide, now) for number, entry in enumerate(entries, 1)))


def parse(fields: dict[str, Any], where: Path | str) -> Waiver:
    """A waiver of these fields; raises `ConfigurationError` that names what does not fit."""
    return fit(Waiver, fields, Path(where))


def _waiver(entry: dict[str, Any], number: int, path: Path, guide: Guide, now: datetime) -> Waiver:
    where = f"waiver {number}"
    waiver = fit(Waiver, entry, path, where)
    if waiver.requirement not in guide.requirements:
        remedy = "Use an id of the guide (guide/*.toml)"
        raise ConfigurationError(path, f"{where}.requirement", waiver.requirement, "there is no such requirement", remedy)
    if waiver.created > now.astimezone(timezone.utc).date():
        remedy = "A waiver counts from the day it was approved: correct the date"
        raise ConfigurationError(path, f"{where}.created", str(waiver.created), "lies in the future", remedy)
    return waiver

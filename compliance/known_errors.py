"""Known errors: kinds of error in a log that somebody has looked at, with a reason and an end. known_errors.toml in the estate's folder.

A log's errors are grouped by signature: the message without what differs from one occurrence to the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationInfo, field_validator

from compliance.errors import ConfigurationError
from compliance.toml import Strict, Words, entries_of, fit
from compliance.waivers import day, within_a_year

LogName = Literal["application", "journal"]
HOUR = timedelta(hours=1)
LONGEST_SIGNATURE = 200
# A status, a code or an exit says what kind of error it is and stays; other numbers, addresses and ids differ each time.
_VARIABLE = re.compile(
    r"(?P<kept>\bHTTP/[\d.]+\W+\d+|\b(?:(?:status|http|code|errno|sqlstate|answered|returned|signal|exit)\W+)+\w+)"
    r"|(?P<mail>[\w.+-]+@[\w-]+\.[\w.-]+)"
    r"|(?P<word>\b(?:\d|(?=[\w-]{8})(?=[a-z_-]*\d))[\w-]*(?:[.:,]\d[\w-]*)*)",
    re.IGNORECASE,
)
_CODE = re.compile(r"[A-Z_][A-Z0-9_]*")


def signature(message: str) -> str:
    """What a message has in common with others of its kind: its first line, each number, address or id as `#`."""
    text = " ".join(message.split(" | ", 1)[0].split())
    return _VARIABLE.sub(_common, text)[:LONGEST_SIGNATURE]


def _common(found: re.Match[str]) -> str:
    return found[0] if found["kept"] or (found["word"] and _CODE.fullmatch(found["word"])) else "#"


class KnownError(Strict):
    """One kind of error that was looked at. The entry covers the day it expires on, to the end of that day in UTC."""

    log: LogName
    signature: Words
    reason: Words
    owner: Words
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


@dataclass(frozen=True)
class Kind:
    """All occurrences of one signature in a log."""

    name: str
    times: int
    first: datetime
    last: datetime
    most_in_an_hour: int
    known: bool
    expired: date | None = None

    def __str__(self) -> str:
        past = f", its entry expired on {self.expired}" if self.expired and not self.known else ""
        return f"{self.name} ({self.times} times, first {self.first:%Y-%m-%d %H:%M} UTC, at most {self.most_in_an_hour} in an hour{past})"


@dataclass(frozen=True)
class Register:
    """All known errors of an estate, each of which was well-formed when it was read."""

    errors: tuple[KnownError, ...]

    def kinds(self, log: LogName, occurrences: Iterable[tuple[datetime, str]], now: datetime) -> list[Kind]:
        """The messages of a log by signature, the most frequent first, each known or not as of `now`."""
        of: dict[str, list[datetime]] = {}
        for at, message in occurrences:
            of.setdefault(signature(message), []).append(at)
        kinds = [self._kind(log, name, sorted(moments), now) for name, moments in of.items()]
        return sorted(kinds, key=lambda kind: -kind.times)

    def _kind(self, log: LogName, name: str, moments: list[datetime], now: datetime) -> Kind:
        entries = [e for e in self.errors if e.log == log and signature(e.signature) == name]
        known = any(entry.valid(now) for entry in entries)
        return Kind(name, len(moments), moments[0], moments[-1], _densest(moments), known, max((e.expiry for e in entries), default=None))


def _densest(moments: list[datetime]) -> int:
    """The most of these moments, which are in order, that lie within one hour."""
    most = start = 0
    for end, moment in enumerate(moments):
        while moment - moments[start] >= HOUR:
            start += 1
        most = max(most, end - start + 1)
    return most


def load(folder: Path, now: datetime) -> Register:
    """Reads known_errors.toml (none at all knows no error); raises `ConfigurationError` for an entry that nobody can rely on."""
    path = folder / "known_errors.toml"
    return Register(tuple(_entry(entry, number, path, now) for number, entry in enumerate(entries_of(path, "error"), 1)))


def _entry(entry: dict[str, Any], number: int, path: Path, now: datetime) -> KnownError:
    known = fit(KnownError, entry, path, f"error {number}")
    if known.created > now.astimezone(timezone.utc).date():
        remedy = "An entry counts from the day somebody looked: correct the date"
        raise ConfigurationError(path, f"error {number}.created", str(known.created), "lies in the future", remedy)
    return known

"""What stands in a record, as text: numbers, moments, nested values, and texts in which nothing can hide."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from compliance.verdict import Verdict

NESTED = (dict, list)

# Controls, marks that turn the direction of writing, what has no width, and halves of characters.
_UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)")
TONES = {verdict.value: verdict.replace(" ", "-") for verdict in Verdict}


def visible(value: Any) -> Any:
    """A text in which nothing hides: what would turn, cut or vanish text shows as its number. Other values as they are, None as ""."""
    if type(value) is not str:
        return "" if value is None else value
    if value.isprintable() or value.replace("\n", " ").isprintable():
        return value
    return _UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", value.replace("\r\n", "\n"))


def tone(verdict: str) -> str:
    """The class that gives a verdict its icon and colour."""
    return TONES.get(verdict, "unknown")


def moment(value: str | datetime | None) -> str:
    """A UTC time without fractions, as 2026-11-23 13:29:01 UTC; any other text as it is."""
    if isinstance(value, datetime):
        value = value.isoformat()
    found = _MOMENT.fullmatch(value) if value and value[10:11] == "T" else None
    return f"{found[1]} {found[2]} UTC" if found else value or "not recorded"


def age(span: timedelta) -> str:
    """A span in the largest unit that fills it: "3 days", "5 hours", "2 minutes"."""
    for name, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        number = int(span.total_seconds() // length)
        if number:
            return f"{number} {name}{'' if number == 1 else 's'}"
    return "less than a minute"


def commands(text: str) -> list[tuple[str, str]]:
    """A text of the guide as pairs: words, and the command between backticks that follows them."""
    parts = text.split("`")
    return list(zip_longest(parts[::2], parts[1::2], fillvalue=""))


def short(text: str, longest: int) -> str:
    """The first characters of a text, with a sign that there are more."""
    return text if len(text) <= longest else f"{text[:longest]} …"


def inline(value: Any, depth: int = 0) -> str:
    """Any JSON value on one line; what lies deeper than five levels is left to results.json."""
    if type(value) is str:
        return moment(value) if value else "(empty)"
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    if isinstance(value, float):
        return _number(value)
    if not isinstance(value, NESTED):
        return str(value)
    if depth > 5:
        return "… (deeper in results.json)"
    pairs = value.items() if isinstance(value, dict) else ((None, inner) for inner in value)
    inside = ", ".join(inline(inner, depth + 1) if key is None else f"{key}: {inline(inner, depth + 1)}" for key, inner in pairs)
    return f"({inside})" if depth else inside or "none"


def _number(value: float) -> str:
    """Six digits that count, and more where six would make a whole number of a fraction."""
    text = f"{value:.6g}"
    return text if "." in text and "e" not in text else f"{value:.12g}"


def shown(value: Any) -> str:
    """Any JSON value as text: a dict as lines of `key: value`, a list of such as one line for each."""
    if not isinstance(value, NESTED):
        return inline(value)
    if isinstance(value, dict) and value:
        return "\n".join(f"{key}: {inline(inner, 1)}" for key, inner in value.items())
    if any(isinstance(inner, NESTED) for inner in value):
        return "\n".join(inline(inner) for inner in value)
    return inline(value)


def quantity(value: Any, unit: Any) -> str:
    """A measurement with its unit."""
    if not unit:
        return shown(value)
    return f"{shown(value)} ({inline(unit)})" if isinstance(value, NESTED) else f"{shown(value)} {inline(unit)}"

"""What a check asserts, read from its source, and what pytest says of it, in words for a reader who has no Python at hand."""

from __future__ import annotations

import ast
import functools
import inspect
import re
import textwrap
from typing import Any

import pytest

LONGEST = 2_000
ASSERT = "\nassert "

# Behind the values pytest tells how it came by them, and the difference line by line, which it does at greater length in CI.
_DERIVED = re.compile(r"\n *(?:\n|$|\+ +(?:where|and) )")
_DURATION = re.compile(r"(?:datetime\.)?timedelta\((?:days=(-?\d+))?(?:, )?(?:seconds=(\d+))?(?:, )?(?:microseconds=(\d+))?0?\)")
_UTC = r", tzinfo=(?:datetime\.timezone\.utc|datetime\.UTC|zoneinfo\.ZoneInfo\(key='(?:Etc/)?UTC'\))"
_MOMENT = re.compile(rf"datetime\.datetime\((\d+), (\d+), (\d+), (\d+), (\d+)(?:, (\d+))?(?:, \d+)?({_UTC})?\)")
_DAY = re.compile(r"datetime\.date\((\d+), (\d+), (\d+)\)")


def text_of(source: str) -> str:
    """An assertion's text on one line."""
    return " ".join(source.split())


def values_of(said: str) -> str:
    """What stood in an assertion's place, as pytest says it, without how it got there."""
    return shortened(readable(_DERIVED.split(said, maxsplit=1)[0].strip()))


def shortened(text: str) -> str:
    """The first `LONGEST` characters of a text, with a sign that there are more."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


def readable(text: str) -> str:
    """Python's durations as seconds, and its moments as dates and times."""
    if "timedelta(" in text:
        text = _DURATION.sub(_seconds, text)
    return _DAY.sub(_day, _MOMENT.sub(_moment, text)) if "datetime.da" in text else text


def _seconds(found: re.Match[str]) -> str:
    days, seconds, microseconds = (int(part or 0) for part in found.groups())
    return f"{86400 * days + seconds + microseconds / 1e6:.6f}".rstrip("0").rstrip(".") + " s"


def _moment(found: re.Match[str]) -> str:
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    return f"{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{' UTC' if found[7] else ''}"


def _day(found: re.Match[str]) -> str:
    return "{}-{:02}-{:02}".format(*map(int, found.groups()))


def failed(error: pytest.ExceptionInfo[BaseException]) -> tuple[dict[str, Any], str]:
    """The assertion that a check failed at, as the record keeps it, and the finding in words."""
    place = error.traceback[-1]
    text = _condition(str(place.statement))
    message, _, said = f"\n{error.value}".partition(ASSERT)
    values = values_of(said)
    told = [message.strip()] if message.strip() else []
    if "\n" in values:  # offenders by name
        told.append(values)
    elif said:
        told += [f"did not hold: {text}", *([f"seen: {values}"] if values not in ("", text) else [])]
    return {"text": text, "values": values, "line": place.lineno + 1, "held": False}, shortened("\n".join(told) or text)


def _condition(statement: str) -> str:
    """What an assert statement asserts; another statement's first line."""
    source = textwrap.dedent(statement).strip()
    try:
        (node,) = ast.parse(source).body
    except (SyntaxError, ValueError):
        return source.partition("\n")[0]
    asserted = ast.get_source_segment(source, node.test) if isinstance(node, ast.Assert) else None
    return text_of(asserted) if asserted else source.partition("\n")[0]


def unreached(item: pytest.Item, error: pytest.ExceptionInfo[BaseException], when: str) -> list[dict[str, Any]]:
    """The assertions of a check that stand after the line it ended at, or in a loop that went no further; all when it never began."""
    function = getattr(item, "function", None)
    code = getattr(function, "__code__", None)
    inside = [entry.lineno + 1 for entry in error.traceback if entry.frame.code.raw is code]
    ended = inside[-1] if inside and when == "call" else 0
    try:
        again = [(first, last) for first, last in _loops(function) if first <= ended <= last]
        missed = [
            (text, line) for text, line in _assertions(function) if line > ended or any(first <= line <= last for first, last in again)
        ]
        return [{"text": text, "line": line} for text, line in missed]
    except (OSError, TypeError, SyntaxError):
        return [{"text": "the rest of the check, whose source could not be read", "line": max(ended, 1)}]


@functools.cache
def _assertions(function: Any) -> list[tuple[str, int]]:
    """The text and the line of every assertion of a function, in its order."""
    source, first, tree = _parsed(function)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    found = [(text_of(ast.get_source_segment(source, node.test) or ""), node.lineno + first - 1) for node in nodes]
    return sorted(found, key=lambda asserted: asserted[1])


@functools.cache
def _loops(function: Any) -> list[tuple[int, int]]:
    """The first and the last line of every loop of a function."""
    _, first, tree = _parsed(function)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.AsyncFor | ast.While)]
    return [(node.lineno + first - 1, (node.end_lineno or node.lineno) + first - 1) for node in nodes]


def _parsed(function: Any) -> tuple[str, int, ast.Module]:
    """A function's source, its first line in the file, and the tree."""
    lines, first = inspect.getsourcelines(function)
    source = textwrap.dedent("".join(lines))
    return source, first, ast.parse(source)

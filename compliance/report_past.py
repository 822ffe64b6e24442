"""The past on the page: what changed, the course of each requirement as a small drawing and in words, and the other cadences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from compliance.guide import CADENCES
from compliance.past import Past, PastRun, Point
from compliance.report_text import age, inline, moment, tone
from compliance.verdict import RED, Verdict, counted

Keys = dict[str, Any]
CHANGES: Keys = {"previous": None, "finished": None}
KINDS = (
    ("regressed", "Regressed", "now not met"),
    ("no_longer_assessable", "No longer assessable", "nobody can tell any more"),
    ("new", "New", "the run before did not have them"),
    ("fixed", "Fixed", "red before, met now"),
    ("otherwise", "Changed otherwise", "waived, applying or not applying since"),
    ("gone", "Gone", "this run does not have them"),
)
RUNS = 30  # that a drawing shows
STEP, LINE, BAR = 6, 16, 12
# A mark's height tells the verdict where colour does not; what nobody could tell is a broken line.
HEIGHTS = {"met": 3, "waived": 7, "not met": BAR, "not assessed": BAR}
_FOLDER = re.compile(r"[a-z+]+/\d{8}T\d{6}Z(?:-\d+)?")


def changes(document: Keys, rows: Sequence[Keys]) -> Keys | None:
    """The transitions since the run before, by kind, each with its row; None where nothing is compared."""
    told = document.get("changes")
    if told is None:
        return None
    of = {row["id"]: row for row in rows}
    groups = [
        {"kind": kind, "title": title, "meaning": meaning, "entries": [{**entry, "row": of.get(entry["id"])} for entry in told[kind]]}
        for kind, title, meaning in KINDS
        if told.get(kind)
    ]
    return {**CHANGES, **told, "groups": groups, "number": sum(len(group["entries"]) for group in groups)}


def course(row: Keys, run: Keys, past: Past | None) -> Keys | None:
    """A requirement's verdicts up to this run: drawn, and in words. None where there is nothing before this run."""
    points = [point for point in past.series.get(row["id"], []) if point.run != run["id"]][1 - RUNS :] if past else []
    if not points:
        return None
    verdicts = (*(point.verdict for point in points), row["verdict"])
    numbers = Counter(verdicts)
    told = ", ".join(f"{numbers[verdict]} {verdict}" for verdict in Verdict if numbers[verdict])
    words = f"{counted(len(verdicts), 'run')} since {points[0].at:%Y-%m-%d}: {told}"
    drawn = {"width": len(verdicts) * STEP, "bars": bars(verdicts), "line": _line([point.high for point in points])}
    return {"words": words, "measured": _range(points), **drawn}


@lru_cache(maxsize=4096)
def bars(verdicts: tuple[str, ...]) -> Markup:
    """A mark for each run, the newest to the right, as the inside of an SVG; made of our own words and numbers only."""
    paths: dict[str, list[str]] = {}
    for number, verdict in enumerate(verdicts):
        height = HEIGHTS.get(verdict, 1)
        paths.setdefault(tone(verdict), []).append(f"M{number * STEP + 2} {LINE + BAR}v-{height}")
    drawn = "".join(f'<path class="{name}" d="{"".join(marks)}"/>' for name, marks in paths.items())
    return Markup(drawn)  # noqa: S704 - a datum has become one of our own words by then


def _line(values: list[float | None]) -> str:
    """The course of the largest value measured in each run, as the points of a line; "" where that tells nothing."""
    known = [value for value in values if value is not None]
    if len(known) < 5 or min(known) == max(known):
        return ""
    low, span = min(known), max(known) - min(known)
    height = LINE - 4
    return " ".join(f"{n * STEP + 2},{2 + height - height * (v - low) / span:.1f}" for n, v in enumerate(values) if v is not None)


def _range(points: list[Point]) -> str:
    """Between what the measurements of the earlier runs lay."""
    last = points[-1]
    same = [point for point in points if point.unit == last.unit and point.low is not None and point.high is not None]
    if not same or last.unit is None:
        return ""
    low, high = min(p.low for p in same if p.low is not None), max(p.high for p in same if p.high is not None)
    return f"measured before: {inline(low)}{'' if low == high else f' to {inline(high)}'} {inline(last.unit)}"


def before(row: Keys, run: Keys, past: Past | None) -> Point | None:
    """The last time a requirement that is not due in this run was judged."""
    points = [point for point in past.series.get(row["id"], []) if point.run != run["id"]] if past else []
    return points[-1] if points else None


def cadences(run: Keys, counts: dict[str, int], past: Past | None) -> list[Keys]:
    """The last complete run of every cadence, this one included, and whether the next is overdue."""
    if past is None:
        return []
    missed = {entry.cadence: entry for entry in past.missed}
    found = []
    for cadence in CADENCES:
        last = past.last.get(cadence)
        here = run["cadence"] == "all" or cadence in run["cadence"].split("+")
        entry: Keys = {"cadence": cadence, "here": here, "counts": {}, "at": None, "run": None, "link": None, "overdue": None}
        if here:
            entry |= {"counts": counts, "at": run["finished"], "run": run["id"]}
        elif last is not None:
            entry |= {"counts": last.counts, "at": last.finished, "run": last.id, "link": link(last, run)}
        if not here and cadence in missed:
            entry["overdue"] = missed[cadence].said
        entry["ago"] = _ago(entry["at"], run["finished"])
        found.append(entry)
    return found


def _ago(at: datetime | str | None, finished: str) -> str:
    if not isinstance(at, datetime):
        return ""
    try:
        return f"{age(datetime.fromisoformat(finished) - at)} before this run"
    except (ValueError, TypeError):
        return ""


def link(last: PastRun, run: Keys) -> str | None:
    """Where the page of another run lies, seen from this one; None for another machine's, and for what is no folder of a run."""
    return f"../../{last.folder}/report.html" if last.host == run["host"] and is_folder(last.folder) else None


def is_folder(path: str) -> bool:
    """Whether this is a run's folder as seen from reports/: nothing else ever becomes an address."""
    return _FOLDER.fullmatch(path) is not None


def since(row: Keys, run: Keys, past: Past | None) -> str:
    """Since when a row is red, in words."""
    if not row["since"]:
        return ""
    if row["since"] == run["started"]:
        return "first in this run"
    series = [point for point in past.series.get(row["id"], []) if point.run != run["id"]] if past else []
    runs = 1
    for point in reversed(series):
        if point.verdict not in RED:
            break
        runs += 1
    return f"since {moment(row['since'])}" + (f", {counted(runs, 'run')}" if runs > 1 else "")

"""A summary for the page of a CI job. Everything that comes from elsewhere is escaped: no markup, no link, no picture."""

from __future__ import annotations

from typing import Any

from compliance.changes import KINDS
from compliance.verdict import RED, Verdict
from compliance.wording import line

SHOWN = 50
ICONS = {"not met": "❌", "not assessed": "❓", "waived": "⚠️", "met": "✅", "not applicable": "➖", "not due": "➖"}
TITLES = {"regressed": "worse", "no_longer_assessable": "cannot be assessed any more", "new": "new", "fixed": "mended"}


def plain(value: object, longest: int = 300) -> str:
    """Any text as text: on one line, and every sign that could be markup as a number."""
    text = line(str(value), longest)
    return "".join(c if c.isalnum() or c in " ,;…" else f"&#{ord(c)};" for c in text)


def render(document: dict[str, Any]) -> str:
    """The verdict, the counts, what changed, and what is red with its reason."""
    run, summary = document["run"], document["summary"]
    red = [row for row in document["requirements"] if row["verdict"] in RED]
    red.sort(key=lambda row: list(Verdict).index(row["verdict"]))
    counts = ", ".join(f"{summary[v]} {v}" for v in Verdict if summary.get(v) and v is not Verdict.NOT_DUE)
    where = "SANDBOX, not production" if run["sandbox"] else run["system"]
    head = [f"## {ICONS['met'] if run['exit_code'] == 0 else ICONS['not met']} {plain(run['cadence'])} compliance of {plain(where)}"]
    head += ["**A part of a run: it proves nothing about what was left out.**"] if run.get("partial") else []
    head += [f"{counts}. Run {plain(run['id'])}, exit code {run['exit_code']}."]
    return "\n\n".join([*head, *_changes(document.get("changes")), *_table(red)]) + "\n"


def _changes(changes: dict[str, Any] | None) -> list[str]:
    if not changes or not changes["previous"]:
        return []
    told = [_change(TITLES.get(kind, kind), changes[kind]) for kind in KINDS if changes[kind]]
    return [f"Since {plain(changes['previous'])}: " + ("; ".join(told) or "nothing changed") + "."]


def _change(title: str, moves: list[dict[str, Any]]) -> str:
    names = ", ".join(plain(move["id"]) for move in moves[:SHOWN])
    return f"**{title}** {names}" + (f" and {len(moves) - SHOWN} more" if len(moves) > SHOWN else "")


def _table(rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return []
    lines = ["| | requirement | since | reason |", "|---|---|---|---|"]
    for row in rows[:SHOWN]:
        since = plain((row.get("since") or "")[:16])
        lines.append(f"| {ICONS[row['verdict']]} {row['verdict']} | {plain(row['id'])} | {since} | {plain(row['reason'])} |")
    lines += [f"| | and {len(rows) - SHOWN} more | | |"] if len(rows) > SHOWN else []
    return ["\n".join(lines)]

"""What changed since the run before: which rows got worse, which cannot be assessed any more, which are new, which are mended."""

from __future__ import annotations

from typing import Any

from compliance.verdict import RED, Verdict

KINDS = ("regressed", "no_longer_assessable", "new", "fixed", "otherwise", "gone")
Row = dict[str, Any]


def since(rows: list[Row], previous: dict[str, Any] | None, started: str) -> None:
    """Writes `since` into every red row: the start of the run from which on it has been red in every complete run."""
    before = {row["id"]: row for row in previous["requirements"]} if previous else {}
    for row in rows:
        row["since"] = None
        if row["verdict"] in RED:
            earlier = before.get(row["id"], {})
            was_red = previous is not None and earlier.get("verdict") in RED
            row["since"] = (earlier.get("since") or previous["run"]["started"]) if was_red and previous else started


def between(previous: dict[str, Any] | None, rows: list[Row]) -> dict[str, Any]:
    """The transitions by kind, each with what it was and what it is now; a first run has nothing to compare with."""
    found: dict[str, Any] = {"previous": None, "finished": None, **{kind: [] for kind in KINDS}}
    if previous is None:
        return found
    found |= {"previous": previous["run"]["id"], "finished": previous["run"]["finished"]}
    before = {row["id"]: row["verdict"] for row in previous["requirements"] if row["verdict"] != Verdict.NOT_DUE}
    due = [row for row in rows if row["verdict"] != Verdict.NOT_DUE]
    for row in due:
        was = before.get(row["id"])
        if was != row["verdict"]:
            found[_kind(was, row["verdict"])].append({"id": row["id"], "was": was, "now": row["verdict"], "since": row.get("since")})
    now = {row["id"] for row in due}
    found["gone"] = [{"id": id_, "was": was, "now": None, "since": None} for id_, was in before.items() if id_ not in now]
    return found


def _kind(was: str | None, now: str) -> str:
    """Under which heading a transition is told; a finding that somebody accepted, or that no longer applies, is not mended."""
    if was is None:
        return "new"
    if now == Verdict.NOT_MET:
        return "regressed"
    if now == Verdict.NOT_ASSESSED:
        return "no_longer_assessable"
    return "fixed" if now == Verdict.MET and was in RED else "otherwise"

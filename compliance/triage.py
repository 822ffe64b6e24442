"""What `pytest -m triage` says: what is down, what nobody can see, what works; for what is red the first step and whom to call."""

from __future__ import annotations

from typing import Any

import pytest

from compliance.guide import Outage
from compliance.report_rows import full
from compliance.report_text import short
from compliance.verdict import RED, Verdict
from compliance.wording import line

Keys = dict[str, Any]
TOLD = (
    (Verdict.NOT_MET, "DOWN", "red"),
    (Verdict.NOT_ASSESSED, "CANNOT BE SEEN", "yellow"),
    (Verdict.WAIVED, "DOWN, AND WAIVED", "cyan"),
    (Verdict.MET, "WORKS", "green"),
)
UNSEEN = "make this look possible and repeat triage; if it is red then: "
LONGEST = 300


def quiet(config: pytest.Config) -> None:
    """Leaves the screen to what is said here, unless more was asked for; tracebacks stand in details.html anyway."""
    config.option.tbstyle = "no" if config.option.tbstyle == "auto" else config.option.tbstyle
    config.option.reportchars = "" if config.option.reportchars == "fE" else config.option.reportchars


def summarise(reporter: Any, document: Keys, outage: tuple[Outage, ...]) -> None:
    """Every critical requirement of the day by how it stands; when one is red, what the guide wants done in an outage."""
    rows = document["requirements"]
    for verdict, title, colour in TOLD:
        found = [row for row in rows if row["verdict"] == verdict]
        if found:
            reporter.section(f"{title}: {len(found)}", **{colour: True})
        for row in found:
            for told in _red(row) if verdict in RED else [_green(row)]:
                reporter.write_line(told, bold=told.startswith(row["id"]) and verdict in RED)
    if any(row["verdict"] in RED for row in rows):
        reporter.section("IN AN OUTAGE")
        for phase in outage:
            reporter.write_line(f"{phase.within}: {' '.join(f'({n}) {step}' for n, step in enumerate(phase.steps, 1))}")


def _red(row: Keys) -> list[str]:
    return [
        line(f"{row['id']}: {row['statement']}"),
        f"    seen: {_seen(row)}",
        f"    first step: {UNSEEN if row['verdict'] == Verdict.NOT_ASSESSED else ''}{line(row['first_step'])}",
        f"    call: {line(row['call'])}",
    ]


def _seen(row: Keys) -> str:
    """The reason, and what a connection that failed said of it."""
    errors = [str(look["error"]) for check in row["checks"] for look in check["observations"] if look.get("error")]
    told = [row["reason"].removeprefix("while getting ready: "), *(error for error in errors[:1] if error not in row["reason"])]
    return line("; ".join(told), LONGEST)


def _green(row: Keys) -> str:
    """What works, with what was measured last."""
    measured = full(row)["measured"]
    quantity, asked = measured[-1] if measured else (row["reason"], "")
    return f"{row['id']}: {line(row['statement'])} Measured: {line(short(quantity, 80))} ({line(short(asked, 60))})"

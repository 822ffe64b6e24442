"""What a run says on the terminal: which system, what is not met, what could not be assessed, where the report is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from compliance import triage, wording
from compliance.estate import provided
from compliance.guide import CADENCES, Outage
from compliance.run import Run
from compliance.verdict import Verdict

NOTHING = f"nothing ran: -m {{!r}} selects no check. The cadences are {', '.join(CADENCES)}"


def announce(config: pytest.Config, folder: Path) -> None:
    """One line before a provided estate is brought up, which can take a while the first time."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    named = provided(folder)
    if named and reporter:
        reporter.write_line(f"bringing up the estate {named.name!r} (the first time takes longer) …")


def header(run: Run) -> list[str]:
    """The lines at the head of a run."""
    kind = "SANDBOX: a made-up system on this machine, NOT production" if run.estate.sandbox else run.estate.system
    lines = [f"estate: {run.estate.name} — {kind}", f"cadence: {run.selection.name}, guide {run.guide.version}"]
    return [*lines, f"PARTIAL: {' '.join(run.selection.partial)}"] if run.selection.partial else lines


def summarise(reporter: Any, document: dict[str, Any], folder: Path, outage: tuple[Outage, ...]) -> None:
    """Lists what is red, with the reason, then the counts and the way to the report."""
    rows = document["requirements"]
    if document["run"]["cadence"] == "triage":
        triage.summarise(reporter, document, outage)
    else:
        _list_red(reporter, rows)
    run, counts = document["run"], document["summary"]
    if run["partial"] or document["population"]["left_out"]:
        reporter.section("PARTIAL RUN", yellow=True)
        reporter.write_line(
            f"left out by {' '.join(run['partial']) or 'deselection'}: {', '.join(document['population']['left_out']) or 'single checks'}"
        )
    lost = document["population"]["lost"]
    if lost:
        reporter.section(f"{len(lost)} SELECTED CHECKS DID NOT REPORT BACK", red=True)
        for nodeid in lost:
            reporter.write_line(f"  {nodeid}")
    if run["exit_code"] == 5:
        reporter.write_line(NOTHING.format(reporter.config.getoption("markexpr")), red=True)
    where = "SANDBOX, not production" if run["sandbox"] else run["system"]
    reporter.section(f"compliance: {run['cadence']} of {where}")
    reporter.write_line(", ".join(f"{counts[v]} {v}" for v in Verdict if counts[v] and v is not Verdict.NOT_DUE))
    reporter.write_line(f"report: {folder / 'report.html'}")


def _list_red(reporter: Any, rows: list[dict[str, Any]]) -> None:
    for verdict, colour in ((Verdict.NOT_MET, "red"), (Verdict.NOT_ASSESSED, "yellow"), (Verdict.WAIVED, "cyan")):
        _list(reporter, verdict, [row for row in rows if row["verdict"] == verdict], colour)


def _list(reporter: Any, verdict: Verdict, rows: list[dict[str, Any]], colour: str) -> None:
    if not rows:
        return
    reporter.section(verdict.upper(), **{colour: True})
    for row in rows:
        reporter.write_line(f"{row['id']}: {row['statement']}", bold=True)
        for line in str(row["reason"]).splitlines()[:12]:
            reporter.write_line(f"    {wording.line(line)}")

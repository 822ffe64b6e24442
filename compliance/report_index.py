"""reports/index.html: every complete run of every cadence and system, the newest first, in the look of the report."""

from __future__ import annotations

import socket
from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.past import PastRun, last_of_each, missed
from compliance.report import FEW, template
from compliance.report_past import is_folder
from compliance.report_text import age
from compliance.verdict import Verdict

Keys = dict[str, Any]


def render(runs: list[PastRun], now: datetime, host: str | None = None) -> str:
    """The page of these runs as they stand now, seen on a machine: runs of other machines are listed without a link."""
    here = host or socket.gethostname()
    systems: dict[tuple[str, str], list[PastRun]] = {}
    for run in runs:
        systems.setdefault((run.estate, run.system), []).append(run)
    return template("index.html.j2").render(
        systems=[_system(estate, system, own, now, here) for (estate, system), own in systems.items()],
        now=now,
        number=len(runs),
        few=len(runs) <= FEW,
    )


def _system(estate: str, system: str, runs: list[PastRun], now: datetime, here: str) -> Keys:
    last = last_of_each(runs, now)
    late = {entry.cadence: entry.said for entry in missed(last, now)}
    cadences = [
        {"cadence": cadence, "run": _run(run, here), "ago": f"{age(now - run.finished)} ago", "overdue": late.pop(cadence, None)}
        for cadence, run in last.items()
    ]
    never = [{"cadence": cadence, "run": None, "ago": "", "overdue": said} for cadence, said in late.items()]
    listed = sorted(runs, key=lambda run: run.finished, reverse=True)
    return {
        "estate": estate,
        "system": system,
        "sandbox": any(run.sandbox for run in runs),
        "cadences": cadences + never,
        "runs": [_run(run, here) for run in listed],
    }


def _run(run: PastRun, here: str) -> Keys:
    return {
        "id": run.id,
        "cadence": run.cadence,
        "finished": run.finished,
        "standing": standing(run),
        "counts": run.counts,
        "host": run.host,
        "commit": (run.commit or "")[:8],
        "seeded": run.seeded,
        "exit_code": run.exit_code,
        "link": f"{run.folder}/report.html" if run.host == here and is_folder(run.folder) else None,
    }


def standing(run: PastRun) -> str:
    """What a complete run showed, in the words of its verdict's beginning."""
    if run.counts.get(Verdict.NOT_MET):
        return "not compliant"
    return "compliant" if run.exit_code == 0 else "compliance not shown"


def write(reports: Path, runs: list[PastRun], now: datetime) -> list[str]:
    """Replaces the index in one step, so that nobody finds half of it there; returns what went wrong, which loses no record."""
    draft = reports / f".index-{now:%Y%m%dT%H%M%S%f}.html"
    try:
        draft.write_text(render(runs, now), encoding="utf-8", errors="backslashreplace")
        draft.replace(reports / "index.html")
    except OSError as error:
        return [f"the index of all runs could not be written: {error}"]
    return []

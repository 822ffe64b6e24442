"""A text file for Prometheus' node exporter. Labels come from the guide and the estate, never from what was found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from compliance import past
from compliance.verdict import Verdict
from compliance.wording import line

RUN = ("estate", "system", "cadence")
LONGEST = 60


def render(document: dict[str, Any]) -> str:
    """Verdicts, measured values and durations of what was due, and the facts of the run."""
    registry, run = CollectorRegistry(), document["run"]
    of_run = [line(str(run[name]), LONGEST) for name in RUN]
    for name, told, value in _facts(run):
        Gauge(f"neff_compliance_{name}", told, RUN, registry=registry).labels(*of_run).set(value)
    counted = Gauge("neff_compliance_requirements", "Requirements by verdict.", (*RUN, "verdict"), registry=registry)
    for verdict in Verdict:
        counted.labels(*of_run, verdict).set(document["summary"].get(verdict, 0))
    _rows([row for row in document["requirements"] if row["verdict"] != Verdict.NOT_DUE], of_run, registry)
    return generate_latest(registry).decode()


def _facts(run: dict[str, Any]) -> list[tuple[str, str, float]]:
    started, finished = (datetime.fromisoformat(run[name]).timestamp() for name in ("started", "finished"))
    return [
        ("run_timestamp_seconds", "When the run reached its verdicts.", finished),
        ("run_duration_seconds", "How long the run took.", finished - started),
        ("run_exit_code", "0 all well, 1 something not met, 6 something not assessed.", run["exit_code"]),
        ("run_partial", "1 when only a part of the cadence was run.", bool(run.get("partial"))),
        ("run_sandbox", "1 when a made-up system was looked at.", bool(run["sandbox"])),
    ]


def _rows(rows: list[dict[str, Any]], of_run: list[str], registry: CollectorRegistry) -> None:
    each = (*RUN, "requirement")
    verdicts = Gauge(
        "neff_compliance_verdict", "1 for the verdict that a requirement has.", (*each, "severity", "verdict"), registry=registry
    )
    measured = Gauge(
        "neff_compliance_measured", "The smallest and the largest number measured.", (*each, "unit", "bound"), registry=registry
    )
    took = Gauge("neff_compliance_check_duration_seconds", "How long the checks of a requirement took.", each, registry=registry)
    for row in rows:
        name = line(row["id"], LONGEST * 2)
        for verdict in Verdict:
            if verdict is not Verdict.NOT_DUE:
                verdicts.labels(*of_run, name, line(row.get("severity", ""), LONGEST), verdict).set(row["verdict"] == verdict)
        low, high, unit = past.measured(row)
        for bound, value in (("low", low), ("high", high)):
            if value is not None:
                measured.labels(*of_run, name, line(unit or "", LONGEST), bound).set(value)
        took.labels(*of_run, name).set(sum(check.get("duration_s") or 0 for check in row.get("checks", [])))

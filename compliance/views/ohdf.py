"""OHDF (exec-json), as Heimdall reads it: a control for each requirement that was due, a result for each check.

A result with a backtrace reads as an error there, which is what *not assessed* is; an impact of 0 reads as not applicable; a control that
is waived as a whole is shown as such, with its failed results beneath.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from compliance import digest
from compliance.guide import PERIODS
from compliance.verdict import Verdict

IMPACT = {"critical": 0.9, "warning": 0.5, "information": 0.3}
FREQUENCIES = {"daily": "1d", "weekly": "1wk", "monthly": "1mo", "quarterly": "3mo"}
Row = dict[str, Any]


def render(document: Row) -> str:
    """The whole run as JSON."""
    run = document["run"]
    due = [row for row in document["requirements"] if row["verdict"] != Verdict.NOT_DUE]
    started, finished = (datetime.fromisoformat(run[name]) for name in ("started", "finished"))
    versions = run.get("versions") or {}
    made = {
        "platform": {"name": "neff-compliance", "release": str(versions.get("python", "")), "target_id": run["system"]},
        "version": document["schema"],
        "statistics": {"duration": (finished - started).total_seconds()},
        "profiles": [_profile(run, due)],
    }
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def _profile(run: Row, due: list[Row]) -> Row:
    controls = [_control(row, run) for row in due]
    sandbox = "SANDBOX, not production: " if run["sandbox"] else ""
    return {
        "name": f"maintenance-guide-{run['cadence']}",
        "title": f"{sandbox}{run['cadence']} maintenance of {run['system']}",
        "summary": f"run {run['id']} of the estate {run['estate']}",
        "version": run.get("guide_version", ""),
        "sha256": digest.of(controls),
        "status": "loaded",
        "supports": [],
        "attributes": [],
        "groups": [],
        "controls": controls,
    }


def _control(row: Row, run: Row) -> Row:
    absent = row["verdict"] == Verdict.NOT_APPLICABLE
    asserted = "\n".join(dict.fromkeys(a["text"] for check in row["checks"] for a in check["assertions"]))
    told = {"check": asserted, "fix": row.get("remedy"), "rationale": row.get("why"), "verdict": f"{row['verdict']}: {row['reason']}"}
    return {
        "id": row["id"],
        "title": row["statement"],
        "desc": row.get("why") or row["statement"],
        "descriptions": [{"label": label, "data": data} for label, data in told.items() if data],
        "impact": 0.0 if absent else IMPACT.get(row.get("severity", ""), 0.5),
        "refs": [{"ref": row["section"]}] if row.get("section") else [],
        "tags": {"severity": row.get("severity"), "cadence": row["cadence"], "verdict": row["verdict"], "since": row.get("since")},
        "code": asserted or None,
        "source_location": {"ref": row["checks"][0]["nodeid"]} if row["checks"] else {},
        "results": _results(row, run),
        "waiver_data": _waiver(row),
        "attestation_data": _attestation(row, run),
    }


def _results(row: Row, run: Row) -> list[Row]:
    """One for each check; the requirement's own verdict where it is worse than those, or there is none."""
    results = [_result(check["verdict"], check["reason"], _described(check), run, check.get("duration_s")) for check in row["checks"]]
    if all(check["verdict"] != row["verdict"] for check in row["checks"]):
        results.append(_result(row["verdict"], row["reason"], row["statement"], run, None))
    return results


def _described(check: Row) -> str:
    values = [f"{look.get('query')}: {json.dumps(look.get('value'), ensure_ascii=False)} {look.get('unit') or ''}".strip()
              for look in check["observations"] if look.get("value") is not None]  # fmt: skip
    return "\n".join([f"{check['nodeid']} on {check.get('object', '')}", *values])


def _result(verdict: str, reason: str, described: str, run: Row, took: float | None) -> Row:
    made: Row = {"code_desc": described, "start_time": run["started"], "run_time": took}
    if verdict == Verdict.MET:
        return made | {"status": "passed", "message": reason}
    if verdict in (Verdict.NOT_MET, Verdict.WAIVED):
        return made | {"status": "failed", "message": reason}
    if verdict == Verdict.NOT_APPLICABLE:
        return made | {"status": "skipped", "skip_message": reason}
    return made | {"status": "error", "message": reason, "exception": "CouldNotLook", "backtrace": [reason]}


def _waiver(row: Row) -> Row | None:
    applied = [waiver for waiver in row.get("waiver", []) if waiver["state"] == "applied"]
    if not applied:
        return None
    reasons = [f"{w['object']}: {w['reason']} ({w['approver']}, until {w['expiry']})" for w in applied]
    return {
        "expiration_date": min(waiver["expiry"] for waiver in applied),
        "justification": "\n".join(reasons),
        "run": True,
        "skipped_due_to_waiver": row["verdict"] == Verdict.WAIVED,
        "message": "",
    }


def _attestation(row: Row, run: Row) -> Row | None:
    stated = row.get("attestation")
    if not stated:
        return None
    cadence = row["cadence"] if row["cadence"] in PERIODS else run["cadence"]
    return {
        "control_id": row["id"],
        "explanation": stated["statement"],
        "frequency": FREQUENCIES.get(cadence, "1d"),
        "status": "passed" if stated["verdict"] == Verdict.MET else "failed",
        "updated": f"{stated['date']}T00:00:00Z",
        "updated_by": f"{stated['person']}, {stated['role']}",
    }

"""Reads back what the workers spooled: the checks that were collected, and all that is known of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compliance.evidence import read_spools
from compliance.verdict import CheckRecord


@dataclass
class Diary:
    """What all workers of a run wrote down."""

    checks: dict[str, CheckRecord] = field(default_factory=dict)
    deselected: list[str] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)


def read(folder: Path) -> Diary:
    """Joins the entries of all workers; a check that was collected and never run has no outcome."""
    diary = Diary()
    for entry in sorted(read_spools(folder), key=lambda entry: "collected" not in entry):  # what was collected stands in one worker's file
        if "collected" in entry:
            _note_collection(diary, entry)
        elif "mistake" in entry:
            diary.mistakes += [entry["mistake"]] if entry["mistake"] not in diary.mistakes else []
        elif entry.get("nodeid") in diary.checks:
            _note_event(diary.checks[entry["nodeid"]], entry)
    return diary


def _note_collection(diary: Diary, entry: dict[str, Any]) -> None:
    for nodeid, (requirement, object_) in entry["collected"].items():
        diary.checks.setdefault(nodeid, CheckRecord(nodeid, requirement, object_))
    diary.deselected += [nodeid for nodeid in entry["deselected"] if nodeid not in diary.deselected]


def _note_event(check: CheckRecord, entry: dict[str, Any]) -> None:
    if "observation" in entry:
        check.observations.append(entry["observation"])
    elif "assertion" in entry:
        check.assertions.append(entry["assertion"])
    for phase in entry.get("phases", []):
        check.outcomes[phase["phase"]] = phase["outcome"]
        check.duration_s += phase["duration_s"]
        check.finding = check.finding or phase.get("finding")
        check.problem = check.problem or phase.get("problem")
        check.offenders += phase.get("offenders", [])
        check.assertions += [phase["failed"]] if "failed" in phase else []
        check.unreached = check.unreached or phase.get("unreached", [])

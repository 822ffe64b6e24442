"""Joins guide, estate, waivers, attestations and what the checks left behind into the one canonical record of a run.

`results.schema.json` describes the document; every other view is made from it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from compliance import attestations, waivers
from compliance.estate import Estate
from compliance.guide import Guide, Requirement
from compliance.selection import Selection
from compliance.verdict import CheckRecord, Judgement, Verdict, Waived, of_check, with_waiver, worst

SCHEMA = "1.0"
LEFT_OUT = "left out of this partial run"


@dataclass
class Population:
    """Which checks were selected, which reported back, and which were left out."""

    selected: list[str] = field(default_factory=list)
    reported: list[str] = field(default_factory=list)
    deselected: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @cached_property
    def heard(self) -> frozenset[str]:
        """The checks whose end was reported."""
        return frozenset(self.reported)

    @property
    def lost(self) -> list[str]:
        """Selected checks that nobody heard the end of."""
        return [nodeid for nodeid in self.selected if nodeid not in self.heard]


@dataclass(frozen=True)
class Judge:
    """Everything a verdict on a requirement depends on."""

    guide: Guide
    estate: Estate
    waivers: waivers.Register
    attestations: attestations.Register
    selection: Selection
    population: Population
    now: datetime
    contacts: dict[str, str] = field(default_factory=dict)

    @property
    def partial(self) -> bool:
        """Whether something of the run's own cadences was left out."""
        return bool(self.selection.partial or self.population.deselected)

    def rows(self, checks: list[CheckRecord]) -> list[dict[str, Any]]:
        """One row for every requirement of the guide, in its order."""
        of: dict[str, list[CheckRecord]] = {}
        for check in checks:
            of.setdefault(check.requirement, []).append(check)
        return [self._row(requirement, of.get(requirement.id, [])) for requirement in self.guide.requirements.values()]

    def _row(self, requirement: Requirement, checks: list[CheckRecord]) -> dict[str, Any]:
        judged = [(check, self._judge_check(check)) for check in checks]
        overall = self._judge(requirement, judged)
        return {
            "id": requirement.id,
            "statement": requirement.statement,
            "section": requirement.section,
            "cadence": requirement.cadence,
            "severity": requirement.severity,
            "why": requirement.why,
            "threshold": [{"value": t.value, "source": t.source} for t in requirement.threshold],
            "verdict": overall.verdict,
            "reason": overall.reason,
            "since": None,
            "remedy": requirement.remedy,
            "first_step": requirement.first_step,
            "call": self.contacts.get(requirement.call, requirement.call),
            "checks": [_check_row(check, judgement) for check, judgement in judged],
            "waiver": self._waiver_rows(requirement, judged),
            "attestation": self._attestation_row(requirement),
        }

    def _judge(self, requirement: Requirement, judged: list[tuple[CheckRecord, Judgement]]) -> Judgement:
        if requirement.cadence not in self.selection.cadences:
            return Judgement(Verdict.NOT_DUE, f"not part of a run of {self.selection.name}")
        if self.selection.alone == "scan" and not judged:
            return Judgement(Verdict.NOT_DUE, "no part of a security scan")
        if self.selection.alone == "triage" and not requirement.triage:
            return Judgement(Verdict.NOT_DUE, "no part of triage: not a critical requirement of the day")
        absent = self.estate.absence(requirement)
        if absent:
            return Judgement(Verdict.NOT_APPLICABLE, absent)
        if self.partial and not judged:
            return Judgement(Verdict.NOT_DUE, LEFT_OUT)
        if not judged and self.population.broken:
            return Judgement(Verdict.NOT_ASSESSED, self._why_no_check())
        if requirement.attested or (requirement.drill and not self.estate.drills):
            return self._by_attestation(requirement, judged)
        if judged:
            return _worst(judged)
        return Judgement(Verdict.NOT_ASSESSED, self._why_no_check())

    def _by_attestation(self, requirement: Requirement, judged: list[tuple[CheckRecord, Judgement]]) -> Judgement:
        stated = self.attestations.judge(requirement, self.now)
        if requirement.attested:
            return min([stated, *(j for _, j in judged)], key=lambda j: list(Verdict).index(j.verdict))
        found = [(check, j) for check, j in judged if j.verdict in (Verdict.NOT_MET, Verdict.WAIVED)]
        if found and _worst(found).verdict is Verdict.NOT_MET:
            return _worst(found)  # what was seen without a drill is no less a finding because somebody did the drill by hand
        if self.attestations.newest(requirement.id) is not None:
            return min([stated, *(j for _, j in found)], key=lambda j: list(Verdict).index(j.verdict))
        return Judgement(Verdict.NOT_ASSESSED, "this needs a drill, and the estate does not allow drills (drills = false)")

    def _why_no_check(self) -> str:
        if self.population.broken:
            return f"no check yet, or its file could not be read: {'; '.join(self.population.broken)}"
        return "no check yet"

    def _judge_check(self, check: CheckRecord) -> Judgement:
        if check.complete and check.nodeid not in self.population.heard:
            check.problem = check.problem or "the check's end was never reported to the controlling process"
        waived = Waived(self.waivers.covering(check.requirement, self.now))
        return with_waiver(of_check(check), check, waived)

    def _waiver_rows(self, requirement: Requirement, judged: list[tuple[CheckRecord, Judgement]]) -> list[dict[str, Any]]:
        offending = {name for check, _ in judged if check.finding for name in check.offenders or [check.object]}
        ran = bool(judged)
        return [_waiver_row(w, self.now, offending, ran) for w in self.waivers.of(requirement.id)]

    def _attestation_row(self, requirement: Requirement) -> dict[str, Any] | None:
        newest = self.attestations.newest(requirement.id)
        if newest is None:
            return None
        judged = self.attestations.judge(requirement, self.now)
        return {**newest.model_dump(mode="json"), "verdict": judged.verdict, "reason": judged.reason}


def _worst(judged: list[tuple[CheckRecord, Judgement]]) -> Judgement:
    """The worst of several; of checks that look at several objects, the reason names whose it is."""
    verdict = worst(judgement.verdict for _, judgement in judged)
    check, found = next((check, judgement) for check, judgement in judged if judgement.verdict is verdict)
    if verdict is Verdict.MET or len({check.object for check, _ in judged}) == 1:
        return found
    return Judgement(verdict, f"{check.object}: {found.reason}")


def _check_row(check: CheckRecord, judgement: Judgement) -> dict[str, Any]:
    outcome = "failed" if "failed" in check.outcomes.values() else "skipped" if "skipped" in check.outcomes.values() else "passed"
    return {
        "nodeid": check.nodeid,
        "object": check.object,
        "verdict": judgement.verdict,
        "outcome": outcome if check.complete else "lost",
        "reason": judgement.reason,
        "original": of_check(check).verdict,
        "offenders": check.offenders,
        "duration_s": round(check.duration_s, 4),
        "assertions": check.assertions,
        "unreached": check.unreached,
        "observations": check.observations,
    }


def _waiver_row(waiver: waivers.Waiver, now: datetime, offending: set[str], ran: bool) -> dict[str, Any]:
    state = "expired" if not waiver.valid(now) else "applied" if waiver.object in offending else "not needed" if ran else "not tried"
    return {**waiver.model_dump(mode="json"), "state": state}


def summary(rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How many requirements have which verdict; every verdict is named, also with 0."""
    counted = Counter(str(row["verdict"]) for row in rows)
    return {verdict.value: counted[verdict.value] for verdict in Verdict}


def document(run: dict[str, Any], rows: list[dict[str, Any]], judge: Judge, changes: dict[str, Any] | None) -> dict[str, Any]:
    """results.json as it is written."""
    population = judge.population
    left_out = [row["id"] for row in rows if row["reason"] == LEFT_OUT]
    return {
        "schema": SCHEMA,
        "run": run,
        "summary": summary(rows),
        "changes": changes,
        "requirements": rows,
        "population": {
            "selected": population.selected,
            "reported": population.reported,
            "deselected": population.deselected,
            "lost": population.lost,
            "left_out": left_out,
            "broken": population.broken,
        },
    }


def text(document: dict[str, Any]) -> str:
    """The document as JSON with a line for each part and each requirement: quick to write, and two runs can be compared by lines."""
    parts = {key: json.dumps(value, ensure_ascii=False) for key, value in document.items() if key != "requirements"}
    rows = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in document["requirements"])
    parts["requirements"] = f"[\n  {rows}\n ]"
    return "{\n" + ",\n".join(f" {json.dumps(key)}: {parts[key]}" for key in document) + "\n}\n"

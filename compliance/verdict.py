"""The rules that turn what happened into a verdict. Pure: no pytest, no files, no clock of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What a report says of a requirement; in the order of the worst."""

    NOT_MET = "not met"
    NOT_ASSESSED = "not assessed"
    WAIVED = "waived"
    MET = "met"
    NOT_APPLICABLE = "not applicable"
    NOT_DUE = "not due"


SEVERITY = list(Verdict)
# Either asks somebody to act, the worse one first.
RED = (Verdict.NOT_MET, Verdict.NOT_ASSESSED)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that counts when several were reached."""
    return min(verdicts, key=SEVERITY.index)


@dataclass
class CheckRecord:
    """All that is known of one check: how its phases went, what it saw and what it asserted."""

    nodeid: str
    requirement: str
    object: str = ""
    outcomes: dict[str, str] = field(default_factory=dict)
    duration_s: float = 0.0
    finding: str | None = None
    problem: str | None = None
    offenders: list[str] = field(default_factory=list)
    unreached: list[dict[str, Any]] = field(default_factory=list)
    assertions: list[dict[str, Any]] = field(default_factory=list)
    observations: list[dict[str, Any]] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether all phases of the check were heard of."""
        return "teardown" in self.outcomes


@dataclass(frozen=True)
class Judgement:
    """A verdict and the reason that a reader is given for it."""

    verdict: Verdict
    reason: str


def of_check(check: CheckRecord) -> Judgement:
    """*Met* needs a check that ended well, looked at something, measured something and asserted something."""
    if check.finding is not None:
        return Judgement(Verdict.NOT_MET, check.finding)
    reason = check.problem or _why_unseen(check)
    if reason:
        return Judgement(Verdict.NOT_ASSESSED, reason)
    held, looks = counted(len(check.assertions), "assertion"), counted(len(check.observations), "look")
    return Judgement(Verdict.MET, f"held: {held} over {looks}")


def counted(number: int, thing: str) -> str:
    """A number and its thing, as in "1 look" and "2 looks"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _why_unseen(check: CheckRecord) -> str | None:
    """Why a check that raised nothing has still not shown anything, or None when it has."""
    if not check.complete:
        phases = ", ".join(check.outcomes) or "none of its phases"
        return f"the check was lost: only {phases} was reported (worker killed or run stopped)"
    failed = [f"{phase} {outcome}" for phase, outcome in check.outcomes.items() if outcome != "passed"]
    if failed:
        return f"the check did not end well: {', '.join(failed)}"
    if not check.assertions:
        return "the check asserted nothing"
    nothing = [o for o in check.observations if o.get("looked_at") == 0]
    if nothing:
        return f"there was nothing to look at: {nothing[0]['query']} on {nothing[0]['source']} found no object"
    if not any(o.get("value") is not None for o in check.observations):
        return "the check measured nothing: no observation with a value"
    return None


@dataclass(frozen=True)
class Waived:
    """The names of the objects that the valid waivers of one requirement cover."""

    objects: frozenset[str]


def with_waiver(judgement: Judgement, check: CheckRecord, waived: Waived) -> Judgement:
    """*Waived* when every offender of a *not met* check is covered, and nothing of the check remained unseen."""
    offenders = list(dict.fromkeys(check.offenders)) or [check.object]
    if judgement.verdict is not Verdict.NOT_MET or not waived.objects:
        return judgement
    uncovered = [name for name in offenders if name not in waived.objects]
    if uncovered:
        return judgement
    unseen = _why_unfinished(check)
    if unseen:
        return Judgement(Verdict.NOT_ASSESSED, f"waived, but {unseen}: {judgement.reason}")
    return Judgement(Verdict.WAIVED, f"waived for {', '.join(offenders)}: {judgement.reason}")


def _why_unfinished(check: CheckRecord) -> str | None:
    """What of a check with a finding was not seen all the same, or None: more may have come to light there."""
    if check.unreached:
        return f"{counted(len(check.unreached), 'later assertion')} of this check could not be reached"
    if check.problem or not check.complete:
        return check.problem or "the check was lost before its end"
    bad = [f"{phase} {outcome}" for phase, outcome in check.outcomes.items() if phase != "call" and outcome != "passed"]
    return f"the check did not end well ({', '.join(bad)})" if bad else None


OK, NOT_MET, INTERRUPTED, INTERNAL, USAGE, NOTHING_RAN, NOT_ASSESSED = range(7)


def exit_code(verdicts: Iterable[Verdict], pytest_says: int) -> int:
    """0 all well; 1 something not met; 6 something not assessed, or nothing met at all; 2, 3, 4 and 5 are pytest's own."""
    seen = set(verdicts) - {Verdict.NOT_DUE}
    if pytest_says in (INTERRUPTED, INTERNAL, USAGE):
        return pytest_says
    if not seen:
        return NOTHING_RAN
    if Verdict.NOT_MET in seen:
        return NOT_MET
    unexplained = pytest_says not in (OK, NOTHING_RAN) and Verdict.WAIVED not in seen
    if Verdict.NOT_ASSESSED in seen or Verdict.MET not in seen or unexplained:
        return NOT_ASSESSED
    return OK

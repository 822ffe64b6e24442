"""Results documents made up for the self-tests and the benchmarks: healthy, broken, hostile, and as long as you like."""

from __future__ import annotations

from collections import Counter
from itertools import cycle
from typing import Any

from compliance import guide
from compliance.verdict import Verdict, exit_code

Document = dict[str, Any]

COLOUR = "\x1b[31mred\x1b[0m"
HOSTILE = (
    "<script>document.title='ran'</script>",
    "<img src=x onerror=\"document.title='ran'\">",
    "</style><style>body{display:none}</style>",
    "</details></article></main></body></html><h1>Compliant</h1>",
    "javascript:alert(1)",
    '" onmouseover="document.title=\'ran\'" x="',
    "https://example.org/?a=1&b=<b>",
    "{{ 7 * 7 }} {% raw %}",
    "invoice\u202etxt.exe \u2066\u200b\ufeff\0 " + COLOUR,
    "W" * 10_000,
    "half a character: \ud83d",
    "العربية 123 | עברית (456)",
)


def observation(value: Any = 12.5, unit: str | None = "ms", query: str = "GET /api/health", **more: Any) -> Document:
    """One look, complete, at the API of a made-up system."""
    seen = {
        "at": "2026-11-23T06:00:01.741+00:00",
        "source": "https://neffpaving.com/api/health",
        "query": query,
        "looked_at": 1,
        "value": value,
    }
    return seen | ({"unit": unit} if unit else {}) | {"took_ms": 12.482} | more


def check(verdict: str = "met", *, name: str = "test_it_is_well", object_: str = "neffpaving.com", **more: Any) -> Document:
    """One check with one assertion and one observation."""
    made: Document = {
        "nodeid": f"tests_daily/test_health.py::{name}",
        "object": object_,
        "verdict": verdict,
        "outcome": {"met": "passed", "not met": "failed", "waived": "failed"}.get(verdict, "skipped"),
        "reason": "held: 1 assertions over 1 observations" if verdict == "met" else f"reason for {verdict}",
        "original": "not met" if verdict == "waived" else verdict,
        "offenders": [],
        "duration_s": 0.0312,
        "assertions": [{"text": "answer.took < timedelta(milliseconds=500)", "values": "0:00:00.012482 < 0:00:00.500000", "line": 12}],
        "observations": [observation()],
    }
    return made | more


def row(id_: str = "daily.health.api", verdict: str = "met", **more: Any) -> Document:
    """One requirement with one check, or without any where the verdict comes without one."""
    checks = [check(verdict)] if verdict in ("met", "not met", "waived") else []
    made: Document = {
        "id": id_,
        "statement": f"The statement of {id_} is true.",
        "section": "Daily Maintenance > System Health Checks > Service Status Verification",
        "cadence": id_.split(".")[0],
        "severity": "warning",
        "why": "Because `somebody` relies on it.",
        "threshold": [],
        "verdict": verdict,
        "reason": checks[0]["reason"] if checks else f"reason for {verdict}",
        "remedy": "Look with `journalctl -u nginx -n 50` and mend what it says.",
        "checks": checks,
        "waiver": [],
        "attestation": None,
    }
    return made | more


def waiver(**more: Any) -> Document:
    """A waiver that was applied."""
    made = {"requirement": "daily.health.api", "object": "ix_old", "reason": "is being replaced", "approver": "M. Neff"}
    return made | {"created": "2026-10-01", "expiry": "2026-12-31", "state": "applied"} | more


def attestation(**more: Any) -> Document:
    """A person's statement that still holds."""
    made = {
        "requirement": "daily.health.api",
        "person": "A. Rowe",
        "role": "site manager",
        "date": "2026-11-20",
        "statement": "I walked the yard.",
    }
    made |= {"evidence": "walk.pdf", "sha256": "0" * 64, "verdict": "met", "reason": "attested by A. Rowe (site manager) on 2026-11-20"}
    return made | more


def document(*rows: Document, population: Document | None = None, **run: Any) -> Document:
    """A record of these rows with the summary and the exit code that follow from them."""
    counted = Counter(row["verdict"] for row in rows)
    nodeids = [check["nodeid"] for row in rows for check in row["checks"]]
    people = {"selected": nodeids, "reported": nodeids, "deselected": [], "lost": [], "left_out": [], "broken": []}
    return {
        "schema": "1.0",
        "run": _run(exit_code((Verdict(row["verdict"]) for row in rows), 1 if counted["not met"] else 0)) | run,
        "summary": {verdict.value: counted[verdict.value] for verdict in Verdict},
        "requirements": list(rows),
        "population": people | (population or {}),
    }


def _run(code: int) -> Document:
    return {
        "id": "daily-20261123T060000Z",
        "estate": "production",
        "system": "neffpaving.com",
        "sandbox": False,
        "cadence": "daily",
        "started": "2026-11-23T06:00:00.613541+00:00",
        "finished": "2026-11-23T06:02:10.783288+00:00",
        "by": "scheduler",
        "host": "watch-1",
        "commit": "bc68b0b751ba28fcb108daf9c064d93c13d49237",
        "dirty": False,
        "guide_version": "sha256:2646e94bd3fc",
        "command": "pytest -m daily",
        "versions": {"python": "3.11.7", "pytest": "9.2.0"},
        "clock": {"source": "system clock, UTC", "synchronised": True},
        "previous": "daily-20261122T060000Z",
        "exit_code": code,
        "partial": [],
    }


def of_the_guide(verdicts: tuple[str, ...] = ("met",), **run: Any) -> Document:
    """A daily run of the whole guide; the daily requirements have these verdicts in turn."""
    turn = cycle(verdicts)
    rows = []
    for requirement in guide.load().requirements.values():
        threshold = [{"value": t.value, "source": t.source} for t in requirement.threshold]
        told = {
            "statement": requirement.statement,
            "section": requirement.section,
            "severity": requirement.severity,
            "why": requirement.why,
        }
        verdict = next(turn) if requirement.cadence == "daily" else "not due"
        rows.append(row(requirement.id, verdict, **told, remedy=requirement.remedy, threshold=threshold))
    return document(*rows, **run)


def many(number: int, verdicts: tuple[str, ...] = ("met",)) -> Document:
    """A record with this many results, each with the texts of a real requirement, three assertions and two looks."""
    models = [model for model in of_the_guide()["requirements"] if model["cadence"] == "daily"]
    of = zip(range(number), cycle(models), cycle(verdicts), strict=False)
    return document(*(_result(f"{model['id']}.n{n}", verdict, model) for n, model, verdict in of))


def _result(id_: str, verdict: str, model: Document) -> Document:
    texts = ("answer.status == 200", "answer.kind == 'application/json'", "answer.took < timedelta(milliseconds=500)")
    held = [{"text": text, "values": text, "line": 12} for text in texts]
    looks = [
        observation(status=200),
        observation(3, "objects", "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"),
    ]
    done = check(verdict, name=f"test_it_is_well[{id_}]", assertions=held, observations=looks)
    return row(id_, verdict) | {key: model[key] for key in ("statement", "section", "severity", "why", "remedy")} | {"checks": [done]}


def hostile() -> Document:
    """A record in which every text that comes from outside the suite is meant to harm the page."""
    rows = []
    for number, text in enumerate(HOSTILE):
        seen = observation({text: [text, {text: text}]}, text, text, source=text, stderr=text, excerpt=text, stand_in=text, at=text)
        bad = check(
            "not met", name=text, object_=text, reason=text, offenders=[text, text], observations=[seen | {text: text}, observation(text)]
        )
        bad["assertions"] = [{"text": text, "values": text, "line": 1}]
        attested = attestation(person=text, role=text, statement=text, evidence=text, reason=text)
        limits = [{"value": text, "source": text}]
        waived = [waiver(object=text, reason=text, approver=text)]
        told = {
            "id": text,
            "statement": text,
            "section": f"{text} > {text}",
            "why": text,
            "remedy": text,
            "reason": text,
            "threshold": limits,
        }
        rows.append(row(f"daily.hostile.n{number}", "not met", checks=[bad, bad], waiver=waived, attestation=attested) | told)
    names = {key: list(HOSTILE) for key in ("selected", "reported", "deselected", "lost", "left_out", "broken")}
    whole = " ".join(HOSTILE)
    run = dict.fromkeys(("id", "estate", "system", "by", "host", "commit", "guide_version", "command", "previous"), whole)
    return document(*rows, population=names, **run, partial=list(HOSTILE), versions={text: text for text in HOSTILE})

"""Results documents made up for the self-tests and the benchmarks: healthy, broken, hostile, and as long as you like."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone
from itertools import cycle
from typing import Any

from compliance import guide
from compliance.past import Missed, Past, PastRun, Point
from compliance.verdict import Verdict, exit_code

Document = dict[str, Any]

KINDS = ("regressed", "no_longer_assessable", "new", "fixed", "otherwise", "gone")
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
        "reason": "held: 1 assertion over 1 look" if verdict == "met" else f"reason for {verdict}",
        "original": "not met" if verdict == "waived" else verdict,
        "offenders": [],
        "duration_s": 0.0312,
        "assertions": [{"text": "answer.took < timedelta(milliseconds=500)", "values": "0.012482 s < 0.5 s", "line": 12}],
        "unreached": [],
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
        "since": "2026-11-20T06:00:00+00:00" if verdict in ("not met", "not assessed") else None,
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


def changes(**kinds: list[Document]) -> Document:
    """What changed since the run of the day before."""
    none: dict[str, list[Document]] = {kind: [] for kind in KINDS}
    return {"previous": "daily-20261122T060000Z", "finished": "2026-11-22T06:02:00+00:00", **none, **kinds}


def change(id_: str = "daily.health.api", was: str | None = "met", now: str | None = "not met", since: str | None = None) -> Document:
    """One transition."""
    return {"id": id_, "was": was, "now": now, "since": since}


DAY = datetime(2026, 11, 23, 6, 2, tzinfo=timezone.utc)


def point(days: int, verdict: str = "met", high: float | None = 12.5, unit: str | None = "ms", run: str = "") -> Point:
    """A requirement some days before the made-up run."""
    low = None if high is None else high / 2
    return Point(DAY - timedelta(days=days), verdict, low, high, unit, run or f"daily-{days}")


def past_run(cadence: str = "weekly", days: int = 9, **more: Any) -> PastRun:
    """An earlier run, of the same machine."""
    at = DAY - timedelta(days=days)
    told = {"id": f"{cadence}-{at:%Y%m%dT%H%M%SZ}", "estate": "production", "system": "neffpaving.com", "host": "watch-1"}
    told |= {"folder": f"{cadence}/{at:%Y%m%dT%H%M%SZ}", "commit": "bc68b0b751ba28fcb108daf9c064d93c13d49237"}
    given: dict[str, Any] = {"cadence": cadence, "started": at, "finished": at, "exit_code": 1, "sandbox": False, "seeded": False, **told}
    given |= {"guide_version": "sha256:2646e94bd3fc", "sha256": "0" * 64, "counts": {"met": 20, "not met": 1}}
    return PastRun(**(given | more))


def past(*points: Point, of: str = "daily.health.api", **more: Any) -> Past:
    """A history with a course of one requirement, and a weekly run that is overdue."""
    weekly = past_run()
    given: dict[str, Any] = {"series": {of: list(points)}, "last": {"weekly": weekly}, "missed": [Missed("weekly", weekly, 9.0)]}
    return Past(**(given | more))


def document(*rows: Document, population: Document | None = None, changed: Document | None = None, **run: Any) -> Document:
    """A record of these rows with the summary and the exit code that follow from them."""
    counted = Counter(row["verdict"] for row in rows)
    nodeids = [check["nodeid"] for row in rows for check in row["checks"]]
    people = {"selected": nodeids, "reported": nodeids, "deselected": [], "lost": [], "left_out": [], "broken": []}
    return {
        "schema": "1.0",
        "run": _run(exit_code((Verdict(row["verdict"]) for row in rows), 1 if counted["not met"] else 0)) | run,
        "summary": {verdict.value: counted[verdict.value] for verdict in Verdict},
        "changes": changed,
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
        bad["assertions"] = [{"text": text, "values": text, "line": 1}, {"text": text + "!", "values": text, "line": 2, "held": False}]
        bad["unreached"] = [{"text": text + "?", "line": 3}]
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
            "since": text,
        }
        rows.append(row(f"daily.hostile.n{number}", "not met", checks=[bad, bad], waiver=waived, attestation=attested) | told)
    names = {key: list(HOSTILE) for key in ("selected", "reported", "deselected", "lost", "left_out", "broken")}
    whole = " ".join(HOSTILE)
    keys = ("id", "estate", "system", "by", "host", "commit", "guide_version", "command")
    run: Document = dict.fromkeys((*keys, "previous", "previous_sha256", "previous_manifest"), whole)
    run |= {"partial": list(HOSTILE), "versions": {text: text for text in HOSTILE}}
    entries = [change(text, text, text, text) for text in HOSTILE]
    changed = changes(**dict.fromkeys(KINDS, entries)) | {"previous": whole, "finished": whole}
    return document(*rows, population=names, changed=changed, **run)


def hostile_past() -> Past:
    """A history in which every text is meant to harm the page."""
    whole = " ".join(HOSTILE)
    words: Document = dict.fromkeys(("id", "estate", "system", "host", "commit", "guide_version", "sha256"), whole)
    runs = [past_run(**words, folder=text, counts={text: 1, "met": 1}) for text in HOSTILE]
    series = {text: [point(days, text, 1.0 + days, text, text) for days in (3, 2, 1)] for text in HOSTILE}
    return Past(series, {"weekly": runs[0], "monthly": runs[4], "quarterly": runs[6]}, [Missed("weekly", runs[0], 9.0)])

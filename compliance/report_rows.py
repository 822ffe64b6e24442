"""A requirement of the record as its row on the page: what was checked, what was measured, and every look in words."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from typing import Any

from compliance.asserted import readable
from compliance.guide import PERIODS
from compliance.report_text import inline, moment, quantity, short, shown, tone
from compliance.verdict import RED, Verdict, counted

Keys = dict[str, Any]
IN_A_ROW = 3

# What an older record may lack. A name that is neither here nor required by results.schema.json is a mistake in the template.
ROW: Keys = {"section": "", "severity": "", "why": "", "remedy": "", "threshold": [], "checks": [], "waiver": []}
ROW |= {"attestation": None, "since": None, "first_step": "", "call": ""}
CHECK: Keys = {"object": "", "outcome": "", "original": "", "offenders": [], "duration_s": None}
CHECK |= {"assertions": [], "unreached": [], "observations": []}
WAIVER: Keys = dict.fromkeys(("object", "reason", "approver", "created", "expiry", "state"))
ATTESTATION: Keys = dict.fromkeys(("person", "role", "date", "statement", "evidence", "sha256", "verdict", "reason"))

HELD, UNREACHED, FAILED = "held", "unreached", "failed"  # of several objects the last of these counts
_STATES = (HELD, UNREACHED, FAILED)
_TOLD = {"at", "source", "query", "looked_at", "value", "unit", "took_ms", "exit_code", "stderr", "excerpt", "stand_in", "seeded", "shared"}
_TOLD |= {"attachment"}
# The one kind of address that a datum may become: a file that `Evidence.keep` has put beside the record.
_ATTACHMENT = re.compile(r"attachments/[a-z0-9-]+\.[a-z]+")
_OUTPUTS = (("stderr", "standard error"), ("excerpt", "excerpt"))
_CAUTIONS = (("seeded", "seeded: put there in advance, not measured"), ("shared", "one look shared by several checks"))
_ID = re.compile(r"[a-z]+(\.[a-z0-9-]+)+")


def with_anchors(requirements: list[Keys], finished: str) -> list[Keys]:
    """The requirements with what they may lack, and an anchor: the id when that is one and stands once, else a number."""
    stands = Counter(requirement["id"] for requirement in requirements)
    rows = []
    for number, requirement in enumerate(requirements, 1):
        usable = stands[requirement["id"]] == 1 and _ID.fullmatch(requirement["id"])
        row = {**ROW, **requirement, "anchor": requirement["id"] if usable else f"row-{number}", "tone": tone(requirement["verdict"])}
        row["waiver"] = [_waiver(WAIVER | waiver, finished) for waiver in row["waiver"]]
        row["attestation"] = _attestation(ATTESTATION | row["attestation"], row, finished) if row["attestation"] else None
        rows.append(row)
    return rows


def _waiver(waiver: Keys, finished: str) -> Keys:
    last, today = _day(waiver["expiry"]), _day(finished)
    return waiver | {"left": _left(last, today)}


def _attestation(stated: Keys, row: Keys, finished: str) -> Keys:
    made, today = _day(stated["date"]), _day(finished)
    last = made + PERIODS.get(row["cadence"], timedelta(0)) if made else None
    return stated | {"until": last, "left": _left(last, today)}


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def _left(last: date | None, today: date | None) -> str:
    """How long something still counts, seen from the day of the run."""
    if last is None or today is None:
        return ""
    days = (last - today).days
    if days < 0:
        return f"ended {counted(-days, 'day')} before this run"
    return f"{counted(days, 'day')} left" if days else "this is its last day"


def full(row: Keys) -> Keys:
    """A row with its checks and measurements as text; made when its turn comes, for there may be ten thousand."""
    checks = [_check(CHECK | check) for check in row["checks"]]
    looks = [look for check in checks for look in check["observations"]]
    targets = _targets(checks)
    return {
        **row,
        "red": row["verdict"] in RED,
        "reason": readable(row["reason"]),
        "checks": checks,
        "looks": counted(len(looks), "look"),
        "targets": targets,
        "unnamed": row["verdict"] in (Verdict.NOT_MET, Verdict.WAIVED) and bool(checks) and all(state != FAILED for _, state, _ in targets),
        "measured": _measured([look for look in looks if look.get("value") is not None]),
    }


def _targets(checks: list[Keys]) -> list[tuple[str, str, str]]:
    """What was asserted, each text once: whether it held on every object, was not reached or failed on one, and what was seen then."""
    state: dict[str, str] = {}
    seen: dict[str, str] = {}
    for check in checks:
        told = [(a["text"], HELD if a.get("held", True) else FAILED) for a in check["assertions"]]
        for text, now in told + [(a["text"], UNREACHED) for a in check["unreached"]]:
            state[text] = max(state.get(text, HELD), now, key=_STATES.index)
        seen |= {a["text"]: _seen_instead(a) for a in check["assertions"] if not a.get("held", True)}
    return [(text, now, seen.get(text, "")) for text, now in state.items()]


def _seen_instead(failed: Keys) -> str:
    """What was seen in a failed assertion's place; offenders are told by the reason, one a line."""
    values = readable(failed.get("values", ""))
    return "" if "\n" in values or values == failed["text"] else short(values, 300)


def _check(check: Keys) -> Keys:
    asserted = [_asserted(**assertion) for assertion in check["assertions"]]
    return check | {
        "tone": tone(check["verdict"]),
        "reason": readable(check["reason"]),
        "ended": check["outcome"] if check["duration_s"] is None else f"{check['outcome']} in {inline(check['duration_s'])} s",
        "asserted": "\n".join(asserted + [f"· {assertion['text']} was not reached" for assertion in check["unreached"]]),
        "looks": [_look(seen) for seen in check["observations"]],
    }


def _asserted(text: str, values: str = "", held: bool = True, **_more: Any) -> str:
    """A line of a check and what was seen in its place; how pytest derives that is for engineers."""
    told = f"✓ {text}" if held else f"✗ {text} did not hold"
    return told if values in ("", text) else f"{told}\n  seen: {readable(values.partition(chr(10))[0])}"


def _look(seen: Keys) -> tuple[str | None, str, str, list[str], list[tuple[str, str]], str | None]:
    """An observation as text: its quantity, what was asked, where and how, what to beware of, and what else came out."""
    get = seen.get
    told = [told for key, told in _CAUTIONS if get(key)]
    if get("looked_at") == 0:
        told.append("nothing was there to look at")
    if get("stand_in"):
        told.append(f"asked of a stand-in: {inline(seen['stand_in'])}")
    outputs = [(name, shown(seen[key])) for key, name in _OUTPUTS if get(key)]
    measured = None if get("value") is None else quantity(seen["value"], get("unit"))
    kept = get("attachment")
    file = str(kept["file"]) if isinstance(kept, dict) and _ATTACHMENT.fullmatch(str(kept.get("file"))) else None
    if kept:
        outputs.append(("kept beside this report", shown(kept)))
    return measured, shown(get("query")), f"{shown(get('source'))}\n{_circumstances(seen)}", told, outputs, file


def _circumstances(seen: Keys) -> str:
    """When it was, how many, how long, how it ended, and whatever its fixture noted beyond the usual."""
    objects, took, code = seen.get("looked_at"), seen.get("took_ms"), seen.get("exit_code")
    told = [moment(seen.get("at"))]
    if objects is not None:
        told.append(f"{objects} object{'' if objects == 1 else 's'} looked at")
    if took is not None:
        told.append(f"took {inline(took)} ms")
    if code is not None:
        told.append(f"exit code {code}")
    told += [f"{key.replace('_', ' ')}: {inline(value, 1)}" for key, value in seen.items() if key not in _TOLD]
    return " · ".join(told)


def _measured(looks: list[Keys]) -> list[tuple[str, str]]:
    """What was measured, each thing once, as (quantity, what was asked); many numbers of one unit become their range."""
    of: dict[str | None, list[Keys]] = {}
    for seen in looks:
        unit = inline(seen["unit"]) if seen.get("unit") and type(seen["value"]) in (int, float) else None
        of.setdefault(unit, []).append(seen)
    told = []
    for unit, same in of.items():
        if unit and len(same) > IN_A_ROW:
            numbers = [seen["value"] for seen in same]
            told.append((f"{inline(min(numbers))} to {inline(max(numbers))} {unit}", f"{len(numbers)} measurements"))
        else:
            told += [(short(quantity(seen["value"], seen.get("unit")), 160), short(shown(seen.get("query")), 80)) for seen in same]
    return list(dict.fromkeys(told))

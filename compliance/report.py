"""report.html: the record as an auditor reads it. One file, no script, no network, everything escaped by the template engine.

Here the record is brought into reading order and its values into readable text; the words and the shape of the page stand in
`templates/`. Text is all that a datum ever becomes: no markup, and no address to follow.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from compliance.verdict import Verdict

TEMPLATES = Path(__file__).parent / "templates"
SEVERITIES = ("critical", "warning", "information")
RED = (Verdict.NOT_MET, Verdict.NOT_ASSESSED)
IN_A_ROW = 3

# What an older record may lack. A name that is neither here nor required by results.schema.json is a mistake in the template.
Keys = dict[str, Any]
RUN: Keys = dict.fromkeys(
    ("system", "by", "host", "commit", "dirty", "guide_version", "command", "clock", "exit_code", "previous", "seeded")
)
RUN |= {"versions": {}, "partial": []}
POPULATION: Keys = {key: [] for key in ("selected", "reported", "deselected", "lost", "left_out", "broken")}
ROW: Keys = {"section": "", "severity": "", "why": "", "remedy": "", "threshold": [], "checks": [], "waiver": [], "attestation": None}
CHECK: Keys = {"object": "", "outcome": "", "original": "", "offenders": [], "duration_s": None, "assertions": [], "observations": []}
WAIVER: Keys = dict.fromkeys(("object", "reason", "approver", "created", "expiry", "state"))
ATTESTATION: Keys = dict.fromkeys(("person", "role", "date", "statement", "evidence", "sha256", "verdict", "reason"))

_NESTED = (dict, list)
_TOLD = {"at", "source", "query", "looked_at", "value", "unit", "took_ms", "exit_code", "stderr", "excerpt", "stand_in", "seeded", "shared"}
_OUTPUTS = (("stderr", "standard error"), ("excerpt", "excerpt"))
_CAUTIONS = (("seeded", "seeded: put there in advance, not measured"), ("shared", "one look shared by several checks"))

# Controls, marks that turn the direction of writing, what has no width, and halves of characters.
_UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)")
TONES = {verdict.value: verdict.replace(" ", "-") for verdict in Verdict}
_DURATION = re.compile(r"(?:datetime\.)?timedelta\((?:days=(-?\d+))?(?:, )?(?:seconds=(\d+))?(?:, )?(?:microseconds=(\d+))?0?\)")
_ID = re.compile(r"[a-z]+(\.[a-z0-9-]+)+")


class _Dotted(Environment):
    """A template engine in which a dot after a dict means its key (also `values` and `items`)."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The key of a dict, else what the engine would have found anyway."""
        return obj[attribute] if type(obj) is dict and attribute in obj else super().getattr(obj, attribute)


def render(document: dict[str, Any]) -> str:
    """The page for a results document; it can always be encoded as UTF-8."""
    run = RUN | document["run"]
    rows = _with_anchors(document["requirements"])
    counts = _counts(rows)
    own = [_is_due(row, run["cadence"]) for row in rows]
    mine = [row for row, due in zip(rows, own, strict=True) if due]
    return _template().render(
        run=run,
        population=POPULATION | document.get("population", {}),
        counts=counts,
        contradiction=any(counts[verdict] != document["summary"].get(verdict, 0) for verdict in Verdict),
        red=sorted((row for row in mine if row["verdict"] in RED), key=_urgency),
        sections=_sections(mine),
        waived=[row for row in mine if row["waiver"]],
        attested=[row for row in mine if row["attestation"]],
        elsewhere=[row for row, due in zip(rows, own, strict=True) if not due],
    )


@cache
def _template() -> Template:
    environment = _Dotted(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=visible,
    )
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment.globals |= {"style": Markup(style), "style_hash": digest}  # noqa: S704 - our own file; no datum is ever marked as safe
    environment.filters |= {
        "shown": shown,
        "inline": inline,
        "moment": moment,
        "tone": tone,
        "full": full,
        "commands": commands,
        "plain": plain,
        "short": short,
    }
    return environment.get_template("report.html.j2")


def visible(value: Any) -> Any:
    """A text in which nothing hides: what would turn, cut or vanish text shows as its number. Other values as they are, None as ""."""
    if type(value) is not str:
        return "" if value is None else value
    if value.isprintable() or value.replace("\n", " ").isprintable():
        return value
    return _UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", value.replace("\r\n", "\n"))


def tone(verdict: str) -> str:
    """The class that gives a verdict its icon and colour."""
    return TONES.get(verdict, "unknown")


def moment(value: str | None) -> str:
    """A UTC time without fractions, as 2026-11-23 13:29:01 UTC; any other text as it is."""
    found = _MOMENT.fullmatch(value) if value and value[10:11] == "T" else None
    return f"{found[1]} {found[2]} UTC" if found else value or "not recorded"


def commands(text: str) -> list[tuple[str, str]]:
    """A text of the guide as pairs: words, and the command between backticks that follows them."""
    parts = text.split("`")
    return list(zip_longest(parts[::2], parts[1::2], fillvalue=""))


def plain(text: str) -> str:
    """What pytest says of values, with Python's durations as seconds."""
    return _DURATION.sub(_seconds, text) if "timedelta(" in text else text


def _seconds(found: re.Match[str]) -> str:
    days, seconds, microseconds = (int(part or 0) for part in found.groups())
    return f"{86400 * days + seconds + microseconds / 1e6:.6f}".rstrip("0").rstrip(".") + " s"


def short(text: str, longest: int) -> str:
    """The first characters of a text, with a sign that there are more."""
    return text if len(text) <= longest else f"{text[:longest]} …"


def inline(value: Any, depth: int = 0) -> str:
    """Any JSON value on one line; what lies deeper than five levels is left to results.json."""
    if type(value) is str:
        return moment(value) if value else "(empty)"
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    if isinstance(value, float):
        return _number(value)
    if not isinstance(value, _NESTED):
        return str(value)
    if depth > 5:
        return "… (deeper in results.json)"
    pairs = value.items() if isinstance(value, dict) else ((None, inner) for inner in value)
    inside = ", ".join(inline(inner, depth + 1) if key is None else f"{key}: {inline(inner, depth + 1)}" for key, inner in pairs)
    return f"({inside})" if depth else inside or "none"


def _number(value: float) -> str:
    """Six digits that count, and more where six would make a whole number of a fraction."""
    text = f"{value:.6g}"
    return text if "." in text and "e" not in text else f"{value:.12g}"


def shown(value: Any) -> str:
    """Any JSON value as text: a dict as lines of `key: value`, a list of such as one line for each."""
    if not isinstance(value, _NESTED):
        return inline(value)
    if isinstance(value, dict) and value:
        return "\n".join(f"{key}: {inline(inner, 1)}" for key, inner in value.items())
    if any(isinstance(inner, _NESTED) for inner in value):
        return "\n".join(inline(inner) for inner in value)
    return inline(value)


def _is_due(row: dict[str, Any], cadence: str) -> bool:
    """Whether a requirement belongs to the run; what a partial run left out does."""
    return row["verdict"] != Verdict.NOT_DUE or cadence == "all" or row["cadence"] in cadence.split("+")


def _counts(rows: list[dict[str, Any]]) -> dict[str, int]:
    counted = Counter(row["verdict"] for row in rows)
    return {verdict.value: counted[verdict.value] for verdict in Verdict}


def _urgency(row: dict[str, Any]) -> tuple[int, int]:
    """Critical first; of the same severity what is known to be wrong before what is not known."""
    severity = SEVERITIES.index(row["severity"]) if row["severity"] in SEVERITIES else len(SEVERITIES)
    return severity, RED.index(row["verdict"])


def _sections(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The guide's headings in its order, each with its requirements and their counts."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["section"], []).append(row)
    paths = ((heading.split(" > "), inside) for heading, inside in grouped.items())
    return [
        {"anchor": f"section-{n}", "parents": path[:-1], "name": path[-1], "counts": _counts(inside), "rows": inside}
        for n, (path, inside) in enumerate(paths, 1)
    ]


def _with_anchors(requirements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The requirements with what they may lack, and an anchor: the id when that is one and stands once, else a number."""
    stands = Counter(requirement["id"] for requirement in requirements)
    rows = []
    for number, requirement in enumerate(requirements, 1):
        usable = stands[requirement["id"]] == 1 and _ID.fullmatch(requirement["id"])
        row = {**ROW, **requirement, "anchor": requirement["id"] if usable else f"row-{number}", "tone": tone(requirement["verdict"])}
        row["waiver"] = [WAIVER | waiver for waiver in row["waiver"]]
        row["attestation"] = ATTESTATION | row["attestation"] if row["attestation"] else None
        rows.append(row)
    return rows


def full(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its checks and measurements as text; made when its turn comes, for there may be ten thousand."""
    checks = [_check(CHECK | check) for check in row["checks"]]
    looks = [look for check in checks for look in check["observations"]]
    targets = _targets([assertion for check in checks for assertion in check["assertions"]])
    return {
        **row,
        "red": row["verdict"] in RED,
        "checks": checks,
        "looks": "1 look" if len(looks) == 1 else f"{len(looks)} looks",
        "targets": targets,
        "unnamed": row["verdict"] in (Verdict.NOT_MET, Verdict.WAIVED) and bool(checks) and all(held for _, held in targets),
        "measured": _measured([look for look in looks if look.get("value") is not None]),
    }


def _targets(assertions: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    """What was asserted, each text once, and whether it held on every object."""
    held: dict[str, bool] = {}
    for assertion in assertions:
        held[assertion["text"]] = held.get(assertion["text"], True) and assertion.get("held", True)
    return list(held.items())


def _check(check: dict[str, Any]) -> dict[str, Any]:
    return check | {
        "tone": tone(check["verdict"]),
        "ended": check["outcome"] if check["duration_s"] is None else f"{check['outcome']} in {inline(check['duration_s'])} s",
        "asserted": "\n".join(_asserted(**assertion) for assertion in check["assertions"]),
        "looks": [_look(seen) for seen in check["observations"]],
    }


def _asserted(text: str, values: str = "", held: bool = True, **_more: Any) -> str:
    """A line of a check and what was seen in its place; how pytest derives that is for engineers."""
    told = f"✓ {text}" if held else f"✗ {text} did not hold"
    return told if values in ("", text) else f"{told}\n  seen: {plain(values.partition(chr(10))[0])}"


def _look(seen: dict[str, Any]) -> tuple[str | None, str, str, list[str], list[tuple[str, str]]]:
    """An observation as text: its quantity, what was asked, where and how, what to beware of, and what else came out."""
    get = seen.get
    told = [told for key, told in _CAUTIONS if get(key)]
    if get("looked_at") == 0:
        told.append("nothing was there to look at")
    if get("stand_in"):
        told.append(f"asked of a stand-in: {inline(seen['stand_in'])}")
    outputs = [(name, shown(seen[key])) for key, name in _OUTPUTS if get(key)]
    quantity = None if get("value") is None else _quantity(seen["value"], get("unit"))
    return quantity, shown(get("query")), f"{shown(get('source'))}\n{_circumstances(seen)}", told, outputs


def _circumstances(seen: dict[str, Any]) -> str:
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


def _quantity(value: Any, unit: Any) -> str:
    if not unit:
        return shown(value)
    return f"{shown(value)} ({inline(unit)})" if isinstance(value, _NESTED) else f"{shown(value)} {inline(unit)}"


def _measured(looks: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What was measured, as (quantity, what was asked); many numbers of one unit become their range."""
    of: dict[str | None, list[dict[str, Any]]] = {}
    for seen in looks:
        unit = inline(seen["unit"]) if seen.get("unit") and type(seen["value"]) in (int, float) else None
        of.setdefault(unit, []).append(seen)
    told = []
    for unit, same in of.items():
        if unit and len(same) > IN_A_ROW:
            numbers = [seen["value"] for seen in same]
            told.append((f"{inline(min(numbers))} to {inline(max(numbers))} {unit}", f"{len(numbers)} measurements"))
        else:
            told += [(short(_quantity(seen["value"], seen.get("unit")), 160), short(shown(seen.get("query")), 80)) for seen in same]
    return told

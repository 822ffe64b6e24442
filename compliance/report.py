"""report.html: the record as an auditor reads it. One file, no script, no network, everything escaped by the template engine.

Here the record is brought into reading order; the words and the shape of the page stand in `templates/`. Text is all that a datum
ever becomes: no markup, and no address to follow.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, Template
from jinja2.bccache import Bucket
from markupsafe import Markup

from compliance import report_past, report_text
from compliance.past import Past
from compliance.report_rows import full, with_anchors
from compliance.verdict import RED, Verdict

TEMPLATES = Path(__file__).parent / "templates"
SEVERITIES = ("critical", "warning", "information")
FEW = 300  # rows of a table that a browser lays out at once
MOST = 200  # exceptions that are told in full twice: with the summary, and in their place

# What an older record may lack.
Keys = dict[str, Any]
RUN: Keys = dict.fromkeys(
    ("system", "by", "host", "commit", "dirty", "guide_version", "command", "clock", "exit_code", "previous", "seeded")
)
RUN |= {"versions": {}, "partial": [], "previous_sha256": None, "previous_manifest": None}
POPULATION: Keys = {key: [] for key in ("selected", "reported", "deselected", "lost", "left_out", "broken")}


class _Compiled(FileSystemBytecodeCache):
    """Compiled templates, kept beside the compiled modules: compiling them takes longer than making a page of a day's run."""

    def __init__(self) -> None:
        kept = TEMPLATES / "__pycache__"
        with suppress(OSError):
            kept.mkdir(exist_ok=True)
        super().__init__(str(kept))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps one, where something can be kept."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


class _Dotted(Environment):
    """A template engine in which a dot after a dict means its key (also `values` and `items`)."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The key of a dict, else what the engine would have found anyway."""
        return obj[attribute] if type(obj) is dict and attribute in obj else super().getattr(obj, attribute)


def render(document: Keys, past: Past | None = None) -> str:
    """The page for a results document, with what the history knows of earlier runs; it can always be encoded as UTF-8."""
    run = RUN | document["run"]
    past = past if past and (past.last or past.missed) else None
    rows = with_anchors(document["requirements"], run["finished"])
    for row in rows:
        row["course"] = report_past.course(row, run, past)
        row["red_since"] = report_past.since(row, run, past)
    counts = _counts(rows)
    due = [_is_due(row, run["cadence"]) for row in rows]
    mine = [row for row, here in zip(rows, due, strict=True) if here]
    return template("report.html.j2").render(
        run=run,
        population=POPULATION | document.get("population", {}),
        counts=counts,
        contradiction=any(counts[verdict] != document["summary"].get(verdict, 0) for verdict in Verdict),
        changes=report_past.changes(document, rows),
        cadences=report_past.cadences(run, counts, past),
        red=sorted((row for row in mine if row["verdict"] in RED), key=_urgency),
        most=MOST,
        sections=_sections(mine),
        waived=[row for row in mine if row["waiver"]],
        attested=[row for row in mine if row["attestation"]],
        coverage=_coverage(rows, due, run, past),
        few=len(rows) <= FEW,
        drawn=any(row["course"] for row in mine),
        marks={verdict: report_past.bars((verdict,)) for verdict in report_past.HEIGHTS},
        folder=f"reports/{run['cadence']}/{run['id'].removeprefix(run['cadence'] + '-')}",
    )


@cache
def template(name: str) -> Template:
    """A page's template with everything that it may ask for."""
    environment = _Dotted(
        loader=FileSystemLoader(TEMPLATES),
        bytecode_cache=_Compiled(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=report_text.visible,
    )
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment.globals |= {"style": Markup(style), "style_hash": digest}  # noqa: S704 - our own file; no datum is ever marked as safe
    environment.filters |= {name: getattr(report_text, name) for name in ("shown", "inline", "moment", "tone", "commands", "short")}
    environment.filters["full"] = full
    return environment.get_template(name)


def _is_due(row: Keys, cadence: str) -> bool:
    """Whether a requirement belongs to the run; what a partial run left out does."""
    return row["verdict"] != Verdict.NOT_DUE or cadence == "all" or row["cadence"] in cadence.split("+")


def _counts(rows: list[Keys]) -> dict[str, int]:
    counted = Counter(row["verdict"] for row in rows)
    return {verdict.value: counted[verdict.value] for verdict in Verdict}


def _urgency(row: Keys) -> tuple[int, int]:
    """Critical first; of the same severity what is known to be wrong before what is not known."""
    severity = SEVERITIES.index(row["severity"]) if row["severity"] in SEVERITIES else len(SEVERITIES)
    return severity, RED.index(row["verdict"])


def _sections(rows: list[Keys]) -> list[Keys]:
    """The guide's headings in its order, each with its requirements and their counts."""
    grouped: dict[str, list[Keys]] = {}
    for row in rows:
        grouped.setdefault(row["section"], []).append(row)
    paths = ((heading.split(" > "), inside) for heading, inside in grouped.items())
    return [
        {"anchor": f"section-{n}", "parents": path[:-1], "name": path[-1], "counts": _counts(inside), "rows": inside}
        for n, (path, inside) in enumerate(paths, 1)
    ]


def _coverage(rows: list[Keys], due: list[bool], run: Keys, past: Past | None) -> list[Keys]:
    """The whole guide by cadence: each requirement, the checks that answer it, and its verdict here or when it was last due."""
    grouped: dict[str, list[Keys]] = {}
    for row, here in zip(rows, due, strict=True):
        last = None if here else report_past.before(row, run, past)
        names = Counter(check["nodeid"].rpartition("::")[2].partition("[")[0] for check in row["checks"])
        checks = [name if number == 1 else f"{name} × {number}" for name, number in names.items()]
        grouped.setdefault(row["cadence"], []).append({"row": row, "here": here, "last": last, "checks": ", ".join(checks)})
    return [{"cadence": cadence, "entries": entries} for cadence, entries in grouped.items()]

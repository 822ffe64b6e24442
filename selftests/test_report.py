"""The auditor's page: everything is on it, in words, and whatever stands in the record, it stays text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError
from jsonschema import Draft202012Validator, FormatChecker

from compliance import report, report_index, report_past, report_text
from compliance.asserted import readable
from compliance.past import Past
from selftests import documents
from selftests.documents import attestation, check, document, observation, row, waiver
from selftests.running import CHECKOUT, WEBSITE, make_project, run_small, write_check

SCHEMA = json.loads((CHECKOUT / "compliance" / "results.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
FILES = {"results.json", "details.html", "junit.xml", "manifest.json", "../../index.html", "data:,"}


class Page(HTMLParser):
    """A page as a browser reads it: its elements, and the text of its articles, sections and evidence."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self._open: list[str] = []
        self._details: list[str] = []
        self._read: list[tuple[str, tuple[str, ...], str]] = []
        self.feed(re.sub(r"<style>.*?</style>", "", text, count=1, flags=re.S))
        self.close()
        self.text = "".join(data for data, _, _ in self._read)
        self.parts = self._joined((name, data) for data, within, _ in self._read for name in within)
        self.evidence = self._joined((of, data) for data, _, of in self._read if of)

    @staticmethod
    def _joined(pieces: Iterable[tuple[str, str]]) -> dict[str, str]:
        of: dict[str, list[str]] = {}
        for name, data in pieces:
            of.setdefault(name, []).append(data)
        return {name: "".join(texts) for name, texts in of.items()}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        self.elements.append((tag, known))
        if tag in ("article", "section"):
            self._open.append(known.get("id", f"exception-{len(self.elements)}" if tag == "article" else ""))
        if tag == "details":
            self._details.append(self._open[-1] if self._open else "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("article", "section"):
            self._open.pop()
        if tag == "details":
            self._details.pop()

    def handle_data(self, data: str) -> None:
        self._read.append((data, tuple(self._open), self._details[-1] if self._details else ""))

    def all(self, name: str) -> Iterator[tuple[str, str]]:
        """Every value of an attribute, with its element's tag."""
        return ((tag, attrs[name]) for tag, attrs in self.elements if name in attrs)

    def outside(self, anchor: str) -> str:
        """What a row shows before its evidence is opened."""
        return self.parts[anchor].replace(self.evidence[anchor], "")


def page(*rows: documents.Document, **more: Any) -> Page:
    """The page of a record of these rows."""
    return Page(report.render(document(*rows, **more)))


def everything() -> documents.Document:
    """A harmless record in which every part of the page occurs."""
    rows = [
        row(f"daily.part.n{n}", verdict)
        for n, verdict in enumerate(("met", "not met", "not assessed", "waived", "not applicable", "not due"))
    ]
    failed = {"text": "found == []", "values": "1 found", "line": 3, "held": False}
    seen = observation(exit_code=1, stderr="no", excerpt="yes", stand_in="a double", seeded=True, shared=True, looked_at=0)
    many = [
        check("not met", offenders=["a"] * 20, assertions=[failed] * 9, observations=[seen, observation(None), observation({"a": [1]})])
    ] * 2
    rows.append(
        row("daily.all", "not met", checks=many, threshold=[{"value": "1", "source": "ours"}], waiver=[waiver()], attestation=attestation())
    )
    names = {key: [f"{key} {n}" for n in range(20)] for key in ("selected", "reported", "deselected", "lost", "left_out", "broken")}
    entries = [documents.change("daily.all"), *(documents.change(f"daily.part.n{n}", None) for n in range(20))]
    changed = documents.changes(regressed=entries, fixed=entries, gone=[documents.change("daily.gone", "met", None)])
    made = document(*rows, row("weekly.other", "not due"), population=names, changed=changed, partial=["-k"], sandbox=True, seeded=True)
    return made | {"summary": made["summary"] | {"met": 7}}


def long_past() -> Past:
    """A history with which every part of the page that tells the past occurs."""
    points = [documents.point(days, "not met" if days < 3 else "met", float(days)) for days in range(40, 0, -1)]
    weekly = documents.past_run()
    return documents.past(*points, of="daily.all", series={"daily.all": points, "weekly.other": points}, last={"weekly": weekly})


def sentence(*verdicts: str, **more: Any) -> str:
    """The verdict on a run with these verdicts."""
    made = report.render(document(*(row(f"daily.n{n}", verdict) for n, verdict in enumerate(verdicts)), **more))
    found = re.search(r'<p class="sentence">(.*?)</p>', made, re.S)
    return found[1] if found else ""


def test_every_requirement_of_the_cadence_has_a_row_with_its_statement_and_verdict() -> None:
    made = documents.of_the_guide(("met", "not met", "not assessed", "not applicable"))

    shown = Page(report.render(made))

    due = [r for r in made["requirements"] if r["cadence"] == "daily"]
    assert [a["id"] for tag, a in shown.elements if tag == "article" and "id" in a] == [r["id"] for r in due]
    assert [r["id"] for r in due if r["statement"] not in shown.parts[r["id"]] or r["verdict"] not in shown.outside(r["id"])] == []


def test_the_whole_guide_is_covered_with_checks_and_verdict_or_the_verdict_of_the_last_run() -> None:
    made = documents.of_the_guide(("met", "not met"))
    last = documents.past(documents.point(9, "not met"), of="weekly.database.statistics")

    covered = Page(report.render(made, last)).parts["coverage"]

    told = {
        r["id"]: re.search(rf"{r['id']}\n?(?![a-z.-])(.*?)(this run|no run on record|\d\d UTC)", covered, re.S)
        for r in made["requirements"]
    }
    daily = {name: found for name, found in told.items() if name.startswith("daily")}
    assert [name for name, found in daily.items() if not found or "test_it_is_well" not in found[1] or found[2] != "this run"] == []
    others = {name: found for name, found in told.items() if name not in daily}
    assert len(others) > 50
    assert [name for name, found in others.items() if not found or found[2] != "no run on record"] == ["weekly.database.statistics"]
    assert re.search(r"weekly.database.statistics.*?not met\s+2026-11-14 06:02:00 UTC", covered, re.S)


@pytest.mark.parametrize(
    ("verdicts", "more", "said"),
    [
        (("met",) * 22, {}, "Compliant: all 22 requirements that apply are met."),
        (("met",), {}, "Compliant: the only requirement that applies is met."),
        (("met", "met", "not applicable", "not due"), {}, "Compliant: all 2 requirements that apply are met."),
        (("met", "waived"), {}, "Compliant with exceptions: 1 of 2 requirements that apply is met, 1 is waived."),
        (
            ("not met",) * 2 + ("met",) * 20 + ("not assessed",),
            {},
            "Not compliant: 2 of 22 assessed requirements are not met, 1 could not be assessed.",
        ),
        (("not met",), {}, "Not compliant: 1 of 1 assessed requirement is not met."),
        (("not met", "waived"), {}, "Not compliant: 1 of 2 assessed requirements is not met, 1 is waived."),
        (
            ("not assessed", "met"),
            {},
            "Compliance not shown: 1 of 2 requirements could not be assessed; none is known to be violated, 1 is met.",
        ),
        (
            ("not assessed",),
            {},
            "Compliance not shown: 1 of 1 requirement could not be assessed; none is known to be violated, none are met.",
        ),
        (("waived", "waived"), {}, "Compliance not shown: no requirement is met, 2 are waived."),
        (("not applicable",), {}, "Compliance not shown: nothing was assessed, because no requirement of this run applies."),
        ((), {}, "Compliance not shown: nothing was assessed, because no requirement of this run applies."),
        (("met",), {"partial": ["-k"]}, "Compliance not shown by a part of a run: of what it covered, 1 of 1 requirement is met."),
        (
            ("met",),
            {"population": {"lost": ["x"]}},
            "Compliance not shown: 1 of 1 requirement is met, but the run or its record is not whole (see below).",
        ),
        (
            ("met",),
            {"population": {"broken": ["x"]}},
            "Compliance not shown: 1 of 1 requirement is met, but the run or its record is not whole (see below).",
        ),
        (
            ("met",),
            {"exit_code": 6},
            "Compliance not shown: 1 of 1 requirement is met, but the run or its record is not whole (see below).",
        ),
        (
            ("not met",),
            {"exit_code": 2},
            "Not compliant: 1 of 1 assessed requirement is not met. The run was broken off, so what it did not reach is unknown.",
        ),
    ],
)
def test_the_verdict_is_one_true_sentence(verdicts: tuple[str, ...], more: dict[str, Any], said: str) -> None:
    assert sentence(*verdicts, **more) == said


def test_a_summary_that_contradicts_the_rows_is_told_and_not_believed() -> None:
    made = document(row(verdict="not met"))
    made["summary"] |= {"not met": 0, "met": 1}

    shown = Page(report.render(made))

    assert "THE RECORD CONTRADICTS ITSELF" in shown.text
    assert "Not compliant: 1 of 1" in shown.text


def test_a_summary_that_contradicts_rows_that_are_met_shows_no_compliance() -> None:
    made = document(row())
    made["summary"]["not met"] = 1

    assert "Compliance not shown: 1 of 1 requirement is met, but the run or its record is not whole" in Page(report.render(made)).text


@pytest.mark.parametrize(
    ("verdict", "colour"),
    [
        ("met", "met"),
        ("not met", "not-met"),
        ("not assessed", "not-assessed"),
        ("waived", "not-assessed"),
        ("not applicable", "not-assessed"),
    ],
)
def test_the_verdict_has_the_colour_of_what_it_says(verdict: str, colour: str) -> None:
    shown = page(row(verdict=verdict))

    assert next(attrs["class"] for _, attrs in shown.elements if attrs.get("id") == "verdict") == f"verdict-block {colour}"


def test_counts_keep_not_assessed_apart_and_the_share_shows_its_formula() -> None:
    verdicts = Counter({"met": 20, "not met": 2, "not assessed": 1, "waived": 1, "not applicable": 3, "not due": 4})

    text = " ".join(page(*(row(f"daily.n{n}", verdict) for n, verdict in enumerate(verdicts.elements()))).text.split())

    assert "met 20 looked at" in text.replace("met20", "met 20 ")
    for verdict, number in verdicts.items():
        assert f"{verdict}{number}" in text
    assert "met ÷ (met + not met + not assessed + waived) = 20 ÷ (20 + 2 + 1 + 1) = 83.3 %" in text


def test_a_share_is_never_rounded_up_to_everything() -> None:
    text = page(*(row(f"daily.n{n}") for n in range(2999)), row("daily.bad", "not met")).text

    assert "99.9 %" in text
    assert "100 %" not in text


def test_exceptions_stand_first_critical_before_warning_and_wrong_before_unknown() -> None:
    shown = page(
        row("daily.a", "not assessed", severity="warning", statement="A"),
        row("daily.b", "not met", severity="warning", statement="B"),
        row("daily.c", "not assessed", severity="critical", statement="C"),
        row("daily.d", "met", severity="critical", statement="D"),
        row("daily.e", "not met", severity="critical", statement="E", remedy="Mend E.", reason="two lines\n  of reason"),
    )

    assert re.findall(r"daily\.[a-e]", shown.parts["exceptions"]) == ["daily.e", "daily.c", "daily.b", "daily.a"]
    assert "What to do first: E not met, critical, since 2026-11-20 06:00:00 UTC. Mend E." in " ".join(shown.parts["verdict"].split())
    assert "Mend E." in shown.parts["verdict"]
    for told in ("Mend E.", "two lines\n  of reason", "12.5 ms", "critical", "E"):
        assert told in shown.parts["exceptions"]


def test_the_remedy_is_open_on_red_rows_and_inside_the_evidence_of_others() -> None:
    shown = page(
        row("daily.red", "not met", remedy="Mend this."),
        row("daily.grey", "not assessed", remedy="Mend this."),
        row("daily.green", remedy="Mend this."),
    )

    assert "Mend this." in shown.outside("daily.red")
    assert "Mend this." in shown.outside("daily.grey")
    assert "Mend this." not in shown.outside("daily.green")
    assert "Mend this." in shown.evidence["daily.green"]


def test_a_pass_shows_what_was_looked_at_how_when_and_what_came_out() -> None:
    seen = observation(
        0.25, "%", "SELECT 1", source="database main on db-1", looked_at=41, took_ms=3.5, exit_code=0, stderr="a warning", excerpt="a line"
    )

    shown = page(row(checks=[check(observations=[seen])]))

    assert "0.25 %" in shown.outside("daily.health.api")
    assert "answer.took < timedelta(milliseconds=500)" in shown.outside("daily.health.api")
    for told in (
        "0.25 %",
        "SELECT 1",
        "database main on db-1",
        "2026-11-23 06:00:01 UTC",
        "41 objects looked at",
        "took 3.5 ms",
        "exit code 0",
    ):
        assert told in shown.evidence["daily.health.api"]
    for told in ("a warning", "a line", "tests_daily/test_health.py::test_it_is_well", "Because somebody relies on it."):
        assert told in shown.evidence["daily.health.api"]


def test_what_a_fixture_noted_beyond_the_usual_is_shown() -> None:
    assert (
        "by sqlstate: (57014: 3, 40P01: 1)"
        in page(row(checks=[check(observations=[observation(by_sqlstate={"57014": 3, "40P01": 1})])])).text
    )


def test_what_was_seen_stands_beside_what_was_asserted() -> None:
    asserted = [{"text": "answer.status == 200", "values": "201 == 200\n +  where 201 = Answer(status=201).status", "line": 3}]

    evidence = page(row(checks=[check(assertions=asserted)])).evidence["daily.health.api"]

    assert "✓ answer.status == 200\n  seen: 201 == 200" in evidence
    assert "where" not in evidence


def test_each_of_several_checks_shows_its_object_verdict_reason_and_offenders() -> None:
    good = check(object_="db-1", reason="held on db-1")
    bad = check("not met", object_="db-2", reason="found on db-2", offenders=[f"index {n}." for n in range(30)])

    evidence = page(row(verdict="not met", checks=[good, bad])).evidence["daily.health.api"]

    for told in ("db-1", "held on db-1", "db-2", "found on db-2", "and 18 more", *(f"index {n}." for n in range(30))):
        assert told in evidence
    assert evidence.index("met") < evidence.index("not met")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"looked_at": 0}, "nothing was there to look at"),
        ({"stand_in": "localstripe"}, "asked of a stand-in: localstripe"),
        ({"seeded": True}, "seeded: put there in advance, not measured"),
        ({"shared": True}, "one look shared by several checks"),
    ],
)
def test_what_is_not_the_plain_truth_is_marked(more: dict[str, Any], told: str) -> None:
    assert told in page(row(checks=[check(observations=[observation(**more)])])).evidence["daily.health.api"]
    assert told not in page(row()).text


def test_many_measurements_of_one_unit_are_a_range_in_the_row_and_single_in_the_evidence() -> None:
    shown = page(row(checks=[check(observations=[observation(value) for value in (31, 12.5, 44.25, 18)])]))

    assert "12.5 to 44.25 ms 4 measurements" in shown.outside("daily.health.api")
    assert "31 ms" not in shown.outside("daily.health.api")
    assert "31 ms" in shown.evidence["daily.health.api"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        (True, "yes"),
        ("", "(empty)"),
        (12, "12"),
        (3.0, "3"),
        (1 / 3, "0.333333"),
        (99.9999996, "99.9999996"),
        (1234567.891, "1234567.891"),
        ("2026-11-23T06:00:01.741+00:00", "2026-11-23 06:00:01 UTC"),
        ("2026-11-23T06:00:01+02:00", "2026-11-23T06:00:01+02:00"),
        ([], "none"),
        (["a", 1, None], "a, 1, none"),
        ({"a": 1, "b": {"c": [True, "x"]}}, "a: 1\nb: (c: (yes, x))"),
        ([{"a": 1}, {"a": 2}], "a: 1\na: 2"),
    ],
)
def test_values_read_as_text(value: Any, text: str) -> None:
    assert report_text.shown(value) == text


def test_a_value_as_deep_as_json_allows_does_not_end_the_page() -> None:
    deep: Any = "bottom"
    for _ in range(500):
        deep = {"a": [deep]}

    assert "deeper in results.json" in page(row(checks=[check(observations=[observation(deep)])])).text


def test_durations_of_python_read_as_seconds() -> None:
    said = "datetime.timedelta(microseconds=183220) < datetime.timedelta(days=1, seconds=2) != datetime.timedelta(0)"

    assert readable(said) == "0.18322 s < 86402 s != 0 s"


def test_an_assertion_that_failed_does_not_look_like_one_that_held() -> None:
    failed = {"text": "found == []", "values": "", "line": 3, "held": False}

    assert "found == [] did not hold" in page(row(verdict="not met", checks=[check("not met", assertions=[failed])])).outside(
        "daily.health.api"
    )
    assert "did not hold" not in page(row()).text


def test_an_assertion_that_failed_on_one_of_several_objects_does_not_look_like_one_that_held() -> None:
    made = [check("not met", assertions=[{"text": "found == []", "values": "", "line": 3, "held": held}]) for held in (True, False, True)]

    shown = page(row(verdict="not met", checks=made))

    assert "found == [] did not hold" in shown.outside("daily.health.api")
    assert shown.evidence["daily.health.api"].count("✓ found == []") == 2
    assert shown.evidence["daily.health.api"].count("✗ found == [] did not hold") == 1


def test_a_row_that_is_not_met_never_shows_only_what_held() -> None:
    assert "What did not hold is told by the reason." in page(row(verdict="not met")).outside("daily.health.api")
    assert "What did not hold" not in page(row()).text


def test_an_assertion_that_was_not_reached_is_named_and_looks_like_neither() -> None:
    failed = {"text": "first == 1", "values": "2 == 1", "line": 3, "held": False}
    made = check("not met", assertions=[failed], unreached=[{"text": "second == 2", "line": 4}])

    shown = page(row(verdict="not met", checks=[made]))

    for place in (shown.outside("daily.health.api"), shown.parts["exceptions"]):
        assert "first == 1 did not hold (seen: 2 == 1)" in place
        assert "second == 2 was not reached" in place
    assert "· second == 2 was not reached" in shown.evidence["daily.health.api"]
    assert [attrs["class"] for tag, attrs in shown.elements if attrs.get("class") in ("held", "failed", "unreached")] == [
        "failed",
        "unreached",
    ] * 2


def test_what_changed_is_told_in_brief_with_the_verdict_and_in_full_right_after_it() -> None:
    changed = documents.changes(
        regressed=[documents.change("daily.b", since="2026-11-23T06:00:00.613541+00:00")],
        no_longer_assessable=[documents.change("daily.c", now="not assessed")],
        fixed=[documents.change("daily.a", "not met", "met")],
        gone=[documents.change("daily.z", "met", None)],
    )
    rows = [row("daily.a"), row("daily.b", "not met", statement="B holds."), row("daily.c", "not assessed")]

    shown = page(*rows, changed=changed)

    brief = " ".join(shown.parts["verdict"].split())
    assert "Since the last run: 1 regressed, 1 no longer assessable, 1 fixed, 1 gone. What changed" in brief
    told = " ".join(shown.parts["changes"].split())
    assert told.startswith("What changed since the last run Compared with daily-20261122T060000Z, which ended 2026-11-22 06:02:00 UTC.")
    for words in ("Regressed 1: now not met", "B holds. daily.b, met before", "daily.a, not met before", "gone daily.z, met before"):
        assert words in told
    assert list(shown.parts).index("verdict") < list(shown.parts).index("changes") < list(shown.parts).index("exceptions")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"changed": documents.changes()}, "Nothing changed: every requirement has the verdict it had then."),
        ({"changed": documents.changes() | {"previous": None}}, "no earlier complete run of this estate, system and cadence is on record"),
        ({"partial": ["-k"]}, "A part of a run is compared with nothing."),
    ],
)
def test_where_nothing_changed_or_nothing_is_compared_the_page_says_so(more: dict[str, Any], told: str) -> None:
    assert told in page(row(), **more).parts["changes"]


def test_a_red_row_says_since_when_and_for_how_many_runs() -> None:
    points = [documents.point(5), documents.point(3, "not met"), documents.point(2, "not assessed"), documents.point(1, "not met")]

    shown = Page(report.render(document(row(verdict="not met")), documents.past(*points)))

    assert "since 2026-11-20 06:00:00 UTC, 4 runs" in shown.outside("daily.health.api")
    assert "since 2026-11-20 06:00:00 UTC, 4 runs" in shown.parts["exceptions"]
    new = page(row(verdict="not met", since="2026-11-23T06:00:00.613541+00:00"))
    assert "first in this run" in new.outside("daily.health.api")


def test_the_course_of_a_row_is_drawn_and_told_in_words() -> None:
    points = [documents.point(days, "not met" if days == 2 else "met", 100.0 / days) for days in range(40, 0, -1)]

    made = report.render(document(row()), documents.past(*points))

    assert "30 runs since 2026-10-25: 1 not met, 29 met; measured before: 1.72414 to 100 ms" in Page(made).outside("daily.health.api")
    (drawn,) = re.findall(r'<article class="row met".*?(<svg.*?</svg>)', made, re.S)
    assert (drawn.count("v-12"), drawn.count("v-3"), drawn.count("M")) == (1, 29, 30)
    assert 'class="not-met" d="M164 28v-12"' in drawn
    assert drawn.count("<polyline") == 1
    assert "<svg" not in report.render(document(row())).partition("<main>")[2].partition('id="requirements"')[2]


def test_marks_of_different_verdicts_differ_without_their_colour() -> None:
    style = (CHECKOUT / "compliance" / "templates" / "report.css").read_text()
    shapes = {verdict: (height, "stroke-dasharray" in style.partition(f".course .{verdict.replace(' ', '-')} {{")[2].partition("}")[0])
              for verdict, height in report_past.HEIGHTS.items()}  # fmt: skip

    assert len(set(shapes.values())) == len(shapes)


def test_other_cadences_stand_with_the_date_and_the_verdicts_of_their_last_run_and_what_is_overdue_stands_at_the_top() -> None:
    shown = Page(report.render(document(row()), documents.past(documents.point(1))))

    others = " ".join(shown.parts["cadences"].split())
    assert "weekly 2026-11-14 06:02:00 UTC weekly-20261114T060200Z 1 not met 20 met overdue: weekly last ran 9 days ago" in others
    assert "daily this run 1 met now" in others
    assert "Overdue: weekly last ran 9 days ago. This page cannot speak for them" in " ".join(shown.parts["verdict"].split())
    assert "../../weekly/20261114T060200Z/report.html" in {value for _, value in shown.all("href")}


def test_a_history_that_could_not_be_asked_is_not_taken_for_an_empty_one() -> None:
    shown = Page(report.render(document(row()), Past()))

    assert "cadences" not in shown.parts
    assert "Overdue" not in shown.text


def test_a_run_on_another_machine_is_named_and_not_linked() -> None:
    weekly = documents.past_run(host="watch-2")

    shown = Page(report.render(document(row()), documents.past(last={"weekly": weekly}, missed=[])))

    assert weekly.id in shown.parts["cadences"]
    assert {value for _, value in shown.all("href") if not value.startswith("#")} == FILES


@pytest.mark.parametrize(
    ("expiry", "told"),
    [
        ("2026-12-31", "38 days left"),
        ("2026-11-24", "1 day left"),
        ("2026-11-23", "this is its last day"),
        ("2026-11-20", "ended 3 days before this run"),
    ],
)
def test_a_waiver_says_how_long_it_still_counts(expiry: str, told: str) -> None:
    assert told in page(row(verdict="waived", waiver=[waiver(expiry=expiry)])).parts["waivers"]


def test_an_attestation_says_until_when_it_counts() -> None:
    shown = page(row("quarterly.walk", "met", checks=[], attestation=attestation()), cadence="quarterly")

    assert "counts until 2027-02-20: 89 days left" in shown.parts["attestations"]


def test_the_short_form_leaves_out_what_has_a_class_for_it_and_nothing_of_the_summary() -> None:
    shown = Page(report.render(everything(), long_past()))

    left_out = {attrs.get("id") for tag, attrs in shown.elements if tag == "section" and "long" in attrs.get("class", "").split()}
    assert left_out == {"requirements", "coverage"}
    assert {value for _, value in shown.all("href")} >= {"#short", "#whole"}
    assert "body:has(#short:target)" in (CHECKOUT / "compliance" / "templates" / "report.css").read_text()


def test_thresholds_stand_with_their_source() -> None:
    text = page(row(threshold=[{"value": "below 85 %", "source": "our choice: room for a backup"}])).outside("daily.health.api")

    assert "Threshold: below 85 % our choice: room for a backup" in text


def test_waivers_and_attestations_are_shown_in_full() -> None:
    accepted = [waiver(), waiver(object="ix_older", state="expired")]

    shown = page(row(verdict="waived", waiver=accepted), row("daily.walk", "met", checks=[], attestation=attestation()))

    for told in ("ix_old", "M. Neff", "is being replaced", "2026-10-01", "2026-12-31", "applied", "expired", "not met, now waived"):
        assert told in shown.parts["waivers"]
    assert "1 waiver has expired" in shown.parts["verdict"]
    for told in ("A. Rowe", "site manager", "2026-11-20", "I walked the yard.", "walk.pdf", "0" * 64):
        assert told in shown.parts["attestations"]
    assert "(underneath: not met)" in shown.evidence["daily.health.api"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"sandbox": True}, ["SANDBOX — NOT PRODUCTION"]),
        (
            {"partial": ["-k"], "population": {"left_out": ["daily.x"], "deselected": ["tests_daily/a.py::b"]}},
            ["PARTIAL RUN", "1 requirement", "daily.x", "1 check", "a.py::b"],
        ),
        (
            {"population": {"selected": ["a", "b"], "lost": ["tests_daily/a.py::b"]}},
            ["1 OF 2 SELECTED CHECKS DID NOT REPORT BACK", "a.py::b"],
        ),
        ({"population": {"broken": ["tests_daily/a.py: SyntaxError"]}}, ["1 FILE COULD NOT BE READ", "SyntaxError"]),
        ({"seeded": True}, ["SEEDED RECORD"]),
    ],
)
def test_a_banner_says_what_the_page_cannot_prove(more: dict[str, Any], told: list[str]) -> None:
    before_the_verdict = page(row(), **more).text.partition("maintenance guide")[2].partition("Verdict\n")[0]

    assert [words for words in told if words not in before_the_verdict] == []
    assert told[0] not in page(row()).text


def test_a_requirement_that_a_partial_run_left_out_keeps_its_row() -> None:
    shown = page(row(), row("daily.other", "not due", reason="left out of this partial run"), partial=["-k"])

    assert "left out of this partial run" in shown.outside("daily.other")


def test_the_run_is_identified() -> None:
    made = document(row(), dirty=True)

    shown = Page(report.render(made)).parts["identity"]

    keys = ("id", "by", "host", "commit", "guide_version", "command", "previous")
    assert [key for key in keys if str(made["run"][key]) not in shown] == []
    for told in (
        "pytest 9.2.0",
        "not committed",
        "time source: yes",
        "0: everything that applies",
        "1 selected, 1 reported back, 0 deselected",
    ):
        assert told in shown


def test_the_page_links_to_the_record_and_its_other_views() -> None:
    made = Page(report.render(everything(), long_past()))

    assert {value for _, value in made.all("href") if not value.startswith("#")} == FILES | {"../../weekly/20261114T060200Z/report.html"}


@pytest.mark.parametrize("made", [everything(), documents.hostile(), documents.of_the_guide()], ids=["everything", "hostile", "guide"])
def test_every_jump_lands_and_every_anchor_is_one(made: documents.Document) -> None:
    shown = Page(report.render(made, long_past()))

    anchors = [value for _, value in shown.all("id")]
    assert len(set(anchors)) == len(anchors)
    assert {value[1:] for _, value in shown.all("href") if value.startswith("#")} <= set(anchors)


def test_only_an_id_that_stands_once_is_an_anchor() -> None:
    shown = page(
        row("daily.one"), row("daily.two"), row("daily.two"), row("daily.three") | {"id": "verdict"}, row("daily.four") | {"id": "a b"}
    )

    assert [attrs["id"] for tag, attrs in shown.elements if tag == "article"] == ["daily.one", "row-2", "row-3", "row-4", "row-5"]


def test_hostile_strings_bring_no_element_and_no_attribute_of_their_own() -> None:
    harmless, hostile = Page(report.render(everything(), long_past())), Page(report.render(documents.hostile(), documents.hostile_past()))

    assert {tag for tag, _ in hostile.elements} <= {tag for tag, _ in harmless.elements}
    assert {name for _, attrs in hostile.elements for name in attrs} <= {name for _, attrs in harmless.elements for name in attrs}
    assert {value for _, value in hostile.all("href") if not value.startswith("#")} == FILES


def test_hostile_strings_bring_nothing_into_the_index_either() -> None:
    index = Page(report_index.render(list(documents.hostile_past().last.values()), documents.DAY, " ".join(documents.HOSTILE)))

    assert {tag for tag, _ in index.elements} & {"script", "iframe", "object", "embed", "form", "base", "img", "style"} == set()
    assert {value for _, value in index.all("href")} == {"#systems", "data:,"}


def test_every_hostile_string_is_there_to_read() -> None:
    text = Page(report.render(documents.hostile())).text

    assert [words for words in documents.HOSTILE if str(report_text.visible(words)) not in text] == []


PAGES = {
    "everything": report.render(everything(), long_past()),
    "hostile": report.render(documents.hostile(), documents.hostile_past()),
    "index": report_index.render([documents.past_run("daily", 1), documents.past_run()], documents.DAY, "watch-1"),
}


@pytest.mark.parametrize("made", PAGES.values(), ids=PAGES)
def test_nothing_on_the_page_can_run(made: str) -> None:
    shown = Page(made)

    assert {tag for tag, _ in shown.elements} & {"script", "iframe", "object", "embed", "form", "base", "img"} == set()
    names = {name for _, attrs in shown.elements for name in attrs}
    assert [name for name in names if name.startswith("on") or name in ("style", "src", "action", "srcdoc")] == []


def test_what_would_turn_or_hide_text_shows_as_its_number() -> None:
    made = report.render(documents.hostile())

    assert "invoice⟨U+202E⟩txt.exe ⟨U+2066⟩⟨U+200B⟩⟨U+FEFF⟩⟨U+0000⟩ ⟨U+001B⟩[31m" in Page(made).text
    assert "half a character: ⟨U+D83D⟩" in Page(made).text
    assert re.search("[\0-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", made) is None
    assert made.encode("utf-8")
    assert report_text.visible("one\r\ntwo\tthree\rfour") == "one\ntwo\tthree⟨U+000D⟩four"


@pytest.mark.parametrize("made", PAGES.values(), ids=PAGES)
def test_the_policy_admits_the_one_style_and_nothing_else(made: str) -> None:
    styles = re.findall(r"<style>(.*?)</style>", made, re.S)
    policy = next(attrs["content"] for tag, attrs in Page(made).elements if attrs.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(styles[0].encode()).digest()).decode()
    assert len(styles) == 1
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    assert made.index("Content-Security-Policy") < made.index("<style>")
    assert re.search(r"url\(|@import", styles[0]) is None


@pytest.mark.parametrize("made", PAGES.values(), ids=PAGES)
def test_headings_descend_one_step_at_a_time(made: str) -> None:
    levels = [int(tag[1]) for tag, _ in Page(made).elements if re.fullmatch("h[1-6]", tag)]

    assert levels[0] == 1
    assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []


def test_the_page_has_its_landmarks_and_its_language() -> None:
    elements = Page(report.render(everything())).elements

    assert ("html", {"lang": "en"}) in elements
    assert {"header", "main", "nav", "footer"} <= {tag for tag, _ in elements}
    assert next(attrs["href"] for tag, attrs in elements if tag == "a") == "#verdict"
    assert [attrs for tag, attrs in elements if tag == "th" and "scope" not in attrs] == []


def test_a_record_without_the_keys_of_later_versions_still_renders() -> None:
    made = document(row(verdict="not met", waiver=[waiver()]))
    needed = {"id", "statement", "cadence", "verdict", "reason", "checks", "waiver"}
    made["requirements"] = [{key: value for key, value in r.items() if key in needed} for r in made["requirements"]]
    made["requirements"][0]["checks"] = [{"nodeid": "a", "verdict": "not met", "reason": "r", "observations": [{"value": 1}]}]
    made["run"] = {key: made["run"][key] for key in ("id", "estate", "sandbox", "cadence", "started", "finished")}
    del made["population"]

    assert "Not compliant: 1 of 1 assessed requirement is not met." in report.render(made)


def test_a_name_that_nobody_knows_is_an_error_and_not_a_gap() -> None:
    made = document(row())
    del made["requirements"][0]["statement"]

    with pytest.raises(UndefinedError):
        report.render(made)


@pytest.mark.parametrize(
    "made", [documents.of_the_guide(), documents.many(3), everything(), document()], ids=["guide", "many", "everything", "nothing"]
)
def test_records_fit_the_schema(made: documents.Document) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(json.loads(json.dumps(made)))] == []


def test_a_record_of_a_real_run_fits_the_schema(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    write_check(project, "@check\ndef test_it(seen, seen_nothing):\n    found = ['a', 'b']\n    assert found\n    assert found == []\n")

    outcome = run_small(project)

    assert outcome.table[WEBSITE] == "not met"
    assert [error.message for error in VALIDATOR.iter_errors(outcome.record)] == []
    assert outcome.folder is not None
    index = Page((outcome.folder.parents[1] / "index.html").read_text())
    assert f"daily/{outcome.folder.name}/report.html" in {value for _, value in index.all("href")}


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("schema",), "2.0"),
        (("extra",), 1),
        (("run", "extra"), 1),
        (("run", "started"), "2026-11-23T06:00:00+02:00"),
        (("run", "exit_code"), 7),
        (("summary", "nearly met"), 1),
        (("requirements", 0, "verdict"), "passed"),
        (("requirements", 0, "verdikt"), "met"),
        (("requirements", 0, "severity"), "grave"),
        (("requirements", 0, "checks", 0, "original"), "waived"),
        (("requirements", 0, "checks", 0, "observations", 0, "looked_at"), -1),
        (("requirements", 0, "waiver", 0, "expiry"), "tomorrow"),
        (("requirements", 0, "attestation", "sha256"), "abc"),
    ],
)
def test_the_schema_refuses_what_is_wrong(path: tuple[Any, ...], wrong: Any) -> None:
    made = document(row(waiver=[waiver()], attestation=attestation()))
    place: Any = made
    for step in path[:-1]:
        place = place[step]
    assert VALIDATOR.is_valid(made)

    place[path[-1]] = wrong

    assert not VALIDATOR.is_valid(made)


def test_an_observation_may_carry_details_of_its_own() -> None:
    assert VALIDATOR.is_valid(document(row(checks=[check(observations=[observation(by_sqlstate={"57014": 3})])])))


def test_the_schema_describes_every_property_and_closes_what_is_ours() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    shapes = [shape for shape in _shapes(SCHEMA) if "properties" in shape]

    assert [
        name for shape in shapes for name, inner in shape["properties"].items() if "description" not in inner and "$ref" not in inner
    ] == []
    assert [shape["description"] for shape in shapes if shape["additionalProperties"]] == [SCHEMA["$defs"]["observation"]["description"]]


def _shapes(part: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a schema, with its own."""
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _shapes(inner)


def test_exceptions_beyond_the_first_two_hundred_are_named_and_told_in_their_place() -> None:
    shown = page(*(row(f"daily.n{n}", "not met", reason=f"reason {n}.") for n in range(report.MOST + 7)))

    assert "The other 7 exceptions" in shown.parts["exceptions"]
    assert [f"daily.n{n}" for n in range(report.MOST + 7) if f"daily.n{n}" not in shown.parts["exceptions"]] == []
    assert ("reason 199." in shown.parts["exceptions"], "reason 200." in shown.parts["exceptions"]) == (True, False)
    assert "reason 206." in shown.outside("daily.n206")


def test_ten_thousand_results_stay_below_25_megabytes() -> None:
    made = report.render(documents.many(10_000, ("met",) * 19 + ("not met",)))

    assert made.count('<article class="row') == 10_000 + report.MOST
    assert len(made.encode()) < 25_000_000

"""The same results for Prometheus, Heimdall and a CI job's page: nothing is lost, nothing turns green, nothing hostile gets through."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from prometheus_client.parser import text_string_to_metric_families

from compliance import views
from selftests.documents import HOSTILE, attestation, check, document, hostile, observation, row, waiver
from selftests.running import CHECKOUT, plain_environment, run_small, write_check

BLIND = check("not assessed", outcome="skipped")
ROWS = (
    row("daily.a.met", checks=[check(observations=[observation(3), observation(9.5), observation(7, "rows")])]),
    row("daily.a.broken", "not met", severity="critical"),
    row("daily.a.blind", "not assessed", checks=[BLIND]),
    row("daily.a.unchecked", "not assessed"),
    row("daily.a.waived", "waived", waiver=[waiver()]),
    row("daily.a.partly", "not met", waiver=[waiver(), waiver(object="other", state="expired")]),
    row("daily.a.absent", "not applicable"),
    row("daily.a.stated", "met", checks=[], attestation=attestation()),
    row("daily.a.unstated", "not met", checks=[], attestation=attestation(verdict="not met")),
    row("weekly.a.later", "not due"),
)
TEXT, MAYBE = {"type": "string"}, {"type": ["string", "null"]}
# What OHDF's exec-json requires of the parts that are written here.
RESULT = {
    "required": ["code_desc", "start_time"],
    "properties": {
        "status": {"enum": ["passed", "failed", "skipped", "error"]},
        "code_desc": TEXT,
        "start_time": TEXT,
        "run_time": {"type": ["number", "null"]},
        "message": MAYBE,
        "skip_message": MAYBE,
        "exception": MAYBE,
        "backtrace": {"type": ["array", "null"], "items": TEXT},
    },
}
STATED: dict[str, Any] = {"required": ["control_id", "explanation", "frequency", "status", "updated", "updated_by"]}
STATED |= {"type": ["object", "null"], "properties": {"status": {"enum": ["passed", "failed"]}}}
CONTROL = {
    "required": ["id", "impact", "refs", "tags", "source_location", "results"],
    "properties": {
        "id": TEXT,
        "title": MAYBE,
        "desc": MAYBE,
        "code": MAYBE,
        "descriptions": {"items": {"required": ["label", "data"], "properties": {"label": TEXT, "data": TEXT}}},
        "impact": {"type": "number", "minimum": 0, "maximum": 1},
        "refs": {"items": {"required": ["ref"], "properties": {"ref": TEXT}}},
        "tags": {"type": "object"},
        "source_location": {"type": "object", "properties": {"ref": MAYBE, "line": {"type": ["number", "null"]}}},
        "results": {"type": "array", "items": RESULT},
        "waiver_data": {"type": ["object", "null"]},
        "attestation_data": STATED,
    },
}
PROFILE = {
    "required": ["name", "sha256", "supports", "attributes", "groups", "controls"],
    "properties": {"name": TEXT, "sha256": TEXT, "title": MAYBE, "version": MAYBE, "controls": {"type": "array", "items": CONTROL}},
}
EXEC_JSON: dict[str, Any] = {
    "required": ["platform", "profiles", "statistics", "version"],
    "properties": {
        "platform": {"required": ["name", "release"], "properties": {"name": TEXT, "release": TEXT, "target_id": MAYBE}},
        "profiles": {"type": "array", "items": PROFILE},
        "statistics": {"type": "object"},
        "version": TEXT,
    },
}


def _controls(made: dict[str, Any]) -> dict[str, dict[str, Any]]:
    view = json.loads(views.render("ohdf", made))
    jsonschema.validate(view, EXEC_JSON)
    return {control["id"]: control for control in view["profiles"][0]["controls"]}


def _status(control: dict[str, Any]) -> str:
    """How Heimdall's own library judges a control: error first, then waived or impact 0, then failed."""
    found = {"error" if "backtrace" in result else result["status"] for result in control["results"]}
    if "error" in found or not found:
        return "error"
    waived = (control["waiver_data"] or {}).get("skipped_due_to_waiver")
    return "not applicable" if waived or control["impact"] == 0 else "failed" if "failed" in found else next(iter(found))


def test_heimdall_reads_each_verdict_as_what_it_is() -> None:
    controls = _controls(document(*ROWS))

    assert {name: _status(control) for name, control in controls.items()} == {
        "daily.a.met": "passed",
        "daily.a.broken": "failed",
        "daily.a.blind": "error",
        "daily.a.unchecked": "error",
        "daily.a.waived": "not applicable",
        "daily.a.partly": "failed",
        "daily.a.absent": "not applicable",
        "daily.a.stated": "passed",
        "daily.a.unstated": "failed",
    }
    assert [controls[name]["impact"] for name in ("daily.a.broken", "daily.a.met", "daily.a.absent")] == [0.9, 0.5, 0]


def test_heimdall_gets_waivers_attestations_remedies_and_values() -> None:
    controls = _controls(document(*ROWS))
    waived, stated, met = (controls[f"daily.a.{name}"] for name in ("waived", "stated", "met"))

    assert "is being replaced" in waived["waiver_data"]["justification"]
    assert waived["results"][0]["status"] == "failed"
    assert (stated["attestation_data"]["updated_by"], stated["attestation_data"]["frequency"]) == ("A. Rowe, site manager", "1d")
    assert "9.5 ms" in met["results"][0]["code_desc"]
    assert {told["label"] for told in met["descriptions"]} == {"check", "fix", "rationale", "verdict"}


def test_a_row_that_is_worse_than_its_checks_is_not_green() -> None:
    worse = row("daily.a.lost", "not assessed", checks=[check("met")])

    assert _status(_controls(document(worse))["daily.a.lost"]) == "error"


def _metrics(made: dict[str, Any]) -> dict[tuple[str, str, str], float]:
    families = text_string_to_metric_families(views.render("prometheus", made))
    samples = [sample for family in families for sample in family.samples]
    kind = ("verdict", "bound")
    return {(s.name, s.labels.get("requirement", ""), next((s.labels[k] for k in kind if k in s.labels), "")): s.value for s in samples}


def test_prometheus_gets_verdicts_values_and_the_run() -> None:
    metrics = _metrics(document(*ROWS))
    held = {requirement: verdict for (name, requirement, verdict), v in metrics.items() if name == "neff_compliance_verdict" and v == 1}

    assert held == {made["id"]: made["verdict"] for made in ROWS if made["verdict"] != "not due"}
    measured = [metrics["neff_compliance_measured", "daily.a.met", bound] for bound in ("low", "high")]
    assert measured == [3, 9.5]
    assert metrics["neff_compliance_run_exit_code", "", ""] == 1
    assert metrics["neff_compliance_requirements", "", "not assessed"] == 2
    assert metrics["neff_compliance_run_duration_seconds", "", ""] == pytest.approx(130.17, abs=0.01)
    assert metrics["neff_compliance_check_duration_seconds", "daily.a.met", ""] == pytest.approx(0.0312)


def test_labels_stay_bounded_and_hold_nothing_that_was_found() -> None:
    made = document(row("daily.a.b", "not met", checks=[check("not met", offenders=["index_of_ours"], object_="host_of_ours")]))
    text = views.render("prometheus", made)

    assert "of_ours" not in text
    samples = [s for family in text_string_to_metric_families(views.render("prometheus", hostile())) for s in family.samples]
    assert max(len(value) for sample in samples for value in sample.labels.values()) <= 125


@pytest.mark.parametrize("name", views.FORMATS)
def test_hostile_text_breaks_no_view(name: str) -> None:
    text = views.render(name, hostile()).encode("utf-8", "backslashreplace").decode()

    if name == "ohdf":
        jsonschema.validate(json.loads(text), EXEC_JSON)
    elif name == "prometheus":
        assert [*text_string_to_metric_families(text)]
    else:
        assert not re.search(r"[<>`\[\]\x1b\u202e\u2066]|https?:|javascript:|(?<!&)#", text.removeprefix("## "))
        table = [line for line in text.splitlines() if line.startswith("| ❌")]
        assert {line.count("|") for line in table} == {5}
        assert len(table) == len(HOSTILE)


def test_the_summary_says_what_changed_and_what_is_red() -> None:
    made = document(*ROWS) | {"changes": None}
    made["changes"] = {
        "previous": "daily-1",
        "finished": "x",
        **{key: [] for key in ("no_longer_assessable", "new", "fixed", "otherwise", "gone")},
    }
    made["changes"]["regressed"] = [{"id": "daily.a.broken", "was": "met", "now": "not met", "since": "x"}]
    text = views.render("markdown", made).replace("&#46;", ".").replace("&#45;", "-")

    assert "**worse** daily.a.broken" in text
    assert "3 not met, 2 not assessed, 1 waived, 2 met, 1 not applicable" in text
    assert [line.split("|")[2].strip() for line in text.splitlines() if line.startswith("| ❓")] == ["daily.a.blind", "daily.a.unchecked"]


def test_a_part_and_the_sandbox_are_called_what_they_are() -> None:
    text = views.render("markdown", document(row(), partial=["-k"], sandbox=True))

    assert "A part of a run" in text
    assert "SANDBOX" in text


GREEN = "@check\ndef test_it(seen):\n    found = []\n    assert found == []"


def test_a_run_writes_the_views_it_is_asked_for(checks: Path) -> None:
    write_check(checks, GREEN)
    outcome = run_small(checks, *(f"--view={name}:{checks / name}" for name in views.FORMATS))

    assert [name for name in views.FORMATS if (checks / name).read_text() != views.render(name, outcome.record)] == []
    assert "WARNING" not in outcome.said


def test_a_view_that_cannot_be_written_is_said_and_spoils_nothing(checks: Path) -> None:
    write_check(checks, GREEN)
    outcome = run_small(checks, f"--view=markdown:{checks / 'nowhere' / 'summary.md'}")

    assert (outcome.exit_code, "WARNING: the markdown view was not written" in outcome.said) == (6, True)
    assert run_small(checks, "--view=pdf:x").exit_code == 4


def _view(*words: str) -> tuple[int, str]:
    argv = [sys.executable, "-m", "compliance", "view", *words]
    done = subprocess.run(argv, cwd=CHECKOUT, env=plain_environment(), capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_the_command_makes_a_view_of_a_record(tmp_path: Path) -> None:
    made = document(*ROWS)
    (tmp_path / "results.json").write_text(json.dumps(made))

    assert _view("markdown", str(tmp_path)) == (0, views.render("markdown", made))
    assert _view("ohdf", str(tmp_path / "results.json"), "--output", str(tmp_path / "out.json")) == (0, "")
    assert (tmp_path / "out.json").read_text() == views.render("ohdf", made)
    assert _view("ohdf", str(tmp_path / "nothing"))[0] == 4

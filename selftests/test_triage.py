"""In an outage: what is down, what cannot be seen and what works, each red line with its first step and whom to call, in seconds."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from compliance.contacts import AT_ANY_HOUR
from compliance.guide import Requirement, load
from compliance.lanes import lane
from sandbox.estate_files import CONTACTS
from sandbox.faults.tools import stopped
from sandbox.house import Sandbox
from selftests.running import CHECKOUT, Outcome, Suite, run_small

CRITICAL = {r.id: r for r in load().requirements.values() if r.cadence == "daily" and r.severity == "critical"}
API, STATUS, DATABASE = "daily.health.api", "daily.health.status-page", "daily.health.database"
UNTOUCHED = ["daily.alerts.api-latency", "daily.alerts.security-breach", "daily.integrations.stripe"]


@pytest.fixture
def half_dead(sandbox: Sandbox, suite: Suite) -> Outcome:
    """Triage of a system whose site and database are stopped."""
    with stopped(sandbox, "site"), sandbox.database_down():
        return suite.run(cadence="triage")


def _lines(outcome: Outcome, title: str) -> list[str]:
    """What the terminal says under a heading."""
    _, _, rest = outcome.said.partition(f" {title}: ")
    return rest.partition("\n=====")[0].splitlines()[1:]


def test_on_a_healthy_system_every_critical_requirement_works(suite: Suite) -> None:
    outcome = suite.run(cadence="triage")

    assert outcome.exit_code == 0, outcome.said
    assert set(outcome.table) == set(CRITICAL)
    assert len(_lines(outcome, "WORKS")) == outcome.record["summary"]["met"] >= 14
    assert "DOWN" not in outcome.said
    assert "IN AN OUTAGE" not in outcome.said


def test_on_a_half_dead_system_it_says_what_is_down_and_what_still_works(half_dead: Outcome) -> None:
    assert half_dead.exit_code == 1, half_dead.said
    assert [half_dead.table[name] for name in (API, STATUS, DATABASE)] == ["not met"] * 3
    assert half_dead.table["daily.alerts.reviewed"] == "not assessed"
    assert [half_dead.table[name] for name in UNTOUCHED] == ["met"] * 3
    assert half_dead.said.index(" DOWN: ") < half_dead.said.index(" CANNOT BE SEEN: ") < half_dead.said.index(" WORKS: ")


def test_each_red_line_names_its_reason_its_first_step_and_whom_to_call(half_dead: Outcome) -> None:
    said = _lines(half_dead, "DOWN") + _lines(half_dead, "CANNOT BE SEEN")
    red = [name for name, verdict in half_dead.table.items() if verdict in ("not met", "not assessed")]

    assert len(said) == 4 * len(red)
    for name in red:
        at = said.index(next(line for line in said if line.startswith(f"{name}: ")))
        seen, step, call = said[at + 1 : at + 4]
        assert "refused" in seen
        assert CRITICAL[name].first_step in step
        assert f"call: {CRITICAL[name].call} " in call
        assert "+1 312 922 3432" in call
    assert "the first 5 minutes: (1)" in half_dead.said


def test_its_record_is_its_own_and_no_daily_run(suite: Suite, half_dead: Outcome) -> None:
    assert half_dead.folder is not None
    assert (half_dead.record["run"]["cadence"], half_dead.record["run"]["partial"]) == ("triage", [])
    assert half_dead.folder == (suite.reports / "triage" / "latest").resolve()
    assert half_dead.row(DATABASE)["call"].startswith("Database Admin (312) 744-5000")
    assert "Whom to call" in (half_dead.folder / "report.html").read_text()


@pytest.mark.parametrize("name", CRITICAL)
def test_every_first_step_is_a_sentence_that_can_be_read_in_a_hurry(name: str) -> None:
    step = CRITICAL[name].first_step

    assert step.endswith(".")
    assert step.count("`") % 2 == 0
    assert 30 < len(step) < 320


def test_everybody_whom_the_guide_wants_called_is_in_the_lists_of_contacts() -> None:
    wanted = {AT_ANY_HOUR, *(r.call for r in load().requirements.values())}
    for text in ((CHECKOUT / "estates" / "production" / "contacts.toml").read_text(), CONTACTS):
        assert wanted <= {contact["name"] for contact in tomllib.loads(text)["contact"]}


def _needing(*needs: str) -> Requirement:
    return next(iter(CRITICAL.values())).model_copy(update={"needs": needs})


def test_what_asks_the_database_takes_turns_and_everything_else_its_own_way() -> None:
    assert lane(_needing("alerts", "database")) == lane(_needing("sms", "alerts", "database"))
    assert len({lane(_needing(*needs)) for needs in (("database",), ("alerts", "database"), ("api",), ("status_page", "api"), ())}) == 5


CHECK = """
import pytest


@pytest.mark.requirement("{requirement}")
def test_{name}(seen):
    found = []
    assert found == []
    {then}
"""


@pytest.fixture
def project(checks: Path) -> Path:
    """A project with an API and a status page."""
    estate = checks / "estate" / "estate.toml"
    sections = '[api]\nbase = "https://127.0.0.1:1/"\nhealth = "/"\nendpoints = ["/"]\ndependencies = []\n\n'
    sections += '[status_page]\nurl = "https://127.0.0.1:1/"\n\n[absent]'
    text = estate.read_text().replace('"api" = "not here"\n', "").replace('"status_page" = "not here"\n', "")
    estate.write_text(text.replace("[absent]", sections))
    return checks


def _write(project: Path, requirement: str, name: str, then: str = "pass") -> None:
    (project / "tests_daily" / f"test_{name}.py").write_text(CHECK.format(requirement=requirement, name=name, then=then))


DEAF = "import signal, time\n    signal.setitimer(signal.ITIMER_REAL, 0)\n    time.sleep(60)"


@pytest.mark.parametrize(("then", "said"), [("import time; time.sleep(60)", "time limit"), (DEAF, "no end of its own")])
def test_a_look_that_never_ends_costs_the_others_nothing(project: Path, then: str, said: str) -> None:
    _write(project, API, "api", then)
    _write(project, STATUS, "status")
    outcome = run_small(project, cadence="triage")

    assert (outcome.exit_code, outcome.table[API], outcome.table[STATUS]) == (6, "not assessed", "met"), outcome.said
    assert said in outcome.row(API)["reason"]
    assert float(outcome.said.rpartition(" in ")[2].partition("s")[0]) < 45


@pytest.mark.parametrize("then", ["import os; os._exit(0)", "import os; os.kill(os.getpid(), 9)"])
def test_a_process_that_dies_takes_only_its_own_check_with_it(project: Path, then: str) -> None:
    _write(project, API, "api", then)
    _write(project, STATUS, "status")
    outcome = run_small(project, cadence="triage")

    assert (outcome.table[API], outcome.table[STATUS]) == ("not assessed", "met"), outcome.said
    assert outcome.record["population"]["lost"] == ["tests_daily/test_api.py::test_api"]


def test_what_a_check_prints_stays_off_the_screen_and_workers_change_no_verdict(project: Path) -> None:
    _write(project, API, "api", "print('chatter')")
    _write(project, STATUS, "status")
    outcomes = [run_small(project, *options, cadence="triage") for options in ((), ("-n", "2"))]

    assert [(o.exit_code, o.table[API], o.table[STATUS]) for o in outcomes] == [(0, "met", "met")] * 2, outcomes[0].said
    assert "chatter" not in outcomes[0].said


def test_a_critical_requirement_without_a_check_is_not_assessed(project: Path) -> None:
    _write(project, API, "api")
    outcome = run_small(project, cadence="triage")

    assert (outcome.exit_code, outcome.row(STATUS)["reason"]) == (6, "no check yet")


def test_a_part_of_triage_never_becomes_the_latest(project: Path) -> None:
    _write(project, API, "api")
    _write(project, STATUS, "status")
    outcome = run_small(project, "-k", "api", cadence="triage")

    assert outcome.record["run"]["partial"] == ["-k"]
    assert outcome.table == {API: "met"} | {name: "not applicable" for name in CRITICAL if name not in (API, STATUS)}
    assert not (project / "reports" / "triage" / "latest").exists()


@pytest.mark.parametrize(
    "text", ["this is no TOML", '[[contact]]\nname = "System Admin"\nphon = "1"', '[[contacts]]\nname = "System Admin"']
)
def test_contacts_that_cannot_be_read_keep_nobody_from_being_told(project: Path, text: str) -> None:
    estate = project / "estate" / "estate.toml"
    estate.write_text(estate.read_text().replace('"contacts" = "not here"\n', "").replace("[absent]", "[contacts]\n\n[absent]"))
    (project / "estate" / "contacts.toml").write_text(text)
    _write(project, API, "api", "assert found == [1]")
    outcome = run_small(project, cadence="triage")

    assert "call: System Admin (the estate's contacts cannot be read: `python -m compliance check` says why); 24/7" in outcome.said


def test_no_process_is_left_behind(project: Path) -> None:
    _write(project, API, "api", f"open({str(project / 'pid')!r}, 'w').write(str(__import__('os').getpid())); {DEAF}")
    run_small(project, cadence="triage")

    assert not os.path.isdir(f"/proc/{(project / 'pid').read_text()}")  # noqa: PTH112

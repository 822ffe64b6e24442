"""Every way to a verdict, by running pytest inside pytest."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from selftests.running import ADMIN, ADMIN_IS_FINE, WEBSITE, Outcome, run_small, write_check

MET = "@check\ndef test_it(seen):\n    found = []\n    assert found == []"
NOT_MET = "@check\ndef test_it(seen):\n    found = ['a']\n    assert found == []"
NOT_ASSESSED = {
    "skip": "@check\ndef test_it(seen):\n    pytest.skip('today not')",
    "skip mark": "@check\n@pytest.mark.skip(reason='later')\ndef test_it(seen):\n    found = []\n    assert found == []",
    "xfail": "@check\n@pytest.mark.xfail(strict=True)\ndef test_it(seen):\n    found = ['a']\n    assert found == []",
    "xpass": "@check\n@pytest.mark.xfail(strict=False)\ndef test_it(seen):\n    found = []\n    assert found == []",
    "pytest.fail": "@check\ndef test_it(seen):\n    pytest.fail('no')",
    "library exception": "@check\ndef test_it(seen):\n    {}['missing']",
    "set-up error": "@pytest.fixture\ndef broken():\n    raise OSError('gone')\n\n\n@check\ndef test_it(broken, seen):\n    assert seen",
    "assertion in set-up": "@pytest.fixture\ndef broken():\n    assert 1 == 2\n\n\n@check\ndef test_it(broken, seen):\n    assert seen",
    "assertion in a library": "import unittest\n\n\n@check\ndef test_it(seen):\n    unittest.TestCase().assertEqual(1, 2)",
    "teardown error": (
        "@pytest.fixture\ndef leaves():\n    yield\n    raise OSError('left behind')\n\n\n"
        "@check\ndef test_it(leaves, seen):\n    found = []\n    assert found == []"
    ),
    "time-out": "import time\n\n\n@check\ndef test_it(seen):\n    time.sleep(60)",
    "time-out in set-up": (
        "import time\n\n\n@pytest.fixture\ndef slow():\n    time.sleep(60)\n\n\n@check\ndef test_it(slow):\n    assert slow"
    ),
    "nothing asserted": "@check\ndef test_it(seen):\n    pass",
    "only a constant asserted": "@check\ndef test_it(seen):\n    assert True\n    assert [] == []\n    assert len([]) == 0",
    "nothing looked at": "@check\ndef test_it():\n    found = []\n    assert found == []",
    "zero objects looked at": "@check\ndef test_it(seen, seen_nothing):\n    found = []\n    assert found == []",
    "no value": "@check\ndef test_it(seen_without_value):\n    found = []\n    assert found == []",
    "could not look": "from compliance.errors import CouldNotLook\n\n\n@check\ndef test_it(seen):\n    raise CouldNotLook('no rights')",
    "missing fixture": "@check\ndef test_it(no_such_fixture):\n    assert no_such_fixture",
    "system exit": "@check\ndef test_it(seen):\n    raise SystemExit(0)",
}


def _of(project: Path, body: str, *options: str) -> Outcome:
    write_check(project, body)
    (project / "tests_daily" / "test_admin.py").write_text(ADMIN_IS_FINE)
    return run_small(project, "-o", "check_timeout=1", *options)


@pytest.mark.parametrize("ci", ["", "1"])
def test_a_check_that_held_is_met_with_target_and_measurement(checks: Path, monkeypatch: pytest.MonkeyPatch, ci: str) -> None:
    """Also in CI, where pytest says more about every comparison."""
    monkeypatch.setenv("CI", ci)

    outcome = _of(checks, MET)

    assert outcome.exit_code == 0, outcome.said
    (check,) = outcome.row(WEBSITE)["checks"]
    assert (outcome.table[WEBSITE], check["assertions"][0]["text"], check["assertions"][0]["values"]) == ("met", "found == []", "[] == []")
    assert (check["observations"][0]["value"], check["observations"][0]["unit"], check["observations"][0]["looked_at"]) == (42, "ms", 3)
    assert "T" in check["observations"][0]["at"]


def test_a_slow_check_has_the_time_that_its_mark_gives(checks: Path) -> None:
    body = "import time\n\n\n@pytest.mark.slow(seconds={})\n@check\ndef test_it(seen):\n    time.sleep(2)\n"
    body += "    found = []\n    assert found == []"

    assert _of(checks, body.format(20)).table[WEBSITE] == "met"
    assert _of(checks, body.format(1)).table[WEBSITE] == "not assessed"


def test_a_finding_is_not_met_and_names_the_offender(checks: Path) -> None:
    outcome = _of(checks, NOT_MET)

    assert (outcome.exit_code, outcome.table[WEBSITE], outcome.table[ADMIN]) == (1, "not met", "met")
    assert outcome.row(WEBSITE)["checks"][0]["offenders"] == ["a"]
    assert "1 found where there must be none" in outcome.row(WEBSITE)["reason"]


WITH_WORKERS = [(way, ("-n", "2")) for way in ("skip", "set-up error", "time-out", "nothing looked at")]


@pytest.mark.parametrize(("way", "workers"), [*((way, ()) for way in NOT_ASSESSED), *WITH_WORKERS])
def test_whatever_else_happens_is_not_assessed(checks: Path, way: str, workers: tuple[str, ...]) -> None:
    outcome = _of(checks, NOT_ASSESSED[way], *workers)

    assert outcome.table[WEBSITE] == "not assessed", outcome.said
    assert (outcome.exit_code, outcome.table[ADMIN]) == (6, "met")
    assert outcome.row(WEBSITE)["reason"]


def test_a_finding_counts_more_than_a_teardown_that_fails(checks: Path) -> None:
    fixture = "@pytest.fixture\ndef leaves():\n    yield\n    raise OSError('left behind')\n\n\n"
    outcome = _of(checks, fixture + "@check\ndef test_it(leaves, seen):\n    found = ['a']\n    assert found == []")

    assert outcome.table[WEBSITE] == "not met"


def test_the_worst_of_several_checks_counts(checks: Path) -> None:
    body = f"{MET}\n\n\n@check\n@pytest.mark.parametrize('n', [1, 2, 3])\ndef test_each(seen, n):\n    assert n != 2"
    outcome = _of(checks, body)

    assert outcome.table[WEBSITE] == "not met"
    assert [c["verdict"] for c in outcome.row(WEBSITE)["checks"]] == ["met", "met", "not met", "met"]


def test_a_requirement_without_a_check_is_not_assessed(checks: Path) -> None:
    (checks / "tests_daily" / "test_admin.py").write_text(ADMIN_IS_FINE)
    outcome = run_small(checks)

    assert (outcome.exit_code, outcome.table[WEBSITE], outcome.row(WEBSITE)["reason"]) == (6, "not assessed", "no check yet")


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_file_that_cannot_be_read_is_named_and_blinds_nothing_else(checks: Path, workers: tuple[str, ...]) -> None:
    outcome = _of(checks, "import nothing_of_this_name", *workers)

    assert (outcome.table[WEBSITE], outcome.table[ADMIN]) == ("not assessed", "met")
    assert "nothing_of_this_name" in outcome.row(WEBSITE)["reason"]
    assert outcome.exit_code == 6


HIDDEN = {
    "a module that skips itself": "pytest.importorskip('nothing_of_this_name')",
    "a module that is skipped": "pytest.skip('not today', allow_module_level=True)",
}


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.parametrize("way", HIDDEN)
def test_checks_that_a_file_hides_are_missed(checks: Path, way: str, workers: tuple[str, ...]) -> None:
    write_check(checks, f"{HIDDEN[way]}\n\n\n{NOT_MET}", name="test_two.py")
    outcome = _of(checks, MET, *workers)

    assert (outcome.exit_code, [name.partition(":")[0] for name in outcome.record["population"]["broken"]]) == (
        6,
        ["tests_daily/test_two.py"],
    )


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (f"{NOT_MET}\n\n\n{MET}", "test_it"),
        ("class TestAll:\n    def __init__(self):\n        pass\n\n    def test_one(self, seen):\n        assert seen", "TestAll"),
    ],
)
def test_checks_that_pytest_would_pass_over_are_a_mistake(checks: Path, body: str, name: str) -> None:
    outcome = _of(checks, f"{body}\n\n\n@check\ndef test_other(seen):\n    found = []\n    assert found == []")

    assert (outcome.exit_code, outcome.record) == (4, {})
    assert f"test_one.py: name = '{name}'" in outcome.said


CAUGHT = {
    "try": "    try:\n        assert seen\n    except AssertionError:\n        pass",
    "bare": "    try:\n        assert seen\n    except:\n        pass",
    "suppress": "    with contextlib.suppress(Exception):\n        assert seen",
    "raises": "    with pytest.raises(AssertionError):\n        assert seen",
}


@pytest.mark.parametrize("body", CAUGHT.values(), ids=CAUGHT)
def test_a_check_that_catches_its_own_assertion_is_a_mistake(checks: Path, body: str) -> None:
    outcome = _of(checks, f"import contextlib\n\n\n@check\ndef test_it(seen):\n{body}\n    found = []\n    assert found == []")

    assert (outcome.exit_code, outcome.record) == (4, {})
    assert "test_one.py: name = 'test_it'" in outcome.said


def test_a_check_may_catch_what_is_no_assertion(checks: Path) -> None:
    body = "    try:\n        found = [int('x')]\n    except ValueError:\n        found = []\n    assert found == []"
    outcome = _of(checks, f"@check\ndef test_it(seen):\n{body}")

    assert outcome.row(WEBSITE)["verdict"] == "met"


NEVER_RUN = {
    "a file of another name": ("checks.py", NOT_MET),
    "a function of another name": ("test_two.py", NOT_MET.replace("test_it", "tset_it")),
    "a function that says it is none": ("test_two.py", f"{NOT_MET}\n\n\ntest_it.__test__ = False"),
    "a file that says it holds none": ("test_two.py", f"__test__ = False\n\n\n{NOT_MET}"),
}


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.parametrize("way", NEVER_RUN)
def test_checks_that_are_never_run_are_a_mistake(checks: Path, way: str, workers: tuple[str, ...]) -> None:
    name, body = NEVER_RUN[way]
    write_check(checks, body, name=name)
    outcome = _of(checks, MET, *workers)

    assert (outcome.exit_code, outcome.record) == (4, {}), outcome.said
    assert f"{name}: name = '" in outcome.said
    assert "is never run" in outcome.said


def test_checks_that_a_folder_hides_are_a_mistake(checks: Path) -> None:
    (checks / "tests_daily" / "conftest.py").write_text("collect_ignore = ['test_two.py']\n")
    write_check(checks, NOT_MET, name="test_two.py")
    outcome = _of(checks, MET)

    assert (outcome.exit_code, "test_two.py: name = 'test_it'" in outcome.said) == (4, True)


@pytest.mark.parametrize("workers", [(), ("-n", "2", "--dist=loadfile")], ids=["alone", "xdist"])
def test_a_teardown_that_fails_is_told_of_every_check_that_used_it(checks: Path, workers: tuple[str, ...]) -> None:
    """pytest ends what is made for a whole file with the last check in it, whichever that is."""
    leaves = "@pytest.fixture(scope='module')\ndef leaves():\n    yield\n    raise OSError('left behind')"
    write_check(checks, f"{leaves}\n\n\n{MET.replace('(seen)', '(seen, leaves)')}\n\n\n{MET.replace('test_it', 'test_last')}")
    outcome = run_small(checks, *workers)

    verdicts = {c["nodeid"].rpartition("::")[2]: c["verdict"] for c in outcome.row(WEBSITE)["checks"]}
    assert verdicts == {"test_it": "not assessed", "test_last": "not assessed"}
    assert "left behind" in outcome.row(WEBSITE)["reason"]


def test_a_run_that_was_stopped_is_a_part_of_a_run(checks: Path) -> None:
    write_check(checks, f"{NOT_MET}\n\n\n{MET.replace('test_it', 'test_last')}")
    outcome = run_small(checks, "-x")

    assert outcome.record["run"]["partial"] == ["stopping after 1 failures"]
    assert not (checks / "reports" / "daily" / "latest").exists()


def test_another_idea_of_what_a_check_is_makes_it_a_part_of_a_run(checks: Path) -> None:
    write_check(checks, f"{MET}\n\n\n{NOT_MET.replace('test_it', 'test_other')}")
    (checks / "tests_daily" / "test_admin.py").write_text(ADMIN_IS_FINE)
    outcome = run_small(checks, environment={"PYTEST_ADDOPTS": "-o 'python_functions=test_it test_admin'"})

    assert outcome.record["run"]["partial"] == ["-o python_functions=test_it test_admin"]
    assert outcome.record["run"]["command"].startswith("'PYTEST_ADDOPTS=")
    assert not (checks / "reports" / "daily" / "latest").exists()


def test_a_list_of_fixtures_is_no_run(checks: Path) -> None:
    outcome = _of(checks, MET, "--fixtures-per-test")

    assert outcome.record == {}


def test_an_estate_that_cannot_be_taken_down_is_an_internal_error(checks: Path) -> None:
    shutil.move(checks / "estate", checks / "real")
    (checks / "estate").mkdir()
    (checks / "estate" / "estate.toml").write_text('name = "small"\nprovider = "provide:up"\n')
    lines = ["import contextlib, pathlib", "@contextlib.contextmanager", "def up():", f"    yield pathlib.Path({str(checks / 'real')!r})"]
    (checks / "provide.py").write_text("\n".join([*lines, "    raise OSError('cannot stop it')", ""]))
    outcome = _of(checks, MET)

    assert (outcome.exit_code, outcome.table[WEBSITE]) == (3, "met"), outcome.said
    assert "cannot stop it" in outcome.said


def test_a_reason_does_not_move_the_cursor(checks: Path) -> None:
    said = "from compliance.errors import CouldNotLook\n\n\n@check\ndef test_it(seen):\n    raise CouldNotLook('a\\x1b[2Kb')"
    outcome = _of(checks, said, "--tb=no")

    assert "a\\u001b[2Kb" in outcome.said
    assert "\x1b[2K" not in outcome.said


def test_a_cadence_without_any_check_is_not_assessed(checks: Path) -> None:
    outcome = run_small(checks, cadence="monthly")

    assert outcome.exit_code == 6
    assert set(outcome.table.values()) == {"not assessed", "not applicable"}


def test_a_run_in_which_nothing_was_met_is_not_green(checks: Path) -> None:
    estate = checks / "estate" / "estate.toml"
    kept, _, _ = estate.read_text().partition("[site]")
    absent = estate.read_text().partition("[absent]\n")[2]
    estate.write_text(f'{kept}[absent]\nsite = "none"\nadmin = "none"\n{absent}')
    outcome = run_small(checks)

    assert (outcome.exit_code, set(outcome.table.values())) == (6, {"not applicable"})


def test_what_the_estate_declares_absent_is_not_run(checks: Path) -> None:
    write_check(checks, "@check\ndef test_it(seen):\n    raise RuntimeError", requirement="daily.health.database")
    (checks / "tests_daily" / "test_admin.py").write_text(ADMIN_IS_FINE)
    outcome = run_small(checks)

    assert outcome.row("daily.health.database")["verdict"] == "not applicable"
    assert outcome.row("daily.health.database")["reason"] == "database: not here"


@pytest.mark.parametrize(
    ("options", "left_out"),
    [(("-k", "admin"), [WEBSITE]), (("tests_daily/test_admin.py",), [WEBSITE]), (("--deselect", "tests_daily/test_one.py"), [WEBSITE])],
)
def test_a_part_of_a_cadence_is_judged_by_itself_and_never_becomes_the_latest(
    checks: Path, options: tuple[str, ...], left_out: list[str]
) -> None:
    outcome = _of(checks, NOT_MET, *options)

    assert outcome.exit_code == 0, outcome.said
    assert outcome.record["population"]["left_out"] == left_out
    assert outcome.record["run"]["partial"]
    assert "PARTIAL" in outcome.said
    assert not (checks / "reports" / "daily" / "latest").exists()


def test_the_whole_cadence_becomes_the_latest(checks: Path) -> None:
    outcome = _of(checks, MET)

    assert outcome.folder is not None
    assert (checks / "reports" / "daily" / "latest").resolve() == outcome.folder.resolve()
    assert {"results.json", "report.html", "details.html", "junit.xml", "manifest.json"} == {path.name for path in outcome.folder.iterdir()}


def test_a_run_that_stops_at_the_first_failure_claims_nothing_of_the_rest(checks: Path) -> None:
    write_check(checks, NOT_MET, name="test_a.py", requirement=ADMIN)
    write_check(checks, MET, name="test_b.py")
    outcome = run_small(checks, "-x")

    assert (outcome.table[ADMIN], outcome.table[WEBSITE]) == ("not met", "not assessed")
    assert outcome.record["population"]["lost"] == ["tests_daily/test_b.py::test_it"]


@pytest.mark.parametrize("expression", ["dayly", "daily and weekly"])
@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_selection_of_nothing_says_so(checks: Path, expression: str, workers: tuple[str, ...]) -> None:
    write_check(checks, MET)
    outcome = run_small(checks, *workers, cadence=expression)

    assert outcome.exit_code == 5
    assert "nothing ran" in outcome.said


def test_pytest_s_own_words_for_the_engineer_are_left_beside_the_record(checks: Path) -> None:
    outcome = _of(checks, NOT_MET)

    assert outcome.folder is not None
    assert "test_one.py::test_it" in (outcome.folder / "details.html").read_text()
    assert 'failures="1"' in (outcome.folder / "junit.xml").read_text()


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_what_fails_behind_the_verdict_is_an_internal_error(checks: Path, workers: tuple[str, ...]) -> None:
    write_check(checks, "@check\ndef test_it(seen):\n    found = []\n    assert found == []")
    failing = "\n\ndef pytest_sessionfinish(session):\n    if not hasattr(session.config, 'workerinput'):\n"
    failing += "        raise OSError('no room left')\n"
    (checks / "conftest.py").write_text((checks / "conftest.py").read_text() + failing)
    outcome = run_small(checks, *workers)

    assert outcome.exit_code == 3, outcome.said
    assert "no room left" in outcome.said
    assert outcome.table[WEBSITE] == "met"


def test_a_record_that_cannot_be_written_is_an_internal_error(checks: Path) -> None:
    write_check(checks, MET)
    spoiler = "\n\ndef pytest_collection_finish(session):\n    from compliance import report\n"
    spoiler += "    def full(document):\n        raise OSError(28, 'No space left on device')\n    report.render = full\n"
    (checks / "conftest.py").write_text((checks / "conftest.py").read_text() + spoiler)
    outcome = run_small(checks)

    assert outcome.exit_code == 3
    assert "could not be written" in outcome.said
    assert not (checks / "reports" / "daily" / "latest").exists()


SEVERAL = """@check
def test_it(seen):
    first, second, third = 1, 2, 3
    assert first == 1
    assert (second
            == first)
    assert third == 3, "never reached"
"""


@pytest.mark.parametrize("ci", ["", "1"])
def test_what_held_what_did_not_and_what_was_not_reached_is_on_record(checks: Path, monkeypatch: pytest.MonkeyPatch, ci: str) -> None:
    """In the same words in CI, where pytest says more about every comparison."""
    monkeypatch.setenv("CI", ci)

    (check,) = _of(checks, SEVERAL).row(WEBSITE)["checks"]

    assert [(a["text"], a["values"], a["held"]) for a in check["assertions"]] == [
        ("first == 1", "1 == 1", True),
        ("second == first", "2 == 1", False),
    ]
    assert [a["text"] for a in check["unreached"]] == ["third == 3"]
    assert check["unreached"][0]["line"] - check["assertions"][0]["line"] == 3
    assert check["reason"] == "did not hold: second == first\nseen: 2 == 1"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("    class Thing:\n        well = False\n    assert Thing().well", "did not hold: Thing().well\nseen: False"),
        ("    assert 1 + len(['x']) < 2, 'too long'", "too long\ndid not hold: 1 + len(['x']) < 2\nseen: (1 + 1) < 2"),
        ("    a, b = {'x': list(range(50))}, {}\n    assert a == b", f"did not hold: a == b\nseen: {{'x': {list(range(50))}}} == {{}}"),
        ("    raise AssertionError('by hand')", "by hand"),
        ("    found = ['a\\n\\nb']\n    assert found == []", "1 found where there must be none:\n    a\\n\\nb"),
        (
            "    from datetime import datetime, timedelta, timezone\n    at = datetime(2026, 11, 25, 2, 0, 5, 9, timezone.utc)\n"
            "    assert at == timedelta(days=1)",
            "did not hold: at == timedelta(days=1)\nseen: 2026-11-25 02:00:05 UTC == 86400 s",
        ),
    ],
)
def test_the_reason_of_a_finding_is_without_pytest_s_derivations_and_differences(checks: Path, body: str, reason: str) -> None:
    outcome = _of(checks, f"@check\ndef test_it(seen):\n{body}\n")

    assert outcome.row(WEBSITE)["reason"] == reason


@pytest.mark.parametrize("way", ["set-up error", "could not look", "skip mark"])
def test_a_check_that_did_not_get_far_names_what_it_would_have_asserted(checks: Path, way: str) -> None:
    body = NOT_ASSESSED[way].replace("raise CouldNotLook('no rights')", "assert seen is None or seen\n    raise CouldNotLook('no rights')")
    (check,) = _of(checks, body + "\n    assert seen == 'unreached'\n").row(WEBSITE)["checks"]

    assert check["unreached"][-1]["text"] == "seen == 'unreached'"
    assert [a for a in check["unreached"] if a["text"] == "seen is None or seen"] == []

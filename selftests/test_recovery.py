"""The rehearsal of a rebuild: one restore for three rows, nothing by the word of a tool that lies, and nothing left by a killed run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.scratch import PREFIX
from sandbox.faults.recovery import CORRUPTION, RESTORE, TIME
from sandbox.faults.tools import edited, estate_edited
from sandbox.house import Sandbox
from selftests.running import CHECKOUT, Suite, plain_environment
from selftests.test_restore import _backed_up, _directory, _processes, _scratch_databases, _slow_tool, _until
from selftests.test_tools_that_lie import LIES

ROWS = (RESTORE, TIME, CORRUPTION)
PARTLY = ("-p", "no:html", "-k", "recovery")


def test_three_rows_share_one_restore_whose_steps_are_timed(sandbox: Sandbox, suite: Suite, tmp_path: Path) -> None:
    real, tool, calls = sandbox.postgres.binaries / "pg_restore", tmp_path / "pg_restore", tmp_path / "calls"
    tool.write_text(f'#!/bin/sh\ncase "$*" in *--exit-on-error*) echo x >> {calls};; esac\nexec {real} "$@"\n')
    tool.chmod(0o755)
    with estate_edited(sandbox, (f'pg_restore = "{real}"', f'pg_restore = "{tool}"')):
        outcome = suite.run(*PARTLY, cadence="quarterly")

    assert {row: outcome.table[row] for row in ROWS} == dict.fromkeys(ROWS, "met"), outcome.reasons(dict.fromkeys(ROWS))
    assert calls.read_text() == "x\n"
    for row in ROWS:
        observations = outcome.row(row)["checks"][0]["observations"]
        steps = {o["query"].partition(" (")[0]: o["value"] for o in observations if "the recovery time)" in o["query"] and o["unit"] == "s"}
        assert len(steps) == 7
        assert min(steps.values()) > 0
    assert _scratch_databases(sandbox) == []


def test_a_killed_rehearsal_leaves_nothing_after_the_next_one(sandbox: Sandbox, suite: Suite, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "pytest", f"--estate={suite.estate}", f"--reports={tmp_path / 'reports'}", "-m", "quarterly", *PARTLY]
    places = [sandbox.home, sandbox.home / "backup" / "daily"]
    before = {place: sorted(path.name for path in place.iterdir()) for place in places}
    with estate_edited(sandbox, _slow_tool(sandbox, tmp_path, 4713)):
        run = subprocess.Popen(argv, cwd=CHECKOUT, env=plain_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _until(lambda: _processes("sleep 4713") and _scratch_databases(sandbox))
        run.send_signal(signal.SIGKILL)
        run.wait()

        _until(lambda: not _processes("sleep 4713"))
    assert len(_scratch_databases(sandbox)) == 1
    outcome = suite.run(*PARTLY, cadence="quarterly")

    assert {row: outcome.table[row] for row in ROWS} == dict.fromkeys(ROWS, "met"), outcome.reasons(dict.fromkeys(ROWS))
    assert _scratch_databases(sandbox) == []
    assert (
        sandbox.rows("SELECT FROM pg_stat_activity WHERE application_name LIKE 'neff-compliance%%' OR datname LIKE %s", f"{PREFIX}%") == []
    )
    assert {place: sorted(path.name for path in place.iterdir()) for place in places} == before


def test_a_script_with_a_subscription_leaves_no_database_that_cannot_be_dropped(sandbox: Sandbox, suite: Suite, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    sandbox.sql("CREATE SUBSCRIPTION planted CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE)")
    try:
        made = _backed_up(sandbox, tmp_path / "made", "plain")
    finally:
        sandbox.sql("DROP SUBSCRIPTION planted")
    with estate_edited(sandbox, *_directory(sandbox, made.parent, "*.sql")):
        outcome = suite.run(*PARTLY, cadence="quarterly")

    assert "CREATE SUBSCRIPTION planted" in made.read_text()
    assert {row: outcome.table[row] for row in ROWS} == dict.fromkeys(ROWS, "met"), outcome.reasons(dict.fromkeys(ROWS))
    assert _scratch_databases(sandbox) == []


def test_without_drills_nothing_is_rehearsed(sandbox: Sandbox, suite: Suite) -> None:
    with estate_edited(sandbox, ("drills = true", "drills = false")):
        outcome = suite.run(*PARTLY, cadence="quarterly")

    assert {row: outcome.table[row] for row in ROWS} == dict.fromkeys(ROWS, "not assessed")
    assert "restoring " not in outcome.said


@pytest.mark.parametrize(
    ("tool", "lie"),
    [("pg_restore", "silent"), ("pg_restore", "rubbish"), ("pg_restore", "missing"), ("timeout", "silent"), ("find", "silent")],
)
def test_no_rebuild_is_met_by_the_word_of_a_tool_that_lies(tool: str, lie: str, sandbox: Sandbox, suite: Suite, tmp_path: Path) -> None:
    liar, real = tmp_path / tool, sandbox.postgres.binaries / "pg_restore"
    liar.write_text(LIES[lie])
    liar.chmod(0o755)
    named = liar if tool == "pg_restore" else real
    with estate_edited(sandbox, (f'pg_restore = "{real}"', f'pg_restore = "{named}"')):
        outcome = suite.run(*PARTLY, cadence="quarterly", environment={"PATH": f"{tmp_path}:{os.environ['PATH']}"})

    assert [row for row in ROWS if outcome.table[row] == "met"] == [], outcome.said
    assert _scratch_databases(sandbox) == []


def test_an_estate_without_documents_is_held_against_the_quotation_and_says_so(sandbox: Sandbox, suite: Suite) -> None:
    text = (sandbox.estate / "estate.toml").read_text()
    section = text[text.index("[documents]") : text.index("[assessment]")]
    with estate_edited(sandbox, (section, ""), ("[absent]", '[absent]\ndocuments = "on paper, in the safe"')):
        row = suite.run(*PARTLY, cadence="quarterly").row(TIME)

    assert row["verdict"] == "met", row["reason"]
    assert any("the quotation counts" in o["query"] for o in row["checks"][0]["observations"])


@pytest.mark.parametrize(("hours", "code"), [("0", 4), ('"four"', 4)])
def test_an_objective_that_is_no_number_of_hours_is_a_mistake(hours: str, code: int, sandbox: Sandbox, suite: Suite) -> None:
    with edited(sandbox.estate / "approved.toml", ("hours = 4\n", f"hours = {hours}\n")):
        outcome = suite.run(*PARTLY, cadence="quarterly")

    assert (outcome.exit_code, "objectives.recovery_time" in outcome.said) == (code, True), outcome.said

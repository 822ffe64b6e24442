"""What the guide wants looked at next hangs on the red line: a slow statement's plan."""

from __future__ import annotations

import subprocess

import pytest

from fixtures.resources import LARGEST_DIRECTORIES
from sandbox.faults import FAULTS, load
from sandbox.house import Sandbox
from selftests.running import Suite

load()
SLOW = "weekly.database.slow-queries"


def test_a_slow_statement_shows_its_plan(sandbox: Sandbox, suite: Suite) -> None:
    with FAULTS["statement_of_120_ms"].broken(sandbox):
        row = suite.run("-k", "100_ms_on_average", cadence="weekly").row(SLOW)

    plans = [look for check in row["checks"] for look in check["observations"] if look["query"].startswith("EXPLAIN of statement")]
    assert row["verdict"] == "not met"
    assert ["Result" in look["excerpt"] for look in plans] == [True]


@pytest.mark.parametrize(("seconds", "late"), [("8", False), ("0.01", True)])
def test_largest_directories_say_when_not_all_was_counted(tmp_path_factory: pytest.TempPathFactory, seconds: str, late: bool) -> None:
    folder = tmp_path_factory.mktemp("with space") if not late else "/"
    command = LARGEST_DIRECTORIES.replace("timeout 8", f"timeout {seconds}") % f"'{folder}'"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=20)

    assert ("not everything was counted" in done.stdout) is late
    assert done.stderr == ""

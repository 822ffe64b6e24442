"""A rehearsed failover leaves nothing behind, whatever ends it, and touches nothing that is somebody else's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from fixtures.copies import PREFIX
from fixtures.transport import session_of
from sandbox.faults.tools import estate_edited
from sandbox.house import Sandbox
from selftests.running import CHECKOUT, Suite, plain_environment

ROW = "quarterly.failover.database"
PARTLY = ("-p", "no:html", "-k", "test_a_standby_takes_over")


def _folders(sandbox: Sandbox) -> list[Path]:
    return sorted((sandbox.home / "drills").iterdir())


def _servers(sandbox: Sandbox) -> list[int]:
    """The servers of drills in this sandbox: their data folder is an argument of its own. A child that was forked a moment ago still has
    its server's arguments, and is none."""
    below, parents = os.fsencode(sandbox.home / "drills"), {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if words[0].endswith(b"postgres") and any(word.startswith(below) for word in words):
                parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
    return [server for server, parent in parents.items() if parent not in parents]


def _until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def _begun(sandbox: Sandbox, suite: Suite, reports: Path) -> subprocess.Popen[bytes]:
    """A run whose rehearsal has both its servers up."""
    argv = [sys.executable, "-m", "pytest", f"--estate={suite.estate}", f"--reports={reports}", "-m", "quarterly", *PARTLY]
    run = subprocess.Popen(argv, cwd=CHECKOUT, env=plain_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _until(lambda: len(_servers(sandbox)) == 2 or run.poll() is not None)
    assert run.poll() is None
    return run


@pytest.mark.parametrize("shells_too", [True, pytest.param(False, marks=pytest.mark.nightly)])
def test_a_killed_rehearsal_leaves_nothing_after_the_next_run(shells_too: bool, sandbox: Sandbox, suite: Suite, tmp_path: Path) -> None:
    run = _begun(sandbox, suite, tmp_path / "reports")
    run.send_signal(signal.SIGSTOP)
    servers = _servers(sandbox)
    watching = set[int]()
    for server in servers if shells_too else []:
        with suppress(ProcessLookupError):  # the step that was under way when the run was stopped may have been the primary's death
            watching |= set(session_of(os.getsid(server))) - set(servers)
    for pid in (*watching, run.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    run.wait()
    if shells_too:
        assert _servers(sandbox), "nobody was left to end them"
    else:
        _until(lambda: not _servers(sandbox))
    assert len(_folders(sandbox)) == 1

    row = suite.run(*PARTLY, cadence="quarterly").row(ROW)

    assert row["verdict"] == "met", row["reason"]
    assert (_folders(sandbox), _servers(sandbox)) == ([], [])


def test_only_what_nobody_holds_is_removed(sandbox: Sandbox, suite: Suite) -> None:
    drills = sandbox.home / "drills"
    held, like = drills / f"{PREFIX}0000000a", drills / "somebody-elses"
    for folder in (held, like):
        folder.mkdir()
    (drills / f"{PREFIX}0000000b").symlink_to(like)
    with subprocess.Popen(["flock", str(held), "sleep", "120"], start_new_session=True) as holder:
        row = suite.run(*PARTLY, cadence="quarterly").row(ROW)
        os.killpg(holder.pid, signal.SIGKILL)

    assert row["verdict"] == "met", row["reason"]
    assert _folders(sandbox) == [held, drills / f"{PREFIX}0000000b", like]
    assert suite.run(*PARTLY, cadence="quarterly").row(ROW)["verdict"] == "met"
    assert _folders(sandbox) == [drills / f"{PREFIX}0000000b", like]
    (drills / f"{PREFIX}0000000b").unlink()
    like.rmdir()


def test_the_evidence_says_what_was_rehearsed_and_names_every_object(sandbox: Sandbox, suite: Suite) -> None:
    row = suite.run(*PARTLY, cadence="quarterly").row(ROW)

    (check,) = row["checks"]
    steps = [look for look in check["observations"] if look["query"].startswith("rehearsal on copies: ")]
    assert [word for word in ("kill", "fenced", "promoted", "lost", "again", "both") if word not in str(steps)] == []
    assert [look["query"] for look in steps if look["value"] is None or f"{sandbox.home}/drills/{PREFIX}" not in look["source"]] == []
    assert check["duration_s"] < 30


def test_without_drills_nothing_is_killed_and_the_live_set_is_looked_at_all_the_same(sandbox: Sandbox, suite: Suite) -> None:
    with estate_edited(sandbox, ("drills = true", "drills = false")):
        well = suite.run("-p", "no:html", "-k", "test_failover", cadence="quarterly").row(ROW)
        sandbox.standby.stop()
        ill = suite.run("-p", "no:html", "-k", "test_failover", cadence="quarterly").row(ROW)
        sandbox.standby.start(past=False)

    assert (well["verdict"], "drills" in well["reason"]) == ("not assessed", True)
    assert (ill["verdict"], str(sandbox.ports.standby) in ill["reason"]) == ("not met", True)

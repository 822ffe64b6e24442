"""A worker that is killed, and a run that is killed: nothing is claimed as passed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from compliance.evidence import read_spools
from sandbox import cluster
from sandbox.house import Sandbox
from selftests.running import ADMIN, ADMIN_IS_FINE, CHECKOUT, WEBSITE, plain_environment, run_small, write_check

DIES = "import os, signal\n\n\n@check\ndef test_it(seen):\n    found = []\n    assert found == []\n    os.kill(os.getpid(), signal.SIGKILL)"


def test_a_killed_worker_s_check_is_not_assessed_and_its_trace_is_kept(checks: Path) -> None:
    write_check(checks, DIES)
    (checks / "tests_daily" / "test_admin.py").write_text(ADMIN_IS_FINE)
    outcome = run_small(checks, "-n", "2")

    assert (outcome.exit_code, outcome.table[WEBSITE], outcome.table[ADMIN]) == (6, "not assessed", "met")
    assert outcome.record["population"]["lost"] == ["tests_daily/test_one.py::test_it"]
    (check,) = outcome.row(WEBSITE)["checks"]
    assert (check["outcome"], check["observations"][0]["value"], check["assertions"][0]["text"]) == ("lost", 42, "found == []")
    assert "SELECTED CHECKS DID NOT REPORT BACK" in outcome.said


def test_a_worker_that_ends_itself_is_not_believed(checks: Path) -> None:
    write_check(checks, DIES.replace("os.kill(os.getpid(), signal.SIGKILL)", "os._exit(0)"))
    outcome = run_small(checks, "-n", "2")

    assert outcome.table[WEBSITE] == "not assessed"
    assert outcome.exit_code != 0


def test_a_report_that_disappears_on_its_way_is_missed(checks: Path) -> None:
    write_check(checks, "@check\ndef test_it(seen):\n    found = []\n    assert found == []")
    hook = "\n\n@pytest.hookimpl(trylast=True)\ndef pytest_configure(config):\n"
    hook += "    plugin = config.pluginmanager.get_plugin('compliance-listener')\n"
    hook += "    plugin and config.pluginmanager.unregister(plugin)\n"
    (checks / "conftest.py").write_text((checks / "conftest.py").read_text() + hook)
    outcome = run_small(checks)

    assert (outcome.exit_code, outcome.table[WEBSITE]) == (6, "not assessed")
    assert "never reported" in outcome.row(WEBSITE)["reason"]


def test_a_killed_run_leaves_no_record_and_does_not_become_the_latest(checks: Path) -> None:
    write_check(checks, "import time\n\n\n@check\ndef test_it(seen):\n    open('running', 'w').close()\n    time.sleep(50)")
    argv = [sys.executable, "-m", "pytest", "-m", "daily", f"--estate={checks / 'estate'}"]
    run = subprocess.Popen(argv, cwd=checks, env=plain_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _until((checks / "running").exists)
    run.kill()
    run.wait()

    (folder,) = (checks / "reports" / "daily").glob("2*")
    assert not (folder / "results.json").exists()
    assert not (checks / "reports" / "daily" / "latest").exists()
    assert any("observation" in entry for entry in read_spools(folder / "spool"))


def test_a_run_that_somebody_interrupts_says_so_and_is_not_the_latest(checks: Path) -> None:
    write_check(checks, "import time\n\n\n@check\ndef test_it(seen):\n    open('running', 'w').close()\n    time.sleep(50)")
    argv = [sys.executable, "-m", "pytest", "-m", "daily", f"--estate={checks / 'estate'}"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    # A process that was started in the background ignores this signal, and so would its children.
    run = subprocess.Popen(argv, cwd=checks, env=plain_environment(), preexec_fn=_heed_interrupts, **quiet)  # type: ignore[call-overload]
    _until((checks / "running").exists)
    run.send_signal(signal.SIGINT)

    assert run.wait(30) == 2
    assert not (checks / "reports" / "daily" / "latest").exists()


def test_a_killed_run_of_the_sandbox_leaves_no_process_and_the_next_one_starts_cleanly(tmp_path: Path) -> None:
    program = "import time\nfrom sandbox.house import standing\nwith standing() as s:\n    print(s.home, flush=True)\n    time.sleep(60)"
    run = subprocess.Popen([sys.executable, "-c", program], cwd=CHECKOUT, env=plain_environment(), stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    home = Path(run.stdout.readline().strip())
    pids = [int(path.read_text().split()[0]) for path in (home / "run").glob("*.pid")]
    pids += [int((home / "pgdata" / "postmaster.pid").read_text().split()[0])]
    run.kill()
    run.wait()
    run.stdout.close()

    assert len(pids) >= 6
    _until(lambda: not any(_alive(pid) for pid in pids))
    again = subprocess.run(
        [sys.executable, "-c", program.replace("time.sleep(60)", "pass")], cwd=CHECKOUT, env=plain_environment(), timeout=60, check=False
    )
    assert again.returncode == 0


def test_a_sandbox_starts_without_what_a_killed_fault_has_set(sandbox: Sandbox, tmp_path: Path) -> None:
    for name in ("postgresql.conf", "pg_hba.conf", "pg_ident.conf", "postgresql.auto.conf"):
        shutil.copyfile(sandbox.postgres.data / name, tmp_path / name)
        with (tmp_path / name).open("a") as file:
            file.write("default_transaction_read_only = on\n")

    cluster.as_made(tmp_path, sandbox.postgres.user)

    for path in tmp_path.iterdir():
        assert path.read_text() == (sandbox.postgres.data / path.name).read_text()


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _until(true, seconds: float = 20) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"

"""The dump job that the project ships: what it makes is whole, and where it cannot make anything it leaves nothing that looks so."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.backups import WRAPPER, digest
from sandbox.cluster import DATABASE, SUPERUSER
from sandbox.house import Sandbox


def _argv(sandbox: Sandbox, folder: Path, *options: str | Path, binaries: Path | None = None) -> list[str]:
    argv = [sys.executable, WRAPPER, "--database", DATABASE, "--to", folder, "--bin", binaries or sandbox.postgres.binaries, *options]
    return [str(word) for word in argv]


def _environment(sandbox: Sandbox, **more: str) -> dict[str, str]:
    return {**sandbox.postgres.environment, "PATH": os.defpath, "PGHOST": str(sandbox.postgres.socket), "PGUSER": SUPERUSER, **more}


def _run(argv: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60, check=False)


def _seen(folder: Path) -> list[str]:
    """What a look at the folder shows: nothing hidden."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def _tools(sandbox: Sandbox, folder: Path, **scripts: str) -> Path:
    """The real programs, with some of them replaced; `{real}` is the real one."""
    folder.mkdir()
    for name in ("psql", "pg_dump", "pg_dumpall"):
        real = sandbox.postgres.binaries / name
        script = scripts.get(name, 'exec {real} "$@"').replace("{real}", str(real))
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return folder


def test_dump_parts_and_record_appear_together(sandbox: Sandbox, tmp_path: Path) -> None:
    uploads = sandbox.home / "uploads"
    options = ("--configuration", sandbox.home / "pgdata" / "pg_hba.conf", "--uploads", uploads)
    done = _run(_argv(sandbox, tmp_path, *options), _environment(sandbox))

    assert (done.returncode, done.stderr) == (0, "")
    names = _seen(tmp_path)
    assert [re.sub(r"^\d{8}_\d{6}", "", name) for name in names] == [
        ".configuration.tar.gz",
        ".dump",
        ".dump.json",
        ".globals",
        ".uploads.tar.gz",
    ]
    record = json.loads((tmp_path / names[2]).read_text())
    assert [record["sha256"], *(part["sha256"] for part in record["parts"].values())] == [
        digest(tmp_path / record["file"]),
        *(digest(tmp_path / part["file"]) for part in record["parts"].values()),
    ]
    assert "CREATE ROLE neff_app" in (tmp_path / names[3]).read_text()
    assert list(tmp_path.glob(".*")) == []


def test_uploads_on_a_volume_of_their_own_are_kept_without_its_lost_and_found(sandbox: Sandbox, tmp_path: Path) -> None:
    """Only root may read that folder, and the job is not root: without it there would be no backup at all."""
    uploads, folder = tmp_path / "uploads", tmp_path / "backups"
    for path in (folder, uploads / "lost+found", uploads / "2026" / "lost+found"):
        path.mkdir(parents=True)
    (uploads / "2026" / "lost+found" / "driveway.jpg").write_bytes(b"a customer's")
    (uploads / "lost+found").chmod(0)
    done = _run(_argv(sandbox, folder, "--uploads", uploads), _environment(sandbox))

    assert (done.returncode, done.stderr) == (0, "")
    with tarfile.open(next(folder.glob("*.uploads.tar.gz"))) as archive:
        names = [name.removeprefix(str(uploads).lstrip("/")) for name in archive.getnames()]
    assert sorted(names) == ["", "/2026", "/2026/lost+found", "/2026/lost+found/driveway.jpg"]


HALF = """\
{real} "$@"
for word; do case $word in --file=*) truncate -s 1000 "${word#--file=}";; esac; done
echo "page is damaged" >&2
exit 1"""


@pytest.mark.parametrize(
    ("tool", "script", "said"),
    [
        ("pg_dump", HALF, "page is damaged"),
        ("pg_dump", "echo 'aborting because of server version mismatch' >&2; exit 1", "version mismatch"),
        ("pg_dump", "kill -9 $$", "pg_dump ended with -9"),
        ("pg_dumpall", "exit 3", "pg_dumpall ended with 3"),
        ("psql", "exec timeout -s KILL 0.02 {real} $*", "psql"),
    ],
)
def test_a_tool_that_fails_leaves_no_backup(tool: str, script: str, said: str, sandbox: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    binaries = _tools(sandbox, tmp_path / "bin", **{tool: script})
    done = _run(_argv(sandbox, folder, binaries=binaries), _environment(sandbox))

    assert (done.returncode, list(folder.iterdir())) == (1, [])
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 5


def test_a_role_that_does_not_see_every_row_makes_no_backup(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = _environment(sandbox, PGHOST="127.0.0.1", PGUSER="neff_monitor")
    done = _run(_argv(sandbox, tmp_path, "--no-globals"), environment)

    assert (done.returncode, list(tmp_path.iterdir())) == (1, [])
    assert "row-level security" in done.stderr


def test_settings_that_end_long_work_do_not_end_it(sandbox: Sandbox, tmp_path: Path) -> None:
    options = "-c statement_timeout=50 -c idle_in_transaction_session_timeout=50 -c transaction_timeout=400 -c lock_timeout=50"
    slow = _tools(sandbox, tmp_path / "bin", pg_dump='sleep 0.6; exec {real} "$@"')
    done = _run(_argv(sandbox, tmp_path, binaries=slow), _environment(sandbox, PGOPTIONS=options))

    assert (done.returncode, done.stderr) == (0, "")


def test_what_a_killed_job_left_is_hidden_and_goes_with_the_next_one(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    binaries = _tools(sandbox, tmp_path / "bin", pg_dump='{real} "$@"; sleep 60')
    job = subprocess.Popen(_argv(sandbox, folder, binaries=binaries), env=_environment(sandbox), start_new_session=True)
    deadline = time.monotonic() + 20
    while not list(folder.glob(".neff-backup-*/*.dump")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    with suppress(ProcessLookupError):
        os.killpg(job.pid, signal.SIGKILL)
    job.wait()

    assert (_seen(folder), len(list(folder.iterdir()))) == ([], 1)
    assert _run(_argv(sandbox, folder), _environment(sandbox)).returncode == 0
    assert list(folder.glob(".*")) == []


def test_only_its_own_old_backups_are_removed(sandbox: Sandbox, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    names = {days: f"{now - timedelta(days=days):%Y%m%d_%H%M%S}" for days in (29, 31, 400)}
    for name in names.values():
        for ending in (".dump", ".dump.json", ".globals"):
            (tmp_path / f"{name}{ending}").touch()
        (tmp_path / f"{name}.d").mkdir()
    (tmp_path / "20200101-before-the-move.sql").touch()
    done = _run(_argv(sandbox, tmp_path, "--keep-days", "30"), _environment(sandbox))

    assert done.returncode == 0, done.stderr
    left = {name[:15] for name in _seen(tmp_path)}
    assert names[29] in left
    assert {names[31], names[400]} & left == set()
    assert (tmp_path / "20200101-before-the-move.sql").exists()


def test_the_backup_is_noted_once(sandbox: Sandbox, tmp_path: Path) -> None:
    done = _run(_argv(sandbox, tmp_path, "--statistics", "backup_statistics"), _environment(sandbox))
    (dump,) = tmp_path.glob("*.dump")
    noted = sandbox.rows("SELECT size_bytes, status FROM backup_statistics WHERE file_name = %s", dump.name)
    sandbox.sql("DELETE FROM backup_statistics WHERE file_name = %s", dump.name)

    assert done.returncode == 0, done.stderr
    assert noted == [(dump.stat().st_size, "ok")]


def test_it_asks_for_nothing_but_what_a_server_has() -> None:
    imported = re.findall(r"^(?:import|from) (\w+)", WRAPPER.read_text(), re.M)

    assert set(imported) <= set(sys.stdlib_module_names)
    assert shutil.which("tar") is not None

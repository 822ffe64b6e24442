"""Restoring for real: every format, never the live database, within its time, and nothing left behind, even by a killed run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from compliance.errors import CouldNotLook
from compliance.estate import load
from fixtures.scratch import PREFIX, identity, must_not_be_live
from sandbox.backups import WRAPPER
from sandbox.cluster import DATABASE, SUPERUSER
from sandbox.faults.tools import estate_edited
from sandbox.house import Sandbox
from selftests.running import CHECKOUT, Outcome, Suite, plain_environment
from selftests.test_tools_that_lie import LIES

ROW = "monthly.backup.restorable"
PARTLY = ("-p", "no:html", "-k", "restores_with_every_row")
# Names and types on which a careless comparison fails: quoted names, a column called as the alias might be, types without a hash.
ODD = """
CREATE TYPE "Mood" AS ENUM ('good', 'bad');
CREATE TABLE "Odd Names" ("t" int PRIMARY KEY, "neff row" text, moods "Mood"[], name varchar(9));
CREATE TABLE odd_types (made json, at point, is_in numeric(9, 3)[], raw bytea, span int4range, wide bigint GENERATED ALWAYS AS IDENTITY);
CREATE VIEW odd_view AS SELECT count(*) FROM odd_types;
CREATE FUNCTION odd_function(a "Mood") RETURNS int LANGUAGE sql AS 'SELECT 1';
INSERT INTO "Odd Names" SELECT n, E'line\\n\\\\.\\t' || n, '{good,bad}', 'x' FROM generate_series(1, 50) AS n;
INSERT INTO odd_types (made, at, is_in, raw, span)
    SELECT '{"a": 1}', '(1,2)', '{1.50,NULL}', '\\x00ff', '[1,9)' FROM generate_series(1, 50);
"""
PLAIN_AGAIN = 'DROP FUNCTION odd_function; DROP VIEW odd_view; DROP TABLE odd_types; DROP TABLE "Odd Names"; DROP TYPE "Mood"'


def _scratch_databases(sandbox: Sandbox) -> list[str]:
    return [name for (name,) in sandbox.rows(f"SELECT datname FROM pg_database WHERE datname LIKE '{PREFIX}%' ORDER BY 1")]  # noqa: S608


@contextmanager
def _writer(sandbox: Sandbox) -> Iterator[None]:
    """Somebody who goes on working while the backup is made."""
    over = threading.Event()

    def work() -> None:
        with closing(sandbox.postgres.connect("neff_app")) as connection:
            while not over.wait(0.002):
                connection.execute("INSERT INTO dashboard_notifications (user_id, message) VALUES (1, 'planted')")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        sandbox.sql("DELETE FROM dashboard_notifications WHERE message = 'planted'")


def _backed_up(sandbox: Sandbox, folder: Path, form: str) -> Path:
    folder.mkdir(exist_ok=True)
    environment = {**sandbox.postgres.environment, "PGHOST": str(sandbox.postgres.socket), "PGUSER": SUPERUSER}
    argv = [sys.executable, WRAPPER, "--database", DATABASE, "--to", folder, "--format", form, "--bin", sandbox.postgres.binaries]
    subprocess.run([str(word) for word in argv], env=environment, check=True, timeout=60)
    return next(path for path in folder.iterdir() if path.suffix not in (".json", ".globals"))


def _directory(sandbox: Sandbox, folder: Path, pattern: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """The estate's backups lying elsewhere."""
    return (f'directory = "{sandbox.home}/backup/daily"', f'directory = "{folder}"'), ('pattern = "*.dump"', f'pattern = "{pattern}"')


@pytest.mark.parametrize(
    ("form", "pattern"), [("custom", "*.dump"), ("plain", "*.sql"), ("gzip", "*.sql.gz"), ("directory", "*.d"), ("tar", "*.tar")]
)
def test_every_format_comes_back_with_every_row_of_its_snapshot(
    form: str, pattern: str, sandbox: Sandbox, suite: Suite, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    with closing(sandbox.postgres.connect("neff_admin")) as connection:
        connection.execute(ODD.encode())
        try:
            with _writer(sandbox):
                made = _backed_up(sandbox, tmp_path / "made", form)
        finally:
            connection.execute(PLAIN_AGAIN.encode())
    with estate_edited(sandbox, *_directory(sandbox, made.parent, pattern)):
        outcome = suite.run(*PARTLY, cadence="monthly")

    row = outcome.row(ROW)
    assert row["verdict"] == "met", row["reason"]
    observations = row["checks"][0]["observations"]
    restored = next(o for o in observations if o.get("name") == "restore")
    assert f"({form})" in restored["query"]
    assert (restored["value"] > 0, restored["bytes_per_s"] > 0) == (True, True)
    assert any("dump's own snapshot" in o["query"] and o["value"] > 60_000 for o in observations)
    recorded = json.loads(made.with_name(f"{made.name}.json").read_text())["tables"]
    assert [recorded[f"public.{name}"]["digest"] for name in ("odd_types", '"Odd Names"', "customers")] == ["text", "text", "record"]
    assert "restoring " in outcome.said
    assert _scratch_databases(sandbox) == []


def _slow_tool(sandbox: Sandbox, folder: Path, seconds: int) -> tuple[str, str]:
    """pg_restore that hangs in a child once it has begun; its table of contents is shown at once."""
    real, tool = sandbox.postgres.binaries / "pg_restore", folder / "pg_restore"
    tool.write_text(f'#!/bin/sh\ncase "$*" in *--list*) exec {real} "$@";; esac\n(sleep {seconds} | cat)\nexec {real} "$@"\n')
    tool.chmod(0o755)
    folder.chmod(0o755)
    return f'pg_restore = "{real}"', f'pg_restore = "{tool}"'


def _processes(words: str) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words_of = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            found += [int(process.name)] if words in words_of else []
        except OSError:
            continue
    return found


def _until(condition: object, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def test_a_killed_run_leaves_nothing_after_the_next_one(sandbox: Sandbox, suite: Suite, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "pytest", f"--estate={suite.estate}", f"--reports={tmp_path / 'reports'}", "-m", "monthly", *PARTLY]
    with estate_edited(sandbox, _slow_tool(sandbox, tmp_path, 4711)):
        run = subprocess.Popen(argv, cwd=CHECKOUT, env=plain_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _until(lambda: _processes("sleep 4711") and _scratch_databases(sandbox))
        run.send_signal(signal.SIGKILL)
        run.wait()

        _until(lambda: not _processes("sleep 4711"))
    left = _scratch_databases(sandbox)
    assert len(left) == 1
    assert suite.run(*PARTLY, cadence="monthly").row(ROW)["verdict"] == "met"
    assert _scratch_databases(sandbox) == []


def test_only_what_nobody_holds_is_removed(sandbox: Sandbox, suite: Suite) -> None:
    held, others, like = f"{PREFIX}20260101t000000_aaaaaa", f"{PREFIX}20260101t000000_bbbbbb", f"{PREFIX}of_somebody"
    for name, owner in ((held, SUPERUSER), (others, "neff_admin"), (like, SUPERUSER)):
        sandbox.sql(f"CREATE DATABASE {name} OWNER {owner}")
    with closing(sandbox.postgres.connect(database="postgres")) as holder:
        holder.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [held])
        outcome = suite.run(*PARTLY, cadence="monthly")

        assert outcome.row(ROW)["verdict"] == "met", outcome.reasons({ROW: None})
        assert _scratch_databases(sandbox) == [held, others, like]
    outcome = suite.run(*PARTLY, cadence="monthly")
    assert _scratch_databases(sandbox) == [others, like]
    for name in (others, like):
        sandbox.sql(f"DROP DATABASE {name}")


def test_a_restore_that_does_not_end_is_killed_with_its_children(sandbox: Sandbox, suite: Suite, tmp_path: Path) -> None:
    with estate_edited(sandbox, _slow_tool(sandbox, tmp_path, 4712), ("limit_s = 60", "limit_s = 5")):
        started = time.monotonic()
        row = suite.run(*PARTLY, cadence="monthly").row(ROW)

    assert (row["verdict"], "within 5 s" in row["reason"]) == ("not assessed", True), row["reason"]
    assert time.monotonic() - started < 30
    assert (_processes("sleep 4712"), _scratch_databases(sandbox)) == ([], [])


def test_without_drills_nothing_is_restored(sandbox: Sandbox, suite: Suite) -> None:
    with estate_edited(sandbox, ("drills = true", "drills = false")):
        outcome: Outcome = suite.run(*PARTLY, cadence="monthly")

    assert outcome.row(ROW)["verdict"] == "not assessed"
    assert "drills" in outcome.row(ROW)["reason"]
    assert "restoring " not in outcome.said


@pytest.mark.parametrize(
    ("tool", "lie", "row"),
    [
        ("tar", "rubbish", "monthly.backup.system"),
        ("sha256sum", "silent", "monthly.backup.system"),
        ("base64", "silent", "monthly.backup.complete-set"),
        ("pg_restore", "silent", ROW),
        ("pg_restore", "rubbish", ROW),
        ("timeout", "silent", ROW),
    ],
)
def test_nothing_of_a_backup_is_met_by_the_word_of_a_tool_that_lies(
    tool: str, lie: str, row: str, sandbox: Sandbox, suite: Suite, tmp_path: Path
) -> None:
    liar, real = tmp_path / tool, sandbox.postgres.binaries / "pg_restore"
    liar.write_text(LIES[lie])
    liar.chmod(0o755)
    named = liar if tool == "pg_restore" else real
    with estate_edited(sandbox, (f'pg_restore = "{real}"', f'pg_restore = "{named}"')):
        environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        outcome = suite.run("-p", "no:html", "-k", "test_full_backups", cadence="monthly", environment=environment)

    assert outcome.table[row] != "met", outcome.said
    assert _scratch_databases(sandbox) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "socket"])
def test_the_live_database_is_refused_under_whatever_name(host: str, sandbox: Sandbox) -> None:
    address = {"host": str(sandbox.postgres.socket), "user": SUPERUSER} if host == "socket" else {"host": host}
    with closing(sandbox.postgres.connect()) as first, closing(_session(sandbox, **address)) as session:
        from psycopg.rows import dict_row

        for connection in (first, session):
            connection.row_factory = dict_row  # type: ignore[assignment]
        live = identity(first)  # type: ignore[arg-type]

        with pytest.raises(CouldNotLook, match="is the live database"):
            must_not_be_live(session, f"{PREFIX}20260101t000000_aaaaaa", live)  # type: ignore[arg-type]


def _session(sandbox: Sandbox, **address: str) -> psycopg.Connection:
    given = {
        "port": str(sandbox.postgres.port),
        "dbname": DATABASE,
        "user": "neff_admin",
        "password": sandbox.postgres.password("neff_admin"),
    }
    return psycopg.connect(**{**given, **address}, autocommit=True)  # type: ignore[arg-type]


def test_another_database_than_the_new_one_is_refused(sandbox: Sandbox) -> None:
    from psycopg.rows import dict_row

    with closing(sandbox.postgres.connect(database="postgres")) as session, closing(sandbox.postgres.connect()) as first:
        session.row_factory = first.row_factory = dict_row  # type: ignore[assignment]

        with pytest.raises(CouldNotLook, match="says that it is postgres"):
            must_not_be_live(session, f"{PREFIX}20260101t000000_aaaaaa", identity(first))  # type: ignore[arg-type]


def test_the_sandbox_allows_what_is_tested_here(sandbox: Sandbox) -> None:
    assert load(sandbox.estate).drills
    assert os.access(WRAPPER, os.X_OK)

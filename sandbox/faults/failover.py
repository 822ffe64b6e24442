"""A live standby that is missing, paused, behind or promoted, and rehearsals that go wrong."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sandbox.faults import fault
from sandbox.faults.tools import edited, estate_edited, lines_added, load_files
from sandbox.house import Sandbox
from sandbox.processes import wait_until

ROW = "quarterly.failover.database"
WRITTEN_S = 30.0


@contextmanager
def _on_the_standby(sandbox: Sandbox, breaks: str, mends: str) -> Iterator[None]:
    with closing(sandbox.standby.connect()) as connection:
        connection.execute(breaks.encode())
        try:
            yield
        finally:
            connection.execute(mends.encode())


@contextmanager
def _file_of_the_standby(sandbox: Sandbox, name: str, *, first: str = "", last: str = "") -> Iterator[None]:
    """The standby has read one of its files with a line more."""
    path = sandbox.standby.data / name
    before = path.read_text()
    with closing(sandbox.standby.connect()) as connection:
        path.write_text(f"{first}\n{before}{last}\n")
        try:
            load_files(connection)
            yield
        finally:
            path.write_text(before)
            load_files(connection)


@contextmanager
def _made_anew(sandbox: Sandbox) -> Iterator[None]:
    try:
        yield
    finally:
        sandbox.standby_anew()


@fault(not_met=ROW)
def replay_paused(sandbox: Sandbox) -> Iterator[None]:
    """Somebody paused the replay on the standby: it receives everything and has none of it."""
    with _on_the_standby(sandbox, "SELECT pg_wal_replay_pause()", "SELECT pg_wal_replay_resume()"):
        yield


@fault(not_met=ROW)
def standby_missing(sandbox: Sandbox) -> Iterator[None]:
    """The standby is not running: the primary's list of standbys is empty, and so is the list of those that lag."""
    sandbox.standby.stop()
    try:
        yield
    finally:
        sandbox.standby.start(past=False)
        sandbox.standby_follows()


@fault(not_met=ROW)
def standby_follows_nobody(sandbox: Sandbox) -> Iterator[None]:
    """The standby runs, answers every query, and follows an address where nothing is."""
    before = sandbox.standby.settings
    sandbox.standby.stop()
    sandbox.standby.settings = {**before, "primary_conninfo": "host=127.0.0.1 port=1 user=postgres"}
    sandbox.standby.start(past=False)
    try:
        yield
    finally:
        sandbox.standby.stop()
        sandbox.standby.settings = before
        sandbox.standby.start(past=False)
        sandbox.standby_follows()


@fault(not_met=ROW)
def standby_a_hundred_megabytes_behind(sandbox: Sandbox) -> Iterator[None]:
    """The standby's replay hangs while it goes on receiving: nothing is paused, and 110 MB are still to be replayed."""
    with closing(sandbox.standby.connect()) as connection:
        (replaying,) = connection.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'startup'").fetchone() or (0,)
    os.kill(replaying, signal.SIGSTOP)
    try:
        sandbox.sql("SELECT pg_logical_emit_message(false, 'planted', repeat('x', 1000000)) FROM generate_series(1, 110)")
        yield
    finally:
        os.kill(replaying, signal.SIGCONT)
        wait_until(lambda: _replayed(sandbox), WRITTEN_S, "the standby does not catch up")


def _replayed(sandbox: Sandbox) -> bool:
    return bool(sandbox.rows("SELECT pid FROM pg_stat_replication WHERE pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) < 1000000"))


@fault(not_met=ROW)
def standby_that_would_stay_read_only(sandbox: Sandbox) -> Iterator[None]:
    """The standby's own file makes every session read-only: after a takeover nobody could book."""
    with _file_of_the_standby(sandbox, "postgresql.auto.conf", last="default_transaction_read_only = on"):
        yield


@fault(not_met=ROW)
def standby_that_would_lose_what_it_took(sandbox: Sandbox) -> Iterator[None]:
    """The standby does not flush its writes: after a takeover a power cut loses the database."""
    with _file_of_the_standby(sandbox, "postgresql.auto.conf", last="fsync = off"):
        yield


@fault(not_met=ROW)
def standby_that_would_not_start_again(sandbox: Sandbox) -> Iterator[None]:
    """A setting's name is misspelled in the standby's file: it runs on, and would not start again."""
    with lines_added(sandbox.standby.data / "postgresql.auto.conf", "work_mme = 8MB"):
        yield


@fault(not_met=ROW)
def standby_that_keeps_the_application_out(sandbox: Sandbox) -> Iterator[None]:
    """The standby refuses the application, whom the primary lets in."""
    with _file_of_the_standby(sandbox, "pg_hba.conf", first="host all neff_app all reject"):
        yield


@fault(harmless=ROW)
def standby_with_rules_of_its_own(sandbox: Sandbox) -> Iterator[None]:
    """The standby lets in a machine of its neighbourhood, and refuses expressly whom no rule lets in."""
    more = "host all neff_monitor 10.2.0.7/32 scram-sha-256\nhost all all all reject"
    with _file_of_the_standby(sandbox, "pg_hba.conf", last=more):
        yield


@fault(not_met=ROW)
def two_writable_nodes(sandbox: Sandbox) -> Iterator[None]:
    """The standby was promoted while the primary goes on: each takes bookings of its own."""
    with _made_anew(sandbox), closing(sandbox.standby.connect()) as connection:
        connection.execute("SELECT pg_promote(true, 30)")
        yield


@fault(not_met=ROW)
def old_primary_restarted(sandbox: Sandbox) -> Iterator[None]:
    """Where the standby was, the old primary has come back after its machine was restarted: writable, on the old timeline."""
    with _made_anew(sandbox):
        sandbox.standby.stop()
        (sandbox.standby.data / "standby.signal").unlink()
        sandbox.standby.start(past=False)
        yield


@fault(not_met=ROW)
def primary_named_as_its_own_standby(sandbox: Sandbox) -> Iterator[None]:
    """The estate names itself as its standby: a primary that answers is no standby."""
    with estate_edited(
        sandbox, (f'standbys = ["127.0.0.1:{sandbox.ports.standby}"]', f'standbys = ["127.0.0.1:{sandbox.ports.postgres}"]')
    ):
        yield


@contextmanager
def _programs(sandbox: Sandbox, postgres: str) -> Iterator[None]:
    """PostgreSQL's programs for the rehearsal, with a script in the place of the server."""
    real, folder = sandbox.postgres.binaries, sandbox.home / "drills" / "bin"
    folder.mkdir(mode=0o755)
    try:
        for program in real.iterdir():
            (folder / program.name).symlink_to(program)
        _script(folder / "initdb", f'exec {real}/initdb "$@"')
        _script(folder / "pg_basebackup", f'exec {real}/pg_basebackup "$@"')
        _script(folder / "postgres", postgres.replace("{real}", f"{real}/postgres"))
        with estate_edited(sandbox, (f'binaries = "{real}"', f'binaries = "{folder}"')):
            yield
    finally:
        for program in folder.iterdir():
            program.unlink()
        folder.rmdir()


def _script(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@fault(not_met=ROW)
def rows_acknowledged_too_early(sandbox: Sandbox) -> Iterator[None]:
    """The rehearsed servers acknowledge what neither they nor the standby have written down."""
    with _programs(sandbox, 'exec {real} "$@" -c synchronous_commit=off -c wal_writer_delay=10s -c wal_writer_flush_after=1GB'):
        yield


@fault(not_met=ROW)
def old_primary_not_fenced(sandbox: Sandbox) -> Iterator[None]:
    """A script at boot makes the rehearsed old primary a primary again, whatever was decided while it was away."""
    with _programs(sandbox, 'case "$2" in */primary) rm -f "$2/standby.signal";; esac\nexec {real} "$@"'):
        yield


@fault(not_met=ROW)
def takeover_too_slow(sandbox: Sandbox) -> Iterator[None]:
    """Five seconds pass before the rehearsed standby takes writes, where not even four were promised."""
    with (
        edited(sandbox.estate / "approved.toml", ("hours = 4\n", "hours = 0.001\n")),
        _programs(sandbox, 'exec {real} "$@" -c "recovery_end_command=sleep 5"'),
    ):
        yield


@fault(not_assessed=ROW)
def rehearsal_without_programs(sandbox: Sandbox) -> Iterator[None]:
    """The programs for the rehearsal are not where the estate says."""
    with estate_edited(sandbox, (f'binaries = "{sandbox.postgres.binaries}"', 'binaries = "/usr/lib/postgresql/0/bin"')):
        yield


@fault(not_assessed=ROW)
def rehearsal_in_a_live_data_folder(sandbox: Sandbox) -> Iterator[None]:
    """The estate names a folder inside a live server's data for the rehearsal: refused."""
    with estate_edited(sandbox, (f'directory = "{sandbox.home}/drills"', f'directory = "{sandbox.postgres.data}/base"')):
        yield

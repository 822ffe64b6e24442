"""Rebuilds that would not be a recovery: too slow, of too old a backup, of no promise, damaged, left over, or of the live database."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from fixtures.scratch import PREFIX
from sandbox.cluster import DATABASE, SUPERUSER
from sandbox.faults import fault
from sandbox.faults.full_backups import _copied, _dump, _nights, _part, _record, _replaced_by
from sandbox.faults.tools import edited, estate_edited, in_database, moved_away
from sandbox.house import Sandbox
from sandbox.pooler import pooler

RESTORE, TIME, CORRUPTION = "quarterly.recovery.restore", "quarterly.recovery.time", "quarterly.recovery.corruption"
MONTHLY, SETTINGS, EXTENSIONS = "monthly.backup.restorable", "monthly.configuration.postgresql", "monthly.updates.extensions"
PAGE, BYTE = 8192, 4000
# pg_restore as the host has it: what stands here happens to the copy before the job ends. Lists and decoding go on as ever.
TOOL = """\
#!/bin/sh
case "$*" in *--single-transaction*|*--exit-on-error*) ;; *) exec {real} "$@";; esac
{before}
{real} "$@" || exit
while [ "$1" != -d ]; do shift; done
export PGHOST={socket} PGPORT={port} PGUSER={user} PGDATABASE="$2" PGOPTIONS="$PGOPTIONS -c allow_system_table_mods=on"
ask() {{ {psql} -XqAt -v ON_ERROR_STOP=1 -c "$1"; }}
{after}
"""


@contextmanager
def _tool(sandbox: Sandbox, *, before: str = "", after: str = "") -> Iterator[None]:
    """The estate's pg_restore does more than it should."""
    server, real = sandbox.postgres, sandbox.postgres.binaries / "pg_restore"
    facts = {"real": real, "psql": server.binaries / "psql", "socket": server.socket, "port": server.port, "user": SUPERUSER}
    with TemporaryDirectory(prefix="tool-", dir=sandbox.home) as folder:
        tool = Path(folder) / "pg_restore"
        tool.write_text(TOOL.format(**facts, before=before, after=after))
        tool.chmod(0o755)
        with estate_edited(sandbox, (f'pg_restore = "{real}"', f'pg_restore = "{tool}"')):
            yield


# -- what comes back


@fault(not_met=[RESTORE, MONTHLY])
def constraint_lost_in_the_rebuild(sandbox: Sandbox) -> Iterator[None]:
    """The copy has every record, and no longer what keeps an appointment from being of no customer."""
    with _tool(sandbox, after="ask 'ALTER TABLE appointments DROP CONSTRAINT appointments_customer_id_fkey'"):
        yield


@fault(not_met=[RESTORE, MONTHLY])
def records_lost_in_the_rebuild(sandbox: Sandbox) -> Iterator[None]:
    """Of the records that the dump holds one does not arrive: the counts are plausible, and wrong."""
    with _tool(sandbox, after="ask 'DELETE FROM audit_logs WHERE id = (SELECT max(id) FROM audit_logs)'"):
        yield


@fault(not_met=[RESTORE, MONTHLY])
def scratch_database_that_stays(sandbox: Sandbox) -> Iterator[None]:
    """Somebody made a template of the scratch database: it cannot be dropped, and customers' data stay on the server."""
    try:
        with _tool(sandbox, after='ask "ALTER DATABASE \\"$PGDATABASE\\" IS_TEMPLATE true"'):
            yield
    finally:
        for (name,) in sandbox.rows("SELECT datname FROM pg_database WHERE datname LIKE %s", f"{PREFIX}%"):
            sandbox.sql(f'ALTER DATABASE "{name}" IS_TEMPLATE false')
            sandbox.sql(f'DROP DATABASE "{name}" WITH (FORCE)')


@fault(not_assessed=[RESTORE, TIME, CORRUPTION, MONTHLY])
def pooler_leads_to_the_live_database(sandbox: Sandbox) -> Iterator[None]:
    """The scratch server's address is a pooler's that leads every unknown name to the live database: refused before a byte is restored."""
    live = sandbox.postgres
    with pooler(live.socket, live.port, PREFIX, DATABASE) as port:
        scratch = f'[scratch]\nhost = "{live.socket}"\nport = {live.port}'
        with estate_edited(sandbox, (scratch, f'[scratch]\nhost = "127.0.0.1"\nport = {port}')):
            yield


# -- how soon, and with how much lost


@fault(not_met=TIME)
def rebuild_slower_than_promised(sandbox: Sandbox) -> Iterator[None]:
    """The restore takes six seconds longer than it used to, and the promise is five."""
    promised = "Back within four seconds and a bit"
    document, approved = sandbox.home / "documents" / "RECOVERY.md", sandbox.estate / "approved.toml"
    with (
        edited(document, ("Back within four hours", promised)),
        edited(approved, ("hours = 4\n", "hours = 0.0013\n"), ("Back within four hours", promised)),
        _tool(sandbox, before="sleep 6"),
    ):
        yield


@fault(not_met=[TIME, "daily.backup.exists", "monthly.backup.complete-set"])
def backups_of_two_nights_missing(sandbox: Sandbox) -> Iterator[None]:
    """The newest backup is of three nights ago: sound, quickly restored, and two days of work are not in it."""
    gone = [path for night in _nights(sandbox)[-2:] for path in (night, _record(night), *(_part(night, part) for part in _PARTS))]
    with moved_away(*gone):
        yield


_PARTS = ("globals", "configuration.tar.gz", "uploads.tar.gz")


@fault(not_met=TIME)
def promise_that_no_document_holds(sandbox: Sandbox) -> Iterator[None]:
    """The document has been rewritten: what is held to be promised is no longer what it says."""
    with edited(sandbox.home / "documents" / "RECOVERY.md", ("Back within four hours", "Back as soon as we can")):
        yield


@fault(not_assessed=[TIME, "quarterly.failover.database"])
def recovery_time_never_promised(sandbox: Sandbox) -> Iterator[None]:
    """Nobody has decided how long a recovery may take: there is nothing to hold one against."""
    entry = '[objectives.recovery_time]\nhours = 4\ndocument = "RECOVERY.md"\nsays = "Back within four hours"\ndecided = "2026-09-01"\n'
    with edited(sandbox.estate / "approved.toml", (entry, "")):
        yield


@fault(not_assessed=[TIME, "daily.backup.size"])
def snapshot_time_unknown(sandbox: Sandbox) -> Iterator[None]:
    """A plain dump, whose record has lost the time of the snapshot: how much is not in it nobody can tell."""

    def make(path: Path) -> None:
        _dump(sandbox, path, "--format=plain", "--create")
        path.write_text(path.read_text().replace("neff_paving_copy1", DATABASE))

    night = _nights(sandbox)[-1]
    with _copied(sandbox), _replaced_by(sandbox, night, make):
        record = json.loads(_record(night).read_text())
        del record["started"]
        _record(night).write_text(json.dumps(record))
        yield


# -- damage


@fault(not_met=CORRUPTION)
def page_that_did_not_fit_its_checksum(sandbox: Sandbox) -> Iterator[None]:
    """The disk gave back another byte than was written, in a database that nobody looks at: somebody has read that page since."""
    sandbox.sql("CREATE DATABASE neff_attic TEMPLATE template0 STRATEGY file_copy")
    try:
        with closing(sandbox.postgres.connect(database="neff_attic")) as session:
            session.execute("CREATE TABLE planted AS SELECT n, repeat('x', 100) AS text FROM generate_series(1, 9000) AS n")
            (file,) = session.execute("SELECT pg_relation_filepath('planted')").fetchone() or ("",)
        with sandbox.database_down(past=False):
            _flip(sandbox.postgres.data / str(file))
        with closing(sandbox.postgres.connect(database="neff_attic")) as session, suppress(psycopg.errors.DataCorrupted):
            session.execute("SELECT count(*) FROM planted")
        _until_counted(sandbox)
        yield
    finally:
        sandbox.sql("DROP DATABASE neff_attic WITH (FORCE)")


def _flip(file: Path) -> None:
    with file.open("r+b") as content:
        content.seek(5 * PAGE + BYTE)
        byte = content.read(1)[0]
        content.seek(-1, os.SEEK_CUR)
        content.write(bytes([byte ^ 0xFF]))


def _until_counted(sandbox: Sandbox) -> None:
    """A session's counters arrive with its end."""
    deadline = time.monotonic() + 10
    while not sandbox.rows("SELECT FROM pg_stat_database WHERE checksum_failures > 0") and time.monotonic() < deadline:
        time.sleep(0.02)


@fault(not_met=CORRUPTION)
def checksums_off(sandbox: Sandbox) -> Iterator[None]:
    """The server was made without checksums: another byte than was written is read as if it were right."""
    server = sandbox.postgres

    def switched(how: str) -> None:
        server.stop()
        uid, gid = server.user or (None, None)
        argv = [str(server.binaries / "pg_checksums"), f"--{how}", "--no-sync", "-D", str(server.data)]
        groups: list[int] | None = [] if uid is not None else None
        subprocess.run(argv, cwd="/", user=uid, group=gid, extra_groups=groups, check=True, capture_output=True, timeout=60)
        server.start(past=False)

    switched("disable")
    try:
        yield
    finally:
        switched("enable")


@fault(not_met=[CORRUPTION, SETTINGS])
def damage_read_over_by_one_role(sandbox: Sandbox) -> Iterator[None]:
    """The role that dumps reads over pages that are damaged: its backups lack rows, and nobody hears of it."""
    breaks = "ALTER ROLE neff_admin SET zero_damaged_pages = on"
    with in_database(sandbox, breaks, "ALTER ROLE neff_admin RESET zero_damaged_pages"):
        yield


@fault(not_met=[CORRUPTION, SETTINGS])
def damage_read_over(sandbox: Sandbox) -> Iterator[None]:
    """Somebody let the server read over pages that do not fit their checksums, to save what could be saved, and left it so."""
    sandbox.sql("ALTER SYSTEM SET ignore_checksum_failure = on")
    sandbox.sql("SELECT pg_reload_conf()")
    _until_set(sandbox, "on")
    try:
        yield
    finally:
        sandbox.sql("ALTER SYSTEM RESET ignore_checksum_failure")
        sandbox.sql("SELECT pg_reload_conf()")
        _until_set(sandbox, "off")


def _until_set(sandbox: Sandbox, value: str) -> None:
    deadline = time.monotonic() + 10
    while sandbox.rows("SHOW ignore_checksum_failure")[0][0] != value and time.monotonic() < deadline:
        time.sleep(0.02)


UNINDEXED = """\
ask "UPDATE pg_index SET indisready = false WHERE indexrelid = 'audit_logs_pkey'::regclass"
ask "WITH gone AS (DELETE FROM audit_logs WHERE id = (SELECT id FROM audit_logs ORDER BY id OFFSET 100 LIMIT 1) RETURNING *)
    INSERT INTO audit_logs OVERRIDING SYSTEM VALUE SELECT * FROM gone"
ask "UPDATE pg_index SET indisready = true WHERE indexrelid = 'audit_logs_pkey'::regclass"
"""


@fault(not_met=CORRUPTION)
def row_of_the_copy_not_in_its_index(sandbox: Sandbox) -> Iterator[None]:
    """The copy has every row, and an index of it lacks one: contents, counts and checksums agree, and whoever searches does not find it."""
    with _tool(sandbox, after=UNINDEXED):
        yield


# The page is pushed out of the server's memory, which still has it whole; what is added for that is taken away again.
FLIPPED = """\
ask 'CREATE EXTENSION pg_buffercache; CHECKPOINT; SELECT pg_buffercache_evict_relation('"'$PLACE'"')' > /dev/null
file={data}/$(ask "SELECT pg_relation_filepath('$PLACE')")
printf '\\377\\0\\377' | dd of="$file" bs=1 seek=$((5 * {page} + {byte})) conv=notrunc 2> /dev/null
ask 'DROP EXTENSION pg_buffercache'
"""


def _flipped_in_the_copy(sandbox: Sandbox, place: str) -> Iterator[None]:
    after = f"PLACE={place}\n" + FLIPPED.format(data=sandbox.postgres.data, page=PAGE, byte=BYTE)
    with _tool(sandbox, after=after):
        yield


@fault(not_met=CORRUPTION)
def byte_flipped_in_an_index_of_the_copy(sandbox: Sandbox) -> Iterator[None]:
    """The scratch server's disk gives back another byte of an index than was written: nothing that reads tables comes upon it."""
    yield from _flipped_in_the_copy(sandbox, "idx_audit_logs_created")


@fault(not_met=[RESTORE, TIME, CORRUPTION, MONTHLY])
def byte_flipped_in_a_table_of_the_copy(sandbox: Sandbox) -> Iterator[None]:
    """The same in a table: one page of records cannot be read."""
    yield from _flipped_in_the_copy(sandbox, "audit_logs")


@fault(not_assessed=CORRUPTION, not_met=EXTENSIONS)
def scratch_server_without_amcheck(sandbox: Sandbox) -> Iterator[None]:
    """The backup brings no amcheck, and the scratch server has none: whether indexes agree with their tables nobody can tell."""
    extensions = ("amcheck", "pgstattuple", "pg_stat_statements")
    night = _nights(sandbox)[-1]
    changes = [f"DROP EXTENSION {name}" for name in extensions]
    with _copied(sandbox, *changes), _replaced_by(sandbox, night, lambda path: _dump(sandbox, path, "--format=custom")):
        record = json.loads(_record(night).read_text())
        record["structure"] = [entry for entry in record["structure"] if entry not in {f"extension {name}" for name in extensions}]
        _record(night).write_text(json.dumps(record))
        sandbox.sql("ALTER SYSTEM SET extension_control_path = '/nowhere'")
        sandbox.sql("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            sandbox.sql("ALTER SYSTEM RESET extension_control_path")
            sandbox.sql("SELECT pg_reload_conf()")

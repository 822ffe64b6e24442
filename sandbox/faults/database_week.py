"""Tables and indexes that were left to themselves for weeks."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from typing import Any

import psycopg

from sandbox.faults import fault
from sandbox.faults.tools import ago, edited, forget_statements, in_database, moved_away, setting
from sandbox.house import Sandbox

SLOW, SIZES, STATISTICS = "weekly.database.slow-queries", "weekly.database.table-sizes", "weekly.database.statistics"
INDEXES, VACUUM = "weekly.database.indexes", "weekly.database.vacuum"
UNUSED = "monthly.optimization.unused-indexes"
CORRUPTION, FAILOVER = "quarterly.recovery.corruption", "quarterly.failover.database"
COUNTED = ["daily.kpi.query-time", "daily.kpi.errors.database"]
XACT_SEGMENT, MULTIXACT_SEGMENT, SEGMENT_BYTES = 1 << 20, 1 << 16, 256 << 10
AGED = 1_200_000_000


@contextmanager
def planted(sandbox: Sandbox, *statements: str, table: str = "planted") -> Iterator[None]:
    """A table of our own made by these statements. What one does is counted before the next begins: behind an ANALYZE it would count as
    changes since."""
    try:
        for statement in statements:
            with closing(sandbox.postgres.connect()) as session:
                session.execute(statement.encode())
                session.execute("SELECT pg_stat_force_next_flush()")
        yield
    finally:
        sandbox.sql(f"DROP TABLE IF EXISTS {table}")


# -- slow statements


def _read_out(session: psycopg.Connection[Any], statement: str) -> None:
    with session.cursor().copy(statement.encode()) as rows:
        list(rows)


def _ask(sandbox: Sandbox, statement: str, times: int, *, at_once: int = 25) -> None:
    def ask(number: int) -> None:
        with closing(sandbox.postgres.connect("neff_app")) as session:
            for _ in range(times // at_once):
                if statement.startswith("COPY"):
                    _read_out(session, statement)
                else:
                    session.execute(statement.encode())

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(ask, range(at_once)))


@fault(not_met=SLOW)
def statement_of_120_ms(sandbox: Sandbox) -> Iterator[None]:
    """A statement that the application asks often takes 120 ms each time."""
    _ask(sandbox, "SELECT pg_sleep(0.12)", 100)
    try:
        yield
    finally:
        forget_statements(sandbox, "pg_sleep")


@fault(not_met=SLOW)
def slow_export(sandbox: Sandbox) -> Iterator[None]:
    """The application writes the answer to a slow query out by COPY, again and again."""
    _ask(sandbox, "COPY (SELECT pg_sleep(0.12)) TO STDOUT", 100)
    try:
        yield
    finally:
        forget_statements(sandbox, "pg_sleep")


@fault(not_met=SLOW)
def slow_query_into_a_table(sandbox: Sandbox) -> Iterator[None]:
    """The application puts the answer to a slow query into a table of its own, again and again."""
    _ask(sandbox, "CREATE TEMP TABLE planted ON COMMIT DROP AS SELECT pg_sleep(0.12)::text", 100)
    try:
        yield
    finally:
        forget_statements(sandbox, "pg_sleep")


@fault(not_met=SLOW)
def statement_slow_since_last_week(sandbox: Sandbox) -> Iterator[None]:
    """A statement was quick a thousand times and is slow since last week: its mean over all calls is still fine."""
    _ask(sandbox, "SELECT pg_sleep(0)", 2_000, at_once=5)
    name, calls, total = sandbox.rows(
        "SELECT queryid::text, calls, total_exec_time FROM pg_stat_statements WHERE query LIKE '%%pg_sleep%%'"
    )[0]
    past = sandbox.home / "past" / "weekly" / "results.json"
    record = json.loads(past.read_text())
    (cluster,) = sandbox.rows("SELECT system_identifier::text FROM pg_control_system()")[0]
    value = {"cluster": cluster, "counters": {name: [calls, round(total)]}}
    seen = {"at": ago(days=7).isoformat(), "looked_at": 1, "seeded": True, "name": "statements 1", "value": value}
    record["requirements"].append({"id": SLOW, "checks": [{"observations": [seen]}]})
    _ask(sandbox, "SELECT pg_sleep(0.12)", 100)
    try:
        with edited(past):
            past.write_text(json.dumps(record))
            yield
    finally:
        forget_statements(sandbox, "pg_sleep")


@fault(harmless=SLOW)
def slow_import_once_a_night(sandbox: Sandbox) -> Iterator[None]:
    """A statement takes half a second and is asked a few times: an import, not the application."""
    _ask(sandbox, "SELECT pg_sleep(0.5)", 10, at_once=10)
    try:
        yield
    finally:
        forget_statements(sandbox, "pg_sleep")


@fault(not_assessed=[SLOW, *COUNTED], not_met="monthly.updates.extensions")
def statement_statistics_of_an_old_version(sandbox: Sandbox) -> Iterator[None]:
    """The extension was never updated after the server was: its columns have other names."""
    sandbox.sql("DROP EXTENSION pg_stat_statements")
    with in_database(sandbox, "CREATE EXTENSION pg_stat_statements VERSION '1.7'", "ALTER EXTENSION pg_stat_statements UPDATE"):
        yield


# -- sizes

LONG_TEXTS = (
    "CREATE UNLOGGED TABLE planted (id int PRIMARY KEY, letter text)",
    "ALTER TABLE planted ALTER letter SET STORAGE EXTERNAL",
    "INSERT INTO planted SELECT n, repeat('x', 1000000) FROM generate_series(1, 115) AS n",
    "ANALYZE planted",
)


@fault(not_met=SIZES)
def table_of_long_texts_swells(sandbox: Sandbox) -> Iterator[None]:
    """A table has grown by 115 MB in a week, nearly all of it beside the table itself, where long texts are kept."""
    with planted(sandbox, *LONG_TEXTS):
        yield


@fault(not_met=SIZES)
def large_objects_swell(sandbox: Sandbox) -> Iterator[None]:
    """Somebody keeps files in the database itself: 110 MB of large objects came in a week, which belong to no table."""
    block = "SELECT string_agg(md5(n::text), '') AS hex FROM generate_series(1, 4096) AS n"
    (kept,) = sandbox.rows(
        f"SELECT array_agg(lo_from_bytea(0, decode(repeat(hex, 64), 'hex'))) FROM ({block}) AS b CROSS JOIN generate_series(1, 28)"
    )[0]
    try:
        yield
    finally:
        sandbox.sql("SELECT lo_unlink(o) FROM unnest(%s::oid[]) AS o", kept)
        sandbox.sql("VACUUM FULL pg_largeobject")


@fault(not_assessed=SIZES)
def no_earlier_sizes(sandbox: Sandbox) -> Iterator[None]:
    """No run of a week ago has recorded sizes."""
    with moved_away(sandbox.home / "past" / "weekly" / "results.json"):
        yield


@fault(not_assessed=SIZES)
def earlier_sizes_of_another_server(sandbox: Sandbox) -> Iterator[None]:
    """The sizes on record are those of a server that is no more."""
    (cluster,) = sandbox.rows("SELECT system_identifier::text FROM pg_control_system()")[0]
    with edited(sandbox.home / "past" / "weekly" / "results.json", (cluster, "7000000000000000001")):
        yield


# -- statistics

ROWS = "CREATE TABLE planted AS SELECT n AS id, n % 7 AS kind FROM generate_series(1, 1000) AS n"


@fault(not_met=STATISTICS)
def bulk_change_right_after_analyze(sandbox: Sandbox) -> Iterator[None]:
    """A table was analysed seconds before as many rows again were written to it."""
    with planted(sandbox, ROWS, "ANALYZE planted", "INSERT INTO planted SELECT n, 9 FROM generate_series(1, 1000) AS n"):
        yield


@fault(not_met=STATISTICS)
def table_never_analysed(sandbox: Sandbox) -> Iterator[None]:
    """A table has rows and no statistics."""
    with planted(sandbox, ROWS):
        yield


@fault(not_met=STATISTICS)
def one_column_analysed(sandbox: Sandbox) -> Iterator[None]:
    """Of a table with two columns the planner knows one: the other was given another type, and its statistics went with the old one."""
    with planted(sandbox, ROWS, "ANALYZE planted", "ALTER TABLE planted ALTER kind TYPE bigint", "ANALYZE planted (id)"):
        yield


@fault(harmless=STATISTICS)
def columns_of_all_kinds_analysed(sandbox: Sandbox) -> Iterator[None]:
    """Columns that cannot be compared, hold nothing, or are left out on purpose or by nature."""
    made = (
        "CREATE TABLE planted (id int, note json, nothing text, aside int, place point, gone int, twice int GENERATED ALWAYS AS (id * 2))",
        "ALTER TABLE planted ALTER aside SET STATISTICS 0, DROP gone",
        "INSERT INTO planted SELECT n, '{}', NULL, n, '(1,2)' FROM generate_series(1, 1000) AS n",
    )
    with planted(sandbox, *made, "ANALYZE planted"):
        yield


@fault(not_met=STATISTICS)
def autoanalyze_out_of_reach(sandbox: Sandbox) -> Iterator[None]:
    """A table is to be analysed after two billion changes: never."""
    never = "ALTER TABLE estimates SET (autovacuum_analyze_threshold = 2000000000)"
    with in_database(sandbox, never, "ALTER TABLE estimates RESET (autovacuum_analyze_threshold)"):
        yield


PARENT = (
    "CREATE TABLE planted (id int, kind int) PARTITION BY RANGE (id)",
    "CREATE TABLE planted_low PARTITION OF planted FOR VALUES FROM (0) TO (100000)",
    "INSERT INTO planted SELECT n, n % 7 FROM generate_series(1, 1000) AS n",
)


@fault(not_met=STATISTICS)
def partitioned_parent_never_analysed(sandbox: Sandbox) -> Iterator[None]:
    """The parts of a partitioned table have statistics, the table as a whole has none: autovacuum never takes them."""
    with planted(sandbox, *PARENT, "ANALYZE planted_low"):
        yield


@fault(not_met=STATISTICS)
def partitioned_parent_analysed_long_ago(sandbox: Sandbox) -> Iterator[None]:
    """Since a partitioned table was analysed as a whole it has doubled, and only its parts have been analysed anew."""
    more = "INSERT INTO planted SELECT n, n % 7 FROM generate_series(1001, 2000) AS n"
    with planted(sandbox, *PARENT, "ANALYZE planted", more, "ANALYZE planted_low"):
        yield


@fault(harmless=STATISTICS)
def table_emptied_and_analysed(sandbox: Sandbox) -> Iterator[None]:
    """A table whose rows are all deleted has no statistics, and needs none."""
    with planted(sandbox, ROWS, "ALTER TABLE planted SET (vacuum_truncate = off)", "DELETE FROM planted", "VACUUM ANALYZE planted"):
        yield


@contextmanager
def counters_kept(sandbox: Sandbox) -> Iterator[None]:
    """Puts the server's counters back as they were, by its own files of a shutdown in order."""
    server, kept = sandbox.postgres, sandbox.home / "pg_stat.kept"
    server.stop()
    shutil.rmtree(kept, ignore_errors=True)
    subprocess.run(["cp", "-a", server.data / "pg_stat", kept], check=True, timeout=60)
    server.start(past=False)
    try:
        yield
    finally:
        server.stop()
        shutil.rmtree(server.data / "pg_stat")
        kept.rename(server.data / "pg_stat")
        server.start(past=False)


@fault(
    not_met="daily.alerts.database-connections",
    not_assessed=[SLOW, STATISTICS, VACUUM, *COUNTED, "monthly.optimization.unused-indexes", "monthly.optimization.pooling"],
)
def statistics_wiped_by_a_crashed_backend(sandbox: Sandbox) -> Iterator[None]:
    """One session's process was killed: the server recovered within a second, and all its counters began anew."""
    with counters_kept(sandbox):
        with closing(sandbox.postgres.connect()) as session:
            os.kill(session.info.backend_pid, signal.SIGKILL)
        _wait_until_it_answers(sandbox)
        yield


def _wait_until_it_answers(sandbox: Sandbox) -> None:
    """Returns once the server has noticed the crash and recovered from it."""
    deadline = time.monotonic() + 30
    epoch = "SELECT clock_timestamp() - greatest(d.stats_reset, b.stats_reset) FROM pg_stat_database d, pg_stat_bgwriter b"
    while time.monotonic() < deadline:
        with suppress(psycopg.Error):
            if sandbox.rows(f"{epoch} WHERE d.datname = current_database()")[0][0] < timedelta(minutes=1):
                return
        time.sleep(0.05)
    raise TimeoutError("the server did not recover within 30 s")


# -- indexes


@fault(not_met=INDEXES)
def index_build_that_failed(sandbox: Sandbox) -> Iterator[None]:
    """Building a unique index failed over a duplicate, and its remains were left behind."""
    with planted(sandbox, ROWS, "ANALYZE planted"):
        with suppress(psycopg.errors.UniqueViolation):
            sandbox.sql("CREATE UNIQUE INDEX CONCURRENTLY planted_kind ON planted (kind)")
        yield


@fault(not_met=INDEXES)
def index_without_one_of_the_rows(sandbox: Sandbox) -> Iterator[None]:
    """An index lacks one row of its table: in perfect order by itself, so that only a comparison with the table shows it."""
    with planted(sandbox, "CREATE TABLE planted (id int PRIMARY KEY, name text)", "INSERT INTO planted VALUES (1, 'a')", "ANALYZE planted"):
        switch = "UPDATE pg_index SET indisready = {} WHERE indexrelid = 'planted_pkey'::regclass"
        with closing(sandbox.postgres.connect()) as connection:
            connection.execute("SET allow_system_table_mods = on")
            connection.execute(switch.format("false").encode())
        sandbox.sql("INSERT INTO planted VALUES (2, 'b')")
        with closing(sandbox.postgres.connect()) as connection:
            connection.execute("SET allow_system_table_mods = on")
            connection.execute(switch.format("true").encode())
            connection.execute("SELECT bt_index_check('planted_pkey')")
        yield


@fault(not_met=[INDEXES, CORRUPTION])
def index_page_damaged_on_disk(sandbox: Sandbox) -> Iterator[None]:
    """The disk gave back another byte than was written, and a search has come upon it; the counter of such pages is reset in the end."""
    with planted(
        sandbox, "CREATE TABLE planted (id int PRIMARY KEY)", "INSERT INTO planted SELECT generate_series(1, 9000)", "ANALYZE planted"
    ):
        (file,) = sandbox.rows("SELECT pg_relation_filepath('planted_pkey')")[0]
        with sandbox.database_down(past=False), (sandbox.postgres.data / str(file)).open("r+b") as index:
            index.seek(5 * 8192 + 4000)
            byte = index.read(1)[0]
            index.seek(-1, os.SEEK_CUR)
            index.write(bytes([byte ^ 0xFF]))
        with suppress(psycopg.errors.DataCorrupted):
            sandbox.sql("SELECT bt_index_check('planted_pkey')")
        try:
            yield
        finally:
            sandbox.sql("SELECT pg_stat_reset()")
            sandbox.postgres.age_statistics()
            sandbox.begin_a_day()


LARGE = (
    "CREATE UNLOGGED TABLE planted AS SELECT lpad(n::text, 400, 'x') AS name, n FROM generate_series(1, 30000) AS n",
    "CREATE INDEX planted_name ON planted (name)",
)
NINE_TENTHS = ("DELETE FROM planted WHERE n % 10 <> 0", "VACUUM ANALYZE planted")


@fault(not_met=INDEXES)
def index_nine_tenths_deleted(sandbox: Sandbox) -> Iterator[None]:
    """Nine of ten rows are gone, and the index is still as large as it was."""
    with planted(sandbox, *LARGE, *NINE_TENTHS):
        yield


@fault(not_met=INDEXES)
def index_whose_old_entries_are_deleted(sandbox: Sandbox) -> Iterator[None]:
    """The first nine tenths of an index are gone: what is left stands in full pages, and the others are kept for nothing."""
    with planted(sandbox, *LARGE, "DELETE FROM planted WHERE n < 27000", "VACUUM ANALYZE planted"):
        yield


@fault(harmless=[INDEXES, SIZES])
def large_index_that_is_full(sandbox: Sandbox) -> Iterator[None]:
    """A large index is new: full, and in a table that grew by less than 100 MB."""
    with planted(sandbox, *LARGE, "ANALYZE planted"):
        yield


@fault(not_assessed=INDEXES)
def density_cannot_be_measured(sandbox: Sandbox) -> Iterator[None]:
    """There is a large index, and the extension that measures how full it is is missing."""
    with planted(sandbox, *LARGE, "ANALYZE planted"), in_database(sandbox, "DROP EXTENSION pgstattuple", "CREATE EXTENSION pgstattuple"):
        yield


GRANT = "GRANT EXECUTE ON FUNCTION bt_index_check(regclass, boolean), bt_index_check(regclass, boolean, boolean) TO neff_monitor"


@fault(not_assessed=INDEXES)
def amcheck_missing(sandbox: Sandbox) -> Iterator[None]:
    """The extension that compares an index with its table is not in this database."""
    with in_database(sandbox, "DROP EXTENSION amcheck", f"CREATE EXTENSION amcheck; {GRANT}"):
        yield


@fault(not_assessed=INDEXES)
def amcheck_not_allowed(sandbox: Sandbox) -> Iterator[None]:
    """The suite's account may not call it any more."""
    with in_database(sandbox, GRANT.replace("GRANT", "REVOKE").replace(" TO ", " FROM "), GRANT):
        yield


@fault(not_assessed=[INDEXES, SIZES, STATISTICS, VACUUM, "monthly.optimization.unused-indexes"])
def table_locked_for_good(sandbox: Sandbox) -> Iterator[None]:
    """A session holds a table's lock: neither its size nor its indexes can be looked at."""
    with planted(sandbox, "CREATE TABLE planted (id int PRIMARY KEY)"), closing(sandbox.postgres.connect()) as connection:
        connection.execute("BEGIN")
        connection.execute("LOCK TABLE planted IN ACCESS EXCLUSIVE MODE")
        yield
        connection.execute("ROLLBACK")


# -- vacuum


@fault(not_met=VACUUM)
def four_tenths_of_a_table_dead(sandbox: Sandbox) -> Iterator[None]:
    """Of ten rows four are dead, and nobody has removed them."""
    rows = "CREATE TABLE planted AS SELECT n AS id FROM generate_series(1, 10000) AS n"
    with planted(sandbox, rows, "DELETE FROM planted WHERE id % 10 < 4", "ANALYZE planted"):
        yield


@fault(not_met=VACUUM)
def long_values_dead(sandbox: Sandbox) -> Iterator[None]:
    """A table is clean, and of its long texts, which are kept beside it, two thirds are dead."""
    made = (
        "CREATE TABLE planted (id int, letter text)",
        "ALTER TABLE planted ALTER letter SET STORAGE EXTERNAL, SET (toast.autovacuum_vacuum_threshold = 100000)",
        "INSERT INTO planted SELECT n, repeat('x', 3000) FROM generate_series(1, 1500) AS n",
        "DELETE FROM planted WHERE id % 3 > 0",
    )
    with planted(sandbox, *made, "VACUUM (ANALYZE, PROCESS_TOAST FALSE) planted"):
        yield


@fault(not_met=VACUUM)
def autovacuum_once_a_month(sandbox: Sandbox) -> Iterator[None]:
    """Autovacuum is on, and comes round every 24 days."""
    with setting(sandbox, "autovacuum_naptime", "'24 d'"):
        yield


@fault(not_met=VACUUM)
def autovacuum_at_a_crawl(sandbox: Sandbox) -> Iterator[None]:
    """Autovacuum is on, and rests for a tenth of a second after each page that it reads."""
    with setting(sandbox, "autovacuum_vacuum_cost_delay", "'100 ms'"), setting(sandbox, "autovacuum_vacuum_cost_limit", "1"):
        yield


@fault(not_met=VACUUM)
def one_table_vacuumed_at_a_crawl(sandbox: Sandbox) -> Iterator[None]:
    """Autovacuum rests for a tenth of a second after each page of one table."""
    crawl = "ALTER TABLE estimates SET (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)"
    with in_database(sandbox, crawl, "ALTER TABLE estimates RESET (autovacuum_vacuum_cost_delay, autovacuum_vacuum_cost_limit)"):
        yield


@fault(harmless=[VACUUM, UNUSED])
def table_of_another_session(sandbox: Sandbox) -> Iterator[None]:
    """Another session has a table of its own, full of dead rows and with an index nobody uses; it goes when the session does."""
    with closing(sandbox.postgres.connect("neff_app")) as session:
        session.execute("CREATE TEMP TABLE planted AS SELECT n, n % 7 AS kind FROM generate_series(1, 20000) AS n")
        session.execute("CREATE INDEX planted_kind ON planted (kind)")
        session.execute("ANALYZE planted")
        session.execute("DELETE FROM planted WHERE n > 1000")
        for _ in range(150):
            session.execute("SELECT count(*) FROM planted WHERE n = 0")
        session.execute("SELECT pg_stat_force_next_flush()")
        session.execute("SELECT 1")
        yield


@fault(not_met=VACUUM)
def autovacuum_switched_off(sandbox: Sandbox) -> Iterator[None]:
    """Somebody switched autovacuum off for the whole server, to make an import quicker."""
    with setting(sandbox, "autovacuum", "off"):
        yield


@fault(not_met=VACUUM)
def autovacuum_switched_off_for_a_table(sandbox: Sandbox) -> Iterator[None]:
    """It is off for a single table."""
    with in_database(sandbox, "ALTER TABLE estimates SET (autovacuum_enabled = off)", "ALTER TABLE estimates RESET (autovacuum_enabled)"):
        yield


@fault(not_met=VACUUM)
def autovacuum_switched_off_for_long_texts(sandbox: Sandbox) -> Iterator[None]:
    """It is off where the long texts of a table are kept."""
    off = "ALTER TABLE contracts SET (toast.autovacuum_enabled = off)"
    with in_database(sandbox, off, "ALTER TABLE contracts RESET (toast.autovacuum_enabled)"):
        yield


@fault(not_met=VACUUM)
def autovacuum_out_of_reach(sandbox: Sandbox) -> Iterator[None]:
    """It is on, and waits in one table for two billion dead rows."""
    never = "ALTER TABLE estimates SET (autovacuum_vacuum_threshold = 2000000000)"
    with in_database(sandbox, never, "ALTER TABLE estimates RESET (autovacuum_vacuum_threshold)"):
        yield


@fault(not_met=VACUUM)
def autovacuum_out_of_reach_by_its_share(sandbox: Sandbox) -> Iterator[None]:
    """It is on, and waits in one table for a hundred times as many dead rows as there are rows."""
    never = "ALTER TABLE uptime_checks SET (autovacuum_vacuum_scale_factor = 100)"
    with in_database(sandbox, never, "ALTER TABLE uptime_checks RESET (autovacuum_vacuum_scale_factor)"):
        yield


@contextmanager
def _aged(sandbox: Sandbox, option: str, folder: str, segment: int) -> Iterator[None]:
    """The server on a copy of its data, in which a counter stands far ahead; its own data are put back untouched."""
    server = sandbox.postgres
    data, kept = server.data, server.data.with_name("pgdata.kept")
    server.stop()
    shutil.rmtree(kept, ignore_errors=True)
    subprocess.run(["cp", "-a", "--reflink=auto", data, kept], check=True, timeout=120)
    try:
        _as_server(sandbox, [str(server.binaries / "pg_resetwal"), option, "-D", str(data)])
        made = data / folder / f"{segment:04X}"
        made.write_bytes(bytes(SEGMENT_BYTES))
        shutil.copystat(data / "PG_VERSION", made)
        if server.user:
            os.chown(made, *server.user)
        server.start(past=False)
        yield
    finally:
        server.stop()
        shutil.rmtree(data)
        kept.rename(data)
        server.start(past=False)


def _as_server(sandbox: Sandbox, argv: list[str]) -> None:
    uid, gid = sandbox.postgres.user or (None, None)
    groups: list[int] | None = [] if uid is not None else None
    subprocess.run(argv, cwd="/", user=uid, group=gid, extra_groups=groups, check=True, capture_output=True, timeout=60)


@fault(not_met=[VACUUM, FAILOVER])
def transactions_aged(sandbox: Sandbox) -> Iterator[None]:
    """The oldest rows are 1.2 billion transactions old: at some 2 billion the server refuses every write. Its standby was left behind."""
    with _aged(sandbox, f"--next-transaction-id={AGED}", "pg_xact", AGED // XACT_SEGMENT):
        yield


@fault(not_met=[VACUUM, FAILOVER])
def multixacts_aged(sandbox: Sandbox) -> Iterator[None]:
    """The same for multixacts, which have a counter of their own."""
    with _aged(sandbox, f"--multixact-ids={AGED},1", "pg_multixact/offsets", AGED // MULTIXACT_SEGMENT):
        yield


# -- the log of slow statements

SLOW_LOG = "weekly.database.slow-log"


@fault(not_met=SLOW_LOG)
def slow_log_switched_off(sandbox: Sandbox) -> Iterator[None]:
    """The server logs no slow statement."""
    with setting(sandbox, "log_min_duration_statement", "-1"):
        yield


@fault(not_met=SLOW_LOG)
def slow_log_from_a_minute_on(sandbox: Sandbox) -> Iterator[None]:
    """It is on, for statements that take a minute."""
    with setting(sandbox, "log_min_duration_statement", "'1min'"):
        yield


@fault(not_met=SLOW_LOG)
def slow_log_off_for_the_application(sandbox: Sandbox) -> Iterator[None]:
    """The server's setting is right, and an override for the application's role switches it off."""
    off = "ALTER ROLE neff_app SET log_min_duration_statement = -1"
    with in_database(sandbox, off, "ALTER ROLE neff_app RESET log_min_duration_statement"):
        yield


@fault(not_met=SLOW_LOG)
def slow_log_from_an_hour_on_in_the_database(sandbox: Sandbox) -> Iterator[None]:
    """An override for the whole database logs what takes an hour, which is another unit."""
    name = "ALTER DATABASE neff_paving_admin {} log_min_duration_statement"
    with in_database(sandbox, name.format("SET") + " = '1h'", name.format("RESET")):
        yield


@fault(not_met=SLOW_LOG, not_assessed="daily.kpi.errors.database")
def slow_log_silenced_by_its_level(sandbox: Sandbox) -> Iterator[None]:
    """Statements are timed, and messages below FATAL do not reach the log for the application's role."""
    with in_database(sandbox, "ALTER ROLE neff_app SET log_min_messages = fatal", "ALTER ROLE neff_app RESET log_min_messages"):
        yield


@fault(not_assessed=SLOW_LOG)
def slow_log_setting_of_our_own(sandbox: Sandbox) -> Iterator[None]:
    """An override for the suite's own role hides what the server's setting is."""
    own = "ALTER ROLE neff_monitor {} log_min_duration_statement"
    with in_database(sandbox, own.format("SET") + " = '250ms'", own.format("RESET")):
        yield

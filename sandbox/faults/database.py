"""The database server, its sessions and its statements."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime

import psycopg

from sandbox import earlier
from sandbox.faults import fault
from sandbox.faults.tools import estate_edited, forget_statements, in_database, replaced, setting
from sandbox.house import Sandbox
from sandbox.ports import free_port
from sandbox.postgres import Postgres

# Nothing is restored before the live database has said who it is.
REBUILDS = ["monthly.backup.restorable", "quarterly.recovery.restore", "quarterly.recovery.time", "quarterly.recovery.corruption"]
ASKS_THE_DATABASE = [
    "daily.resources.database-connections",
    "daily.alerts.downtime",
    "daily.alerts.payments",
    "daily.alerts.reviewed",
    "daily.alerts.channel.email",
    "daily.alerts.channel.sms",
    "daily.integrations.calendly",
    "daily.kpi.availability",
    "daily.kpi.errors.database",
    "daily.kpi.errors.integrations",
    "daily.kpi.query-time",
    "weekly.database.slow-queries",
    "weekly.database.table-sizes",
    "weekly.database.statistics",
    "weekly.database.indexes",
    "weekly.database.vacuum",
    "weekly.database.slow-log",
    "weekly.retention.audit-logs",
    "weekly.retention.session-logs",
    "weekly.alerts.rules.critical",
    "weekly.alerts.rules.warning",
    "weekly.alerts.rules.information",
    "monthly.backup.complete-set",
    "monthly.updates.extensions",
    "monthly.optimization.unused-indexes",
    "monthly.optimization.missing-indexes",
    "monthly.optimization.appointments-index",
    "monthly.optimization.pooling",
    "monthly.optimization.background-jobs",
    "monthly.configuration.postgresql",
    "monthly.capacity.customers",
    "monthly.capacity.backups",
    "monthly.capacity.database",
    "monthly.access.stale-accounts",
    "monthly.access.permissions",
    "monthly.access.cleanup",
    *REBUILDS,
    "quarterly.security.database-roles",
    "quarterly.security.database-access",
]
FRONTEND = ("minified", "caching", "images", "code-splitting", "lazy-loading")
NEEDS_THE_PAGES = ["weekly.web.cdn", *(f"monthly.optimization.{row}" for row in (*FRONTEND, "api-caching"))]
FAILOVER = "quarterly.failover.database"
READS_EVERY_TABLE = ["weekly.database.table-sizes", "weekly.database.statistics", "weekly.database.indexes"]
TABLE_COUNTERS = [
    "weekly.database.statistics",
    "weekly.database.vacuum",
    "monthly.optimization.unused-indexes",
    "monthly.optimization.pooling",
]
STATEMENT_COUNTERS = ["daily.kpi.query-time", "daily.kpi.errors.database", "weekly.database.slow-queries"]
THE_APPLICATION_NEEDS_IT = [
    "daily.health.api",
    "daily.health.status-page",
    "daily.response-time.website",
    "daily.response-time.api",
    "daily.alerts.channel.dashboard",
    "weekly.web.core-vitals",
    "weekly.web.page-load",
    "quarterly.documentation.links",
]


@fault(not_met=["daily.health.database", FAILOVER, *THE_APPLICATION_NEEDS_IT], not_assessed=[*ASKS_THE_DATABASE, *NEEDS_THE_PAGES])
def database_stopped(sandbox: Sandbox) -> Iterator[None]:
    """The database server is not running."""
    with sandbox.database_down():
        yield


@fault(not_met="daily.health.database", not_assessed=[FAILOVER, *ASKS_THE_DATABASE])
def database_password_wrong(sandbox: Sandbox) -> Iterator[None]:
    """The server refuses the password it is given."""
    with replaced(sandbox.home / "secrets" / "neff_monitor", "this-is-not-it"):
        yield


@fault(not_assessed=["daily.health.database", FAILOVER, *ASKS_THE_DATABASE])
def database_password_missing(sandbox: Sandbox) -> Iterator[None]:
    """The suite was not given the secret: nobody can tell how the database is."""
    with replaced(sandbox.home / "secrets" / "neff_monitor", ""):
        yield


@fault(not_met=["daily.health.database", FAILOVER], not_assessed=REBUILDS)
def database_is_a_standby(sandbox: Sandbox) -> Iterator[None]:
    """The estate points at a standby: it answers every query, and takes no booking."""
    with _standby(sandbox) as port, estate_edited(sandbox, (f"port = {sandbox.ports.postgres}\n", f"port = {port}\n")):
        yield


@contextmanager
def _standby(sandbox: Sandbox) -> Iterator[int]:
    """A copy of the sandbox's server that runs as a standby; the port it answers on."""
    copy, primary = Postgres(sandbox.home / "another-standby", free_port()), sandbox.postgres
    primary.stop()
    copy.copy_of(primary)
    primary.start()
    try:
        copy.start(past=False)
        yield copy.port
    finally:
        copy.stop()
        copy.remove()
        sandbox.standby_follows()


@fault(not_met=["daily.health.database", FAILOVER], not_assessed=REBUILDS)
def database_read_only(sandbox: Sandbox) -> Iterator[None]:
    """The whole server was made read-only: queries answer, writes fail."""
    with setting(sandbox, "default_transaction_read_only", "on"):
        yield


@fault(not_met="daily.health.database")
def application_reads_only(sandbox: Sandbox) -> Iterator[None]:
    """The application's account is set to read only: every new session of it fails to write."""
    breaks = "ALTER ROLE neff_app SET default_transaction_read_only = on"
    with in_database(sandbox, breaks, "ALTER ROLE neff_app RESET default_transaction_read_only"):
        yield


@fault(not_met=["daily.health.database", FAILOVER], not_assessed=REBUILDS)
def database_read_only_for_all_others(sandbox: Sandbox) -> Iterator[None]:
    """The server is read-only for everybody but the suite, whose account has a setting of its own."""
    own = "ALTER ROLE neff_monitor {} default_transaction_read_only"
    with in_database(sandbox, own.format("SET") + " = off", own.format("RESET")), setting(sandbox, "default_transaction_read_only", "on"):
        yield


@fault(not_met="daily.resources.database-connections")
def account_of_few_connections(sandbox: Sandbox) -> Iterator[None]:
    """An account may have ten sessions, and nine are open."""
    with (
        ExitStack() as sessions,
        in_database(sandbox, "ALTER ROLE neff_readonly CONNECTION LIMIT 10", "ALTER ROLE neff_readonly CONNECTION LIMIT -1"),
    ):
        for _ in range(9):
            sessions.enter_context(closing(sandbox.postgres.connect("neff_readonly")))
        yield


@fault(not_met=["daily.health.database", FAILOVER], not_assessed=REBUILDS)
def confirming_standby_gone(sandbox: Sandbox) -> Iterator[None]:
    """Every commit waits for a standby that is not there: queries answer, and no write ever ends. Drills would wait too: none is held."""
    with estate_edited(sandbox, ("drills = true", "drills = false")), setting(sandbox, "synchronous_standby_names", "ghost"):
        yield


@fault(not_assessed=ASKS_THE_DATABASE)
def table_of_ours_in_front(sandbox: Sandbox) -> Iterator[None]:
    """A schema of the suite's own role holds an old copy of a table, and is asked first: what the application writes is elsewhere."""
    make = "CREATE SCHEMA neff_monitor AUTHORIZATION neff_monitor; CREATE TABLE neff_monitor.alert_history AS TABLE public.alert_history"
    with in_database(sandbox, make, "DROP SCHEMA neff_monitor CASCADE"):
        yield


@fault(not_assessed=ASKS_THE_DATABASE)
def search_path_of_ours_alone(sandbox: Sandbox) -> Iterator[None]:
    """The suite's own role searches a schema with an old copy of a table, and the application another one."""
    make = "CREATE SCHEMA old; CREATE TABLE old.alert_history AS TABLE public.alert_history; GRANT USAGE ON SCHEMA old TO neff_monitor"
    path = "ALTER ROLE neff_monitor {} search_path"
    with in_database(sandbox, f"{make}; {path.format('SET')} = old, public", f"{path.format('RESET')}; DROP SCHEMA old CASCADE"):
        yield


@fault(not_met=["daily.health.database", "quarterly.security.database-roles"])
def application_may_not_write(sandbox: Sandbox) -> Iterator[None]:
    """The application's account lost the right to write into any table."""
    writes = "{} INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public {} neff_app"
    with in_database(sandbox, writes.format("REVOKE", "FROM"), writes.format("GRANT", "TO")):
        yield


@fault(not_met="daily.health.database")
def database_of_another_system(sandbox: Sandbox) -> Iterator[None]:
    """A server of the same name answers that is not the one we know: a restored copy, or somebody else's."""
    (identifier,) = sandbox.rows("SELECT system_identifier::text FROM pg_control_system()")[0]
    with estate_edited(sandbox, (f'system_identifier = "{identifier}"', 'system_identifier = "7000000000000000001"')):
        yield


@fault(not_met="daily.health.database", not_assessed=[*READS_EVERY_TABLE, "monthly.optimization.unused-indexes"])
def probe_table_locked(sandbox: Sandbox) -> Iterator[None]:
    """A forgotten session holds a lock that makes every query to a table wait."""
    with closing(sandbox.postgres.connect()) as connection:
        connection.execute("BEGIN")
        connection.execute("LOCK TABLE system_config IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def _idle_sessions(sandbox: Sandbox, leave: int) -> Iterator[None]:
    """So many sessions that only `leave` of the ordinary slots stay free."""
    counted = (
        "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
        " - current_setting('reserved_connections')::int"
        " - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())"
    )
    with ExitStack() as sessions:
        free = sandbox.rows(counted)[0][0]
        for _ in range(max(0, free - leave)):
            sessions.enter_context(closing(sandbox.postgres.connect("neff_readonly")))
        yield


@fault(not_met=["daily.resources.database-connections"])
def idle_sessions_in_most_slots(sandbox: Sandbox) -> Iterator[None]:
    """Sessions that nobody uses hold most of the slots."""
    with _idle_sessions(sandbox, leave=10):
        yield


@fault(not_met="daily.resources.database-connections")
def database_of_few_connections(sandbox: Sandbox) -> Iterator[None]:
    """The server has slots enough, but this database may have only few of them."""
    limit = "ALTER DATABASE neff_paving_admin CONNECTION LIMIT {}"
    with ExitStack() as sessions:
        for _ in range(20):
            sessions.enter_context(closing(sandbox.postgres.connect("neff_readonly")))
        (here,) = sandbox.rows("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")[0]
        with in_database(sandbox, limit.format(here + 4), limit.format(-1)):
            yield


@fault(not_met=["daily.health.database", FAILOVER, *THE_APPLICATION_NEEDS_IT], not_assessed=[*ASKS_THE_DATABASE, *NEEDS_THE_PAGES])
def every_slot_taken(sandbox: Sandbox) -> Iterator[None]:
    """No slot is left for an ordinary client, the application's sessions were lost and cannot come back."""
    sandbox.services["site"].stop()
    with _idle_sessions(sandbox, leave=0):
        sandbox.restart("site")
        yield


@contextmanager
def _six_minutes_later(sandbox: Sandbox) -> Iterator[None]:
    """The server's own view of sessions shows state changes six minutes further back: five minutes are not waited for."""
    (view,) = sandbox.rows("SELECT pg_get_viewdef('pg_catalog.pg_stat_activity'::regclass)")[0]
    aged = view.replace("s.state_change", "s.state_change - interval '6 minutes' AS state_change", 1)
    with closing(sandbox.postgres.connect()) as connection:
        connection.execute("SET allow_system_table_mods = on")
        connection.execute(f"CREATE OR REPLACE VIEW pg_catalog.pg_stat_activity AS {aged}".encode())
        try:
            yield
        finally:
            connection.execute(f"CREATE OR REPLACE VIEW pg_catalog.pg_stat_activity AS {view}".encode())


@fault(not_met="daily.resources.database-connections")
def transaction_left_open(sandbox: Sandbox) -> Iterator[None]:
    """A session began a transaction and forgot it."""
    with closing(sandbox.postgres.connect("neff_app")) as session, _six_minutes_later(sandbox):
        session.execute("BEGIN")
        session.execute("SELECT 1")
        yield


@fault(not_met="daily.resources.database-connections")
def transaction_left_aborted(sandbox: Sandbox) -> Iterator[None]:
    """A session's transaction failed and was never rolled back: it holds its locks as an open one does."""
    with closing(sandbox.postgres.connect("neff_app")) as session, _six_minutes_later(sandbox):
        session.execute("BEGIN")
        with suppress(psycopg.Error):
            session.execute("SELECT nothing FROM nowhere")
        yield


@fault(not_met="daily.kpi.query-time")
def slow_workload(sandbox: Sandbox) -> Iterator[None]:
    """Since the last run a few statements were so slow that the average takes over 100 ms."""
    earlier.seed(sandbox.home, sandbox.postgres, datetime.now(UTC))
    with closing(sandbox.postgres.connect("neff_app")) as session:
        for _ in range(1000):
            session.execute("SELECT 1")
    with ThreadPoolExecutor(25) as pool:
        list(pool.map(lambda _: _sleeps(sandbox, 5), range(25)))
    try:
        yield
    finally:
        forget_statements(sandbox, "pg_sleep")
        sandbox.begin_a_day()


def _sleeps(sandbox: Sandbox, seconds: float) -> None:
    with closing(sandbox.postgres.connect("neff_app")) as session:
        session.execute("SELECT pg_sleep(%s)", [seconds])


@fault(not_assessed=STATEMENT_COUNTERS)
def statement_statistics_missing(sandbox: Sandbox) -> Iterator[None]:
    """The extension that counts statements is not in this database."""
    with in_database(sandbox, "DROP EXTENSION pg_stat_statements", "CREATE EXTENSION pg_stat_statements"):
        yield


@fault(not_assessed=STATEMENT_COUNTERS)
def statement_statistics_a_minute_old(sandbox: Sandbox) -> Iterator[None]:
    """Somebody reset the counters a moment ago: what they say is not the day."""
    sandbox.sql("SELECT pg_stat_statements_reset()")
    try:
        yield
    finally:
        sandbox.postgres.age_statistics()
        sandbox.begin_a_day()


def _errors(sandbox: Sandbox) -> None:
    (calls,) = sandbox.rows("SELECT sum(calls)::int FROM pg_stat_statements")[0]
    with closing(sandbox.postgres.connect("neff_app")) as session:
        for _ in range(max(10, calls // 500)):
            with suppress(psycopg.Error):
                session.execute("SELECT 1/0")


@fault(not_met="daily.kpi.errors.database")
def ten_errors_in_a_thousand_statements(sandbox: Sandbox) -> Iterator[None]:
    """One statement in a hundred ends in an error."""
    _errors(sandbox)
    yield


@fault(not_met="daily.kpi.errors.database", not_assessed=TABLE_COUNTERS)
def errors_before_a_reset_of_the_table_counters(sandbox: Sandbox) -> Iterator[None]:
    """The same, and then somebody reset the counters of tables: those of statements go on, and the day's errors count as before."""
    _errors(sandbox)
    sandbox.sql("SELECT pg_stat_reset()")
    try:
        yield
    finally:
        sandbox.postgres.age_statistics()
        sandbox.begin_a_day()


@fault(harmless="daily.kpi.errors.database")
def rollbacks_without_errors(sandbox: Sandbox) -> Iterator[None]:
    """A hundred transactions are rolled back on purpose: no statement of them failed."""
    with closing(sandbox.postgres.connect("neff_app")) as session:
        for _ in range(100):
            session.execute("BEGIN")
            session.execute("ROLLBACK")
        yield


@fault(
    not_met="quarterly.security.database-roles",
    not_assessed=[
        "daily.resources.database-connections",
        "weekly.database.slow-queries",
        "monthly.optimization.pooling",
        FAILOVER,
    ],
)
def sessions_of_others_hidden(sandbox: Sandbox) -> Iterator[None]:
    """The suite's account may not see other sessions any more: a transaction left open would not be seen."""
    with closing(sandbox.postgres.connect("neff_app")) as session:
        session.execute("SELECT 1")
        with in_database(sandbox, "REVOKE pg_monitor FROM neff_monitor", "GRANT pg_monitor TO neff_monitor"):
            yield


@fault(not_assessed="daily.health.database")
def probe_table_unknown(sandbox: Sandbox) -> Iterator[None]:
    """The probe table is not there: what was not asked was not quick."""
    with estate_edited(sandbox, ('probe_table = "system_config"', 'probe_table = "system_konfig"')):
        yield


@fault(not_assessed="daily.kpi.errors.database", not_met="weekly.database.slow-log")
def errors_not_logged(sandbox: Sandbox) -> Iterator[None]:
    """The server no longer writes errors to its log: none to be found there is no sign of none."""
    with setting(sandbox, "log_min_messages", "panic"):
        yield


@fault(harmless=["daily.health.database", FAILOVER])
def account_of_the_suite_set_to_read_only(sandbox: Sandbox) -> Iterator[None]:
    """The suite's own account is set to read only, as a careful administrator does: that says nothing about the application's."""
    breaks = "ALTER ROLE neff_monitor SET default_transaction_read_only = on"
    with in_database(sandbox, breaks, "ALTER ROLE neff_monitor RESET default_transaction_read_only"):
        yield

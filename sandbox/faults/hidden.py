"""Settings of single roles that hide from us what the others have, or from the server what the others do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from sandbox.faults import fault
from sandbox.faults.database import FAILOVER, REBUILDS, STATEMENT_COUNTERS, database_read_only
from sandbox.faults.tools import edited, in_database, setting
from sandbox.house import Sandbox

SLOW_LOG, SETTINGS = "weekly.database.slow-log", "monthly.configuration.postgresql"
CONNECTIONS, POOLING = "daily.resources.database-connections", "monthly.optimization.pooling"
USE = [POOLING, "monthly.optimization.unused-indexes", "monthly.optimization.missing-indexes", "weekly.database.statistics"]


def _role(name: str, role: str, own: str, value: str, what: str, **turns: str | list[str]) -> None:
    """Registers a setting that one role has of its own."""

    def set_for_a_role(sandbox: Sandbox) -> Iterator[None]:
        with in_database(sandbox, f"ALTER ROLE {role} SET {own} = '{value}'", f"ALTER ROLE {role} RESET {own}"):
            yield

    set_for_a_role.__name__, set_for_a_role.__doc__ = name, what
    fault(**turns)(set_for_a_role)


_role(
    "errors_of_the_application_not_logged",
    "neff_app",
    "log_min_messages",
    "PANIC",
    "The server logs errors, but for those of the application's role.",
    not_assessed="daily.kpi.errors.database",
    not_met=SLOW_LOG,
)
_role(
    "level_of_the_log_hidden",
    "neff_monitor",
    "log_min_messages",
    "warning",
    "The suite's own role has a level of its own: what the server logs of others it cannot see.",
    not_assessed=["daily.kpi.errors.database", SLOW_LOG],
)
_role(
    "durability_hidden",
    "neff_monitor",
    "synchronous_commit",
    "on",
    "The suite's own role waits for its commits: whether the others do it cannot see.",
    not_assessed=SETTINGS,
)
_role(
    "checksum_failures_hidden",
    "neff_monitor",
    "ignore_checksum_failure",
    "off",
    "The suite's own role does not read over damage: whether the others do it cannot see.",
    not_assessed=[SETTINGS, "quarterly.recovery.corruption", "quarterly.failover.database"],
)
_role(
    "statements_of_the_application_uncounted",
    "neff_app",
    "pg_stat_statements.track",
    "none",
    "The server counts statements, but for those of the application's role.",
    not_assessed=STATEMENT_COUNTERS,
)
_role(
    "use_of_the_application_uncounted",
    "neff_app",
    "track_counts",
    "off",
    "The server counts the use of tables, but for that by the application's role.",
    not_assessed=[*USE, "weekly.database.vacuum"],
)
_role(
    "foreign_keys_of_the_application_ignored",
    "neff_app",
    "session_replication_role",
    "replica",
    "For the application's role no foreign key and no trigger does anything.",
    not_met=SETTINGS,
)
_role(
    "commits_of_the_application_not_waited_for",
    "neff_app",
    "synchronous_commit",
    "OFF",
    "The application's role does not wait for its commits; somebody wrote it in capitals.",
    not_met=SETTINGS,
)
_role(
    "slow_log_from_half_an_hour_on",
    "neff_app",
    "log_min_duration_statement",
    "0.5h",
    "The application's statements are logged from half an hour on, written with a decimal point.",
    not_met=SLOW_LOG,
)
_role(
    "slow_log_in_microseconds",
    "neff_app",
    "log_min_duration_statement",
    "500000us",
    "Half a second, written in microseconds: that logs enough.",
    harmless=SLOW_LOG,
)


@fault(not_met=["daily.health.database", FAILOVER], not_assessed=REBUILDS)
def read_only_server_behind_a_read_only_account(sandbox: Sandbox) -> Iterator[None]:
    """The whole server was made read-only, and the suite's own account was already: its own wish explains nothing."""
    own = "ALTER ROLE neff_monitor {} default_transaction_read_only"
    with in_database(sandbox, f"{own.format('SET')} = 'true'", own.format("RESET")):
        yield from database_read_only(sandbox)


@fault(not_met=["daily.health.database", FAILOVER], not_assessed=REBUILDS)
def read_only_roles_behind_a_read_only_account(sandbox: Sandbox) -> Iterator[None]:
    """All roles were made read-only, on every database, and the suite's own account was already."""
    for_each = [f"ALTER ROLE {who} {{}} default_transaction_read_only" for who in ("ALL", "neff_monitor")]
    with closing(sandbox.postgres.connect()) as connection:
        for statement in for_each:
            connection.execute(f"{statement.format('SET')} = on".encode())
        try:
            yield
        finally:
            for statement in for_each:
                connection.execute(statement.format("RESET").encode())


@fault(not_assessed=[CONNECTIONS, POOLING])
def session_that_tells_nothing(sandbox: Sandbox) -> Iterator[None]:
    """A session of the application does not say what it does: it may have forgotten a transaction."""
    own = "ALTER ROLE neff_app {} track_activities"
    with in_database(sandbox, f"{own.format('SET')} = off", own.format("RESET")), closing(sandbox.postgres.connect("neff_app")):
        yield


@fault(not_assessed=USE, not_met="weekly.database.vacuum")
def use_no_longer_counted(sandbox: Sandbox) -> Iterator[None]:
    """The server stopped counting: its counters stand still, and look as they did."""
    with setting(sandbox, "track_counts", "off"):
        yield


@fault(not_met=SETTINGS)
def writes_not_flushed_after_the_next_start(sandbox: Sandbox) -> Iterator[None]:
    """Somebody wrote fsync = off into the file, and has not loaded it yet."""
    with edited(sandbox.postgres.data / "postgresql.conf", ("autovacuum = on", "autovacuum = on\nfsync = off")):
        yield

"""The database server's settings and extensions."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.faults import fault
from sandbox.faults.tools import edited, in_database, lines_added, setting
from sandbox.house import Sandbox

SETTINGS, EXTENSIONS = "monthly.configuration.postgresql", "monthly.updates.extensions"
RESTORABLE, RESTORE = "monthly.backup.restorable", "quarterly.recovery.restore"
TIME, CORRUPTION = "quarterly.recovery.time", "quarterly.recovery.corruption"


def _setting(name: str, changed: str, value: str, what: str) -> None:
    """Registers a setting that is not as the guide says."""

    def setting_wrong(sandbox: Sandbox) -> Iterator[None]:
        with setting(sandbox, changed, value):
            yield

    setting_wrong.__name__, setting_wrong.__doc__ = name, what
    fault(not_met=SETTINGS)(setting_wrong)


_setting("work_mem_lowered", "work_mem", "'1MB'", "Each sort may use a quarter of what the guide says.")
_setting("cache_size_of_another_unit", "effective_cache_size", "1024", "1024 was meant in MB, and counts in blocks of 8 kB.")
_setting("shared_buffers_awaiting_a_restart", "shared_buffers", "'512MB'", "A new value stands in the file; nobody restarted the server.")
_setting("fsync_off", "fsync", "off", "Writes are no longer flushed: a power cut loses the database.")
_setting("commits_not_waited_for", "synchronous_commit", "off", "A booking that was confirmed can be lost in a crash.")


def _line_not_loaded(name: str, line: str, what: str) -> None:
    """Registers a line at the end of the file that the running server has not read."""

    def line_not_loaded(sandbox: Sandbox) -> Iterator[None]:
        with lines_added(sandbox.postgres.data / "postgresql.conf", line):
            yield

    line_not_loaded.__name__, line_not_loaded.__doc__ = name, what
    fault(not_met=SETTINGS)(line_not_loaded)


_line_not_loaded("work_mem_lowered_at_the_next_start", "work_mem = 64kB", "Each sort gets next to nothing from the next start on.")
_line_not_loaded("cache_size_small_at_the_next_start", "effective_cache_size = 1024", "From the next start on plans count on 8 MB.")


@fault(not_met=SETTINGS)
def settings_with_a_typing_error(sandbox: Sandbox) -> Iterator[None]:
    """A setting's name is misspelled in the file: the running server does not mind, the next start fails."""
    with edited(sandbox.postgres.data / "postgresql.conf", ("autovacuum = on", "autovacuum = on\nwork_mme = 8MB")):
        yield


@fault(not_met=SETTINGS)
def settings_with_an_impossible_value(sandbox: Sandbox) -> Iterator[None]:
    """A value in the file has a unit that does not exist."""
    with edited(sandbox.postgres.data / "postgresql.conf", ("work_mem = 4MB", "work_mem = 4XB")):
        yield


@fault(not_met=SETTINGS)
def application_given_less_memory(sandbox: Sandbox) -> Iterator[None]:
    """The server's setting is right, and the application's role has a smaller one of its own."""
    with in_database(sandbox, "ALTER ROLE neff_app SET work_mem = '64kB'", "ALTER ROLE neff_app RESET work_mem"):
        yield


@fault(not_met=SETTINGS)
def application_given_a_smaller_cache(sandbox: Sandbox) -> Iterator[None]:
    """The application's role plans as if hardly anything were cached."""
    breaks = "ALTER ROLE neff_app SET effective_cache_size = '8MB'"
    with in_database(sandbox, breaks, "ALTER ROLE neff_app RESET effective_cache_size"):
        yield


@fault(not_met=SETTINGS)
def database_given_less_memory(sandbox: Sandbox) -> Iterator[None]:
    """The server's setting is right, and the database has a smaller one of its own."""
    breaks = "ALTER DATABASE neff_paving_admin SET work_mem = '64kB'"
    with in_database(sandbox, breaks, "ALTER DATABASE neff_paving_admin RESET work_mem"):
        yield


@fault(not_assessed=SETTINGS)
def our_own_role_has_a_setting(sandbox: Sandbox) -> Iterator[None]:
    """The suite's role has a work_mem of its own, which hides the server's from it."""
    with in_database(sandbox, "ALTER ROLE neff_monitor SET work_mem = '64MB'", "ALTER ROLE neff_monitor RESET work_mem"):
        yield


@fault(not_assessed=SETTINGS)
def settings_files_hidden(sandbox: Sandbox) -> Iterator[None]:
    """The suite's role may not see what is wrong with the server's files."""
    reader = "EXECUTE ON FUNCTION pg_show_all_file_settings()"
    with in_database(sandbox, f"REVOKE {reader} FROM neff_monitor", f"GRANT {reader} TO neff_monitor"):
        yield


@fault(not_met=EXTENSIONS)
def extension_of_an_old_version(sandbox: Sandbox) -> Iterator[None]:
    """After an upgrade of the server nobody raised the version of pg_stat_statements in the database."""
    breaks = "DROP EXTENSION pg_stat_statements; CREATE EXTENSION pg_stat_statements VERSION '1.9'"
    with in_database(sandbox, breaks, "ALTER EXTENSION pg_stat_statements UPDATE"):
        yield


@fault(not_met=EXTENSIONS)
def extension_old_in_another_database(sandbox: Sandbox) -> Iterator[None]:
    """The database that everybody looks at is up to date, and another one on the server is not."""
    sandbox.sql("CREATE DATABASE neff_reports TEMPLATE template0 STRATEGY file_copy")
    try:
        with sandbox.postgres.connect(database="neff_reports") as connection:
            connection.execute("CREATE EXTENSION pgstattuple VERSION '1.4'")
        yield
    finally:
        sandbox.sql("DROP DATABASE neff_reports WITH (FORCE)")


@fault(not_met=EXTENSIONS)
def extension_old_in_the_template(sandbox: Sandbox) -> Iterator[None]:
    """Every new database begins as a copy of one that has an old extension."""
    with sandbox.postgres.connect(database="template1") as connection:
        connection.execute("CREATE EXTENSION pgstattuple VERSION '1.4'")
    try:
        yield
    finally:
        with sandbox.postgres.connect(database="template1") as connection:
            connection.execute("DROP EXTENSION pgstattuple")


@fault(not_assessed=EXTENSIONS)
def database_closed_to_the_suite(sandbox: Sandbox) -> Iterator[None]:
    """Another database on the server does not let the suite's role in: what is in it nobody can tell."""
    sandbox.sql("CREATE DATABASE neff_closed TEMPLATE template0 STRATEGY file_copy")
    sandbox.sql("REVOKE CONNECT ON DATABASE neff_closed FROM PUBLIC")
    try:
        yield
    finally:
        sandbox.sql("DROP DATABASE neff_closed WITH (FORCE)")


@fault(not_met=[EXTENSIONS, RESTORABLE, RESTORE, TIME], not_assessed=CORRUPTION)
def extension_files_missing(sandbox: Sandbox) -> Iterator[None]:
    """The server no longer finds the files of its extensions: they work until the next upgrade."""
    with setting(sandbox, "extension_control_path", "'/nowhere'"):
        yield

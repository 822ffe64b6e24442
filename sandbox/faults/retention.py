"""Entries that should be gone, writers that are dead, a clean-up that finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.faults import fault
from sandbox.faults.tools import estate_edited, in_database
from sandbox.house import Sandbox

AUDIT, SESSION = "weekly.retention.audit-logs", "weekly.retention.session-logs"
AUDIT_ENTRY = "INSERT INTO audit_logs (action, created_at) VALUES ('planted', now() + interval '{}')"
AUDIT_GONE = "DELETE FROM audit_logs WHERE action = 'planted'"
SESSION_ENTRY = "INSERT INTO session_logs (address, created_at) VALUES ('203.0.113.250', now() + interval '{}')"
SESSION_GONE = "DELETE FROM session_logs WHERE address = '203.0.113.250'"


@contextmanager
def _replaced(sandbox: Sandbox, table: str, *statements: str) -> Iterator[None]:
    """Another table in a table's place, made by these statements from `kept`, which is the true one and comes back as it was."""
    sandbox.sql(f"ALTER TABLE {table} RENAME TO kept")
    try:
        for statement in statements:
            sandbox.sql(statement)
        sandbox.sql("ANALYZE")
        yield
    finally:
        sandbox.sql(f"DROP TABLE IF EXISTS {table}")
        sandbox.sql(f"ALTER TABLE kept RENAME TO {table}")


def _copy(table: str, where: str = "true") -> tuple[str, ...]:
    """A copy of the true table with its indexes, its rows and its statistics."""
    made = f"CREATE TABLE {table} (LIKE kept INCLUDING ALL)"
    return made, f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM kept WHERE {where}"


@fault(not_met=AUDIT)
def audit_entry_of_91_days(sandbox: Sandbox) -> Iterator[None]:
    """An entry is 90 days, a day and an hour old: the clean-up had its turn and left it."""
    with in_database(sandbox, AUDIT_ENTRY.format("-91 days -1 hour"), AUDIT_GONE):
        yield


@fault(harmless=AUDIT)
def audit_entry_that_waits_for_the_clean_up(sandbox: Sandbox) -> Iterator[None]:
    """An entry passed its 90 days after the last clean-up: the next one takes it."""
    with in_database(sandbox, AUDIT_ENTRY.format("-90 days -23 hours"), AUDIT_GONE):
        yield


@fault(harmless=AUDIT)
def audit_entry_that_waits_for_a_weekly_clean_up(sandbox: Sandbox) -> Iterator[None]:
    """The same where the clean-up runs once a week."""
    with (
        estate_edited(sandbox, ("[retention]\n", '[retention]\nclean_up = "weekly"\n')),
        in_database(sandbox, AUDIT_ENTRY.format("-96 days"), AUDIT_GONE),
    ):
        yield


@fault(not_met=AUDIT)
def audit_entry_older_than_a_weekly_clean_up_allows(sandbox: Sandbox) -> Iterator[None]:
    """An entry is older than even a weekly clean-up may leave it."""
    with (
        estate_edited(sandbox, ("[retention]\n", '[retention]\nclean_up = "weekly"\n')),
        in_database(sandbox, AUDIT_ENTRY.format("-97 days -1 hour"), AUDIT_GONE),
    ):
        yield


@fault(not_met=AUDIT)
def audit_table_emptied(sandbox: Sandbox) -> Iterator[None]:
    """Somebody emptied the audit log: nothing in it is too old now."""
    with _replaced(sandbox, "audit_logs", "CREATE TABLE audit_logs (LIKE kept INCLUDING ALL)"):
        yield


@fault(not_met=AUDIT)
def audit_writer_dead_for_four_days(sandbox: Sandbox) -> Iterator[None]:
    """For four days nothing has been written to the audit log."""
    with _replaced(sandbox, "audit_logs", *_copy("audit_logs", "created_at < now() - interval '4 days'")):
        yield


@fault(not_met=AUDIT)
def audit_entry_from_the_future(sandbox: Sandbox) -> Iterator[None]:
    """A machine with a wrong clock wrote an entry that no clean-up will find for two years."""
    with in_database(sandbox, AUDIT_ENTRY.format("2 years"), AUDIT_GONE):
        yield


@fault(not_met=AUDIT)
def audit_entry_from_before_all_time(sandbox: Sandbox) -> Iterator[None]:
    """An entry is dated minus infinity: older than all others, and no clean-up has taken it."""
    with in_database(sandbox, AUDIT_ENTRY.format("-infinity"), AUDIT_GONE):
        yield


@fault(not_met=AUDIT)
def audit_entry_without_a_date(sandbox: Sandbox) -> Iterator[None]:
    """An entry has no date: no clean-up will ever find it."""
    undated = "INSERT INTO audit_logs (id, action, created_at) OVERRIDING SYSTEM VALUE VALUES (-1, 'planted', NULL)"
    allowed = "ALTER TABLE audit_logs ALTER created_at DROP NOT NULL"
    with _replaced(sandbox, "audit_logs", *_copy("audit_logs"), allowed, undated):
        yield


@fault(not_met=AUDIT)
def audit_index_on_the_date_dropped(sandbox: Sandbox) -> Iterator[None]:
    """A release dropped the index that the clean-up finds old entries by."""
    without = "DO $$ DECLARE name text; BEGIN SELECT indexrelid::regclass INTO name FROM pg_index"
    without += " WHERE indrelid = 'audit_logs'::regclass AND NOT indisprimary; EXECUTE 'DROP INDEX ' || name; END $$"
    with _replaced(sandbox, "audit_logs", *_copy("audit_logs"), without):
        yield


@fault(not_met=AUDIT)
def audit_index_on_the_date_partial(sandbox: Sandbox) -> Iterator[None]:
    """There is an index on the date, of the newest entries only: the clean-up looks for the others."""
    plain = "CREATE TABLE audit_logs AS TABLE kept"
    with _replaced(sandbox, "audit_logs", plain, "CREATE INDEX ON audit_logs (created_at) WHERE id > 1000"):
        yield


@fault(not_met=AUDIT)
def audit_index_on_the_date_hashed(sandbox: Sandbox) -> Iterator[None]:
    """The index on the date finds an entry of one very moment, and none by being older."""
    plain = "CREATE TABLE audit_logs AS TABLE kept"
    with _replaced(sandbox, "audit_logs", plain, "CREATE INDEX ON audit_logs USING hash (created_at)"):
        yield


@fault(harmless=AUDIT)
def audit_index_on_the_date_of_ranges(sandbox: Sandbox) -> Iterator[None]:
    """The index on the date is a BRIN, which is enough for a table that grows at its end."""
    plain = "CREATE TABLE audit_logs AS TABLE kept"
    with _replaced(sandbox, "audit_logs", plain, "CREATE INDEX ON audit_logs USING brin (created_at)"):
        yield


@fault(harmless=AUDIT)
def audit_date_of_another_name(sandbox: Sandbox) -> Iterator[None]:
    """The column is called `timestamp`, and the estate says so."""
    renamed = 'ALTER TABLE audit_logs RENAME created_at TO "timestamp"'
    with (
        estate_edited(sandbox, ("[retention]\n", '[retention]\naudit_date = "timestamp"\n')),
        _replaced(sandbox, "audit_logs", *_copy("audit_logs"), renamed),
    ):
        yield


@fault(not_assessed=AUDIT)
def audit_table_of_another_name(sandbox: Sandbox) -> Iterator[None]:
    """The estate names a table that is not there."""
    with estate_edited(sandbox, ("[retention]\n", '[retention]\naudit_table = "audit_log"\n')):
        yield


@fault(not_assessed=AUDIT)
def audit_rows_hidden_from_the_suite(sandbox: Sandbox) -> Iterator[None]:
    """Row-level security hides the entries from the suite's account: none to be seen is not none."""
    with _replaced(sandbox, "audit_logs", *_copy("audit_logs"), "ALTER TABLE audit_logs ENABLE ROW LEVEL SECURITY"):
        yield


@fault(not_met=SESSION)
def session_entry_of_31_days(sandbox: Sandbox) -> Iterator[None]:
    """A sign-in of 30 days, a day and an hour ago is still on record."""
    with in_database(sandbox, SESSION_ENTRY.format("-31 days -1 hour"), SESSION_GONE):
        yield


@fault(harmless=SESSION)
def session_entry_that_waits_for_the_clean_up(sandbox: Sandbox) -> Iterator[None]:
    """A sign-in passed its 30 days after the last clean-up."""
    with in_database(sandbox, SESSION_ENTRY.format("-30 days -23 hours"), SESSION_GONE):
        yield


@fault(not_met=SESSION)
def session_table_emptied(sandbox: Sandbox) -> Iterator[None]:
    """Somebody emptied the session log."""
    with _replaced(sandbox, "session_logs", "CREATE TABLE session_logs (LIKE kept INCLUDING ALL)"):
        yield


@fault(not_met=SESSION)
def session_entry_from_the_future(sandbox: Sandbox) -> Iterator[None]:
    """A sign-in is dated tomorrow."""
    with in_database(sandbox, SESSION_ENTRY.format("1 day"), SESSION_GONE):
        yield


@fault(not_met=SESSION)
def session_index_on_the_date_dropped(sandbox: Sandbox) -> Iterator[None]:
    """No index leads to the sign-ins by their date."""
    with _replaced(sandbox, "session_logs", "CREATE TABLE session_logs AS TABLE kept"):
        yield

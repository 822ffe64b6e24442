"""Roles with powers that nobody approved, passwords of an old kind, and rules of access that let in too many."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, LiteralString

import psycopg

from sandbox.faults import fault
from sandbox.faults.tools import edited, in_database, load_files
from sandbox.house import Sandbox

ROLES, ACCESS = "quarterly.security.database-roles", "quarterly.security.database-access"
RESTORE = "UPDATE pg_authid SET rolpassword = %s, rolvaliduntil = NULL WHERE rolname = 'neff_readonly'"


@contextmanager
def _statements(sandbox: Sandbox, breaks: LiteralString, mends: LiteralString) -> Iterator[None]:
    """What the superuser does, and undoes."""
    with closing(sandbox.postgres.connect()) as connection:
        connection.execute(breaks)
        try:
            yield
        finally:
            connection.execute(mends)


@fault(not_met=ROLES)
def superuser_nobody_approved(sandbox: Sandbox) -> Iterator[None]:
    """Somebody was made a superuser in an emergency."""
    made = "CREATE ROLE helper LOGIN SUPERUSER PASSWORD 'Made-up-4711'"
    with _statements(sandbox, made, "DROP ROLE helper"):
        yield


@fault(not_met=ROLES)
def indirect_superuser(sandbox: Sandbox) -> Iterator[None]:
    """The application's role can become the superuser, through a group: its own attributes show nothing."""
    with _statements(sandbox, "CREATE ROLE crew; GRANT postgres TO crew; GRANT crew TO neff_app", "DROP ROLE crew"):
        yield


@fault(not_met=ROLES)
def superuser_through_the_monitors(sandbox: Sandbox) -> Iterator[None]:
    """A group of PostgreSQL's own was put into the superuser's: whoever monitors can become it."""
    with _statements(sandbox, "GRANT postgres TO pg_monitor", "REVOKE postgres FROM pg_monitor"):
        yield


@fault(not_met=ROLES)
def superuser_behind_the_monitors_own_groups(sandbox: Sandbox) -> Iterator[None]:
    """One of the groups that the monitors are in from the beginning was put into the superuser's."""
    with _statements(sandbox, "GRANT postgres TO pg_read_all_settings", "REVOKE postgres FROM pg_read_all_settings"):
        yield


@fault(not_met=ROLES)
def approved_membership_gone(sandbox: Sandbox) -> Iterator[None]:
    """A role lacks a membership that is approved for it."""
    with edited(sandbox.estate / "approved.toml", ('neff_readonly = ["login"]', 'neff_readonly = ["login", "pg_read_all_stats"]')):
        yield


@contextmanager
def _granted(sandbox: Sandbox, what: LiteralString, to: LiteralString) -> Iterator[None]:
    """In the database itself: more than the roles and their attributes tell."""
    with _statements(sandbox, "GRANT " + what + " TO " + to, "REVOKE " + what + " FROM " + to):
        yield


@fault(not_met=ROLES)
def everybody_may_create_in_a_schema(sandbox: Sandbox) -> Iterator[None]:
    """Every role may put objects into the schema that all of them search: a function there runs with the rights of whoever calls it."""
    with _granted(sandbox, "CREATE ON SCHEMA public", "PUBLIC"):
        yield


@fault(not_met=ROLES)
def everybody_may_read_the_users(sandbox: Sandbox) -> Iterator[None]:
    """The accounts with their password hashes may be read by every role."""
    with _granted(sandbox, "SELECT ON users", "PUBLIC"):
        yield


@fault(not_met=ROLES)
def everybody_may_read_the_password_column(sandbox: Sandbox) -> Iterator[None]:
    """One column of the accounts may be read by every role: the table's own rights do not show it."""
    with _granted(sandbox, "SELECT (password_hash) ON users", "PUBLIC"):
        yield


@fault(not_met=ROLES)
def reader_that_may_write_one_column(sandbox: Sandbox) -> Iterator[None]:
    """The role that is to read only may set passwords."""
    with _granted(sandbox, "UPDATE (password_hash) ON users", "neff_readonly"):
        yield


@fault(not_met=ROLES)
def all_who_read_may_write(sandbox: Sandbox) -> Iterator[None]:
    """PostgreSQL's own group of readers, which the suite's role is in, was given the right to write."""
    with _granted(sandbox, "INSERT, DELETE ON users", "pg_read_all_data"):
        yield


@fault(not_met=ROLES)
def reader_that_writes_through_a_view(sandbox: Sandbox) -> Iterator[None]:
    """The role that is to read only may write to a view, which writes to the accounts with its owner's rights."""
    made = "CREATE VIEW planted AS SELECT * FROM users; GRANT INSERT, UPDATE ON planted TO neff_readonly"
    with _statements(sandbox, made, "DROP VIEW planted"):
        yield


@fault(not_met=ROLES)
def reader_that_owns_a_table(sandbox: Sandbox) -> Iterator[None]:
    """The role that is to read only owns a table, and may drop it."""
    owned = "ALTER TABLE schema_versions OWNER TO "
    with _statements(sandbox, owned + "neff_readonly", owned + "neff_admin"):
        yield


@fault(not_met=ROLES)
def tables_to_come_open_to_everybody(sandbox: Sandbox) -> Iterator[None]:
    """Every table that the application's next release creates may be read by all."""
    default = "ALTER DEFAULT PRIVILEGES FOR ROLE neff_admin "
    given, taken = "GRANT SELECT ON TABLES TO PUBLIC", "REVOKE SELECT ON TABLES FROM PUBLIC"
    with _statements(sandbox, default + given, default + taken):
        yield


@fault(not_met=ROLES)
def superusers_function_among_postgresqls_own(sandbox: Sandbox) -> Iterator[None]:
    """A function that runs whatever it is given as the superuser lies where PostgreSQL keeps its own."""
    body = "LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE said; END $$"
    made = f"CREATE FUNCTION pg_catalog.planted(said text) RETURNS void {body}"
    hidden = "SET allow_system_table_mods = on; "
    with _statements(sandbox, hidden + made, "DROP FUNCTION pg_catalog.planted(text)"):
        yield


@fault(not_met=ROLES)
def application_may_read_the_servers_files(sandbox: Sandbox) -> Iterator[None]:
    """The application's role may read any file of the server, its passwords among them."""
    with _granted(sandbox, "EXECUTE ON FUNCTION pg_read_file(text)", "neff_app"):
        yield


@fault(not_met=ROLES)
def application_may_rotate_the_servers_log(sandbox: Sandbox) -> Iterator[None]:
    """The application's role may have the server write its log to a new file, as only the superuser may from the beginning."""
    with _granted(sandbox, "EXECUTE ON FUNCTION pg_rotate_logfile()", "neff_app"):
        yield


@fault(not_met=ROLES)
def application_may_switch_off_the_log(sandbox: Sandbox) -> Iterator[None]:
    """The application's role may set what the server logs of it: its own powers and memberships show nothing."""
    with _granted(sandbox, "SET ON PARAMETER log_min_messages", "neff_app"):
        yield


@fault(not_met=ROLES)
def function_that_runs_as_the_databases_owner(sandbox: Sandbox) -> Iterator[None]:
    """A function runs whatever it is given as the owner of the database, and everybody may call it."""
    body = "LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN EXECUTE statement; END$$; ALTER FUNCTION public.planted OWNER TO neff_admin"
    with in_database(sandbox, "CREATE FUNCTION public.planted(statement text) RETURNS void " + body, "DROP FUNCTION public.planted"):
        yield


@fault(not_met=ROLES)
def function_that_runs_as_the_application(sandbox: Sandbox) -> Iterator[None]:
    """A function runs whatever it is given as the application's role, and everybody may call it."""
    body = "LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN EXECUTE statement; END$$; ALTER FUNCTION public.planted OWNER TO neff_app"
    with in_database(sandbox, "CREATE FUNCTION public.planted(statement text) RETURNS void " + body, "DROP FUNCTION public.planted"):
        yield


@fault(not_met=ROLES)
def reader_that_may_set_numbers_back(sandbox: Sandbox) -> Iterator[None]:
    """The role that is to read only may set every sequence: the next bookings would fail."""
    with _granted(sandbox, "UPDATE ON ALL SEQUENCES IN SCHEMA public", "neff_readonly"):
        yield


@fault(not_met=ROLES)
def reader_that_may_plant_a_trigger(sandbox: Sandbox) -> Iterator[None]:
    """The role that is to read only may have code of its own run whenever somebody writes to the customers."""
    with _granted(sandbox, "TRIGGER ON customers", "neff_readonly"):
        yield


@fault(not_met=ROLES)
def reader_that_may_lock_a_table(sandbox: Sandbox) -> Iterator[None]:
    """The role that is to read only may rewrite the customers' table, which nobody can use meanwhile."""
    with _granted(sandbox, "MAINTAIN ON customers", "neff_readonly"):
        yield


@fault(not_met=ROLES)
def reader_that_may_hand_on_what_it_reads(sandbox: Sandbox) -> Iterator[None]:
    """The role that is to read only may let others read the customers."""
    made = "GRANT SELECT ON customers TO neff_readonly WITH GRANT OPTION"
    with _statements(sandbox, made, "REVOKE SELECT ON customers FROM neff_readonly"):
        yield


@fault(not_met=ROLES)
def reader_that_may_fill_a_disk(sandbox: Sandbox) -> Iterator[None]:
    """The role that is to read only may put data into a tablespace."""
    with _granted(sandbox, "CREATE ON TABLESPACE pg_default", "neff_readonly"):
        yield


@fault(not_met=ROLES)
def reader_that_begins_as_another(sandbox: Sandbox) -> Iterator[None]:
    """The sessions of the role that is to read only begin as the database's owner."""
    with _statements(sandbox, "ALTER ROLE neff_readonly SET role = 'neff_admin'", "ALTER ROLE neff_readonly RESET role"):
        yield


@fault(not_met=ROLES)
def reader_that_looks_elsewhere_first(sandbox: Sandbox) -> Iterator[None]:
    """Somebody's schema comes before the business's own in the sessions of a role: what is called there is another table."""
    with _statements(sandbox, "ALTER ROLE neff_readonly SET search_path = evil, public", "ALTER ROLE neff_readonly RESET search_path"):
        yield


@fault(not_met=ROLES)
def reader_that_may_write(sandbox: Sandbox) -> Iterator[None]:
    """The role that is to read only may write and delete."""
    with _granted(sandbox, "INSERT, DELETE ON ALL TABLES IN SCHEMA public", "neff_readonly"):
        yield


@fault(not_met=ROLES)
def membership_to_hand_on(sandbox: Sandbox) -> Iterator[None]:
    """The suite's own role may make others members of a group that it was only to be in."""
    handed = "GRANT pg_read_all_data TO neff_monitor WITH ADMIN OPTION"
    with _statements(sandbox, handed, "REVOKE ADMIN OPTION FOR pg_read_all_data FROM neff_monitor"):
        yield


@fault(not_met=ROLES)
def database_owned_by_another_role(sandbox: Sandbox) -> Iterator[None]:
    """The role that is to read only owns the database, and may drop it."""
    owned = "ALTER DATABASE neff_paving_admin OWNER TO neff_readonly"
    with _statements(sandbox, owned, "ALTER DATABASE neff_paving_admin OWNER TO neff_admin"):
        yield


@contextmanager
def _readonly(sandbox: Sandbox, change: LiteralString) -> Iterator[None]:
    """The role that only reads, changed; it gets back the password that it had."""
    with closing(sandbox.postgres.connect()) as connection:
        (before,) = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'neff_readonly'").fetchone() or ("",)
        connection.execute(change)
        try:
            yield
        finally:
            connection.execute(RESTORE, [before])


@fault(not_met=ROLES)
def password_of_an_old_kind(sandbox: Sandbox) -> Iterator[None]:
    """A role's password is stored as MD5."""
    with _readonly(sandbox, "ALTER ROLE neff_readonly PASSWORD 'md50123456789abcdef0123456789abcdef'"):
        yield


@fault(not_met=ROLES)
def role_without_password(sandbox: Sandbox) -> Iterator[None]:
    """A role may log in and has no password."""
    with _readonly(sandbox, "ALTER ROLE neff_readonly PASSWORD NULL"):
        yield


@fault(not_met=ROLES)
def password_expired(sandbox: Sandbox) -> Iterator[None]:
    """A role's password was good until 2020: it can still come in by any other way."""
    with _readonly(sandbox, "ALTER ROLE neff_readonly VALID UNTIL '2020-01-01'"):
        yield


@contextmanager
def _revoked(sandbox: Sandbox, function: str) -> Iterator[None]:
    """One of the functions that the suite's role asks may not be asked by it."""
    with closing(sandbox.postgres.connect(database="neff_paving_admin")) as connection:
        connection.execute(f"REVOKE EXECUTE ON FUNCTION {function}() FROM neff_monitor".encode())
        try:
            yield
        finally:
            connection.execute(f"GRANT EXECUTE ON FUNCTION {function}() TO neff_monitor".encode())


@fault(not_assessed=ROLES)
def kinds_of_password_unseen(sandbox: Sandbox) -> Iterator[None]:
    """The suite's role may not ask of what kind the passwords are."""
    with _revoked(sandbox, "compliance_login_classes"):
        yield


@fault(not_assessed=ACCESS)
def date_of_the_rules_unseen(sandbox: Sandbox) -> Iterator[None]:
    """The suite's role may not ask when the rules of access were written: nobody can tell whether they are in force."""
    with _revoked(sandbox, "compliance_access_written"):
        yield


@contextmanager
def _rules(
    sandbox: Sandbox, *, first: str = "", last: str = "", loaded: bool = True, file: str = "pg_hba.conf", instead: str | None = None
) -> Iterator[None]:
    """The file with a line more at its beginning or end, or another text instead, read by the server or not."""
    path = sandbox.postgres.data / file
    before = path.read_text()
    with closing(sandbox.postgres.connect()) as connection:
        if not loaded:
            _until_a_later_second(connection)
        path.write_text(f"{first}\n{before}{last}\n" if instead is None else instead)
        try:
            if loaded:
                load_files(connection)
            yield
        finally:
            path.write_text(before)
            load_files(connection)


def _until_a_later_second(connection: psycopg.Connection[Any]) -> None:
    """The server knows the date of a file in whole seconds: returns in the next one after it has read its files."""
    while connection.execute("SELECT date_trunc('second', clock_timestamp()) > pg_conf_load_time()").fetchone() != (True,):
        time.sleep(0.02)


@fault(not_met="quarterly.security.database-roles")
def function_that_runs_as_a_superuser(sandbox: Sandbox) -> Iterator[None]:
    """A function runs whatever it is given as its owner, a superuser, and everybody may call it."""
    body = "LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN EXECUTE statement; END$$"
    made = f"CREATE FUNCTION public.planted(statement text) RETURNS void {body}"
    with in_database(sandbox, made, "DROP FUNCTION public.planted"):
        yield


@fault(not_met=ACCESS)
def door_without_a_lock(sandbox: Sandbox) -> Iterator[None]:
    """A role is let in on trust."""
    with _rules(sandbox, first="host all neff_readonly 127.0.0.1/32 trust"):
        yield


@fault(not_met=ACCESS)
def rule_with_md5(sandbox: Sandbox) -> Iterator[None]:
    """A rule lets in by MD5."""
    with _rules(sandbox, last="host all all 10.1.0.0/16 md5"):
        yield


@fault(not_met=ACCESS)
def world_without_tls(sandbox: Sandbox) -> Iterator[None]:
    """A rule lets in the whole world, without TLS."""
    with _rules(sandbox, last="host all all 0.0.0.0/0 scram-sha-256"):
        yield


def _approved_from_afar(name: str, what: str, rule: str) -> None:
    """Registers a rule that is loaded and approved, and lets in from another machine without TLS; the standby has none like it."""

    def from_afar(sandbox: Sandbox) -> Iterator[None]:
        approved = sandbox.estate / "approved.toml"
        with edited(approved, ("[database_access]\n", f'[database_access]\n"{rule}" = "planted"\n')), _rules(sandbox, first=rule):
            yield

    from_afar.__name__, from_afar.__doc__ = name, what
    fault(not_met=[ACCESS, "quarterly.failover.database"])(from_afar)


_approved_from_afar(
    "office_without_tls",
    "The passwords' proofs and every record go to an office in the clear, with somebody's approval.",
    "host all neff_app 203.0.113.0/24 scram-sha-256",
)
_approved_from_afar(
    "neighbours_without_tls",
    "Whoever is in a network of the server's comes in without TLS, with somebody's approval.",
    "host all all samenet scram-sha-256",
)


@fault(harmless=ACCESS)
def rules_for_this_machine_alone(sandbox: Sandbox) -> Iterator[None]:
    """Whoever is on the machine comes in without TLS, by every name that it has."""
    rules = [f"host all all {address} scram-sha-256" for address in ("127.0.0.0/8", "::1/128", "localhost")]
    lines = "".join(f'"{rule}" = "planted"\n' for rule in rules)
    approved = sandbox.estate / "approved.toml"
    with edited(approved, ("[database_access]\n", f"[database_access]\n{lines}")), _rules(sandbox, first="\n".join(rules)):
        yield


@fault(not_met=["monthly.configuration.postgresql", ACCESS])
def access_rules_all_commented_out(sandbox: Sandbox) -> Iterator[None]:
    """pg_hba.conf holds nothing but a comment: the server runs on, and would not start again."""
    with _rules(sandbox, instead="# local all all peer\n", loaded=False):
        yield


@fault(not_met=["monthly.configuration.postgresql", ACCESS])
def access_rules_with_an_error(sandbox: Sandbox) -> Iterator[None]:
    """A line of pg_hba.conf names a method that does not exist: the server would not start again."""
    with _rules(sandbox, last="host all all 127.0.0.1/32 scram-sha-257", loaded=False):
        yield


@fault(not_met=ACCESS)
def rules_put_back_with_their_old_date(sandbox: Sandbox) -> Iterator[None]:
    """A rule that lets anybody in was loaded, then the right file was copied back with its date: the wrong rule is in force."""
    path = sandbox.postgres.data / "pg_hba.conf"
    before, dates = path.read_text(), path.stat()
    with _rules(sandbox, last="host all all 10.0.0.0/8 trust"), closing(sandbox.postgres.connect()) as connection:
        _until_a_later_second(connection)
        path.write_text(before)
        os.utime(path, ns=(dates.st_atime_ns, dates.st_mtime_ns))
        yield


@fault(not_met=ACCESS)
def rules_written_and_not_loaded(sandbox: Sandbox) -> Iterator[None]:
    """The file was edited after the server last read it; what it says now is right."""
    with _rules(sandbox, last="# looked at today", loaded=False):
        yield


@fault(not_met=ACCESS)
def map_that_makes_anybody_a_superuser(sandbox: Sandbox) -> Iterator[None]:
    """Whoever has an account on the machine comes in as the superuser, by the map that a rule names; the rule itself is right."""
    with _rules(sandbox, last="sandbox /^(.*)$ postgres", file="pg_ident.conf"):
        yield


@fault(not_met=ACCESS)
def map_that_makes_one_stranger_a_superuser(sandbox: Sandbox) -> Iterator[None]:
    """One account of the machine more than was approved comes in as the superuser."""
    with _rules(sandbox, last="sandbox games postgres", file="pg_ident.conf"):
        yield


@fault(not_met=ACCESS)
def rules_in_another_order(sandbox: Sandbox) -> Iterator[None]:
    """The approved rules, the last of them first: the first that matches decides."""
    lines = (sandbox.postgres.data / "pg_hba.conf").read_text().splitlines(keepends=True)
    with _rules(sandbox, instead="".join([lines[-1], *lines[:-1]])):
        yield


@fault(not_met=ACCESS)
def map_with_an_error(sandbox: Sandbox) -> Iterator[None]:
    """A line of the map lacks the role: the server has read none of the file since."""
    with _rules(sandbox, last="sandbox somebody", file="pg_ident.conf"):
        yield


@fault(harmless=ACCESS)
def map_of_names_to_themselves(sandbox: Sandbox) -> Iterator[None]:
    """Everybody comes in as the role of the same name, and as no other."""
    with _rules(sandbox, last=r"sandbox /^(.*)$ \1", file="pg_ident.conf"):
        yield


@fault(not_met=ACCESS)
def rule_with_another_map(sandbox: Sandbox) -> Iterator[None]:
    """The approved rule names another map of names than the approved one."""
    with _rules(sandbox, last="local all postgres peer map=another"):
        yield


@fault(not_assessed=ACCESS)
def maps_unseen(sandbox: Sandbox) -> Iterator[None]:
    """A rule names a map of names, and the suite's role may not read it."""
    with _revoked(sandbox, "pg_ident_file_mappings"):
        yield

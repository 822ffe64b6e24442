"""What a new database server consists of: data folder, roles with random passwords, the database and its extensions."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

DATABASE = "neff_paving_admin"
SUPERUSER = "postgres"
ROLES = ("neff_admin", "neff_app", "neff_readonly", "neff_monitor")
EXTENSIONS = ("pg_stat_statements", "amcheck", "pgstattuple")
TOOL_S = 60.0
LEFTOVER_S = 10.0
_HERE = Path(__file__).parent
# The builtin locale is the same on every machine; small WAL segments keep a copy of the folder small.
_INITDB = f"""
--username={SUPERUSER} --auth=reject --data-checksums --no-sync --no-instructions --wal-segsize=4
--encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8
"""
# What pg_monitor lacks of what a compliance suite reads.
_MONITOR_GRANTS = """
GRANT SELECT ON pg_hba_file_rules, pg_file_settings TO neff_monitor;
GRANT EXECUTE ON FUNCTION pg_hba_file_rules(), pg_show_all_file_settings() TO neff_monitor;
GRANT EXECUTE ON FUNCTION bt_index_check(regclass, boolean), bt_index_check(regclass, boolean, boolean) TO neff_monitor;
"""
# Of what kind each password is, without showing it: the catalogue that holds them stays closed.
CLASSES_OF_LOGIN = """
CREATE OR REPLACE FUNCTION public.compliance_login_classes()
RETURNS TABLE (role text, class text, valid_until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
    SELECT
        rolname::text,
        CASE
            WHEN rolpassword IS NULL THEN 'none'
            WHEN rolpassword LIKE 'md5%' THEN 'md5'
            WHEN rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram-sha-256'
            ELSE 'unknown'
        END,
        rolvaliduntil
    FROM pg_catalog.pg_authid
    WHERE rolcanlogin;
END;
REVOKE ALL ON FUNCTION public.compliance_login_classes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.compliance_login_classes() TO neff_monitor;
"""

# When the rules of access were last written. Who may read no file of the server may not even ask for the date of one elsewhere.
ACCESS_WRITTEN = """
CREATE OR REPLACE FUNCTION public.compliance_access_written()
RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
BEGIN ATOMIC
    SELECT max(f.modification)
    FROM (SELECT current_setting('hba_file') AS name{included}) AS files
    CROSS JOIN LATERAL pg_stat_file(files.name) AS f;
END;
REVOKE ALL ON FUNCTION public.compliance_access_written() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.compliance_access_written() TO neff_monitor;
"""
# From PostgreSQL 16 on a file may include others.
INCLUDED = " UNION SELECT file_name FROM pg_hba_file_rules WHERE file_name IS NOT NULL"
# Tables that have changed since they were last tidied, or of which nobody knows: the counters may have been wiped.
UNTIDY = """
SELECT format('%I.%I', schemaname, relname)
FROM pg_stat_user_tables
WHERE last_vacuum IS NULL OR last_analyze IS NULL OR n_mod_since_analyze > 0 OR n_dead_tup > 0
"""

User = tuple[int, int] | None


def make(data: Path, binaries: Path, user: User) -> None:
    """Make the data folder `data`; under another name first, so that a broken-off attempt is not taken for one."""
    made = data.with_name(f"{data.name}.new")
    shutil.rmtree(made, ignore_errors=True)
    own_folder(made, user)
    _run([str(binaries / "initdb"), f"--pgdata={made}", *_INITDB.split()], data.parent, user)
    for name in ("postgresql.conf", "pg_hba.conf"):
        (made / name).write_text((_HERE / name).read_text())
    (made / "pg_ident.conf").write_text("".join(f"sandbox {name} {SUPERUSER}\n" for name in _accounts(user)))
    made.rename(data)


def copy(source: Path, data: Path) -> None:
    """Make `data` a copy of a stopped server's data folder that starts as a standby."""
    subprocess.run(["cp", "-a", "--reflink=auto", source, data], check=True, timeout=TOOL_S)
    shutil.copy2(data / "PG_VERSION", data / "standby.signal")


def following(socket: Path, port: int) -> dict[str, str]:
    """The settings of a standby of the server at `socket` and `port`: it is back within a moment when that was restarted."""
    conninfo = f"host='{socket}' port={port} user={SUPERUSER} application_name=standby"
    return {"primary_conninfo": conninfo, "wal_retrieve_retry_interval": "100ms"}


def own_folder(folder: Path, user: User) -> None:
    """Make `folder` for the server's user alone (0700); RuntimeError when somebody else has it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.lstat().st_uid not in _ids(user):
        raise RuntimeError(f"{folder} belongs to somebody else: remove it")
    folder.chmod(0o700)
    if user:
        os.chown(folder, *user)


def says_ready(data: Path, pid: int | None) -> bool:
    """Whether the server with this process id has written `ready` into its lock file, as the eighth line."""
    lines = _lock_lines(data)
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def clear_lock(data: Path) -> None:
    """Remove the lock file of a server that is no more, once it is; for a living one leave it to PostgreSQL to refuse.

    PostgreSQL itself takes a process that ended and was not yet reaped, or any other with its old number, for alive. A
    folder still in use is found out all the same: by the shared memory that its processes are attached to.
    """
    deadline = time.monotonic() + LEFTOVER_S
    while (lines := _lock_lines(data)) and _serves(lines[0], data):
        if time.monotonic() > deadline:
            return
        time.sleep(0.01)
    (data / "postmaster.pid").unlink(missing_ok=True)


def set_up(connection: psycopg.Connection) -> None:
    """Make the roles and the database where they are missing; neff_monitor sees everything and changes nothing."""
    for role in ROLES:
        if not _exists(connection, "SELECT FROM pg_roles WHERE rolname = %s", role):
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    connection.execute("GRANT pg_monitor, pg_read_all_data TO neff_monitor")
    if not _exists(connection, "SELECT FROM pg_database WHERE datname = %s", DATABASE):
        connection.execute(f"CREATE DATABASE {DATABASE} OWNER neff_admin")


def set_up_database(connection: psycopg.Connection) -> None:
    """What only the superuser can do in the database: extensions, and the monitor's rights to their functions."""
    for extension in EXTENSIONS:
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
    connection.execute(_MONITOR_GRANTS)
    connection.execute(CLASSES_OF_LOGIN)
    connection.execute(ACCESS_WRITTEN.format(included=INCLUDED).encode())


def set_passwords(connection: psycopg.Connection, folder: Path) -> None:
    """Give every role a new random password, kept in `folder/<role>`."""
    for role in ROLES:
        password = secrets.token_urlsafe(18)
        command = sql.SQL("ALTER ROLE {} PASSWORD {}")
        connection.execute(command.format(sql.Identifier(role), sql.Literal(password)))
        write_secret(folder / role, password)


def write_secret(path: Path, text: str) -> None:
    """Write a file that nobody else can read, from its first moment on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _lock_lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _serves(pid: str, data: Path) -> bool:
    """Whether a living process was started for this data folder; one that has ended has no command line any more."""
    try:
        return os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def _exists(connection: psycopg.Connection, query: LiteralString, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None


def _run(argv: Sequence[str], cwd: Path, user: User) -> None:
    """Run one of the server's own tools as the server's user; RuntimeError with what it said when it fails."""
    uid, gid = user or (None, None)
    done = subprocess.run(
        argv,
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        cwd=cwd,
        user=uid,
        group=gid,
        extra_groups=[] if user else None,
        capture_output=True,
        text=True,
        timeout=TOOL_S,
    )
    if done.returncode:
        raise RuntimeError(f"{argv[0]} ended with exit code {done.returncode}: {done.stderr.strip()}")


def _ids(user: User) -> set[int]:
    """Whoever starts the server, and whoever runs it."""
    return {os.geteuid(), user[0] if user else os.geteuid()}


def _accounts(user: User) -> list[str]:
    """The names of the accounts that may enter as the superuser."""
    return sorted(pwd.getpwuid(uid).pw_name for uid in _ids(user))

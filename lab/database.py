"""The machine's database as the lab reaches it, and the past that its counters have."""

from __future__ import annotations

import shlex
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from lab.machine import Machine
from sandbox import cluster, data, epoch
from sandbox.cluster import DATABASE, ROLES, UNTIDY

SCHEMA = Path(data.__file__).with_name("schema.sql")
DATA = "var/lib/postgresql/15/main"
SECRETS = "etc/neff/secrets"
PAST = timedelta(days=40)
SETUP = "neff_setup"
EXTENSIONS = tuple(f"CREATE EXTENSION IF NOT EXISTS {name}".encode() for name in cluster.EXTENSIONS)
# What pg_monitor lacks of what the suite reads; the sandbox grants a function more, which PostgreSQL 15 does not have.
MONITOR_GRANTS = (
    b"GRANT SELECT ON pg_hba_file_rules, pg_ident_file_mappings, pg_file_settings TO neff_monitor",
    b"GRANT EXECUTE ON FUNCTION pg_hba_file_rules(), pg_ident_file_mappings(), pg_show_all_file_settings() TO neff_monitor",
    b"GRANT EXECUTE ON FUNCTION bt_index_check(regclass, boolean) TO neff_monitor",
)
# The views of PostgreSQL 15 that say since when they count.
_VIEWS = ("pg_stat_bgwriter", "pg_stat_archiver", "pg_stat_wal", "pg_stat_slru", "pg_stat_recovery_prefetch", "pg_stat_database")
_STAMP = "((extract(epoch FROM stats_reset) - extract(epoch FROM timestamptz '2000-01-01 00:00:00+00')) * 1000000)::bigint"


def connect(machine: Machine, role: str, database: str = DATABASE, password: str | None = None) -> psycopg.Connection[Any]:
    """A session as one of the real system's roles, over the machine's address, in autocommit."""
    said = password or (machine.root / SECRETS / role).read_text()
    asked = {"host": machine.place.address, "user": role, "password": said, "dbname": database, "sslmode": "require"}
    return psycopg.connect(**asked, connect_timeout=5, application_name="lab", autocommit=True)  # type: ignore[arg-type]


def seed(machine: Machine, now: datetime, password_hash: str) -> None:
    """Roles, database, schema and a year of data, in a new server."""
    password = machine.do("openssl rand -hex 16").strip()
    _as_superuser(machine, "postgres", f"CREATE ROLE {SETUP} SUPERUSER LOGIN PASSWORD '{password}'")
    folder = machine.root / SECRETS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(connect(machine, SETUP, "postgres", password)) as connection:
        cluster.set_up(connection)
        with closing(connect(machine, SETUP, DATABASE, password)) as inside:
            functions = (cluster.CLASSES_OF_LOGIN.encode(), cluster.ACCESS_WRITTEN.format(included="").encode())
            for statement in (*EXTENSIONS, *MONITOR_GRANTS, *functions):
                inside.execute(statement)
        cluster.set_passwords(connection, folder)
    with closing(connect(machine, "neff_admin")) as connection:
        connection.execute(SCHEMA.read_text().encode())
        data.seed(connection, now, password_hash)
    _as_superuser(machine, DATABASE, f"REASSIGN OWNED BY {SETUP} TO postgres; DROP ROLE {SETUP}")


def tidy(machine: Machine) -> None:
    """What autovacuum would have done behind what was just brought up, and once more: a session's counts arrive after it has ended."""
    for _ in range(2):
        tables = _as_superuser(machine, DATABASE, UNTIDY).split()
        if tables:
            _as_superuser(machine, DATABASE, f"VACUUM (ANALYZE) {', '.join(tables)}")


def age_counters(machine: Machine) -> None:
    """Makes all counters look as if they had counted for 40 days, as the sandbox does; stops and starts the server once."""
    views = (*_VIEWS, "pg_stat_statements_info")
    stamps = " UNION ".join(f"SELECT {_STAMP} FROM {view} WHERE stats_reset IS NOT NULL" for view in views)  # noqa: S608 - names of its own
    found = {int(stamp) for stamp in _as_superuser(machine, DATABASE, stamps).split()}
    machine.do("systemctl stop postgresql@15-main")
    epoch.move(machine.root / DATA / "pg_stat", found, PAST)
    machine.do("systemctl start postgresql@15-main", seconds=60)


def _as_superuser(machine: Machine, database: str, statement: str) -> str:
    return machine.do(f"cd / && runuser -u postgres -- psql -XqAt -v ON_ERROR_STOP=1 -d {database} -c {shlex.quote(statement)}")


__all__ = ["DATABASE", "ROLES", "age_counters", "connect", "seed", "tidy"]

"""A running sandbox: its database, its servers and the estate folder it has written about itself."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from sandbox import backups, certificates, cluster, data, earlier, estate_files, golden, logs
from sandbox import standby as standbys
from sandbox.cluster import DATABASE, UNTIDY
from sandbox.lease import lease
from sandbox.place import home_root
from sandbox.ports import block_of_ports
from sandbox.postgres import Postgres
from sandbox.processes import Process, end_leftovers, wait_until
from sandbox.services import WEAKER_TLS, Ports, services, start_all, stop_all

CHECKOUT = Path(__file__).parents[1]
FOLLOWS_S = 15
# The standby streams and has replayed everything that is written by now.
FOLLOWS = "SELECT FROM pg_stat_replication WHERE state = 'streaming' AND replay_lsn >= %s::pg_lsn"


@dataclass(frozen=True)
class Sandbox:
    """A small Neff Paving that is up."""

    home: Path
    ports: Ports
    postgres: Postgres
    standby: Postgres
    services: dict[str, Process]
    estate: Path

    def sql(self, statement: str, *values: Any) -> None:
        """Runs one statement as the superuser."""
        with closing(self.postgres.connect()) as connection:
            connection.execute(statement.encode(), values or None)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of one statement, asked as the superuser."""
        with closing(self.postgres.connect()) as connection:
            return connection.execute(statement.encode(), values or None).fetchall()

    def to_the_present(self) -> None:
        """Lets the prober, the integrations and the people have done their work of the last minutes."""
        with closing(self.postgres.connect()) as connection:
            data.bring_to_present(connection, datetime.now(UTC))
        _tidy(self.postgres)
        self.standby_follows()

    def standby_follows(self) -> None:
        """Returns when the standby has replayed all that was written until now; TimeoutError when it does not come to that."""
        with closing(self.postgres.connect()) as connection:
            written = connection.execute("SELECT pg_current_wal_lsn()::text").fetchone()
            wait_until(lambda: connection.execute(FOLLOWS, written).fetchone() is not None, FOLLOWS_S, "the standby does not follow")

    @contextmanager
    def database_down(self, *, past: bool = True) -> Iterator[None]:
        """The database server is stopped, and started again at the end (`past` as for `Postgres.start`), with its standby following."""
        self.postgres.stop()
        try:
            yield
        finally:
            self.postgres.start(past=past)
            self.standby_follows()

    def standby_anew(self) -> None:
        """Makes the standby anew, whatever has become of it; the primary is stopped for a moment."""
        self.standby.stop()
        self.postgres.stop()
        self.standby.copy_of(self.postgres)
        self.postgres.start()
        self.standby.start(past=False)
        self.standby_follows()

    def begin_a_day(self) -> None:
        """Starts a new day for the statement counters: yesterday's run is dated a day ago, today's traffic is done anew."""
        earlier.seed(self.home, self.postgres, datetime.now(UTC))
        with closing(self.postgres.connect("neff_app")) as connection:
            data.workload(connection)

    def restart(self, service: str) -> None:
        """Stops and starts one of the servers, and waits until it answers."""
        process = self.services[service]
        process.stop()
        process.start()
        process.wait_until(process.ready, 15)


@contextmanager
def standing(root: Path | None = None) -> Iterator[Sandbox]:
    """Leases a sandbox, brings it up to the present and stops all its processes at the end; its files stay for the next time."""
    root = root or home_root(CHECKOUT)
    with lease(root) as home, block_of_ports() as block:
        end_leftovers(home / "run")
        golden.prepare(home, root / "golden")
        now = datetime.now(UTC)  # one for backups and estate: at another hour another backup is due
        logs.bring_to_present(home, now)
        ports = Ports(*block[:8])
        postgres, standby = Postgres(home, ports.postgres), Postgres(home / "standby", ports.standby)
        servers = services(home, ports)
        try:
            cluster.as_made(postgres.data, postgres.user)
            standbys.make_ready(standby, postgres)
            postgres.start()
            with ThreadPoolExecutor(2) as beside:  # the servers end with the thread that starts them: this one
                following = beside.submit(standby.start, past=False)
                _bring_to_present(home, postgres, now)
                opening = beside.submit(_opened, home, ports, postgres, standby, servers, now, following)
                start_all(servers, home)
                sandbox = opening.result()
            yield sandbox
        finally:
            stop_all(servers)
            standbys.stop(standby, postgres)


def _bring_to_present(home: Path, postgres: Postgres, now: datetime) -> None:
    """Data, backups and the files that the servers read, as of now."""
    certificates.ensure(home / "tls")
    (home / WEAKER_TLS).unlink(missing_ok=True)
    shutil.rmtree(home / "drills" / "bin", ignore_errors=True)  # the programs of a killed fault
    _write_settings(home, postgres)
    _forget_damage(postgres)
    with closing(postgres.connect()) as connection:
        cluster.set_up(connection)  # again: a killed fault may have left the suite's role without a right
        cluster.set_up_database(connection)
        data.bring_to_present(connection, now)
        _write_bookings(home, connection, now)
    _tidy(postgres)
    backups.bring_to_present(postgres, home, now)


def _forget_damage(postgres: Postgres) -> None:
    """Resets the counter of damaged pages that a fault left which was killed: PostgreSQL keeps it for good."""
    with closing(postgres.connect()) as connection:
        counted = connection.execute("SELECT FROM pg_stat_database WHERE checksum_failures > 0 AND datname = current_database()").fetchall()
        if counted:
            connection.execute("SELECT pg_stat_reset()")
    if counted:
        postgres.age_statistics()


def _tidy(postgres: Postgres) -> None:
    """What autovacuum would have done. In a session of its own: what another has just written is counted when that one has ended."""
    with closing(postgres.connect()) as connection:
        tables = [name for (name,) in connection.execute(UNTIDY)]
        if tables:
            connection.execute(f"VACUUM (ANALYZE) {', '.join(tables)}".encode())


def _opened(
    home: Path,
    ports: Ports,
    postgres: Postgres,
    standby: Postgres,
    servers: dict[str, Process],
    now: datetime,
    following: Future[None],
) -> Sandbox:
    """The sandbox with its estate folder written, its day begun, and its standby, once that is up, following."""
    with closing(postgres.connect()) as connection:
        (identifier,) = connection.execute("SELECT system_identifier::text FROM pg_control_system()").fetchone() or ("",)
    estate = estate_files.write(home, ports, str(identifier), postgres, now)
    sandbox = Sandbox(home, ports, postgres, standby, servers, estate)
    sandbox.begin_a_day()
    following.result()
    sandbox.standby_follows()
    return sandbox


def _write_settings(home: Path, postgres: Postgres) -> None:
    """The files that the servers read; a switchboard or a status that a killed fault left is set back."""
    password = postgres.password("neff_app")
    dsn = f"host=127.0.0.1 port={postgres.port} dbname={DATABASE} user=neff_app password={password} application_name=site"
    site = {"dsn": dsn, "jwt_secret": _secret(home, "jwt"), "rate_limit": 300, "sign_in_limit": 20}
    _write(home / "site" / "site.json", site)
    _write(home / "site" / "switchboard.json", {})
    components = [{"name": name, "status": "operational"} for name in ("Website", "API", "Bookings", "Payments")]
    _write(home / "status" / "status.json", {"status": "operational", "age_s": 60, "components": components})
    key = home / "secrets" / "payments"
    if not key.exists():
        key.write_text(f"sk_test_{secrets.token_hex(12)}")


def _write_bookings(home: Path, connection: psycopg.Connection[Any], now: datetime) -> None:
    """The booking service's side of the newest appointments."""
    newest = "SELECT calendly_event, created_at FROM appointments WHERE calendly_event IS NOT NULL ORDER BY created_at DESC LIMIT 20"
    events = [
        {"uri": uri, "name": "Site visit", "status": "active", "start_time": at.isoformat(), "created_at": at.isoformat()}
        for uri, at in connection.execute(newest)
    ]
    webhook = {
        "callback_url": estate_files.CALLBACK,
        "state": "active",
        "events": ["invitee.created", "invitee.canceled"],
        "retry_started_at": None,
    }
    held = {"token": _secret(home, "bookings"), "organization": estate_files.ORGANIZATION, "webhooks": [webhook], "events": events}
    _write(home / "bookings" / "bookings.json", held)


def _secret(home: Path, name: str) -> str:
    """A secret of this sandbox, made when it is missing."""
    path = home / "secrets" / name
    if not path.exists():
        path.write_text(secrets.token_urlsafe(24))
        path.chmod(0o600)
    return path.read_text().strip()


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1))

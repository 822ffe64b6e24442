"""The sandbox's database server: a real PostgreSQL 18 with the real system's roles."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from sandbox import cluster, epoch
from sandbox.cluster import DATABASE, ROLES, SUPERUSER
from sandbox.place import postgres_binaries, server_user
from sandbox.processes import Process, end_leftovers

SOCKET_PATH_LIMIT = 107  # bytes of sun_path, without its terminating zero
START_S = 60.0
STOP_S = 30.0
PAST_DAYS = 40
YOUNGEST_PAST = timedelta(days=30)  # what the checks of usage counters want


class Postgres:
    """One server: data in `home/pgdata`, log in `home/logs/postgresql.log`, passwords in `home/secrets/<role>`.

    `settings` come on the command line, before those of its files: what a standby has otherwise than the server it is a copy of.
    """

    def __init__(self, home: Path, port: int) -> None:
        """Touch nothing before `start()`. `home` must lie where the server's user gets to (see `place.home_root`)."""
        self.home = home
        self.port = port
        self.data = home / "pgdata"
        self.log = home / "logs" / "postgresql.log"
        self.secrets = home / "secrets"
        self.socket = _socket_folder(home)
        self.user = server_user()
        self.binaries = postgres_binaries()
        self.settings: Mapping[str, str] = {}
        self._process: Process | None = None

    @property
    def running(self) -> bool:
        """Whether the server process is alive."""
        return self._process is not None and self._process.running

    @property
    def way_in(self) -> Path:
        """The socket's folder by another name, which is there while the server takes sessions.

        A standby comes this way: what it tries while its primary starts or stops would be logged there as refused.
        """
        return self.socket / "ready"

    @property
    def environment(self) -> dict[str, str]:
        """For client tools (psql, pg_dump …): over TCP, passwords from a file; the user is for the caller to name."""
        return {
            "PATH": f"{self.binaries}:{os.environ.get('PATH', os.defpath)}",
            "LC_ALL": "C",
            "TZ": "UTC",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGDATABASE": DATABASE,
            "PGPASSFILE": str(self.secrets / "pgpass"),
        }

    def start(self, *, past: bool = True) -> None:
        """Start the server, making it first when there is none; return when it answers a query.

        With `past`, counters younger than 30 days are made 40 days old (see `age_statistics`): pass False to keep the
        fresh ones that a crash leaves behind.
        """
        if self.running:
            return
        if not (self.data / "PG_VERSION").exists():
            self._open_home()
            cluster.make(self.data, self.binaries, self.user)
        self._launch()
        self._settle()
        if past and self.statistics_age() < YOUNGEST_PAST:
            self.age_statistics()

    def stop(self) -> None:
        """Stop the server, breaking off open sessions ("fast"), and remove the socket's folder."""
        self._end(signal.SIGINT)
        shutil.rmtree(self.socket, ignore_errors=True)

    def restart(self) -> None:
        """Stop and start the server; the counters keep whatever age they have."""
        self.stop()
        self.start(past=False)

    def crash(self) -> None:
        """End the server without a checkpoint, as a power cut does; the next start recovers without counters."""
        self._end(signal.SIGQUIT)

    def copy_of(self, primary: Postgres) -> None:
        """Make this server anew as a standby of `primary`, which must be stopped, with its data and passwords; once started, it follows.

        A copy of files takes a tenth of a second, pg_basebackup of the running server two.
        """
        for server in (self, primary):
            end_leftovers(server.log.parent)
        cluster.clear_lock(primary.data)
        self.remove()
        self.home.mkdir()
        self._open_home()
        cluster.copy(primary.data, self.data)
        shutil.copytree(primary.secrets, self.secrets)
        self.settings = cluster.following(primary.way_in, primary.port)

    def remove(self) -> None:
        """Remove the stopped server with everything it had."""
        shutil.rmtree(self.home, ignore_errors=True)

    def connect(self, role: str = "superuser", database: str = DATABASE, **parameters: Any) -> psycopg.Connection:
        """A new session in autocommit as `superuser` (over the socket) or one of ROLES (over TCP, with its password).

        Further libpq parameters are passed on; psycopg.OperationalError when the server refuses.
        """
        asked: dict[str, Any] = {"application_name": "sandbox", "connect_timeout": 5, "port": self.port}
        if role == "superuser":
            asked |= {"host": str(self.socket), "user": SUPERUSER}
        else:
            asked |= {"host": "127.0.0.1", "user": role, "password": self.password(role)}
        return psycopg.connect(make_conninfo("", **{**asked, "dbname": database, **parameters}), autocommit=True)

    def password(self, role: str) -> str:
        """The password of one of ROLES in this sandbox."""
        return (self.secrets / role).read_text()

    def statistics_age(self) -> timedelta:
        """For how long all of the running server's counters have been counting."""
        with closing(self.connect()) as connection:
            return epoch.age(connection)

    def age_statistics(self, days: int = PAST_DAYS) -> None:
        """Make the running server's counters look as if they had counted for `days` days; stops and starts it once.

        This is how the sandbox brings a past: a check may judge usage only by counters that are old enough, and those
        of a new database are seconds old. What was counted stays; the moment it counts from is moved (see `epoch`).
        """
        with closing(self.connect()) as connection:
            stamps = epoch.reset_stamps(connection)
        self._end(signal.SIGINT)
        epoch.move(self.data / "pg_stat", stamps, timedelta(days=days))
        self._launch()

    def run(self, *argv: str, user: str = "neff_admin", seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run one of the client tools to its end as `user`; CalledProcessError or TimeoutExpired when it fails."""
        return subprocess.run(
            [str(self.binaries / argv[0]), *argv[1:]],
            env={**self.environment, "PGUSER": user},
            capture_output=True,
            text=True,
            check=True,
            timeout=seconds,
        )

    def _launch(self) -> None:
        """Start the process and wait for an answer; nobody asks before it says it is ready, that would be logged."""
        self._open_home()
        cluster.own_folder(self.socket, self.user)
        self.way_in.unlink(missing_ok=True)
        end_leftovers(self.log.parent)
        cluster.clear_lock(self.data)
        process = self._process = Process(
            name="postgresql",
            argv=self._argv(),
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            cwd=self.data,
            log=self.log,
            user=self.user,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            grace_s=STOP_S,
        )
        process.start()
        process.wait_until(lambda: cluster.says_ready(self.data, process.pid), START_S)
        with closing(self.connect(database="postgres")) as connection:
            connection.execute("SELECT 1")
        self.way_in.symlink_to(".")

    def _argv(self) -> list[str]:
        given = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.data), "-p", str(self.port), "-k", str(self.socket), *given]

    def _open_home(self) -> None:
        """Let the server's user pass through, whatever the umask was."""
        if self.user:
            self.home.chmod(self.home.stat().st_mode | 0o011)

    def _end(self, number: signal.Signals) -> None:
        self.way_in.unlink(missing_ok=True)
        if self._process is not None:
            self._process.stop_signal = number
            self._process.stop()
            self._process = None

    def _settle(self) -> None:
        """In a new server or a copy without secrets: roles, database, and last passwords, whose files say "done"."""
        self.secrets.mkdir(mode=0o700, exist_ok=True)
        if not all((self.secrets / role).exists() for role in ROLES):
            with closing(self.connect(database="postgres")) as connection:
                cluster.set_up(connection)
                with closing(self.connect()) as inside:
                    cluster.set_up_database(inside)
                cluster.set_passwords(connection, self.secrets)
        lines = [f"127.0.0.1:{self.port}:*:{role}:{self.password(role)}\n" for role in ROLES]
        cluster.write_secret(self.secrets / "pgpass", "".join(lines))


def _socket_folder(home: Path) -> Path:
    """`home/socket`, or a folder in /tmp; owner and mode are checked when it is made."""
    return short_enough(home / "socket", "ready/.s.PGSQL.65535")


def short_enough(folder: Path, socket: str) -> Path:
    """The folder, or one in /tmp named after it where the path of a socket below it would be too long for the kernel."""
    if len(os.fsencode(folder / socket)) <= SOCKET_PATH_LIMIT:
        return folder
    return Path(f"/tmp/neff-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}")  # noqa: S108 - the caller checks who has it

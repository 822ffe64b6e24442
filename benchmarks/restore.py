"""What comparing costs: a backup restored by the check, with counts, structure and contents compared, and the same file restored bare.

    python -m benchmarks.restore [formats]

The dump is made here by the project's own wrapper and is over 200 MB. The bare time is that of `pg_restore` (or `psql`) alone; the
check's is all it does, from making its scratch database to dropping it. The goal is at most 1.4 times, better 1.25.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from compliance.estate import Approved, Backups, Estate, Scratch
from compliance.evidence import Evidence, Spool
from compliance.secrets import Redactor
from fixtures.backups import BackupStore
from fixtures.host import Host
from fixtures.restored import Rebuild
from fixtures.scratch import Identity, ScratchServer
from sandbox.backups import WRAPPER
from sandbox.cluster import DATABASE, SUPERUSER
from sandbox.postgres import Postgres
from sandbox.processes import free_port

ROUNDS = 3
FORMATS = ("custom", "plain")
SMALLEST = 200_000_000
# Half of it is what a business has, in some tables with the usual indexes; half is one log that has outgrown everything.
TABLES = """
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, email text NOT NULL, note text, created_at timestamptz NOT NULL);
CREATE TABLE appointments (id int PRIMARY KEY, customer_id int NOT NULL, day date NOT NULL, status text NOT NULL, note text);
CREATE TABLE payments (id int PRIMARY KEY, customer_id int NOT NULL, amount numeric(10, 2) NOT NULL, intent text NOT NULL);
CREATE TABLE audit_logs (id bigint PRIMARY KEY, user_id int, action text NOT NULL, detail text, created_at timestamptz NOT NULL);
INSERT INTO customers SELECT n, md5(n::text), md5(n::text) || '@example.com', repeat(md5((n + 1)::text), 4),
    '2026-01-01'::timestamptz + n * interval '1 second' FROM generate_series(1, 300000) AS n;
INSERT INTO appointments SELECT n, 1 + n % 300000, '2026-01-01'::date + n % 365, 'scheduled', md5(n::text) || md5((n + 7)::text)
    FROM generate_series(1, 900000) AS n;
INSERT INTO payments SELECT n, 1 + n % 300000, n % 10000 / 7.0, 'pi_' || md5(n::text) FROM generate_series(1, 700000) AS n;
INSERT INTO audit_logs SELECT n, n % 50, 'customer.update', md5(n::text) || md5((n * 3)::text) || md5((n * 5)::text),
    '2026-01-01'::timestamptz + n * interval '1 second' FROM generate_series(1, 2400000) AS n;
ALTER TABLE appointments ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE payments ADD FOREIGN KEY (customer_id) REFERENCES customers;
CREATE INDEX ON appointments (customer_id);
CREATE INDEX ON appointments (day, status);
CREATE INDEX ON payments (customer_id);
CREATE UNIQUE INDEX ON payments (intent);
CREATE INDEX ON audit_logs (created_at);
CREATE INDEX ON customers (email);
"""


@contextmanager
def _server() -> Iterator[Postgres]:
    """A server of its own with the sandbox's settings and these tables, gone at the end."""
    home = Path(tempfile.mkdtemp(prefix="neff-benchmark-", dir="/var/tmp"))
    home.chmod(0o755)
    postgres = Postgres(home, free_port())
    try:
        postgres.start(past=False)
        with closing(postgres.connect()) as connection:
            connection.execute(TABLES.encode())
            connection.execute(b"CHECKPOINT")
        yield postgres
    finally:
        postgres.stop()
        shutil.rmtree(home)


def _environment(postgres: Postgres) -> dict[str, str]:
    return {**os.environ, "PGHOST": str(postgres.socket), "PGPORT": str(postgres.port), "PGUSER": SUPERUSER}


def _dumped(postgres: Postgres, form: str) -> Path:
    """The backup that the wrapper makes."""
    folder = postgres.home / form
    folder.mkdir()
    argv = [sys.executable, WRAPPER, "--database", DATABASE, "--to", folder, "--format", form, "--bin", postgres.binaries, "--no-globals"]
    subprocess.run([str(word) for word in argv], env=_environment(postgres), check=True, timeout=600)
    return next(path for path in folder.iterdir() if path.suffix != ".json")


def _bare(postgres: Postgres, dump: Path, form: str) -> float:
    """Seconds of the restore alone."""
    environment, binaries, name = _environment(postgres), postgres.binaries, "bare"
    subprocess.run([binaries / "createdb", "--template=template0", name], env=environment, check=True)
    argv: list[str | Path] = [binaries / "pg_restore", "--exit-on-error", "-d", name, dump]
    if form == "plain":
        argv = [binaries / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", name, "-f", dump]
    started = time.perf_counter()
    subprocess.run(argv, env=environment, check=True, stdout=subprocess.DEVNULL)
    took = time.perf_counter() - started
    subprocess.run([binaries / "dropdb", name], env=environment, check=True)
    return took


def _check(postgres: Postgres, dump: Path) -> float:
    """Seconds of all that the check does; it must find nothing."""
    binaries = postgres.binaries
    named = {"database": DATABASE, "tables": ("customers",), "due": "02:00", "timezone": "UTC", "pg_restore": str(binaries / "pg_restore")}
    described = Backups(directory=str(dump.parent), pattern=f"*{dump.suffix}", **named)  # type: ignore[arg-type]
    scratch = Scratch(host=str(postgres.socket), port=postgres.port, user=SUPERUSER, psql=str(binaries / "psql"))
    estate = Estate.model_construct(drills=True, backups=described, scratch=scratch, folder=postgres.home, approved=Approved())
    evidence = Evidence(Spool(postgres.home / "spool.jsonl"), Redactor())
    host = Host("local://", evidence)
    store = BackupStore(described, host, evidence, datetime.now(UTC))
    server = ScratchServer(scratch, estate, host, lambda: Identity(DATABASE, 0, "another"))
    rebuild = Rebuild(store, server, estate, evidence, lambda: None)  # type: ignore[arg-type,return-value]
    (backup,) = store.all()
    started = time.perf_counter()
    copy = rebuild.of(backup)
    took = time.perf_counter() - started
    host.close()
    assert (copy.errors, copy.tables_that_differ, copy.structure_that_differs, copy.left_behind) == ([], [], [], [])
    return took


def main() -> None:
    """Prints both times and their ratio for each format, measured in turn."""
    with _server() as postgres:
        for form in sys.argv[1:] or FORMATS:
            dump = _dumped(postgres, form)
            rows = sum(told["rows"] for told in json.loads(dump.with_name(f"{dump.name}.json").read_text())["tables"].values())
            assert dump.stat().st_size >= SMALLEST, f"{dump.stat().st_size} bytes are too few"
            times: dict[str, list[float]] = {"bare": [], "check": []}
            for _ in range(ROUNDS):
                times["bare"].append(_bare(postgres, dump, form))
                times["check"].append(_check(postgres, dump))
            bare, check = statistics.median(times["bare"]), statistics.median(times["check"])
            print(f"{form}: {dump.stat().st_size / 1e6:.0f} MB, {rows} rows; bare restore {bare:.1f} s, with everything compared", end=" ")
            print(f"{check:.1f} s: ratio {check / bare:.2f} (medians of {ROUNDS}; goal: at most 1.4, better 1.25)", flush=True)


if __name__ == "__main__":
    main()

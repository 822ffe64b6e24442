"""The sandbox's backups: real pg_dump files of the last weeks, in several formats, each with the dump job's record beside it.

Nightly ones in custom format, weekly ones as gzip'd SQL, monthly ones as a directory and as a tar archive.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from sandbox.cluster import DATABASE
from sandbox.postgres import Postgres

DUE = time(2, 0, tzinfo=UTC)
TOOK = timedelta(seconds=5)
NIGHTS, WEEKS, KEPT = 21, 3, timedelta(days=30)


@dataclass(frozen=True)
class Job:
    """One backup to make: when it is dated, in which format, and where."""

    when: datetime
    form: str
    path: Path


def bring_to_present(postgres: Postgres, home: Path, now: datetime) -> None:
    """Makes the backups that are missing of the last three weeks, oldest first, and removes those older than 30 days."""
    folder = home / "backup"
    for kept in ("daily", "weekly", "monthly"):
        (folder / kept).mkdir(parents=True, exist_ok=True)
    for job in _jobs(folder, now):
        if not job.path.exists():
            _a_days_work(postgres, job.when)
            make(postgres, job)
    _remove_old(folder, now)


def _jobs(folder: Path, now: datetime) -> list[Job]:
    """Every backup that should be there: each night's, the last Sundays', the last month's."""
    last = datetime.combine(now.date(), DUE)
    nights = [last - timedelta(days=n) for n in range(NIGHTS + 1) if last - timedelta(days=n) <= now][:NIGHTS]
    sundays = [night for night in nights if night.weekday() == 6][:WEEKS]
    first = nights[0].replace(day=1)
    jobs = [Job(night, "custom", folder / "daily" / f"{night + TOOK:%Y%m%d_%H%M%S}.dump") for night in nights]
    jobs += [Job(night, "plain", folder / "weekly" / f"{night + TOOK:%Y%m%d_%H%M%S}.sql.gz") for night in sundays]
    jobs += [
        Job(first, "directory", folder / "monthly" / f"{first:%Y%m%d}.d"),
        Job(first, "tar", folder / "monthly" / f"{first:%Y%m%d}.tar"),
    ]
    return sorted(jobs, key=lambda job: job.when)


def _a_days_work(postgres: Postgres, when: datetime) -> None:
    """A little new data, so that no two backups are of the same content."""
    with closing(postgres.connect("neff_admin")) as connection:
        statement = "INSERT INTO customers (name, email, created_at) SELECT 'Customer ' || %s, 'customer@example.com', %s"
        connection.execute(statement, [f"{when:%j%Y}", when])


def make(postgres: Postgres, job: Job) -> None:
    """Dumps under another name, dates the archive, writes the record, and only then gives the backup its name."""
    draft = job.path.with_name(f".{job.path.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    started = datetime.now(UTC)
    with closing(postgres.connect("neff_admin")) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        counts = _counts(connection)
        _dump(postgres, job, draft, str(snapshot))
        (identifier,) = connection.execute("SELECT system_identifier::text FROM pg_control_system()").fetchone() or ("",)
    finished = job.when + TOOK + (datetime.now(UTC) - started)
    if job.form != "plain":
        dated(draft, job.when + TOOK)
    facts: dict[str, Any] = {"database": DATABASE, "format": job.form, "started": (job.when + TOOK).isoformat()}
    facts |= {"finished": finished.isoformat(), "snapshot_counts": counts, "sha256": digest(draft), "size_bytes": size(draft)}
    facts |= {"pg_dump": "PostgreSQL 18", "system_identifier": identifier}
    _set_times(draft, finished)
    record = job.path.with_name(f"{job.path.name}.json")
    record.write_text(json.dumps(facts, indent=1))
    _set_times(record, finished)
    draft.rename(job.path)
    _note(postgres, job, int(facts["size_bytes"]))


def _counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Rows of every table, in this transaction's snapshot."""
    tables = [name for (name,) in connection.execute("SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' ORDER BY 1")]
    counted = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {}, count(*)::int FROM {}").format(sql.Literal(table), sql.Identifier("public", table)) for table in tables
    )
    return dict(connection.execute(counted).fetchall())


def _dump(postgres: Postgres, job: Job, draft: Path, snapshot: str) -> None:
    packed = draft.with_suffix(".sql") if job.form == "plain" else draft
    argv = ["pg_dump", f"--format={job.form}", f"--snapshot={snapshot}", "--file", str(packed), DATABASE]
    postgres.run(*argv)
    if job.form == "plain":
        draft.write_bytes(gzip.compress(packed.read_bytes(), 6, mtime=0))
        packed.unlink()


def _note(postgres: Postgres, job: Job, size_bytes: int) -> None:
    """The line in `backup_statistics`, as the real job writes it."""
    statement = (
        "INSERT INTO backup_statistics (backup_date, file_name, backup_size_gb, size_bytes, status) VALUES (%s, %s, %s, %s, 'ok')"
        " ON CONFLICT (file_name) DO UPDATE SET size_bytes = excluded.size_bytes"
    )
    with closing(postgres.connect("neff_admin")) as connection:
        connection.execute(statement, [job.when.date(), job.path.name, size_bytes / 1e9, size_bytes])


def _remove_old(folder: Path, now: datetime) -> None:
    for path in [*folder.glob("daily/*"), *folder.glob("weekly/*")]:
        if now - datetime.fromtimestamp(path.stat().st_mtime, UTC) > KEPT:
            path.unlink()


def _parts(path: Path) -> list[Path]:
    return sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]


def size(path: Path) -> int:
    """Bytes of a file, or of all files of a directory."""
    return sum(part.stat().st_size for part in _parts(path))


def digest(path: Path) -> str:
    """SHA-256 of a file; of a directory, of the contents of its files in the order of `find . -type f | sort`."""
    summed = hashlib.sha256()
    for part in sorted(_parts(path), key=lambda p: f"./{p.relative_to(path)}" if path.is_dir() else ""):
        summed.update(part.read_bytes())
    return summed.hexdigest()


def _set_times(path: Path, moment: datetime) -> None:
    for part in (path, *(_parts(path) if path.is_dir() else ())):
        os.utime(part, (moment.timestamp(),) * 2)


def dated(archive: Path, when: datetime) -> None:
    """Gives an archive another "created at" (UTC); ValueError for a file that is none.

    The header of pg_dump's formats is PGDMP, three version bytes, the sizes of integers and offsets, the format, the
    compression, then seconds, minutes, hours, day, month from 0, year from 1900 and a flag: each a sign byte and an integer.
    """
    file = archive / "toc.dat" if archive.is_dir() else archive
    content = bytearray(file.read_bytes())
    start = content.find(b"PGDMP", 0, 1024)
    if start < 0 or content[start + 5] != 1 or content[start + 6] < 15:
        raise ValueError(f"{file} is no archive of pg_dump 15 or later")
    width = content[start + 8]
    fields = (when.second, when.minute, when.hour, when.day, when.month - 1, when.year - 1900)
    for number, value in enumerate(fields):
        at = start + 12 + number * (width + 1)
        content[at : at + width + 1] = b"\0" + value.to_bytes(width, "little")
    file.write_bytes(content)

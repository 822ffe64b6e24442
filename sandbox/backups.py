"""The sandbox's backups: real pg_dump files of the last weeks, in several formats, each with the dump job's record beside it.

Nightly ones in custom format, weekly ones as gzip'd SQL, monthly ones as a directory and as a tar archive; beside each lie the
globals, the configuration and the uploads.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sandbox.cluster import DATABASE, SUPERUSER
from sandbox.postgres import Postgres

SLOTS, AGED = (time(2, tzinfo=UTC), time(14, tzinfo=UTC)), timedelta(hours=6)
TOOK = timedelta(seconds=5)
NIGHTS, WEEKS, KEPT = 31, 3, timedelta(days=31)
WRAPPER = Path(__file__).parents[1] / "wrapper" / "neff-backup"
PHOTOS = 3


@dataclass(frozen=True)
class Job:
    """One backup to make: when it is dated, in which format, and where."""

    when: datetime
    form: str
    path: Path


def last_due(now: datetime) -> datetime:
    """When the newest backup was due: at 02:00 or 14:00 UTC, whichever is over by 6 to 18 hours.

    A backup may take two hours from then on; at a fixed hour, what a fault does to the newest one would be no fault yet in those two.
    """
    slots = [datetime.combine(now.date() - timedelta(days=day), slot) for day in (0, 1) for slot in SLOTS]
    return max(slot for slot in slots if slot <= now - AGED)


def bring_to_present(postgres: Postgres, home: Path, now: datetime) -> None:
    """Makes the backups that are missing of the last month, oldest first, and removes those older than promised."""
    folder = home / "backup"
    for kept in ("daily", "weekly", "monthly"):
        (folder / kept).mkdir(parents=True, exist_ok=True)
        remove_of_another_hour(folder / kept, last_due(now))
    _uploads(home / "uploads")
    for job in _jobs(folder, now):
        if _is_missing(job):
            _a_days_work(postgres, job.when)
            make(postgres, home, job)
    _remove_old(folder, now)


def _jobs(folder: Path, now: datetime) -> list[Job]:
    """Every backup that should be there: each night's, the last Sundays', the last month's."""
    nights = [last_due(now) - timedelta(days=n) for n in range(NIGHTS)]
    sundays = [night for night in nights if night.weekday() == 6][:WEEKS]
    first = nights[0].replace(day=1)
    jobs = [Job(night, "custom", folder / "daily" / f"{night + TOOK:%Y%m%d_%H%M%S}.dump") for night in nights]
    jobs += [Job(night, "gzip", folder / "weekly" / f"{night + TOOK:%Y%m%d_%H%M%S}.sql.gz") for night in sundays]
    jobs += [
        Job(first, "directory", folder / "monthly" / f"{first:%Y%m%d}.d"),
        Job(first, "tar", folder / "monthly" / f"{first:%Y%m%d}.tar"),
    ]
    return sorted(jobs, key=lambda job: job.when)


def remove_of_another_hour(folder: Path, last: datetime) -> None:
    """Removes what was made in the last night at another hour than was due; of earlier nights either will do."""
    for path in folder.glob(f"{last:%Y%m%d}_*"):
        if not path.name.startswith(f"{last:%Y%m%d_%H}"):
            path.unlink()


def _is_missing(job: Job) -> bool:
    """Whether its night has none of this format yet, of whatever hour."""
    return not list(job.path.parent.glob(f"{job.when:%Y%m%d}*.{job.path.name.partition('.')[2]}"))


def _a_days_work(postgres: Postgres, when: datetime) -> None:
    """A little new data, so that no two backups are of the same content."""
    with closing(postgres.connect("neff_admin")) as connection:
        statement = "INSERT INTO customers (name, email, created_at) SELECT 'Customer ' || %s, 'customer@example.com', %s"
        connection.execute(statement, [f"{when:%j%Y}", when])


def make(postgres: Postgres, home: Path, job: Job) -> None:
    """Runs the project's own dump job aside, and gives what it made the names and the times of the night it stands for."""
    started = datetime.now(UTC)
    with TemporaryDirectory(prefix=".made-", dir=job.path.parent) as folder:
        aside = Path(folder)
        _run_wrapper(postgres, home, job.form, aside)
        (record,) = aside.glob("*.json")
        facts: dict[str, Any] = json.loads(record.read_text())
        _date_back(aside, facts, job, job.when + TOOK + (datetime.now(UTC) - started))
    _note(postgres, job, int(facts["size_bytes"]))


def _run_wrapper(postgres: Postgres, home: Path, form: str, folder: Path) -> None:
    settings = [home / "pgdata" / "postgresql.conf", home / "pgdata" / "pg_hba.conf"]
    options = ["--format", form, "--bin", postgres.binaries, "--configuration", *settings, "--uploads", home / "uploads"]
    argv = [sys.executable, WRAPPER, "--database", DATABASE, "--to", folder, *options]
    environment = {**postgres.environment, "PGHOST": str(postgres.socket), "PGUSER": SUPERUSER}
    subprocess.run([str(word) for word in argv], env=environment, check=True, timeout=120, capture_output=True)


def _date_back(aside: Path, facts: dict[str, Any], job: Job, finished: datetime) -> None:
    """Dates archive and record, renames the parts, and last the dump."""
    dump = aside / str(facts["file"])
    if facts["format"] not in ("plain", "gzip"):
        dated(dump, job.when + TOOK)
    stem = job.path.name.split(".")[0]
    for part in facts["parts"].values():
        made, part["file"] = aside / part["file"], f"{stem}.{part['file'].partition('.')[2]}"
        _set_times(made, finished)
        made.rename(job.path.with_name(part["file"]))
    facts |= {"file": job.path.name, "sha256": digest(dump), "started": (job.when + TOOK).isoformat(), "finished": finished.isoformat()}
    record = job.path.with_name(f"{job.path.name}.json")
    record.write_text(json.dumps(facts, indent=1))
    _set_times(record, finished)
    _set_times(dump, finished)
    dump.rename(job.path)


def _uploads(folder: Path) -> None:
    """What customers have sent: pictures of their driveways, or what stands for them."""
    folder.mkdir(exist_ok=True)
    for number in range(PHOTOS):
        photo = folder / f"driveway-{number}.jpg"
        if not photo.exists():
            photo.write_bytes(b"\xff\xd8\xff\xe0" + hashlib.sha256(bytes([number])).digest() * 64)


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

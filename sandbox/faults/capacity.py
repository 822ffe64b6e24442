"""Volumes that fill, and forecasts without a past."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing

from sandbox import earlier
from sandbox.faults import fault
from sandbox.faults.tools import ago, estate_edited, in_database, replaced
from sandbox.house import Sandbox

BACKUPS, DATABASE = "monthly.capacity.backups", "monthly.capacity.database"


@fault(not_met=BACKUPS)
def backup_volume_nearly_full(sandbox: Sandbox) -> Iterator[None]:
    """The volume has room for a few more backups, and each is a little larger than the last."""
    used = sum(path.stat().st_size for path in (sandbox.home / "backup" / "daily").rglob("*") if path.is_file())
    with estate_edited(sandbox, ("volume_bytes = 200000000", f"volume_bytes = {used + 2_000_000}")):
        yield


@fault(not_met=BACKUPS)
def backup_volume_full_of_something_else(sandbox: Sandbox) -> Iterator[None]:
    """Somebody put an export of 199 MB beside the backups: what fills a volume is not asked what it is."""
    export = sandbox.home / "backup" / "daily" / "export-for-the-vendor.bin"
    with export.open("wb") as file:
        file.truncate(199_000_000)
    try:
        yield
    finally:
        export.unlink()


@fault(not_met=BACKUPS)
def uploads_growing_beside_the_dumps(sandbox: Sandbox) -> Iterator[None]:
    """The dumps stay as they are, and each night's archive of uploaded files is 100 kB larger than the last."""
    *older, _ = sorted((sandbox.home / "backup" / "daily").glob("*.uploads.tar.gz"))
    before = {path: path.stat() for path in older}
    try:
        for number, path in enumerate(older):
            os.truncate(path, before[path].st_size + 100_000 * number)
        yield
    finally:
        for path, was in before.items():
            os.truncate(path, was.st_size)
            os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


@fault(not_met=BACKUPS)
def backup_volume_full(sandbox: Sandbox) -> Iterator[None]:
    """The next backup no longer fits, whatever growth there is."""
    with estate_edited(sandbox, ("volume_bytes = 200000000", "volume_bytes = 1000000")):
        yield


@fault(harmless=BACKUPS)
def odd_backup_of_this_week(sandbox: Sandbox) -> Iterator[None]:
    """This week, of which two days may be over, has one huge backup by hand so far: no mean of a week."""
    breaks = (
        "INSERT INTO backup_statistics (backup_date, file_name, backup_size_gb, size_bytes, status)"
        " VALUES (date_trunc('week', now()), 'planted', 90, 90000000000, 'ok')"
    )
    with in_database(sandbox, breaks, "DELETE FROM backup_statistics WHERE file_name = 'planted'"):
        yield


@fault(not_assessed=BACKUPS)
def backup_sizes_of_six_weeks(sandbox: Sandbox) -> Iterator[None]:
    """Sizes are on record for six weeks only: too few for a trend."""
    statement = "UPDATE backup_statistics SET backup_date = backup_date {} 1000 WHERE backup_date {} now()::date - {}"
    with in_database(sandbox, statement.format("-", "<", 48), statement.format("+", "<", 900)):
        yield


@fault(not_met=DATABASE)
def database_grows_fast(sandbox: Sandbox) -> Iterator[None]:
    """The database gained 10 MB in each of the last months, and its volume has 20 MB left."""
    (used,) = sandbox.rows("SELECT sum(pg_database_size(oid))::bigint FROM pg_database")[0]
    with closing(sandbox.postgres.connect("neff_monitor")) as connection:
        sizes = earlier.database_sizes(connection, 10_000_000)
    for months, size in enumerate(sizes, 1):
        noted: earlier.Noted = {DATABASE: [{"name": "database sizes", "value": size}]}
        system = f"Neff Paving sandbox {sandbox.home.name}"
        earlier.write(sandbox.home / "past", "sandbox", system, "monthly", ago(days=30 * months), noted, f"monthly-size-{months}")
    try:
        with estate_edited(sandbox, ("bytes = 2000000000", f"bytes = {used + 20_000_000}")):
            yield
    finally:
        sandbox.begin_a_day()


@fault(not_assessed=DATABASE)
def database_sizes_not_on_record(sandbox: Sandbox) -> Iterator[None]:
    """No earlier run has recorded the database's size: how fast it grows cannot be told."""
    for months in (1, 2, 3):
        shutil.rmtree(sandbox.home / "past" / f"monthly-size-{months}")
    try:
        yield
    finally:
        sandbox.begin_a_day()


@fault(not_assessed=DATABASE)
def database_sizes_of_another_server(sandbox: Sandbox) -> Iterator[None]:
    """What earlier runs recorded is of the server before the move: its growth is not this one's."""
    record = sandbox.home / "past" / "monthly-size-2" / "results.json"
    (identifier,) = sandbox.rows("SELECT system_identifier::text FROM pg_control_system()")[0]
    with replaced(record, record.read_text().replace(identifier, "7000000000000000001")):
        yield

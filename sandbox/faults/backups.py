"""Backups that are missing, that are not what they seem, or that cannot be read to their last byte."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sandbox.faults import fault
from sandbox.faults.tools import ago, estate_edited, moved_away
from sandbox.house import Sandbox

EXISTS, SIZE, INTEGRITY = "daily.backup.exists", "daily.backup.size", "daily.backup.integrity"
SET, RESTORABLE, SYSTEM = "monthly.backup.complete-set", "monthly.backup.restorable", "monthly.backup.system"
ROOM = "monthly.capacity.backups"
RESTORE, TIME, CORRUPTION = "quarterly.recovery.restore", "quarterly.recovery.time", "quarterly.recovery.corruption"


def _all(sandbox: Sandbox) -> list[Path]:
    """The nightly backups, oldest first."""
    return sorted((sandbox.home / "backup" / "daily").glob("*.dump"))


def _newest(sandbox: Sandbox) -> Path:
    return _all(sandbox)[-1]


def _record(backup: Path) -> Path:
    return backup.with_name(f"{backup.name}.json")


@contextmanager
def _newest_replaced(sandbox: Sandbox, make: Callable[[Path, Path], None], *, keep_record: bool = False) -> Iterator[Path]:
    """The newest backup made anew by `make(old, new)`; without the job's record, so that reading it must be enough."""
    newest = _newest(sandbox)
    old, moment = newest.with_name(f"{newest.name}.aside"), newest.stat().st_mtime
    with moved_away(newest, *([] if keep_record else [_record(newest)])):
        make(old, newest)
        os.utime(newest, (moment, moment))
        yield newest


def _changed(sandbox: Sandbox, change: Callable[[bytes], bytes], *, keep_record: bool = False) -> Iterator[None]:
    """The newest backup with other bytes."""
    with _newest_replaced(sandbox, lambda old, new: (new.write_bytes(change(old.read_bytes())), None)[1], keep_record=keep_record):
        yield


def _tool(sandbox: Sandbox, *argv: str | Path) -> None:
    binary = sandbox.postgres.binaries / str(argv[0])
    subprocess.run(
        [binary, *argv[1:]], env={**sandbox.postgres.environment, "PGUSER": "neff_admin"}, check=True, timeout=60, capture_output=True
    )


# -- existence


@fault(not_met=[EXISTS, SET], not_assessed=[SIZE, INTEGRITY, RESTORABLE, SYSTEM, ROOM, RESTORE, TIME, CORRUPTION])
def no_backup_at_all(sandbox: Sandbox) -> Iterator[None]:
    """The backup directory is empty."""
    daily = sandbox.home / "backup" / "daily"
    with moved_away(daily):
        daily.mkdir()
        yield


@fault(not_met=[EXISTS, SET], not_assessed=[SIZE, INTEGRITY, RESTORABLE, SYSTEM, ROOM, RESTORE, TIME, CORRUPTION])
def backup_pattern_matches_nothing(sandbox: Sandbox) -> Iterator[None]:
    """The names changed, and the pattern finds none of them."""
    with estate_edited(sandbox, ('pattern = "*.dump"', 'pattern = "neff-*.dump"')):
        yield


@fault(not_assessed=[EXISTS, SIZE, INTEGRITY, SET, RESTORABLE, SYSTEM, ROOM, RESTORE, TIME, CORRUPTION])
def backup_directory_missing(sandbox: Sandbox) -> Iterator[None]:
    """There is no such directory: a path that is wrong says nothing about backups."""
    with moved_away(sandbox.home / "backup" / "daily"):
        yield


@fault(not_met=[EXISTS, SET, SYSTEM, TIME])
def newest_backup_missing(sandbox: Sandbox) -> Iterator[None]:
    """Last night's backup was not made."""
    newest = _newest(sandbox)
    with moved_away(newest, _record(newest)):
        yield


@fault(not_met=[EXISTS, SET, RESTORABLE, SYSTEM, RESTORE, TIME])
def yesterdays_backup_copied_over_todays(sandbox: Sandbox) -> Iterator[None]:
    """Under today's name lies yesterday's backup."""
    before = _all(sandbox)[-2]
    with _newest_replaced(sandbox, lambda _, new: (shutil.copyfile(before, new), None)[1]):
        yield


@fault(not_met=[EXISTS, SIZE, SET, RESTORABLE, SYSTEM, RESTORE], not_assessed=[TIME, CORRUPTION])
def backup_of_the_schema_only(sandbox: Sandbox) -> Iterator[None]:
    """The backup holds every table and not one row."""

    def dump(_: Path, new: Path) -> None:
        _tool(sandbox, "pg_dump", "--format=custom", "--schema-only", "--file", new)
        _date(new)

    with _newest_replaced(sandbox, dump):
        yield


@fault(not_met=[EXISTS, SIZE, SET, RESTORABLE, SYSTEM, RESTORE], not_assessed=[TIME, CORRUPTION])
def backup_of_another_database(sandbox: Sandbox) -> Iterator[None]:
    """The backup is of the server's own empty database, under the right name."""

    def dump(_: Path, new: Path) -> None:
        _tool(sandbox, "pg_dump", "--format=custom", "--dbname", "postgres", "--file", new)
        _date(new)

    with _newest_replaced(sandbox, dump):
        yield


def _date(archive: Path) -> None:
    """Gives an archive that was made now the time in its name."""
    from sandbox.backups import dated

    dated(archive, datetime.strptime(archive.name[:15], "%Y%m%d_%H%M%S").replace(tzinfo=UTC))


@fault(not_met=[EXISTS, SYSTEM])
def backup_touched_long_after(sandbox: Sandbox) -> Iterator[None]:
    """The file's time is days away from the time in its name."""
    newest = _newest(sandbox)
    before = newest.stat().st_mtime
    os.utime(newest, (ago(days=3).timestamp(),) * 2)
    try:
        yield
    finally:
        os.utime(newest, (before, before))


@fault(not_met=[EXISTS, RESTORABLE, SYSTEM, RESTORE])
def backup_of_the_future(sandbox: Sandbox) -> Iterator[None]:
    """The newest backup claims to be of next year: it would hide every missing one until then."""
    newest = _newest(sandbox)
    later = newest.with_name(f"{int(newest.name[:4]) + 1}{newest.name[4:]}")
    shutil.copy2(newest, later)
    try:
        yield
    finally:
        later.unlink()


@fault(not_met=[EXISTS, INTEGRITY, SET, SYSTEM])
def backup_being_written(sandbox: Sandbox) -> Iterator[None]:
    """A process is still appending to the newest backup, whose beginning is all there."""
    newest, done = _newest(sandbox), threading.Event()

    def append() -> None:
        with newest.open("ab", buffering=0) as file:
            while not done.wait(0.1):
                file.write(b"\0" * 64)
                os.utime(newest, (moment, moment))

    moment = newest.stat().st_mtime
    before = newest.read_bytes()
    writer = threading.Thread(target=append, daemon=True)
    writer.start()
    try:
        yield
    finally:
        done.set()
        writer.join()
        newest.write_bytes(before)
        os.utime(newest, (moment, moment))


# -- size


@fault(not_met=[SIZE, SET])
def backup_shrunk(sandbox: Sandbox) -> Iterator[None]:
    """The backups before were much larger: last night's holds 60 % of what is usual."""
    grown = [(path, path.read_bytes(), path.stat().st_mtime) for path in _all(sandbox)[:-1]]
    for path, content, moment in grown:
        path.write_bytes(content + bytes(int(len(content) * 0.67)))
        os.utime(path, (moment, moment))
    try:
        yield
    finally:
        for path, content, moment in grown:
            path.write_bytes(content)
            os.utime(path, (moment, moment))


@fault(not_met=[EXISTS, INTEGRITY, SET, RESTORABLE, SYSTEM, RESTORE, TIME], not_assessed=[SIZE, CORRUPTION])
def backup_is_an_empty_gzip(sandbox: Sandbox) -> Iterator[None]:
    """`pg_dump | gzip` failed: a valid gzip file of twenty bytes with nothing in it, which gzip -t calls fine."""
    with _newest_replaced(sandbox, lambda _, new: (new.write_bytes(gzip.compress(b"", mtime=0)), None)[1]):
        yield


@fault(not_met=SET, not_assessed=SIZE)
def first_backup_ever(sandbox: Sandbox) -> Iterator[None]:
    """There is no earlier backup to compare the size with."""
    earlier = _all(sandbox)[:-1]
    with moved_away(*earlier, *(_record(path) for path in earlier)):
        yield


# -- integrity


def _cut(share: float) -> Callable[[bytes], bytes]:
    return lambda content: content[: int(len(content) * share)]


@fault(not_met=[INTEGRITY, SET, RESTORABLE, SYSTEM, RESTORE, TIME], not_assessed=CORRUPTION)
def backup_cut_at_999_per_mille(sandbox: Sandbox) -> Iterator[None]:
    """The last thousandth of the backup is missing."""
    yield from _changed(sandbox, _cut(0.999))


@fault(not_met=[INTEGRITY, SIZE, SET, RESTORABLE, SYSTEM, RESTORE, TIME], not_assessed=CORRUPTION)
def backup_cut_at_60_percent(sandbox: Sandbox) -> Iterator[None]:
    """Two fifths of the backup are missing; its table of contents is whole."""
    yield from _changed(sandbox, _cut(0.60))


@fault(not_met=[INTEGRITY, SIZE, SET, RESTORABLE, SYSTEM, RESTORE, TIME], not_assessed=CORRUPTION)
def backup_cut_at_20_percent(sandbox: Sandbox) -> Iterator[None]:
    """Four fifths of the backup are missing; its table of contents is whole."""
    yield from _changed(sandbox, _cut(0.20))


@fault(not_met=[INTEGRITY, SIZE, EXISTS, SET, RESTORABLE, SYSTEM, RESTORE, TIME], not_assessed=CORRUPTION)
def backup_cut_in_its_header(sandbox: Sandbox) -> Iterator[None]:
    """Hardly more than the beginning of the table of contents is left."""
    yield from _changed(sandbox, _cut(0.02))


def _zeroed(content: bytes) -> bytes:
    middle = len(content) * 6 // 10
    return content[:middle] + bytes(4096) + content[middle + 4096 :]


def _flipped(content: bytes) -> bytes:
    middle = len(content) * 6 // 10
    return content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]


@fault(not_met=[INTEGRITY, RESTORABLE, SYSTEM, RESTORE, TIME], not_assessed=CORRUPTION)
def backup_with_a_zeroed_block(sandbox: Sandbox) -> Iterator[None]:
    """Four kilobytes in the middle of the backup are zero."""
    yield from _changed(sandbox, _zeroed)


@fault(not_met=[INTEGRITY, RESTORABLE, SYSTEM, RESTORE, TIME], not_assessed=CORRUPTION)
def backup_with_a_flipped_bit(sandbox: Sandbox) -> Iterator[None]:
    """One bit in the middle of the backup is another."""
    yield from _changed(sandbox, _flipped)


@fault(not_met=[EXISTS, INTEGRITY, SET, RESTORABLE, SYSTEM, RESTORE, TIME], not_assessed=[SIZE, CORRUPTION])
def backup_of_zeros(sandbox: Sandbox) -> Iterator[None]:
    """The disk gave the newest backup's room and none of its bytes: all of it is zero, in the right size."""
    yield from _changed(sandbox, lambda content: bytes(len(content)), keep_record=True)


@fault(not_met=[INTEGRITY, SET], not_assessed=[EXISTS, SIZE, RESTORABLE, SYSTEM, RESTORE, TIME, CORRUPTION])
def backup_overwritten(sandbox: Sandbox) -> Iterator[None]:
    """Something else was written over the newest backup: its format tells nobody anything, its digest tells that it is another."""
    yield from _changed(sandbox, lambda content: b"\x95" * len(content), keep_record=True)


@fault(not_met=[INTEGRITY, SET, SYSTEM])
def backup_altered_where_only_the_digest_sees_it(sandbox: Sandbox) -> Iterator[None]:
    """Bytes were added behind the end of the archive: it decodes as before, and is not the file that was made."""
    yield from _changed(sandbox, lambda content: content + b"later", keep_record=True)


def _in_format(sandbox: Sandbox, kind: str, damage: Callable[[Path], None]) -> Iterator[None]:
    """The newest backup in another format, then damaged. Its size has nothing to be compared with."""

    def make(old: Path, new: Path) -> None:
        del old
        _tool(sandbox, "pg_dump", f"--format={kind}", "--file", new)
        if kind in ("directory", "tar"):
            with suppress(ValueError):
                _date(new)
        damage(new)

    newest = _newest(sandbox)
    record = json.loads(_record(newest).read_text())
    kept = {key: record[key] for key in ("database", "started")}
    moment = newest.stat().st_mtime
    with _newest_replaced(sandbox, make):
        _record(newest).write_text(json.dumps(kept))
        for path in (newest, *newest.rglob("*")):
            os.utime(path, (moment, moment))
        try:
            yield
        finally:
            _record(newest).unlink()


def _drop_a_data_file(directory: Path) -> None:
    max(directory.glob("*.dat.gz"), key=lambda path: path.stat().st_size).unlink()


def _cut_file(share: float) -> Callable[[Path], None]:

    def cut(path: Path) -> None:
        path.write_bytes(_cut(share)(path.read_bytes()))

    return cut


def _zero_a_block(path: Path) -> None:
    path.write_bytes(_zeroed(path.read_bytes()))


def _cut_at_a_row_end(path: Path) -> None:
    content = path.read_bytes()
    table = content.index(b"COPY public.audit_logs")
    path.write_bytes(content[: content.index(b"\n", table + 20_000) + 1])


@fault(not_met=[INTEGRITY, SET, RESTORABLE, SYSTEM, RESTORE, TIME], not_assessed=[SIZE, CORRUPTION])
def directory_backup_without_a_data_file(sandbox: Sandbox) -> Iterator[None]:
    """A backup in directory format has lost one of its files."""
    yield from _in_format(sandbox, "directory", _drop_a_data_file)


@fault(not_met=[INTEGRITY, SET, RESTORABLE, SYSTEM, RESTORE, TIME], not_assessed=[SIZE, CORRUPTION])
def tar_backup_that_makes_pg_restore_hang(sandbox: Sandbox) -> Iterator[None]:
    """A backup in tar format was cut: pg_restore reads on for ever, at full speed."""
    yield from _in_format(sandbox, "tar", _cut_file(0.6))


@fault(not_met=[INTEGRITY, EXISTS, SET, RESTORABLE, SYSTEM, RESTORE, TIME], not_assessed=[SIZE, CORRUPTION])
def plain_backup_cut_at_a_row_end(sandbox: Sandbox) -> Iterator[None]:
    """A plain backup ends in the middle of a table, after a whole row: psql restores it without a word, and lacks the tables behind it."""
    yield from _in_format(sandbox, "plain", _cut_at_a_row_end)


@fault(not_met=[INTEGRITY, SET, RESTORABLE, SYSTEM, RESTORE, TIME], not_assessed=[SIZE, CORRUPTION])
def plain_backup_with_a_zeroed_block(sandbox: Sandbox) -> Iterator[None]:
    """Four kilobytes in the middle of a plain backup are zero; its last line is still there."""
    yield from _in_format(sandbox, "plain", _zero_a_block)


@fault(not_met=[SET, SYSTEM], not_assessed=SIZE, harmless=[EXISTS, INTEGRITY, RESTORE, TIME, CORRUPTION])
def backup_in_another_format(sandbox: Sandbox) -> Iterator[None]:
    """The job writes plain SQL now: a good backup, whose size cannot be compared yet."""
    yield from _in_format(sandbox, "plain", lambda _: None)

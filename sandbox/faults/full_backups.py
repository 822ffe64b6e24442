"""Full backups that would not bring the system back: another content than was dumped, parts missing, days missing."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.backups import dated, digest, size
from sandbox.cluster import DATABASE, SUPERUSER
from sandbox.faults import fault
from sandbox.faults.tools import ago, estate_edited, in_database, json_edited, moved_away, replaced
from sandbox.house import Sandbox

EXISTS, SIZE, INTEGRITY = "daily.backup.exists", "daily.backup.size", "daily.backup.integrity"
SET, RESTORABLE, SYSTEM = "monthly.backup.complete-set", "monthly.backup.restorable", "monthly.backup.system"
RESTORE, TIME, CORRUPTION = "quarterly.recovery.restore", "quarterly.recovery.time", "quarterly.recovery.corruption"
UNCOUNTED = "-c pg_stat_statements.track=none"  # hundreds of statements of a restore would push out those of the day
COPY = "neff_paving_copy1"  # as long as the real name, so that it can be put into an archive's header in its place


def _nights(sandbox: Sandbox) -> list[Path]:
    """The nightly backups, oldest first."""
    return sorted((sandbox.home / "backup" / "daily").glob("*.dump"))


def _record(backup: Path) -> Path:
    return backup.with_name(f"{backup.name}.json")


def _part(backup: Path, name: str) -> Path:
    return backup.with_name(backup.name.replace(".dump", f".{name}"))


def _tool(sandbox: Sandbox, *argv: str | Path, **more: str) -> None:
    environment = {
        **sandbox.postgres.environment,
        "PGHOST": str(sandbox.postgres.socket),
        "PGUSER": SUPERUSER,
        "PGOPTIONS": UNCOUNTED,
        **more,
    }
    words = [str(word) for word in argv]
    subprocess.run([sandbox.postgres.binaries / words[0], *words[1:]], env=environment, check=True, timeout=60, capture_output=True)


@contextmanager
def _replaced_by(sandbox: Sandbox, backup: Path, make: Callable[[Path], None], *, recorded: bool = True) -> Iterator[Path]:
    """A backup that `make(path)` has made in place of the real one.

    `recorded`: the record says what the database held that night, with the size and the digest of this file: the job has dumped
    something else than it counted. Otherwise there is no record at all.
    """
    moment, facts, before = backup.stat().st_mtime, json.loads(_record(backup).read_text()), size(backup)
    with moved_away(backup, _record(backup)):
        make(backup)
        for path in (backup, *backup.rglob("*")):
            os.utime(path, (moment, moment))
        if recorded:
            _record(backup).write_text(json.dumps(facts | {"size_bytes": size(backup), "sha256": digest(backup)}))
        noted = f"UPDATE backup_statistics SET size_bytes = {{}} WHERE file_name = '{backup.name}'"
        with in_database(sandbox, noted.format(size(backup)), noted.format(before)):
            yield backup
        _record(backup).unlink(missing_ok=True)


@contextmanager
def _copied(sandbox: Sandbox, *changes: str) -> Iterator[None]:
    """The newest backup in a database of its own, so that it can be changed and dumped again in any format."""
    _tool(sandbox, "createdb", "--template=template0", COPY)
    try:
        _tool(sandbox, "pg_restore", "--dbname", COPY, _nights(sandbox)[-1])
        for change in changes:
            _tool(sandbox, "psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", COPY, "-c", change)
        yield
    finally:
        _tool(sandbox, "dropdb", "--force", COPY)


def _dump(sandbox: Sandbox, path: Path, *options: str, database: str = COPY, **more: str) -> None:
    """A dump, dated as its name says, that claims to be of the real database."""
    _tool(sandbox, "pg_dump", *options, "--file", path, database, **more)
    if "--format=plain" in options:
        return
    dated(path, datetime.strptime(path.name[:15], "%Y%m%d_%H%M%S").replace(tzinfo=UTC))
    file = path / "toc.dat" if path.is_dir() else path
    file.write_bytes(file.read_bytes().replace(COPY.encode(), DATABASE.encode(), 1))


def _dumped_from_a_copy(sandbox: Sandbox, *changes: str) -> Iterator[None]:
    with (
        _copied(sandbox, *changes),
        _replaced_by(sandbox, _nights(sandbox)[-1], lambda path: _dump(sandbox, path, "--format=custom")),
    ):
        yield


# -- what comes out of a restore


@fault(not_met=[RESTORABLE, RESTORE])
def backup_one_row_short(sandbox: Sandbox) -> Iterator[None]:
    """The dump holds one row less than there were at its snapshot."""
    yield from _dumped_from_a_copy(sandbox, "DELETE FROM audit_logs WHERE id = (SELECT max(id) FROM audit_logs)")


@fault(not_met=[RESTORABLE, RESTORE])
def backup_without_an_index(sandbox: Sandbox) -> Iterator[None]:
    """An index of the database is not in its dump."""
    yield from _dumped_from_a_copy(sandbox, "DROP INDEX idx_appointments_date_status")


@fault(not_met=[RESTORABLE, RESTORE])
def backup_without_a_policy(sandbox: Sandbox) -> Iterator[None]:
    """A row-level policy is not in the dump: after a rebuild the application would see no customer."""
    yield from _dumped_from_a_copy(sandbox, "DROP POLICY application_sees_all ON customers")


@fault(not_met=[RESTORABLE, RESTORE])
def backup_with_a_sequence_set_back(sandbox: Sandbox) -> Iterator[None]:
    """The numbers of customers begin anew: the first insert after a rebuild would fail."""
    yield from _dumped_from_a_copy(sandbox, "SELECT setval('customers_id_seq', 5)")


@fault(not_met=[SET, RESTORABLE, EXISTS, RESTORE, TIME])
def older_dump_under_todays_name(sandbox: Sandbox) -> Iterator[None]:
    """Under the newest name lies the dump of two nights before, and what the job counted is of last night."""
    nights = _nights(sandbox)
    with _replaced_by(sandbox, nights[-1], lambda path: (shutil.copyfile(nights[-3], path), None)[1]):
        yield


@fault(not_met=[SET, RESTORABLE, EXISTS, SYSTEM, RESTORE, TIME])
def older_dump_under_todays_name_without_a_record(sandbox: Sandbox) -> Iterator[None]:
    """The same without a record: the rows are about as many, but its header tells when it was made."""
    nights = _nights(sandbox)
    with _replaced_by(sandbox, nights[-1], lambda path: (shutil.copyfile(nights[-3], path), None)[1], recorded=False):
        yield


@fault(not_met=[SET, RESTORABLE, EXISTS, SIZE, RESTORE], not_assessed=[TIME, CORRUPTION])
def dump_of_another_database_under_the_right_name(sandbox: Sandbox) -> Iterator[None]:
    """The job dumped the server's own empty database."""
    with _replaced_by(sandbox, _nights(sandbox)[-1], lambda path: _dump(sandbox, path, "--format=custom", database="postgres")):
        yield


@fault(not_met=[SET, RESTORABLE, SIZE, RESTORE])
def uncompressed_archive_with_one_digit_changed(sandbox: Sandbox) -> Iterator[None]:
    """A telephone number is another: every tool calls the archive sound, only the sum of its contents tells."""

    def make(path: Path) -> None:
        _dump(sandbox, path, "--format=custom", "--compress=0")
        content = path.read_bytes()
        at = content.index(b"(312) 555-0150")
        path.write_bytes(content[:at] + b"(312) 555-0151" + content[at + 14 :])

    with _copied(sandbox), _replaced_by(sandbox, _nights(sandbox)[-1], make):
        yield


@fault(not_met=[RESTORABLE, RESTORE, TIME], not_assessed=CORRUPTION)
def role_that_sees_no_rows(sandbox: Sandbox) -> Iterator[None]:
    """The job dumps as a role from whom row-level security hides every customer: the dump is complete, the table empty."""
    server = {"PGHOST": "127.0.0.1", "PGUSER": "neff_monitor", "PGOPTIONS": ""}
    with (
        _copied(sandbox, f"GRANT CONNECT ON DATABASE {COPY} TO neff_monitor"),
        _replaced_by(
            sandbox, _nights(sandbox)[-1], lambda path: _dump(sandbox, path, "--format=custom", "--enable-row-security", **server)
        ),
    ):
        yield


@fault(not_met=[RESTORABLE, SYSTEM, RESTORE, TIME], not_assessed=CORRUPTION)
def role_that_sees_no_rows_without_a_record(sandbox: Sandbox) -> Iterator[None]:
    """The same without a record: the live server believes the table to be full."""
    server = {"PGHOST": "127.0.0.1", "PGUSER": "neff_monitor", "PGOPTIONS": ""}
    with (
        _copied(sandbox),
        _replaced_by(
            sandbox,
            _nights(sandbox)[-1],
            lambda path: _dump(sandbox, path, "--format=custom", "--enable-row-security", **server),
            recorded=False,
        ),
    ):
        yield


@fault(not_met=EXISTS, not_assessed=[RESTORABLE, SIZE, RESTORE, TIME, CORRUPTION])
def script_that_leaves_its_database(sandbox: Sandbox) -> Iterator[None]:
    """A plain dump goes on in another database after its end: it is not restored where a live one could be reached."""

    def make(path: Path) -> None:
        _dump(sandbox, path, "--format=plain")
        path.write_text(path.read_text() + "\\connect postgres\nCREATE TABLE stray ();\n")

    with _copied(sandbox), _replaced_by(sandbox, _nights(sandbox)[-1], make):
        yield


@fault(not_assessed=SIZE, harmless=[RESTORABLE, SYSTEM, SET, RESTORE, TIME, CORRUPTION])
def plain_dump_made_with_create(sandbox: Sandbox) -> Iterator[None]:
    """A plain dump drops and creates the live database by name at its beginning: restored all the same, without these lines."""
    options = ("--format=plain", "--create", "--clean", "--if-exists")

    def make(path: Path) -> None:
        _dump(sandbox, path, *options)
        path.write_text(path.read_text().replace(COPY, DATABASE))

    with _copied(sandbox), _replaced_by(sandbox, _nights(sandbox)[-1], make):
        yield


@fault(not_assessed=[RESTORABLE, RESTORE, TIME, CORRUPTION])
def scratch_server_not_there(sandbox: Sandbox) -> Iterator[None]:
    """Nobody answers where scratch databases are to be made: nobody can tell what comes out of the backup."""
    with estate_edited(sandbox, (f'host = "{sandbox.postgres.socket}"', f'host = "{sandbox.home}/nowhere"')):
        yield


# -- a month of backups


@fault(not_met=SET)
def day_without_a_backup(sandbox: Sandbox) -> Iterator[None]:
    """Ten nights ago no backup was made."""
    night = _nights(sandbox)[-10]
    with moved_away(night, _record(night)):
        yield


@fault(not_met=SET)
def day_whose_backup_is_empty(sandbox: Sandbox) -> Iterator[None]:
    """Ten nights ago the job left a file without a byte, and noted it as good."""
    night = _nights(sandbox)[-10]
    with moved_away(_record(night)), replaced(night, b""):
        yield


@fault(not_met=SET)
def day_whose_backup_was_cut_since(sandbox: Sandbox) -> Iterator[None]:
    """The backup of ten nights ago is shorter now than when it was made."""
    night = _nights(sandbox)[-10]
    with replaced(night, night.read_bytes()[:-1000]):
        yield


@fault(not_met=SET)
def day_whose_backup_is_of_another_database(sandbox: Sandbox) -> Iterator[None]:
    """Ten nights ago the job dumped the server's own database, in the usual size, and recorded it so."""
    night = _nights(sandbox)[-10]
    with json_edited(_record(night), database="postgres"):
        yield


@fault(not_met=SET)
def day_whose_backup_holds_no_row(sandbox: Sandbox) -> Iterator[None]:
    """Ten nights ago the job dumped and counted empty tables, in the usual size."""
    night = _nights(sandbox)[-10]
    tables = json.loads(_record(night).read_text())["tables"]
    with json_edited(_record(night), tables={name: told | {"rows": 0} for name, told in tables.items()}):
        yield


@fault(not_met=SET)
def day_whose_backup_is_of_the_schema_only(sandbox: Sandbox) -> Iterator[None]:
    """Ten nights ago the job dumped the tables without their rows, and recorded those of the database."""
    night = _nights(sandbox)[-10]
    with _replaced_by(sandbox, night, lambda path: _dump(sandbox, path, "--format=custom", "--schema-only", database=DATABASE)):
        yield


@fault(not_met=SET)
def day_whose_backup_has_rotted(sandbox: Sandbox) -> Iterator[None]:
    """Four kilobytes in the middle of the backup of ten nights ago are zero; its beginning and its size are as they were."""
    night = _nights(sandbox)[-10]
    content = night.read_bytes()
    middle = len(content) // 2
    with replaced(night, content[:middle] + bytes(4096) + content[middle + 4096 :]):
        yield


@fault(harmless=SET)
def database_halved_for_good(sandbox: Sandbox) -> Iterator[None]:
    """Twelve nights ago old records were removed, and each backup since is half as large as those before."""
    with ExitStack() as stack:
        for night in _nights(sandbox)[:-12]:
            stack.enter_context(_replaced_by(sandbox, night, _doubled(night.read_bytes())))
        yield


def _doubled(content: bytes) -> Callable[[Path], None]:
    return lambda path: (path.write_bytes(content * 2), None)[1]


@fault(not_met=SET)
def day_that_is_not_on_record(sandbox: Sandbox) -> Iterator[None]:
    """The backup of ten nights ago is there, and the job has noted that it failed."""
    noted = f"UPDATE backup_statistics SET status = '{{}}' WHERE file_name = '{_nights(sandbox)[-10].name}'"
    with in_database(sandbox, noted.format("failed"), noted.format("ok")):
        yield


@fault(not_met=SET)
def day_on_record_with_another_file(sandbox: Sandbox) -> Iterator[None]:
    """The table of backups has a line for ten nights ago, about a file of one byte that is not there."""
    size_bytes, name = _nights(sandbox)[-10].stat().st_size, _nights(sandbox)[-10].name
    noted = "UPDATE backup_statistics SET file_name = '{}', size_bytes = {} WHERE file_name = '{}'"
    with in_database(sandbox, noted.format("other.dump", 1, name), noted.format(name, size_bytes, "other.dump")):
        yield


@fault(not_met=SET)
def duplicate_two_days_running(sandbox: Sandbox) -> Iterator[None]:
    """Five nights ago the job copied the backup of the night before, record and all."""
    nights = _nights(sandbox)
    with _replaced_by(sandbox, nights[-5], lambda path: (shutil.copyfile(nights[-6], path), None)[1]):
        yield


@fault(not_met=SET)
def duplicate_of_an_earlier_day(sandbox: Sandbox) -> Iterator[None]:
    """Ten nights ago the job left the backup of two nights before, record and all: its neighbours are others."""
    nights = _nights(sandbox)
    with _replaced_by(sandbox, nights[-10], lambda path: (shutil.copyfile(nights[-12], path), None)[1]):
        yield


@fault(not_met=SET)
def same_content_dumped_on_two_days(sandbox: Sandbox) -> Iterator[None]:
    """Two plain dumps of a copy that stands still: only psql's token and the times differ, and no record tells."""
    with ExitStack() as stack:
        stack.enter_context(_copied(sandbox))
        for night in _nights(sandbox)[-6:-4]:
            stack.enter_context(
                _replaced_by(sandbox, night, lambda path: _dump(sandbox, path, "--format=plain", "--verbose"), recorded=False)
            )
        yield


@fault(not_met=SET)
def backups_never_pruned(sandbox: Sandbox) -> Iterator[None]:
    """A backup of 45 nights ago is still there."""
    oldest = _nights(sandbox)[0]
    when = datetime.strptime(oldest.name[:8], "%Y%m%d").replace(tzinfo=UTC) - timedelta(days=15)
    older = oldest.with_name(f"{when:%Y%m%d}{oldest.name[8:]}")
    shutil.copy2(oldest, older)
    try:
        yield
    finally:
        older.unlink()


@fault(not_met=SET)
def part_never_pruned(sandbox: Sandbox) -> Iterator[None]:
    """The roles with their passwords of 45 nights ago are still there; the dump beside them is gone."""
    yield from _kept(sandbox, f"{ago(days=45):%Y%m%d}_020000.globals")


@fault(not_met=SET)
def backup_without_a_date_never_pruned(sandbox: Sandbox) -> Iterator[None]:
    """Somebody made a dump before a migration, 45 days ago, and its name does not say when."""
    yield from _kept(sandbox, "before-migration.dump")


def _kept(sandbox: Sandbox, name: str) -> Iterator[None]:
    """A file among the backups that was last written 45 days ago."""
    kept = sandbox.home / "backup" / "daily" / name
    kept.write_text("kept\n")
    os.utime(kept, (ago(days=45).timestamp(),) * 2)
    try:
        yield
    finally:
        kept.unlink()


@fault(not_assessed=SET)
def keeping_time_not_decided(sandbox: Sandbox) -> Iterator[None]:
    """Nobody has said how long backups are kept."""
    approved = sandbox.estate / "approved.toml"
    with replaced(approved, approved.read_text().replace("backups = 31", "")):
        yield


# -- the parts of a full backup


@fault(not_met=SYSTEM)
def globals_missing(sandbox: Sandbox) -> Iterator[None]:
    """Last night's backup has no roles."""
    with moved_away(_part(_nights(sandbox)[-1], "globals")):
        yield


@fault(not_met=SYSTEM)
def globals_without_their_end(sandbox: Sandbox) -> Iterator[None]:
    """The globals were cut off; the job recorded what was left."""
    part = _part(_nights(sandbox)[-1], "globals")
    yield from _part_altered(part, part.read_bytes()[:-200])


@fault(not_met=SYSTEM)
def configuration_of_last_month(sandbox: Sandbox) -> Iterator[None]:
    """The configuration was saved a month ago for the last time."""
    with moved_away(*(_part(night, "configuration.tar.gz") for night in _nights(sandbox)[1:])):
        yield


@fault(not_met=SYSTEM)
def configuration_without_a_file(sandbox: Sandbox) -> Iterator[None]:
    """The archive of the configuration is sound and empty; the job recorded it so."""
    yield from _part_altered(_part(_nights(sandbox)[-1], "configuration.tar.gz"), gzip.compress(bytes(10240)))


@fault(not_met=SYSTEM)
def uploaded_file_altered(sandbox: Sandbox) -> Iterator[None]:
    """In the archive of the uploads one picture is another since: a sound archive, but not the one that was made."""
    part = _part(_nights(sandbox)[-1], "uploads.tar.gz")
    moment = part.stat().st_mtime
    with moved_away(part):
        with tarfile.open(part, "w:gz") as archive:
            archive.add(sandbox.home / "uploads" / "driveway-0.jpg", "uploads/driveway-1.jpg")
        os.utime(part, (moment, moment))
        yield


@fault(not_met=SYSTEM)
def uploads_not_listed(sandbox: Sandbox) -> Iterator[None]:
    """Nobody lists the uploads as a part of the full backup: nobody would miss them."""
    with estate_edited(sandbox, (', uploads = "*.uploads.tar.gz"', "")):
        yield


def _part_altered(part: Path, content: bytes) -> Iterator[None]:
    """A part with other content, which the job has recorded."""
    record = _record(_nights_of(part))
    facts = json.loads(record.read_text())
    (told,) = [entry for entry in facts["parts"].values() if entry["file"] == part.name]
    with replaced(part, content):
        told["sha256"] = digest(part)
        with replaced(record, json.dumps(facts)):
            yield


def _nights_of(part: Path) -> Path:
    return part.with_name(f"{part.name[:15]}.dump")

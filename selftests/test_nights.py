"""When a backup is due: its job has two hours, and in the sandbox and the lab they are over, so that a fault is one at every hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from compliance.estate import Backups
from compliance.evidence import Evidence
from fixtures.backups import BackupStore
from fixtures.host import Host
from sandbox.backups import Job, _is_missing, last_due, remove_of_another_hour

DESCRIBED = {"directory": "/backup", "pattern": "*.dump", "database": "neff", "tables": ["customers"]}
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


def test_at_every_minute_the_newest_backup_has_been_due_for_6_to_18_hours() -> None:
    ages = [now - last_due(now) for now in (MIDNIGHT + timedelta(minutes=n) for n in range(24 * 60))]

    assert (min(ages), max(ages)) == (timedelta(hours=6), timedelta(hours=17, minutes=59))


@pytest.mark.parametrize(
    ("now", "due", "zone", "newest"),
    [
        ("2026-03-02T03:59:59Z", "02:00", "UTC", "2026-03-01T02:00:00Z"),
        ("2026-03-02T04:00:00Z", "02:00", "UTC", "2026-03-02T02:00:00Z"),
        ("2026-03-02T00:30:00Z", "23:30", "UTC", "2026-02-28T23:30:00Z"),
        ("2026-03-02T01:30:00Z", "23:30", "UTC", "2026-03-01T23:30:00Z"),
        ("2026-03-02T01:29:00Z", "18:30", "America/New_York", "2026-02-28T23:30:00Z"),
        ("2026-03-02T01:30:00Z", "18:30", "America/New_York", "2026-03-01T23:30:00Z"),
    ],
)
def test_a_backup_has_two_hours_for_its_work_past_midnight_too(now: str, due: str, zone: str, newest: str) -> None:
    described = Backups.model_validate({**DESCRIBED, "due": due, "timezone": zone})
    store = BackupStore(described, Host, Evidence, datetime.fromisoformat(now))  # type: ignore[arg-type]

    assert store.last_due == datetime.fromisoformat(newest)


def _night(folder: Path, when: datetime) -> Job:
    return Job(when, "custom", folder / f"{when:%Y%m%d_%H}0005.dump")


def test_the_last_nights_backup_of_another_hour_gives_way_and_earlier_ones_stay(tmp_path: Path) -> None:
    earlier, last = (_night(tmp_path, datetime(2026, 3, day, 14, tzinfo=UTC)) for day in (1, 2))
    for night in ("20260301_020005", "20260302_020005"):
        for part in ("dump", "dump.json", "globals"):
            (tmp_path / f"{night}.{part}").touch()

    remove_of_another_hour(tmp_path, last.when)

    assert [_is_missing(job) for job in (earlier, last)] == [False, True]
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"20260301_020005.{part}" for part in ("dump", "dump.json", "globals")]

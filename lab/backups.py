"""The machine's past backups: made by its own nightly job, told another time by faketime."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from lab.machine import Machine

DUE = time(2, 0, 5, tzinfo=UTC)
NIGHTS = 21
FOLDER = "backup/daily"


def bring_to_present(machine: Machine, now: datetime) -> None:
    """Makes the backups that are missing of the last three weeks, oldest first, two at a time."""
    there = {path.name[:8] for path in (machine.root / FOLDER).glob("*.dump")}
    missing = [night for night in _nights(now) if f"{night:%Y%m%d}" not in there]
    if missing:
        nights = "\n".join(f"{night:%Y-%m-%d %H:%M:%S}" for night in missing)
        job = "cd /; xargs -d '\\n' -P 2 -I {} runuser -u postgres -- faketime {} /usr/local/sbin/neff-backup"
        machine.do(job, given=nights, seconds=120)


def _nights(now: datetime) -> list[datetime]:
    last = datetime.combine(now.date(), DUE)
    nights = [last - timedelta(days=n) for n in range(NIGHTS + 1)]
    return sorted(night for night in nights if night <= now)[-NIGHTS:]

"""The machine's past backups: made by its own nightly job, the project's wrapper, told another time by faketime."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from lab import recipe
from lab.machine import Machine

DUE = time(2, 0, 5, tzinfo=UTC)
NIGHTS = 31
CRON = recipe.MACHINE / "etc/cron.d/neff"
FOLDER = "backup/daily"


def bring_to_present(machine: Machine, now: datetime) -> None:
    """Makes the backups that are missing of the last month, oldest first.

    One at a time: each notes itself in the database, so that no two are of the same content.
    """
    there = {path.name[:8] for path in (machine.root / FOLDER).glob("*.dump")}
    missing = [night for night in _nights(now) if f"{night:%Y%m%d}" not in there]
    if missing:
        nights = "\n".join(f"{night:%Y-%m-%d %H:%M:%S}" for night in missing)
        job = f"cd /; xargs -d '\\n' -I {{}} runuser -u postgres -- faketime {{}} {_command()}"
        machine.do(job, given=nights, seconds=120)


def _command() -> str:
    """What cron runs every night."""
    line = next(line for line in CRON.read_text().splitlines() if " neff-backup " in line)
    return line.split(None, 6)[6]


def _nights(now: datetime) -> list[datetime]:
    last = datetime.combine(now.date(), DUE)
    nights = [last - timedelta(days=n) for n in range(NIGHTS + 1)]
    return sorted(night for night in nights if night <= now)[-NIGHTS:]

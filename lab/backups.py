"""The machine's past backups: made by its own nightly job, the project's wrapper, told another time by faketime."""

from __future__ import annotations

from datetime import datetime, timedelta

from lab import recipe
from lab.machine import Machine
from sandbox.backups import NIGHTS, TOOK, last_due, remove_of_another_hour

CRON = recipe.MACHINE / "etc/cron.d/neff"
FOLDER = "backup/daily"


def bring_to_present(machine: Machine, now: datetime) -> None:
    """Makes the backups that are missing of the last month, oldest first, and has cron go on at that hour.

    One at a time: each notes itself in the database, so that no two are of the same content.
    """
    due, folder = last_due(now), machine.root / FOLDER
    remove_of_another_hour(folder, due)
    there = {path.name[:8] for path in folder.glob("*.dump")}
    nights = [due - timedelta(days=n) for n in reversed(range(NIGHTS))]
    missing = [f"{night + TOOK:%Y-%m-%d %H:%M:%S}" for night in nights if f"{night:%Y%m%d}" not in there]
    if missing:
        job = f"cd /; xargs -d '\\n' -I {{}} runuser -u postgres -- faketime {{}} {_command()}"
        machine.do(job, given="\n".join(missing), seconds=120)
    machine.do(f"sed -i '/ neff-backup /s/^0 [0-9]* /0 {due.hour} /' /{CRON.relative_to(recipe.MACHINE)}")


def _command() -> str:
    """What cron runs every night."""
    line = next(line for line in CRON.read_text().splitlines() if " neff-backup " in line)
    return line.split(None, 6)[6]

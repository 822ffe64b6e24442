"""The access log's rotated files: a week that has gone by, one compressed file for each day."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

DAY, WEEK = timedelta(days=1), timedelta(days=7, hours=3)


def days(current: datetime, now: datetime) -> Iterator[datetime]:
    """The days (their beginnings, newest first) that lie before the current file and within a week of now."""
    day = current - DAY
    while day + DAY > now - WEEK:
        yield day
        day -= DAY


def boundary(now: datetime, least: timedelta) -> datetime:
    """The midnight where the current file begins, so that it holds at least this much."""
    return datetime.combine((now - least).date(), time(), UTC)


def bring_to_present(log: Path, now: datetime, least: timedelta, lines: Callable[[datetime, datetime], Iterable[str]]) -> None:
    """Writes the files that are missing beside the log, named by their day as logrotate's `dateext` does, and removes the old ones."""
    wanted = {log.with_name(f"{log.name}-{day:%Y%m%d}.gz"): day for day in days(boundary(now, least), now)}
    for old in set(log.parent.glob(f"{log.name}-*.gz")) - set(wanted):
        old.unlink()
    for path, day in wanted.items():
        if not path.exists():
            draft = path.with_name(f".{path.name}.new")
            text = "".join(f"{line}\n" for line in lines(day - timedelta(seconds=1), day + DAY - timedelta(seconds=1)))
            draft.write_bytes(gzip.compress(text.encode(), 1, mtime=0))
            os.utime(draft, ((day + DAY).timestamp(),) * 2)
            draft.replace(path)

"""The records that runs left under reports/: found again by estate and system, newest first, read no further than needed."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

OVERLAP = timedelta(days=2)
PATIENCE_S = 30.0
CONCLUSIVE = (0, 1, 6)


@dataclass(frozen=True)
class Header:
    """Where a record lies, and its `run` block."""

    path: Path
    run: dict[str, Any]

    @property
    def finished(self) -> datetime:
        """When the verdicts were reached."""
        return datetime.fromisoformat(self.run["finished"])

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells this run from every other: estate, system, machine, id."""
        return (self.run["estate"], self.run["system"], self.run.get("host", ""), self.run["id"])

    def document(self) -> dict[str, Any]:
        """The whole record; raises `ValueError` or `OSError` when it cannot be read."""
        read: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return read


def complete(run: dict[str, Any]) -> bool:
    """Whether a run was the whole of its cadence and came to an end: parts and interrupted runs are compared with nothing."""
    return not run["partial"] and run["exit_code"] in CONCLUSIVE


def same(run: dict[str, Any], estate: str, system: str) -> bool:
    """Whether a run looked at this estate and system."""
    return bool(run["estate"] == estate and run["system"] == system)


def headers(folder: Path) -> Iterator[Header]:
    """The complete runs of a cadence's folder, those that started last first. What is no record of a complete run is left out."""
    for path in sorted(folder.glob("*/results.json"), key=_by_start, reverse=True):
        if path.parent.is_symlink():
            continue
        try:
            run = _run_block(path)
            if complete(run) and datetime.fromisoformat(run["finished"]) and run["id"] and run["cadence"]:
                same(run, "", "")
                yield Header(path, run)
        except (OSError, ValueError, KeyError, TypeError):
            continue


def newest(folder: Path, estate: str, system: str, before: datetime) -> Header | None:
    """Of the runs of this estate and system that finished before a moment, the one that finished last.

    Runs may overlap: one that started earlier may have ended later, so those that began within two days of each other are compared.
    """
    mine = (h for h in headers(folder) if same(h.run, estate, system) and h.finished <= before)
    first = next(mine, None)
    if first is None:
        return None
    near = takewhile(lambda header: header.finished > first.finished - OVERLAP, mine)
    return max([first, *near], key=lambda header: header.finished)


def _by_start(path: Path) -> tuple[str, int]:
    """A folder's time, then the number of the run within that second."""
    moment, _, number = path.parent.name.partition("-")
    return moment, int(number) if number.isdecimal() else 0


def _run_block(path: Path) -> dict[str, Any]:
    """The `run` block, which stands on a line of its own near the top of a record; of another layout all is read."""
    with path.open(encoding="utf-8") as file:
        for line in (file.readline(), file.readline(), file.readline()):
            if line.startswith(' "run": {'):
                block: dict[str, Any] = json.loads(line.strip().removeprefix('"run": ').rstrip(","))
                return block
    whole: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return whole["run"]  # type: ignore[no-any-return]


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[bool]:
    """Runs that finish at once take turns, so that each has the other as its predecessor; False when the turn did not come in time."""
    with (folder / ".lock").open("a") as file:
        yield _locked(file.fileno())


def _locked(descriptor: int) -> bool:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        except OSError:  # a file system without locks
            return False
        else:
            return True

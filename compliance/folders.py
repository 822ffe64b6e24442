"""A run's folder: made for it alone, filled in one step, pointed at when the run is complete."""

from __future__ import annotations

import errno
import os
from datetime import datetime
from pathlib import Path

from compliance.errors import ConfigurationError


def make_folder(reports: Path, cadence: str, started: datetime) -> Path:
    """A new folder `reports/<cadence>/<UTC time>`; two runs that start in the same second get two folders.

    Raises `ConfigurationError` where nothing can be written.
    """
    try:
        return _made(reports / cadence, started)
    except OSError as error:
        remedy = "Name a folder that this account may write to, on a disk with room"
        problem = f"no record can be left there: {error.strerror}"
        raise ConfigurationError("command line", "--reports", str(reports), problem, remedy) from None


def _made(base: Path, started: datetime) -> Path:
    base.mkdir(parents=True, exist_ok=True)
    name = started.strftime("%Y%m%dT%H%M%SZ")
    for suffix in ("", *(f"-{n}" for n in range(2, 100))):
        try:
            (base / f"{name}{suffix}").mkdir()
        except FileExistsError:
            continue
        return base / f"{name}{suffix}"
    raise FileExistsError(errno.EEXIST, "a hundred runs started in this second", str(base / name))


def point_latest(folder: Path) -> None:
    """Makes `latest` a link to this folder in one step, so that nobody ever finds half a report there."""
    fresh = folder.parent / f".latest-{folder.name}"
    fresh.symlink_to(folder.name)
    fresh.replace(folder.parent / "latest")


def write_whole(path: Path, text: str) -> None:
    """Writes a file that is there either whole or not at all."""
    draft = path.with_name(f".{path.name}")
    with draft.open("w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)

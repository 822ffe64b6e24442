"""The image: two layers, each built once and kept in /var/cache under the digest of its recipe."""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab import base, furnish, recipe
from lab.commands import LabError

CACHE = Path("/var/cache/neff-lab")
# An image of yesterday has package lists of yesterday: on them nobody can say whether a security update is pending.
OLDEST_S = 20 * 3600.0


@dataclass(frozen=True)
class Image:
    """The folders that a machine's root file system is stacked from, the topmost first."""

    layers: tuple[Path, ...]


@contextmanager
def held() -> Iterator[Image]:
    """The image, built first when it is missing, of an older recipe or nearly a day old; nobody removes it until the end."""
    CACHE.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (CACHE / "use.lock").open("w") as using:
        with (CACHE / "build.lock").open("w") as building:
            fcntl.flock(building, fcntl.LOCK_EX)
            packages = _layer(f"packages-{recipe.of_packages()}", base.build)
            machine = _layer(f"machine-{recipe.of_machine()}", lambda folder: furnish.build(folder, packages / "root"))
            fcntl.flock(using, fcntl.LOCK_SH)
        yield Image((machine / "upper", packages / "root"))


def remove() -> None:
    """Removes everything that is cached. Raises LabError while a machine uses it."""
    if CACHE.exists() and not _remove_all_but(()):
        raise LabError(f"{CACHE} is in use by a machine that runs: stop it first")


def _layer(name: str, build: Callable[[Path], None]) -> Path:
    """The layer of this name; a half-built one is never taken for it."""
    folder = CACHE / name
    made = folder / "complete"
    if made.exists() and time.time() - made.stat().st_mtime < OLDEST_S:
        return folder
    kept = (recipe.of_packages(), recipe.of_machine())
    _remove_all_but(tuple(digest for digest in kept if not name.endswith(digest)))
    draft = CACHE / f"{name}.new"
    shutil.rmtree(draft, ignore_errors=True)
    if folder.exists():  # a machine that runs may still look into it
        folder.rename(f"{folder}.old-{time.time():.0f}")
    draft.mkdir()
    build(draft)
    (draft / "complete").touch()
    draft.rename(folder)
    return folder


def _remove_all_but(kept: tuple[str, ...]) -> bool:
    """Removes all other layers, unless a machine runs that may use one of them; whether they were removed."""
    with (CACHE / "use.lock").open("w") as using:
        try:
            fcntl.flock(using, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        for folder in CACHE.iterdir():
            if folder.is_dir() and not folder.name.endswith(kept or ("/",)):
                shutil.rmtree(folder)
    return True

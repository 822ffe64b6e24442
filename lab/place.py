"""Which machine this process may have: a number, and with it a folder, a name and two addresses."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lab import cgroups, layers, network
from lab.commands import LabError

RUN = Path("/run/neff-lab")
MOST = 250


@dataclass(frozen=True)
class Place:
    """The place of one machine: everything it has outside of itself is named after its number."""

    number: int

    @property
    def home(self) -> Path:
        """The folder with its layers, keys and its estate."""
        return RUN / str(self.number)

    @property
    def name(self) -> str:
        """Its name, and that of its network and control group."""
        return f"neff-lab-{self.number}"

    @property
    def address(self) -> str:
        """Its own address."""
        return f"10.231.{self.number}.2"

    @property
    def gateway(self) -> str:
        """The address of this machine on the way to it."""
        return f"10.231.{self.number}.1"


@contextmanager
def lease() -> Iterator[Place]:
    """The first place that nobody holds, empty, until the end. What killed runs have left in any free place is removed.

    A lock of the kernel's says who is alive, so that a killed holder holds nothing.
    """
    RUN.mkdir(mode=0o700, exist_ok=True)
    for number in range(1, MOST + 1):
        place = Place(number)
        with _lock(place) as held:
            if not held:
                continue
            _sweep(number + 1)
            clear(place)
            place.home.mkdir(mode=0o700)
            try:
                yield place
            finally:
                clear(place)
            return
    raise LabError(f"all {MOST} places for machines are taken: see {RUN}")


@contextmanager
def _lock(place: Place) -> Iterator[bool]:
    """Whether this place is ours now; if it is, until the end."""
    with (RUN / f"{place.number}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _sweep(first: int) -> None:
    """Removes what is left in places from this number on that nobody holds."""
    for folder in RUN.iterdir():
        if folder.is_dir() and folder.name.isdigit() and int(folder.name) >= first:
            place = Place(int(folder.name))
            with _lock(place) as held:
                if held:
                    clear(place)


def clear(place: Place) -> None:
    """Ends whatever runs in this place, and takes down its mounts, its network and its folder."""
    cgroups.kill(place.name)
    layers.unmount_below(place.home)
    network.down(place.name)
    cgroups.remove(place.name)
    with suppress(OSError):
        (Path("/run/systemd/nspawn/propagate") / place.name).rmdir()
    shutil.rmtree(place.home, ignore_errors=True)
    if place.home.exists():
        raise LabError(f"{place.home} cannot be removed: is something mounted there?")

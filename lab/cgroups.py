"""A control group for each machine: two machines do not meet in it, and none of its processes can be missed."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

LIMIT_S = 10.0


def folders(name: str) -> list[Path]:
    """The group of this name in each hierarchy that systemd keeps processes in: the unified one, and version 1's own."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    found = [m[1] for m in mounts if m[2] == "cgroup2" or (m[2] == "cgroup" and "name=systemd" in m[3].split(","))]
    return [Path(path) / name for path in dict.fromkeys(found)]


def make(name: str) -> list[Path]:
    """Makes the group; the files that a process writes its number to when it joins."""
    made = folders(name)
    for folder in made:
        folder.mkdir(exist_ok=True)
    return [folder / "cgroup.procs" for folder in made]


def kill(name: str) -> None:
    """Ends every process of the group by SIGKILL, and returns when none is left."""
    deadline = time.monotonic() + LIMIT_S
    while (left := _members(name)) and time.monotonic() < deadline:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def remove(name: str) -> None:
    """Removes the empty group."""
    for folder in folders(name):
        for inner in sorted(folder.rglob("*/"), reverse=True) if folder.exists() else []:
            with suppress(OSError):
                inner.rmdir()
        with suppress(OSError):
            folder.rmdir()


def _members(name: str) -> set[int]:
    members: set[int] = set()
    for folder in folders(name):
        for file in folder.rglob("cgroup.procs") if folder.exists() else []:
            with suppress(OSError):
                members.update(int(pid) for pid in file.read_text().split() if pid != "0")
    return members

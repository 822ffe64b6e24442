"""What several faults need."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from lab.commands import LabError
from lab.house import Lab

SILENCE = "amtool --alertmanager.url=http://127.0.0.1:9093 silence"


@contextmanager
def on_machine(lab: Lab, breaks: str, mends: str, *, seconds: float = 60) -> Iterator[None]:
    """A command that breaks, and one that mends; it mends as well when breaking went wrong half-way."""
    try:
        lab.do(breaks, seconds=seconds)
        yield
    finally:
        lab.do(mends, seconds=seconds)


@contextmanager
def dropped_in(lab: Lab, path: str, content: str, then: str, mended: str = "") -> Iterator[None]:
    """A file that is there for a while, in place of what may be there; `then` makes it felt, and again once it is gone."""
    keep = f"[ ! -e {path} ] || cp -p {path} {path}.kept; mkdir -p $(dirname {path}); cat > {path}"
    back = f"if [ -e {path}.kept ]; then cat {path}.kept > {path}; rm {path}.kept; else rm -f {path}; fi; {mended or then}"
    lab.do(keep, given=content)
    try:
        lab.do(then, seconds=60)
        yield
    finally:
        lab.do(back, seconds=60)


@contextmanager
def estate_edited(lab: Lab, old: str, new: str) -> Iterator[None]:
    """The estate pointing somewhere else."""
    path = lab.estate / "estate.toml"
    before = path.read_text()
    if old not in before:
        raise ValueError(f"{path} does not hold {old!r}")
    path.write_text(before.replace(old, new))
    try:
        yield
    finally:
        path.write_text(before)


def wait_for(lab: Lab, command: str, seconds: float = 40) -> None:
    """Returns once the command succeeds on the machine. Raises LabError when it never does."""
    deadline = time.monotonic() + seconds
    while lab.run(command).code:
        if time.monotonic() > deadline:
            raise LabError(f"after {seconds:g} s, this still fails on the machine: {command}")
        time.sleep(0.2)

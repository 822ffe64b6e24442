"""Which sandbox this process may use: the first `.sandbox/<n>` that nobody holds."""

from __future__ import annotations

import fcntl
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def lease(root: Path) -> Iterator[Path]:
    """The folder of a free sandbox, held until the end; a lock of the kernel's, so that a killed holder holds nothing."""
    for number in itertools.count(1):
        with (root / f"{number}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            home = root / str(number)
            home.mkdir(exist_ok=True)
            yield home
            return

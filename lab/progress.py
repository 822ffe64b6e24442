"""One line on standard error for each step, with the seconds it took."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(said: str) -> Iterator[None]:
    """Says what begins, and how long it took once it is over."""
    started = time.monotonic()
    sys.stderr.write(f"lab: {said} …")
    sys.stderr.flush()
    ending = "failed after"
    try:
        yield
        ending = ""
    finally:
        sys.stderr.write(f" {ending} {time.monotonic() - started:.1f} s\n".replace("  ", " "))
        sys.stderr.flush()

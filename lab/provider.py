"""What the core calls: a lab for the length of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.house import standing


@contextmanager
def bring_up() -> Iterator[Path]:
    """Yields the estate folder of a lab that is up."""
    with standing() as lab:
        yield lab.estate

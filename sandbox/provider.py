"""What the core calls: a sandbox for the length of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.house import standing


@contextmanager
def bring_up() -> Iterator[Path]:
    """Yields the estate folder of a sandbox that is up."""
    with standing() as sandbox:
        yield sandbox.estate

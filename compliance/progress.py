"""A line on the terminal while a look takes long: what is going on, and how long it may still take."""

from __future__ import annotations

import time
from typing import Any

import pytest

EVERY_S = 10.0


class Progress:
    """Says how far something is. One line that changes on a terminal, a new line every ten seconds in a log, nothing in a worker."""

    def __init__(self, config: pytest.Config) -> None:
        self._reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
        self._capture: Any = config.pluginmanager.get_plugin("capturemanager")
        self._said_at: float | None = None
        self._changes = bool(self._reporter and self._reporter.isatty)

    def say(self, text: str) -> None:
        """Shows a text instead of the one before; in a log only every ten seconds."""
        now = time.monotonic()
        if self._reporter is None or (not self._changes and self._said_at is not None and now - self._said_at < EVERY_S):
            return
        self._said_at = now
        self._write(f"\r\x1b[K{text}" if self._changes else f"\n{text}")

    def done(self) -> None:
        """Takes the line away again, and begins anew."""
        if self._said_at is not None:
            self._write("\r\x1b[K" if self._changes else "\n")
        self._said_at = None

    def _write(self, text: str) -> None:
        with self._capture.global_and_fixture_disabled():
            self._reporter.write(text, flush=True)


def seconds(number: float) -> str:
    """A duration as a person says it."""
    return f"{number:.0f} s" if number < 120 else f"{number / 60:.0f} min"


def size(number: float) -> str:
    """A number of bytes as a person says it."""
    for unit in ("bytes", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"

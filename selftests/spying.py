"""A pytest plugin (`-p selftests.spying`): says on the machine which check a command belongs to, and takes no look twice.

What a host notes besides (`Host.aside`) belongs to no check: no verdict depends on it.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from compliance.evidence import Evidence
from fixtures.host import Host
from fixtures.transport import Shell


def pytest_configure(config: pytest.Config) -> None:
    """Wraps the connection, in this process only."""
    exchange, aside = Shell._exchange, Host.aside
    besides: list[str] = []

    def said(shell: Shell, process: Any, text: bytes, mark: bytes, seconds: float) -> tuple[bytes, bytes]:
        check = "" if besides else os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]
        return exchange(shell, process, f"export NEFF_CHECK={shlex.quote(check)}\n".encode() + text, mark, seconds)

    def quietly(host: Host, *words: Any, **named: Any) -> None:
        besides.append("aside")
        try:
            aside(host, *words, **named)
        finally:
            besides.pop()

    def every_time(evidence: Evidence, what: str, look: Callable[[], Any]) -> Any:
        return look()

    for kind, name, wrapped in ((Shell, "_exchange", said), (Host, "aside", quietly), (Evidence, "once", every_time)):
        setattr(kind, name, wrapped)

"""A pytest plugin (`-p selftests.hurried`): no command on a host is waited for longer than two seconds."""

from __future__ import annotations

import pytest

from fixtures.transport import Done, Shell

SECONDS = 2


def pytest_configure(config: pytest.Config) -> None:
    """Wraps the connection, in this process only."""
    run = Shell.run

    def hurried(shell: Shell, command: str, seconds: int) -> Done:
        return run(shell, command, min(seconds, SECONDS))

    setattr(Shell, "run", hurried)  # noqa: B010 - a method is replaced on purpose

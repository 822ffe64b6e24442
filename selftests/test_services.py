"""Who listens on a port: a program that ends while one looks is no listener, and one that nobody can place is no answer."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from compliance.errors import CouldNotLook
from fixtures.host import Output
from fixtures.services import ENDED, listeners


class Listed:
    """A machine whose `ss` lists one process, and whose other commands run here."""

    name = "here"

    def __init__(self, pid: int, broken: bool = False) -> None:
        self.pid, self.broken = pid, broken

    def look(self, command: str, read: Any, **_: Any) -> Any:
        line = f'LISTEN 0 511 0.0.0.0:443 0.0.0.0:* users:(("nginx",pid={self.pid},fd=5))\n'
        return read(Output(command, 0, line.encode(), ""))

    def run(self, command: str, *words: object) -> Output:
        missing = "cat() { return 127; }; " if self.broken else ""
        done = subprocess.run(["sh", "-c", missing + command % words], capture_output=True, check=False)
        return Output(command, done.returncode, done.stdout, done.stderr.decode())


def test_a_program_that_has_ended_since_it_was_listed_listens_no_more() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert listeners(Listed(ended.pid), 443) == []  # type: ignore[arg-type]
    assert [(found.pid, found.unit == ENDED) for found in listeners(Listed(os.getpid()), 443)] == [(os.getpid(), False)]  # type: ignore[arg-type]


def test_a_program_whose_unit_cannot_be_read_is_no_answer() -> None:
    with pytest.raises(CouldNotLook, match="which unit"):
        listeners(Listed(os.getpid(), broken=True), 443)  # type: ignore[arg-type]

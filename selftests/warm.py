"""Runs pytest in processes of their own that need not import everything again: each is forked from one that has.

What is imported beforehand are libraries and, but for a project with a core of its own, the suite's modules; nothing has been called.
`python -m selftests.warm NAME ...` imports these modules, reads one request a line (arguments, folder, environment, where to write), and
answers each with the run's exit code.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

LIBRARIES = (
    "pytest",
    "_pytest.junitxml",
    "pydantic",
    "jinja2",
    "psycopg",
    "requests",
    "sqlalchemy.dialects.sqlite",
    "yaml",
    "xml.dom.minidom",
    "sqlite3",
    "unittest",
    "pdb",
    "execnet",
    "platformdirs",
    "phonenumbers",
    "email_validator",
    "markdown_it",
    "pygal",
    *(f"_pytest.{name}" for name in ("faulthandler", "helpconfig", "pastebin", "setuponly", "setupplan", "skipping", "stepwise")),
    *(f"_pytest.{name}" for name in ("threadexception", "tracemalloc", "unittest", "unraisableexception", "warnings")),
)
SUITE = ("compliance.plugin", "compliance.archive", "compliance.history_database", "fixtures.every")


class Warm:
    """The process that has imported these modules; it ends with the one that started it."""

    def __init__(self, modules: Sequence[str]) -> None:
        argv = [sys.executable, "-m", "selftests.warm", *modules]
        root = Path(__file__).parents[1]
        self._process = subprocess.Popen(argv, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], seconds: float) -> tuple[int, str]:
        """pytest's exit code and what it said; one that is not done in time is killed (-9)."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with TemporaryDirectory(prefix="neff-warm-") as folder:
            said = Path(folder, "said")
            request = {
                "arguments": list(arguments),
                "cwd": str(cwd),
                "environment": dict(environment),
                "said": str(said),
                "seconds": seconds,
            }
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            return code, said.read_text(errors="backslashreplace")


def main() -> None:
    """Answers requests until there are no more."""
    for name in sys.argv[1:]:
        import_module(name)
    gc.freeze()
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(request)
        sys.stdout.write(f"{_ended(child, request['seconds'])}\n")
        sys.stdout.flush()


def _ended(child: int, seconds: float) -> int:
    deadline = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.01)


def _become(request: dict[str, Any]) -> NoReturn:
    """This process runs pytest as a user's would, and never returns."""
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    said = os.open(request["said"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, target in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(source, target)
    sys.path[0] = request["cwd"]
    gc.disable()  # it ends in seconds
    sys.argv = ["pytest", *request["arguments"]]
    import pytest

    code: int = 3
    with suppress(SystemExit):
        code = int(pytest.main(sys.argv[1:]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()

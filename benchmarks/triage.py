"""What an answer takes in an outage: `pytest -m triage` from the command to the prompt, the estate's own start not counted.

    python -m benchmarks.triage

Asked is a sandbox that is healthy; one whose site and database are stopped; one whose site, database and payment service take
connections and say nothing; and one where they swallow every packet. The goal is under 10 s, whatever is dead.
"""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path

from sandbox.faults.tools import estate_edited, stopped
from sandbox.house import Sandbox, standing
from selftests.running import plain_environment

ROUNDS, GOAL_S = 3, 10.0


@contextmanager
def _half_dead(sandbox: Sandbox) -> Iterator[None]:
    with stopped(sandbox, "site"):
        sandbox.postgres.stop()
        try:
            yield
        finally:
            sandbox.postgres.start()


@contextmanager
def _dumb(sandbox: Sandbox, *, swallows: bool) -> Iterator[None]:
    """Site, database and payment service behind ports that say nothing; one whose queue is full does not even take the connection."""
    with ExitStack() as held:
        ports = [_port(held, swallows=swallows) for _ in range(3)]
        site, database, payments = sandbox.ports.site, sandbox.ports.postgres, sandbox.ports.payments
        changes = [(f"127.0.0.1:{site}", f"127.0.0.1:{ports[0]}"), (f"port = {database}", f"port = {ports[1]}")]
        held.enter_context(estate_edited(sandbox, *changes, (f"127.0.0.1:{payments}", f"127.0.0.1:{ports[2]}")))
        yield


def _port(held: ExitStack, *, swallows: bool) -> int:
    server = held.enter_context(socket.socket())
    server.bind(("127.0.0.1", 0))
    server.listen(0 if swallows else 100)
    for _ in range(3 if swallows else 0):
        waiting = held.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(server.getsockname())
    return int(server.getsockname()[1])


def _asked(sandbox: Sandbox, reports: str) -> tuple[float, int]:
    argv = [sys.executable, "-m", "pytest", "-m", "triage", f"--estate={sandbox.estate}", f"--reports={reports}"]
    started = time.perf_counter()
    done = subprocess.run(argv, env=plain_environment(), cwd=Path(__file__).parents[1], capture_output=True, timeout=120)
    return time.perf_counter() - started, done.returncode


def main() -> None:
    """Prints the median, the longest and the exit code of each."""
    with standing() as sandbox, tempfile.TemporaryDirectory() as reports:
        states: dict[str, AbstractContextManager[None]] = {
            "healthy": nullcontext(),
            "site and database stopped": _half_dead(sandbox),
            "three parts take connections and say nothing": _dumb(sandbox, swallows=False),
            "three parts swallow every packet": _dumb(sandbox, swallows=True),
        }
        for name, state in states.items():
            with state:
                taken = [_asked(sandbox, reports) for _ in range(ROUNDS)]
            times = [seconds for seconds, _ in taken]
            print(f"{name}: {statistics.median(times):.1f} s, longest {max(times):.1f} s (goal: under {GOAL_S:g} s)", end=" ")
            print(f"exit code {taken[0][1]}", flush=True)


if __name__ == "__main__":
    main()

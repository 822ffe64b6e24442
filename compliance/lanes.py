"""Triage's own way of running checks: a process for each part of the system, all at once, with one end for all of them.

The processes are forked when everything is collected, so they start in a few milliseconds where a worker of xdist takes a second.
What waits for a dead part waits alone. Reports come back over a pipe and go through pytest's own hooks; what was seen goes through
the spool, as with any worker.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from compliance import marks
from compliance.guide import Requirement
from compliance.run import Run

# All checks together end so long after the command began: triage promises an answer within 10 s. That ends what hangs; what is dead ends
# sooner, by the patience of each look. On a machine with too much to do a look that is well takes longer, and a late answer is better
# than none about it: then they have more, by the load of each processor, up to four times as much.
END_S, LEAST_S, MOST_TIMES = 8.5, 6.0, 4.0
GRACE_S = 0.5  # until a process that heeds no alarm is ended
DATABASE = "database"


def lane(requirement: Requirement) -> str:
    """The part of the system that answers for a requirement. Whatever asks the database about something else takes turns in one
    session, as in any run: a database in trouble may have no slot to spare."""
    first, *others = requirement.needs or ("",)
    return "what the database keeps" if DATABASE in others else first


def _seconds() -> float:
    """What all checks together have."""
    busy = min(MOST_TIMES, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))
    return max(LEAST_S * busy, END_S - _since_the_command())


def _since_the_command() -> float:
    """Seconds since this process began, by the kernel's clock; 0 where it does not tell."""
    try:
        began = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - began)
    except (OSError, ValueError, IndexError):
        return 0.0


class Lanes:
    """Takes the place of pytest's loop over the checks."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Runs every lane in a process of its own, and says what became of each check."""
        self._run.deadline = time.monotonic() + _seconds()
        capture = session.config.pluginmanager.get_plugin("capturemanager")
        if capture is not None and capture.is_globally_capturing():
            capture.read_global_capture()  # else every process would print again what is waiting there
        self._attend(session, [_Process(items, self._run) for items in self._lanes(session.items)])
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        return True

    def _lanes(self, items: list[pytest.Item]) -> list[list[pytest.Item]]:
        found: dict[str, list[pytest.Item]] = {}
        for item in items:
            found.setdefault(lane(self._run.guide.requirements[marks.requirement_of(item)]), []).append(item)
        return list(found.values())

    def _attend(self, session: pytest.Session, processes: list[_Process]) -> None:
        """Hears all processes until each has ended or the time is over; nothing of them is left behind."""
        last = (self._run.deadline or 0) + GRACE_S
        with selectors.DefaultSelector() as ears:
            for process in processes:
                ears.register(process.pipe, selectors.EVENT_READ, process)
            try:
                while ears.get_map() and time.monotonic() < last:
                    for key, _ in ears.select(last - time.monotonic()):
                        if not _heard(session, key.data):
                            ears.unregister(key.fileobj)
            finally:
                for process in processes:
                    process.end()
        for nodeid in (nodeid for process in processes for nodeid in process.unheard):
            problem = "its process came to no end of its own before the end of triage"
            phase = {"phase": "waiting", "outcome": "failed", "duration_s": 0.0, "problem": problem}
            self._run.spool.write({"nodeid": nodeid, "phases": [phase]})


class _Process:
    """A forked process that runs some checks, and the pipe over which it reports."""

    def __init__(self, items: list[pytest.Item], run: Run) -> None:
        self.unheard = dict.fromkeys(item.nodeid for item in items)
        self._rest = b""
        self.pipe, writing = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                _run_lane(items, run, writing)
            finally:
                os._exit(0)  # the sandbox, the record and the terminal are the parent's
        os.close(writing)

    def read(self) -> Iterator[list[dict[str, Any]]] | None:
        """The reports of the checks that have ended since; None at the end."""
        data = os.read(self.pipe, 1_000_000)
        if not data:
            return None
        *lines, self._rest = (self._rest + data).split(b"\n")
        return (json.loads(line) for line in lines)

    def end(self) -> None:
        """Ends the process if it has not ended."""
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self.pipe)


class _Sender:
    """In a forked process: collects the reports of a check, and sends them when it has ended."""

    def __init__(self, config: pytest.Config, pipe: int) -> None:
        self._config, self._pipe = config, pipe
        self._reports: list[Any] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One phase of a check."""
        self._reports.append(self._config.hook.pytest_report_to_serializable(config=self._config, report=report))
        if report.when == "teardown":
            data = json.dumps(self._reports).encode() + b"\n"
            self._reports = []
            while data:
                data = data[os.write(self._pipe, data) :]


def _run_lane(items: list[pytest.Item], run: Run, pipe: int) -> None:
    config = items[0].config
    plugins = config.pluginmanager
    plugins.unregister(name="terminalreporter")
    capture = plugins.get_plugin("capturemanager")
    if capture is not None:  # files of its own: the parent's are shared with all the others
        capture.stop_global_capturing()
        capture.start_global_capturing()
    plugins.register(_Sender(config, pipe), "lane-sender")
    run.spool.move(f"lane-{os.getpid()}")
    for item, following in zip_longest(items, items[1:]):
        config.hook.pytest_runtest_protocol(item=item, nextitem=following)


def _heard(session: pytest.Session, process: _Process) -> bool:
    """Passes on what a process has to say; False when it has ended."""
    ended = process.read()
    hook = session.config.hook
    for reports in ended or ():
        first, *_ = said = [hook.pytest_report_from_serializable(config=session.config, data=data) for data in reports]
        process.unheard.pop(first.nodeid, None)
        hook.pytest_runtest_logstart(nodeid=first.nodeid, location=first.location)
        for report in said:
            hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=first.nodeid, location=first.location)
    return ended is not None

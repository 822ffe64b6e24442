"""Which of the suite's own tests stand in one queue: those that wait for the one browser, and those that share a machine or pages.

pytest-xdist's own `loadgroup` loses its groups with pytest 9.2 (pytest-xdist issue 1386), so that four processes waited for one browser.
"""

from __future__ import annotations

import functools
from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

from sandbox.faults import FAULTS, load
from selftests.bystanders import cadences, needs_a_browser

HEALTHY = "test_the_healthy_sandbox_is_compliant[{}]"
BREAKS = "test_a_fault_turns_its_own_requirements_and_no_others[{}-{}]"


@functools.cache
def _with_a_browser() -> frozenset[str]:
    """The tests that run the suite with the checks that drive a browser."""
    load()
    broken = {BREAKS.format(name, c) for name, fault in FAULTS.items() for c in cadences(fault.about) if needs_a_browser(fault.about, c)}
    return frozenset(broken | {HEALTHY.format(cadence) for cadence in ("weekly", "monthly")})


def queue_of(nodeid: str) -> str:
    """The queue that a test stands in; most are alone in theirs."""
    path, _, test = nodeid.partition("::")
    file = PurePosixPath(path).stem
    if file.startswith("test_lab"):
        return "lab"
    if file == "test_report_in_browser":
        return file
    return "browser" if file == "test_faults" and test in _with_a_browser() else nodeid


class Queues(LoadScopeScheduling):  # type: ignore[misc]
    """Gives each queue to one process, the longest first."""

    def _split_scope(self, nodeid: str) -> str:
        return queue_of(nodeid)

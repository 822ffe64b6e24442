"""Which faults are run each time, and which checks beside those that a fault is about, to see that it turns no others.

The first fault that turns a row to a verdict is seen by its whole cadence; another one that does the same to the same row, by the checks of
its rows alone. Checks that take seconds (a browser, a restore, a drill) are run only for the faults that are about them. By night every
fault is seen by all checks of all cadences.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sandbox.fault_register import Fault
from selftests.running import CHECKOUT

# How many faults that turn a row to one verdict are run each time; of those that only checks of seconds see, half as many.
ENOUGH, ENOUGH_SLOW = 6, 3
BROWSER = ("tests_weekly/test_web_performance.py", "tests_monthly/test_frontend.py")
_CHECK = re.compile(
    r'(?P<slow>@pytest\.mark\.slow(?:\(seconds=\d+\))?\n)?@pytest\.mark\.requirement\("(?P<id>[^"]+)"\)\n(?:@.*\n)*def (?P<test>\w+)'
)


@functools.cache
def _checks() -> list[tuple[str, str, bool]]:
    """Requirement and node id of each check, and whether it carries the `slow` mark."""
    paths = sorted(CHECKOUT.glob("tests_*/test_*.py"))
    found = [(path.relative_to(CHECKOUT), check) for path in paths for check in _CHECK.finditer(path.read_text())]
    return [(check["id"], f"{path}::{check['test']}", bool(check["slow"])) for path, check in found]


def slow_checks() -> dict[str, str]:
    """Node id of each check under the `slow` mark, and the requirement it answers."""
    return {node: requirement for requirement, node, slow in _checks() if slow}


def without_slow_bystanders(about: Collection[str]) -> list[str]:
    """pytest's options that leave out the slow checks of all other requirements."""
    return [f"--deselect={node}" for node, requirement in slow_checks().items() if requirement not in about]


def firsts(faults: Mapping[str, Fault[Any]]) -> set[tuple[str, str]]:
    """Name and cadence of each fault that is the first to turn some row to some verdict."""
    first: dict[tuple[str, str], tuple[str, str]] = {}
    for name, fault in faults.items():
        for row, verdict in fault.turns.items():
            first.setdefault((row, verdict), (name, row.partition(".")[0]))
    return set(first.values())


def by_night(faults: Mapping[str, Fault[Any]]) -> set[tuple[str, str]]:
    """Name and cadence of the faults that are left to `make test-all`: enough others turn each of their rows to the same verdict."""
    seen: Counter[tuple[str, str]] = Counter()
    left = set()
    for name, fault in faults.items():
        for cadence in cadences(fault.about):
            turns = [(row, fault.turns.get(row, "harmless")) for row in fault.about if row.startswith(f"{cadence}.")]
            if all(seen[turn] >= (ENOUGH_SLOW if turn[0] in slow_requirements() else ENOUGH) for turn in turns):
                left.add((name, cadence))
            else:
                seen.update(turns)
    return left


def options(fault: Fault[Any], cadence: str, *, whole: bool) -> list[str]:
    """What to give pytest so that it runs the checks that see this fault: those of the `whole` cadence, or of its rows alone."""
    if not whole:
        return nodes(row for row in sorted(fault.about) if row.startswith(f"{cadence}."))
    folder = f"tests_{cadence}"
    return [folder, *(option for option in without_slow_bystanders(fault.about) if f"={folder}/" in option)]


def nodes(rows: Iterable[str]) -> list[str]:
    """Node ids of the checks that answer these requirements, as pytest's arguments."""
    return [node for row in rows for requirement, node, _ in _checks() if requirement == row]


def needs_a_browser(about: Collection[str], cadence: str) -> bool:
    """Whether a browser has to see one of these requirements in a run of this cadence."""
    seen_by_a_browser = {requirement for node, requirement in slow_checks().items() if node.startswith(BROWSER)}
    return any(requirement.startswith(f"{cadence}.") for requirement in seen_by_a_browser & set(about))


def slow_requirements() -> set[str]:
    """The requirements that slow checks answer."""
    return set(slow_checks().values())


def cadences(about: Collection[str]) -> list[str]:
    """The cadences that these requirements belong to."""
    return sorted({requirement.partition(".")[0] for requirement in about})

"""The checks that take seconds (a browser, a restore, a drill): run for the faults that are about them, left out for all others."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection

from selftests.running import CHECKOUT

BROWSER = ("tests_weekly/test_web_performance.py", "tests_monthly/test_frontend.py")
_MARKED = re.compile(r'@pytest\.mark\.slow(?:\(seconds=\d+\))?\n@pytest\.mark\.requirement\("(?P<id>[^"]+)"\)\n(?:@.*\n)*def (?P<test>\w+)')


@functools.cache
def slow_checks() -> dict[str, str]:
    """Node id of each check under the `slow` mark, and the requirement it answers."""
    files = sorted(CHECKOUT.glob("tests_*/test_*.py"))
    return {f"{path.relative_to(CHECKOUT)}::{m['test']}": m["id"] for path in files for m in _MARKED.finditer(path.read_text())}


def without_slow_bystanders(about: Collection[str]) -> list[str]:
    """pytest's options that leave out the slow checks of all other requirements."""
    return [f"--deselect={node}" for node, requirement in slow_checks().items() if requirement not in about]


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

"""What a check says about itself: its cadence by folder, its requirement by mark, the object it looks at by parameter."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from compliance import caught
from compliance.errors import ConfigurationError
from compliance.guide import CADENCES, Guide
from compliance.hidden import Function

HOST = "_host"


def cadence_of(item: pytest.Item) -> str | None:
    """The cadence of the folder that a check lies in: tests_daily -> daily."""
    top = item.nodeid.split("/")[0]
    return next((cadence for cadence in CADENCES if top == f"tests_{cadence}"), None)


def requirement_of(item: pytest.Item) -> str:
    """The id in the check's `requirement` mark; "" without one."""
    mark = item.get_closest_marker("requirement")
    return str(mark.args[0]) if mark and mark.args else ""


def object_of(item: pytest.Item, default: str) -> str:
    """What the check looks at, as a waiver cites it: its parameter's name, else the estate's system."""
    callspec = getattr(item, "callspec", None)
    return (str(callspec.id) if callspec is not None else "") or default


def one_of_several_hosts(item: pytest.Item) -> str:
    """The host that a check runs on where it runs on several; "" elsewhere."""
    callspec = getattr(item, "callspec", None)
    named = [str(value) for name, value in callspec.params.items() if name.endswith(HOST)] if callspec is not None else []
    return "/".join(name for name in named if name in str(getattr(callspec, "id", "")))


def time_limit(item: pytest.Item) -> float:
    """How many seconds each phase of a check may take: what its `slow` mark says, else the setting `check_timeout`."""
    slow = item.get_closest_marker("slow")
    return float(slow.kwargs["seconds"] if slow and "seconds" in slow.kwargs else item.config.getini("check_timeout"))


def seconds_of(key: str, value: object, where: str = "pytest") -> float:
    """A time limit as it was written; raises `ConfigurationError` for one that would not limit anything."""
    with suppress(TypeError, ValueError):
        seconds = float(value)  # type: ignore[arg-type]
        if 0 < seconds < math.inf:
            return seconds
    raise ConfigurationError(where, key, value, "is no number of seconds above 0", "Write one, such as 30")


def mistakes(items: Sequence[pytest.Item], guide: Guide) -> list[str]:
    """One message for every check whose mark nobody could judge by."""
    found = [mistake for item in items if (mistake := _mistake(item, guide))]
    found += [mistake for item in items if (mistake := _limit_mistake(item))]
    found += [mistake for path in dict.fromkeys(item.path for item in items) for mistake in _unseen(path)]
    return list(dict.fromkeys(found))


def _unseen(path: Path) -> list[str]:
    """Checks in a file that cannot fail, or that pytest never collects: one of two of one name, and those of a class with a constructor."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    found = []
    places: list[ast.Module | ast.ClassDef] = [tree, *classes]
    for where in places:
        names = [node.name for node in where.body if isinstance(node, Function)]
        twice = dict.fromkeys(name for name in names if name.startswith("test") and names.count(name) > 1)
        found += [(name, "stands twice in this file, and only the last one is run", "Give each check a name of its own") for name in twice]
        if isinstance(where, ast.ClassDef) and where.name.startswith("Test") and "__init__" in names:
            found.append((where.name, "has a constructor, so that pytest passes over its checks", "Write them as functions"))
    swallows = ("catches its own assertion, so that it cannot fail", "Assert outside of try, suppress and raises")
    found += [(name, *swallows) for name in caught.checks(tree)]
    return [str(ConfigurationError(path.name, "name", name, problem, remedy)) for name, problem, remedy in found]


def _limit_mistake(item: pytest.Item) -> str | None:
    where = item.nodeid.split("[")[0]
    for mark in item.iter_markers("slow"):
        if mark.args or set(mark.kwargs) - {"seconds"}:
            said, remedy = str(mark.args or mark.kwargs), "Write @pytest.mark.slow(seconds=60)"
            return str(ConfigurationError(where, "slow", said, "says no limit", remedy))
        try:
            seconds_of("slow(seconds)", mark.kwargs.get("seconds", 1), where)
        except ConfigurationError as error:
            return str(error)
    return None


def _mistake(item: pytest.Item, guide: Guide) -> str | None:
    name, cadence = requirement_of(item), cadence_of(item)
    where = item.nodeid.split("[")[0]
    marks = list(item.iter_markers("requirement"))
    if len(marks) > 1 or any(len(m.args) != 1 or m.kwargs for m in marks):
        problem, remedy = "a check answers exactly one requirement", 'Write @pytest.mark.requirement("its.id") once'
    elif not name:
        problem, remedy = "the check names no requirement", 'Add @pytest.mark.requirement("its.id")'
    elif name not in guide.requirements:
        problem, remedy = "the guide has no such requirement", "Correct the id, or add the entry to guide/"
    elif cadence is None or guide.requirements[name].cadence != cadence:
        wanted = guide.requirements[name].cadence
        problem, remedy = f"the file lies in another cadence's folder than the {wanted} requirement", f"Move it to tests_{wanted}/"
    else:
        return None
    return str(ConfigurationError(where, "requirement", name, problem, remedy))

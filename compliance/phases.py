"""Turns one phase of one pytest test into what the diary keeps: finding, problem, offenders, and how far it got."""

from __future__ import annotations

import ast
import builtins
import functools
import operator
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

import pytest

from compliance import asserted
from compliance.asserted import LONGEST
from compliance.errors import CheckTimedOut, CouldNotLook
from compliance.marks import one_of_several_hosts

COMPARED: dict[str, Callable[[Any, Any], object]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "in": lambda part, whole: part in whole,
    "not in": lambda part, whole: part not in whole,
}


def offender_name(offender: Any) -> str:
    """The stable name of an offender, as a waiver would cite it: its `name`, its first column, or its text."""
    if isinstance(offender, tuple | list) and offender:
        return offender_name(offender[0])
    if isinstance(offender, dict) and offender:
        return offender_name(next(iter(offender.values())))
    return str(getattr(offender, "name", offender))


def holds(op: str, left: object, right: object) -> bool:
    """Whether a comparison holds for which pytest would explain a difference (it asks before it knows, and says more in CI)."""
    return op in COMPARED and bool(COMPARED[op](left, right))


def compared(op: str, left: object, right: object, redact: Callable[[str], str]) -> str:
    """Both values of a comparison that held, on one line; half a secret would be none that is known, so they are cut last."""
    return f"{redact(repr(left)):.{LONGEST}} {op} {redact(repr(right)):.{LONGEST}}"


def described(offenders: list[Any]) -> list[str]:
    """The lines that a failed `offenders == []` shows: how many, and the first twenty."""
    lines = [f"{len(offenders)} found where there must be none:"]
    lines += [f"  {_line(offender)}" for offender in offenders[:20]]
    return lines + ([f"  … and {len(offenders) - 20} more"] if len(offenders) > 20 else [])


def _line(offender: Any) -> str:
    if isinstance(offender, dict):
        return ", ".join(f"{key}: {value}" for key, value in offender.items())
    if isinstance(offender, tuple) and hasattr(offender, "_asdict"):
        return _line(offender._asdict())
    return str(offender)


def entry(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport, offenders: list[Any]) -> dict[str, Any]:
    """The diary's entry for a phase that ended. Only an AssertionError of the check's own file is a finding."""
    made: dict[str, Any] = {"phase": report.when, "outcome": report.outcome, "duration_s": report.duration}
    if call.excinfo is not None and call.when != "teardown":
        made["unreached"] = asserted.unreached(item, call.excinfo, call.when)
    if hasattr(report, "wasxfail"):
        made["problem"] = "xfail is not accepted here: a finding that somebody accepts is a waiver"
    elif call.excinfo is not None and _is_finding(item, call):
        host = one_of_several_hosts(item)
        made["failed"], made["finding"] = asserted.failed(call.excinfo)
        made["offenders"] = [f"{host}: {offender_name(o)}" if host else offender_name(o) for o in offenders]
    elif call.excinfo is not None:
        made["problem"] = f"{_place(report.when)}{_said(call.excinfo.value)}"
    return made


def users(item: pytest.Item, error: BaseException, ended: list[tuple[Any, Any]]) -> list[str]:
    """The other checks that used a fixture whose end failed with this error, beside the one that happened to be the last of them.

    `ended` holds the fixtures that came to their end with it, each with the module, class or session that it was made for.
    """
    failed = {id(code) for code in _codes(error)}
    ends = [(fixture.argname, node) for fixture, node in ended if id(getattr(fixture.func, "__code__", None)) in failed]
    return [
        other.nodeid
        for other in item.session.items
        if other is not item and any(name in getattr(other, "fixturenames", ()) and node in other.listchain() for name, node in ends)
    ]


def _codes(error: BaseException) -> Iterator[CodeType]:
    """The functions that an error came through; of several errors that came together, those of each."""
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame.f_code
        trace = trace.tb_next
    for inner in getattr(error, "exceptions", ()):
        yield from _codes(inner)


def _is_finding(item: pytest.Item, call: pytest.CallInfo[None]) -> bool:
    if call.when != "call" or call.excinfo is None or not isinstance(call.excinfo.value, AssertionError):
        return False
    return str(call.excinfo.traceback[-1].path) == str(item.path)


def _said(error: BaseException) -> str:
    """What went wrong, without the names of our own exceptions."""
    text = asserted.values_of(str(error).removeprefix("assert ")) if isinstance(error, AssertionError) else str(error).strip()
    text = text or type(error).__name__
    if isinstance(error, CheckTimedOut):
        return text
    kind = "could not look" if isinstance(error, CouldNotLook) else type(error).__name__
    return asserted.shortened(f"{kind}: {text}")


def _place(when: str | None) -> str:
    return {"setup": "while getting ready: ", "teardown": "while cleaning up: "}.get(str(when), "")


@functools.lru_cache(maxsize=4096)
def says_something(text: str) -> bool:
    """Whether an assertion looks at anything: `assert True` or `assert len([]) == 0` does not."""
    try:
        names = [node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)]
        return any(not hasattr(builtins, name) for name in names)
    except SyntaxError:
        return True


def asserted_in(path: str) -> bool:
    """Whether the assertion that just held stands in this file: called from within the assertion-pass hook."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_name != "_call_assertion_pass":
        frame = frame.f_back
    return frame is not None and frame.f_back is not None and frame.f_back.f_code.co_filename == path

"""Faults of the lab: each breaks one real thing on the machine and mends it, and names the requirements that must turn."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from lab.faults.traces import untraced
from lab.house import Lab

Breaker = Callable[[Lab], Iterator[None]]


@dataclass(frozen=True)
class Fault:
    """What breaks, and the verdict that each requirement it touches must turn to; all others must stay as they were."""

    name: str
    breaks: str
    turns: dict[str, str]
    about: frozenset[str]
    broken: Callable[[Lab], AbstractContextManager[None]]


FAULTS: dict[str, Fault] = {}


def fault(
    *, not_met: str | Sequence[str] = (), not_assessed: str | Sequence[str] = (), harmless: str | Sequence[str] = ()
) -> Callable[[Breaker], Breaker]:
    """Registers a generator function as a fault: it breaks, yields once, and mends.

    `harmless` names requirements that look at what is changed and must stay green all the same. What the logs say of the
    time in which it was broken is taken out again.
    """
    turns = dict.fromkeys(_each(not_met), "not met") | dict.fromkeys(_each(not_assessed), "not assessed")

    def register(breaker: Breaker) -> Breaker:
        about = frozenset(turns) | frozenset(_each(harmless))
        said = (breaker.__doc__ or "").strip()
        if breaker.__name__ in FAULTS or not said or not about:
            raise ValueError(f"fault {breaker.__name__}: it needs a name of its own, a docstring and a requirement")
        FAULTS[breaker.__name__] = Fault(breaker.__name__, said, turns, about, untraced(contextmanager(breaker)))
        return breaker

    return register


def _each(names: str | Sequence[str]) -> Sequence[str]:
    return [names] if isinstance(names, str) else names


def load() -> dict[str, Fault]:
    """All faults by name, from every module of this package."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return FAULTS

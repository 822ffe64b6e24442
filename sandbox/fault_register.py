"""What a fault is, and the list of those that a kind of estate has: the sandbox and the lab keep one each."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Generic, TypeVar

Broken = TypeVar("Broken")
Manager = Callable[[Broken], AbstractContextManager[None]]
Breaker = Callable[[Broken], Iterator[None]]


@dataclass(frozen=True)
class Fault(Generic[Broken]):
    """What breaks, and the verdict that each requirement it touches must turn to; all others must stay as they were."""

    name: str
    breaks: str
    turns: dict[str, str]
    about: frozenset[str]
    broken: Manager[Broken]

    def turns_in(self, cadence: str) -> dict[str, str]:
        """What it turns in a run of one cadence, or of several joined by `or`."""
        asked = cadence.split(" or ")
        return {requirement: verdict for requirement, verdict in self.turns.items() if requirement.partition(".")[0] in asked}


class Faults(dict[str, Fault[Broken]], Generic[Broken]):
    """Faults by name. `around` wraps each one, for an estate that has more to mend than the fault itself knows of."""

    def __init__(self, around: Callable[[Manager[Broken]], Manager[Broken]] = lambda manager: manager) -> None:
        super().__init__()
        self._around = around

    def fault(
        self, *, not_met: str | Sequence[str] = (), not_assessed: str | Sequence[str] = (), harmless: str | Sequence[str] = ()
    ) -> Callable[[Breaker[Broken]], Breaker[Broken]]:
        """Registers a generator function as a fault: it breaks, yields once, and mends.

        `harmless` names requirements that look at what is changed and must stay green all the same.
        """
        turns = dict.fromkeys(_each(not_met), "not met") | dict.fromkeys(_each(not_assessed), "not assessed")
        about = frozenset(turns) | frozenset(_each(harmless))

        def register(breaker: Breaker[Broken]) -> Breaker[Broken]:
            name, said = breaker.__name__, (breaker.__doc__ or "").strip()
            if name in self or not said or not about:
                raise ValueError(f"fault {name}: it needs a name of its own, a docstring and a requirement")
            self[name] = Fault(name, said, turns, about, self._around(contextmanager(breaker)))
            return breaker

        return register

    def load(self, package: ModuleType) -> Faults[Broken]:
        """All faults, once every module of the package they stand in has been read."""
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")
        return self


def _each(names: str | Sequence[str]) -> Sequence[str]:
    return [names] if isinstance(names, str) else names

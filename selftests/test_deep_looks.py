"""Looks that read whole indexes end when their time is over, and name what they did not see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from compliance.errors import CouldNotLook
from fixtures.indexes import Indexes

TREES = [{"name": f"public.index_{n}", "oid": n, "method": "btree", "bytes": n << 24} for n in (3, 2, 1)]


class Server:
    """A database with three large indexes; one of them may be damaged."""

    source = "database made up"

    def __init__(self, damaged: int | None = None) -> None:
        self._damaged = damaged

    def listed(self, *_: Any, **__: Any) -> list[dict[str, Any]]:
        return TREES

    def rows(self, *_: Any, **__: Any) -> list[dict[str, Any]]:
        return [{"function": "public.look", "allowed": True, "percent": 90.0}]

    def damage(self, *_: Any, oid: int) -> str | None:
        return "lacks a row" if oid == self._damaged else None

    @contextmanager
    def time_limit(self) -> Iterator[Callable[[float], None]]:
        yield lambda seconds: None


class Notebook(list[dict[str, Any]]):
    """What was noted."""

    def note(self, **noted: Any) -> None:
        self.append(noted)


def _indexes(seconds: float, *, damaged: int | None = None) -> tuple[Indexes, Notebook]:
    noted = Notebook()
    estate: Any = SimpleNamespace(database=SimpleNamespace(deep_look_s=seconds))
    server: Any = Server(damaged)
    evidence: Any = noted
    return Indexes(server, estate, evidence), noted


def test_indexes_that_nobody_had_time_for_are_named() -> None:
    indexes, noted = _indexes(0)

    with pytest.raises(CouldNotLook, match=r"before 3 of 3 indexes.*public\.index_3, public\.index_2"):
        indexes.damaged()
    assert noted[0]["time_was_over_for"] == [tree["name"] for tree in TREES]


def test_a_density_that_nobody_had_time_for_is_not_full() -> None:
    with pytest.raises(CouldNotLook, match="3 of 3 indexes"):
        _indexes(0)[0].fillings(over_mb=10)


def test_with_time_every_index_is_looked_at_and_damage_is_named() -> None:
    indexes, noted = _indexes(20, damaged=2)

    assert [str(damage) for damage in indexes.damaged()] == ["public.index_2: lacks a row"]
    assert (noted[0]["value"], noted[0]["time_was_over_for"]) == (1, None)

"""Brings an estate up for a run when the estate names a provider, and takes it down again."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from compliance.errors import ConfigurationError
from compliance.estate import Provided, provided


def bring_up(folder: Path) -> AbstractContextManager[Path]:
    """A context manager that yields the folder of the estate to look at: this one, or the one its provider makes."""
    named = provided(folder)
    return nullcontext(folder) if named is None else _called(named, folder)


def _called(named: Provided, folder: Path) -> AbstractContextManager[Path]:
    module, _, function = named.provider.partition(":")
    try:
        provide = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        remedy = "Install what it needs (make setup), or correct the name"
        raise ConfigurationError(folder / "estate.toml", "provider", named.provider, f"cannot be used: {error}", remedy) from None
    return _explained(provide, named, folder)


@contextmanager
def _explained(provide: Callable[[], AbstractContextManager[Path]], named: Provided, folder: Path) -> Iterator[Path]:
    """The same, with a failure to come up explained: nothing can be looked at then."""
    try:
        made = provide()
        path = made.__enter__()
    except Exception as error:
        remedy = "See what it says; `make clean` removes what it has kept on disk"
        problem = f"could not bring the estate up: {type(error).__name__}: {error}"
        raise ConfigurationError(folder / "estate.toml", "provider", named.provider, problem, remedy) from error
    try:
        yield path
    finally:
        made.__exit__(None, None, None)

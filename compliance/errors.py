"""The two ways to stop: a configuration that nobody can act on, and a look that could not be taken."""

from __future__ import annotations

from pathlib import Path


class ConfigurationError(Exception):
    """Something a person wrote cannot be used. The run ends with exit code 4 before any check."""

    def __init__(self, file: Path | str, key: str, value: object, problem: str, remedy: str) -> None:
        super().__init__(f"{file}: {key} = {value!r}: {problem}. {remedy}")


class CouldNotLook(Exception):
    """Nobody can tell: no rights, no tool, no route, nothing there to look at. Never an empty value instead.

    The message is shown to the auditor as the reason of a *not assessed*: say what was tried and what would help.
    """


class CheckTimedOut(BaseException):
    """A check passed its time limit. Not an `Exception`, so that no fixture's own handling swallows it."""

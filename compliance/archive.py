"""Keeps the history up to date with the records. The records are what counts: no trouble with the database loses a run or hides itself."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import TypeVar

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, SQLAlchemyError

from compliance.errors import ConfigurationError
from compliance.history_database import Database

VARIABLE = "NEFF_HISTORY_URL"
REBUILD = "python -m compliance history rebuild"
OF_THE_MOMENT = ("locked", "busy", "unable to open", "readonly", "full", "I/O")
Result = TypeVar("Result")


def url(reports: Path, configured: str) -> str:
    """Where the history is kept: NEFF_HISTORY_URL, else the ini key `history`, else history.sqlite beside the records."""
    chosen = os.environ.get(VARIABLE) or configured or f"sqlite:///{reports / 'history.sqlite'}"
    try:
        driver = make_url(chosen).drivername
    except ArgumentError:
        driver = "nothing"
    if driver not in ("sqlite", "postgresql", "postgresql+psycopg"):
        remedy = "Write sqlite:///path or postgresql+psycopg://user@host/database; the password belongs into the environment"
        raise ConfigurationError(VARIABLE if os.environ.get(VARIABLE) else "pyproject.toml", "history", "(not shown)", "is no URL", remedy)
    return chosen.replace("postgresql://", "postgresql+psycopg://", 1)


def secret(chosen: str) -> str | None:
    """The password in a history's URL."""
    return make_url(chosen).password


class Archive:
    """The history of the runs below a folder. What goes wrong with it stands in `notices`, in words for the terminal and the record."""

    def __init__(self, chosen: str, reports: Path) -> None:
        self._url, self._reports = chosen, reports
        self.notices: list[str] = []

    def ask(self, question: Callable[[Database], Result], otherwise: Result) -> Result:
        """What the history answers once it has every run that is on disk; `otherwise` and a notice when it cannot be used.

        A damaged SQLite file is set aside and made anew from the records.
        """
        try:
            return self._asked(question)
        except DatabaseError as error:
            aside = self._set_aside(error)
            if aside is None:
                return self._given_up(error, otherwise)
        except (SQLAlchemyError, OSError) as error:
            return self._given_up(error, otherwise)
        try:
            answer = self._asked(question)
        except (SQLAlchemyError, OSError) as error:
            return self._given_up(error, otherwise)
        lost = "it was made anew from the records; messages that waited in it are lost"
        self.notices.append(f"the history was damaged: it is set aside as {aside.name}, and {lost}")
        return answer

    def look(self, question: Callable[[Database], Result], otherwise: Result) -> Result:
        """What the history answers as it stands, without catching up; `otherwise` and a notice when it cannot be used."""
        try:
            return self._asked(question, catch_up=False)
        except (SQLAlchemyError, OSError) as error:
            return self._given_up(error, otherwise)

    def _asked(self, question: Callable[[Database], Result], *, catch_up: bool = True) -> Result:
        database = Database(self._url, self._reports)
        try:
            database.catch_up() if catch_up else None
            return question(database)
        finally:
            database.engine.dispose()

    def _given_up(self, error: Exception, otherwise: Result) -> Result:
        said = str(getattr(error, "orig", None) or error).strip().splitlines()[:1]
        notice = f"the history could not be used: {''.join(said)}. The record is safe; the next run catches up, or `{REBUILD}`"
        self.notices.append(notice)
        return otherwise

    def _set_aside(self, error: DatabaseError) -> Path | None:
        """The new name of a damaged SQLite file; None when the trouble is of another kind and passes, or needs a person."""
        path = make_url(self._url).database
        passing = not isinstance(error.orig, sqlite3.DatabaseError) or any(word in str(error.orig) for word in OF_THE_MOMENT)
        if passing or not path or not Path(path).is_file():
            return None
        aside = Path(f"{path}.damaged-{datetime.now(timezone.utc):%Y%m%dT%H%M%S%fZ}")
        return Path(path).rename(aside)

"""The website's way to its database, and the application log that its failures end up in."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from sandbox.wsgi import utc_now

Row = dict[str, Any]
Connection = psycopg.Connection[Row]
LIMITS: dict[str, str | int] = {
    "connect_timeout": 2,
    "options": "-c statement_timeout=2000",
    "application_name": "neff-site",
}


class Database:
    """Queries over one lazily opened connection a thread, opened anew after the server went away."""

    def __init__(self, dsn: str) -> None:
        self._dsn = make_conninfo(dsn, **LIMITS)
        self._local = threading.local()

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Row]:
        """The rows of a query; psycopg.Error after 2 s without a connection or without an answer."""
        kept = self._kept()
        try:
            return self._run(kept or self._open(), query, values)
        except psycopg.OperationalError:
            # A kept connection may be from before a restart of the server: that is found out only by using it.
            if kept is None or not kept.closed:
                raise
        return self._run(self._open(), query, values)

    def row(self, query: str, values: Sequence[object] = ()) -> Row:
        """The first row of a query, an empty one when there is none."""
        return next(iter(self.rows(query, values)), {})

    def _run(self, connection: Connection, query: str, values: Sequence[object]) -> list[Row]:
        return connection.execute(query.encode(), values).fetchall()

    def _kept(self) -> Connection | None:
        connection: Connection | None = getattr(self._local, "connection", None)
        return None if connection is None or connection.closed else connection

    def _open(self) -> Connection:
        with suppress(AttributeError):
            del self._local.connection
        connection = psycopg.connect(self._dsn, autocommit=True, prepare_threshold=None, row_factory=dict_row)
        self._local.connection = connection
        return connection


class ApplicationLog:
    """The application's error log, one line an event: `2026-11-23T12:45:01.123Z ERROR [api] CODE text`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def error(self, component: str, code: str, text: str) -> None:
        """Append one line; line breaks in `text` become spaces."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as file:
            file.write(f"{utc_now()} ERROR [{component}] {code} {' '.join(text.split())}\n")


def failure(error: psycopg.Error) -> str:
    """What a database error was, in words fit for a log: no addresses, no values."""
    if isinstance(error, psycopg.errors.QueryCanceled):
        return "query took longer than 2 s"
    if isinstance(error, psycopg.OperationalError):
        return "could not connect to the database"
    return f"query failed: {type(error).__name__}"

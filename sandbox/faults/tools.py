"""What several faults need: editing a file or a table and putting everything back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from sandbox.house import Sandbox
from sandbox.processes import wait_until


def ago(**units: float) -> datetime:
    """A moment before now, in UTC."""
    return datetime.now(UTC) - timedelta(**units)


@contextmanager
def edited(path: Path, *changes: tuple[str, str]) -> Iterator[None]:
    """A text file with each `old` replaced by `new`, and put back afterwards."""
    before = path.read_text()
    text = before
    for old, new in changes:
        if old not in text:
            raise ValueError(f"{path} does not hold {old!r}")
        text = text.replace(old, new)
    path.write_text(text)
    try:
        yield
    finally:
        path.write_text(before)


@contextmanager
def estate_edited(sandbox: Sandbox, *changes: tuple[str, str]) -> Iterator[None]:
    """The estate pointing somewhere else."""
    with edited(sandbox.estate / "estate.toml", *changes):
        yield


@contextmanager
def json_edited(path: Path, **changes: Any) -> Iterator[None]:
    """A JSON file with other values for these keys."""
    before = path.read_text()
    path.write_text(json.dumps({**json.loads(before), **changes}))
    try:
        yield
    finally:
        path.write_text(before)


def forget_statements(sandbox: Sandbox, words: str) -> None:
    """The server's statistics know no statement with these words any more. Before a day is begun: its record would count them for good."""
    sandbox.sql("SELECT pg_stat_statements_reset(userid, dbid, queryid) FROM pg_stat_statements WHERE query LIKE %s", f"%{words}%")


@contextmanager
def lines_added(path: Path, *lines: str) -> Iterator[None]:
    """Lines at the end of a file that another process may be writing to; the end is cut off again afterwards."""
    size = path.stat().st_size
    with path.open("a") as file:
        file.write("".join(f"{line}\n" for line in lines))
    try:
        yield
    finally:
        with path.open("r+b") as file:
            file.truncate(size)


@contextmanager
def moved_away(*paths: Path) -> Iterator[None]:
    """Files or folders that are gone for a while; what was put in their place is removed."""
    aside = [(path, path.with_name(f"{path.name}.aside")) for path in paths if path.exists()]
    for path, kept in aside:
        path.rename(kept)
    try:
        yield
    finally:
        for path, kept in aside:
            with suppress(FileNotFoundError):
                path.unlink() if path.is_file() or path.is_symlink() else shutil.rmtree(path)
            kept.rename(path)


@contextmanager
def replaced(path: Path, content: bytes | str) -> Iterator[None]:
    """A file with other content, its times kept."""
    stat = path.stat()
    with moved_away(path):
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        _times(path, stat.st_mtime)
        yield


def _times(path: Path, moment: float) -> None:
    import os

    os.utime(path, (moment, moment))


@contextmanager
def in_database(sandbox: Sandbox, breaks: str, mends: str, *values: Any) -> Iterator[None]:
    """A statement that breaks, and one that mends."""
    sandbox.sql(breaks, *values)
    try:
        yield
    finally:
        sandbox.sql(mends)


@contextmanager
def setting(sandbox: Sandbox, name: str, value: str) -> Iterator[None]:
    """A setting changed in the server's files, which are then loaded: new sessions have it. `value` is SQL."""
    with closing(sandbox.postgres.connect()) as connection:
        connection.execute(f"ALTER SYSTEM SET {name} = {value}".encode())
        load_files(connection)
        try:
            yield
        finally:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(f"ALTER SYSTEM RESET {name}".encode())
            load_files(connection)


def load_files(connection: psycopg.Connection[Any]) -> None:
    """Lets the server read its files again; returns when it has: it is told by a signal, and takes its time."""
    before = connection.execute("SELECT pg_conf_load_time()").fetchone()
    connection.execute("SELECT pg_reload_conf()")
    wait_until(lambda: connection.execute("SELECT pg_conf_load_time()").fetchone() != before, 10, "the server does not read its files")


@contextmanager
def nullable(sandbox: Sandbox, table: str, column: str) -> Iterator[None]:
    """A column that may be empty; whatever is empty in it must be gone again at the end."""
    alter = f"ALTER TABLE {table} ALTER {column}"
    with in_database(sandbox, f"{alter} DROP NOT NULL", f"{alter} SET NOT NULL"):
        yield


@contextmanager
def stopped(sandbox: Sandbox, service: str) -> Iterator[None]:
    """One of the servers is not running."""
    process = sandbox.services[service]
    process.stop()
    try:
        yield
    finally:
        process.start()
        process.wait_until(process.ready, 15)

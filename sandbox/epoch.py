"""The moment from which a server's counters count, and how to move it back.

PostgreSQL keeps that moment as eight bytes, microseconds since 2000 in the machine's byte order, in the files it writes
at shutdown: `pgstat.stat` once for each kind of counter, `pg_stat_statements.stat` as its last eight bytes. The exact
values are read from the running server, so that nothing but they is replaced once it has stopped.
"""

from __future__ import annotations

import struct
from datetime import timedelta
from pathlib import Path

import psycopg

_EPOCH = "extract(epoch FROM timestamptz '2000-01-01 00:00:00+00')"
_STAMP = f"((extract(epoch FROM stats_reset) - {_EPOCH}) * 1000000)::bigint"
_VIEWS = (
    "pg_stat_bgwriter",
    "pg_stat_checkpointer",
    "pg_stat_archiver",
    "pg_stat_wal",
    "pg_stat_io",
    "pg_stat_slru",
    "pg_stat_recovery_prefetch",
    "pg_stat_database",
    "pg_stat_statements_info",
)
_STAMPS = " UNION ".join(f"SELECT {_STAMP} FROM {view} WHERE stats_reset IS NOT NULL" for view in _VIEWS)
_AGE = """
SELECT clock_timestamp() - greatest(
    (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),
    (SELECT stats_reset FROM pg_stat_bgwriter),
    (SELECT stats_reset FROM pg_stat_statements_info))
"""


def age(connection: psycopg.Connection) -> timedelta:
    """For how long all the counters of this database have been counting."""
    row = connection.execute(_AGE).fetchone()
    assert row is not None  # noqa: S101 - for the type checker: a SELECT without FROM has one row
    return timedelta(seconds=row[0].total_seconds())


def reset_stamps(connection: psycopg.Connection) -> set[int]:
    """Every moment at which some kind of counter was last reset, in microseconds since 2000."""
    return {stamp for (stamp,) in connection.execute(_STAMPS)}


def move(folder: Path, stamps: set[int], back: timedelta) -> None:
    """Put every one of `stamps` in the stopped server's statistics files `back` before the youngest of them.

    RuntimeError when a file does not hold what the server said, since its format is then not the one known here.
    """
    earlier = struct.pack("=q", max(stamps) - round(back.total_seconds() * 1_000_000))
    counters = folder / "pgstat.stat"
    content = counters.read_bytes()
    for stamp in stamps:
        content = content.replace(struct.pack("=q", stamp), earlier)
    _overwrite(counters, content)
    statements = folder / "pg_stat_statements.stat"
    content = statements.read_bytes()
    if struct.unpack("=q", content[-8:])[0] not in stamps:
        raise RuntimeError(f"{statements} does not end with the moment of its last reset: another format?")
    _overwrite(statements, content[:-8] + earlier)


def _overwrite(path: Path, content: bytes) -> None:
    """Replace the content of a file that keeps its owner and mode."""
    if len(content) != path.stat().st_size:
        raise RuntimeError(f"{path} would change its size")
    with path.open("r+b") as file:
        file.write(content)

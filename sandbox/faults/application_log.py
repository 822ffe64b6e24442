"""Errors in the application's log that nobody has looked at, and a log in which they cannot be seen."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from sandbox.faults import fault
from sandbox.faults.tools import ago, edited, lines_added, replaced
from sandbox.house import Sandbox

ERRORS, SLOW_LOG = "weekly.logs.application-errors", "weekly.database.slow-log"


def _log(sandbox: Sandbox, name: str = "application/error.log") -> Path:
    return sandbox.home / "logs" / name


def _line(said: str, level: str = "ERROR", **units: float) -> str:
    return f"{ago(**units):%Y-%m-%dT%H:%M:%S}.123Z {level} {said}"


@fault(not_met=ERRORS)
def error_of_a_new_kind(sandbox: Sandbox) -> Iterator[None]:
    """An error came once, four days ago, that nobody has seen before."""
    line = _line("[estimates] ROUNDING total of estimate 4711 is negative\n    at price (estimates.js:112)", days=4)
    with lines_added(_log(sandbox), line):
        yield


@fault(not_met=ERRORS)
def error_in_colour(sandbox: Sandbox) -> Iterator[None]:
    """A new error is written in red, date and all: by its first character it goes on with the line before."""
    with lines_added(_log(sandbox), f"\x1b[31m{_line('[api] NEWKIND the lines have colours now', hours=3)}\x1b[0m"):
        yield


@fault(not_met=ERRORS)
def error_with_another_status_than_the_known_one(sandbox: Sandbox) -> Iterator[None]:
    """The kind that is known is a 404; this one is a 500."""
    entry = '[[error]]\nlog = "application"\nsignature = "[maps] TILE answered 404"\nreason = "x"\nowner = "x"\n'
    entry += f'created = "{date.today()}"\nexpiry = "{date.today()}"\n'
    with (
        edited(sandbox.estate / "known_errors.toml", ("[[error]]", f"{entry}\n[[error]]")),
        lines_added(_log(sandbox), _line("[maps] TILE answered 500", hours=30)),
    ):
        yield


@fault(not_met=ERRORS)
def burst_of_a_known_error(sandbox: Sandbox) -> Iterator[None]:
    """An error that is known to come now and then came thirty times within the hour."""
    burst = [_line(f"[maps] TILE_TIMEOUT no tile within {500 + n} ms", hours=50, minutes=n) for n in range(30)]
    with lines_added(_log(sandbox), *burst):
        yield


@fault(not_met=ERRORS)
def known_error_expired(sandbox: Sandbox) -> Iterator[None]:
    """The entry that covered it ended yesterday, and nobody has looked again."""
    path = sandbox.estate / "known_errors.toml"
    expiry = next(line for line in path.read_text().splitlines() if line.startswith("expiry"))
    with edited(path, (expiry, f'expiry = "{date.today() - timedelta(days=1)}"')):
        yield


@contextmanager
def _rotated(sandbox: Sandbox, content: bytes, *more: str) -> Iterator[None]:
    """The log with its first three days rotated away: `content` of them comes back packed, as `.2.gz`."""
    log = _log(sandbox)
    older = log.with_name(f"{log.name}.2.gz")
    with replaced(log, "".join(_lines(log)[1])):
        older.write_bytes(content)
        os.utime(older, (ago(days=4).timestamp(),) * 2)
        try:
            yield
        finally:
            older.unlink()


def _lines(log: Path) -> tuple[list[str], list[str]]:
    """The lines of the log until four days ago, and those after."""
    limit = f"{ago(days=4):%Y-%m-%dT%H:%M:%S}"
    lines = log.read_text().splitlines(keepends=True)
    return [line for line in lines if line < limit], [line for line in lines if line >= limit]


@fault(harmless=ERRORS)
def log_rotated_and_packed(sandbox: Sandbox) -> Iterator[None]:
    """The older days lie in a packed file: they are read all the same."""
    with _rotated(sandbox, gzip.compress("".join(_lines(_log(sandbox))[0]).encode())):
        yield


@fault(not_met=ERRORS)
def error_of_a_new_kind_in_a_packed_log(sandbox: Sandbox) -> Iterator[None]:
    """A new error stands in a file that was rotated and packed since."""
    older = "".join([*_lines(_log(sandbox))[0], _line("[crew] OVERLAP two crews on one job\n", days=5)])
    with _rotated(sandbox, gzip.compress(older.encode())):
        yield


@fault(not_assessed=ERRORS)
def packed_log_cut_short(sandbox: Sandbox) -> Iterator[None]:
    """The packed file of the older days ends in the middle."""
    packed = gzip.compress("".join(_lines(_log(sandbox))[0]).encode())
    with _rotated(sandbox, packed[: len(packed) // 2]):
        yield


@fault(not_assessed=ERRORS)
def packed_log_gone(sandbox: Sandbox) -> Iterator[None]:
    """The file of the older days was deleted to make room: what stood in it nobody knows."""
    with replaced(_log(sandbox), "".join(_lines(_log(sandbox))[1])):
        yield


@fault(not_assessed=ERRORS)
def two_days_of_the_log_gone(sandbox: Sandbox) -> Iterator[None]:
    """Two days in the middle of the week are missing, beginning and end are there."""
    log, first, last = _log(sandbox), f"{ago(days=5):%Y-%m-%dT%H}", f"{ago(days=3):%Y-%m-%dT%H}"
    kept = [line for line in log.read_text().splitlines(keepends=True) if not first <= line < last]
    with replaced(log, "".join(kept)):
        yield


@fault(not_assessed=ERRORS)
def level_that_nobody_knows(sandbox: Sandbox) -> Iterator[None]:
    """A new version of the application writes its levels as numbers."""
    with lines_added(_log(sandbox), _line("[api] UNHANDLED promise rejected", "50", days=1)):
        yield


@fault(not_assessed=[ERRORS, "daily.alerts.database-connections"])
def application_log_turned_into_json(sandbox: Sandbox) -> Iterator[None]:
    """A release writes JSON; all forty lines of it tell of errors, below 1 % of the week's."""
    lines = [f'{{"time": "{ago(minutes=60 - n):%Y-%m-%dT%H:%M:%S}Z", "level": 50, "msg": "total is negative"}}' for n in range(40)]
    with lines_added(_log(sandbox), *lines):
        yield


@fault(not_met=ERRORS)
def error_that_nobody_caught(sandbox: Sandbox) -> Iterator[None]:
    """The application died behind a line of information: the trace bears neither a level nor a time."""
    died = ["/srv/neff/estimates.js:112", "", "TypeError: Cannot read properties of undefined (reading 'total')", "    at price"]
    with lines_added(_log(sandbox), _line("[api] REQUEST_OK served", "INFO", hours=2), *died):
        yield


@fault(not_met=ERRORS)
def crash_behind_a_known_error(sandbox: Sandbox) -> Iterator[None]:
    """The application died behind an error that somebody has looked at: it is another one."""
    died = ["/srv/neff/estimates.js:112", "", "TypeError: Cannot read properties of undefined (reading 'total')", "    at price"]
    with lines_added(_log(sandbox), _line("[maps] TILE_TIMEOUT no tile within 700 ms", hours=2), *died):
        yield


@fault(not_met=ERRORS)
def crash_in_a_log_with_ends_of_another_system(sandbox: Sandbox) -> Iterator[None]:
    """The application died behind words of a visitor's that hold a line separator, in a log that ends its lines as Windows does."""
    died = ["/srv/neff/estimates.js:112\r", "\r", "TypeError: Cannot read properties of undefined (reading 'total')\r", "    at price\r"]
    with lines_added(_log(sandbox), _line("[api] REQUEST_OK searched for drive\u2028way\r", "INFO", hours=2), *died):
        yield


@fault(harmless=ERRORS)
def known_error_with_its_trace_in_windows_ends(sandbox: Sandbox) -> Iterator[None]:
    """An error that somebody has looked at, its lines ended as Windows does; a visitor wrote one that looks like an error of ours."""
    trace = ["TimeoutError: no tile within 700 ms\r", "    at tile (maps.js:40)\r"]
    forged = _line(f"[api] REQUEST_OK searched for x\u2028{_line('[api] FORGED x', hours=2)}", "INFO", hours=2)
    with lines_added(_log(sandbox), _line("[maps] TILE_TIMEOUT no tile within 700 ms\r", hours=2), *trace, forged):
        yield


@fault(harmless=ERRORS)
def known_error_with_its_trace(sandbox: Sandbox) -> Iterator[None]:
    """An error that somebody has looked at was written with its trace."""
    trace = ["TimeoutError: no tile within 700 ms", "    at tile (maps.js:40)", "    at render (maps.js:12)"]
    with lines_added(_log(sandbox), _line("[maps] TILE_TIMEOUT no tile within 700 ms", hours=2), *trace):
        yield


@fault(harmless=ERRORS)
def message_of_many_lines(sandbox: Sandbox) -> Iterator[None]:
    """A line of information goes on in an indented table that names errors and days."""
    table = ["    Error: none", "    2026-01-05 3 events", '    {"events": 3}']
    with lines_added(_log(sandbox), *[_line("[sync] WEEK read", "INFO", hours=2), *table] * 10):
        yield


@fault(not_assessed=SLOW_LOG)
def server_log_of_three_days(sandbox: Sandbox) -> Iterator[None]:
    """The server's log reaches back three days: the worst statements of the week are not in it."""
    log, limit = _log(sandbox, "postgresql.log"), f"{ago(days=3):%Y-%m-%d %H:%M}"
    kept = [line for line in log.read_text(errors="surrogateescape").splitlines(keepends=True) if line >= limit]
    with replaced(log, "".join(kept).encode(errors="surrogateescape")):
        yield

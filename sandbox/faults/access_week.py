"""A week of the access log that tells of somebody, or that is not all there."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sandbox.faults import fault
from sandbox.faults.logs import READS_WEEK, _log, _request
from sandbox.faults.tools import ago, edited, lines_added, moved_away, replaced
from sandbox.house import Sandbox

PATTERNS, TIMES = READS_WEEK
SCRAPER = "203.0.113.200"
MANY = 40_000  # a third of a week's requests
CUT = '198.51.100.77 - - [{:%d/%b/%Y:%H:%M:%S +0000}] "GET /api/serv'


def _newest_rotated(sandbox: Sandbox) -> Path:
    return sorted((sandbox.home / "logs").glob("access.log-*.gz"))[-1]


@contextmanager
def _rotated(sandbox: Sandbox, lines: Iterable[str]) -> Iterator[None]:
    """One rotated and compressed file more."""
    path = _log(sandbox, "access.log.2.gz")
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), 1))
    os.utime(path, (ago(days=3).timestamp(),) * 2)
    try:
        yield
    finally:
        path.unlink()


def _requests(count: int, clients: Iterable[str] = (SCRAPER,)) -> Iterator[str]:
    """Requests spread over the days from the sixth to the third before now."""
    start, step, names = ago(days=6), timedelta(days=3) / count, list(clients)
    return (_request(start + step * n, 200, path="/prices", client=names[n % len(names)]) for n in range(count))


@fault(not_met=PATTERNS)
def scraper_in_the_rotated_log(sandbox: Sandbox) -> Iterator[None]:
    """One address made a third of the week's requests; none of them is in the current file."""
    with _rotated(sandbox, _requests(MANY)):
        yield


@fault(not_met=PATTERNS)
def scraper_with_many_addresses_of_one_network(sandbox: Sandbox) -> Iterator[None]:
    """One IPv6 connection made a third of the week's requests, each hundredth from the same address."""
    with _rotated(sandbox, _requests(MANY, [f"2001:db8:1:2::{n:x}" for n in range(1, 101)])):
        yield


@fault(not_met=PATTERNS)
def scraper_behind_a_line_that_is_cut(sandbox: Sandbox) -> Iterator[None]:
    """A line was cut inside its quotes; a reader that waits for the closing quote swallows the scraper behind it."""
    with _rotated(sandbox, [CUT.format(ago(days=6)), *_requests(MANY)]):
        yield


@fault(harmless=PATTERNS)
def busy_client_that_is_known(sandbox: Sandbox) -> Iterator[None]:
    """Who made a third of the requests is listed as known, by its network and with a reason."""
    approved = sandbox.estate / "approved.toml"
    known = '[known_clients]\n"203.0.113.192/26" = "the partner\'s price comparison"\n\n[normal_sqlstates]\n'
    with _rotated(sandbox, _requests(MANY)), edited(approved, ("[normal_sqlstates]\n", known)):
        yield


@fault(not_met=TIMES)
def slow_route_that_is_rarely_used(sandbox: Sandbox) -> Iterator[None]:
    """One route of the API, asked forty times in the week, needed 1.5 s for every eighth answer."""
    start = ago(days=6)
    asked = [_request(start + timedelta(hours=2 * n), 200, 0.08 if n % 8 else 1.5, f"/api/quotes/{4711 + n}") for n in range(40)]
    with _rotated(sandbox, asked):
        yield


@fault(harmless=READS_WEEK)
def access_log_cut_in_the_middle_of_a_line(sandbox: Sandbox) -> Iterator[None]:
    """A few lines are cut in their middle: they are rejected and counted, and the lines behind them are read."""
    with lines_added(_log(sandbox, "access.log"), *(CUT.format(ago(minutes=n)) for n in (30, 20))):
        yield


@fault(not_assessed=READS_WEEK)
def rotated_log_cut_short(sandbox: Sandbox) -> Iterator[None]:
    """A compressed file ends in its middle: its CRC and the hours behind are missing."""
    path = _newest_rotated(sandbox)
    with replaced(path, path.read_bytes()[:-2000]):
        yield


@fault(not_assessed=READS_WEEK)
def rotated_log_of_a_day_missing(sandbox: Sandbox) -> Iterator[None]:
    """One day of the week is not there."""
    with moved_away(_newest_rotated(sandbox)):
        yield


@fault(not_assessed=READS_WEEK)
def access_log_of_three_days(sandbox: Sandbox) -> Iterator[None]:
    """Only the newest rotated file was kept: the week begins three days ago."""
    with moved_away(*sorted((sandbox.home / "logs").glob("access.log-*.gz"))[:-1]):
        yield


@fault(not_assessed=READS_WEEK)
def rotated_log_in_another_format(sandbox: Sandbox) -> Iterator[None]:
    """For half of a day the access log was written as JSON."""
    path = _newest_rotated(sandbox)
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    mixed = "".join(f'{{"status": 200, "n": {n}}}\n' if n % 2 else f"{line}\n" for n, line in enumerate(lines))
    with replaced(path, gzip.compress(mixed.encode(), 1)):
        yield


@fault(not_assessed=READS_WEEK)
def rotated_log_packed_with_xz(sandbox: Sandbox) -> Iterator[None]:
    """logrotate was told to use another program than gzip."""
    path = _newest_rotated(sandbox).with_suffix(".xz")
    path.write_bytes(b"\xfd7zXZ\x00")
    try:
        yield
    finally:
        path.unlink()

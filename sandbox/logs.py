"""The sandbox's logs: a past of 26 hours in the formats of nginx, sshd, PostgreSQL and the application, kept up to the present.

Every minute has lines of its own, made from the minute's number as seed: the same minute always gives the same lines, so a
log can be continued from its last line. The servers write their own lines into the same files.
"""

from __future__ import annotations

import functools
import math
import os
import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox import rotated

PAST, KEPT = timedelta(hours=26), timedelta(days=3)
WEEK, WEEK_KEPT = timedelta(days=7, hours=2), timedelta(days=9)
MINUTE = timedelta(minutes=1)
SUITE = '"neff-compliance"'
STRAY = re.compile(r"Z ERROR (?!\[maps\] TILE_TIMEOUT)|^\s")
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36",
)
PATHS: tuple[str, ...] = ("/", "/admin", "/assets/site.css", "/assets/hero.webp", "/api/services", "/api/availability", "/api/testimonials")
PATHS += ("/api/estimate-rates", "/api/health", "/api/services")
Lines = Callable[[datetime, random.Random], Iterator[str]]


@dataclass(frozen=True)
class Log:
    """A log file, how the lines of one minute are made, and how the time of a line is found."""

    name: str
    lines: Lines
    stamp: re.Pattern[str]
    form: str
    past: timedelta = PAST
    kept: timedelta = KEPT
    rotates: bool = False  # at midnight, into a compressed file for each day of a week


def bring_to_present(home: Path, now: datetime) -> None:
    """Continues every log from its last line up to `now`; one that ended over three days ago begins anew."""
    for log in LOGS:
        path = home / "logs" / log.name
        path.parent.mkdir(parents=True, exist_ok=True)
        _without_leftovers(path)
        since = rotated.boundary(now, PAST) if log.rotates else now - log.past
        first, last = _first(path, log), _last(path, log)
        if first is None or last is None or now - last > log.kept or first > since + timedelta(hours=1):
            _begin(path, log, since, now)
        else:
            _append(path, log, last, now)
        if log.rotates:
            _rotate(path, log, since, now)
    blocked = home / "logs" / "blocked.txt"
    if not blocked.exists():
        blocked.write_text("# addresses that the firewall blocks, one a line\n192.0.2.99\n")


def _begin(path: Path, log: Log, since: datetime, now: datetime) -> None:
    """A log with nothing but a past; lines that a server has written since the start stay behind it."""
    kept = [line for line in _read(path) if (at := _time(line, log)) and now - at < timedelta(hours=1)]
    first = min((at for line in kept if (at := _time(line, log))), default=now)
    _write(path, "w", [*_minutes(log, since - timedelta(seconds=1), first), *kept])


def _append(path: Path, log: Log, last: datetime, now: datetime) -> None:
    """The missing minutes; what is older than three days goes to `.1` when there is much of it."""
    _write(path, "a", _minutes(log, last, now))
    lines = _read(path)
    old = sum(1 for line in lines[:: max(1, len(lines) // 200)] if (at := _time(line, log)) and now - at > log.kept)
    if old > 40:
        limit = [n for n, line in enumerate(lines) if (at := _time(line, log)) and now - at <= log.kept][:1] or [len(lines)]
        _write(path.with_name(f"{path.name}.1"), "w", lines[: limit[0]])
        _write(path, "w", lines[limit[0] :])


def _rotate(path: Path, log: Log, since: datetime, now: datetime) -> None:
    """What is older than the current file may be goes; the rotated files hold the same days, made from the same seeds."""
    lines = _read(path)
    if (first := _first(path, log)) and first < since:
        _write(path, "w", [line for line in lines if (at := _time(line, log)) is None or at >= since])
    rotated.bring_to_present(path, now, PAST, functools.partial(_minutes, log))


def _minutes(log: Log, since: datetime, until: datetime) -> Iterator[str]:
    """The lines after `since` and up to `until`."""
    minute = since.replace(second=0, microsecond=0)
    while minute <= until:
        generator = random.Random(f"{log.name} {minute.timestamp():.0f}")  # noqa: S311 - plausible data, not secrets
        for line in log.lines(minute, generator):
            at = _time(line, log)
            if at is None or since < at <= until:
                yield line
        minute += MINUTE


def _read(path: Path) -> list[str]:
    return path.read_text(errors="surrogateescape").splitlines() if path.exists() else []


def _write(path: Path, mode: str, lines: Iterable[str]) -> None:
    """Appends, or rewrites the same file in place: a server may hold it open."""
    text = "".join(f"{line}\n" for line in lines)
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if mode == "a" else os.O_TRUNC)
    with os.fdopen(os.open(path, flags, 0o644), "w", errors="surrogateescape") as file:
        file.write(text)


def _without_leftovers(path: Path) -> None:
    """Earlier runs' own requests are taken out (a sandbox is looked at a hundred times a day, a real site once), and the errors of a
    time in which something was broken here: what was mended yesterday is healthy today."""
    lines = _read(path)
    others = [line for line in lines if SUITE not in line and not STRAY.search(line)]
    if len(others) < len(lines):
        _write(path, "w", others)


def _first(path: Path, log: Log) -> datetime | None:
    """The time of the first line whose time can be told."""
    return next((at for line in _read(path) if (at := _time(line, log))), None)


def _last(path: Path, log: Log) -> datetime | None:
    """The time of the last line whose time can be told."""
    return next((at for line in reversed(_read(path)) if (at := _time(line, log))), None)


def _time(line: str, log: Log) -> datetime | None:
    found = log.stamp.search(line)
    return datetime.strptime(found[1], log.form).replace(tzinfo=UTC) if found else None


# -- what a minute brings


def _moments(minute: datetime, generator: random.Random, mean: float) -> list[datetime]:
    """So many moments of a minute, about `mean` of them, in order."""
    count = int(mean) + (generator.random() < mean % 1)
    return sorted(minute + timedelta(seconds=generator.uniform(0, 59.9)) for _ in range(count))


def _busy(minute: datetime) -> float:
    """Requests a minute: quiet at four in the morning, busy at four in the afternoon."""
    hour = minute.hour + minute.minute / 60
    return 8 + 5 * math.sin((hour - 10) / 24 * 2 * math.pi)


def _access(minute: datetime, generator: random.Random) -> Iterator[str]:
    # At most one failure in every seventh minute: no five minutes ever hold the three that make a burst.
    failing = minute.minute % 7 == 0 and generator.random() < 0.06
    for number, at in enumerate(_moments(minute, generator, _busy(minute))):
        client = f"198.51.100.{generator.randrange(1, 240)}"
        stamp = f"[{at:%d/%b/%Y:%H:%M:%S} +0000]"
        chance = generator.random()
        if chance < 0.001:
            yield f'{client} - - {stamp} "\\x16\\x03\\x01\\x02\\x00\\x01\\x00" 400 157 "-" "-" 0.000'
            continue
        status = 404 if chance < 0.012 else 401 if chance < 0.014 else 502 if failing and number == 0 else 200
        path = "/wp-login.php" if status == 404 else "/api/auth/login" if status == 401 else generator.choice(PATHS)
        took = min(generator.lognormvariate(-3.2, 0.7), 0.4)
        size = generator.randrange(300, 24_000)
        yield f'{client} - - {stamp} "GET {path} HTTP/1.1" {status} {size} "-" "{generator.choice(AGENTS)}" {took:.3f}'


def _application(minute: datetime, generator: random.Random) -> Iterator[str]:
    said = ("INFO [api] REQUEST_OK served", "INFO [sync] CALENDLY_SYNC 3 events read", "WARN [mail] RETRY first attempt timed out")
    for at in _moments(minute, generator, 0.6):
        slow = generator.random() < 0.004
        text = f"ERROR [maps] TILE_TIMEOUT no tile within {generator.randrange(500, 900)} ms" if slow else generator.choice(said)
        yield f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z {text}"


def _server(minute: datetime, generator: random.Random) -> Iterator[str]:
    for at in _moments(minute, generator, 0.5):
        head = f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d} UTC [{generator.randrange(900, 30_000)}] 00000"
        if generator.random() < 0.3:
            yield f"{head} LOG:  checkpoint complete: wrote {generator.randrange(3, 90)} buffers (0.1%)"
        elif generator.random() < 0.01:
            took, name = generator.uniform(250, 900), generator.choice(("Reyes", "Okafor", "Lind"))
            said = f"SELECT id FROM customers WHERE name LIKE '%{name}%'"
            yield f"{head} neff_app@neff_paving_admin LOG:  duration: {took:.3f} ms  statement: {said}"
        else:
            yield f"{head} neff_app@neff_paving_admin LOG:  connection authorized: user=neff_app database=neff_paving_admin"


def _logins(minute: datetime, generator: random.Random) -> Iterator[str]:
    for at in _moments(minute, generator, 0.2):
        head = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}+00:00 web1"
        process, chance = generator.randrange(900, 30_000), generator.random()
        if chance < 0.4:
            yield f"{head} CRON[{process}]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"
        elif chance < 0.7:
            source, port = f"203.0.113.{generator.randrange(1, 60)}", generator.randrange(30_000, 60_000)
            yield f"{head} sshd[{process}]: Failed password for invalid user admin from {source} port {port} ssh2"
        else:
            yield f"{head} sshd[{process}]: Accepted publickey for deploy from 198.51.100.20 port 50022 ssh2: ED25519 SHA256:x"


LOGS = (
    Log("access.log", _access, re.compile(r"\[(\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d) \+0000\]"), "%d/%b/%Y:%H:%M:%S", rotates=True),
    Log(
        "application/error.log",
        _application,
        re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d{3}Z "),
        "%Y-%m-%dT%H:%M:%S",
        WEEK,
        WEEK_KEPT,
    ),
    Log("postgresql.log", _server, re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\.\d{3} UTC "), "%Y-%m-%d %H:%M:%S", WEEK, WEEK_KEPT),
    Log("auth.log", _logins, re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d{6}\+00:00 "), "%Y-%m-%dT%H:%M:%S"),
)

"""Logs that are gone, silent, in another format, or that tell of something bad."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from sandbox.faults import fault
from sandbox.faults.tools import ago, estate_edited, lines_added, moved_away, replaced, setting
from sandbox.house import Sandbox

READS_WEEK = ["weekly.logs.access-patterns", "weekly.api.response-times"]
READS_ACCESS_OF_THE_DAY = ["daily.alerts.api-latency", "daily.alerts.security-breach", "daily.kpi.errors.application"]
READS_ACCESS = [*READS_ACCESS_OF_THE_DAY, *READS_WEEK]
COUNTS_SERVER = ["daily.alerts.database-connections", "daily.kpi.errors.database"]
READS_SERVER = [*COUNTS_SERVER, "weekly.database.slow-log"]
READS_LOGINS = ["daily.alerts.security-breach"]
READS_APPLICATION = ["daily.alerts.database-connections", "weekly.logs.application-errors"]
CONNECTIONS = "daily.alerts.database-connections"
BREACH = "daily.alerts.security-breach"
NGINX = "%d/%b/%Y:%H:%M:%S +0000"


def _log(sandbox: Sandbox, name: str) -> Path:
    return sandbox.home / "logs" / name


def _request(
    at: datetime,
    status: int,
    took: float = 0.04,
    path: str = "/api/services",
    client: str = "198.51.100.77",
    method: str = "GET",
    agent: str = "Mozilla/5.0",
) -> str:
    return f'{client} - - [{at:{NGINX}}] "{method} {path} HTTP/1.1" {status} 512 "-" "{agent}" {took:.3f}'


def _server(at: datetime, state: str, text: str) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}.123 UTC [4242] {state} neff_app@neff_paving_admin {text}"


def _login(at: datetime, accepted: bool, source: str, user: str = "deploy") -> str:
    said = f"Accepted password for {user}" if accepted else f"Failed password for {user}"
    return f"{at:%Y-%m-%dT%H:%M:%S}.123456+00:00 web1 sshd[4242]: {said} from {source} port 40022 ssh2"


@contextmanager
def _ended_yesterday(path: Path) -> Iterator[None]:
    """A log whose last write was 23 hours ago: everything after it is missing."""
    lines = path.read_text(errors="surrogateescape").splitlines(keepends=True)
    with replaced(path, "".join(lines[: len(lines) // 12]).encode(errors="surrogateescape")):
        yield


# -- the directory


@fault(not_met="daily.alerts.channel.logs", not_assessed=[*READS_ACCESS, *READS_SERVER, "weekly.logs.application-errors"])
def log_directory_missing(sandbox: Sandbox) -> Iterator[None]:
    """The log directory is gone."""
    with moved_away(sandbox.home / "logs"):
        yield


@fault(not_met="daily.alerts.channel.logs")
def log_directory_is_a_file(sandbox: Sandbox) -> Iterator[None]:
    """Where the log directory should be there is something that cannot be listed."""
    blocked = _log(sandbox, "blocked.txt")
    with estate_edited(sandbox, (f'directory = "{sandbox.home}/logs"\n', f'directory = "{blocked}"\n')):
        yield


@fault(not_met="daily.alerts.channel.logs")
def log_directory_silent_since_yesterday(sandbox: Sandbox) -> Iterator[None]:
    """Nothing in the log directory has been written for a day."""
    quiet = sandbox.home / "quiet-logs"
    quiet.mkdir(exist_ok=True)
    (quiet / "error.log").write_text("the last words\n")
    os.utime(quiet / "error.log", (ago(hours=25).timestamp(),) * 2)
    with estate_edited(sandbox, (f'directory = "{sandbox.home}/logs"\n', f'directory = "{quiet}"\n')):
        yield


@fault(not_met="daily.alerts.channel.logs")
def log_directory_with_a_new_lock(sandbox: Sandbox) -> Iterator[None]:
    """Nothing has been logged for two days; a program that rotates logs left its empty lock a moment ago."""
    quiet = sandbox.home / "quiet-logs"
    quiet.mkdir(exist_ok=True)
    (quiet / "error.log").write_text("the last words\n")
    os.utime(quiet / "error.log", (ago(days=2).timestamp(),) * 2)
    (quiet / "logrotate.lock").touch()
    with estate_edited(sandbox, (f'directory = "{sandbox.home}/logs"\n', f'directory = "{quiet}"\n')):
        yield


# -- database connections


@fault(not_met=COUNTS_SERVER)
def server_log_says_too_many_clients(sandbox: Sandbox) -> Iterator[None]:
    """The server turned clients away some hours ago."""
    lines = [_server(ago(minutes=3), "53300", "FATAL:  sorry, too many clients already") for _ in range(40)]
    with lines_added(_log(sandbox, "postgresql.log"), *lines):
        yield


@fault(not_met=CONNECTIONS)
def server_log_says_login_refused(sandbox: Sandbox) -> Iterator[None]:
    """The server refused a login."""
    line = _server(ago(minutes=9), "28P01", 'FATAL:  password authentication failed for user "neff_app"')
    with lines_added(_log(sandbox, "postgresql.log"), line):
        yield


def _turned_away(name: str, state: str, said: str, what: str) -> None:
    """Registers a connection that the server refused, in its own words."""

    def turned_away(sandbox: Sandbox) -> Iterator[None]:
        with lines_added(_log(sandbox, "postgresql.log"), _server(ago(minutes=9), state, f"FATAL:  {said}")):
            yield

    turned_away.__name__, turned_away.__doc__ = name, what
    fault(not_met=CONNECTIONS)(turned_away)


CLOSED = 'database "neff_paving_admin" is not currently accepting connections'
_turned_away("server_log_says_database_closed", "55000", CLOSED, "The database was closed to all connections for a while.")
FORBIDDEN = 'permission denied for database "neff_paving_admin"'
_turned_away("server_log_says_connect_revoked", "42501", FORBIDDEN, "An account lost the right to connect.")
LATE = "canceling authentication due to timeout"
_turned_away("server_log_says_login_timed_out", "57014", LATE, "A login took too long for the server.")


@fault(not_met=READS_APPLICATION)
def application_log_says_could_not_connect(sandbox: Sandbox) -> Iterator[None]:
    """The application could not connect to the database some minutes ago."""
    line = f"{ago(minutes=20):%Y-%m-%dT%H:%M:%S}.123Z ERROR [api] DATABASE_ERROR could not connect to the database"
    with lines_added(_log(sandbox, "application/error.log"), line):
        yield


@fault(not_met=READS_APPLICATION)
def application_log_says_no_route_to_the_database(sandbox: Sandbox) -> Iterator[None]:
    """The application could not reach the database, in the words of PostgreSQL's own library."""
    said = 'connection to server at "10.0.0.5", port 5432 failed: No route to host'
    line = f"{ago(minutes=20):%Y-%m-%dT%H:%M:%S}.123Z ERROR [api] DATABASE_ERROR {said}"
    with lines_added(_log(sandbox, "application/error.log"), line):
        yield


@fault(not_met=READS_APPLICATION)
def application_log_says_the_pooler_gave_up(sandbox: Sandbox) -> Iterator[None]:
    """A connection was waited for in vain, in the words of a pooler between application and database."""
    line = f"{ago(minutes=20):%Y-%m-%dT%H:%M:%S}.123Z ERROR [api] DATABASE_ERROR query_wait_timeout"
    with lines_added(_log(sandbox, "application/error.log"), line):
        yield


@fault(harmless=CONNECTIONS)
def application_log_says_that_others_refuse(sandbox: Sandbox) -> Iterator[None]:
    """The mail server and the cache do not answer: the database does."""
    said = ("[mail] RETRY read ECONNRESET smtp.neffpaving.example:587", "[cache] RETRY connect ECONNREFUSED 127.0.0.1:6379")
    lines = [f"{ago(minutes=20):%Y-%m-%dT%H:%M:%S}.123Z WARN {words}" for words in said]
    with lines_added(_log(sandbox, "application/error.log"), *lines):
        yield


@fault(not_met=CONNECTIONS)
def server_log_says_no_process_for_a_connection(sandbox: Sandbox) -> Iterator[None]:
    """The machine had no memory left for another session; the server says so as if it were a matter of course."""
    said = "LOG:  could not fork new process for connection: Cannot allocate memory"
    with lines_added(_log(sandbox, "postgresql.log"), _server(ago(minutes=9), "00000", said)):
        yield


@fault(not_assessed=READS_SERVER)
def server_log_missing(sandbox: Sandbox) -> Iterator[None]:
    """The server's log is gone."""
    with moved_away(_log(sandbox, "postgresql.log")):
        yield


@fault(not_assessed=READS_APPLICATION)
def application_log_missing(sandbox: Sandbox) -> Iterator[None]:
    """The application's log is gone."""
    with moved_away(_log(sandbox, "application/error.log")):
        yield


@fault(not_assessed=READS_APPLICATION)
def application_log_silent_since_yesterday(sandbox: Sandbox) -> Iterator[None]:
    """The application's log was last written yesterday: whatever happened since is not in it."""
    with _ended_yesterday(_log(sandbox, "application/error.log")):
        yield


@fault(not_assessed=READS_SERVER)
def server_log_is_a_directory(sandbox: Sandbox) -> Iterator[None]:
    """The server's log cannot be read, also not by root."""
    with moved_away(_log(sandbox, "postgresql.log")):
        _log(sandbox, "postgresql.log").mkdir()
        yield


@contextmanager
def _logged_otherwise(sandbox: Sandbox, name: str, value: str) -> Iterator[None]:
    """The server logs in another way, and refuses five logins then."""
    with setting(sandbox, name, f"'{value}'"):
        while sandbox.rows("SELECT current_setting(%s)", name) != [(value,)]:
            time.sleep(0.02)
        _refused_logins(sandbox)
        yield


def _refused_logins(sandbox: Sandbox) -> None:
    for _ in range(5):
        with suppress(psycopg.OperationalError):
            sandbox.postgres.connect("neff_app", password="wrong")  # noqa: S106 - made up


@fault(not_assessed=READS_SERVER)
def server_log_collected_elsewhere(sandbox: Sandbox) -> Iterator[None]:
    """The server collects its log itself, in a folder of its own: in the file that is read, nothing happens any more."""
    sandbox.sql("ALTER SYSTEM SET logging_collector = on")
    sandbox.postgres.restart()
    try:
        _refused_logins(sandbox)
        yield
    finally:
        sandbox.sql("ALTER SYSTEM RESET logging_collector")
        sandbox.postgres.restart()
        shutil.rmtree(sandbox.postgres.data / "log")


@fault(not_assessed=READS_SERVER)
def server_log_with_another_prefix(sandbox: Sandbox) -> Iterator[None]:
    """The server writes its lines with another prefix than the estate says: what they tell cannot be read."""
    with _logged_otherwise(sandbox, "log_line_prefix", "%t [%p]: user=%u,db=%d "):
        yield


@fault(not_assessed=READS_SERVER)
def server_log_sent_to_syslog(sandbox: Sandbox) -> Iterator[None]:
    """The server logs to syslog: in the file that is read, nothing happens any more."""
    with _logged_otherwise(sandbox, "log_destination", "syslog"):
        yield


@fault(not_assessed=READS_SERVER)
def server_log_with_another_prefix_for_an_hour(sandbox: Sandbox) -> Iterator[None]:
    """Somebody tried another prefix and took it back: the settings are as they were, and six lines cannot be read."""
    refused = f'{ago(minutes=40):%Y-%m-%d %H:%M:%S} UTC [4242]: user=x,db=y FATAL:  password authentication failed for user "x"'
    with lines_added(_log(sandbox, "postgresql.log"), *[refused] * 6, _server(ago(minutes=2), "00000", "LOG:  checkpoint starting: time")):
        yield


@fault(harmless=READS_SERVER)
def server_log_with_another_prefix_before_the_week(sandbox: Sandbox) -> Iterator[None]:
    """The log still holds lines of eight days ago, before its prefix was set: nothing of the week is lost."""
    path, at = _log(sandbox, "postgresql.log"), ago(days=8)
    older = [f"{at:%Y-%m-%d %H:%M:%S} UTC LOG:  checkpoint starting: time"] * 6 + [_server(at, "00000", "LOG:  checkpoint starting: time")]
    with replaced(path, "".join(f"{line}\n" for line in older).encode() + path.read_bytes()):
        yield


@fault(harmless=READS_SERVER)
def server_log_with_lines_of_others(sandbox: Sandbox) -> Iterator[None]:
    """Statements of many lines, and what the program that archives the log says in its own words: no messages of the server's."""
    statement = [_server(ago(minutes=3), "00000", "LOG:  duration: 300.000 ms  statement: SELECT 1,"), "\t2 AS x", "\tFROM planted"]
    archived = f"{ago(minutes=2):%Y-%m-%d %H:%M:%S}.123 P00   INFO: archive-push command end: completed successfully (12ms)"
    with lines_added(_log(sandbox, "postgresql.log"), *statement * 10, *[archived] * 10):
        yield


# -- latency and errors in the access log


@fault(not_met="daily.alerts.api-latency")
def api_spike_of_ten_minutes(sandbox: Sandbox) -> Iterator[None]:
    """For ten minutes the API was slow; the day's mean hides it."""
    start = ago(hours=7)
    spike = [_request(start + timedelta(seconds=10 * n), 200, 1.4) for n in range(60)]
    with _merged(_log(sandbox, "access.log"), spike):
        yield


@fault(not_met="daily.alerts.api-latency")
def api_spike_among_a_scanner_s_requests(sandbox: Sandbox) -> Iterator[None]:
    """For ten minutes the API was slow, and a scanner asked it quickly for what is not there."""
    start = ago(hours=7)
    spike = [_request(start + timedelta(seconds=10 * n), 200, 1.4) for n in range(60)]
    scanned = [_request(start + timedelta(seconds=n / 3), 404, 0.001, f"/api/{n}") for n in range(1800)]
    with _merged(_log(sandbox, "access.log"), [*spike, *scanned]):
        yield


@contextmanager
def _merged(path: Path, lines: list[str]) -> Iterator[None]:
    """A log with more lines in it, anywhere: their place in the file says nothing about when they happened."""
    with lines_added(path, *lines):
        yield


@fault(not_assessed=["daily.alerts.api-latency", "weekly.api.response-times"])
def access_log_without_request_time(sandbox: Sandbox) -> Iterator[None]:
    """The web server writes nginx's combined format, which has no request time."""
    path = _log(sandbox, "access.log")
    lines = [
        line.rpartition('" ')[0] + '"\n' if line.rstrip()[-1:].isdigit() else line for line in path.read_text().splitlines(keepends=True)
    ]
    with replaced(path, "".join(lines)):
        yield


@fault(not_met="daily.kpi.errors.application")
def two_percent_of_requests_fail(sandbox: Sandbox) -> Iterator[None]:
    """Over the day, one request in fifty failed, never many at once."""
    count = len(_log(sandbox, "access.log").read_text().splitlines()) // 45
    with _merged(_log(sandbox, "access.log"), [_request(ago(seconds=60 + 86000 * n / count), 502, path="/") for n in range(count)]):
        yield


@fault(not_met="daily.kpi.errors.application")
def burst_of_errors_that_the_mean_hides(sandbox: Sandbox) -> Iterator[None]:
    """For three minutes a third of the requests failed; over the day that is well under one percent."""
    start = ago(hours=5)
    burst = [_request(start + timedelta(seconds=3 * n), 503 if n % 3 else 200, path="/") for n in range(40)]
    with _merged(_log(sandbox, "access.log"), burst):
        yield


@contextmanager
def _quiet_hour(sandbox: Sandbox, requests: Callable[[datetime], list[str]]) -> Iterator[None]:
    """A full hour of the day in which nothing but these requests came."""
    path, start = _log(sandbox, "access.log"), ago(hours=6).replace(minute=0, second=0)
    others = [line for line in path.read_text().splitlines() if f"[{start:%d/%b/%Y:%H}:" not in line]
    with replaced(path, "".join(f"{line}\n" for line in [*others, *requests(start)])):
        yield


@fault(not_met=["daily.kpi.errors.application", "daily.alerts.api-latency"])
def broken_in_a_quiet_hour(sandbox: Sandbox) -> Iterator[None]:
    """A request every two minutes, each slow and half of them failing: no five minutes have enough of them to tell, and the day's mean
    hides it."""
    with _quiet_hour(sandbox, lambda start: [_request(start + timedelta(minutes=2 * n), 200 if n % 2 else 504, 30.0) for n in range(30)]):
        yield


@fault(harmless=["daily.kpi.errors.application", "daily.alerts.api-latency"])
def one_failure_in_a_quiet_hour(sandbox: Sandbox) -> Iterator[None]:
    """A request every two minutes, one of them slow and failed: no burst."""
    with _quiet_hour(
        sandbox,
        lambda start: [_request(start + timedelta(minutes=2 * n), *((504, 30.0) if n == 15 else (200, 0.04))) for n in range(30)],
    ):
        yield


@fault(not_met="daily.kpi.errors.application")
def truncated_line_before_the_errors(sandbox: Sandbox) -> Iterator[None]:
    """A line was cut inside its quotes; a reader that waits for the closing quote swallows the errors behind it."""
    start = ago(hours=3)
    cut = f'198.51.100.77 - - [{start:{NGINX}}] "GET /api/serv'
    burst = [_request(start + timedelta(seconds=2 * n), 500, path="/") for n in range(60)]
    with _merged(_log(sandbox, "access.log"), [cut, *burst]):
        yield


@fault(not_assessed=READS_ACCESS)
def access_log_missing(sandbox: Sandbox) -> Iterator[None]:
    """The access log is gone; its rotated files are there."""
    with moved_away(_log(sandbox, "access.log")):
        yield


@fault(not_assessed=READS_ACCESS)
def access_log_empty(sandbox: Sandbox) -> Iterator[None]:
    """The access log is empty: an error rate of nothing is no rate."""
    with replaced(_log(sandbox, "access.log"), ""):
        yield


@fault(not_assessed=READS_ACCESS)
def access_log_in_another_format(sandbox: Sandbox) -> Iterator[None]:
    """Half of the access log's lines are JSON: a reader that leaves them out knows half of the truth."""
    lines = _log(sandbox, "access.log").read_text().splitlines()
    mixed = [f'{{"status": 200, "n": {n}}}' if n % 2 else line for n, line in enumerate(lines)]
    with replaced(_log(sandbox, "access.log"), "\n".join(mixed) + "\n"):
        yield


@fault(harmless="daily.kpi.errors.database")
def errors_of_our_own_rehearsals(sandbox: Sandbox) -> Iterator[None]:
    """A restore that is compared while it goes on asks for tables that are not there yet: in a scratch database, of ours."""
    line = _server(ago(minutes=9), "42P01", 'ERROR:  relation "customers" does not exist')
    scratch = line.replace("neff_app@neff_paving_admin", "postgres@neff_compliance_scratch_20260101t000000_0a1b2c")
    with lines_added(_log(sandbox, "postgresql.log"), *[scratch] * 60):
        yield


@fault(harmless="daily.kpi.errors.database")
def errors_of_another_database(sandbox: Sandbox) -> Iterator[None]:
    """Statements failed in a database beside ours, whose statements are not counted either."""
    line = _server(ago(minutes=9), "23505", "ERROR:  duplicate key value violates unique constraint")
    with lines_added(_log(sandbox, "postgresql.log"), *[line.replace("neff_app@neff_paving_admin", "past@past")] * 60):
        yield


# -- logins


@fault(not_met=BREACH)
def burst_of_failures_from_one_address(sandbox: Sandbox) -> Iterator[None]:
    """One address was refused sixty times within an hour and is not blocked."""
    lines = [_login(ago(seconds=30 * n + 60), False, "203.0.113.66") for n in range(60, 0, -1)]
    with lines_added(_log(sandbox, "auth.log"), *lines):
        yield


@fault(not_met=BREACH)
def burst_against_a_server_that_takes_keys_only(sandbox: Sandbox) -> Iterator[None]:
    """A server that takes no passwords logs no refusal: sixty connections that gave up tell of it."""
    head = "{:%Y-%m-%dT%H:%M:%S}.123456+00:00 web1 sshd[{}]: Connection closed by authenticating user root 203.0.113.69 port 4 [preauth]"
    lines = [head.format(ago(seconds=30 * n + 60), 50_000 + n) for n in range(60, 0, -1)]
    with lines_added(_log(sandbox, "auth.log"), *lines):
        yield


@fault(not_met=BREACH)
def burst_that_said_goodbye(sandbox: Sandbox) -> Iterator[None]:
    """Guesses against a server that takes keys only, from a program that ends each session in good order."""
    head = "{:%Y-%m-%dT%H:%M:%S}.123456+00:00 web1 sshd[{}]: Disconnected from invalid user admin 203.0.113.69 port 4 [preauth]"
    lines = [head.format(ago(seconds=30 * n + 60), 60_000 + n) for n in range(60, 0, -1)]
    with lines_added(_log(sandbox, "auth.log"), *lines):
        yield


@fault(not_assessed=READS_ACCESS_OF_THE_DAY)
def burst_of_failures_that_cannot_be_read(sandbox: Sandbox) -> Iterator[None]:
    """A hundred requests failed within three minutes, behind another server's log format: below 1 % of the day's lines."""
    other = _request(ago(minutes=30), 503, took=30.0).replace('"Mozilla/5.0"', '"Mozilla/5.0" "-"')
    with lines_added(_log(sandbox, "access.log"), *[other] * 100):
        yield


@fault(harmless=BREACH)
def burst_from_a_blocked_network(sandbox: Sandbox) -> Iterator[None]:
    """One address was refused sixty times, and the whole network that it is in is blocked."""
    lines = [_login(ago(seconds=30 * n + 60), False, "203.0.114.77") for n in range(60, 0, -1)]
    with lines_added(_log(sandbox, "auth.log"), *lines), lines_added(_log(sandbox, "blocked.txt"), "203.0.114.0/24"):
        yield


@fault(harmless=BREACH)
def burst_from_a_blocked_address(sandbox: Sandbox) -> Iterator[None]:
    """One address was refused sixty times, and is blocked: nothing is left to do."""
    lines = [_login(ago(seconds=30 * n + 60), False, "203.0.113.66") for n in range(60, 0, -1)]
    with lines_added(_log(sandbox, "auth.log"), *lines), lines_added(_log(sandbox, "blocked.txt"), "203.0.113.66"):
        yield


@fault(not_met=BREACH)
def login_accepted_after_a_burst(sandbox: Sandbox) -> Iterator[None]:
    """Somebody was refused twelve times and then let in."""
    refused = [_login(ago(seconds=300 - 10 * n), False, "203.0.113.67") for n in range(12)]
    with lines_added(_log(sandbox, "auth.log"), *refused, _login(ago(seconds=120), True, "203.0.113.67")):
        yield


@fault(not_met=BREACH)
def login_accepted_after_a_burst_from_one_connection(sandbox: Sandbox) -> Iterator[None]:
    """Of one IPv6 connection's addresses sixty were refused, each once, and another was let in."""
    refused = [_login(ago(seconds=300 - 2 * n), False, f"2001:db8:1:2::{n:x}") for n in range(60)]
    with lines_added(_log(sandbox, "auth.log"), *refused, _login(ago(seconds=120), True, "2001:db8:1:2::beef")):
        yield


@fault(harmless=BREACH)
def burst_from_blocked_addresses_of_one_connection(sandbox: Sandbox) -> Iterator[None]:
    """Sixty addresses of one IPv6 connection were refused, and each is blocked."""
    addresses = [f"2001:db8:1:2::{n:x}" for n in range(60)]
    lines = [_login(ago(seconds=3000 - 30 * n), False, address) for n, address in enumerate(addresses)]
    with lines_added(_log(sandbox, "auth.log"), *lines), lines_added(_log(sandbox, "blocked.txt"), *addresses):
        yield


@fault(not_met=BREACH)
def website_refuses_one_client_all_day(sandbox: Sandbox) -> Iterator[None]:
    """One client of the web site is refused with 401 again and again."""
    lines = [_request(ago(seconds=60 * n + 60), 401, path="/api/auth/login", client="203.0.113.68") for n in range(70, 0, -1)]
    with _merged(_log(sandbox, "access.log"), lines):
        yield


@fault(harmless=BREACH)
def dashboard_asked_by_the_suite_again_and_again(sandbox: Sandbox) -> Iterator[None]:
    """Somebody runs the suite forty times in ten minutes: its question whether strangers are refused is no login that failed."""
    asked = [
        _request(ago(seconds=15 * n + 60), 401, path="/admin/alerts", client="127.0.0.1", agent="neff-compliance") for n in range(40, 0, -1)
    ]
    let_in = _request(ago(seconds=30), 200, path="/api/auth/login", client="127.0.0.1", method="POST")
    with _merged(_log(sandbox, "access.log"), [*asked, let_in]):
        yield


@fault(not_assessed=BREACH)
def login_log_cannot_be_read(sandbox: Sandbox) -> Iterator[None]:
    """The log of logins cannot be read, also not by root."""
    with moved_away(_log(sandbox, "auth.log")):
        _log(sandbox, "auth.log").mkdir()
        yield


@fault(not_assessed=BREACH)
def login_log_begins_this_morning(sandbox: Sandbox) -> Iterator[None]:
    """The log of logins reaches back three hours only: what came before is not in it."""
    path, limit = _log(sandbox, "auth.log"), f"{datetime.now(UTC) - timedelta(hours=3):%Y-%m-%dT%H:%M}"
    recent = [line for line in path.read_text().splitlines(keepends=True) if line[:16] >= limit]
    with replaced(path, "".join(recent)), moved_away(path.with_name("auth.log.1")):
        yield


@fault(not_met=READS_APPLICATION)
def application_log_says_it_in_the_drivers_words(sandbox: Sandbox) -> Iterator[None]:
    """The application's database driver says it in its own words, in the lines behind the message."""
    line = f"{ago(minutes=20):%Y-%m-%dT%H:%M:%S}.123Z ERROR [api] UNHANDLED request failed"
    with lines_added(_log(sandbox, "application/error.log"), line, "    Error: connect ECONNREFUSED 127.0.0.1:5432"):
        yield


@fault(not_assessed=READS_SERVER)
def server_log_in_another_time_zone(sandbox: Sandbox) -> Iterator[None]:
    """The server writes its log nine hours ahead of what the estate says: the last hours would fall out of the window."""
    line = _server(ago(hours=-7), "53300", "FATAL:  sorry, too many clients already")
    with lines_added(_log(sandbox, "postgresql.log"), line):
        yield


@fault(not_assessed=READS_ACCESS)
def access_log_with_a_hole(sandbox: Sandbox) -> Iterator[None]:
    """Ten hours in the middle of the access log are missing; its beginning and its end are there."""
    path = _log(sandbox, "access.log")
    lines = path.read_text().splitlines(keepends=True)
    with replaced(path, "".join(lines[: len(lines) // 3] + lines[3 * len(lines) // 4 :])):
        yield


@fault(not_met=BREACH)
def website_sign_in_after_a_burst(sandbox: Sandbox) -> Iterator[None]:
    """Somebody was refused at the web site's sign-in twenty times, and then let in."""
    door, client = "/api/auth/login", "203.0.113.70"
    refused = [_request(ago(seconds=300 - 5 * n), 401, path=door, client=client) for n in range(20)]
    accepted = _request(ago(seconds=120), 200, path=door, client=client).replace('"GET ', '"POST ')
    with lines_added(_log(sandbox, "access.log"), *refused, accepted):
        yield


@fault(not_met=BREACH)
def burst_under_a_name_that_looks_like_an_address(sandbox: Sandbox) -> Iterator[None]:
    """Whoever tries chooses a name that looks like the end of a line about an address that is blocked."""
    name = "invalid user x from 192.0.2.99 port 1 ssh2"
    lines = [_login(ago(seconds=30 * n + 60), False, "203.0.113.71", name) for n in range(60, 0, -1)]
    with lines_added(_log(sandbox, "auth.log"), *lines):
        yield


@fault(not_assessed="daily.alerts.channel.logs")
def log_directory_written_in_the_future(sandbox: Sandbox) -> Iterator[None]:
    """A file in the log directory bears a time in four years: the newest write says nothing any more."""
    path = sandbox.home / "logs" / "blocked.txt"
    before = path.stat().st_mtime
    os.utime(path, (ago(days=-1500).timestamp(),) * 2)
    try:
        yield
    finally:
        os.utime(path, (before, before))

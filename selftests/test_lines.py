"""Log lines as they really look, and the windows made of them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from compliance.errors import CouldNotLook
from fixtures import lines
from fixtures.lines import Request
from fixtures.logins import LoginWeek
from fixtures.traffic import windows, worst
from fixtures.trouble import failure

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=timezone.utc)
LINE = '198.51.100.7 - - [23/Nov/2026:07:45:01 -0500] "GET /api/x?y=1 HTTP/1.1" 503 12 "-" "Mozilla \\"x\\""'


def test_an_access_line_with_its_time_zone_and_request_time() -> None:
    request = lines.access(f"{LINE} 0.250")

    assert request == Request(
        NOW.replace(hour=12, minute=45, second=1), "198.51.100.7", "GET", "/api/x", 503, timedelta(seconds=0.25), 'Mozilla \\"x\\"'
    )


def test_the_combined_format_has_no_request_time() -> None:
    request = lines.access(LINE)

    assert request is not None
    assert request.took is None


def test_tls_garbage_is_a_request() -> None:
    request = lines.access('1.2.3.4 - - [23/Nov/2026:07:45:01 +0000] "\\x16\\x03\\x01" 400 157 "-" "-" 0.000')

    assert request is not None
    assert (request.status, request.method) == (400, "")


@pytest.mark.parametrize("line", ["", "{}", LINE[:60], '1.2.3.4 - - [99/Foo/2026:07:45:01 +0000] "GET / HTTP/1.1" 200 1'])
def test_what_is_no_access_line_is_rejected(line: str) -> None:
    assert lines.access(line) is None


@pytest.mark.parametrize(
    ("prefix", "line", "state"),
    [
        ("%m [%p] %e %q%u@%d ", "2026-11-23 12:00:00.123 UTC [77] 22012 app@neff ERROR:  division by zero", "22012"),
        ("%m [%p] %e %q%u@%d ", "2026-11-23 12:00:00.123 UTC [77] 00000 LOG:  checkpoint starting: time", "00000"),
        ("%m [%p] %q%u@%d ", "2026-11-23 12:00:00.123 UTC [77] app@neff ERROR:  division by zero", ""),
        ("%t %e ", "2026-11-23 12:00:00 UTC 53300 FATAL:  sorry, too many clients already", "53300"),
    ],
)
def test_the_server_s_lines_by_their_prefix(prefix: str, line: str, state: str) -> None:
    found = lines.ServerLog(prefix, "UTC")(line)

    assert found is not None
    assert (found.sqlstate, found.severity) == (state, line.partition(":  ")[0].rpartition(" ")[2])
    assert found.at.replace(microsecond=0) == NOW


def test_the_server_s_time_zone_is_the_estate_s() -> None:
    found = lines.ServerLog("%m [%p] %e ", "America/Chicago")("2026-11-23 06:00:00.000 CST [77] 00000 LOG:  x")

    assert found is not None
    assert found.at == NOW


def test_a_continued_message_is_no_message() -> None:
    assert lines.ServerLog("%m [%p] %e ", "UTC")("\tSELECT 1/0") is None


@pytest.mark.parametrize(
    ("line", "begins"),
    [
        ("2026-11-23 12:00:00 UTC [77]: user=a,db=b FATAL:  sorry, too many clients already", True),
        ("Nov 23 12:00:00 db1 postgres[77]: [4-1] ERROR:  division by zero", True),
        ('{"timestamp":"2026-11-23 12:00:00.123 UTC","error_severity":"FATAL"}', True),
        ("\tSELECT 'ERROR:  x'", False),
        ("2026-11-23 12:00:00.123 P00   INFO: archive-push command end", False),
        ("cp: cannot stat '/archive': No such file or directory", False),
        ("2026-11-23 12:00:00.123 UTC [77] 28P01 ВАЖНО:  x", True),
        ("rsync: [sender]  link_stat:  failed", False),
    ],
)
def test_a_server_s_message_is_known_by_its_severity_whatever_the_prefix(line: str, begins: bool) -> None:
    assert bool(lines.SERVER_MESSAGE.match(line)) is begins


@pytest.mark.parametrize(
    ("line", "joined"),
    [
        ("    at price (estimates.js:112)", True),
        ("TypeError: total is not a function", True),
        ('    {"events": 3}', True),
        ('{"level":50,"msg":"x"}', False),
        ("2026-11-23 12:00:00 ERROR x", False),
        ("[2026/11/23 12:00:00] ERROR x", False),
    ],
)
def test_what_begins_like_a_message_continues_no_other(line: str, joined: bool) -> None:
    assert bool(lines.HEADS.search(f"2026-11-23T12:00:00Z INFO x\n{line}\n")) is joined


@pytest.mark.parametrize(
    ("said", "trace"),
    [
        ("served | TypeError: x is undefined |     at f", "TypeError: x is undefined |     at f"),
        ("served | a.js:1 |  | Error [ERR_X]: y", "Error [ERR_X]: y"),
        ("served | Uncaught Error: x", "Uncaught Error: x"),
        ("served | Traceback (most recent call last):", "Traceback (most recent call last):"),
        ("served |     Error: none", None),
        ("served | Errors: 0", None),
    ],
)
def test_a_trace_behind_a_line_is_an_error_of_its_own(said: str, trace: str | None) -> None:
    found = lines.TRACE.search(said)

    assert (found[1] if found else None) == trace


@pytest.mark.parametrize(
    ("said", "failed"),
    [
        ("KnexTimeoutError: Knex: Timeout acquiring a connection. The pool is probably full.", True),
        ("Timed out fetching a new connection from the connection pool", True),
        ("[api] DATABASE_ERROR timeout expired", True),
        ("[api] UNHANDLED Error: timeout expired", True),
        ("error: the database system is starting up", True),
        ("error: the database system is in recovery mode", True),
        ("[api] connect ENETUNREACH 10.0.0.5:5432", True),
        ("server login has been failing, try again later (server_login_retry)", True),
        ("no more connections allowed (max_client_conn)", True),
        ("SequelizeConnectionAcquireTimeoutError: Operation timeout", True),
        ("SASL authentication failed", True),
        ("[mail] RETRY could not connect to the database", True),
        ("[cache] connect ECONNREFUSED 127.0.0.1:5432", True),
        ("[api] UNHANDLED read ECONNRESET", True),
        ("[mail] RETRY read ECONNRESET smtp.neffpaving.example:587", False),
        ("[api] RETRY read ECONNRESET smtp.neffpaving.example:587", False),
        ("[cache] connect ECONNREFUSED 127.0.0.1:6379", False),
        ("[mail] SASL authentication failed", False),
        ("[payments] RETRY getaddrinfo ENOTFOUND api.stripe.com", False),
        ("[api] UNHANDLED getaddrinfo ENOTFOUND db.neffpaving.example", True),
        ("[api] LOGIN session timeout expired", False),
        ("SequelizeDatabaseError: column x does not exist", False),
    ],
)
def test_a_connection_that_failed_is_the_database_s_unless_the_line_names_another(said: str, failed: bool) -> None:
    assert bool(failure(said)) is failed


@pytest.mark.parametrize(
    ("line", "accepted", "source"),
    [
        ("2026-11-23T11:59:00.1+00:00 web sshd[1]: Failed password for invalid user x from 203.0.113.7 port 1 ssh2", False, "203.0.113.7"),
        ("2026-11-23T11:59:00.1+00:00 web sshd[1]: Accepted publickey for d from 203.0.113.8 port 1 ssh2: ED25519", True, "203.0.113.8"),
        ("Nov 23 11:59:00 web sshd[1]: Failed password for root from 203.0.113.9 port 1 ssh2", False, "203.0.113.9"),
        ("Nov 23 11:59:00 web su: pam_unix(su:auth): authentication failure; rhost=203.0.113.5  user=root", False, "203.0.113.5"),
    ],
)
def test_logins_in_both_syslog_forms(line: str, accepted: bool, source: str) -> None:
    found = lines.auth(line, NOW)

    assert found is not None
    assert found.login is not None
    assert (found.login.accepted, found.login.source, found.at.minute) == (accepted, source, 59)


def test_a_refused_password_that_pam_reports_too_is_counted_once() -> None:
    line = "Nov 23 11:59:00 web sshd[1]: pam_unix(sshd:auth): authentication failure; rhost=203.0.113.9  user=root"
    found = lines.auth(line, NOW)

    assert found is not None
    assert found.login is None


def test_a_refusal_that_syslog_folded_counts_as_often_as_it_happened() -> None:
    found = lines.auth("Nov 23 11:59:00 web sshd[1]: message repeated 5 times: [ Failed password for root from 203.0.113.9 port 1]", NOW)

    assert found is not None
    assert found.login is not None
    assert found.login.times == 5


def test_a_server_that_takes_keys_only_refuses_in_silence() -> None:
    gave_up = "Nov 23 11:59:00 web sshd[{}]: Connection closed by authenticating user root 203.0.113.9 port 1 [preauth]"
    failed = "Nov 23 11:59:00 web sshd[2]: Failed password for root from 203.0.113.9 port 1 ssh2"
    read = [lines.auth(line, NOW) for line in (gave_up.format(1), failed, gave_up.format(2))]

    assert [login.session for login in lines.without_doubles([r.login for r in read if r and r.login])] == ["1", "2"]


def test_all_addresses_of_one_connection_are_one_source_of_the_week() -> None:
    logins = [lines.Login(NOW + timedelta(seconds=n), n == 101, "root", f"2001:db8:1:2::{n:x}") for n in range(102)]
    week = LoginWeek(logins)

    assert [found.name for found in week.refused_over(100)] == ["2001:db8:1:2::/64"]
    assert [found.name for found in week.got_in_after(100)] == ["2001:db8:1:2::/64"]


def test_a_date_without_a_year_is_never_in_the_future() -> None:
    found = lines.auth("Dec 31 23:59:00 web CRON[1]: x", NOW)

    assert found is not None
    assert found.at.year == 2025


def _requests(count: int, *, at: datetime, took: float = 0.05, status: int = 200) -> list[Request]:
    return [Request(at + timedelta(seconds=n), "c", "GET", "/api/x", status, timedelta(seconds=took)) for n in range(count)]


def test_a_spike_stands_out_in_its_own_window() -> None:
    seen = windows([*_requests(40, at=NOW), *_requests(30, at=NOW + timedelta(minutes=20), took=2)], NOW, NOW + timedelta(hours=1))

    assert worst(seen, lambda w: w.p95.total_seconds()).p95 == timedelta(seconds=2)
    assert min(w.p95 for w in seen) == timedelta(seconds=0.05)


def test_too_little_traffic_cannot_be_told() -> None:
    with pytest.raises(CouldNotLook, match="too little traffic"):
        windows(_requests(19, at=NOW), NOW, NOW + timedelta(hours=1))

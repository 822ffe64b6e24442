"""A whole daily run sends few requests, and writes nothing to the database in its own sessions."""

from __future__ import annotations

import re

from sandbox.house import Sandbox
from selftests.running import Outcome, Suite

MOST_REQUESTS = 60
WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE|TRUNCATE|CREATE|ALTER|DROP|GRANT|REVOKE|COPY|VACUUM|REINDEX|CALL|DO|LOCK)\b", re.I)
HARMLESS = re.compile(r"^(BEGIN|COMMIT|ROLLBACK|SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY|SELECT\b|WITH\b|SHOW\b)", re.I)


def test_fewer_than_sixty_requests_reach_the_site(sandbox: Sandbox, suite: Suite) -> None:
    log = sandbox.home / "logs" / "access.log"
    before = len(log.read_text().splitlines())
    suite.run()

    sent = [line for line in log.read_text().splitlines()[before:] if '"neff-compliance"' in line]
    assert 20 < len(sent) < MOST_REQUESTS
    assert [line for line in sent if '"GET ' not in line and '"POST /api/auth/login ' not in line] == []
    assert sum('"POST ' in line for line in sent) == 1


def test_nothing_is_written_in_our_own_sessions(sandbox: Sandbox, suite: Suite, healthy: Outcome) -> None:
    sandbox.sql("ALTER SYSTEM SET log_statement = 'all'")
    sandbox.sql("SELECT pg_reload_conf()")
    log = sandbox.home / "logs" / "postgresql.log"
    size = log.stat().st_size
    try:
        suite.run()
    finally:
        sandbox.sql("ALTER SYSTEM RESET log_statement")
        sandbox.sql("SELECT pg_reload_conf()")

    text = log.read_text()[size:]
    ours = re.findall(r"neff_monitor@\S+ LOG:  (?:statement|execute [^:]*): (.*?)(?=^\d{4}-)", text, re.M | re.S)
    assert len(ours) > 10
    assert [statement for statement in ours if not HARMLESS.match(statement.strip())] == []
    assert [statement for statement in ours if WRITES.search(re.sub(r"'[^']*'", "", statement))] == []
    with log.open("r+b") as file:
        file.truncate(size)


def test_a_write_would_be_refused_by_our_own_session(sandbox: Sandbox) -> None:
    import psycopg
    import pytest

    from compliance.estate import load
    from fixtures.database import connect

    with connect(load(sandbox.estate)) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("CREATE TABLE mine (x int)")


def test_with_workers_the_table_of_verdicts_is_the_same(suite: Suite, healthy: Outcome) -> None:
    assert suite.run("-n", "2").table == healthy.table

"""The sandbox's data: a year of it once, and every series brought up to the present at each start."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

HERE = Path(__file__).parent
# What the application asks all day: cheap statements of several kinds.
TRAFFIC = (
    "SELECT id, name FROM customers WHERE id = %s",
    "SELECT id, status FROM appointments WHERE customer_id = %s",
    "SELECT amount_cents FROM estimates WHERE customer_id = %s ORDER BY created_at DESC LIMIT 1",
    "SELECT status, count(*) FROM payments WHERE customer_id = %s GROUP BY status",
    "SELECT starts_on FROM job_schedules WHERE contract_id = %s",
)


def seed(connection: psycopg.Connection[Any], now: datetime, password_hash: str) -> None:
    """Fills the empty schema with a year of data up to `now`; `password_hash` is the sign-in of the suite's own account."""
    _run(connection, "seed.sql", now=sql.Literal(now), password_hash=sql.Literal(password_hash))
    bring_to_present(connection, now)


def bring_to_present(connection: psycopg.Connection[Any], now: datetime) -> None:
    """Fills every series from its last entry up to `now`, and removes what the retention of each removes."""
    _run(connection, "present.sql", now=sql.Literal(now))


def _run(connection: psycopg.Connection[Any], name: str, **values: sql.Literal) -> None:
    """Runs a file of statements in one transaction; `{now}` and the like stand for literals."""
    text = (HERE / name).read_text()
    connection.execute(sql.SQL(text).format(**values))


def workload(connection: psycopg.Connection[Any], statements: int = 2500) -> None:
    """A day's traffic, as the application's own account."""
    with connection.pipeline():
        for number in range(statements):
            connection.execute(TRAFFIC[number % len(TRAFFIC)], [1 + number % 1000])

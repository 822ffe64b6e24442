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
# What the dispatchers' board and the workers ask every minute: each by an index of its own.
BOARD = (
    "SELECT id, service FROM appointments"
    " WHERE appointment_date BETWEEN current_date AND current_date + 1 AND status IN ('scheduled', 'confirmed')",
    "SELECT id, name FROM customers WHERE created_at > now() - interval '1 day'",
    "SELECT id FROM payments WHERE status = 'processing' AND updated_at < now() - interval '1 hour'",
    "SELECT id FROM payment_events WHERE resolved_at IS NULL AND created_at > now() - interval '1 hour'",
    "SELECT id FROM webhook_deliveries WHERE received_at > now() - interval '1 hour'",
    "SELECT status FROM integration_syncs WHERE started_at > now() - interval '10 minutes'",
    "SELECT action FROM audit_logs WHERE created_at > now() - interval '1 hour'",
    "SELECT address FROM session_logs WHERE created_at > now() - interval '1 hour'",
    "SELECT id, message FROM alert_history ORDER BY created_at DESC LIMIT 5",
    "SELECT id FROM jobs WHERE queue = 'mail' AND run_at < now() AND status IN ('waiting', 'running')",
    "SELECT queue FROM jobs WHERE finished_at > now() - interval '10 minutes'",
)
MINUTES = 120
# The status page looks each sample up, again in each run; so many that our own looks at a whole month, also those of a hundred
# runs on one warm sandbox, do not pass for how the table is read.
SAMPLES = """
    SELECT count(*) FROM generate_series(1, 4000) AS g CROSS JOIN LATERAL (
        SELECT u.up FROM uptime_checks AS u
        WHERE u.target = 'website' AND u.checked_at = date_trunc('minute', now()) - g * interval '1 minute' LIMIT 1
    ) AS sample
"""


def seed(connection: psycopg.Connection[Any], now: datetime, password_hash: str) -> None:
    """Fills the empty schema with a year of data up to `now`; `password_hash` is the sign-in of the suite's own account."""
    _run(connection, "seed.sql", now=sql.Literal(now), password_hash=sql.Literal(password_hash))
    bring_to_present(connection, now)


def bring_to_present(connection: psycopg.Connection[Any], now: datetime) -> None:
    """Fills every series from its last entry up to `now`, removes what the retention of each removes, and reads the status page."""
    _run(connection, "present.sql", now=sql.Literal(now))
    connection.execute(SAMPLES)


def _run(connection: psycopg.Connection[Any], name: str, **values: sql.Literal) -> None:
    """Runs a file of statements in one transaction; `{now}` and the like stand for literals."""
    text = (HERE / name).read_text()
    connection.execute(sql.SQL(text).format(**values))


def workload(connection: psycopg.Connection[Any], statements: int = 2500) -> None:
    """A day's traffic, as the application's own account."""
    with connection.pipeline() as pipeline:
        for number in range(statements):
            connection.execute(TRAFFIC[number % len(TRAFFIC)], [1 + number % 1000])
            pipeline.sync()  # each its own transaction, as the application's are
        for question in BOARD * MINUTES:
            connection.execute(question)
            pipeline.sync()

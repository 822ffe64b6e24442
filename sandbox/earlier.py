"""The sandbox's past runs: what yesterday's, last week's and last month's runs would have left, marked as seeded.

Some checks compare with what an earlier run saw. A sandbox that was made a minute ago brings such records along.
"""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from sandbox.postgres import Postgres

QUERIES = Path(__file__).parents[1] / "fixtures" / "queries"
COMPARED = ("daily.kpi.query-time", "daily.kpi.errors.database")
MONTH = timedelta(days=30)
EACH = 30  # tables in one observation
# What the access review found a month ago, and somebody has put right since.
REVIEWED = {"findings": ["rquinn", "tlind/users.manage"]}
Noted = dict[str, list[dict[str, Any]]]


def seed(home: Path, postgres: Postgres, now: datetime) -> None:
    """Writes what the runs of a day, a week and a month ago noted, below `past`."""
    with closing(postgres.connect("neff_monitor")) as connection:
        write_all(home / "past", "sandbox", f"Neff Paving sandbox {home.name}", connection, now)


def write_all(past: Path, estate: str, system: str, connection: psycopg.Connection[Any], now: datetime) -> None:
    """The same for any estate: counters and sizes as they are now, asked as the suite's own account, and the findings of a review."""
    counters = _counters(connection)
    daily: Noted = {name: [{"name": "query counters", "value": counters}] for name in COMPARED}
    write(past, estate, system, "daily", now - timedelta(days=1), daily)
    write(past, estate, system, "weekly", now - timedelta(days=7), {"weekly.database.table-sizes": _sizes(connection)})
    write(past, estate, system, "monthly", now - MONTH, a_month_ago(connection))
    for months, size in enumerate(database_sizes(connection, 200_000), 1):
        noted: Noted = {"monthly.capacity.database": [{"name": "database sizes", "value": size}]}
        write(past, estate, system, "monthly", now - months * MONTH, noted, folder=f"monthly-size-{months}")


def a_month_ago(connection: psycopg.Connection[Any]) -> Noted:
    """What last month's run noted for this month's to compare with, by requirement."""
    (sessions,) = _asked(connection, "session_churn")
    return {
        "monthly.access.cleanup": [{"name": "findings of the access review", "value": REVIEWED}],
        "monthly.optimization.pooling": [{"name": "session counters", "value": {**sessions, "epoch": sessions["epoch"].isoformat()}}],
    }


def database_sizes(connection: psycopg.Connection[Any], growth: int) -> list[dict[str, Any]]:
    """What the last three months' runs would have noted of a database that grew by so many bytes in each; the newest first."""
    (size,) = _asked(connection, "database_sizes")
    return [{**size, "of_all": size["of_all"] - months * growth} for months in (1, 2, 3)]


def write(past: Path, estate: str, system: str, cadence: str, at: datetime, noted: Noted, folder: str | None = None) -> None:
    """Writes `past/<cadence>/results.json`, or in another folder: a complete run that ended at this moment, marked as seeded, with
    these observations."""
    common = {"at": at.isoformat(), "looked_at": 1, "seeded": True}
    rows = [{"id": name, "checks": [{"observations": [{**common, **seen} for seen in all_]}]} for name, all_ in noted.items()]
    run: dict[str, Any] = {"id": f"{cadence}-seeded", "estate": estate, "system": system, "cadence": cadence}
    run |= {"finished": at.isoformat(), "exit_code": 0, "partial": [], "seeded": True}
    place = past / (folder or cadence)
    place.mkdir(parents=True, exist_ok=True)
    (place / "results.json").write_text(json.dumps({"schema": "1.0", "run": run, "requirements": rows}))


def _counters(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    (row,) = _asked(connection, "statement_counters")
    return {**row, "total_ms": float(row["total_ms"]), "epoch": row["epoch"].isoformat()}


def _sizes(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """The size of every table, in parts as the suite notes them."""
    sizes = [(row["name"], row["bytes"]) for row in sorted(_asked(connection, "table_sizes"), key=lambda row: row["name"])]
    (cluster,) = connection.execute("SELECT system_identifier::text FROM pg_control_system()").fetchone() or ("",)
    parts = [dict(sizes[start : start + EACH]) for start in range(0, len(sizes), EACH)]
    return [{"name": f"table sizes {n}", "value": {"cluster": cluster, "bytes": part}} for n, part in enumerate(parts, 1)]


def _asked(connection: psycopg.Connection[Any], query: str) -> list[dict[str, Any]]:
    """The rows of one of the suite's own queries."""
    code = [line for line in (QUERIES / f"{query}.sql").read_text().splitlines() if not line.startswith("--")]
    statement = "\n".join(code).split(";")[1]
    return connection.cursor(row_factory=dict_row).execute(statement.encode()).fetchall()

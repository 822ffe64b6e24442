"""The sandbox's past runs: what yesterday's and last month's runs would have left, marked as seeded.

Some checks compare with what an earlier run saw. A sandbox that was made a minute ago brings such records along.
"""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row

from sandbox.postgres import Postgres

QUERIES = Path(__file__).parents[1] / "fixtures" / "queries"
COUNTERS = QUERIES / "statement_counters.sql"
COMPARED = ("daily.kpi.query-time", "daily.kpi.errors.database")
MONTH = timedelta(days=30)
# What the access review found a month ago, and somebody has put right since.
REVIEWED = {"findings": ["rquinn", "tlind/users.manage"]}
Noted = dict[str, list[dict[str, Any]]]


def seed(home: Path, postgres: Postgres, now: datetime) -> None:
    """Writes what the runs of a day and of a month ago noted: the counters as they are now, the findings of a review."""
    counters = _counters(postgres)
    system = f"Neff Paving sandbox {home.name}"
    daily: Noted = {name: [{"name": "statement counters", "value": counters}] for name in COMPARED}
    write(home / "past", "sandbox", system, "daily", now - timedelta(days=1), daily)
    write(home / "past", "sandbox", system, "monthly", now - MONTH, a_month_ago())


def a_month_ago() -> Noted:
    """What last month's run noted for this month's to compare with, by requirement."""
    return {"monthly.access.cleanup": [{"name": "findings of the access review", "value": REVIEWED}]}


def write(past: Path, estate: str, system: str, cadence: str, at: datetime, noted: Noted) -> None:
    """Writes `past/<cadence>/results.json`: a complete run that ended at this moment, marked as seeded, with these observations."""
    common = {"at": at.isoformat(), "looked_at": 1, "seeded": True}
    rows = [{"id": name, "checks": [{"observations": [{**common, **seen} for seen in all_]}]} for name, all_ in noted.items()]
    run: dict[str, Any] = {"id": f"{cadence}-seeded", "estate": estate, "system": system, "cadence": cadence}
    run |= {"finished": at.isoformat(), "exit_code": 0, "partial": [], "seeded": True}
    folder = past / cadence
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps({"schema": "1.0", "run": run, "requirements": rows}))


def _counters(postgres: Postgres) -> dict[str, Any]:
    """What the suite's own query says, asked as the suite's own account."""
    code = [line for line in COUNTERS.read_text().splitlines() if not line.startswith("--")]
    statement = "\n".join(code).split(";")[1]
    with closing(postgres.connect("neff_monitor")) as connection:
        row: Any = connection.cursor(row_factory=dict_row).execute(statement.encode()).fetchone()
    return {**row, "total_ms": float(row["total_ms"]), "epoch": row["epoch"].isoformat()}

"""The sandbox's past runs: what yesterday's daily run would have left, marked as seeded.

Some checks compare counters with those of an earlier run. A sandbox that was made a minute ago brings such a record along.
"""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row

from sandbox.postgres import Postgres

COUNTERS = Path(__file__).parents[1] / "fixtures" / "queries" / "statement_counters.sql"
COMPARED = ("daily.kpi.query-time", "daily.kpi.errors.database")


def seed(home: Path, postgres: Postgres, now: datetime) -> None:
    """Writes `past/daily/results.json`: the statement counters as they are now, dated a day ago."""
    at = (now - timedelta(days=1)).isoformat()
    observation = {"at": at, "name": "statement counters", "value": _counters(postgres), "looked_at": 1, "seeded": True}
    rows = [{"id": name, "checks": [{"observations": [observation]}]} for name in COMPARED]
    run: dict[str, Any] = {"id": "daily-seeded", "estate": "sandbox", "system": f"Neff Paving sandbox {home.name}", "cadence": "daily"}
    run |= {"finished": at, "exit_code": 0, "partial": [], "seeded": True}
    folder = home / "past" / "daily"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps({"schema": "1.0", "run": run, "requirements": rows}))


def _counters(postgres: Postgres) -> dict[str, Any]:
    """What the suite's own query says, asked as the suite's own account."""
    code = [line for line in COUNTERS.read_text().splitlines() if not line.startswith("--")]
    statement = "\n".join(code).split(";")[1]
    with closing(postgres.connect("neff_monitor")) as connection:
        row: Any = connection.cursor(row_factory=dict_row).execute(statement.encode()).fetchone()
    return {**row, "total_ms": float(row["total_ms"]), "epoch": row["epoch"].isoformat()}

"""What the website's API tells, from quick queries on the database."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import psycopg

from sandbox.site_database import Database
from sandbox.wsgi import iso, utc_now

VERSION = "2.4.1"
JOBS_A_DAY = 4
MOST_DAYS = 60
PROJECTS_A_PAGE, MOST_PROJECTS = 20, 50

SERVICES = (
    {"id": "driveways", "name": "Driveway paving", "from_cents_per_square_foot": 700, "days": 2},
    {"id": "parking-lots", "name": "Parking lots", "from_cents_per_square_foot": 520, "days": 5},
    {"id": "sealcoating", "name": "Sealcoating", "from_cents_per_square_foot": 35, "days": 1},
    {"id": "repair", "name": "Crack and pothole repair", "from_cents_per_square_foot": 410, "days": 1},
    {"id": "patios", "name": "Paver patios and walkways", "from_cents_per_square_foot": 1650, "days": 4},
)
TESTIMONIALS = (
    {"author": "Dana R.", "town": "Millbrook", "stars": 5, "text": "On time, tidy, and the driveway drains at last."},
    {"author": "Luis M.", "town": "Harlow", "stars": 5, "text": "The estimate was the bill. That is rare."},
    {"author": "Priya S.", "town": "Eastfield", "stars": 4, "text": "A day late for rain, and they told us before."},
)

CALENDLY = """
    SELECT finished_at > now() - interval '1 hour' AS recent FROM public.integration_syncs
    WHERE integration = 'calendly' AND status = 'succeeded' AND finished_at IS NOT NULL
    ORDER BY started_at DESC LIMIT 1
"""
CREWS = "SELECT count(*) AS crew FROM public.crew_members WHERE active"
BOOKED = """
    SELECT appointment_date, count(*) AS booked FROM public.appointments
    WHERE appointment_date BETWEEN %s AND %s AND status IN ('scheduled', 'confirmed')
    GROUP BY appointment_date
"""
RATES = """
    SELECT round(avg(amount_cents::numeric / square_feet)) AS cents, count(*) AS estimates
    FROM (SELECT amount_cents, square_feet FROM public.estimates ORDER BY id DESC LIMIT 200) AS newest
    WHERE square_feet > 0
"""
FINISHED = "SELECT count(*) AS jobs FROM public.job_schedules WHERE ends_on < current_date"
PROJECTS = """
    SELECT id, starts_on::text AS started, ends_on::text AS finished FROM public.job_schedules
    WHERE ends_on < current_date AND id < %s ORDER BY id DESC LIMIT %s
"""
ALERTS = """
    SELECT h.id, t.name AS type, h.severity, h.message, h.channel, h.status,
           h.created_at, h.acknowledged_at, h.acknowledged_by
    FROM public.alert_history AS h JOIN public.alert_types AS t ON t.id = h.alert_type_id
    ORDER BY h.created_at DESC NULLS LAST LIMIT 50
"""


def health(database: Database) -> tuple[dict[str, object], psycopg.Error | None]:
    """The health of the site and what it depends on, and the database's error if it had one."""
    services = {"database": "connected", "calendly": "unavailable", "maps": "operational"}
    error: psycopg.Error | None = None
    try:
        if database.row(CALENDLY).get("recent"):
            services["calendly"] = "operational"
    except psycopg.Error as caught:
        services["database"] = "disconnected"
        error = caught
    well = set(services.values()) <= {"connected", "operational"}
    status = "healthy" if well else "degraded"
    return {"status": status, "timestamp": utc_now(), "services": services, "version": VERSION}, error


def services(database: Database) -> Mapping[str, object]:
    """The services on offer and how many people work on them."""
    return {"services": SERVICES, **database.row(CREWS)}


def availability(database: Database, days: int) -> Mapping[str, object]:
    """How many jobs are booked and free on each of the next `days` days."""
    today = datetime.now(UTC).date()
    dates = [today + timedelta(days=number) for number in range(days)]
    booked = {row["appointment_date"]: row["booked"] for row in database.rows(BOOKED, (dates[0], dates[-1]))}
    return {"days": [_day(day, booked.get(day, 0)) for day in dates]}


def estimate_rates(database: Database) -> Mapping[str, object]:
    """List prices beside the mean of the newest 200 estimates, in cents a square foot."""
    newest = database.row(RATES)
    rates = {str(service["id"]): service["from_cents_per_square_foot"] for service in SERVICES}
    recent = {"cents_per_square_foot": int(newest["cents"] or 0), "estimates": newest["estimates"]}
    return {"currency": "USD", "list": rates, "recent": recent}


def testimonials() -> Mapping[str, object]:
    """What customers said."""
    return {"testimonials": TESTIMONIALS}


def finished_jobs(database: Database) -> int:
    """How many jobs have been finished."""
    return int(database.row(FINISHED)["jobs"])


def projects(database: Database, before: int, limit: int) -> Mapping[str, object]:
    """Finished jobs, the newest first: at most `limit` of those with a smaller number than `before`, and where the next page begins."""
    rows = database.rows(PROJECTS, (before, limit + 1))
    return {"projects": rows[:limit], "next": rows[limit - 1]["id"] if len(rows) > limit else None}


def newest_alerts(database: Database) -> list[dict[str, object]]:
    """The 50 newest alerts, newest first, with times in ISO format."""
    return [
        {**row, "created_at": iso(row["created_at"]), "acknowledged_at": _optional(row["acknowledged_at"])} for row in database.rows(ALERTS)
    ]


def _optional(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None


def _day(day: date, booked: int) -> Mapping[str, object]:
    return {"date": day.isoformat(), "booked": booked, "free": max(0, JOBS_A_DAY - booked)}

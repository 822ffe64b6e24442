"""Outages and gaps in the availability samples: another history is loaded in place of the healthy one.

It is loaded where the prober keeps it and where the application does: into Prometheus, and into the table `uptime_checks`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lab.faults import fault
from lab.faults.tools import on_machine
from lab.house import Lab

DOWNTIME, MONTH = "daily.alerts.downtime", "daily.kpi.availability"
# Prometheus answers again, and the alert that always fires has gone out to Alertmanager.
FIRING = (
    "curl -sf http://127.0.0.1:9090/api/v1/alerts | grep -q Watchdog && curl -sf http://127.0.0.1:9093/api/v2/alerts | grep -q Watchdog"
)
READY = f"for n in $(seq 450); do {FIRING} && exit 0; sleep 0.1; done; exit 1"
ASKED = "cd /; runuser -u postgres -- psql -XqAt -v ON_ERROR_STOP=1 -d neff_paving_admin"
KEPT = "/var/lib/postgresql/uptime_checks.kept"
WITHIN = "checked_at >= now() - INTERVAL '{0} hours' AND checked_at < now() - INTERVAL '{0} hours' + INTERVAL '{1} minutes'"
Stretch = tuple[float, float]


@contextmanager
def _history(lab: Lab, *, down: Sequence[Stretch] = (), silent: Sequence[Stretch] = (), days: float = 31) -> Iterator[None]:
    """Samples with outages and with stretches that nobody measured (hours ago, minutes), and of so many days only."""
    options = [f"--down {hours} {minutes}" for hours, minutes in down]
    options += [f"--silent {hours} {minutes}" for hours, minutes in silent]
    # S608: all the figures are this file's own.
    statements = [f"COPY uptime_checks TO '{KEPT}'"]
    statements += [f"DELETE FROM uptime_checks WHERE checked_at < now() - INTERVAL '{days} days'"]  # noqa: S608
    statements += [f"UPDATE uptime_checks SET up = false WHERE {WITHIN.format(*stretch)}" for stretch in down]  # noqa: S608
    statements += [f"DELETE FROM uptime_checks WHERE {WITHIN.format(*stretch)}" for stretch in silent]  # noqa: S608
    broken = _loaded(statements, f"--days {days} {' '.join(options)}")
    mended = _loaded(["TRUNCATE uptime_checks", f"COPY uptime_checks FROM '{KEPT}'"], "")
    with on_machine(lab, broken, mended):
        yield


def _loaded(statements: Sequence[str], options: str) -> str:
    """Commands that bring both histories into a state, and wait until Prometheus answers again."""
    asked = " ".join(f'-c "{statement}"' for statement in statements)
    load = f"systemctl stop prometheus; /usr/local/lib/neff/prometheus-history {options}; systemctl reset-failed prometheus"
    return f"({ASKED} {asked}) && {load}; systemctl start prometheus; {READY}"


@fault(not_met=DOWNTIME)
def outage_of_11_minutes(lab: Lab) -> Iterator[None]:
    """The site was down for eleven minutes three hours ago; the month as a whole stays above its target."""
    with _history(lab, down=[(3, 11)]):
        yield


@fault(harmless=[DOWNTIME, MONTH])
def outage_of_3_minutes(lab: Lab) -> Iterator[None]:
    """The site was down for three minutes: shorter than what counts."""
    with _history(lab, down=[(3, 3)]):
        yield


@fault(not_assessed=DOWNTIME)
def gap_of_6_minutes(lab: Lab) -> Iterator[None]:
    """Nobody measured for six minutes five hours ago: an outage could hide there."""
    with _history(lab, silent=[(5, 6)]):
        yield


@fault(not_met=MONTH)
def month_below_its_target(lab: Lab) -> Iterator[None]:
    """Two weeks ago the site was down for 0.6 % of a month in two stretches; yesterday and today were good."""
    with _history(lab, down=[(400, 130), (350, 130)]):
        yield


@fault(not_assessed=MONTH)
def month_half_unmeasured(lab: Lab) -> Iterator[None]:
    """Fifteen days of the month have no samples; those that there are all say up."""
    with _history(lab, silent=[(700, 21_600)]):
        yield


@fault(not_assessed=MONTH)
def retention_too_short(lab: Lab) -> Iterator[None]:
    """Only 15 days are kept, Prometheus' default: a question about 30 is answered all the same."""
    with _history(lab, days=15):
        yield

"""Alerts in Alertmanager that nobody took, and an Alertmanager that does not answer or hears nothing."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from lab.faults import fault
from lab.faults.tools import SILENCE, estate_edited, on_machine, wait_for
from lab.house import Lab
from lab.past import HEARTBEAT

REVIEWED = "daily.alerts.reviewed"
POST = "curl --silent --fail -H 'Content-Type: application/json' -d @- http://127.0.0.1:9093/api/v2/alerts"


@contextmanager
def _raised(lab: Lab, began: timedelta, **labels: str) -> Iterator[None]:
    """An alert that somebody's program raised this long ago, and that is over in the end."""
    now = datetime.now(UTC)
    # With the labels of an earlier one Alertmanager would take it for that one, and for as old.
    alert = {"labels": {"alertname": "Planted", "instance": secrets.token_hex(4), **labels}, "startsAt": (now - began).isoformat()}
    lab.do(POST, given=json.dumps([{**alert, "endsAt": (now + timedelta(hours=1)).isoformat()}]))
    try:
        yield
    finally:
        lab.do(POST, given=json.dumps([{**alert, "endsAt": datetime.now(UTC).isoformat()}]))


@fault(not_met=REVIEWED)
def alert_critical_unacknowledged(lab: Lab) -> Iterator[None]:
    """A critical alert has been firing for ten minutes and nobody has silenced it."""
    with _raised(lab, timedelta(minutes=10), severity="critical"):
        yield


@fault(not_met=REVIEWED)
def alert_warning_left_lying(lab: Lab) -> Iterator[None]:
    """A warning has been firing for two hours."""
    with _raised(lab, timedelta(hours=2), severity="warning"):
        yield


@fault(not_met=REVIEWED)
def alert_of_unknown_severity(lab: Lab) -> Iterator[None]:
    """An alert has a severity that the guide does not know: nobody can tell how soon it has to be taken."""
    with _raised(lab, timedelta(minutes=1), severity="sev-2"):
        yield


@fault(not_met=REVIEWED)
def alert_without_a_severity(lab: Lab) -> Iterator[None]:
    """An alert says nothing of how severe it is."""
    with _raised(lab, timedelta(minutes=1)):
        yield


@fault(harmless=REVIEWED)
def alerts_taken_fresh_or_for_information(lab: Lab) -> Iterator[None]:
    """A critical alert that somebody silenced, a warning of ten minutes, and an old notice: there is nothing to take."""
    critical, warning = _raised(lab, timedelta(hours=3), severity="critical"), _raised(lab, timedelta(minutes=10), severity="warning")
    notice = _raised(lab, timedelta(hours=30), severity="information")
    taken = f"{SILENCE} add --author=dana --comment='on it' --duration=1h alertname=Planted severity=critical > /run/neff-silence"
    with critical, warning, notice, on_machine(lab, taken, f"{SILENCE} expire $(cat /run/neff-silence)"):
        wait_for(lab, "curl --silent 'http://127.0.0.1:9093/api/v2/alerts?active=false' | grep -q Planted")
        yield


@fault(not_met=[REVIEWED, "weekly.alerts.rules.critical"])
def alerts_silenced_for_a_year(lab: Lab) -> Iterator[None]:
    """Somebody silenced whatever is critical for a year, and then something is: nobody has read of it, and nobody hears."""
    silenced = f"{SILENCE} add --author=dana --comment=noise --duration=8760h severity=critical > /run/neff-silence"
    with on_machine(lab, silenced, f"{SILENCE} expire $(cat /run/neff-silence)"), _raised(lab, timedelta(0), severity="critical"):
        wait_for(lab, "curl --silent 'http://127.0.0.1:9093/api/v2/alerts?active=false' | grep -q Planted")
        yield


@fault(not_assessed=[REVIEWED, *(f"weekly.alerts.rules.{level}" for level in ("critical", "warning", "information"))])
def alertmanager_stopped(lab: Lab) -> Iterator[None]:
    """Alertmanager is down: nobody can tell who took what, or where an alert would go."""
    with on_machine(lab, "systemctl stop prometheus-alertmanager", f"systemctl start prometheus-alertmanager; {HEARTBEAT}"):
        yield


@fault(not_assessed=REVIEWED)
def alerts_do_not_arrive(lab: Lab) -> Iterator[None]:
    """The alert that always fires is not in Alertmanager: nothing reaches it, and its empty list means nothing."""
    with estate_edited(lab, "[alerts]\n", '[alerts]\nheartbeat = "DeadMansSwitch"\n'):
        yield

"""Would the next alert be raised, in time, and reach somebody? (Guide: Alert Configuration, Monitoring Tools)"""

from datetime import timedelta

import pytest


@pytest.mark.requirement("weekly.alerts.rules.critical")
def test_every_critical_condition_pages_somebody_at_once(alert_rules):
    """Five minutes, as for downtime, and one to evaluate the rule and send the message."""
    conditions = ["downtime", "database-connection", "payments", "security-breach"]
    pages = alert_rules.tried(*conditions, within=timedelta(minutes=6))

    assert [p for p in pages if p.rule is None] == []
    assert [p for p in pages if len(p.reaches) == 0] == []
    assert [p for p in pages if p.after > timedelta(minutes=6)] == []
    assert [p for p in pages if p.severity not in (None, "critical")] == []


@pytest.mark.requirement("weekly.alerts.rules.warning")
def test_every_warning_reaches_somebody_within_an_hour(alert_rules):
    """Waiting and throttling together."""
    pages = alert_rules.tried("resources", "slow-responses", "integration-sync", "backups", within=timedelta(hours=1))

    assert [p for p in pages if p.rule is None] == []
    assert [p for p in pages if len(p.reaches) == 0] == []
    assert [p for p in pages if p.after > timedelta(hours=1)] == []
    assert [p for p in pages if p.severity not in (None, "critical", "warning")] == []


@pytest.mark.requirement("weekly.alerts.rules.information")
def test_every_summary_is_sent_to_somebody_once_a_day(alert_rules):
    """A day, and an hour to make it."""
    pages = alert_rules.tried("usage", "performance", "capacity", "user-activity", within=timedelta(hours=25))

    assert [p for p in pages if p.rule is None] == []
    assert [p for p in pages if len(p.reaches) == 0] == []
    assert [p for p in pages if p.after > timedelta(hours=25)] == []


@pytest.mark.requirement("weekly.monitoring.sources")
def test_every_kind_of_monitoring_has_a_live_source(monitoring):
    """A dashboard draws the last value it knew, and an alert that has no data never fires."""
    application = ["health", "errors", "performance", "user-experience"]
    infrastructure = ["servers", "network", "database", "backups"]

    assert monitoring.answer.error is None
    assert monitoring.answer.status == 200
    assert [kind for kind in application + infrastructure if kind not in monitoring.kinds] == []
    assert monitoring.targets_down() == []
    assert [s for s in monitoring.sources() if s.age is None or s.age >= timedelta(minutes=5)] == []

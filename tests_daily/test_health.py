"""Is everything up, and does it say so itself? (Guide: Service Status Verification)"""

from datetime import timedelta

import pytest


@pytest.mark.requirement("daily.health.api")
def test_the_api_and_all_it_depends_on_call_themselves_healthy(api_health, estate):
    """Judged by the body: a 200 may be a maintenance page, a cached answer or an honest 'degraded'."""
    assert api_health.answer.error is None
    assert api_health.answer.status == 200
    assert api_health.answer.kind in ("application/json", "application/health+json")
    assert api_health.says_healthy
    assert [name for name in estate.api.dependencies if name not in api_health.dependencies] == []
    assert api_health.ill == []
    assert api_health.age <= timedelta(minutes=5)


@pytest.mark.requirement("daily.health.status-page")
def test_the_status_page_is_fresh_operational_and_true(status_page, api_health):
    """True: it does not claim to be operational while the API is not."""
    assert status_page.answer.error is None
    assert status_page.answer.status == 200
    assert status_page.indicator == "operational"
    assert status_page.ill == []
    assert status_page.age <= timedelta(hours=1)
    assert api_health.well


@pytest.mark.requirement("daily.health.database")
def test_the_database_is_the_expected_writable_primary_and_quick(database_attempt, estate):
    """`SELECT 1` also succeeds on a standby, on the wrong database and behind a pooler."""
    assert database_attempt.error is None
    assert database_attempt.database == estate.database.name
    assert not database_attempt.in_recovery
    assert not database_attempt.read_only
    assert not database_attempt.waits_for_a_standby
    assert database_attempt.of_the_expected_system
    assert database_attempt.median < timedelta(milliseconds=100)

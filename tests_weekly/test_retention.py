"""Are traces of persons kept as long as promised, and no longer? (Guide: Maintenance Operations)"""

from datetime import timedelta

import pytest


@pytest.mark.requirement("weekly.retention.audit-logs")
def test_audit_logs_are_kept_for_90_days_and_still_written(retention):
    """Between two clean-ups the oldest entry is rightly a little older; an empty table is a writer that died."""
    assert retention.audit_logs.date_indexes() != []
    ages = retention.audit_logs.ages()

    assert (ages.in_the_future, ages.undated) == (0, 0)
    assert ages.newest is not None
    assert ages.newest < timedelta(days=3)
    assert ages.oldest <= timedelta(days=90) + retention.interval


@pytest.mark.requirement("weekly.retention.session-logs")
def test_session_logs_are_kept_for_30_days_and_still_written(retention):
    """As for the audit logs."""
    assert retention.session_logs.date_indexes() != []
    ages = retention.session_logs.ages()

    assert (ages.in_the_future, ages.undated) == (0, 0)
    assert ages.newest is not None
    assert ages.newest < timedelta(days=3)
    assert ages.oldest <= timedelta(days=30) + retention.interval

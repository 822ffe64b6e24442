"""How much goes wrong, and how slowly it goes. (Guide: Key Performance Indicators)"""

from datetime import timedelta

import pytest


@pytest.mark.requirement("daily.kpi.errors.application")
def test_under_1_percent_of_requests_fail_and_no_burst_hides_in_the_mean(traffic):
    """A burst: at least 3 failures and 5 % of the requests of five minutes, or of 20 requests where it took longer for them to come."""
    assert traffic.failed_percent < 1
    assert [w for w in traffic.windows if w.failed >= 3 and w.failed_percent >= 5] == []


@pytest.mark.requirement("daily.kpi.errors.database")
def test_under_a_thousandth_of_statements_end_in_an_error(server_errors, statements):
    """Counted in the server's log: rollbacks are not errors, and errors in savepoints are no rollbacks. A moment is no day."""
    statements.must_span(timedelta(hours=1))

    assert server_errors.percent < 0.1


@pytest.mark.requirement("daily.kpi.query-time")
def test_the_average_statement_takes_under_100_ms(statements):
    """Counters younger than an hour are the leftovers of a crash or a reset, and say nothing about the day."""
    statements.must_span(timedelta(hours=1))

    assert statements.mean < timedelta(milliseconds=100)


@pytest.mark.requirement("daily.kpi.errors.integrations")
def test_under_half_a_percent_of_synchronisations_fail(synchronisations):
    """At least 200 operations that ended, else half a percent means nothing; none that hangs."""
    assert synchronisations.stuck == 0
    assert synchronisations.failed_percent < 0.5


@pytest.mark.requirement("daily.alerts.api-latency")
def test_no_five_minutes_of_the_day_had_an_api_p95_over_500_ms(api_windows):
    """Every five minutes, or 20 API requests where it took longer for them to come; the day's mean hides a ten-minute spike."""
    assert [w for w in api_windows if w.p95 > timedelta(milliseconds=500)] == []

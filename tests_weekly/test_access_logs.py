"""Who asks, and how long do they wait? A week of the access log. (Guide: Application Logs, Web Performance)"""

from datetime import timedelta

import pytest


@pytest.mark.slow(seconds=120)
@pytest.mark.requirement("weekly.logs.access-patterns")
def test_no_client_makes_over_20_percent_of_a_week_s_requests(week, clients_of_the_week):
    """Every line counts, read or not; known clients are left out on both sides of the share."""
    assert week.parsed + week.rejected == week.lines
    assert [c for c in clients_of_the_week if c.percent > 20] == []


@pytest.mark.slow(seconds=120)
@pytest.mark.requirement("weekly.api.response-times")
def test_every_api_route_answered_95_percent_of_the_week_s_requests_in_under_500_ms(week, routes_of_the_week):
    """Each route by itself: over all together a slow but rarely used one never shows."""
    assert week.parsed + week.rejected == week.lines
    assert [r for r in routes_of_the_week if r.p95 >= timedelta(milliseconds=500)] == []

"""Is it quick enough for the people who use it? (Guide: Response Time Monitoring)"""

from datetime import timedelta

import pytest


@pytest.mark.requirement("daily.response-time.website")
def test_the_website_is_complete_within_3_s_every_time(web, estate):
    """Timed to the last byte; the right page first, since an error page is quick."""
    visits = [web.page(estate.site) for _ in range(3)]

    assert [v for v in visits if v.status != 200] == []
    assert [v for v in visits if not v.shows(estate.site.marker)] == []
    assert [v for v in visits if v.led_elsewhere] == []
    assert [v for v in visits if not v.is_whole_page] == []
    assert [v for v in visits if v.took >= timedelta(seconds=3)] == []


@pytest.mark.requirement("daily.response-time.admin")
def test_the_admin_panel_is_complete_within_2_s_every_time(web, estate):
    """As for the website, with the target of those who work in it all day."""
    visits = [web.page(estate.admin) for _ in range(3)]

    assert [v for v in visits if v.status != 200] == []
    assert [v for v in visits if not v.shows(estate.admin.marker)] == []
    assert [v for v in visits if v.led_elsewhere] == []
    assert [v for v in visits if not v.is_whole_page] == []
    assert [v for v in visits if v.took >= timedelta(seconds=2)] == []


@pytest.mark.requirement("daily.response-time.api")
def test_every_api_endpoint_answers_within_500_ms(web, estate):
    """Timed to the last byte of the body, on every endpoint, each time it is asked."""
    answers = [web.get(endpoint) for endpoint in estate.api.endpoints for _ in range(4)]

    assert [a for a in answers if a.status != 200 or not a.is_data] == []
    assert [a for a in answers if a.took >= timedelta(milliseconds=500)] == []

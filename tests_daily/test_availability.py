"""Was it there for the people who needed it? (Guide: System Availability, Post-Incident Actions)"""

from datetime import timedelta

import pytest


@pytest.mark.requirement("daily.kpi.availability")
def test_the_service_was_available_99_5_percent_of_30_days(availability):
    """Measured over at least 95 % of them: a month that nobody measured is not a month without outages."""
    assert availability.of_the_last(days=30, measured_percent=95) >= 99.5


@pytest.mark.requirement("daily.incidents.reported")
def test_every_incident_has_a_report_and_every_open_one_an_owner(incidents):
    """A report says cause, timeline and lessons; a heading with nothing below it says nothing."""
    assert incidents.unreported(after=timedelta(hours=24)) == []
    assert incidents.open_without_owner() == []

"""Will there be room, and do we know the growth it depends on? (Guide: Capacity Planning)"""

import pytest


@pytest.mark.requirement("monthly.capacity.customers")
def test_customer_growth_is_on_record_and_plausible_for_12_months(customer_growth):
    """A month without customers counts as 0; the one in progress does not count yet."""
    assert len(customer_growth.months) == 12
    assert customer_growth.empty == []
    assert customer_growth.in_the_future == []
    assert customer_growth.implausible(below=0.5, above=2) == []


@pytest.mark.requirement("monthly.capacity.backups")
def test_the_backup_volume_lasts_90_more_days(backup_forecast):
    """At the growth of the weekly means, with room for the next backup."""
    assert backup_forecast.days_left >= 90


@pytest.mark.requirement("monthly.capacity.database")
def test_the_database_volume_lasts_90_more_days(database_forecast):
    """At the growth that earlier runs have put on record; without them nobody can tell."""
    assert database_forecast.days_left >= 90


@pytest.mark.requirement("monthly.capacity.servers")
def test_processors_and_memory_stay_under_80_percent_for_90_days(expected_use):
    """By the trend of the weeks that monthly runs have put on record."""
    assert [figure for figure in expected_use if figure.percent >= 80] == []


@pytest.mark.requirement("monthly.capacity.storage")
def test_every_file_system_lasts_90_more_days(volumes):
    """By its use in the monthly runs before."""
    assert [volume for volume in volumes if volume.days_left < 90] == []


@pytest.mark.requirement("monthly.capacity.network")
def test_every_link_carries_less_than_70_percent_at_its_peak(links):
    """A mean over a day would hide the hour of the backup transfer."""
    assert [link for link in links if link.peak_percent >= 70] == []

"""Will what the system stands on go on getting updates? (Guide: Quarterly Tasks, Major version updates)"""

from datetime import timedelta

import pytest

A_QUARTER = timedelta(days=90)


@pytest.mark.requirement("quarterly.updates.major-versions")
def test_the_system_node_and_nginx_are_supported_for_90_more_days(system_versions, run_started):
    """By their makers, or by the distribution that they were installed from."""
    assert [major for major in system_versions if major.supported_until < run_started.date() + A_QUARTER] == []


@pytest.mark.requirement("quarterly.updates.major-versions")
def test_postgresql_is_supported_for_90_more_days(database_version, run_started):
    """By its makers."""
    assert [major for major in database_version if major.supported_until < run_started.date() + A_QUARTER] == []

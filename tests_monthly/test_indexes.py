"""Are the indexes those that the queries need? (Guide: Index Management, Query Optimization)"""

from datetime import timedelta

import pytest


@pytest.mark.requirement("monthly.optimization.unused-indexes")
def test_no_index_is_unused(index_usage, indexing):
    """Planning alone may count as a use: some scans in a month are none, and the beginning of another index is never needed."""
    index_usage.must_span(timedelta(days=30))

    assert index_usage.redundant() == []
    assert indexing.unique_twice() == []
    assert index_usage.used_at_most(50, while_its_table_was_read=100) == []


@pytest.mark.requirement("monthly.optimization.missing-indexes")
def test_no_large_table_is_read_whole_and_no_foreign_key_lacks_an_index(indexing):
    """By the scans that took place, not by guesses from the planner's statistics."""
    assert indexing.foreign_keys_without_index() == []
    assert indexing.read_whole(scans=100, entries=10_000, index_use_percent=95) == []


@pytest.mark.requirement("monthly.optimization.appointments-index")
def test_the_crew_plan_is_read_by_the_guide_s_index(appointments_index):
    """Whatever its name: date, then status, only open appointments, valid, and chosen by the planner."""
    assert appointments_index.name is not None
    assert appointments_index.statuses == ("confirmed", "scheduled")
    assert appointments_index.valid
    assert appointments_index.planned

"""Is the database in order, and does it stay quick? (Guide: Database Optimization)"""

from datetime import timedelta

import pytest


@pytest.mark.requirement("weekly.database.slow-queries")
def test_no_statement_takes_over_100_ms_on_average(statement_averages):
    """Over the whole time of the counters, and since the last run: a mean over a year hides what became slow on Monday."""
    statement_averages.must_span(timedelta(days=6))

    assert statement_averages.over(timedelta(milliseconds=100), calls=100) == []


@pytest.mark.requirement("weekly.database.table-sizes")
def test_no_table_swelled_within_a_week(table_growth):
    """Indexes and long values are part of a table; one that is new grew from nothing."""
    assert [t for t in table_growth if t.percent > 50 and t.megabytes > 100] == []


@pytest.mark.requirement("weekly.database.statistics")
def test_the_planner_knows_every_table_as_it_is(upkeep):
    """By changes, not by age: a quiet table needs no ANALYZE. A threshold above a million and all rows is never reached."""
    tables = upkeep.tables_by_change()

    assert [t for t in tables if t["holds_rows"] and t["without_statistics"]] == []
    assert [t for t in tables if t["threshold"] > max(t["rows"], 1_000_000)] == []
    assert [t for t in tables if t["changes"] > 2 * t["threshold"]] == []


@pytest.mark.requirement("weekly.database.indexes")
def test_every_index_is_valid(indexes):
    """What a failed build left behind is maintained with each write, and used by no query."""
    assert indexes.invalid() == []


@pytest.mark.requirement("weekly.database.indexes")
def test_every_index_agrees_with_its_table(indexes):
    """Each row is looked up in the index: an index may be in perfect order and lack rows."""
    assert indexes.damaged() == []


@pytest.mark.requirement("weekly.database.indexes")
def test_no_large_index_is_mostly_empty(indexes):
    """Below 10 MB a rebuild gains nothing."""
    assert [i for i in indexes.fillings(over_mb=10) if i.percent < 50] == []


@pytest.mark.requirement("weekly.database.vacuum")
def test_dead_rows_are_removed_everywhere(upkeep):
    """Of a table with fewer than 1,000 dead rows nobody notices them."""
    assert upkeep.autovacuum_off() == []
    assert [t for t in upkeep.tables_by_dead_rows() if t["dead"] >= 1_000 and t["percent"] >= 20] == []


@pytest.mark.requirement("weekly.database.vacuum")
def test_the_transaction_counters_are_far_from_their_end(upkeep):
    """At about 2 billion the server refuses all writes; multixacts have a counter of their own."""
    ages = upkeep.transaction_ages()

    assert [a for a in ages if a["transactions"] >= 1_000_000_000] == []
    assert [a for a in ages if a["multixacts"] >= 1_000_000_000] == []


@pytest.mark.requirement("weekly.database.slow-log")
def test_slow_statements_are_logged_for_every_role(slow_log):
    """What the log holds of this week goes into the report."""
    slow_log.worst(10)
    logged_from = slow_log.logged_from()

    assert logged_from is not None
    assert logged_from <= timedelta(seconds=1)
    assert slow_log.overrides(over=timedelta(seconds=1)) == []

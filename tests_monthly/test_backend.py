"""Does the application spare the database, its visitors and itself? (Guide: Backend Optimization)"""

import pytest


@pytest.mark.requirement("monthly.optimization.pooling")
def test_the_application_keeps_its_connections_and_stays_within_its_pool(application_pool):
    """Few open connections prove nothing: one that is opened for each request is closed again before anybody looks."""
    assert application_pool.transactions_per_session >= 5
    assert application_pool.open <= application_pool.most
    assert application_pool.most < application_pool.usable


@pytest.mark.requirement("monthly.optimization.background-jobs")
def test_heavy_work_is_queued_and_the_queues_keep_up(background_jobs):
    """By the age of the oldest job; how many wait says nothing."""
    assert background_jobs.idle(days=7) == []
    assert background_jobs.late(minutes=15) == []
    assert background_jobs.failing(days=7) == []


@pytest.mark.requirement("monthly.optimization.api-caching")
def test_shared_answers_may_be_cached_and_private_ones_may_not(api_caching):
    """The sign-in's own answer is private as well: it holds the key to everything else."""
    assert [answer for answer in api_caching.private if not answer.for_one] == []
    assert [answer for answer in api_caching.shared if not answer.for_everybody] == []


@pytest.mark.requirement("monthly.optimization.lazy-loading")
def test_lists_of_the_api_come_in_pages(api_lists):
    """Without a limit in the request, with one entry asked for, and with more than a page."""
    assert api_lists.longer_than(100) == []
    assert api_lists.ignoring_the_limit() == []
    api_lists.must_go_on()

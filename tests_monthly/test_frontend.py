"""Are visitors sent no more than they need? (Guide: Frontend Optimization)"""

from datetime import timedelta

import pytest


@pytest.mark.requirement("monthly.optimization.minified")
def test_every_script_and_style_sheet_of_ours_is_minified(minified):
    """By what a minifier can still take off it, whatever its name says."""
    assert minified.losing(over_percent=5) == []


@pytest.mark.requirement("monthly.optimization.caching")
def test_static_files_are_kept_long_and_not_sent_twice(page_files):
    """A validator counts when it works: a second request that carries it is answered 304."""
    assert [file for file in page_files if file.answer.status != 200] == []
    assert [file for file in page_files if file.lifetime < timedelta(days=30)] == []
    assert [file for file in page_files if not file.revalidates] == []

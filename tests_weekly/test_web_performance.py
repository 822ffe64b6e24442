"""How quick does the site feel, in a real browser? (Guide: Web Performance)"""

from datetime import timedelta

import pytest


@pytest.mark.slow(seconds=120)
@pytest.mark.requirement("weekly.web.core-vitals")
def test_every_page_meets_the_core_web_vitals(visits):
    """The right page first, since an error page is quick; measured by Google's own script, one page at a time."""
    assert [v for v in visits if v.status != 200] == []
    assert [v for v in visits if not v.shows_its_marker] == []
    assert [v for v in visits if v.vitals.largest_paint > timedelta(seconds=2.5)] == []
    assert [v for v in visits if v.vitals.layout_shift > 0.1] == []
    assert [v for v in visits if v.vitals.reaction > timedelta(milliseconds=200)] == []


@pytest.mark.slow(seconds=120)
@pytest.mark.requirement("weekly.web.page-load")
def test_every_page_has_loaded_within_3_s(visits):
    """Until the browser's load event: with all that the page pulls in."""
    assert [v for v in visits if v.status != 200] == []
    assert [v for v in visits if not v.shows_its_marker] == []
    assert [v for v in visits if v.loaded >= timedelta(seconds=3)] == []


@pytest.mark.requirement("weekly.web.cdn")
def test_static_files_come_compressed_cacheable_and_from_the_edge(static_files):
    """Each is asked for twice: the first may have to be fetched, the second must be there."""
    assert [f for f in static_files if f.status != 200] == []
    assert [f for f in static_files if f.compressible and not f.compressed] == []
    assert [f for f in static_files if f.kept_for <= timedelta(0)] == []
    assert [f for f in static_files if not f.from_the_edge] == []

"""Are visitors sent no more than they need? (Guide: Frontend Optimization)"""

from datetime import timedelta

import pytest


@pytest.mark.requirement("monthly.optimization.minified")
def test_every_script_and_style_sheet_of_ours_is_minified(minified):
    """By what a minifier can still take off it, whatever its name says."""
    assert minified.losing(over_percent=5) == []


@pytest.mark.requirement("monthly.optimization.caching")
def test_static_files_are_kept_long_and_not_sent_twice(page_files):
    """A validator counts when it works: a second request that carries it is answered 304, one that carries another 200."""
    assert [file for file in page_files if file.answer.status != 200] == []
    assert [file for file in page_files if file.lifetime < timedelta(days=30)] == []
    assert [file for file in page_files if not file.revalidates] == []


@pytest.mark.slow(seconds=120)
@pytest.mark.requirement("monthly.optimization.images")
def test_images_come_as_webp_or_avif_compressed_and_no_larger_than_shown(images):
    """By what the browser received, after scrolling through the pages; twice the size shown is for screens with two pixels for one."""
    assert [image for image in images if not image.arrived] == []
    assert [image for image in images if image.format not in ("webp", "avif")] == []
    assert [image for image in images if image.excess > 4096] == []
    assert [image for image in images if image.shrunk > 2] == []


@pytest.mark.slow(seconds=120)
@pytest.mark.requirement("monthly.optimization.code-splitting")
def test_every_page_uses_more_than_half_of_the_javascript_it_loads(page_scripts):
    """By what the browser ran until the page had come to rest; scripts that were loaded and never begun count as unused."""
    assert [page for page in page_scripts if page.unused_percent >= 50] == []


@pytest.mark.slow(seconds=120)
@pytest.mark.requirement("monthly.optimization.lazy-loading")
def test_images_below_the_first_screen_are_fetched_when_scrolled_to(images_below):
    """By the requests that the browser sent before anybody scrolled, whatever the images' attributes say."""
    assert [image for image in images_below if image.fetched] == []
    assert [image for image in images_below if not image.came] == []

"""What a first visit comes to: stretches of script that were run, images by their bytes, lists that go on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from compliance.errors import CouldNotLook
from fixtures.api_lists import Listed, Lists
from fixtures.assets import _Links, pulled_in
from fixtures.coverage import PageScripts, scripts_of
from fixtures.images import Image, format_of, is_seen, name_of
from fixtures.visits import Resource
from sandbox.faults.drawn import png, webp

PAGE = "https://neff.example/"


def _script(address: str, *stretches: tuple[int, int, int]) -> dict[str, Any]:
    """A script as V8 tells of it: each stretch from, to, and how often it was run."""
    ranges = [dict(zip(("startOffset", "endOffset", "count"), stretch, strict=True)) for stretch in stretches]
    return {"url": address, "functions": [{"ranges": [one]} for one in ranges]}


def _resource(address: str, size: int) -> Resource:
    now = timedelta(0)
    return Resource(address, address, "1", "script", 200, "text/javascript", "", size, size, "parser", {}, now, now, None, False)


def test_the_innermost_stretch_speaks_for_a_script() -> None:
    ran = _script(f"{PAGE}a.js", (0, 100, 1), (10, 60, 0), (20, 30, 1))

    (script,) = scripts_of(PAGE, [ran], [_resource(f"{PAGE}a.js", 100)])
    assert (script.name, script.length, script.unused) == ("/a.js", 100, 40)


def test_a_script_that_was_loaded_and_never_begun_is_unused_as_a_whole() -> None:
    scripts = scripts_of(PAGE, [_script(f"{PAGE}a.js", (0, 100, 1))], [_resource(f"{PAGE}a.js", 100), _resource(f"{PAGE}b.js", 300)])

    assert PageScripts("home", scripts).unused_percent == 75


def test_what_has_no_address_was_not_loaded() -> None:
    assert scripts_of(PAGE, [_script("", (0, 100, 0))], []) == ()


def test_what_style_sheets_and_scripts_load_in_their_turn() -> None:
    style = '@import "a.css"; @import url(b.css); p{background:url("c.webp")} q{mask:url(#m) url(data:x)}'
    script = 'import x from"./a.js";import("/b.js");import y from "library";export{z}from`../c.js`'

    assert pulled_in("style", style) == [("style", "a.css"), ("style", "b.css"), ("image", "c.webp")]
    assert pulled_in("script", script) == [("script", "./a.js"), ("script", "/b.js"), ("script", "../c.js")]
    assert pulled_in("image", style) == []


def test_what_a_page_asks_for_in_its_own_text() -> None:
    page = _Links()
    page.feed("<style>@import 'a.css'</style>url(no.webp)<script>import('/b.js')</script>import('/no.js')")
    page.feed('<img srcset="c.webp 1x,d.webp 2x, e.webp"><link rel="Stylesheet" href="f.css">')

    assert [target for _, target in page.found] == ["a.css", "/b.js", "c.webp", "d.webp", "e.webp", "f.css"]


@pytest.mark.parametrize(
    ("content", "format_"),
    [
        (webp(4, 4), "webp"),
        (webp(4, 4, metadata=b"Exif"), "webp"),
        (png(4, 4), "png"),
        (png(4, 4) + b"<svg/>", "png"),
        (b"\0\0\0\x20ftypavif\0\0\0\0", "avif"),
        (b"\0\0\0\x20ftypmif1\0\0\0\0avifmiaf", "avif"),
        (b"\0\0\0\x20ftypisom\0\0\0\0mp41", "unknown"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"<?xml version='1.0'?><SVG/>", "svg"),
        (b"<!doctype html><title>Not found</title>", "unknown"),
        (b"", "unknown"),
    ],
)
def test_a_format_is_what_the_bytes_say(content: bytes, format_: str) -> None:
    assert format_of(content) == format_


def test_drawings_and_a_counter_s_pixel_are_no_pictures() -> None:
    assert not any(map(is_seen, (b"<svg/>", b"GIF89a" + bytes(37))))
    assert all(map(is_seen, (b"GIF89a" + bytes(900), png(1, 1), b'<svg><image href="data:image/png;base64,x"/></svg>')))


@pytest.mark.parametrize(
    ("pixels", "shown", "shrunk"),
    [((1280, 640), (640, 320), 2), ((4000, 320), (640, 320), 1), ((4000, 2000), None, 1), ((300, 150), (600, 300), 0.5)],
)
def test_what_is_cropped_counts_as_needed(pixels: tuple[int, int], shown: tuple[float, float] | None, shrunk: float) -> None:
    assert Image("/a.webp", 200, None, "webp", 9, pixels, shown).shrunk == shrunk


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (f"{PAGE}a.webp?v=3", "/a.webp"),
        ("https://images.example/a.webp", "images.example/a.webp"),
        ("data:image/png;base64,AAAA", "image/png written into /, 26 characters"),
    ],
)
def test_a_name_stays_the_same_from_release_to_release(address: str, name: str) -> None:
    assert name_of(address, PAGE) == name


def test_a_list_that_does_not_go_on_leaves_its_limit_open() -> None:
    page, whole = Listed("/api/jobs", None, 20, True), Listed("/api/crews", 101, 20, False)

    Lists([page]).must_go_on()
    with pytest.raises(CouldNotLook, match="/api/crews asked for 101: 20 entries, not known to have more"):
        Lists([page, whole]).must_go_on()
    assert Lists([page, Listed("/api/jobs", 1, 20, True)]).ignoring_the_limit() == [Listed("/api/jobs", 1, 20, True)]

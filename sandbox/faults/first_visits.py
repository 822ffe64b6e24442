"""What a first visit is sent: images of the wrong kind or size, scripts that nobody runs, pictures that nobody has scrolled to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

from sandbox import pages
from sandbox.faults import fault
from sandbox.faults.drawn import in_base64, png, webp
from sandbox.house import Sandbox
from sandbox.switchboard import flip

IMAGES, SPLITTING, LAZY = "monthly.optimization.images", "monthly.optimization.code-splitting", "monthly.optimization.lazy-loading"
CACHING, CDN = "monthly.optimization.caching", "weekly.web.cdn"
HOME, HERO, PATIO, SCRIPT = "/", "/assets/hero.webp", "/assets/patio.webp", "/assets/site.js"
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="320"><path d="M0 320L320 0 640 320z"/></svg>'


def _image(sandbox: Sandbox, path: str, content: bytes, kind: str = "image/webp") -> AbstractContextManager[None]:
    """Another image at this address."""
    return flip(sandbox.home, paths={path: {"body_base64": in_base64(content), "content_type": kind}})


def _home(sandbox: Sandbox, old: str, new: str) -> AbstractContextManager[None]:
    """The home page with one thing in it replaced wherever it stands."""
    page = pages.home(412)
    if old not in page:
        raise ValueError(f"the home page does not hold {old!r}")
    return flip(sandbox.home, paths={HOME: {"body": page.replace(old, new), "headers": {"ETag": None}}})


@fault(not_met=IMAGES)
def photo_is_a_png(sandbox: Sandbox) -> Iterator[None]:
    """The picture at the top is a PNG, and says so."""
    with _image(sandbox, HERO, png(640, 320), "image/png"):
        yield


@fault(not_met=IMAGES)
def png_that_is_called_webp(sandbox: Sandbox) -> Iterator[None]:
    """A picture further down has the name and the media type of a WebP, and the bytes of a PNG: browsers show it all the same."""
    with _image(sandbox, PATIO, png(640, 320)):
        yield


@fault(not_met=IMAGES)
def png_written_into_the_page(sandbox: Sandbox) -> Iterator[None]:
    """A PNG stands in the page itself, as a data address."""
    written = f'<p><img src="data:image/png;base64,{in_base64(png(64, 32))}" width="64" height="32" alt="Our sign"></p>'
    with _home(sandbox, "<h2>What we do</h2>", f"{written}<h2>What we do</h2>"):
        yield


@fault(not_met=IMAGES)
def photo_as_large_as_the_camera_made_it(sandbox: Sandbox) -> Iterator[None]:
    """The picture at the top has 4,000 by 2,000 pixels, and is shown in 640 by 320."""
    with _image(sandbox, HERO, webp(4000, 2000)):
        yield


@fault(not_met=IMAGES)
def photo_with_all_that_the_camera_noted(sandbox: Sandbox) -> Iterator[None]:
    """A picture of the right size is followed by 100 kB of metadata."""
    with _image(sandbox, PATIO, webp(640, 320, metadata=bytes(100_000))):
        yield


@fault(not_met=[IMAGES, LAZY])
def picture_is_no_image(sandbox: Sandbox) -> Iterator[None]:
    """What is sent as a WebP begins like one, and cannot be decoded."""
    with _image(sandbox, PATIO, webp(640, 320)[:20] + b"cut off"):
        yield


@fault(not_met=[IMAGES, CACHING, CDN])
def picture_is_gone(sandbox: Sandbox) -> Iterator[None]:
    """The picture at the top answers 404."""
    with flip(sandbox.home, paths={HERO: {"status": 404}}):
        yield


@fault(harmless=IMAGES)
def photo_for_fine_screens(sandbox: Sandbox) -> Iterator[None]:
    """A picture has two pixels for one of the page, for screens that show them."""
    with _image(sandbox, HERO, webp(1280, 640)):
        yield


@fault(harmless=[IMAGES, LAZY])
def drawing_made_of_lines(sandbox: Sandbox) -> Iterator[None]:
    """A drawing is sent as SVG: it is made of lines, and neither WebP nor AVIF could hold it."""
    with flip(sandbox.home, paths={HERO: {"body": DRAWING, "content_type": "image/svg+xml"}}):
        yield


@fault(not_assessed=[IMAGES, LAZY])
def pages_that_show_no_picture(sandbox: Sandbox) -> Iterator[None]:
    """No page shows any picture: of none, all are well."""
    with _home(sandbox, "<img ", "<span "):
        yield


@fault(not_met=SPLITTING)
def one_big_bundle(sandbox: Sandbox) -> Iterator[None]:
    """The home page's script holds the code of the whole site, minified and never called."""
    bundle = "".join(f"function f{number}(e){{return e.map(t=>t*{number}).filter(Boolean)}}" for number in range(400))
    with flip(sandbox.home, paths={SCRIPT: {"body": (pages.ASSETS / "site.js").read_text() + bundle}}):
        yield


@fault(not_met=SPLITTING)
def code_of_another_page_fetched_ahead(sandbox: Sandbox) -> Iterator[None]:
    """The home page has the admin panel's scripts fetched, and runs none of them."""
    ahead = "".join(f'<link rel="preload" as="script" href="/assets/{name}.js">' for name in ("admin", "sign-in"))
    with _home(sandbox, "</head>", f"{ahead}</head>"):
        yield


@fault(not_met=LAZY)
def gallery_that_loads_at_once(sandbox: Sandbox) -> Iterator[None]:
    """The pictures at the end of the page lost the attribute that makes them wait."""
    with _home(sandbox, ' loading="lazy"', ""):
        yield


@fault(not_met=LAZY)
def lazy_in_name_only(sandbox: Sandbox) -> Iterator[None]:
    """A picture at the end has the attribute, and the page's head has it fetched all the same."""
    with _home(sandbox, "</head>", f'<link rel="preload" as="image" href="{PATIO}"></head>'):
        yield


@fault(not_met=[LAZY, IMAGES, CACHING, CDN])
def picture_that_never_comes(sandbox: Sandbox) -> Iterator[None]:
    """A picture at the end answers 500 to those who scroll to it."""
    with flip(sandbox.home, paths={PATIO: {"status": 500, "body": "out of order"}}):
        yield


@fault(not_assessed=LAZY)
def nothing_below_the_first_screen(sandbox: Sandbox) -> Iterator[None]:
    """All pictures fit on the first screen: there is none that should wait."""
    with _home(sandbox, pages.home(412).partition("<h2>Finished lately</h2>")[2].partition("</main>")[0], ""):
        yield

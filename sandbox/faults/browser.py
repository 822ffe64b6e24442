"""Pages that come late, jump, or do not react; a browser that is not there; an edge that holds nothing."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox import certificates, pages
from sandbox.faults import fault
from sandbox.faults.tools import estate_edited
from sandbox.faults.web import API_CACHING, ASKS_IT_LESS_OFTEN, ASKS_THE_SITE, READS_THE_PAGES
from sandbox.house import Sandbox
from sandbox.switchboard import flip

VITALS, LOAD, CDN = "weekly.web.core-vitals", "weekly.web.page-load", "weekly.web.cdn"
PAGES = [VITALS, LOAD]
WEBSITE, ADMIN = "daily.response-time.website", "daily.response-time.admin"
HOME, CSS, HERO = "/", "/assets/site.css", "/assets/hero.webp"
# What the monthly rows see of the pages, whenever they come: images, scripts, files.
FIRST_VISITS = [f"monthly.optimization.{row}" for row in ("images", "code-splitting", "lazy-loading")]
MONTHLY = [*FIRST_VISITS, "monthly.optimization.minified", "monthly.optimization.caching"]
# Without the policy that keeps scripts out of the page itself.
OPEN = {"Content-Security-Policy": None, "ETag": None}
PUSHES = "<style>#late { height: 0 } #late.in { height: 500px }</style><script>setTimeout(() => { late.className = 'in' }, 700)</script>"
BLOCKS = "<script>const busy = end => { while (performance.now() < end); }; busy(0); onclick = () => busy(performance.now() + 500)</script>"


def _with(head: str, top: str = "") -> dict[str, object]:
    """The home page with more in its head, and above everything that it shows."""
    page = pages.home(412).replace("</head>", f"{head}</head>").replace("<main>", f"{top}<main>")
    return {"body": page, "headers": OPEN}


@fault(not_met=PAGES)
def image_that_comes_late(sandbox: Sandbox) -> Iterator[None]:
    """The picture at the top of the home page takes 3.3 s: it is the largest thing to be seen, and the page waits for it."""
    with flip(sandbox.home, paths={HERO: {"delay_s": 3.3}}):
        yield


@fault(not_met=LOAD)
def subresource_that_is_slow(sandbox: Sandbox) -> Iterator[None]:
    """A deferred script takes 3.3 s: everything is on the screen long before, and the page is still loading."""
    with flip(sandbox.home, paths={"/assets/site.js": {"delay_s": 3.3}}):
        yield


@fault(not_met=VITALS)
def banner_that_pushes_the_page_down(sandbox: Sandbox) -> Iterator[None]:
    """Something without a reserved place appears above the text after the page was loaded."""
    with flip(sandbox.home, paths={HOME: _with(PUSHES, '<div id="late"></div>')}):
        yield


@fault(not_met=VITALS)
def click_that_blocks_the_page(sandbox: Sandbox) -> Iterator[None]:
    """A script of half a second runs on every click."""
    with flip(sandbox.home, paths={HOME: _with(BLOCKS)}):
        yield


@fault(not_met=[*PAGES, ADMIN], not_assessed=MONTHLY)
def listed_page_answers_with_an_error(sandbox: Sandbox) -> Iterator[None]:
    """A listed page answers 500, and quickly; it looks as always."""
    with flip(sandbox.home, paths={"/admin": {"status": 500}}):
        yield


@fault(not_met=[*PAGES, ADMIN], not_assessed=MONTHLY)
def listed_page_is_another(sandbox: Sandbox) -> Iterator[None]:
    """A listed page is quick, answers 200, and is not the page."""
    with flip(sandbox.home, paths={"/admin": {"body": "<!doctype html><title>Parked</title><h1>This domain is for sale</h1>"}}):
        yield


@fault(not_met=[*PAGES, WEBSITE, "quarterly.documentation.links"], not_assessed=[CDN, *MONTHLY])
def home_page_answers_with_an_error(sandbox: Sandbox) -> Iterator[None]:
    """The home page answers 503: what static files it has cannot be told."""
    with flip(sandbox.home, paths={HOME: {"status": 503}}):
        yield


@fault(not_met=[*ASKS_THE_SITE, *ASKS_IT_LESS_OFTEN], not_assessed=[*READS_THE_PAGES, API_CACHING, CDN])
def certificate_for_another_name(sandbox: Sandbox) -> Iterator[None]:
    """The certificate is of the right authority, and for another name."""
    certificates.issue(sandbox.home / "tls", names=("elsewhere.example",))
    sandbox.restart("site")
    try:
        yield
    finally:
        certificates.issue(sandbox.home / "tls")
        sandbox.restart("site")


@fault(not_assessed=[*PAGES, *FIRST_VISITS])
def browser_missing(sandbox: Sandbox) -> Iterator[None]:
    """There is no such browser on the machine."""
    with estate_edited(sandbox, ("[browser.pages.home]\n", '[browser]\nprogram = "chromium-that-is-not-there"\n\n[browser.pages.home]\n')):
        yield


@fault(not_assessed=[*PAGES, *FIRST_VISITS])
def browser_that_does_not_start(sandbox: Sandbox) -> Iterator[None]:
    """What is called the browser ends at once, with exit code 0."""
    with estate_edited(sandbox, ("[browser.pages.home]\n", '[browser]\nprogram = "true"\n\n[browser.pages.home]\n')):
        yield


@fault(not_assessed=PAGES)
def nothing_there_to_click(sandbox: Sandbox) -> Iterator[None]:
    """What the estate names for the click is not on the page: nobody can tell how it reacts."""
    with estate_edited(sandbox, ("[browser.pages.admin]\n", '[browser.pages.admin]\nclick = "#gone"\n')):
        yield


@fault(not_met=CDN)
def static_file_not_compressed(sandbox: Sandbox) -> Iterator[None]:
    """The style sheet comes as it is, however it is asked for."""
    with flip(sandbox.home, paths={CSS: {"headers": {"Content-Encoding": "identity"}}}):
        yield


@fault(not_met=[CDN, "monthly.optimization.caching"])
def static_file_must_not_be_stored(sandbox: Sandbox) -> Iterator[None]:
    """One file forbids every cache to keep it."""
    with flip(sandbox.home, paths={HERO: {"headers": {"Cache-Control": "no-store"}}}):
        yield


@fault(not_met=CDN)
def static_file_with_a_cookie(sandbox: Sandbox) -> Iterator[None]:
    """A cookie comes with the style sheet: no shared cache may keep it for anybody else."""
    with flip(sandbox.home, paths={CSS: {"headers": {"Set-Cookie": "visitor=1; Path=/"}}}):
        yield


@fault(not_met=CDN)
def edge_that_misses_every_time(sandbox: Sandbox) -> Iterator[None]:
    """The edge fetches one file anew for everybody."""
    with flip(sandbox.home, paths={CSS: {"headers": {"X-Cache": "MISS"}}}):
        yield


@fault(not_met=CDN)
def edge_that_remembers_not_to_keep(sandbox: Sandbox) -> Iterator[None]:
    """The edge knows that it must pass every request for one file on, and calls that a hit."""
    with flip(sandbox.home, paths={CSS: {"headers": {"X-Cache": "HIT-FOR-PASS"}}}):
        yield


@fault(not_met=CDN)
def static_file_that_varies_by_everything(sandbox: Sandbox) -> Iterator[None]:
    """One file comes with `Vary: *`: nobody may give out again what was kept of it."""
    with flip(sandbox.home, paths={CSS: {"headers": {"Vary": "*"}}}):
        yield


@fault(not_assessed=[CDN, "monthly.optimization.images", "monthly.optimization.lazy-loading"])
def page_without_static_files(sandbox: Sandbox) -> Iterator[None]:
    """The page names no static file of its own host: there is nothing that the edge could hold."""
    with flip(sandbox.home, paths={HOME: {"body": "<!doctype html><title>Neff Paving</title><h1>Finished lately</h1></html>"}}):
        yield

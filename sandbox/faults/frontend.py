"""What visitors are sent: scripts that nobody minified, files that cannot be cached, answers that must not be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sandbox.faults import fault
from sandbox.house import Sandbox
from sandbox.pages import ASSETS
from sandbox.switchboard import flip

MINIFIED, CACHING = "monthly.optimization.minified", "monthly.optimization.caching"
FIRST_VISITS = [f"monthly.optimization.{row}" for row in ("images", "code-splitting", "lazy-loading")]
API_CACHING = "monthly.optimization.api-caching"
SCRIPT = """\
// Says which year it is.
(() => {
    const now = new Date();

    /* Every element that asks for it. */
    document.querySelectorAll("[data-year]").forEach((element) => {
        element.textContent = now.getFullYear();
    });
})();
"""
STYLE = """\
/* The page as a whole. */
body {
    margin: 0 auto;
    max-width: 60rem;
}
"""


def _sent(name: str, turns: str | Sequence[str], path: str, what: str, **switches: object) -> None:
    """Registers an answer of the site that is not as it should be."""

    def answer_wrong(sandbox: Sandbox) -> Iterator[None]:
        with flip(sandbox.home, paths={path: switches}):
            yield

    answer_wrong.__name__, answer_wrong.__doc__ = name, what
    fault(not_met=turns)(answer_wrong)


_sent("script_not_minified", MINIFIED, "/assets/site.js", "A release was built in development mode.", body=SCRIPT)
_sent("style_not_minified", MINIFIED, "/assets/site.css", "A style sheet from outside the build.", body=STYLE)


_sent("imported_script_not_minified", MINIFIED, "/assets/sign-in.js", "A script that another one loads was never built.", body=SCRIPT)
_sent(
    "imported_script_without_lifetime",
    CACHING,
    "/assets/sign-in.js",
    "A script that another one loads says nothing of how long it may be kept.",
    headers={"Cache-Control": None},
)


@fault(not_met=CACHING)
def background_without_lifetime(sandbox: Sandbox) -> Iterator[None]:
    """A picture that a style sheet puts behind the page's footer may not be kept; no element of the page names it."""
    drawing = (ASSETS / "site.css").read_text() + "footer{background:url(/assets/planted)}"
    planted = {"status": 200, "content_type": "image/svg+xml", "headers": {"Cache-Control": "no-store"}, "body": "<svg/>"}
    with flip(sandbox.home, paths={"/assets/site.css": {"body": drawing}, "/assets/planted": planted}):
        yield


@fault(not_met=CACHING)
def imported_style_without_lifetime(sandbox: Sandbox) -> Iterator[None]:
    """A style sheet that another one imports may not be kept."""
    importing = '@import "planted";' + (ASSETS / "site.css").read_text()
    planted = {"status": 200, "content_type": "text/css", "headers": {"Cache-Control": "no-store"}, "body": "p{margin:0}"}
    with flip(sandbox.home, paths={"/assets/site.css": {"body": importing}, "/assets/planted": planted}):
        yield


_sent(
    "static_file_without_lifetime",
    [CACHING, "weekly.web.cdn"],
    "/assets/site.js",
    "A script says nothing of how long it may be kept.",
    headers={"Cache-Control": None},
)
_sent(
    "static_file_kept_for_an_hour",
    CACHING,
    "/assets/site.css",
    "The style sheet may be kept for an hour only.",
    headers={"Cache-Control": "public, max-age=3600"},
)
_sent(
    "validator_that_never_matches",
    CACHING,
    "/assets/hero.webp",
    "An ETag is there, and a request that carries it is sent the whole image again.",
    headers={"ETag": '"another one each time"'},
)
_sent(
    "validator_that_always_matches",
    CACHING,
    "/assets/site.js",
    "Whatever version a browser has, it is told that nothing changed: no release ever reaches it.",
    validated={"status": 304, "body": ""},
)
_sent("static_file_without_validator", CACHING, "/assets/site.js", "A script has neither ETag nor Last-Modified.", headers={"ETag": None})
_sent(
    "shared_answer_not_cacheable",
    API_CACHING,
    "/api/services",
    "The list of services, the same for everybody, may not be stored.",
    headers={"Cache-Control": "no-store"},
)
_sent(
    "shared_answer_silent_about_caching",
    API_CACHING,
    "/api/testimonials",
    "Nothing is said of whether an answer may be cached.",
    headers={"Cache-Control": None},
)
_sent(
    "shared_answer_that_varies_with_everything",
    API_CACHING,
    "/api/estimate-rates",
    "An answer may be cached, and varies with everything: no cache ever finds it again.",
    headers={"Vary": "*"},
)
_sent(
    "private_answer_marked_public",
    API_CACHING,
    "/api/admin/alerts",
    "What only staff may see can be stored by any proxy and shown to the next visitor.",
    headers={"Cache-Control": "public, max-age=300"},
)
_sent(
    "private_answer_kept_by_the_edge",
    API_CACHING,
    "/api/admin/alerts",
    "Browsers may not store what only staff may see, and the edge is told to keep it for five minutes.",
    headers={"CDN-Cache-Control": "public, max-age=300"},
)
_sent(
    "shared_answer_fresh_for_browsers_only",
    API_CACHING,
    "/api/services",
    "The list of services may be kept by a browser, and not for a moment by a cache that all visitors share.",
    headers={"Cache-Control": "public, max-age=300, s-maxage=0"},
)
_sent(
    "private_answer_silent_about_caching",
    API_CACHING,
    "/api/admin/alerts",
    "Nothing is said of whether private data may be stored.",
    headers={"Cache-Control": None},
)
_sent(
    "sign_in_answer_may_be_stored",
    API_CACHING,
    "/api/auth/login",
    "The answer with the session's key may be stored by anybody.",
    headers={"Cache-Control": "max-age=60"},
)


@fault(not_assessed=API_CACHING)
def private_answers_refused(sandbox: Sandbox) -> Iterator[None]:
    """The suite's account is not shown private data: how they may be cached cannot be told."""
    with flip(sandbox.home, paths={"/api/admin/alerts": {"status": 403}}):
        yield


@fault(not_assessed=[MINIFIED, CACHING, *FIRST_VISITS, "weekly.web.cdn"])
def page_that_loads_nothing(sandbox: Sandbox) -> Iterator[None]:
    """The pages are there and refer to no file at all: of nothing, everything is minified, compressed and needed."""
    marked = {"/": "<h1>Finished lately</h1>", "/admin": '<form data-next="/admin/alerts"></form>'}
    bare = {path: {"body": f"<title>Neff Paving</title>{body}</html>"} for path, body in marked.items()}
    with flip(sandbox.home, paths=bare):
        yield

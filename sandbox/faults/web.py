"""The website, the API, the status page."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from sandbox import pages
from sandbox.faults import fault
from sandbox.faults.tools import ago, estate_edited, json_edited, stopped
from sandbox.house import Sandbox
from sandbox.switchboard import flip

HEALTH = "/api/health"
ASKS_THE_API_HEALTH = ["daily.health.api", "daily.health.status-page"]
READS_THE_PAGES = [f"monthly.optimization.{row}" for row in ("minified", "caching", "images", "code-splitting", "lazy-loading")]
API_CACHING, EXPIRY = "monthly.optimization.api-caching", "monthly.certificates.expiry"
PAGES, CDN = ["weekly.web.core-vitals", "weekly.web.page-load"], "weekly.web.cdn"
TLS, LINKS = "quarterly.security.tls", "quarterly.documentation.links"
ASKS_THE_SITE = [
    *ASKS_THE_API_HEALTH,
    "daily.response-time.website",
    "daily.response-time.admin",
    "daily.response-time.api",
    "daily.alerts.channel.dashboard",
]
ASKS_IT_LESS_OFTEN = [
    *PAGES,
    EXPIRY,
    TLS,
    LINKS,
]


@fault(not_met=[*ASKS_THE_SITE, *ASKS_IT_LESS_OFTEN], not_assessed=[*READS_THE_PAGES, API_CACHING, CDN])
def app_stopped(sandbox: Sandbox) -> Iterator[None]:
    """The application's process is gone: connections are refused, while the status page goes on saying operational."""
    with stopped(sandbox, "site"):
        yield


@fault(not_met=ASKS_THE_API_HEALTH)
def health_degraded(sandbox: Sandbox) -> Iterator[None]:
    """The health endpoint answers 200 and says degraded in the body."""
    with flip(sandbox.home, health={"status": "degraded"}):
        yield


@fault(not_met=ASKS_THE_API_HEALTH)
def health_without_success(sandbox: Sandbox) -> Iterator[None]:
    """The health endpoint calls itself healthy, and says that it had no success in finding out."""
    with flip(sandbox.home, health={"success": False, "error": "no connection to the queue"}):
        yield


@fault(not_met=ASKS_THE_API_HEALTH)
def health_dependency_disconnected(sandbox: Sandbox) -> Iterator[None]:
    """The health endpoint calls itself healthy and one of its dependencies disconnected."""
    with flip(sandbox.home, health={"services": {"maps": "disconnected"}}):
        yield


@fault(not_met=ASKS_THE_API_HEALTH)
def health_contradicts_itself(sandbox: Sandbox) -> Iterator[None]:
    """The health endpoint lists its parts twice, and calls one of them well here and disconnected there."""
    with flip(sandbox.home, health={"dependencies": {"database": "disconnected"}}):
        yield


@fault(not_met=ASKS_THE_API_HEALTH)
def health_of_a_part_of_a_part(sandbox: Sandbox) -> Iterator[None]:
    """The health endpoint calls the database connected, and its replica disconnected."""
    with flip(sandbox.home, health={"services": {"database": {"status": "connected", "replica": {"status": "disconnected"}}}}):
        yield


@fault(not_met=ASKS_THE_API_HEALTH)
def health_of_a_part_in_a_word(sandbox: Sandbox) -> Iterator[None]:
    """The health endpoint calls the database connected, and in the same breath its replica disconnected."""
    with flip(sandbox.home, health={"services": {"database": {"status": "connected", "replica": "disconnected"}}}):
        yield


@fault(harmless="daily.health.api")
def health_in_the_words_of_its_draft(sandbox: Sandbox) -> Iterator[None]:
    """The health endpoint names the media type that a draft of the IETF has for such answers."""
    with flip(sandbox.home, paths={"/api/health": {"content_type": "application/health+json"}}):
        yield


@fault(not_met="daily.response-time.api")
def endpoint_that_answers_without_success(sandbox: Sandbox) -> Iterator[None]:
    """An endpoint answers 200, and says in its own words that it could not."""
    with flip(sandbox.home, paths={"/api/services": {"body": '{"success": false, "message": "database is gone"}'}}):
        yield


@fault(not_met=ASKS_THE_API_HEALTH)
def health_check_that_failed(sandbox: Sandbox) -> Iterator[None]:
    """The health endpoint calls everything well, and lists a check of its own that failed."""
    with flip(sandbox.home, health={"checks": {"queue:depth": [{"status": "fail"}]}}):
        yield


@fault(not_met="daily.health.api")
def health_silent_about_a_dependency(sandbox: Sandbox) -> Iterator[None]:
    """The health endpoint no longer says anything about a dependency that the estate knows it has."""
    with estate_edited(sandbox, ('dependencies = ["database", "calendly"]', 'dependencies = ["database", "calendly", "email"]')):
        yield


@fault(not_met=ASKS_THE_API_HEALTH)
def health_is_a_maintenance_page(sandbox: Sandbox) -> Iterator[None]:
    """A 200 with an HTML maintenance page in the health endpoint's place."""
    page = {"body": "<h1>Back soon</h1>", "content_type": "text/html", "status": 200}
    with flip(sandbox.home, paths={HEALTH: page}):
        yield


@fault(not_met=ASKS_THE_API_HEALTH)
def health_redirects_to_a_login(sandbox: Sandbox) -> Iterator[None]:
    """The health endpoint sends everybody to a login page, which answers 200."""
    with flip(sandbox.home, paths={HEALTH: {"status": 302, "headers": {"Location": "/admin"}}}):
        yield


@fault(not_met="daily.health.api")
def health_answer_is_an_hour_old(sandbox: Sandbox) -> Iterator[None]:
    """A cache goes on handing out an answer from an hour ago."""
    with flip(sandbox.home, health={"timestamp_shift_s": -3600}):
        yield


@fault(not_met="daily.health.api")
def health_answer_aged_in_a_cache(sandbox: Sandbox) -> Iterator[None]:
    """The answer's own timestamp is fresh, but a cache says that it has kept it for twenty minutes."""
    with flip(sandbox.home, paths={HEALTH: {"headers": {"Age": "1200"}}}):
        yield


@fault(not_met=["daily.health.status-page", EXPIRY, TLS])
def status_page_down(sandbox: Sandbox) -> Iterator[None]:
    """Nobody listens where the status page was."""
    with stopped(sandbox, "status"):
        yield


@fault(not_met="daily.health.status-page")
def status_page_says_major_outage(sandbox: Sandbox) -> Iterator[None]:
    """The status page announces a major outage."""
    with json_edited(sandbox.home / "status" / "status.json", status="major_outage"):
        yield


@fault(not_met="daily.health.status-page")
def status_page_component_down(sandbox: Sandbox) -> Iterator[None]:
    """The status page calls the whole operational and one component down."""
    components = [{"name": "Website", "status": "operational"}, {"name": "Bookings", "status": "major_outage"}]
    with json_edited(sandbox.home / "status" / "status.json", components=components):
        yield


@fault(not_met="daily.health.status-page")
def status_page_component_down_by_name(sandbox: Sandbox) -> Iterator[None]:
    """The status page tells its components by name, and one of them is down."""
    with json_edited(
        sandbox.home / "status" / "status.json", components={"Website": "operational", "Bookings": {"status": "major_outage"}}
    ):
        yield


@fault(not_met="daily.health.status-page")
def status_page_with_an_open_incident(sandbox: Sandbox) -> Iterator[None]:
    """The status page calls everything operational, above an incident that is still looked into."""
    with json_edited(sandbox.home / "status" / "status.json", incidents=[{"name": "Bookings fail", "status": "investigating"}]):
        yield


def _status_says(sandbox: Sandbox, body: object) -> AbstractContextManager[None]:
    """The status page with another answer."""
    return json_edited(sandbox.home / "status" / "status.json", body=body)


@fault(not_met="daily.health.status-page")
def status_page_component_down_beside_its_namesake(sandbox: Sandbox) -> Iterator[None]:
    """The status page lists the API of two regions under one name, and the first of them is down."""
    components = [{"name": "API", "status": "major_outage"}, {"name": "API", "status": "operational"}]
    with json_edited(sandbox.home / "status" / "status.json", components=components):
        yield


@fault(harmless="daily.health.status-page")
def status_page_with_an_incident_that_is_over(sandbox: Sandbox) -> Iterator[None]:
    """The status page still shows a resolved incident, with all that was said while it lasted."""
    updates = [{"status": "resolved"}, {"status": "investigating"}]
    incident = {"name": "Bookings fail", "status": "resolved", "incident_updates": updates}
    with json_edited(sandbox.home / "status" / "status.json", incidents=[incident]):
        yield


@fault(not_met="daily.health.status-page")
def status_page_with_an_endpoint_of_last_week(sandbox: Sandbox) -> Iterator[None]:
    """A status page of Gatus: all is up, and one of its endpoints was last looked at a week ago."""
    looked = {"website": ago(minutes=1), "api": ago(days=7)}
    with _status_says(
        sandbox, [{"name": name, "results": [{"success": True, "timestamp": at.isoformat()}]} for name, at in looked.items()]
    ):
        yield


@fault(harmless="daily.health.status-page")
def status_page_of_gatus(sandbox: Sandbox) -> Iterator[None]:
    """A status page of Gatus, on which all is well."""
    with _status_says(sandbox, [{"name": "api", "results": [{"success": True, "timestamp": ago(minutes=1).isoformat()}]}]):
        yield


@fault(not_met="daily.health.status-page")
def status_page_of_numbers(sandbox: Sandbox) -> Iterator[None]:
    """The status page is a list of something else."""
    with _status_says(sandbox, [1, 2]):
        yield


@fault(not_assessed="daily.health.status-page")
def status_page_without_a_time(sandbox: Sandbox) -> Iterator[None]:
    """The status page calls everything well, and has a title where its time should stand."""
    with _status_says(sandbox, {"status": "operational", "page": "Neff Paving"}):
        yield


@fault(not_met="daily.health.status-page")
def status_page_not_updated_for_two_hours(sandbox: Sandbox) -> Iterator[None]:
    """Nobody has touched the status page for two hours."""
    with json_edited(sandbox.home / "status" / "status.json", age_s=7200):
        yield


@fault(not_assessed=["daily.health.status-page", EXPIRY, TLS])
def status_page_has_no_name(sandbox: Sandbox) -> Iterator[None]:
    """The status page's name does not resolve: nobody can tell what it says."""
    port = sandbox.ports.status
    with estate_edited(sandbox, (f"https://127.0.0.1:{port}/api/status", f"https://status.invalid:{port}/api/status")):
        yield


MAINTENANCE = "<title>Neff Paving Admin</title><h1>Neff Paving Admin</h1><p>Back in an hour.</p>"


def _page(path: str, requirement: str, slow: float) -> None:
    """Registers the same faults for a page that people open."""
    kind = requirement.rsplit(".", 1)[1]

    def first_byte_late(sandbox: Sandbox) -> Iterator[None]:
        with flip(sandbox.home, paths={path: {"delay_s": slow}}):
            yield

    def body_late(sandbox: Sandbox) -> Iterator[None]:
        with flip(sandbox.home, paths={path: {"late_body_s": slow}}):
            yield

    def quick_error(sandbox: Sandbox) -> Iterator[None]:
        with flip(sandbox.home, paths={path: {"status": 500}}):
            yield

    def wrong_page(sandbox: Sandbox) -> Iterator[None]:
        with flip(sandbox.home, paths={path: {"body": MAINTENANCE, "content_type": "text/html"}}):
            yield

    home = path == "/"
    late = PAGES if home else ()
    told = {
        first_byte_late: (f"The {kind} takes {slow} s to begin its answer.", late, ()),
        body_late: (f"The {kind} sends its headers at once and the end of its body {slow} s later.", late[1:], ()),
        quick_error: (
            f"The {kind} answers quickly, with status 500.",
            [*PAGES, LINKS] if home else PAGES,
            [*READS_THE_PAGES, CDN] if home else READS_THE_PAGES,
        ),
        wrong_page: (
            f"The {kind} shows a notice of maintenance with the company's name, with status 200.",
            PAGES,
            [*READS_THE_PAGES, CDN] if home else READS_THE_PAGES,
        ),
    }
    for breaker, (said, not_met, not_assessed) in told.items():
        breaker.__name__, breaker.__doc__ = f"{kind}_{breaker.__name__}", said
        fault(not_met=[requirement, *not_met], not_assessed=not_assessed)(breaker)


_page("/", "daily.response-time.website", 3.1)
_page("/admin", "daily.response-time.admin", 2.1)


def _home(name: str, what: str, not_met: list[str], not_assessed: list[str], **switches: Any) -> None:
    """Registers a home page that is quick, and whose status says that all is well."""

    def home_wrong(sandbox: Sandbox) -> Iterator[None]:
        with flip(sandbox.home, paths={"/": switches}):
            yield

    home_wrong.__name__, home_wrong.__doc__ = name, what
    fault(not_met=["daily.response-time.website", *not_met], not_assessed=not_assessed)(home_wrong)


HOME = pages.home(412)
_home("home_page_cut_in_its_footer", "The page breaks off, with a length that fits.", [], [], body=HOME.partition("</footer>")[0])
_home(
    "home_page_compressed_without_its_end",
    "What arrived unpacks to the whole page, and the checksum behind it is missing.",
    [TLS],
    [*READS_THE_PAGES[:2], CDN],
    body_base64=base64.b64encode(gzip.compress(HOME.encode())[:-4]).decode(),
    headers={"Content-Encoding": "gzip", "ETag": None},
)
_home("home_page_as_a_download", "The page is a file to be saved.", PAGES, READS_THE_PAGES[2:], content_type="application/octet-stream")
_home(
    "home_page_leads_to_the_panel",
    "Visitors are sent on to the staff's page, which has no pictures.",
    PAGES,
    READS_THE_PAGES,
    status=302,
    headers={"Location": "/admin"},
)


def _services(name: str, what: str, **switches: object) -> None:
    """Registers an endpoint that answers quickly, with status 200, and not with its data."""

    def services_wrong(sandbox: Sandbox) -> Iterator[None]:
        with flip(sandbox.home, paths={"/api/services": switches}):
            yield

    services_wrong.__name__, services_wrong.__doc__ = name, what
    fault(not_met="daily.response-time.api")(services_wrong)


_services("endpoint_is_a_maintenance_page", "A page where data should be.", body="<h1>Back soon</h1>", content_type="text/html")
_services("endpoint_says_nothing", "An empty body.", body="")
_services("endpoint_says_that_it_failed", "An error in the body, and success in the status.", body='{"error": "database is gone"}')


@fault(not_met="daily.response-time.api")
def one_slow_endpoint_of_many(sandbox: Sandbox) -> Iterator[None]:
    """One of the API's endpoints takes 600 ms, all others are quick."""
    with flip(sandbox.home, paths={"/api/testimonials": {"delay_s": 0.6}}):
        yield


@fault(not_met="daily.response-time.api")
def one_endpoint_slow_to_its_last_byte(sandbox: Sandbox) -> Iterator[None]:
    """One endpoint sends its headers at once and the end of its body late."""
    with flip(sandbox.home, paths={"/api/services": {"late_body_s": 0.6}}):
        yield


@fault(not_assessed="daily.response-time.api")
def no_endpoint_listed(sandbox: Sandbox) -> Iterator[None]:
    """The estate lists no endpoint: of nothing, everything is quick."""
    listed = '["/api/services", "/api/availability?days=14", "/api/testimonials", "/api/estimate-rates"]'
    with estate_edited(sandbox, (listed, "[]")):
        yield


@fault(not_met=["daily.response-time.api", API_CACHING])
def api_answers_too_many_requests(sandbox: Sandbox) -> Iterator[None]:
    """One endpoint answers 429, and does so quickly."""
    with flip(sandbox.home, paths={"/api/services": {"status": 429}}):
        yield


@fault(not_assessed="daily.alerts.channel.dashboard")
def sign_in_limits_us(sandbox: Sandbox) -> Iterator[None]:
    """We have asked too often: that says nothing about who is let in."""
    with flip(sandbox.home, paths={"/api/auth/login": {"status": 429}}):
        yield


@fault(not_met="daily.alerts.channel.dashboard")
def dashboard_open_to_the_world(sandbox: Sandbox) -> Iterator[None]:
    """The alert dashboard shows itself to anybody."""
    with flip(sandbox.home, paths={"/admin/alerts": {"open": True}}):
        yield


@fault(not_met="daily.alerts.channel.dashboard")
def dashboard_takes_forged_tokens(sandbox: Sandbox) -> Iterator[None]:
    """Nobody looks at a token's signature any more: whoever makes one up gets in."""
    with flip(sandbox.home, paths={"/admin/alerts": {"unsigned": True}}):
        yield


def _dashboard(name: str, what: str, **paths: dict[str, Any]) -> None:
    """Registers a dashboard whose status says that all is well, and which is not shown to those whom it is for."""

    def dashboard_wrong(sandbox: Sandbox) -> Iterator[None]:
        with flip(sandbox.home, paths={f"/admin/{path}": switches for path, switches in paths.items()}):
            yield

    dashboard_wrong.__name__, dashboard_wrong.__doc__ = name, what
    fault(not_met="daily.alerts.channel.dashboard")(dashboard_wrong)


_dashboard("dashboard_in_the_refusal", "A stranger is refused, with all alerts below.", alerts={"open": True, "stranger": {"status": 401}})
_dashboard(
    "dashboard_open_at_another_address",
    "A stranger is sent on to a copy that is open to everybody.",
    alerts={"stranger": {"status": 301, "headers": {"Location": "/admin/copy"}}},
    copy={"status": 200, "body": pages.alerts([])},
)
_dashboard("dashboard_empty", "Whoever signed in gets an empty page.", alerts={"body": "", "stranger": {"body": "Sign in first"}})
_dashboard("dashboard_asks_to_sign_in_again", "Whoever signed in gets the sign-in page, with status 200.", alerts={"body": pages.admin()})
_dashboard(
    "dashboard_is_another_page",
    "Whoever signed in gets the panel's first page, which a stranger does not.",
    alerts={"body": pages.admin(), "stranger": {"body": "Sign in first"}},
)


@fault(harmless="daily.alerts.channel.dashboard")
def dashboard_leads_strangers_to_the_sign_in(sandbox: Sandbox) -> Iterator[None]:
    """A stranger is sent to the sign-in page, which answers 200."""
    with flip(sandbox.home, paths={"/admin/alerts": {"stranger": {"status": 302, "headers": {"Location": "/admin"}}}}):
        yield


@fault(not_met="daily.alerts.channel.dashboard")
def dashboard_fails(sandbox: Sandbox) -> Iterator[None]:
    """The alert dashboard answers 500, signed in or not."""
    with flip(sandbox.home, paths={"/admin/alerts": {"status": 500}}):
        yield


@fault(not_met="daily.alerts.channel.dashboard", not_assessed=API_CACHING)
def sign_in_broken(sandbox: Sandbox) -> Iterator[None]:
    """Nobody can sign in any more."""
    with flip(sandbox.home, paths={"/api/auth/login": {"status": 500}}):
        yield


@fault(not_met="daily.alerts.channel.dashboard", not_assessed=API_CACHING)
def account_of_the_suite_switched_off(sandbox: Sandbox) -> Iterator[None]:
    """The account made for this suite may no longer sign in."""
    sandbox.sql("UPDATE users SET active = false WHERE username = 'compliance'")
    try:
        yield
    finally:
        sandbox.sql("UPDATE users SET active = true WHERE username = 'compliance'")


@fault(not_met=ASKS_THE_API_HEALTH)
def health_says_null(sandbox: Sandbox) -> Iterator[None]:
    """The health endpoint answers 200 with null wherever a state should stand."""
    nothing = '{"status": null, "services": {"database": null, "calendly": {"status": null}}}'
    with flip(sandbox.home, paths={HEALTH: {"body": nothing}}):
        yield


@fault(not_met="daily.health.api")
def health_timestamp_unreadable(sandbox: Sandbox) -> Iterator[None]:
    """The health endpoint's timestamp is a number of milliseconds from years ago."""
    well = '{"status": "healthy", "timestamp": 1700000000000, "services": {"database": "connected", "calendly": "operational"}}'
    with flip(sandbox.home, paths={HEALTH: {"body": well}}):
        yield


@fault(not_met="daily.health.status-page")
def status_page_from_the_future(sandbox: Sandbox) -> Iterator[None]:
    """The status page says that it will be updated in two hours: somebody wrote the time by hand."""
    with json_edited(sandbox.home / "status" / "status.json", age_s=-7200):
        yield

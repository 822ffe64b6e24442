"""The website, admin panel and API of the sandbox's Neff Paving, served by gunicorn as `sandbox.site:application()`."""

import json
import os
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

import psycopg

from sandbox import pages, site_api, wsgi
from sandbox.site_access import TOKEN_LIFE_S, Allowance, Limiter, hash_password, make_token, read_token, verify
from sandbox.site_database import ApplicationLog, Database, failure
from sandbox.switchboard import is_open, switched, switches_of
from sandbox.wsgi import Answer, Request, json_answer

SIGN_IN = "/api/auth/login"
RATE_LIMIT = 300
SIGN_IN_LIMIT = 20
USER = "SELECT username, password_hash, role FROM public.users WHERE username = %s AND active"
NO_STORE = {"Cache-Control": "no-store"}
PRIVATE = {"Cache-Control": "private, no-store", "Vary": "Authorization, Cookie"}
SECURITY = {
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
}


class Site:
    """Answers requests from the database of the sandbox at `home`, as `site/site.json` there says."""

    def __init__(self, home: Path) -> None:
        self._settings: Mapping[str, Any] = json.loads((home / "site" / "site.json").read_text())
        self._database = Database(self._settings["dsn"])
        self._log = ApplicationLog(home / "logs" / "application" / "error.log")
        self._requests, self._sign_ins = Limiter(), Limiter()
        self._stranger = hash_password("nobody has this one")
        self._cached: set[str] = set()
        self._routes: Mapping[str, Callable[[Request], Answer]] = {
            "/": lambda _: _html(pages.home(site_api.finished_jobs(self._database)), {"Cache-Control": "no-cache"}),
            "/admin": lambda _: _html(pages.admin(), {"Cache-Control": "no-cache"}),
            "/admin/alerts": self._alerts,
            "/api/admin/alerts": self._alerts,
            "/api/health": self._health,
            "/api/services": lambda _: _public(site_api.services(self._database)),
            "/api/availability": self._availability,
            "/api/projects": self._projects,
            "/api/testimonials": lambda _: _public(site_api.testimonials()),
            "/api/estimate-rates": lambda _: _public(site_api.estimate_rates(self._database)),
            SIGN_IN: self._sign_in,
        }

    def answer(self, request: Request) -> Answer:
        """What the site says, with its rate limits on the API and its security headers everywhere."""
        if not request.path.startswith("/api/"):
            return self._routed(request).plus(SECURITY)
        allowance = self._allowance(request)
        refused = _error(429, "RATE_LIMITED", "too many requests from this address", NO_STORE)
        return (refused if allowance.exceeded else self._routed(request)).plus({**SECURITY, **allowance.headers})

    def _routed(self, request: Request) -> Answer:
        route = self._asset if request.path.startswith("/assets/") else self._routes.get(request.path)
        if route is None:
            return _failed(request, 404, "NOT_FOUND", "Page not found")
        allowed = ("POST",) if request.path == SIGN_IN else ("GET", "HEAD")
        if request.method not in allowed:
            return _failed(request, 405, "METHOD_NOT_ALLOWED", "Method not allowed").plus({"Allow": ", ".join(allowed)})
        try:
            return _conditional(request, route(request))
        except psycopg.Error as error:
            return self._database_error(request, error)

    def _allowance(self, request: Request) -> Allowance:
        """Count an API request; a sign-in counts against a limit of its own as well."""
        allowance = self._count(self._requests, request, "rate_limit", RATE_LIMIT)
        if request.path != SIGN_IN or allowance.exceeded:
            return allowance
        return self._count(self._sign_ins, request, "sign_in_limit", SIGN_IN_LIMIT)

    def _count(self, limiter: Limiter, request: Request, key: str, default: int) -> Allowance:
        limit = request.switches.get(key, self._settings.get(key, default))
        return limiter.count(request.address, limit, request.switches.get("limits_epoch"))

    def _asset(self, request: Request) -> Answer:
        """A static file from the cache in front of them, which holds those that were asked for before."""
        found = pages.asset(request.path.removeprefix("/assets/"))
        if found is None:
            return _failed(request, 404, "NOT_FOUND", "Page not found")
        hit = request.path in self._cached
        self._cached.add(request.path)
        headers = {"Cache-Control": "public, max-age=31536000", "X-Cache": "HIT" if hit else "MISS"}
        return Answer(200, found[0], found[1], headers)

    def _alerts(self, request: Request) -> Answer:
        if not (is_open(request) or self._claims(request)):
            challenge = {"WWW-Authenticate": 'Bearer realm="Neff Paving Admin"', **PRIVATE}
            return _failed(request, 401, "UNAUTHENTICATED", "Sign in first").plus(challenge)
        rows = site_api.newest_alerts(self._database)
        if _is_api(request):
            return json_answer({"alerts": rows}, headers=PRIVATE)
        return _html(pages.alerts(rows), PRIVATE)

    def _claims(self, request: Request) -> Mapping[str, Any] | None:
        """Who signed in, by bearer token or session cookie."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token if scheme.lower() == "bearer" else _cookie(request, "session")
        if token and switches_of(request).get("unsigned"):
            return {"sub": "whoever the token says"}
        return read_token(self._settings["jwt_secret"], token) if token else None

    def _sign_in(self, request: Request) -> Answer:
        try:
            given = json.loads(request.body)
            username, password = str(given["username"]), str(given["password"])
        except (ValueError, TypeError, KeyError):
            return _error(400, "INVALID_REQUEST", "username and password are needed", NO_STORE)
        user = self._database.row(USER, (username,))
        if not verify(password, user.get("password_hash", self._stranger)) or not user:
            return _error(401, "INVALID_CREDENTIALS", "wrong username or password", NO_STORE)
        token = make_token(self._settings["jwt_secret"], user["username"], user["role"])
        cookie = f"session={token}; Path=/; Max-Age={TOKEN_LIFE_S}; HttpOnly; Secure; SameSite=Strict"
        return json_answer({"token": token, "expires_in": TOKEN_LIFE_S}, headers={**NO_STORE, "Set-Cookie": cookie})

    def _health(self, _: Request) -> Answer:
        health, error = site_api.health(self._database)
        if error:
            self._log.error("api", "DATABASE_ERROR", failure(error))
        return json_answer(health, 200 if health["status"] == "healthy" else 503, NO_STORE)

    def _availability(self, request: Request) -> Answer:
        asked = request.query.get("days", "14")
        if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked) <= site_api.MOST_DAYS:
            return _error(400, "INVALID_REQUEST", f"days must be 1 to {site_api.MOST_DAYS}", NO_STORE)
        return _public(site_api.availability(self._database, int(asked)))

    def _projects(self, request: Request) -> Answer:
        """A page of the finished jobs; the switches can give it other lengths."""
        sizes = {"page": site_api.PROJECTS_A_PAGE, "least": 1, "most": site_api.MOST_PROJECTS, **switches_of(request)}
        asked, before = request.query.get("limit", str(sizes["page"])), request.query.get("before", str(2**31 - 1))
        if not all(each.isascii() and each.isdigit() and 0 < int(each) < 2**31 for each in (asked, before)):
            return _error(400, "INVALID_REQUEST", "limit and before must be whole numbers above 0", NO_STORE)
        if sizes.get("refuses") and int(asked) > sizes["most"]:
            return _error(400, "INVALID_REQUEST", f"limit must be 1 to {sizes['most']}", NO_STORE)
        limit = min(max(int(asked), sizes["least"]), sizes["most"])
        return _public(site_api.projects(self._database, int(before), limit))

    def _database_error(self, request: Request, error: psycopg.Error) -> Answer:
        self._log.error("api" if _is_api(request) else "web", "DATABASE_ERROR", failure(error))
        status = 503 if isinstance(error, psycopg.OperationalError) and _is_api(request) else 500
        return _failed(request, status, "DATABASE_ERROR", "Something went wrong")


def application() -> WSGIApplication:
    """The WSGI application for the sandbox at SANDBOX_HOME."""
    home = Path(os.environ["SANDBOX_HOME"])
    return wsgi.application(wsgi.compressed(switched(home, Site(home).answer)))


def _conditional(request: Request, answer: Answer) -> Answer:
    """304 for a client that has this very answer already; validators only where storing is allowed."""
    if answer.status != 200 or "no-store" in answer.headers.get("Cache-Control", ""):
        return answer
    tag = pages.etag(answer.body)
    known = request.headers.get("if-none-match", "")
    fresh = tag.removeprefix("W/") in [each.strip().removeprefix("W/") for each in known.split(",")]
    return Answer(304 if fresh else 200, b"" if fresh else answer.body, answer.content_type, answer.headers).plus({"ETag": tag})


def _failed(request: Request, status: int, code: str, text: str) -> Answer:
    """An error in the form that the path's readers expect: JSON for the API, a page elsewhere."""
    return _error(status, code, text, NO_STORE) if _is_api(request) else _html(pages.error(text), NO_STORE, status)


def _error(status: int, code: str, message: str, headers: Mapping[str, str]) -> Answer:
    return json_answer({"error": {"code": code, "message": message}}, status, headers)


def _html(page: str, headers: Mapping[str, str], status: int = 200) -> Answer:
    return Answer(status, page.encode(), wsgi.HTML, headers)


def _public(value: object) -> Answer:
    return json_answer(value, headers={"Cache-Control": "public, max-age=60"})


def _cookie(request: Request, name: str) -> str:
    try:
        cookies = SimpleCookie(request.headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[name].value if name in cookies else ""


def _is_api(request: Request) -> bool:
    return request.path.startswith("/api/")

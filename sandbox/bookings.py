"""A stand-in for the booking service: its own code, with the shapes of Calendly's v2 API. It is not Calendly.

`bookings/bookings.json` is read for every request:

    {"token": "…", "organization": "https://api.calendly.com/organizations/NEFF",
     "webhooks": [{"callback_url": "https://…", "events": ["invitee.created"], "state": "active"}],
     "events": [{"name": "Site visit", "status": "active", "start_time": "2026-11-23T14:00:00Z"}]}

Entries may leave out what is shown here with a default, and carry any other key of the real service.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

from sandbox import wsgi
from sandbox.wsgi import Answer, Request, json_answer

BASE = "https://api.calendly.com"
LONG_AGO = "2026-01-01T00:00:00.000000Z"
MOST = 100
STAND_IN = {"X-Stand-In": "Calendly v2 shapes"}
Entry = Mapping[str, Any]


def application() -> WSGIApplication:
    """The WSGI application for the sandbox at SANDBOX_HOME."""
    file = Path(os.environ["SANDBOX_HOME"], "bookings", "bookings.json")
    return wsgi.application(lambda request: answer(file, request).plus(STAND_IN))


def answer(file: Path, request: Request) -> Answer:
    """What the booking service answers, from what `file` holds."""
    held = json.loads(file.read_text())
    if request.headers.get("authorization") != f"Bearer {held['token']}":
        return _error(401, "Unauthenticated", "The access token is invalid")
    if request.path == "/users/me":
        return json_answer({"resource": _user(held["organization"])})
    collections = {"/webhook_subscriptions": _webhooks, "/scheduled_events": _events}
    if request.path not in collections:
        return _error(404, "Resource Not Found", "The server could not find the requested resource.")
    refused = _refusal(request, held["organization"])
    return refused or _page(request, collections[request.path](request, held))


def _refusal(request: Request, organization: str) -> Answer | None:
    if "organization" not in request.query:
        return _error(400, "Invalid Argument", "The supplied parameters are invalid.", parameter="organization")
    if request.query["organization"] != organization:
        return _error(403, "Permission Denied", "You do not have permission to access this resource.")
    return None


def _user(organization: str) -> Entry:
    return {
        "uri": f"{BASE}/users/NEFF",
        "name": "Neff Paving",
        "slug": "neff-paving",
        "email": "office@neffpaving.test",
        "timezone": "America/New_York",
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
        "current_organization": organization,
    }


def _webhooks(request: Request, held: Entry) -> list[Entry]:
    scope = request.query.get("scope", "organization")
    defaults = {"state": "active", "scope": "organization", "retry_started_at": None, "user": None, "creator": None}
    common = {**defaults, "organization": held["organization"], "created_at": LONG_AGO, "updated_at": LONG_AGO}
    webhooks = _numbered("webhook_subscriptions", held["webhooks"], common)
    return [webhook for webhook in webhooks if webhook["scope"] == scope]


def _events(request: Request, held: Entry) -> list[Entry]:
    """The scheduled events within the times and of the status that are asked for, sorted by their start."""
    asked = request.query
    common = {"name": "Site visit", "status": "active", "end_time": None, "created_at": LONG_AGO}
    events = [
        event
        for event in _numbered("scheduled_events", held["events"], common)
        if asked.get("status", event["status"]) == event["status"]
        and asked.get("min_start_time", "") <= event["start_time"] <= asked.get("max_start_time", "9")
    ]
    return sorted(events, key=lambda event: str(event["start_time"]), reverse=asked.get("sort") == "start_time:desc")


def _numbered(kind: str, entries: Sequence[Entry], common: Entry) -> list[Entry]:
    return [{"uri": f"{BASE}/{kind}/{number:08d}", **common, **entry} for number, entry in enumerate(entries, 1)]


def _page(request: Request, entries: Sequence[Entry]) -> Answer:
    """One page of a collection; the token of the next one is where it begins."""
    asked, token = request.query.get("count", "20"), request.query.get("page_token", "0")
    if not (asked.isdigit() and 1 <= int(asked) <= MOST):
        return _error(400, "Invalid Argument", "The supplied parameters are invalid.", parameter="count")
    if not token.isdigit():
        return _error(400, "Invalid Argument", "The supplied parameters are invalid.", parameter="page_token")
    begin, end = int(token), int(token) + int(asked)
    following = str(end) if end < len(entries) else None
    pagination = {
        "count": len(entries[begin:end]),
        "next_page": f"{BASE}{request.path}?page_token={following}" if following else None,
        "previous_page": None,
        "next_page_token": following,
        "previous_page_token": None,
    }
    return json_answer({"collection": entries[begin:end], "pagination": pagination})


def _error(status: int, title: str, message: str, parameter: str | None = None) -> Answer:
    details = [{"parameter": parameter, "message": "is missing or invalid"}] if parameter else []
    return json_answer({"title": title, "message": message, "details": details}, status)

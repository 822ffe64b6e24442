"""Fault injection for the website: what `site/switchboard.json` says is laid over what the site would answer.

The file is read for every request, so a switch acts at once and leaves no trace when it is taken back:

    {"rate_limit": 3, "sign_in_limit": 3, "limits_epoch": "forget all counts whenever this changes",
     "paths": {"/api/services": {"delay_s": 0.8, "late_body_s": 4, "status": 500, "body": "...",
               "body_base64": "...", "content_type": "text/html", "headers": {"Location": "/login", "ETag": null},
               "open": true, "unsigned": true, "stranger": {"status": 401}, "validated": {"status": 304}},
               "/api/projects": {"page": 20, "least": 1, "most": 50, "refuses": true}},
     "health": {"status": "degraded", "timestamp_shift_s": -3600, "services": {"calendly": "disconnected"}}}

A header set to null is taken away; "open" skips the authentication, "unsigned" the look at a token's signature; "stranger" holds only
for requests without a token, "validated" only for those with an ETag; "health" changes the body and not the status code. A list's length
is "page" when nobody says how long, at least "least" and at most "most"; it "refuses" what is beyond instead of cutting it down.
"""

import base64
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.wsgi import Answer, Handler, Request, iso

FILE = Path("site", "switchboard.json")
HEALTH = "/api/health"


@contextmanager
def flip(home: Path, **changes: Any) -> Iterator[None]:
    """Lay `changes` over the switches of the sandbox at `home`, mapping by mapping; the former text comes back after.

    `flip(home, rate_limit=3)`, `flip(home, paths={"/api/services": {"status": 500}})`.
    """
    file = home / FILE
    former = file.read_text() if file.exists() else None
    _put(file, json.dumps(_merged(read(home), changes), indent=1))
    try:
        yield
    finally:
        _put(file, former)


def read(home: Path) -> dict[str, Any]:
    """The switches that are set now: none when there is no file."""
    try:
        board = json.loads((home / FILE).read_text() or "{}")
    except FileNotFoundError:
        return {}
    if not isinstance(board, dict):
        raise TypeError(f"{home / FILE} must hold one JSON object; remove it to set every switch back")
    return board


def switched(home: Path, handler: Handler) -> Handler:
    """`handler` with the switches laid over it."""

    def answer(request: Request) -> Answer:
        board = read(home)
        switches = board.get("paths", {}).get(request.path, {})
        time.sleep(switches.get("delay_s", 0))
        if "authorization" not in request.headers:
            switches = {**switches, **switches.get("stranger", {})}
        if "if-none-match" in request.headers:
            switches = {**switches, **switches.get("validated", {})}
        real = handler(replace(request, switches=board))
        return _overlaid(_ailing(real, board) if request.path == HEALTH else real, switches)

    return answer


def is_open(request: Request) -> bool:
    """Whether the authentication of this path is switched off."""
    return bool(switches_of(request).get("open"))


def switches_of(request: Request) -> dict[str, Any]:
    """The switches that are set for this path."""
    found: dict[str, Any] = request.switches.get("paths", {}).get(request.path, {})
    return found


def _overlaid(answer: Answer, switches: Mapping[str, Any]) -> Answer:
    headers = {**answer.headers, **switches.get("headers", {})}
    return Answer(
        status=switches.get("status", answer.status),
        body=_body(answer, switches),
        content_type=switches.get("content_type", answer.content_type),
        headers={name: str(value) for name, value in headers.items() if value is not None},
        late_s=switches.get("late_body_s", 0),
    )


def _body(answer: Answer, switches: Mapping[str, Any]) -> bytes:
    if "body_base64" in switches:
        return base64.b64decode(switches["body_base64"])
    return switches["body"].encode() if "body" in switches else answer.body


def _ailing(answer: Answer, board: Mapping[str, Any]) -> Answer:
    """The health answer with its body changed as the switches say; a refusal (429) stays what it is."""
    changes = dict(board.get("health", {}))
    health = json.loads(answer.body)
    if not changes or "timestamp" not in health:
        return answer
    moment = datetime.fromisoformat(health["timestamp"]) + timedelta(seconds=changes.pop("timestamp_shift_s", 0))
    return replace(answer, body=json.dumps(_merged({**health, "timestamp": iso(moment)}, changes)).encode())


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` laid over `below`, mappings merged and everything else replaced."""
    both = {
        key: _merged(below[key], value) if isinstance(value, dict) and isinstance(below.get(key), dict) else value
        for key, value in above.items()
    }
    return {**below, **both}


def _put(file: Path, text: str | None) -> None:
    """Give the file this text in one step, or remove it."""
    if text is None:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}.new")
    draft.write_text(text)
    draft.replace(file)

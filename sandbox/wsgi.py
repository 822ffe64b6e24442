"""The little of HTTP that the sandbox's web applications share."""

import gzip
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

MOST_BODY = 65_536
LEAST_GZIP = 256
BODILESS = (204, 304)
HTML = "text/html; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True)
class Request:
    """One request. Header names are in lower case; `switches` is what fault injection asks for."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    address: str
    body: bytes
    switches: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """One answer; its body's second half is sent `late_s` seconds after the first."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    late_s: float = 0.0

    def plus(self, headers: Mapping[str, str]) -> "Answer":
        """This answer with more headers, which replace those of the same name."""
        return replace(self, headers={**self.headers, **headers})


Handler = Callable[[Request], Answer]


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """`value` as a JSON answer."""
    return Answer(status, json.dumps(value).encode(), JSON, headers or {})


def utc_now(shift_s: float = 0.0) -> str:
    """Now, shifted by seconds, like 2026-11-23T12:45:01.123Z."""
    return iso(datetime.fromtimestamp(time.time() + shift_s, UTC))


def iso(moment: datetime) -> str:
    """A moment like 2026-11-23T12:45:01.123Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def application(handler: Handler) -> WSGIApplication:
    """A WSGI application that answers as `handler` does."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = handler(_request(environ))
        described = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body))}
        headers = {**(described if answer.status not in BODILESS else {}), **answer.headers}
        start_response(f"{answer.status} {_phrase(answer.status)}", list(headers.items()))
        if environ["REQUEST_METHOD"] == "HEAD":
            return []
        return _late(answer) if answer.late_s else [answer.body]

    return serve


def compressed(handler: Handler) -> Handler:
    """Text answers gzip'd for clients that take it, unless the answer says how it is encoded."""

    def answer(request: Request) -> Answer:
        plain = handler(request)
        if plain.content_type.startswith("image/") or "Content-Encoding" in plain.headers:
            return plain
        varied = plain.plus({"Vary": ", ".join(filter(None, [plain.headers.get("Vary"), "Accept-Encoding"]))})
        if len(plain.body) < LEAST_GZIP or "gzip" not in request.headers.get("accept-encoding", ""):
            return varied
        return replace(varied.plus({"Content-Encoding": "gzip"}), body=_gzipped(plain.body))

    return answer


@lru_cache(maxsize=64)
def _gzipped(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)


def _request(environ: WSGIEnvironment) -> Request:
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    length = min(int(environ.get("CONTENT_LENGTH") or 0), MOST_BODY)
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        query=dict(parse_qsl(environ.get("QUERY_STRING", ""))),
        headers=headers,
        address=environ.get("REMOTE_ADDR", ""),
        body=environ["wsgi.input"].read(length) if length else b"",
    )


def _late(answer: Answer) -> Iterator[bytes]:
    half = len(answer.body) // 2
    yield answer.body[:half]
    time.sleep(answer.late_s)
    yield answer.body[half:]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Status"

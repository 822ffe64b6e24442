"""Who hears of what, when, and what happens when nobody can be reached."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from compliance import notifications
from compliance.estate import Notifications
from compliance.history_database import Database
from compliance.outbox import Message, Outbox
from compliance.secrets import Secret
from selftests.documents import HOSTILE, document, row
from selftests.running import ADMIN, ADMIN_IS_FINE, CHECKOUT, WEBSITE, Outcome, plain_environment, run_small, write_check

GREEN = "@check\ndef test_it(seen):\n    found = []\n    assert found == []"
RED = "@check\ndef test_it(seen):\n    found = ['index_a <!channel> @here https://evil.example password=hunter2']\n    assert found == []"
TOKEN = "t0ken-that-nobody-may-see"  # noqa: S105 - made up
NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


class Receiver(ThreadingHTTPServer):
    """A service that takes messages, refuses them or says nothing."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[dict[str, Any]] = []
        self.status, self.wait_s = 200, 0.0

    @property
    def url(self) -> str:
        """Its address as apprise writes it, with a secret in it."""
        return f"json://127.0.0.1:{self.server_port}/{TOKEN}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(self.server.wait_s)
        if self.server.status == 200:
            self.server.taken.append(body)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A local service."""
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def project(checks: Path) -> Path:
    """A project whose estate sends messages of each level to an address in the environment."""
    path = checks / "estate" / "estate.toml"
    levels = "".join(f'{level} = {{ env = "NEFF_NOTIFY_{level.upper()}" }}\n' for level in notifications.LEVELS)
    path.write_text(path.read_text().replace("[site]", f'[notifications]\n{levels}digest = "00:00"\n\n[site]', 1))
    (checks / "tests_daily" / "test_admin.py").write_text(ADMIN_IS_FINE)
    return checks


def _addresses(url: str) -> dict[str, str]:
    return {f"NEFF_NOTIFY_{level.upper()}": url for level in notifications.LEVELS}


def _severity(project: Path, level: str) -> None:
    """The requirement that the checks answer gets this severity, whatever the guide says."""
    text = "\n\ndef pytest_configure(config):\n    run = config.stash.get(RUN, None)\n    if run is not None:\n"
    text += f"        object.__setattr__(run.guide.requirements[{WEBSITE!r}], 'severity', {level!r})\n"
    (project / "conftest.py").write_text((project / "conftest.py").read_text() + text)


def _run(project: Path, body: str, url: str) -> Outcome:
    write_check(project, body)
    return run_small(project, environment=_addresses(url))


def _notify(project: Path, url: str) -> tuple[int, str]:
    argv = [sys.executable, "-m", "compliance", "notify", f"--estate={project / 'estate'}", f"--reports={project / 'reports'}"]
    environment = {**plain_environment(), **_addresses(url)}
    done = subprocess.run(argv, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_a_critical_change_is_sent_with_the_run_and_only_once(project: Path, receiver: Receiver) -> None:
    _severity(project, "critical")
    counts = []
    for body in (GREEN, RED, RED, GREEN, GREEN):
        outcome = _run(project, body, receiver.url)
        counts.append(len(receiver.taken))

    assert counts == [0, 1, 1, 2, 2], outcome.said
    worse, mended = (taken["message"] for taken in receiver.taken)
    assert worse.startswith(f"worse: {WEBSITE} (met to not met, red since ")
    assert mended.startswith(f"mended: {WEBSITE} (not met to met)")
    assert receiver.taken[0]["title"] == "CRITICAL: 1 changes in the compliance of small.example"
    assert _notify(project, receiver.url) == (0, "small: messages that wait: none\n")


def test_a_warning_waits_for_the_next_notify(project: Path, receiver: Receiver) -> None:
    _severity(project, "warning")
    _run(project, GREEN, receiver.url)
    _run(project, RED, receiver.url)

    assert receiver.taken == []
    assert _notify(project, receiver.url)[0] == 0
    assert [taken["title"].split(":")[0] for taken in receiver.taken] == ["WARNING"]
    assert _notify(project, receiver.url)[0] == 0
    assert len(receiver.taken) == 1


def test_a_first_run_tells_what_is_red_and_a_part_of_a_run_tells_nothing(project: Path, receiver: Receiver) -> None:
    _severity(project, "critical")
    write_check(project, RED)
    run_small(project, "-k", "test_it", environment=_addresses(receiver.url))
    assert receiver.taken == []
    _run(project, RED, receiver.url)

    assert [taken["message"].partition(":")[0] for taken in receiver.taken] == ["red from the start"]


def test_what_is_sent_calls_nobody_links_nowhere_and_tells_no_secret(project: Path, receiver: Receiver) -> None:
    _severity(project, "critical")
    _run(project, RED, receiver.url)
    text = receiver.taken[0]["message"]

    assert "index" in text
    assert not re.search(r"[<>@]|://|hunter2", text)


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_made_harmless(text: str) -> None:
    (message,) = notifications.messages(document(row("daily.a.b", "not met", reason=text)) | {"changes": _FIRST})

    assert not re.search(r"[<>@`|*\[\]\n\x1b\0\u202e\u2066\ufeff]|://", message.text)
    assert len(message.text) <= 1_300


_FIRST: dict[str, Any] = {"previous": None, "finished": None}
_FIRST |= {kind: [] for kind in ("regressed", "no_longer_assessable", "new", "fixed", "otherwise", "gone")}


def _refuse(receiver: Receiver) -> str:
    receiver.status = 500
    return receiver.url


def _nobody(receiver: Receiver) -> str:
    return f"json://127.0.0.1:1/{TOKEN}"


def _no_address(receiver: Receiver) -> str:
    return f"nothing-known://{TOKEN}"


@pytest.mark.parametrize("trouble", [_refuse, _nobody, _no_address])
def test_what_cannot_be_sent_is_said_kept_on_record_and_tried_again(project: Path, receiver: Receiver, trouble: Any) -> None:
    _severity(project, "critical")
    url = trouble(receiver)
    outcome = _run(project, RED, url)

    assert (outcome.exit_code, outcome.table[WEBSITE], outcome.table[ADMIN]) == (1, "not met", "met")
    assert "WARNING: 1 critical messages were not sent, and will be tried again" in outcome.said
    assert outcome.folder is not None
    assert "were not sent" in (outcome.folder / "notices.json").read_text()
    assert "notices.json" in json.loads((outcome.folder / "manifest.json").read_text())["files"]
    everything = [outcome.said, *(path.read_text(errors="replace") for path in outcome.folder.iterdir())]
    assert not [text for text in everything if TOKEN in text]
    code, said = _notify(project, url)
    assert (code, "1 critical" in said, TOKEN in said) == (3, True, False)
    receiver.status = 200
    assert "WARNING" not in _run(project, RED, receiver.url).said
    assert [taken["message"].partition(":")[0] for taken in receiver.taken] == ["red from the start"]


def test_an_address_that_is_not_given_is_said(project: Path) -> None:
    _severity(project, "critical")
    write_check(project, RED)
    outcome = run_small(project)

    assert "the environment variable NEFF_NOTIFY_CRITICAL is not set" in outcome.said


def test_a_service_that_hangs_does_not_hold_up(receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver.wait_s = 3.0
    monkeypatch.setattr(notifications, "SECONDS", 0.3)
    (tmp_path / "url").write_text(receiver.url)
    began = time.monotonic()
    error = notifications.send(_estate(tmp_path), "critical", [Message("critical", "daily.a.b", "worse", "run", "now")])

    assert error == "the service did not answer within 0.3 s"
    assert time.monotonic() - began < 2.5


def test_without_a_database_messages_of_every_level_are_sent_at_once(project: Path, receiver: Receiver) -> None:
    _severity(project, "information")
    write_check(project, RED)
    down = {"NEFF_HISTORY_URL": "postgresql://x:y1234567@127.0.0.1:1/z"}
    outcome = run_small(project, environment={**_addresses(receiver.url), **down})

    assert (outcome.exit_code, len(receiver.taken)) == (1, 1)


class _Estate:
    name, system, sandbox = "small", "small.example", False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        address = Secret(file="url")
        self.notifications = Notifications(critical=address, warning=address, information=address, digest="07:00")


def _estate(folder: Path) -> Any:
    return _Estate(folder)


@pytest.mark.parametrize(
    ("raised", "now", "due"),
    [
        (timedelta(hours=-6), timedelta(), True),
        (timedelta(hours=-4), timedelta(), False),
        (timedelta(hours=-4), timedelta(hours=18), False),
        (timedelta(hours=-4), timedelta(hours=20), True),
    ],
)
def test_information_waits_for_the_hour_of_the_digest(raised: timedelta, now: timedelta, due: bool) -> None:
    assert (NOW + raised <= notifications.due("information", "07:00", NOW + now)) is due
    assert notifications.due("warning", "07:00", NOW) == notifications.due("critical", "07:00", NOW) == NOW


def test_a_digest_is_one_message(receiver: Receiver, tmp_path: Path) -> None:
    (tmp_path / "url").write_text(receiver.url)
    outbox = Outbox(Database(f"sqlite:///{tmp_path / 'h.sqlite'}", tmp_path).engine, "small", "small.example")
    outbox.add(Message("information", f"daily.a.n{n}", f"worse: daily.a.n{n}", "run", NOW.isoformat()) for n in range(40))
    troubles = [*notifications.deliver(_estate(tmp_path), outbox, notifications.LEVELS, NOW + timedelta(days=1))]

    assert (troubles, len(receiver.taken), outbox.waiting()) == ([], 1, {})
    assert "and 10 more" in receiver.taken[0]["message"]


def test_two_that_send_at_once_send_each_message_once(receiver: Receiver, tmp_path: Path) -> None:
    (tmp_path / "url").write_text(receiver.url)
    engine = Database(f"sqlite:///{tmp_path / 'h.sqlite'}", tmp_path).engine
    Outbox(engine, "small", "small.example").add([Message("warning", "daily.a.b", "worse", "run", NOW.isoformat())])
    Outbox(engine, "other", "small.example").add([Message("warning", "daily.a.b", "of another estate", "run", NOW.isoformat())])

    def attempt() -> None:
        outbox = Outbox(engine, "small", "small.example")
        assert [*notifications.deliver(_estate(tmp_path), outbox, notifications.LEVELS, NOW + timedelta(days=1))] == []

    at_once = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in at_once:
        thread.start()
    for thread in at_once:
        thread.join(30)

    assert [taken["message"].partition("\n")[0] for taken in receiver.taken] == ["worse"]


class _Mailbox:
    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        self.mails.append(envelope.content)
        return "250 OK"


def test_mail_arrives_as_text_whatever_is_in_it(tmp_path: Path) -> None:
    box = _Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        (tmp_path / "url").write_text(f"mailto://127.0.0.1:{port}/?from=suite@example.com&to=dana@example.com&smtp=127.0.0.1&mode=insecure")
        text = notifications.harmless("worse: <script>alert(1)</script> <img src=x onerror=y> a@b.example")
        error = notifications.send(_estate(tmp_path), "critical", [Message("critical", "daily.a.b", text, "run", "now")])
    finally:
        server.stop()

    assert error is None
    mail = message_from_bytes(box.mails[0], policy=policy.default)
    body = mail.get_body(("html", "plain"))
    assert mail["Subject"] == "CRITICAL: 1 changes in the compliance of small.example"
    assert body is not None
    assert "worse: ‹script›" in body.get_content()
    assert "<script" not in body.get_content()

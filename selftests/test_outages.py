"""Parts of the system stopped one at a time: red by the rule of an answer or none, in time, and nothing green unseen."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from sandbox.faults.tools import estate_edited, moved_away, stopped
from sandbox.house import Sandbox
from selftests.running import Outcome, Suite

SITE = ["daily.health.api", "daily.response-time.website", "daily.response-time.admin", "daily.response-time.api"]


def _green_without_looking(outcome: Outcome) -> list[str]:
    """Rows that are met although nothing was looked at, or nothing was measured, or nothing asserted."""
    met = [row for row in outcome.record["requirements"] if row["verdict"] == "met"]
    return [row["id"] for row in met for check in row["checks"] if not (_seen(check) and check["assertions"])]


def _seen(check: dict[str, list[dict[str, object]]]) -> bool:
    looked = [o for o in check["observations"] if o.get("looked_at") and o.get("value") is not None]
    return bool(looked) and all(o.get("query") and o.get("at") and o.get("source") for o in looked)


def test_every_met_row_shows_what_was_looked_at_when_and_the_value(healthy: Outcome) -> None:
    assert _green_without_looking(healthy) == []


def test_everything_stopped_at_once_ends_in_time_with_nothing_met_unseen(sandbox: Sandbox, suite: Suite, healthy: Outcome) -> None:
    started = time.monotonic()
    with ExitStack() as down:
        for service in sandbox.services:
            down.enter_context(stopped(sandbox, service))
        down.enter_context(moved_away(sandbox.home / "logs"))
        down.enter_context(sandbox.database_down())
        outcome = suite.run()

    assert time.monotonic() - started < 60
    assert _green_without_looking(outcome) == []
    assert {name for name, verdict in outcome.table.items() if verdict == "met"} == {
        "daily.backup.exists",
        "daily.backup.size",
        "daily.backup.integrity",
        "daily.incidents.reported",
    }


@contextmanager
def _answers_nothing() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    held: list[socket.socket] = []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        threading.Thread(target=_hold, args=(server, held), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    for connection in held:
        connection.close()


def _hold(server: socket.socket, held: list[socket.socket]) -> None:
    while True:
        try:
            held.append(server.accept()[0])
        except OSError:
            return


def test_a_site_that_takes_connections_and_says_nothing_answered_badly(sandbox: Sandbox, suite: Suite) -> None:
    with _answers_nothing() as port, estate_edited(sandbox, (f"127.0.0.1:{sandbox.ports.site}", f"127.0.0.1:{port}")):
        started = time.monotonic()
        outcome = suite.run("-n", "4")

    assert time.monotonic() - started < 60
    assert [outcome.table[name] for name in SITE] == ["not met"] * 4, outcome.reasons(dict.fromkeys(SITE))


def test_an_address_that_nobody_has_cannot_be_assessed(sandbox: Sandbox, suite: Suite) -> None:
    with estate_edited(sandbox, (f"https://127.0.0.1:{sandbox.ports.site}", "https://site.invalid")):
        outcome = suite.run()

    assert [outcome.table[name] for name in SITE] == ["not assessed"] * 4, outcome.reasons(dict.fromkeys(SITE))


def test_a_certificate_that_nobody_signed_is_an_answer(sandbox: Sandbox, suite: Suite) -> None:
    with moved_away(sandbox.home / "tls" / "ca.pem"):
        shutil.copy2(sandbox.home / "tls" / "server.key", sandbox.home / "tls" / "ca.pem")
        openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other", "-days", "3"]
        if shutil.which("openssl") is None:
            pytest.skip("openssl makes the other certificate authority: apt-get install openssl")
        _other_authority(openssl, sandbox.home / "tls" / "ca.pem")
        outcome = suite.run()

    assert [outcome.table[name] for name in SITE] == ["not met"] * 4, outcome.reasons(dict.fromkeys(SITE))
    assert "TLS failed" in outcome.row("daily.response-time.website")["reason"]


def _other_authority(openssl: list[str], path: Path) -> None:
    subprocess.run([*openssl, "-keyout", "/dev/null", "-out", str(path)], check=True, capture_output=True, timeout=30)

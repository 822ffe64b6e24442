"""A server that takes a connection and says nothing has answered: nobody would get more from it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from compliance.errors import CouldNotLook
from compliance.estate import Mail
from fixtures import browser_trust, certificates
from fixtures.alerts import mail_session

AGREES_AND_HANGS = (b"220 here\r\n", b"250-here\r\n250 STARTTLS\r\n", b"220 go on\r\n")


@pytest.fixture
def hung() -> Iterator[int]:
    """The port of a process that hangs: the kernel takes connections for it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def agreeing() -> Iterator[int]:
    """The port of a mail server that agrees to encrypt, and says nothing more."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []

        def serve() -> None:
            taken.append(server.accept()[0])
            for said in AGREES_AND_HANGS:
                taken[0].sendall(said)
                taken[0].recv(200)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)
        for connection in taken:
            connection.close()


def test_a_certificate_that_is_never_shown_is_an_answer(hung: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "SECONDS", 0.3)

    assert "no answer came in time" in str(certificates._wrong("127.0.0.1", hung, False, ssl.create_default_context()))


def test_mail_that_is_never_encrypted_is_an_answer(agreeing: int) -> None:
    session = mail_session(Mail(host="127.0.0.1", port=agreeing), ssl.create_default_context(), 1)

    assert (session.encrypted, "no answer came in time" in str(session.error)) == (False, True)


def test_a_browser_is_told_no_key_and_sees_for_itself(hung: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(browser_trust, "USUAL", type("Soon", (), {"connect_s": 0.3}))
    authority = tmp_path / "authority.pem"
    authority.write_text(ssl.DER_cert_to_PEM_cert(b""))
    monkeypatch.setattr(ssl, "create_default_context", lambda cafile: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    assert browser_trust.trusted_keys([f"https://127.0.0.1:{hung}/"], authority) == []


def test_a_name_that_is_none_may_be_our_own_network() -> None:
    with pytest.raises(CouldNotLook):
        certificates._wrong("nowhere.invalid", 443, False, ssl.create_default_context())

"""Certificates as a visitor meets them. The broken ones are shown at an address of their own, which the estate lists for a while."""

from __future__ import annotations

import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sandbox import certificates
from sandbox.faults import fault
from sandbox.faults.tools import estate_edited
from sandbox.house import Sandbox
from sandbox.services import CIPHERS, CURVE, WEAKER_TLS
from sandbox.switchboard import flip

EXPIRY, TLS = "monthly.certificates.expiry", "quarterly.security.tls"
SHOWN = [EXPIRY, TLS]
FIRST = b"-----END CERTIFICATE-----\n"


@contextmanager
def _shown(sandbox: Sandbox, folder: Path, ciphers: str = CIPHERS) -> Iterator[None]:
    """One more address of the estate, which shows the certificate in this folder."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_ciphers(ciphers)
    context.set_ecdh_curve(CURVE)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        thread = threading.Thread(target=_shake_hands, args=(server, context), daemon=True)
        thread.start()
        also = f'[certificates]\nalso = ["127.0.0.1:{server.getsockname()[1]}"]'
        try:
            with estate_edited(sandbox, ("[certificates]", also)):
                yield
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _shake_hands(server: socket.socket, context: ssl.SSLContext) -> None:
    with suppress(OSError):
        while True:
            client, _ = server.accept()
            client.settimeout(2)
            with suppress(OSError), client, context.wrap_socket(client, server_side=True) as secure:
                secure.recv(1)


@contextmanager
def _below_an_intermediate(sandbox: Sandbox, *, intermediate_days: float = 3650) -> Iterator[Path]:
    """A folder with a certificate that an authority below the sandbox's own has signed."""
    with tempfile.TemporaryDirectory(prefix="neff-certificate-") as name:
        certificates.make_intermediate(sandbox.home / "tls", Path(name), days=intermediate_days)
        certificates.issue(Path(name))
        yield Path(name)


@fault(harmless=SHOWN)
def certificate_below_an_intermediate(sandbox: Sandbox) -> Iterator[None]:
    """A certificate is shown with the intermediate that has signed it."""
    with _below_an_intermediate(sandbox) as folder, _shown(sandbox, folder):
        yield


@fault(not_met=SHOWN)
def intermediate_missing(sandbox: Sandbox) -> Iterator[None]:
    """A certificate is shown without the intermediate that has signed it: telephones refuse it."""
    with _below_an_intermediate(sandbox) as folder:
        whole = (folder / "server.pem").read_bytes()
        (folder / "server.pem").write_bytes(whole.partition(FIRST)[0] + FIRST)
        with _shown(sandbox, folder):
            yield


@fault(not_met=SHOWN)
def intermediate_with_10_days(sandbox: Sandbox) -> Iterator[None]:
    """The certificate is good for a year, the intermediate that it is shown with for ten days."""
    with _below_an_intermediate(sandbox, intermediate_days=10) as folder, _shown(sandbox, folder):
        yield


@fault(not_met=SHOWN)
def certificate_expired(sandbox: Sandbox) -> Iterator[None]:
    """A certificate ended yesterday."""
    with _below_an_intermediate(sandbox) as folder:
        certificates.issue(folder, days=-1)
        with _shown(sandbox, folder):
            yield


@fault(not_met=SHOWN)
def certificate_of_another_name(sandbox: Sandbox) -> Iterator[None]:
    """A certificate is sound, and for another name than the one it is served under."""
    with _below_an_intermediate(sandbox) as folder:
        certificates.issue(folder, names=("shop.neffpaving.example",))
        with _shown(sandbox, folder):
            yield


@fault(not_met=SHOWN)
def certificate_of_an_unknown_authority(sandbox: Sandbox) -> Iterator[None]:
    """A certificate that somebody signed who nobody trusts."""
    with _below_an_intermediate(sandbox) as folder:
        certificates.make_authority(folder)
        certificates.issue(folder)
        with _shown(sandbox, folder):
            yield


@fault(not_met=SHOWN)
def certificate_with_10_days(sandbox: Sandbox) -> Iterator[None]:
    """The site's own certificate has ten days left; visitors notice nothing yet."""
    folder = sandbox.home / "tls"
    kept = {path: path.read_bytes() for path in (folder / "server.pem", folder / "server.key")}
    certificates.issue(folder, days=10)
    try:
        yield
    finally:
        for path, content in kept.items():
            path.write_bytes(content)


@fault(not_assessed=SHOWN)
def certificate_of_a_host_without_a_name(sandbox: Sandbox) -> Iterator[None]:
    """One of the addresses has no name in the DNS: what it would show nobody can tell."""
    with estate_edited(sandbox, ("[certificates]", '[certificates]\nalso = ["shop.invalid:443"]')):
        yield


@fault(not_met=SHOWN)
def key_of_1024_bits(sandbox: Sandbox) -> Iterator[None]:
    """A certificate is sound but for its key, RSA of 1024 bits: careful clients refuse it."""
    with _below_an_intermediate(sandbox) as folder:
        certificates.issue(folder, rsa_bits=1024)
        with _shown(sandbox, folder, "ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"):
            yield


@contextmanager
def _weaker(sandbox: Sandbox, oldest: str, ciphers: str) -> Iterator[None]:
    """Site and status page also agree on less; who asks for the best notices nothing."""
    path = sandbox.home / WEAKER_TLS
    path.write_text(f"{oldest} {ciphers}")
    try:
        yield
    finally:
        path.unlink()


@fault(not_met=TLS)
def old_tls_allowed(sandbox: Sandbox) -> Iterator[None]:
    """The servers also speak TLS 1.0."""
    with _weaker(sandbox, "TLSv1", f"{CIPHERS}:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"):
        yield


@fault(not_met=TLS)
def weak_cipher_allowed(sandbox: Sandbox) -> Iterator[None]:
    """The servers also agree on a cipher that does not authenticate what it encrypts."""
    with _weaker(sandbox, "TLSv1_2", f"{CIPHERS}:ECDHE-ECDSA-AES128-SHA"):
        yield


@fault(not_met=TLS)
def hsts_missing(sandbox: Sandbox) -> Iterator[None]:
    """The site no longer tells browsers to come back over HTTPS only."""
    with flip(sandbox.home, paths={"/": {"headers": {"Strict-Transport-Security": None}}}):
        yield


@fault(not_met=TLS)
def hsts_misspelt(sandbox: Sandbox) -> Iterator[None]:
    """The HSTS header holds no directive that a browser knows."""
    with flip(sandbox.home, paths={"/": {"headers": {"Strict-Transport-Security": "xmax-age=63072000"}}}):
        yield


@fault(not_met=TLS)
def hsts_for_a_day(sandbox: Sandbox) -> Iterator[None]:
    """The HSTS header holds for a day."""
    with flip(sandbox.home, paths={"/": {"headers": {"Strict-Transport-Security": "max-age=86400"}}}):
        yield

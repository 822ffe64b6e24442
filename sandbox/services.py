"""The six servers of the sandbox beside its database, started together.

gunicorn reads this module too, as its configuration file: `ssl_context` is a name that it looks for.
"""

import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sandbox.processes import Process, listening

ROOT = Path(__file__).parents[1]
START_S = 15.0
# nginx's `combined` with $request_time at its end.
LOG_FORMAT = '%(h)s - %(u)s %(t)s "%(r)s" %(s)s %(B)s "%(f)s" "%(a)s" %(L)s'
# Mozilla's intermediate profile, for a certificate with an elliptic curve.
CIPHERS = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305"
CURVE = "prime256v1"
# The oldest protocol and the ciphers that the servers also agree on while this file is there.
WEAKER_TLS = Path("tls", "weaker")
# Where does mail to neffpaving.example go?
MAIL_QUESTION = b"\0\1\1\0\0\1\0\0\0\0\0\0\x0aneffpaving\7example\0\0\x0f\0\1"
INHERITED = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR")


@dataclass(frozen=True)
class Ports:
    """The ports of one sandbox, all on 127.0.0.1; names are asked over UDP, all else over TCP."""

    site: int
    status: int
    bookings: int
    payments: int
    mail: int
    postgres: int
    names: int
    standby: int = 0


def services(home: Path, ports: Ports) -> dict[str, Process]:
    """The servers of the sandbox at `home`, not started; their output and .pid files are in `home`/run."""
    access_log = ["--access-logfile", str(home / "logs" / "access.log"), "--access-logformat", LOG_FORMAT]
    commands = {
        "site": _gunicorn("sandbox.site:application()", ports.site, 8, [*_tls(home), *access_log]),
        "status": _gunicorn("sandbox.status:application()", ports.status, 2, _tls(home)),
        "bookings": _gunicorn("sandbox.bookings:application()", ports.bookings, 2, []),
        "payments": [sys.executable, "-m", "sandbox.payments", str(ports.payments)],
        "mail": [sys.executable, "-m", "sandbox.mail", str(ports.mail), str(home)],
        "names": [sys.executable, "-m", "sandbox.names", str(ports.names)],
    }
    ready: Mapping[str, Callable[[], bool]] = {
        # gunicorn listens before its worker can answer, so ask for something and wait for the first byte.
        "site": partial(_answers, ports.site, tls=True),
        "status": partial(_answers, ports.status, tls=True),
        "bookings": partial(_answers, ports.bookings, tls=False),
        "payments": partial(listening, ports.payments),
        "mail": partial(listening, ports.mail),
        "names": partial(_names_are_known, ports.names),
    }
    return {name: _process(name, argv, home, getattr(ports, name), ready[name]) for name, argv in commands.items()}


def start_all(services: Mapping[str, Process], home: Path) -> None:
    """Start the servers together and return when all answer; ProcessError, with none left, when one does not.

    Those that run already are left alone.
    """
    (home / "logs").mkdir(parents=True, exist_ok=True)
    started = [process for process in services.values() if not process.running]
    try:
        for process in started:
            process.start()
        for process in started:
            process.wait_until(process.ready, START_S)
    except BaseException:
        for process in started:
            process.kill()
        raise


def stop_all(services: Mapping[str, Process]) -> None:
    """Stop the servers together and return when none is left."""
    for process in services.values():
        process.request_stop()
    for process in services.values():
        process.stop()


def ssl_context(_config: Any, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """gunicorn's hook: its context with the one curve that every profile allows, and what a fault allows beside."""
    context = default()
    context.set_ecdh_curve(CURVE)
    weaker = Path(os.environ["SANDBOX_HOME"]) / WEAKER_TLS
    if weaker.exists():
        oldest, ciphers = weaker.read_text().split()
        context.set_ciphers(ciphers)
        context.minimum_version = ssl.TLSVersion[oldest]
    return context


def _process(name: str, argv: list[str], home: Path, port: int, ready: Callable[[], bool]) -> Process:
    kept = {key: os.environ[key] for key in INHERITED if key in os.environ}
    path = os.pathsep.join(filter(None, [str(ROOT), kept.get("PYTHONPATH")]))
    env = {**kept, "PYTHONPATH": path, "SANDBOX_HOME": str(home), "HOME": str(home), "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    # gunicorn's SIGTERM waits for kept-alive connections, its SIGQUIT does not.
    stop = signal.SIGQUIT if "gunicorn" in argv else signal.SIGTERM
    log = home / "run" / f"{name}.log"
    return Process(name, argv, env, ROOT, log, stop_signal=stop, death_signal=stop, port=port, ready=ready)


def _gunicorn(app: str, port: int, threads: int, options: list[str]) -> list[str]:
    server = [sys.executable, "-m", "gunicorn", "--config", "python:sandbox.services", "--bind", f"127.0.0.1:{port}"]
    worker = ["--worker-class", "gthread", "--workers", "1", "--threads", str(threads), "--keep-alive", "5"]
    quiet = ["--graceful-timeout", "1", "--log-level", "warning", "--no-control-socket"]
    return [*server, *worker, *quiet, *options, app]


def _tls(home: Path) -> list[str]:
    files = ["--certfile", str(home / "tls" / "server.pem"), "--keyfile", str(home / "tls" / "server.key")]
    return [*files, "--ciphers", CIPHERS]


def _answers(port: int, *, tls: bool) -> bool:
    """Whether a gunicorn worker speaks: a TLS handshake, or any answer to a request that nothing logs."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=START_S) as plain:
        if not tls:
            plain.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return bool(plain.recv(1))
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(plain):
            return True
    return False


def _names_are_known(port: int) -> bool:
    """Whether the DNS server answers."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.2)
        client.connect(("127.0.0.1", port))
        client.send(MAIL_QUESTION)
        return bool(client.recv(512))
    return False

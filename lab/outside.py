"""What lies outside of the machine: payments, bookings and the mail relay. Stand-ins, as in the sandbox, on this machine."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from lab import database
from lab.machine import Machine
from sandbox.estate_files import CALLBACK, ORGANIZATION
from sandbox.processes import free_port
from sandbox.services import Ports, services, start_all, stop_all

KINDS = ("payments", "bookings", "mail", "names")
NEWEST = "SELECT calendly_event, created_at FROM appointments WHERE calendly_event IS NOT NULL ORDER BY created_at DESC LIMIT 20"


@contextmanager
def standing(machine: Machine) -> Iterator[Ports]:
    """The stand-ins, up until the end; the ports that they listen on."""
    home = machine.place.home
    _write_secrets(home / "secrets", machine.root)
    _write_bookings(home, machine)
    ports = Ports(*(free_port() for _ in range(7)))
    servers = {name: process for name, process in services(home, ports).items() if name in KINDS}
    try:
        start_all(servers, home)
        yield ports
    finally:
        stop_all(servers)


def _write_secrets(folder: Path, root: Path) -> None:
    """What the suite may know, in files that nobody else can read."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for name in ("neff_monitor", "compliance"):
        _write(folder / name, (root / database.SECRETS / name).read_text())
    _write(folder / "payments", f"sk_test_{secrets.token_hex(12)}")
    _write(folder / "bookings", secrets.token_urlsafe(24))


def _write_bookings(home: Path, machine: Machine) -> None:
    """The booking service's side of the newest appointments."""
    with closing(database.connect(machine, "neff_admin")) as connection:
        newest = connection.execute(NEWEST).fetchall()
    common = {"name": "Site visit", "status": "active"}
    events = [{**common, "uri": uri, "start_time": at.isoformat(), "created_at": at.isoformat()} for uri, at in newest]
    webhook = {"callback_url": CALLBACK, "state": "active", "events": ["invitee.created", "invitee.canceled"], "retry_started_at": None}
    token = (home / "secrets" / "bookings").read_text()
    held = {"token": token, "organization": ORGANIZATION, "webhooks": [webhook], "events": events}
    (home / "bookings").mkdir(exist_ok=True)
    _write(home / "bookings" / "bookings.json", json.dumps(held, indent=1))


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)

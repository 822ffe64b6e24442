"""The certificate that the machine shows to who comes by its address, and the authorities to trust."""

from __future__ import annotations

import shutil
from pathlib import Path

from sandbox import certificates

NAME = "neffpaving.test"


def issue(folder: Path, address: str, target: Path) -> None:
    """Makes an authority in `folder`, and in `target` a certificate of its for this address: an ACME one cannot name it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    certificates.make_authority(folder)
    certificates.issue(folder, names=(address, "127.0.0.1", "localhost", NAME))
    target.mkdir(parents=True, exist_ok=True)
    for name in ("server.pem", "server.key"):
        shutil.copy(folder / name, target)


def trust(folder: Path, machine_root: Path) -> None:
    """Writes `folder`/trust.pem: our authority, and the root that the local ACME server signed certbot's certificates by."""
    roots = [folder / "ca.pem", machine_root / "etc/pebble/root.pem"]
    (folder / "trust.pem").write_text("".join(root.read_text() for root in roots if root.exists()))

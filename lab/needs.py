"""What the lab needs of the machine around it: root, Debian 12 and a few of Debian's packages, all named here."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from lab.commands import LabError, run
from lab.progress import step

SUITE = "bookworm"
# The command that must be there, and the package that brings it.
PACKAGES = {
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "ip": "iproute2",
    "ssh": "openssh-client",
    "mkfs.ext4": "e2fsprogs",
    "npm": "npm",
}


def why_not() -> str | None:
    """Why the lab cannot be brought up on this machine, or None when it can."""
    if not sys.platform.startswith("linux"):
        return "the lab needs Linux"
    if os.geteuid() != 0:
        return "the lab needs root: it mounts, and boots a machine with an address of its own"
    release = Path("/etc/os-release")
    if not release.exists() or f"VERSION_CODENAME={SUITE}" not in release.read_text().replace('"', ""):
        return "the lab is made of Debian 12's packages and needs a Debian 12 around it, whose package sources it uses"
    return None


def install() -> None:
    """Installs the packages that are missing. Raises LabError where the lab cannot be."""
    reason = why_not()
    if reason:
        raise LabError(reason)
    missing = sorted({package for command, package in PACKAGES.items() if not shutil.which(command)})
    if not missing:
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with step(f"installing {', '.join(missing)}"):
        run("apt-get", "update", "--quiet", seconds=120, env=quiet)
        run("apt-get", "install", "--yes", "--no-install-recommends", *missing, seconds=300, env=quiet)

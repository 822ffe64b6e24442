"""Who looked, from where: the account, the commit of the checks, the clock."""

from __future__ import annotations

import getpass
import os
import subprocess
from pathlib import Path
from typing import Any


def account() -> str:
    """The name of the account that runs this, or its number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def commit(folder: Path) -> tuple[str | None, bool | None]:
    """The commit of the checkout and whether it was changed since; (None, None) outside a checkout."""
    try:
        git = ["git", "-C", str(folder)]
        head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=True)
        status = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return None, None
    return head.stdout.strip(), bool(status.stdout.strip())


def clock() -> dict[str, Any]:
    """Whether the kernel says the clock is disciplined by a time source; `synchronised` is None when nobody can tell."""
    try:
        said = subprocess.run(["timedatectl", "show", "-p", "NTPSynchronized"], capture_output=True, text=True, timeout=3, check=True)
        synchronised = {"NTPSynchronized=yes": True, "NTPSynchronized=no": False}.get(said.stdout.strip())
    except (OSError, subprocess.SubprocessError):
        synchronised = None
    return {"source": "system clock, UTC", "synchronised": synchronised}

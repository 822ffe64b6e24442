"""What the lab's machine is made of, and a digest that changes with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
MACHINE = HERE / "machine"
SANDBOX = HERE.parent / "sandbox"
WRAPPER = HERE.parent / "wrapper" / "neff-backup"
NODE = ("srv/neff", "opt/node-tools")
PACKAGES = [
    "systemd",
    "systemd-sysv",
    "dbus",
    "udev",
    "openssh-server",
    "iproute2",
    "e2fsprogs",
    "smartmontools",
    "procps",
    "curl",
    "less",
    "sudo",
    "ca-certificates",
    "openssl",
    "tzdata",
    "nginx",
    "postgresql-15",
    "python3-psycopg2",
    "nodejs",
    "logrotate",
    "sysstat",
    "cron",
    "rsyslog",
    "unattended-upgrades",
    "needrestart",
    "systemd-journal-remote",
    "faketime",
    "certbot",
    "pebble",
    "prometheus",
    "prometheus-blackbox-exporter",
    "prometheus-node-exporter",
    "prometheus-alertmanager",
]
# No recommended packages, no documentation, no translations, and no waiting for the disk.
APT = ('Apt::Install-Recommends "false"', 'Acquire::Languages "none"', 'Acquire::Check-Valid-Until "false"', 'Acquire::Check-Date "false"')
LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*")


def of_packages() -> str:
    """Changes with the packages of Debian and npm."""
    locks = [MACHINE / folder / name for folder in NODE for name in ("package.json", "package-lock.json")]
    return _digest([HERE / "base.py", HERE / "recipe.py", *locks])


def of_machine() -> str:
    """Changes with anything else that the image is made of."""
    files = [WRAPPER]
    files += sorted(path for path in MACHINE.rglob("*") if path.is_file() and "node_modules" not in path.parts)
    data = [SANDBOX / name for name in ("schema.sql", "seed.sql", "present.sql", "cluster.py", "epoch.py")]
    return _digest([*files, *data, *sorted((SANDBOX / "assets").iterdir()), HERE / "furnish.py", HERE / "database.py"], of_packages())


def _digest(files: Iterable[Path], begin: str = "") -> str:
    summed = hashlib.sha256(begin.encode())
    for file in files:
        summed.update(f"{file.relative_to(HERE.parent)} {file.stat().st_mode & 0o100}\0".encode())
        summed.update(file.read_bytes())
    return summed.hexdigest()[:16]

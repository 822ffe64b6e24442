"""The upper layer of the image: everything configured, the data in place. Made by booting the machine once."""

from __future__ import annotations

import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path

from lab import backups, certificates, database, layers, recipe
from lab.commands import run
from lab.machine import Machine
from lab.place import lease
from lab.progress import step
from sandbox.site_access import hash_password

TLS = "etc/neff/tls"
# As root, in the file system of a machine that is not running.
BEFORE = """
set -eu
useradd --create-home --shell /bin/bash --uid 2000 neff
install -d -o neff -g adm -m 755 /var/log/neffpaving
install -d -o postgres -g postgres -m 755 /backup /backup/daily /srv/status
install -d -m 755 /var/www/acme /srv/registry /srv/uploads /var/log/journal
for n in 1 2 3; do head -c 20000 /dev/urandom > /srv/uploads/driveway-$n.jpg; done
install -d -m 750 /etc/neff
chgrp neff /etc/neff
ln -sf /opt/node-tools/node_modules/.bin/pm2 /opt/node-tools/node_modules/.bin/npm /usr/local/bin/
rm -f /etc/nginx/sites-enabled/default
chown -R postgres:postgres /etc/postgresql
# Debian makes a new cluster without them.
runuser -u postgres -- /usr/lib/postgresql/15/bin/pg_checksums --enable --pgdata=/var/lib/postgresql/15/main > /dev/null
chown prometheus:prometheus /var/lib/prometheus
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -keyout /etc/pebble/server.key -out /etc/pebble/server.pem 2> /dev/null
cp /etc/pebble/server.pem /usr/local/share/ca-certificates/pebble.crt
update-ca-certificates > /dev/null 2>&1
systemctl --quiet enable neff-recordings neff-kernel-log npm-registry pebble sysstat
systemctl --quiet disable pm2-neff 2> /dev/null || true
"""
CERTIFICATES = """
set -eu
certbot certonly --quiet --webroot --webroot-path /var/www/acme -d neffpaving.test -d www.neffpaving.test
curl --silent --fail https://localhost:15000/roots/0 > /etc/pebble/root.pem
ln -s ../sites-available/neffpaving-names /etc/nginx/sites-enabled/
systemctl reload nginx
"""


# What this boot has written is no past: each boot brings its own.
AFTER = """
rm -rf /var/log/journal/* /var/lib/prometheus/metrics2
# The local ACME server forgets its accounts when it stops: a renewal registers anew.
rm -rf /etc/letsencrypt/accounts
sed -i '/^account = /d' /etc/letsencrypt/renewal/*.conf
find /var/log -type f -exec truncate -s 0 {} +
"""


def build(folder: Path, packages: Path) -> None:
    """Fills `folder`/upper, the layer that goes on top of `packages`."""
    with lease() as place:
        root = layers.stacked(place.home, [packages], folder)
        with step("configuration"):
            _copy(root)
            run("chroot", root, "sh", "-c", BEFORE, seconds=60)
        machine = Machine(place, root)
        try:
            _set_up(machine)
            run("chroot", root, "sh", "-c", AFTER, seconds=60)
        finally:
            machine.stop()
    shutil.rmtree(folder / "work", ignore_errors=True)


def _copy(root: Path) -> None:
    """The files of lab/machine, root's own, with the modes that such files have."""
    for source in recipe.MACHINE.rglob("*"):
        if source.is_dir() or "node_modules" in source.parts:
            continue
        target = root / source.relative_to(recipe.MACHINE)
        target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)
    job = root / "usr/local/sbin" / recipe.WRAPPER.name
    shutil.copyfile(recipe.WRAPPER, job)
    job.chmod(0o755)
    shutil.copytree(recipe.SANDBOX / "assets", root / "srv/neff/public/assets", dirs_exist_ok=True)


def _set_up(machine: Machine) -> None:
    """What needs the machine to run: database, certificates, past backups, the application."""
    now = datetime.now(UTC)
    place, root = machine.place, machine.root
    machine.prepare()
    certificates.issue(place.home / "tls", place.address, root / TLS)
    with step("first boot"):
        machine.start()
    with step("database"):
        password = secrets.token_urlsafe(18)
        database.seed(machine, now, hash_password(password))
        (root / database.SECRETS / "compliance").write_text(password)
    with step("certificates from the local ACME server"):
        machine.do(CERTIFICATES, seconds=60)
    with step("backups of a month"):
        backups.bring_to_present(machine, now)
    with step("application and counters"):
        _start_application(machine)
        database.age_counters(machine)
    with step("shutting down"):
        machine.halt()


def _start_application(machine: Machine) -> None:
    password = (machine.root / database.SECRETS / "neff_app").read_text()
    settings = {"PGHOST": "127.0.0.1", "PGDATABASE": database.DATABASE, "PGUSER": "neff_app", "PGPASSWORD": password}
    settings |= {"JWT_SECRET": secrets.token_urlsafe(24), "NODE_ENV": "production"}
    path = machine.root / "etc/neff/app.env"
    path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    machine.do("chown root:neff /etc/neff/app.env; chmod 640 /etc/neff/app.env; systemctl enable --now pm2-neff", seconds=60)

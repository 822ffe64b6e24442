"""What brings the machine's past up to this boot: logs before it boots; data, backups and the day's traffic after."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from lab import backups, database
from lab.machine import Machine
from sandbox import data, earlier, logs

# What the sandbox's generator calls a log, and where it is on the machine, whose it is.
LOGS = {
    "access.log": ("var/log/nginx/access.log", "www-data", "adm"),
    "application/error.log": ("var/log/neffpaving/error.log", "neff", "adm"),
    "postgresql.log": ("var/log/postgresql/postgresql-15-main.log", "postgres", "adm"),
    "auth.log": ("var/log/auth.log", "root", "adm"),
    "blocked.txt": ("etc/neff/blocked.txt", "root", "root"),
}
# Returns once the alert that always fires has arrived in Alertmanager.
HEARTBEAT = "until curl --silent http://127.0.0.1:9093/api/v2/alerts | grep -q Watchdog; do sleep 0.1; done"


SCRAPED = "curl -sf 'http://127.0.0.1:9090/api/v1/query?query=count(up==1)%20and%20on()%20neff_database_up' | grep -q '\"3\"'"


def write_logs(root: Path, home: Path, now: datetime) -> None:
    """The logs of the last 26 hours, in the machine's own places; written through links from the generator's places."""
    staging = home / "past-logs" / "logs"
    for name, (place, user, group) in LOGS.items():
        link, target = staging / name, root / place
        link.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        if not name.startswith("blocked"):
            target.touch(mode=0o640)
            link.symlink_to(target)
            shutil.chown(target, _id(root, "passwd", user), _id(root, "group", group))
    logs.bring_to_present(staging.parent, now)
    (root / LOGS["blocked.txt"][0]).write_text((staging / "blocked.txt").read_text())
    _rotated(root, staging)


def _rotated(root: Path, staging: Path) -> None:
    """The access log's days gone by, under the names that the machine's own logrotate gives them (`delaycompress`: `.1` is plain)."""
    place, user, group = LOGS["access.log"]
    for number, path in enumerate(sorted(staging.glob("access.log-*.gz"), reverse=True), 2):
        target = root / f"{place}.{number}.gz"
        shutil.copy2(path, target)
        target.chmod(0o640)
        shutil.chown(target, _id(root, "passwd", user), _id(root, "group", group))


def _id(root: Path, table: str, name: str) -> int:
    """A user's or group's number on the machine."""
    lines = [line.split(":") for line in (root / "etc" / table).read_text().splitlines()]
    return next(int(line[2]) for line in lines if line[0] == name)


def bring_to_present(machine: Machine, now: datetime) -> None:
    """Every series in the database, the missing backups, the status page, as of now; sysstat's samples before and after that traffic."""
    machine.do("systemctl start sysstat-collect", seconds=60)
    with closing(database.connect(machine, "neff_admin")) as connection:
        data.bring_to_present(connection, now)
    database.tidy(machine)
    backups.bring_to_present(machine, now)
    # The local ACME server has a new root at each start: what is renewed from now on is signed by it.
    machine.do("curl --silent --fail https://localhost:15000/roots/0 >> /etc/pebble/root.pem")
    present = "touch /run/neff-present; runuser -u postgres /usr/local/lib/neff/minute; /usr/local/lib/neff/metrics"
    # logrotate's state: it ran last night, when there was nothing to rotate yet.
    rotated = "rm -f /var/lib/logrotate/status; faketime 'today 00:00:01' logrotate /etc/logrotate.conf"
    machine.do(f"{present}; {rotated}; systemctl start sysstat-collect")
    machine.do(HEARTBEAT, seconds=60)


def await_monitoring(machine: Machine) -> None:
    """Returns once Prometheus has scraped all its targets, and what the machine measures itself is among their series."""
    machine.do(f"for n in $(seq 300); do {SCRAPED} && exit 0; sleep 0.1; done; exit 1", seconds=40)


def begin_a_day(machine: Machine, system: str) -> None:
    """A new day for the statement counters: yesterday's run is dated a day ago, today's traffic is done anew."""
    with closing(database.connect(machine, "neff_monitor")) as connection:
        earlier.write_all(machine.place.home / "past", "lab", system, connection, datetime.now(UTC))
    _write_months(machine, system)
    with closing(database.connect(machine, "neff_app")) as connection:
        data.workload(connection)
    database.tidy(machine)


def _write_months(machine: Machine, system: str) -> None:
    """What the last two months' runs would have noted of the machine: a little less of everything."""
    rows = [line.split() for line in machine.do("df --local --output=pcent,target | tail -n +2").splitlines()]
    used = {target: float(percent.rstrip("%")) for percent, target in rows if percent != "-"}
    for months in (1, 2):
        noted: earlier.Noted = {
            "monthly.capacity.servers": [{"name": "use of the machine", "value": {"processors": 35.0 - months, "memory": 38.0 - months}}],
            "monthly.capacity.storage": [
                {"name": "use of the file systems", "value": {name: max(0.0, p - months) for name, p in used.items()}}
            ],
        }
        at = datetime.now(UTC) - months * earlier.MONTH
        earlier.write(machine.place.home / "past", "lab", system, "monthly", at, noted, folder=f"monthly-machine-{months}")

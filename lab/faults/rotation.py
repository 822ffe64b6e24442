"""logrotate: a configuration that it skips, logs that it does not reach, and logs that it leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lab.faults import fault
from lab.faults.tools import on_machine
from lab.house import Lab

ROTATION = "weekly.logs.rotation"
RULE, STATE, FOLDER = "/etc/logrotate.d/neffpaving", "/var/lib/logrotate/status", "/var/log/neffpaving"
KEPT = "/root/kept"


@contextmanager
def _last_rotated(lab: Lab, *, days: int) -> Iterator[None]:
    """logrotate's state with each rotation so long ago."""
    then = f"$(date -d '-{days} days' +%Y-%-m-%-d)"
    with on_machine(lab, f'cp -p {STATE} {KEPT}; sed -i "s/ [0-9]*-[0-9]*-[0-9]*-/ {then}-/" {STATE}', f"mv {KEPT} {STATE}"):
        yield


@fault(not_met=ROTATION)
def logrotate_keyword_unknown(lab: Lab) -> Iterator[None]:
    """A word that logrotate does not know: it leaves the line out, with exit code 0."""
    with on_machine(lab, f"cp -p {RULE} {KEPT}; sed -i 's/^ *compress$/    compres/' {RULE}", f"mv {KEPT} {RULE}"):
        yield


@fault(not_met=ROTATION)
def log_that_no_rule_rotates(lab: Lab) -> Iterator[None]:
    """Nobody told logrotate about the application's logs."""
    with on_machine(lab, f"mv {RULE} {KEPT}", f"mv {KEPT} {RULE}"):
        yield


@fault(not_met=ROTATION)
def rotation_stopped(lab: Lab) -> Iterator[None]:
    """logrotate last ran twenty days ago; everything is configured well."""
    with _last_rotated(lab, days=20):
        yield


@fault(not_met=ROTATION)
def writer_not_told_of_the_rotation(lab: Lab) -> Iterator[None]:
    """The web server's log was rotated yesterday, and it goes on writing to the old one: the new one stays empty, and never comes due."""
    old, kept = "/var/log/nginx/access.log.1", "/var/lib/access.kept"
    breaks = f"[ ! -e {old} ] || mv {old} {kept}; : > {old}"
    with _last_rotated(lab, days=1), on_machine(lab, breaks, f"rm {old}; [ ! -e {kept} ] || mv {kept} {old}"):
        yield


@fault(not_assessed=ROTATION)
def rotation_state_missing(lab: Lab) -> Iterator[None]:
    """logrotate has never run: nobody can tell whether it would."""
    with on_machine(lab, f"mv {STATE} {KEPT}", f"mv {KEPT} {STATE}"):
        yield


@fault(not_met=ROTATION)
def old_log_not_packed(lab: Lab) -> Iterator[None]:
    """A log that was rotated three days ago lies there as it is, behind one that is packed."""
    older = f"cd {FOLDER} && echo x > worker.log.3 && touch -d '-3 days' worker.log.3"
    with on_machine(lab, f"{older} && echo x | gzip > worker.log.2.gz", f"rm {FOLDER}/worker.log.*"):
        yield


@fault(harmless=ROTATION)
def newest_rotated_log_not_packed(lab: Lab) -> Iterator[None]:
    """The newest rotated log waits a day to be packed: its writer may still hold it."""
    older = f"cd {FOLDER} && echo x > worker.log.1 && touch -d '-1 day' worker.log.1"
    with on_machine(lab, f"{older} && echo x | gzip > worker.log.2.gz", f"rm {FOLDER}/worker.log.*"):
        yield

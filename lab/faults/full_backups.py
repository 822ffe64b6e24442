"""Backups on the machine that would not bring the system back: seen from afar, by the tools that are there."""

from __future__ import annotations

from collections.abc import Iterator

from lab.faults import fault
from lab.faults.tools import estate_edited, on_machine
from lab.house import Lab

SIZE, INTEGRITY = "daily.backup.size", "daily.backup.integrity"
SET, RESTORABLE, SYSTEM = "monthly.backup.complete-set", "monthly.backup.restorable", "monthly.backup.system"
NEWEST = "cd /backup/daily; n=$(ls *.dump | tail -n 1); stem=${n%.dump}"
# The job counted one row more than the dump holds.
COUNTED = """
import json, sys
facts = json.load(open(sys.argv[1]))
facts["tables"]["public.audit_logs"]["rows"] += 1
json.dump(facts, open(sys.argv[1], "w"))
"""


@fault(not_met=[RESTORABLE, SYSTEM, SET, INTEGRITY, SIZE])
def backup_torn_on_the_machine(lab: Lab) -> Iterator[None]:
    """Two fifths of the newest dump are missing."""
    cut = f"{NEWEST}; cp -p $n .kept; truncate -s $(($(stat -c %s $n) * 6 / 10)) $n; touch -r .kept $n"
    with on_machine(lab, cut, f"{NEWEST}; mv .kept $n"):
        yield


@fault(not_met=RESTORABLE)
def backup_one_row_short_on_the_machine(lab: Lab) -> Iterator[None]:
    """The newest dump holds one row less than there were at its snapshot."""
    with on_machine(lab, f"{NEWEST}; cp -p $n.json .kept; python3 -c '{COUNTED}' $n.json", f"{NEWEST}; mv .kept $n.json"):
        yield


@fault(not_met=SYSTEM)
def globals_missing_on_the_machine(lab: Lab) -> Iterator[None]:
    """Last night's backup has no roles."""
    with on_machine(lab, f"{NEWEST}; mv $stem.globals .kept", f"{NEWEST}; mv .kept $stem.globals"):
        yield


@fault(not_met=SYSTEM)
def configuration_altered_on_the_machine(lab: Lab) -> Iterator[None]:
    """A file of the saved configuration is another since."""
    part = "$stem.configuration.tar.gz"
    altered = f"{NEWEST}; cp -p {part} .kept; tar -czf {part} -C / etc/nginx; touch -r .kept {part}"
    with on_machine(lab, altered, f"{NEWEST}; mv .kept {part}"):
        yield


@fault(not_assessed=RESTORABLE)
def no_role_for_scratch_databases(lab: Lab) -> Iterator[None]:
    """The role that should make scratch databases cannot log in: nobody can tell what comes out of the backup."""
    with estate_edited(lab, 'host = "/var/run/postgresql"\nuser = "postgres"', 'host = "/var/run/postgresql"\nuser = "neff_scratch"'):
        yield

"""Ends of support, superblocks and disks, and what is left when one of two instances dies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lab.faults import fault
from lab.faults.process_manager import AGAIN, LISTED, PM2, WELL
from lab.faults.tools import dropped_in, estate_edited, on_machine, wait_for
from lab.house import Lab

VERSIONS, STORAGE = "quarterly.updates.major-versions", "quarterly.recovery.file-system"
APPLICATION, BALANCER = "quarterly.failover.application", "quarterly.failover.load-balancer"
SHIPPED = Path(__file__).parents[2] / "fixtures" / "end_of_life.toml"
DEVICE = "$(findmnt -no SOURCE /srv/uploads)"
SET = f"debugfs -w -R 'ssv {{}} {{}}' {DEVICE} 2> /dev/null"
KNOWN = "set -a; . /etc/neff/app.env; set +a"
UPSTREAM = "/etc/nginx/conf.d/neff.conf"
OWN_NODE = '#!/bin/sh\n[ "$1" = --version ] && exec echo v18.20.4\nexec /usr/bin/node "$@"\n'
# As smartctl prints it of a disk that has used up its spare blocks.
FAILING = '{"devices": [{"name": "/dev/sda"}], "smart_status": {"passed": false}}'


@fault(not_met=VERSIONS)
def system_out_of_support(lab: Lab) -> Iterator[None]:
    """The operating system's support has ended."""
    edit = "sed -i.kept 's/^VERSION_ID=.*/VERSION_ID=\"11\"/' /etc/os-release"
    with on_machine(lab, edit, "mv /etc/os-release.kept /etc/os-release"):
        yield


@fault(not_met=VERSIONS)
def node_out_of_support(lab: Lab) -> Iterator[None]:
    """A Node of its own, put beside the distribution's, whose support has ended."""
    with dropped_in(lab, "/usr/local/bin/node", OWN_NODE, "chmod 755 /usr/local/bin/node", "hash -r"):
        yield


@fault(not_assessed=VERSIONS)
def table_of_ends_is_old(lab: Lab) -> Iterator[None]:
    """The table of ends of support is over a year old."""
    (lab.estate / "old.toml").write_text(re.sub(r"as_of = .*", "as_of = 2025-01-01", SHIPPED.read_text()))
    with estate_edited(lab, 'past = "../past"', 'past = "../past"\nend_of_life = "old.toml"'):
        yield


@fault(not_assessed=VERSIONS)
def version_that_the_table_does_not_know(lab: Lab) -> Iterator[None]:
    """The operating system is newer than the table of ends of support."""
    edit = "sed -i.kept 's/^VERSION_ID=.*/VERSION_ID=\"77\"/' /etc/os-release"
    with on_machine(lab, edit, "mv /etc/os-release.kept /etc/os-release"):
        yield


@fault(not_met=STORAGE)
def file_system_with_errors(lab: Lab) -> Iterator[None]:
    """The kernel has noted four errors in a superblock and works on."""
    breaks = f"{SET.format('state', 3)}; {SET.format('error_count', 4)}"
    with on_machine(lab, breaks, f"{SET.format('state', 1)}; {SET.format('error_count', 0)}"):
        yield


@fault(not_met=STORAGE)
def file_system_never_checked(lab: Lab) -> Iterator[None]:
    """A check every half year is asked for, and the last was years ago."""
    breaks = f"{SET.format('lastcheck', 20200101)}; {SET.format('checkinterval', 15552000)}"
    with on_machine(lab, breaks, f"{SET.format('checkinterval', 0)}; {SET.format('lastcheck', 'now')}"):
        yield


@fault(not_met=STORAGE)
def disk_failing(lab: Lab) -> Iterator[None]:
    """A disk says of itself that it is failing: a recording, since a container has no disk that could be asked."""
    says = "echo '#!/bin/sh\necho {}' > /usr/local/bin/{}"
    tools = f"{says.format('none', 'systemd-detect-virt')}; cat > /usr/local/bin/smartctl << 'E'\n#!/bin/sh\necho '{FAILING}'\nE\n"
    with on_machine(lab, f"{tools} chmod 755 /usr/local/bin/s*", "rm /usr/local/bin/systemd-detect-virt /usr/local/bin/smartctl"):
        yield


@fault(not_met=[APPLICATION, BALANCER])
def single_instance(lab: Lab) -> Iterator[None]:
    """Only one instance runs: when it dies, nobody answers."""
    with on_machine(lab, f"{PM2} stop 1", f"{PM2} start 1; {WELL}"):
        wait_for(lab, LISTED % "a.some(p=>p.pm2_env.status===`stopped`)")
        yield


@fault(not_met=APPLICATION)
def instance_stays_away(lab: Lab) -> Iterator[None]:
    """An instance that dies is not started again."""
    once = "sed 's/max_restarts: 10/autorestart: false/' /srv/neff/ecosystem.config.js > /run/once.config.js"
    with on_machine(
        lab, f"{once}; {PM2} delete all > /dev/null; {KNOWN}; cd /srv/neff; {PM2} start /run/once.config.js > /dev/null", AGAIN
    ):
        wait_for(lab, LISTED % "a.filter(p=>p.pm2_env.status===`online`).length===2")
        yield


@fault(not_met=[BALANCER, APPLICATION])
def one_backend(lab: Lab) -> Iterator[None]:
    """The second backend was taken out of the configuration for a repair and never put back."""
    with on_machine(lab, f"sed -i.kept '/127.0.0.1:3002/d' {UPSTREAM}; nginx -s reload", f"mv {UPSTREAM}.kept {UPSTREAM}; nginx -s reload"):
        yield


@fault(not_met=[BALANCER, APPLICATION])
def site_passed_to_one_backend(lab: Lab) -> Iterator[None]:
    """The site is passed to one instance by its address; the upstream with both is there, and nobody uses it."""
    edit = "sed -i.kept 's#http://neff_paving;#http://127.0.0.1:3002;#' /etc/nginx/neff-site.conf; nginx -s reload"
    with on_machine(lab, edit, "mv /etc/nginx/neff-site.conf.kept /etc/nginx/neff-site.conf; nginx -s reload"):
        yield


@fault(not_met=[BALANCER, APPLICATION])
def one_backend_twice(lab: Lab) -> Iterator[None]:
    """Both backends are the same: two names of one instance."""
    edit = f"sed -i.kept 's/127.0.0.1:3001/127.0.0.1:3002/' {UPSTREAM}; nginx -s reload"
    with on_machine(lab, edit, f"mv {UPSTREAM}.kept {UPSTREAM}; nginx -s reload"):
        yield


@fault(not_assessed=BALANCER)
def backends_edited_and_not_loaded(lab: Lab) -> Iterator[None]:
    """The file was written anew a moment ago, and nginx runs with what it had before."""
    with on_machine(lab, f"sleep 2.1; touch {UPSTREAM}", "nginx -s reload"):
        yield


@fault(harmless=STORAGE)
def folder_mounted_a_second_time(lab: Lab) -> Iterator[None]:
    """A folder of a file system is mounted elsewhere as well: that is no other file system."""
    bound = "mkdir -p /srv/uploads/planted /mnt/planted; mount --bind /srv/uploads/planted /mnt/planted"
    with on_machine(lab, bound, "umount /mnt/planted; rmdir /srv/uploads/planted /mnt/planted"):
        yield


@fault(not_met=BALANCER)
def backends_never_left_out(lab: Lab) -> Iterator[None]:
    """A backend that fails goes on being asked."""
    edit = f"sed -i.kept 's/max_fails=1/max_fails=0/' {UPSTREAM}; nginx -s reload"
    with on_machine(lab, edit, f"mv {UPSTREAM}.kept {UPSTREAM}; nginx -s reload"):
        yield

"""Updates that wait, lists that cannot tell, restarts that are outstanding, and what the registry knows against a package."""

from __future__ import annotations

import json
from collections.abc import Iterator

from lab.faults import fault
from lab.faults.tools import dropped_in, on_machine
from lab.house import Lab

SECURITY, REBOOT, NODE = "monthly.updates.security", "monthly.updates.reboot", "monthly.updates.node-packages"
AUDIT = "quarterly.security.packages"
# A package whose installed version came from the security archive is made a little older in dpkg's own list: the first that no
# other asks for in exactly its version.
LOWERED = r"""
cp -p /var/lib/dpkg/status /var/lib/dpkg/status.kept
for name in $(dpkg-query -W -f '${Package}\n'); do
    apt-cache policy "$name" | grep -A1 '^ \*\*\*' | grep -q -- '-security/' || continue
    sed -i "/^Package: $name\$/,/^\$/s/^Version: .*/&~/" /var/lib/dpkg/status
    if apt-get check > /dev/null 2>&1; then echo "$name"; exit 0; fi
    cp -p /var/lib/dpkg/status.kept /var/lib/dpkg/status
done
exit 1
"""
RAISED = "mv /var/lib/dpkg/status.kept /var/lib/dpkg/status"
LISTS = "/var/lib/apt/lists"
REGISTRY = "/srv/registry"
# Only rsyslog uses it.
LIBRARY = "$(readlink -f /usr/lib/x86_64-linux-gnu/libestr.so.0)"


@fault(not_met=[SECURITY, AUDIT])
def security_update_waiting(lab: Lab) -> Iterator[None]:
    """A package is older than what the security archive offers."""
    with on_machine(lab, LOWERED, RAISED):
        yield


@fault(not_met=[SECURITY, AUDIT])
def security_update_on_hold(lab: Lab) -> Iterator[None]:
    """A security update waits for a package that is on hold: the usual question passes over it."""
    with on_machine(lab, f"name=$({LOWERED}) && apt-mark hold $name", f"apt-mark showhold | xargs apt-mark unhold; {RAISED}"):
        yield


@fault(not_assessed=[SECURITY, AUDIT])
def package_lists_missing(lab: Lab) -> Iterator[None]:
    """apt's lists are gone: it reports that there is nothing to do."""
    with on_machine(lab, f"mv {LISTS} {LISTS}.away; mkdir -p {LISTS}/partial", f"rm -r {LISTS}; mv {LISTS}.away {LISTS}"):
        yield


@fault(not_assessed=[SECURITY, AUDIT])
def package_lists_stale(lab: Lab) -> Iterator[None]:
    """apt's lists are three days old."""
    back = f"cd {LISTS}; while read -r at name; do touch -d @$at $name; done < /run/list-times"
    with on_machine(
        lab, f"cd {LISTS}; stat -c '%Y %n' *Release *Packages > /run/list-times; touch -d '3 days ago' *Release *Packages", back
    ):
        yield


@fault(not_met=REBOOT)
def reboot_required(lab: Lab) -> Iterator[None]:
    """An update has left the flag that asks for a reboot."""
    with on_machine(lab, "echo '*** System restart required ***' > /run/reboot-required", "rm /run/reboot-required"):
        yield


@fault(not_met=REBOOT)
def newer_kernel_installed(lab: Lab) -> Iterator[None]:
    """A newer kernel is installed than the one that runs."""
    with on_machine(lab, "touch /boot/vmlinuz-99.1.0-2-amd64", "rm /boot/vmlinuz-99.1.0-2-amd64"):
        yield


@fault(not_met=REBOOT)
def deleted_library_in_use(lab: Lab) -> Iterator[None]:
    """A library was replaced by an update, and the system log still runs with the old one."""
    replaced = f"cp -p {LIBRARY} /run/replaced && cp -p /run/replaced {LIBRARY}.new && mv {LIBRARY}.new {LIBRARY}"
    with on_machine(lab, replaced, "systemctl restart rsyslog"):
        yield


@fault(not_assessed=REBOOT)
def needrestart_missing(lab: Lab) -> Iterator[None]:
    """The tool that knows who uses replaced libraries is not installed."""
    with on_machine(lab, "mv /usr/sbin/needrestart /usr/sbin/needrestart.away", "mv /usr/sbin/needrestart.away /usr/sbin/needrestart"):
        yield


def _advisory(severity: str) -> str:
    about = {"id": 1100001, "url": "https://advisories.invalid/1100001", "title": "Queries can be smuggled into a bound parameter"}
    return json.dumps({"pg": [{**about, "severity": severity, "vulnerable_versions": "<8.99.0"}]})


@fault(not_met=[NODE, AUDIT])
def vulnerable_node_package(lab: Lab) -> Iterator[None]:
    """The registry knows a weakness rated high in a package that is installed."""
    with dropped_in(lab, f"{REGISTRY}/advisories.json", _advisory("high"), "true"):
        yield


@fault(not_met=AUDIT, harmless=NODE)
def weakness_rated_moderate(lab: Lab) -> Iterator[None]:
    """The registry knows a weakness rated moderate: no matter for the monthly look, but for the quarter's."""
    with dropped_in(lab, f"{REGISTRY}/advisories.json", _advisory("moderate"), "true"):
        yield


@fault(harmless=[NODE, AUDIT])
def weakness_rated_low(lab: Lab) -> Iterator[None]:
    """The registry knows a weakness rated low: no matter for either look."""
    with dropped_in(lab, f"{REGISTRY}/advisories.json", _advisory("low"), "true"):
        yield


@fault(not_met=NODE)
def newer_node_package_in_range(lab: Lab) -> Iterator[None]:
    """A newer version of a package is out, within the range that another declares for it."""
    with dropped_in(lab, f"{REGISTRY}/newer.json", json.dumps({"pg-protocol": ["1.99.0"]}), "true"):
        yield


@fault(not_assessed=[NODE, AUDIT])
def node_lock_file_missing(lab: Lab) -> Iterator[None]:
    """Without a lock file there is nothing to audit."""
    with on_machine(lab, "mv /srv/neff/package-lock.json /srv/neff/away.json", "mv /srv/neff/away.json /srv/neff/package-lock.json"):
        yield


@fault(not_assessed=[NODE, AUDIT])
def registry_refuses(lab: Lab) -> Iterator[None]:
    """The registry answers 405 to everything, as mirrors do that know no advisories."""
    with dropped_in(lab, f"{REGISTRY}/refuses", "405", "true"):
        yield


@fault(not_assessed=[NODE, AUDIT])
def registry_down(lab: Lab) -> Iterator[None]:
    """Nobody listens where the registry was."""
    with on_machine(lab, "systemctl stop npm-registry", "systemctl start npm-registry"):
        yield

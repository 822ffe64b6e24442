"""Updates that wait, lists that cannot tell, restarts that are outstanding, and what the registry knows against a package."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

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
STAMP = "/var/lib/apt/periodic/update-stamp"
ARCHIVE = "/srv/archive/dists/bookworm-security"
SOURCES = "/etc/apt/sources.list.d"
# Debian's own index and list, published from a folder, and fetched from there by apt itself.
QUIET = f"""set -e
mkdir -p {ARCHIVE}/main/binary-amd64 /run/sources.kept
cp {LISTS}/*-security_InRelease {ARCHIVE}/InRelease
cp {LISTS}/*-security_main_binary-amd64_Packages {ARCHIVE}/main/binary-amd64/Packages
touch -d '3 days ago' {ARCHIVE}/InRelease {ARCHIVE}/main/binary-amd64/Packages
mv {SOURCES}/* /run/sources.kept/
mv {LISTS} {LISTS}.away
echo 'deb copy:/srv/archive bookworm-security main' > {SOURCES}/folder.list
mkdir -p {LISTS}/partial
apt-get update -q"""
LOUD = (
    f"rm -r {LISTS} {SOURCES}/folder.list; mv {LISTS}.away {LISTS}; mv /run/sources.kept/* {SOURCES}/; rm -r /srv/archive /run/sources.kept"
)
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


@fault(not_met=[SECURITY, AUDIT])
def security_updates_pinned_away(lab: Lab) -> Iterator[None]:
    """A security update waits, and apt was told to want nothing from the security archive."""
    pin = "printf 'Package: *\\nPin: release l=Debian-Security\\nPin-Priority: -1\\n' > /etc/apt/preferences.d/planted"
    with on_machine(lab, f"({LOWERED}) && {pin}", f"rm -f /etc/apt/preferences.d/planted; {RAISED}"):
        yield


@fault(not_met=[SECURITY, AUDIT])
def security_updates_behind_a_preferred_release(lab: Lab) -> Iterator[None]:
    """A security update waits, and apt was told to prefer another release to all others."""
    prefer = "echo 'APT::Default-Release \"bookworm\";' > /etc/apt/apt.conf.d/99planted"
    with on_machine(lab, f"({LOWERED}) && {prefer}", f"rm -f /etc/apt/apt.conf.d/99planted; {RAISED}"):
        yield


@fault(not_assessed=[SECURITY, AUDIT])
def security_archive_without_main(lab: Lab) -> Iterator[None]:
    """Of the security archive apt follows a component that this machine has nothing from."""
    only = f"sed -i 's/-security main$/-security contrib/' {SOURCES}/folder.list; cd {LISTS}; mv *_main_binary-amd64_Packages"
    with archive_quiet_for_days(lab, f"{only} _srv_archive_dists_bookworm-security_contrib_binary-amd64_Packages"):
        yield


@fault(not_assessed=[SECURITY, AUDIT])
def package_lists_missing(lab: Lab) -> Iterator[None]:
    """apt's lists are gone: it reports that there is nothing to do."""
    with on_machine(lab, f"mv {LISTS} {LISTS}.away; mkdir -p {LISTS}/partial", f"rm -r {LISTS}; mv {LISTS}.away {LISTS}"):
        yield


@fault(not_assessed=[SECURITY, AUDIT])
def package_lists_stale(lab: Lab) -> Iterator[None]:
    """apt's lists are three days old: its nightly update reaches no archive, and renews its own stamp all the same."""
    aged = f"cd {LISTS}; stat -c '%Y %n' *Release *Packages > /run/list-times; touch -d '3 days ago' *Release *Packages"
    back = f"cd {LISTS}; while read -r at name; do touch -d @$at $name; done < /run/list-times; rm -f {STAMP}"
    with on_machine(lab, f"{aged}; touch {STAMP}", back):
        yield


@contextmanager
def archive_quiet_for_days(lab: Lab, then: str = "true") -> Iterator[None]:
    """Its one archive is a folder here, whose index is three days old, and the machine is up to date with it; `then` changes that."""
    with on_machine(lab, f"{QUIET}; {then}", LOUD):
        yield


@fault(not_assessed=[SECURITY, AUDIT])
def package_lists_superseded(lab: Lab) -> Iterator[None]:
    """apt's lists are three days old, and the archive has published others since."""
    with archive_quiet_for_days(lab, f"echo >> {ARCHIVE}/InRelease"):
        yield


@fault(not_assessed=[SECURITY, AUDIT])
def archive_no_longer_kept_up(lab: Lab) -> Iterator[None]:
    """apt's lists are what the archive publishes, and this has been out of date since yesterday: a mirror that lags behind."""
    outdated = f'sed -i "s/^Valid-Until: .*/Valid-Until: $(date -uR -d yesterday)/" {ARCHIVE}/InRelease {LISTS}/*_InRelease'
    with archive_quiet_for_days(lab, f"{outdated}; touch -d '3 days ago' {LISTS}/*_InRelease"):
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


@fault(not_met=REBOOT)
def deleted_library_in_use_by_a_program_to_look_away_from(lab: Lab) -> Iterator[None]:
    """The same, and the machine's own configuration names the program as none of needrestart's business."""
    replaced = f"cp -p {LIBRARY} /run/replaced && cp -p /run/replaced {LIBRARY}.new && mv {LIBRARY}.new {LIBRARY}"
    away = "/etc/needrestart/conf.d/planted.conf"
    ignored = f"echo '$nrconf{{blacklist}} = [qr(^/usr/sbin/rsyslogd)];' > {away}"
    with on_machine(lab, f"{ignored}; {replaced}", f"rm {away}; systemctl restart rsyslog"):
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


@fault(not_met=[NODE, AUDIT])
def node_package_of_another_version_than_locked(lab: Lab) -> Iterator[None]:
    """An older version of a package is installed than the lock file says, which is all that an audit looks at."""
    own = "/srv/neff/node_modules/pg/package.json"
    edit = f'sed -i.kept \'s/^  "version": "8[.][0-9.]*"/  "version": "8.4.0"/\' {own}; ! cmp -s {own} {own}.kept'
    with on_machine(lab, edit, f"mv {own}.kept {own}"):
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

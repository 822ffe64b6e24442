"""A week's use of processors, memory and network: busy, unmeasured, or losing packets."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta

from lab.commands import run
from lab.estate_files import system
from lab.faults import fault
from lab.faults.tools import on_machine
from lab.house import Lab
from sandbox import earlier

CPU, MEMORY, NETWORK = "weekly.resources.cpu", "weekly.resources.memory", "weekly.resources.network"
COUNTERS = "interface counters"
RECORD = "unshare --mount /usr/local/lib/neff/sysstat-week --anew"
TIMER = "sysstat-collect.timer"
# A pair of interfaces in the machine's network; its far side takes smaller packets than the near one sends.
PAIR = """\
link add neff0 mtu 1500 type veth peer name neff1
link set neff1 up mtu 1000
address add 192.0.2.1/30 dev neff0
link set neff0 up
neighbor add 192.0.2.2 lladdr 02:00:00:00:00:02 dev neff0
"""
SEND = """python3 -c '
import socket
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for size in [100] * {small} + [1300] * {large}: out.sendto(b"x" * size, ("192.0.2.2", 9))
'"""


def _recorded(lab: Lab, *options: str) -> AbstractContextManager[None]:
    """Another recording of the week, that nothing is added to; afterwards the healthy one."""
    breaks = f"systemctl stop {TIMER}; {RECORD} {' '.join(options)}"
    return on_machine(lab, breaks, f"{RECORD}; systemctl start {TIMER}", seconds=60)


@contextmanager
def _lossy_interface(lab: Lab, *, small: int, large: int) -> Iterator[None]:
    """An interface that sent so many packets, of which the large ones were dropped. The machine itself may not make interfaces."""
    name = lab.machine.place.name
    run("ip", "-n", name, "-batch", "-", given=PAIR)
    try:
        lab.do(SEND.format(small=small, large=large))
        yield
    finally:
        run("ip", "-n", name, "link", "delete", "neff0")


@fault(not_met=CPU)
def week_busy(lab: Lab) -> Iterator[None]:
    """The processors were 93 % busy for four hours of every day."""
    with _recorded(lab, "--busy 4"):
        yield


@fault(harmless=CPU)
def week_with_short_peaks(lab: Lab) -> Iterator[None]:
    """The same for half an hour a day: a backup, or a report."""
    with _recorded(lab, "--busy 0.5"):
        yield


@fault(not_met=MEMORY)
def week_of_full_memory(lab: Lab) -> Iterator[None]:
    """95 % of the memory was in use for four hours of every day; now it is not."""
    with _recorded(lab, "--full 4"):
        yield


@fault(not_assessed=[CPU, MEMORY])
def sysstat_off(lab: Lab) -> Iterator[None]:
    """sysstat was switched off two days ago; what it recorded before was fine."""
    with _recorded(lab, "--until 48"):
        yield


@fault(not_assessed=[CPU, MEMORY])
def week_half_measured(lab: Lab) -> Iterator[None]:
    """Three days of the week were not recorded."""
    gone = 'for d in 3 4 5; do rm /var/log/sysstat/sa$(date -u -d "-$d days" +%d); done'
    with on_machine(lab, gone, f"{RECORD}", seconds=60):
        yield


@fault(not_assessed=[CPU, MEMORY])
def sysstat_never_on(lab: Lab) -> Iterator[None]:
    """sysstat has never recorded anything, as Debian ships it."""
    with on_machine(
        lab,
        "mv /var/log/sysstat /var/log/sysstat.aside; mkdir /var/log/sysstat",
        "rmdir /var/log/sysstat; mv /var/log/sysstat.aside /var/log/sysstat",
    ):
        yield


@fault(not_met=NETWORK)
def packets_dropped(lab: Lab) -> Iterator[None]:
    """One packet in forty is too large for the other side of an interface."""
    with _lossy_interface(lab, small=2000, large=50):
        yield


@fault(harmless=NETWORK)
def packets_dropped_before_last_week(lab: Lab) -> Iterator[None]:
    """As many were dropped, all of them before last week's run: that run's counters are on record."""
    past = lab.home / "past" / "counters"
    with _lossy_interface(lab, small=2000, large=50):
        boot, *lines = lab.do("cat /proc/sys/kernel/random/boot_id; grep neff /proc/net/dev").splitlines()
        table = {name.strip(): [int(n) for n in numbers.split()] for name, numbers in (line.split(":") for line in lines)}
        value = {"boot": boot, "counters": {name: [n[1] + n[9], n[2] + n[3] + n[10] + n[11]] for name, n in table.items()}}
        noted: earlier.Noted = {NETWORK: [{"name": COUNTERS, "value": value}]}
        earlier.write(past, "lab", system(lab.machine.place), "weekly", datetime.now(UTC) - timedelta(days=7), noted)
        (past / "weekly").rename(lab.home / "past" / "weekly-counters")
        try:
            yield
        finally:
            shutil.rmtree(lab.home / "past" / "weekly-counters")
            past.rmdir()


@fault(harmless=NETWORK)
def packet_dropped_once(lab: Lab) -> Iterator[None]:
    """One packet in four thousand."""
    with _lossy_interface(lab, small=4000, large=1):
        yield

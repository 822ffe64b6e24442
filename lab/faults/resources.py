"""Processors, memory, disks. Processors and memory are recordings that /run/neff-recordings holds (lab/machine, `recordings`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lab.faults import fault
from lab.faults.tools import on_machine
from lab.house import Lab

CPU, MEMORY, DISK = "daily.resources.cpu", "daily.resources.memory", "daily.resources.disk"
JOURNAL_ERRORS, KERNEL_ERRORS = "weekly.logs.system-errors", "weekly.logs.disk-io"
HERE = "/run/neff-recordings"
UPLOADS = "/srv/uploads"
# As a kernel says it; `kernel-log` reads: seconds ago, priority, message.
OOM = """\
5400 6 node invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0
5400 6 oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task=node,pid=4242,uid=2000
5400 3 Out of memory: Killed process 4242 (node) total-vm:1204416kB, anon-rss:812044kB, file-rss:0kB, shmem-rss:0kB, UID:2000
"""


@contextmanager
def _recorded(lab: Lab, name: str, content: str) -> Iterator[None]:
    """Another recording, written in place: the file is mounted over the kernel's own."""
    before = lab.do(f"cat {HERE}/{name}")
    lab.do(f"cat > {HERE}/{name}", given=content)
    try:
        yield
    finally:
        lab.do(f"cat > {HERE}/{name}", given=before)


def _memory(lab: Lab, **changes: int) -> str:
    """The recording of the memory with other figures, in kB."""
    lines = [line.split() for line in lab.do(f"cat {HERE}/meminfo").splitlines()]
    return "".join(f"{name:<16}{changes.get(name.rstrip(':'), int(value)):>9} {' '.join(unit)}\n" for name, value, *unit in lines)


@fault(not_met=CPU)
def processors_overloaded(lab: Lab) -> Iterator[None]:
    """The 5-minute load is 1.8 for each core."""
    cores = int(lab.do("nproc"))
    with _recorded(lab, "loadavg", f"{2.1 * cores:.2f} {1.8 * cores:.2f} {1.2 * cores:.2f} {2 * cores}/241 4711\n"):
        yield


@fault(harmless=CPU)
def processors_busy_for_a_moment(lab: Lab) -> Iterator[None]:
    """The 1-minute load is high and the 5-minute load is not."""
    cores = int(lab.do("nproc"))
    with _recorded(lab, "loadavg", f"{1.6 * cores:.2f} {0.7 * cores:.2f} {0.4 * cores:.2f} {2 * cores}/241 4711\n"):
        yield


@fault(not_met=CPU)
def processors_stolen(lab: Lab) -> Iterator[None]:
    """Other guests of the hypervisor take a fifth of the processors' time, at a low load."""
    with _recorded(lab, "rates", "14 0 5 60 1 0 0 20\n"):
        yield


@fault(not_met=MEMORY)
def memory_used_up(lab: Lab) -> Iterator[None]:
    """6 % of the memory is available; far more looks free to who counts the caches wrongly."""
    with _recorded(lab, "meminfo", _memory(lab, MemAvailable=240_100, MemFree=98_204, Cached=402_112)):
        yield


@fault(not_met=MEMORY)
def swap_in_use(lab: Lab) -> Iterator[None]:
    """Three quarters of the swap are in use, with memory available."""
    with _recorded(lab, "meminfo", _memory(lab, SwapFree=261_904)):
        yield


@fault(not_met=[MEMORY, JOURNAL_ERRORS])
def out_of_memory_kill(lab: Lab) -> Iterator[None]:
    """The kernel killed a process for want of memory an hour and a half ago; nothing else shows it now."""
    lab.do("/usr/local/lib/neff/kernel-log oom", given=OOM)
    try:
        yield
    finally:
        lab.do("/usr/local/lib/neff/kernel-log --remove oom")


@fault(not_met=JOURNAL_ERRORS, harmless=MEMORY)
def out_of_memory_kill_two_days_ago(lab: Lab) -> Iterator[None]:
    """The same two days ago: older than the day that the memory is judged on, and in the week of the journal."""
    lab.do("/usr/local/lib/neff/kernel-log oom", given=OOM.replace("5400 ", "172800 "))
    try:
        yield
    finally:
        lab.do("/usr/local/lib/neff/kernel-log --remove oom")


@fault(not_assessed=[MEMORY, KERNEL_ERRORS])
def kernel_log_empty(lab: Lab) -> Iterator[None]:
    """The kernel's messages are gone: `journalctl -k` prints nothing with exit code 0."""
    enter = "cd /var/log/journal/$(cat /etc/machine-id)"
    with on_machine(lab, f"{enter} && mv kernel-past.journal aside", f"{enter} && mv aside kernel-past.journal"):
        yield


@fault(not_met=DISK)
def disk_full(lab: Lab) -> Iterator[None]:
    """A small file system is filled to its last block."""
    with on_machine(lab, f"dd if=/dev/zero of={UPLOADS}/fault bs=1M 2> /dev/null || sync -f {UPLOADS}", f"rm -f {UPLOADS}/fault"):
        yield


@fault(not_met=DISK)
def inodes_exhausted(lab: Lab) -> Iterator[None]:
    """A small file system has room, and no inode left for a file."""
    breaks = f"mkdir {UPLOADS}/fault; cd {UPLOADS}/fault; seq 3000 | xargs touch 2> /dev/null; ! touch one-more 2> /dev/null"
    with on_machine(lab, breaks, f"rm -rf {UPLOADS}/fault"):
        yield


@fault(not_met=DISK)
def disk_read_only(lab: Lab) -> Iterator[None]:
    """A file system was remounted read-only, as the kernel does after an error."""
    with on_machine(lab, f"mount -o remount,ro {UPLOADS}", f"mount -o remount,rw {UPLOADS}"):
        yield

"""Child processes that never outlive the one that started them (on Linux)."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sandbox.ports import bindable, free_port, listening

__all__ = ["Process", "ProcessError", "end_leftovers", "free_port", "listening", "wait_until"]

TAIL_LINES = 20
POLL_S = 0.005
LEFTOVER_GRACE_S = 5.0
PORT_GRACE_S = 1.0
PR_SET_PDEATHSIG = 1

_LIBC = ctypes.CDLL(None, use_errno=True)
# The kernel's death signal fires when the *thread* that forked ends, so every child is forked by one that lasts.
_SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-spawner")


class ProcessError(RuntimeError):
    """A process died or was not ready in time; the message ends with the tail of its log."""


@dataclass
class Process:
    """One child process in a process group of its own, ended by the kernel when this process ends."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    user: tuple[int, int] | None = None  # (uid, gid) to drop to, with no supplementary groups
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 5.0
    port: int | None = None  # where it will listen: `start` makes sure that nobody else does
    ready: Callable[[], bool] = lambda: True  # the usual question for `wait_until`
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def pid(self) -> int | None:
        """The process id, None before the start and after the end."""
        return self._child.pid if self._child else None

    @property
    def running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._child is not None and not _ended(self._child.pid)

    def start(self) -> None:
        """Start the process, from any thread; ProcessError when it is running already or its port is taken."""
        if self.running:
            raise ProcessError(f"{self.name} is running already, as process {self.pid}: stop it first")
        self._reap()
        if self.port and not _wait(partial(bindable, self.port), PORT_GRACE_S):
            raise ProcessError(f"{self.name} cannot have port {self.port}, something else listens there: take another")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        output = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            self._child = _SPAWNER.submit(self._spawn, output).result()
        finally:
            os.close(output)
        self._note()

    def stop(self) -> None:
        """End the process and its whole group: the stop signal, at most `grace_s` seconds, then SIGKILL."""
        self.request_stop()
        if self._child is not None:
            _wait(partial(_ended, self._child.pid), self.grace_s)
        self.kill()

    def request_stop(self) -> None:
        """Send the stop signal and return at once: `stop` is still needed."""
        if self._child is not None and self.running:
            # To the leader alone, which ends its own: a gunicorn worker that is told twice hangs.
            os.kill(self._child.pid, self.stop_signal)
            self.send_signal(signal.SIGCONT)  # for one that is held by SIGSTOP

    def kill(self) -> None:
        """End the process and its whole group by SIGKILL at once."""
        self.send_signal(signal.SIGKILL)  # before it is reaped: until then its number is not reused
        self._reap()

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and its whole group; nothing happens when it was not started."""
        if self._child is not None:
            _signal_group(self._child.pid, number)

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return as soon as `ready()` is true; ProcessError when the process ends first or `seconds` are over."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise ProcessError(f"{self.name} {self._end()} before it was ready{self.tail()}")
            if time.monotonic() > deadline:
                raise ProcessError(f"{self.name} was not ready within {seconds:g} s{self.tail()}")
            time.sleep(POLL_S)

    def tail(self) -> str:
        """The log's path and last lines, for the end of an error message."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([f"; {self.log} ends with:", *(lines[-TAIL_LINES:] or ["(nothing)"])])

    def _spawn(self, output: int) -> subprocess.Popen[bytes]:
        uid, gid = self.user or (None, None)
        return subprocess.Popen(
            list(self.argv),
            env=dict(self.env),
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=uid,
            group=gid,
            extra_groups=[] if self.user else None,
            process_group=0,
            # Popen drops the privileges first and calls this after; a change of credentials would clear the setting.
            preexec_fn=partial(_die_with, os.getpid(), self.death_signal),
        )

    def _note(self) -> None:
        """Leave `<name>.pid` beside the log for `end_leftovers`: number, start time, stop signal."""
        if self._child and (started := _start_time(self._child.pid)):
            note = self.log.with_name(f"{self.name}.pid")
            note.write_text(f"{self._child.pid} {started} {int(self.stop_signal)}\n")

    def _end(self) -> str:
        """How the process ended, without reaping it."""
        end = os.waitid(os.P_PID, self._child.pid, os.WEXITED | os.WNOWAIT) if self._child else None
        if end is None:
            return "was not running"
        return f"ended {'with exit code' if end.si_code == os.CLD_EXITED else 'by signal'} {end.si_status}"

    def _reap(self) -> None:
        if self._child is not None:
            self._child.wait()
            self._child = None
            self.log.with_name(f"{self.name}.pid").unlink(missing_ok=True)


def end_leftovers(folder: Path) -> list[str]:
    """End what an earlier run left running by the `.pid` files in `folder`; the names of those that were."""
    notes = sorted(folder.glob("*.pid"))
    ended = [note.stem for note in notes if _end_leftover(note)]
    for note in notes:
        note.unlink(missing_ok=True)
    return ended


def wait_until(over: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Return as soon as `over()` is true; TimeoutError with `otherwise` when it is not within so many seconds."""
    if not _wait(over, seconds):
        raise TimeoutError(f"{otherwise} (within {seconds:g} s)")


def _die_with(parent: int, number: signal.Signals) -> None:
    """In the child: be sent `number` when the parent ends, and end at once where that came too late."""
    _LIBC.prctl(PR_SET_PDEATHSIG, int(number))
    if os.getppid() != parent:
        os._exit(1)


def _ended(pid: int) -> bool:
    """Whether the child has ended, without reaping it."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def _start_time(pid: int) -> str | None:
    """When a process started, in clock ticks after boot, by its /proc entry; None when it has ended."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if state in "ZX" else fields[18]


def _end_leftover(note: Path) -> bool:
    try:
        pid, started, number = note.read_text().split()
    except ValueError:
        return False  # cut short by a crash: nothing can be told from it
    if _start_time(int(pid)) != started:
        return False
    with suppress(ProcessLookupError):
        os.kill(int(pid), int(number))
    _wait(lambda: _start_time(int(pid)) != started, LEFTOVER_GRACE_S)
    _signal_group(int(pid), signal.SIGKILL)
    return True


def _signal_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


def _wait(over: Callable[[], bool], seconds: float) -> bool:
    """Wait until `over()`, at most so long; whether it was."""
    deadline = time.monotonic() + seconds
    while not over():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True

"""A machine that runs: Debian's systemd in systemd-nspawn, asked over SSH."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lab import cgroups, layers, network
from lab.commands import LabError, run
from lab.place import Place
from sandbox.processes import Process

BOOT_S, PORT_S, HALT_S = 60.0, 30.0, 60.0


@dataclass(frozen=True)
class Said:
    """What a command on the machine said, and how it ended."""

    code: int
    out: str
    err: str


@dataclass
class Machine:
    """The machine of one place, with its root file system mounted."""

    place: Place
    root: Path
    _process: Process | None = None

    def prepare(self) -> None:
        """The key to enter with, its own host key on record, and its name; before it boots."""
        home = self.place.home
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", self.place.name, "-f", home / "key")
        folder = self.root / "root" / ".ssh"
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / "authorized_keys").write_text((home / "key.pub").read_text())
        kind, key, *_ = (self.root / "etc/ssh/ssh_host_ed25519_key.pub").read_text().split()
        (home / "known_hosts").write_text(f"{self.place.address} {kind} {key}\n")
        (home / "ssh_config").write_text(ssh_config(self.place, home))
        (self.root / "etc/hostname").write_text(f"{self.place.name}\n")
        with (self.root / "etc/hosts").open("a") as hosts:
            hosts.write(f"{self.place.address} {self.place.name}\n")
        # Without a name server every lookup fails at once; one that does not answer costs Prometheus ten seconds.
        (self.root / "etc/resolv.conf").unlink(missing_ok=True)
        (self.root / "etc/resolv.conf").write_text("# this machine has no name server\n")
        (self.root / "etc/machine-id").write_text(f"{os.urandom(16).hex()}\n")
        # A container runs the kernel of the machine around it, and has none of its own: a recording of one that is up to date.
        (self.root / "boot" / f"vmlinuz-{os.uname().release}").write_text("a recording: no kernel\n")

    def start(self) -> None:
        """Boots it; returns when its init system says that everything is up. It dies with this process, whatever ends that."""
        netns = network.up(self.place.name, self.place.gateway, self.place.address)
        groups = cgroups.make(self.place.name)
        options = [
            "--quiet",
            "-D",
            self.root,
            "-M",
            self.place.name,
            "-b",
            "--register=no",
            "--keep-unit",
            "--console=pipe",
            "--link-journal=no",
            # The device of a file system that is its own: tools that read its superblock ask for it by name.
            *(f"--bind={device}" for device in layers.devices_below(self.root)),
        ]
        nspawn = ["systemd-nspawn", *map(str, options), f"--network-namespace-path={netns}"]
        # A process namespace around it: nspawn's own child outlives a killed nspawn, nothing outlives a killed namespace.
        around = ["unshare", "--fork", "--pid", "--mount-proc", "--propagation=private", "--kill-child=KILL"]
        joins = "".join(f"echo $$ > {shlex.quote(str(file))}; " for file in groups)
        argv = ["sh", "-c", f'{joins}exec "$@"', "sh", *around, *nspawn]
        log = self.place.home / "console.log"
        env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
        kill = signal.SIGKILL
        self._process = Process("machine", argv, env, Path("/"), log, stop_signal=kill, death_signal=kill)
        self._process.start()
        self._process.wait_until(self._listens, PORT_S)
        self._connect()
        state = self.run("systemctl is-system-running --wait", seconds=BOOT_S)
        if state.out.strip() != "running":
            failed = self.run("systemctl --failed --no-legend; journalctl -b -p err --no-pager -n 20", seconds=20)
            raise LabError(f"the machine is {state.out.strip() or state.err}: {failed.out}")

    def run(self, command: str, *, seconds: float = 30, given: str | None = None) -> Said:
        """Runs a shell command on the machine as root. LabError when it does not end in time or the machine cannot be reached."""
        argv = ["ssh", "-F", str(self.place.home / "ssh_config"), self.place.address, command]
        try:
            done = subprocess.run(argv, input=given or "", capture_output=True, text=True, errors="replace", timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            raise LabError(f"on the machine, {command[:200]} did not end within {seconds:g} s") from None
        if done.returncode == 255:
            raise LabError(f"the machine cannot be reached: {done.stderr.strip()}")
        return Said(done.returncode, done.stdout, done.stderr)

    def do(self, command: str, *, seconds: float = 30, given: str | None = None) -> str:
        """The same, for a command that must succeed: its output."""
        said = self.run(command, seconds=seconds, given=given)
        if said.code:
            raise LabError(f"on the machine, {command[:200]} ended with exit code {said.code}: {(said.out + said.err)[-1500:]}")
        return said.out

    def halt(self) -> None:
        """Shuts it down in order, so that everything is on its disk."""
        with suppress(LabError):  # the connection goes first
            self.run("systemctl poweroff")
        deadline = time.monotonic() + HALT_S
        while self._process and self._process.running:
            if time.monotonic() > deadline:
                raise LabError(f"the machine did not shut down within {HALT_S:g} s")
            time.sleep(0.05)
        self.stop()

    def stop(self) -> None:
        """Ends it at once: its layer is thrown away, so there is nothing to save."""
        with suppress(LabError):
            run("ssh", "-F", self.place.home / "ssh_config", "-O", "exit", self.place.address, seconds=5)
        if self._process:
            self._process.kill()
            self._process = None
        cgroups.kill(self.place.name)

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection((self.place.address, 22), timeout=1) as connection:
            return connection.recv(4) == b"SSH-"
        return False

    def _connect(self) -> None:
        """One connection for all that follows. Its process must not hold our pipes, or reading them would not end."""
        argv = ["ssh", "-F", str(self.place.home / "ssh_config"), "-fN", "-M", self.place.address]
        log = (self.place.home / "ssh.log").open("w")
        with log:
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=20, check=False)
        if done.returncode:
            raise LabError(f"no SSH connection to the machine: {(self.place.home / 'ssh.log').read_text()}")


def ssh_config(place: Place, folder: Path) -> str:
    """How to reach the machine: key, host key, one connection for all sessions. Names are absolute: a spec has no folder."""
    return f"""\
Host {place.address}
    HostName {place.address}
    User root
    IdentityFile {folder}/key
    IdentitiesOnly yes
    UserKnownHostsFile {folder}/known_hosts
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
    HostKeyAlgorithms ssh-ed25519
    PasswordAuthentication no
    BatchMode yes
    ConnectTimeout 5
    ServerAliveInterval 5
    ServerAliveCountMax 3
    ControlMaster auto
    ControlPath {folder}/ssh-%C
    ControlPersist 60
"""

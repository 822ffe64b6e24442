"""A running lab: its machine, its place, and the estate folder it has written about itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lab import certificates, database, estate_files, furnish, image, layers, needs, outside, past
from lab.machine import Machine, Said
from lab.place import Place, lease
from lab.progress import step
from sandbox.services import Ports


@dataclass(frozen=True)
class Lab:
    """A small Neff Paving on a machine of its own that is up."""

    machine: Machine
    ports: Ports
    estate: Path

    @property
    def home(self) -> Path:
        """The folder on this side with keys, secrets, certificates and the estate."""
        return self.machine.place.home

    @property
    def root(self) -> Path:
        """The machine's file system, seen from this side; what is mounted inside it later is not in it."""
        return self.machine.root

    @property
    def address(self) -> str:
        """The machine's address."""
        return self.machine.place.address

    def run(self, command: str, *, seconds: float = 30, given: str | None = None) -> Said:
        """Runs a shell command on the machine as root; its exit code is an answer."""
        return self.machine.run(command, seconds=seconds, given=given)

    def do(self, command: str, *, seconds: float = 30, given: str | None = None) -> str:
        """Runs a shell command that must succeed; its output. Raises LabError when it fails."""
        return self.machine.do(command, seconds=seconds, given=given)


@contextmanager
def standing() -> Iterator[Lab]:
    """Boots a machine, brings its past up to now, and takes it down at the end. Raises LabError where there can be none."""
    needs.install()
    with image.held() as made, lease() as place:
        now = datetime.now(UTC)
        machine = _prepared(place, made, now)
        try:
            with step(f"booting {place.name} at {place.address}"):
                machine.start()
            with step("bringing its data up to now"):
                now = datetime.now(UTC)  # one for backups and estate: at another hour another backup is due
                past.bring_to_present(machine, now)
                certificates.trust(place.home / "tls", machine.root)
            with outside.standing(machine) as ports:
                yield _opened(machine, ports, now)
        finally:
            with step(f"stopping {place.name}"):
                machine.stop()


def _prepared(place: Place, made: image.Image, now: datetime) -> Machine:
    """The machine with its throw-away layer mounted and its files written."""
    with step("logs, keys and certificates of this boot"):
        root = layers.throw_away(place.home, made.layers)
        machine = Machine(place, root)
        machine.prepare()
        certificates.issue(place.home / "tls", place.address, root / furnish.TLS)
        layers.disk(place.home / "layer" / "uploads.img", root / "srv/uploads")
        past.write_logs(root, place.home, now)
    return machine


def _opened(machine: Machine, ports: Ports, now: datetime) -> Lab:
    """The lab with its estate folder written and its day begun."""
    with closing(database.connect(machine, "neff_monitor")) as connection:
        (identifier,) = connection.execute("SELECT system_identifier::text FROM pg_control_system()").fetchone() or ("",)
    estate = estate_files.write(machine.place, ports, str(identifier), now)
    past.begin_a_day(machine, estate_files.system(machine.place))
    with step("waiting for the first samples"):
        past.await_monitoring(machine)
    return Lab(machine, ports, estate)

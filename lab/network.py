"""A network for each machine: a namespace that holds one end of a pair of interfaces; the other end is here."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from lab.commands import LabError, run

INNER = "host0"


def up(name: str, gateway: str, address: str) -> Path:
    """Makes the namespace `name` with `address`, reachable from here; the namespace's file.

    It has no way to anywhere else: what asks for a name server or a mirror is refused at once and waits for nothing.
    """
    script = f"""
        netns add {name}
        link add {name} type veth peer name {INNER} netns {name}
        address add {gateway}/30 dev {name}
        link set {name} up
        """
    inside = f"link set lo up\naddress add {address}/30 dev {INNER}\nlink set {INNER} up\n"
    for line in script.split("\n"):
        if line.strip():
            run("ip", *line.split())
    run("ip", "-n", name, "-batch", "-", given=inside)
    return Path("/run/netns") / name


def down(name: str) -> None:
    """Removes the interfaces and the namespace, if there are any."""
    if Path("/sys/class/net", name).exists():
        with suppress(LabError):  # it may go by itself, with its other end
            run("ip", "link", "delete", name)
    if Path("/run/netns", name).exists():
        run("ip", "netns", "delete", name)

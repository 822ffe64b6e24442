"""TCP ports of the loopback address."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager

LOOPBACK = "127.0.0.1"
# Below Linux's ephemeral range (32768), so that no outgoing connection takes one: blocks of ports, and single ones.
BLOCK, BLOCKS, PORTS = 16, range(18_000, 25_000, 16), range(25_000, 32_000)


@contextmanager
def block_of_ports() -> Iterator[range]:
    """Ports that no other sandbox on this machine takes meanwhile, also while nobody listens at them: a socket holds the one before."""
    while True:
        first = BLOCKS[secrets.randbelow(len(BLOCKS))]
        ports = range(first + 1, first + BLOCK)
        with socket.socket() as guard:
            try:
                guard.bind((LOOPBACK, first))
            except OSError:
                continue
            if all(map(bindable, ports)):
                yield ports
                return


def free_port() -> int:
    """A port that nobody had a moment ago, from below the ephemeral range."""
    while True:
        port = PORTS[secrets.randbelow(len(PORTS))]
        if bindable(port):
            return port


def bindable(port: int) -> bool:
    """Whether a server could listen at `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: what has ended is no hindrance
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def listening(port: int) -> bool:
    """Whether something takes connections at `port`."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0

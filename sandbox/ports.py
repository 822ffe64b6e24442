"""TCP ports of the loopback address."""

import secrets
import socket

LOOPBACK = "127.0.0.1"
PORTS = range(18_000, 32_000)  # below Linux's ephemeral range (32768), so that no outgoing connection takes one


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

"""A pooler in front of a PostgreSQL server that leads every database of certain names to another one, as a careless wildcard does."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SSL, GSS = 80877103, 80877104
PIECE = 65_536


@contextmanager
def pooler(server: Path, port: int, beginning: str, leads_to: str) -> Iterator[int]:
    """A pooler on 127.0.0.1 before the server at a Unix socket's folder; its port. Sessions in databases whose name has this beginning
    are led to `leads_to`."""
    listener = socket.create_server(("127.0.0.1", 0))
    path = str(server / f".s.PGSQL.{port}")

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=_serve, args=(client, path, beginning, leads_to), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _serve(client: socket.socket, path: str, beginning: str, leads_to: str) -> None:
    with client, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server, suppress(OSError):
        first = _first(client)
        server.connect(path)
        server.sendall(_led(first, beginning, leads_to))
        back = threading.Thread(target=_pump, args=(server, client), daemon=True)
        back.start()
        _pump(client, server)
        back.join()


def _first(client: socket.socket) -> bytes:
    """The first message that is no wish for encryption: a start of a session, or of its cancellation."""
    while True:
        length, code = struct.unpack("!ii", _exactly(client, 8))
        rest = _exactly(client, length - 8)
        if code not in (SSL, GSS):
            return struct.pack("!ii", length, code) + rest
        client.sendall(b"N")


def _led(message: bytes, beginning: str, leads_to: str) -> bytes:
    """The start of a session with another database in it, where its name has this beginning."""
    words = message[8:].split(b"\0")
    for at in range(0, len(words) - 1, 2):
        if words[at] == b"database" and words[at + 1].startswith(beginning.encode()):
            words[at + 1] = leads_to.encode()
    content = message[4:8] + b"\0".join(words)
    return struct.pack("!i", len(content) + 4) + content


def _exactly(connection: socket.socket, number: int) -> bytes:
    data = b""
    while len(data) < number:
        piece = connection.recv(number - len(data))
        if not piece:
            raise ConnectionError("the client is gone")
        data += piece
    return data


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(PIECE):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)

"""A server on loopback whose every byte the test decides: for answers no real server gives."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

HOST = "127.0.0.1"
Talk = Callable[[socket.socket], None]


@contextmanager
def raw_server(talk: Talk) -> Iterator[int]:
    """The port of a server that lets ``talk`` have every connection, one after the other."""
    listener = socket.create_server((HOST, 0))
    opened: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                opened.append(connection)
                with connection, suppress(OSError):
                    talk(connection)

    thread = threading.Thread(target=serve, name="raw-server", daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        for one in (listener, *opened):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def silent(connection: socket.socket) -> None:
    """Takes everything and says nothing."""
    while connection.recv(65536):
        pass


def garbage(connection: socket.socket) -> None:
    """Says what no protocol knows, then listens."""
    connection.sendall(b"\x00\xff\x80 what? \r\n" * 50)
    silent(connection)


def hangs_up(connection: socket.socket) -> None:
    """Ends every connection at once."""


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port

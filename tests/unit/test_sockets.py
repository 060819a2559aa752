"""The one way out: names, refusals, silence, and the practice folder's wall."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from ledgerdesk.errors import (
    ConnectionRefused,
    ConnectionTrouble,
    HostNotFound,
    LoopbackOnly,
    TimedOut,
)
from ledgerdesk.net.sockets import Sockets


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def port_of(server: socket.socket) -> int:
    return int(server.getsockname()[1])


def answer(monkeypatch: pytest.MonkeyPatch, *addresses: str, port: int = 9) -> None:
    found = [
        (
            socket.AF_INET6 if ":" in address else socket.AF_INET,
            socket.SOCK_STREAM,
            6,
            "",
            (address, port, 0, 0) if ":" in address else (address, port),
        )
        for address in addresses
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def test_connects_without_delay(listener: socket.socket) -> None:
    with Sockets().connect("127.0.0.1", port_of(listener), 5) as sock:
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_next_address_is_tried(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "::1", "127.0.0.2", "127.0.0.1", port=port_of(listener))
    with Sockets().connect("server.example", port_of(listener), 5) as sock:
        assert sock.getpeername()[0] == "127.0.0.1"


def test_unknown_name() -> None:
    with pytest.raises(HostNotFound) as raised:
        Sockets().connect("nothing.invalid", 22, 5)
    assert raised.value.params["host"] == "nothing.invalid"


@pytest.mark.parametrize("name", ["a..b", "é" * 70])
def test_impossible_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # As the real one does with names that no name server can be asked for.
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: host.encode("idna"))
    with pytest.raises(HostNotFound):
        Sockets().connect(name, 22, 5)


def test_refused(listener: socket.socket) -> None:
    port = port_of(listener)
    listener.close()
    with pytest.raises(ConnectionRefused) as raised:
        Sockets().connect("127.0.0.1", port, 5)
    assert f"port {port}" in raised.value.text()


def test_silence_is_a_timeout(listener: socket.socket) -> None:
    listener.listen(0)
    with pytest.raises(TimedOut):
        # Nobody accepts: the queue is full after one or two.
        waiting = []
        try:
            while True:
                waiting.append(Sockets().connect("127.0.0.1", port_of(listener), 0.2))
        finally:
            for sock in waiting:
                sock.close()


def test_other_trouble_names_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: Any) -> None:
        raise OSError(113, "No route to host")

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    with pytest.raises(ConnectionTrouble) as raised:
        Sockets().connect("127.0.0.1", 22, 5)
    assert type(raised.value) is ConnectionTrouble
    assert "No route to host" in raised.value.text()


@pytest.mark.parametrize(
    "addresses", [("192.0.2.7",), ("127.0.0.1", "192.0.2.7"), ("::1", "2001:db8::1"), ("10.0.0.1",)]
)
def test_practice_folder_is_held_by_resolved_addresses(
    addresses: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: Any) -> None:
        raise AssertionError("tried to connect")

    answer(monkeypatch, *addresses)
    monkeypatch.setattr(socket.socket, "connect", forbidden)
    with pytest.raises(LoopbackOnly):
        Sockets(loopback_only=True).connect("localhost", 22, 5)


def test_practice_folder_reaches_this_computer(listener: socket.socket) -> None:
    Sockets(loopback_only=True).connect("localhost", port_of(listener), 5).close()

"""The only place where names become addresses and addresses become connections."""

from __future__ import annotations

import ipaddress
import socket
import time
from typing import Any

from ledgerdesk.errors import (
    ConnectionRefused,
    ConnectionTrouble,
    HostNotFound,
    LedgerDeskError,
    LoopbackOnly,
    TimedOut,
)

_Address = tuple[int, int, int, Any]


class Sockets:
    """Implements ``model.Network``. A practice folder's reaches this computer only."""

    def __init__(self, loopback_only: bool = False) -> None:
        self._loopback_only = loopback_only

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """A connected TCP socket with TCP_NODELAY; ``timeout`` covers all addresses together.

        What is read and written afterwards has the caller's own timeout.

        Without TCP_NODELAY every small request waits some 40 ms on a near server: Nagle's
        algorithm against delayed acknowledgements.

        Raises HostNotFound, ConnectionRefused, TimedOut, ConnectionTrouble or LoopbackOnly.
        """
        addresses = self._resolve(host, port)
        deadline = time.monotonic() + timeout
        for left in range(len(addresses), 0, -1):
            # A share each: one dead address must not eat the time of a living one.
            share = max(0.01, (deadline - time.monotonic()) / left)
            try:
                return _connected(addresses[-left], share)
            except OSError as error:
                if left == 1:
                    raise _told(host, port, error) from error
        raise HostNotFound(host=host, port=port, reason="")

    def _resolve(self, host: str, port: int) -> list[_Address]:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise HostNotFound(host=host, port=port, reason=str(error)) from error
        if self._loopback_only and not all(_is_loopback(answer[4][0]) for answer in answers):
            raise LoopbackOnly(host=host, port=port)
        return [(family, kind, number, address) for family, kind, number, _, address in answers]


def _is_loopback(address: str | int) -> bool:
    return ipaddress.ip_address(address).is_loopback


def _connected(address: _Address, timeout: float) -> socket.socket:
    family, kind, number, where = address
    sock = socket.socket(family, kind, number)
    try:
        sock.settimeout(timeout)
        sock.connect(where)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def _told(host: str, port: int, error: OSError) -> LedgerDeskError:
    kind: type[LedgerDeskError] = ConnectionTrouble
    if isinstance(error, ConnectionRefusedError):
        kind = ConnectionRefused
    elif isinstance(error, TimeoutError):
        kind = TimedOut
    return kind(host=host, port=port, reason=error.strerror or str(error))

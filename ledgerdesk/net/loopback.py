"""Where the browser brings the answer of a sign-in: one listener on this computer, for one answer.

It answers the one expected path, whatever else knocks (a favicon, a port scanner, a slow or silent
line, another page's guess), and is gone after the first answer that belongs to it (RFC 8252 §7.3).
"""

from __future__ import annotations

import hmac
import selectors
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from ledgerdesk.errors import Cancelled, SignInTimedOut
from ledgerdesk.model import Cancel
from ledgerdesk.net.loopback_page import Verdict, answer_of
from ledgerdesk.net.oauth import denied_in, state_in

_HOST = "127.0.0.1"
_TICK = 0.1
_LARGEST = 16 * 1024
_MOST_LINES = 32
_PATIENCE = 10.0
"""Seconds one line may take to say what it wants."""

_AFTER_A_STRANGER = 5.0
"""Seconds the right answer may still take after one with another state: then it is an error."""


class Listener:
    """Listens from the moment it is made; a context manager. ``redirect_uri`` is where.

    The first of ``redirects`` whose port is free is taken, or any free port where there is none.
    Raises OSError when all of them are taken.
    """

    def __init__(self, redirects: Sequence[str] = ()) -> None:
        self._sockets: list[socket.socket] = []
        self._ended = threading.Event()
        self._waits = threading.Lock()
        self.redirect_uri = self._take(redirects)
        parts = urlsplit(self.redirect_uri)
        self._path = parts.path or "/"
        self._port = parts.port or 80
        self._hosts = {f"{host}:{self._port}" for host in (_HOST, "localhost", "[::1]")}

    @property
    def port(self) -> int:
        return self._port

    def wait(self, state: str, cancel: Cancel, seconds: float) -> str:
        """The address the browser ended at: the one with ``state``, or a stranger's if only that
        came (redeeming it tells). Closes the listener.

        Raises SignInTimedOut after ``seconds``, or Cancelled, also when another thread closes it.
        """
        try:
            with self._waits, selectors.DefaultSelector() as selector:
                for sock in self._sockets:
                    selector.register(sock, selectors.EVENT_READ)
                return _Wait(self, selector, state).until(cancel, time.monotonic() + seconds)
        finally:
            self.close()

    @property
    def ended(self) -> bool:
        return self._ended.is_set()

    def close(self) -> None:
        """Stops listening; a thread that waits notices within a moment."""
        self._ended.set()
        with self._waits:
            while self._sockets:
                self._sockets.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # --- how ------------------------------------------------------------------------------------

    def _take(self, redirects: Sequence[str]) -> str:
        trouble: OSError | None = None
        for redirect in redirects:
            parts = urlsplit(redirect)
            try:
                self._sockets.append(_listening(socket.AF_INET, _HOST, parts.port or 80))
            except OSError as error:
                trouble = error
                continue
            if (parts.hostname or "") != _HOST:
                # "localhost" may mean the other family to the browser.
                with suppress(OSError):
                    self._sockets.append(_listening(socket.AF_INET6, "::1", parts.port or 80))
            return redirect
        if trouble is not None:
            raise trouble
        self._sockets.append(_listening(socket.AF_INET, _HOST, 0))
        return f"http://{_HOST}:{self._sockets[0].getsockname()[1]}/"

    def asked(self, head: bytes) -> str:
        """The address one request asks for; empty for everything but the expected one."""
        lines = head.split(b"\r\n")
        try:
            method, target, _ = lines[0].decode("ascii").split(" ")
        except ValueError:
            return ""
        names = [one[5:].strip().decode("latin-1") for one in lines if one[:5].lower() == b"host:"]
        # Another name for this computer is another site's trick (DNS rebinding).
        if method != "GET" or names[:1] != names or not self._hosts.issuperset(names) or not names:
            return ""
        parts = urlsplit(target)
        if parts.scheme or parts.netloc or (parts.path or "/") != self._path or not parts.query:
            return ""
        return f"http://{names[0]}{target}"


class _Line:
    """One connection, read without ever waiting for it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.until = time.monotonic() + _PATIENCE
        self.head = b""

    def read(self) -> bool | None:
        """True: the request is there; False: it never will be; None: not yet."""
        try:
            part = self.sock.recv(_LARGEST)
        except BlockingIOError:
            return None
        except OSError:
            return False
        self.head += part
        if b"\r\n\r\n" in self.head:
            return True
        return False if not part or len(self.head) > _LARGEST else None


class _Wait:
    def __init__(self, listener: Listener, selector: selectors.BaseSelector, state: str) -> None:
        self._listener = listener
        self._selector = selector
        self._state = state.encode()
        self._lines: list[_Line] = []
        self._strange = ""

    def until(self, cancel: Cancel, deadline: float) -> str:
        try:
            while True:
                cancel.raise_if_cancelled()
                if self._listener.ended:
                    raise Cancelled()
                for key, _ in self._selector.select(_TICK):
                    found = self._accept(key.fileobj) if key.data is None else self._hear(key.data)
                    if found:
                        return found
                now = time.monotonic()
                for line in [one for one in self._lines if one.until < now]:
                    self._drop(line)
                if self._strange and deadline > now + _AFTER_A_STRANGER:
                    deadline = now + _AFTER_A_STRANGER
                if now >= deadline:
                    if self._strange:
                        return self._strange
                    raise SignInTimedOut()
        finally:
            for line in list(self._lines):
                self._drop(line)

    def _accept(self, listening: object) -> str:
        assert isinstance(listening, socket.socket)
        with suppress(OSError):
            sock, _ = listening.accept()
            sock.setblocking(False)
            if len(self._lines) >= _MOST_LINES:
                self._drop(min(self._lines, key=lambda one: one.until))
            line = _Line(sock)
            self._lines.append(line)
            self._selector.register(sock, selectors.EVENT_READ, line)
        return ""

    def _hear(self, line: _Line) -> str:
        if line not in self._lines:
            # Thrown out a moment ago, to make room.
            return ""
        whole = line.read()
        if whole is None:
            return ""
        asked = self._listener.asked(line.head) if whole else ""
        if not asked:
            self._say(line, Verdict.NOTHING_HERE)
            return ""
        if not hmac.compare_digest(state_in(asked).encode(), self._state):
            self._strange = asked
            self._say(line, Verdict.STRANGE)
            return ""
        self._say(line, Verdict.DENIED if denied_in(asked) else Verdict.DONE)
        return asked

    def _say(self, line: _Line, verdict: Verdict) -> None:
        with suppress(OSError):
            # A page is small: it fits what the system keeps for a line that does not read.
            line.sock.sendall(answer_of(verdict))
            line.sock.shutdown(socket.SHUT_WR)
        self._drop(line)

    def _drop(self, line: _Line) -> None:
        self._lines.remove(line)
        self._selector.unregister(line.sock)
        line.sock.close()


def _listening(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        # On Windows "reuse" would let another program listen beside us.
        option = socket.SO_REUSEADDR if exclusive is None else exclusive
        sock.setsockopt(socket.SOL_SOCKET, option, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, port))
        sock.listen(_MOST_LINES)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock

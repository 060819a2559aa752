"""The bytes of SMTP (RFC 5321): commands out, replies in, each within its time and its bounds."""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from ledgerdesk.errors import ConnectionTrouble, TimedOut
from ledgerdesk.i18n import N_, translate
from ledgerdesk.net import tls

# RFC 5321 §4.5.3.1.5 allows 512 bytes; servers are known to be more talkative.
_LONGEST_REPLY = 64 * 1024
_REPLY_LINE = re.compile(rb"([2-5]\d\d)([ -]?)(.*)")


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer: three digits and its words, on one line and without control characters."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return f"{self.code} {' '.join(self.lines)}".strip()[:300]

    @property
    def status(self) -> str:
        """The enhanced status (RFC 3463), as in ``5.7.1``, or empty."""
        found = re.match(r"[245]\.\d{1,3}\.\d{1,3}\b", self.lines[0] if self.lines else "")
        return found[0] if found else ""

    @property
    def is_positive(self) -> bool:
        return self.code < 400

    @property
    def is_passing(self) -> bool:
        """A refusal for now (4xx)."""
        return 400 <= self.code < 500


class Line:
    """One connection to a mail server. After an error of the line it is closed for good."""

    def __init__(self, sock: socket.socket, host: str, timeout: float) -> None:
        self.host = host
        self.timeout = timeout
        self.is_open = True
        self._socket = sock
        self._unread = b""

    @property
    def encryption(self) -> str:
        """``TLSv1.3``, or empty for a line in the clear."""
        return self._socket.version() or "" if isinstance(self._socket, ssl.SSLSocket) else ""

    @property
    def own_address(self) -> str:
        """This computer as an address literal: it needs no look-up and tells no name."""
        address = str(self._socket.getsockname()[0])
        return f"[IPv6:{address}]" if ":" in address else f"[{address}]"

    @property
    def peer_address(self) -> str:
        return str(self._socket.getpeername()[0])

    def encrypt(self, ca_pem: str) -> None:
        """Raises what tls.wrap raises."""
        # What came in the clear must not pass for an answer of the encrypted server.
        self._unread = b""
        self.is_open = False
        self._socket.settimeout(self.timeout)
        self._socket = tls.wrap(self._socket, self.host, ca_pem)
        self.is_open = True

    def ask(self, command: str) -> Reply:
        """Raises ConnectionTrouble."""
        self.send(command.encode() + b"\r\n")
        return self.reply()

    def send(self, content: bytes) -> None:
        """Raises ConnectionTrouble."""
        with self._converted():
            self._socket.settimeout(self.timeout)
            self._socket.sendall(content)

    def reply(self, timeout: float | None = None) -> Reply:
        """The next answer, whole within ``timeout`` seconds. Raises ConnectionTrouble."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        lines: list[str] = []
        size = 0
        while True:
            line = self._next_line(deadline)
            size += len(line)
            found = _REPLY_LINE.fullmatch(line)
            if found is None or size > _LONGEST_REPLY:
                raise self._garbage()
            lines.append(_readable(found[3]))
            if found[2] != b"-":
                return Reply(int(found[1]), tuple(lines))

    def is_quiet(self) -> bool:
        """Whether the server still listens and said nothing unasked. Does not wait."""
        if self._unread or not self.is_open:
            return False
        try:
            self._socket.settimeout(0)
            self._unread = self._socket.recv(4096)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            pass
        return False

    def close(self) -> None:
        """Never raises."""
        self.is_open = False
        with suppress(OSError):
            self._socket.close()

    def _next_line(self, deadline: float) -> bytes:
        while b"\n" not in self._unread:
            if len(self._unread) > _LONGEST_REPLY:
                raise self._garbage()
            with self._converted():
                self._socket.settimeout(max(0.001, deadline - time.monotonic()))
                received = self._socket.recv(4096)
            if not received:
                self.close()
                reason = translate(N_("The connection was closed."))
                raise ConnectionTrouble(host=self.host, reason=reason)
            self._unread += received
        line, _, self._unread = self._unread.partition(b"\n")
        return line.rstrip(b"\r")

    def _garbage(self) -> ConnectionTrouble:
        self.close()
        reason = translate(N_("It does not answer as a mail server does."))
        return ConnectionTrouble(host=self.host, reason=reason)

    @contextmanager
    def _converted(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.close()
            reason = error.strerror or str(error)
            kind = TimedOut if isinstance(error, TimeoutError) else ConnectionTrouble
            raise kind(host=self.host, reason=reason) from error


def _readable(text: bytes) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text.decode("utf-8", "replace")).strip()

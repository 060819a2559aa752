"""What the vendors' stand-ins share: an HTTP server on loopback with faults one can switch on."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from ledgerdesk.practice.kept import HOST, listener

_LARGEST = 200 * 1024 * 1024


class VendorClock:
    """The stand-in's own time: the computer's, moved forward at will."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def forward(self, **how_far: float) -> None:
        self._ahead += timedelta(**how_far)


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came over the line. Header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    def form(self) -> dict[str, list[str]]:
        """An urlencoded body. Raises UnicodeDecodeError."""
        return parse_qs(self.body.decode("ascii"), keep_blank_values=True)

    def json(self) -> Any:
        """Raises ValueError."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_json(
        cls, value: Any, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Answer:
        body = json.dumps(value).encode()
        return cls(status, body, {"Content-Type": "application/json", **(headers or {})})

    @classmethod
    def of_text(cls, text: str, status: int = 200, content_type: str = "text/plain") -> Answer:
        return cls(status, text.encode(), {"Content-Type": f"{content_type}; charset=utf-8"})


class FaultKind(StrEnum):
    ANSWER = "answer"
    """The given answer instead of the right one; nothing is done."""
    DROP_BEFORE = "drop_before"
    """The line is cut before anything is done."""
    DROP_AFTER = "drop_after"
    """Everything is done, then the line is cut without an answer."""
    STALL = "stall"
    """Nothing is done and nothing said for ``seconds`` (or until the server stops)."""
    STALL_AFTER = "stall_after"
    """Everything is done, then nothing is said for ``seconds``."""


@dataclass
class Fault:
    """Meets the next ``times`` requests whose path contains ``path``."""

    kind: FaultKind
    path: str = ""
    times: int = 1
    answer: Answer = field(default_factory=Answer)
    seconds: float = 30.0


class VendorServer(ABC):
    """A context manager; ``url`` is its address. A folder makes it the same server the next time:
    port and certificate. ``tls`` serves https with that context.

    ``log`` holds every request with the status it was answered with (0: no answer).
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        clock: VendorClock | None = None,
    ) -> None:
        self.clock = clock or VendorClock()
        self.log: list[tuple[Request, int]] = []
        self._faults: list[Fault] = []
        self._guard = threading.RLock()
        self._closing = threading.Event()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        sock = listener(folder) if folder else socket.create_server((HOST, 0))
        self.port: int = sock.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://{HOST}:{self.port}"
        self._server = _serve(self._handle, sock, tls)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """What the vendor does and says; one request at a time."""

    def break_next(
        self,
        kind: FaultKind,
        path: str = "",
        *,
        times: int = 1,
        answer: Answer | None = None,
        seconds: float = 30.0,
    ) -> None:
        """Switches a fault on, behind those still to come."""
        with self._guard:
            self._faults.append(Fault(kind, path, times, answer or Answer(503), seconds))

    def heal(self) -> None:
        with self._guard:
            self._faults.clear()

    def requests(self, path: str = "", method: str = "") -> list[Request]:
        """Those whose path contains ``path``, in the order they came."""
        with self._guard:
            return [one for one, _ in self.log if path in one.path and method in ("", one.method)]

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

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

    def _handle(self, request: Request) -> Answer | None:
        """None: the line is cut."""
        with self._guard:
            fault = self._due(request)
            before = fault.kind if fault else None
            if before in (FaultKind.ANSWER, FaultKind.DROP_BEFORE, FaultKind.STALL):
                given = None
            else:
                given = self.answer(request)
            if fault and fault.kind is FaultKind.ANSWER:
                given = fault.answer
            silent = fault is not None and fault.kind is not FaultKind.ANSWER
            self.log.append((request, 0 if silent or given is None else given.status))
        if fault and fault.kind in (FaultKind.STALL, FaultKind.STALL_AFTER):
            self._closing.wait(fault.seconds)
        return None if silent else given

    def _due(self, request: Request) -> Fault | None:
        for one in self._faults:
            if one.path in request.path:
                one.times -= 1
                if one.times <= 0:
                    self._faults.remove(one)
                return one
        return None


def _serve(
    handle: Callable[[Request], Answer | None], sock: socket.socket, tls: ssl.SSLContext | None
) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "practice"
        timeout = 60
        # Headers and body leave in two pieces: the second must not wait for the first's receipt.
        disable_nagle_algorithm = True

        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > _LARGEST:
                self.close_connection = True
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(length)
            if len(body) < length:
                # The client died under its request: half of one is none.
                self.close_connection = True
                return
            answer = handle(Request(self.command, self.path, headers, body))
            if answer is None:
                self.close_connection = True
                with suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _any  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            return None

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def get_request(self) -> tuple[socket.socket, Any]:
            accepted, address = super().get_request()
            if tls is not None:
                # The handshake is the handler's thread's: one slow client must not stop the rest.
                accepted = tls.wrap_socket(
                    accepted, server_side=True, do_handshake_on_connect=False
                )
            return accepted, address

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that went away is everyday life; anything else is a fault of ours."""
            import sys

            if not isinstance(sys.exc_info()[1], OSError):
                super().handle_error(request, client_address)

    server = Server(sock.getsockname(), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = sock
    return server

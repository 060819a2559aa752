"""A real mail server on loopback that takes mail over TLS, keeps it on disk, and can misbehave.

In a test's own process: ``SmtpServer``. As a process of its own, for tests that kill their
neighbours: ``SmtpProcess``, or by hand ``python -m tests.helpers.smtp --directory D``, which writes
its port to ``D/port`` and its certificate authority to ``D/ca.pem``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import email
import email.policy
import json
import logging
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import IO, Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from ledgerdesk.practice.authority import Authority

HOST = "127.0.0.1"
MODES = ("starttls", "tls", "plain-only")
CERTIFICATES = ("good", "other-name", "other-authority", "expired")

# --- what a test sets and reads -----------------------------------------------------------------


@dataclass
class Faults:
    """What goes wrong; the defaults are a server in good health.

    ``refuse_recipient``/``refuse_sender``: 550 for these addresses. ``drop_after_data``: the mail
    is kept, the connection ends without a 250. ``drop_before_data_end``: the connection ends in
    the middle of the mail, nothing is kept. ``delay_reply``: seconds between keeping a mail and
    its 250. ``temp_fail``: so many mails still get a 451 and are not kept. ``size_limit``: bytes.
    """

    refuse_recipient: set[str] = field(default_factory=set)
    refuse_sender: set[str] = field(default_factory=set)
    drop_after_data: bool = False
    drop_before_data_end: bool = False
    delay_reply: float = 0.0
    temp_fail: int = 0
    size_limit: int | None = None

    def change(self, **changes: Any) -> None:
        """Sets the named faults; the others stay. Addresses may come as any collection."""
        unknown = set(changes) - {one.name for one in dataclasses.fields(self)}
        if unknown:
            raise TypeError(f"no such fault: {', '.join(sorted(unknown))}")
        for name, value in changes.items():
            setattr(self, name, set(value) if name.startswith("refuse_") else value)


@dataclass
class Counters:
    """What happened since the server started or was reset."""

    connections: int = 0
    sign_ins: int = 0
    wrong_passwords: int = 0
    messages: int = 0


@dataclass(frozen=True)
class Received:
    """One mail the server accepted: the envelope, and the bytes as they came."""

    path: Path
    mail_from: str
    recipients: tuple[str, ...]
    username: str | None
    content: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = email.message_from_bytes(self.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


class Mailbox:
    """Accepted mails on disk: ``0001.eml`` as received, ``0001.json`` its envelope."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def keep(self, envelope: Envelope, username: str | None) -> None:
        """On disk before this returns, so a 250 never promises what a crash could lose."""
        number = len(list(self.directory.glob("*.eml"))) + 1
        facts = {
            "mail_from": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "username": username,
        }
        (self.directory / f"{number:04}.json").write_text(json.dumps(facts))
        unfinished = self.directory / f"{number:04}.part"
        with unfinished.open("wb") as stream:
            stream.write(envelope.original_content or b"")
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.rename(unfinished.with_suffix(".eml"))

    def messages(self) -> list[Received]:
        return [self._read(path) for path in sorted(self.directory.glob("*.eml"))]

    def clear(self) -> None:
        for path in self.directory.iterdir():
            path.unlink()

    @staticmethod
    def _read(path: Path) -> Received:
        facts = json.loads(path.with_suffix(".json").read_text())
        return Received(
            path=path,
            mail_from=facts["mail_from"],
            recipients=tuple(facts["recipients"]),
            username=facts["username"],
            content=path.read_bytes(),
        )


# --- the server ---------------------------------------------------------------------------------


class _Protocol(SMTP):
    """One connection. Only what aiosmtpd's hooks cannot do is overridden."""

    def __init__(self, server: SmtpServer, **options: Any) -> None:
        super().__init__(_Hooks(server), **options)
        self._owner = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # STARTTLS comes through here a second time.
        if self.transport is None:
            self._owner.counters.connections += 1
            self._owner.connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._owner.connections.discard(self)
        super().connection_lost(error)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        if self._owner.faults.drop_before_data_end:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._reader.readuntil(b"\r\n")
            abort(self)
        await super().smtp_DATA(arg)


def abort(connection: Any) -> None:
    """Ends a connection without a word; raises what ends aiosmtpd's own loop quietly."""
    (connection._original_transport or connection.transport).abort()
    raise asyncio.CancelledError


class _Hooks:
    """aiosmtpd's hooks, by aiosmtpd's names."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def handle_MAIL(  # noqa: N802
        self,
        connection: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        if address in self._server.faults.refuse_sender:
            return "550 5.7.1 Sender address rejected: not owned by user"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802
        self,
        connection: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if address in self._server.faults.refuse_recipient:
            return "550 5.1.1 Recipient address rejected: User unknown"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802
        self, connection: SMTP, session: Session, envelope: Envelope
    ) -> str:
        faults = self._server.faults
        if faults.temp_fail > 0:
            faults.temp_fail -= 1
            return "451 4.3.0 Temporary failure, try again later"
        self._server.mailbox.keep(envelope, self._server.username)
        self._server.counters.messages += 1
        if faults.drop_after_data:
            abort(connection)
        await asyncio.sleep(faults.delay_reply)
        return f"250 2.0.0 Ok: queued as {self._server.counters.messages:08X}"


async def _some_rounds() -> None:
    """Time for asyncio's own callbacks, which need a few rounds of the loop."""
    for _ in range(5):
        await asyncio.sleep(0)


class SmtpServer:
    """``host port username password ca_pem`` are what a client needs, ``mode`` is its security.

    ``starttls``: sign-in only after STARTTLS. ``tls``: TLS from the first byte. ``plain-only``: no
    TLS is offered at all. ``certificate``: ``good``, or one that a client must refuse: for another
    name, from another authority than ``ca_pem``, or expired.
    """

    host = HOST
    username = "kantoor@ledgerdesk.example"
    password = "geheim-Wachtwoord-1"

    def __init__(
        self, directory: Path, mode: str = "starttls", certificate: str = "good", port: int = 0
    ) -> None:
        if mode not in MODES or certificate not in CERTIFICATES:
            raise ValueError(f"{mode}, {certificate}")
        self.mode = mode
        self.directory = directory
        self.mailbox = Mailbox(directory / "mailbox")
        self.faults = Faults()
        self.counters = Counters()
        self._tls = self._certify(certificate)
        self._socket = socket.create_server((HOST, port))
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self.connections: set[_Protocol] = set()
        listening = threading.Event()
        self._thread = threading.Thread(
            target=self._serve, args=(listening,), name="smtp-server", daemon=True
        )
        self._thread.start()
        listening.wait(10)

    @property
    def ca_file(self) -> Path:
        return self.directory / "ca.pem"

    def messages(self) -> list[Received]:
        """Every mail the server has taken, oldest first."""
        return self.mailbox.messages()

    def set_faults(self, **changes: Any) -> None:
        self.faults.change(**changes)

    def reset(self) -> None:
        """A healthy server with an empty mailbox, for the next test."""
        self.faults = Faults()
        self.counters = Counters()
        self.mailbox.clear()

    def close(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    def _certify(self, certificate: str) -> ssl.SSLContext:
        trusted = Authority()
        self.ca_pem = trusted.ca_pem
        self.ca_file.write_text(self.ca_pem)
        signer = Authority("Another authority") if certificate == "other-authority" else trusted
        names = ("mail.other.example",) if certificate == "other-name" else (HOST, "localhost")
        return signer.server_context(self.directory, *names, expired=certificate == "expired")

    def _serve(self, listening: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            self._loop.create_server(
                self._protocol, sock=self._socket, ssl=self._tls if self.mode == "tls" else None
            )
        )
        self._loop.call_soon(listening.set)
        try:
            self._loop.run_forever()
        finally:
            # What was just accepted becomes a connection first: a closed server cannot take it in.
            self._loop.run_until_complete(_some_rounds())
            server.close()
            self._loop.run_until_complete(self._end_connections())
            self._loop.run_until_complete(server.wait_closed())
            self._loop.close()

    async def _end_connections(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        # All of them, also those in the middle of a handshake; asyncio has no public list.
        for transport in list(vars(self._loop)["_transports"].values()):
            transport.abort()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await _some_rounds()

    def _protocol(self) -> _Protocol:
        starttls = self.mode == "starttls"
        return _Protocol(
            self,
            hostname="localhost",
            ident="practice mail server",
            tls_context=self._tls if starttls else None,
            require_starttls=starttls,
            auth_require_tls=starttls,
            authenticator=self._authenticate,
            data_size_limit=self.faults.size_limit,
            loop=self._loop,
        )

    def _authenticate(
        self, connection: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
    ) -> AuthResult:
        self.counters.sign_ins += 1
        right = (given.login, given.password) == (self.username.encode(), self.password.encode())
        if not right:
            self.counters.wrong_passwords += 1
        # handled=False: aiosmtpd says 535 itself.
        return AuthResult(success=right, handled=False)


# --- as a process of its own --------------------------------------------------------------------


class SmtpProcess:
    """The same server in a process of its own; it ends when the process that made it ends."""

    host = SmtpServer.host
    username = SmtpServer.username
    password = SmtpServer.password

    def __init__(
        self, directory: Path, mode: str = "starttls", certificate: str = "good", port: int = 0
    ) -> None:
        self.mode = mode
        self.directory = directory
        command = [sys.executable, "-m", "tests.helpers.smtp", "--control"]
        command += ["--directory", str(directory), "--mode", mode]
        command += ["--certificate", certificate, "--port", str(port)]
        self._process = subprocess.Popen(
            command,
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._asked()
        self.port = int((directory / "port").read_text())
        self.ca_file = directory / "ca.pem"
        self.ca_pem = self.ca_file.read_text()
        self.mailbox = Mailbox(directory / "mailbox")

    @property
    def counters(self) -> Counters:
        return Counters(**self._ask("counters"))

    def messages(self) -> list[Received]:
        return self.mailbox.messages()

    def set_faults(self, **changes: Any) -> None:
        plain = {k: list(v) if isinstance(v, set) else v for k, v in changes.items()}
        self._ask("set_faults", **plain)

    def reset(self) -> None:
        self._ask("reset")

    def kill(self) -> None:
        """The mail server's machine goes down."""
        self._process.kill()
        self.close()

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._stream(self._process.stdin).close()
        self._process.wait(10)
        self._stream(self._process.stdout).close()

    def _ask(self, what: str, **arguments: Any) -> Any:
        stream = self._stream(self._process.stdin)
        stream.write(json.dumps([what, arguments]) + "\n")
        stream.flush()
        return self._asked()

    def _asked(self) -> Any:
        answer = self._stream(self._process.stdout).readline()
        if not answer:
            raise RuntimeError(f"the mail server ended with {self._process.wait(10)}")
        return json.loads(answer)

    @staticmethod
    def _stream(stream: IO[str] | None) -> IO[str]:
        assert stream is not None
        return stream


def _obey(server: SmtpServer) -> None:
    """One JSON line in, one out, until standard input ends: no orphan outlives its tests."""

    def counters() -> dict[str, int]:
        return dataclasses.asdict(server.counters)

    commands: dict[str, Callable[..., Any]] = {
        "counters": counters,
        "set_faults": server.set_faults,
        "reset": server.reset,
    }
    print(json.dumps(None), flush=True)
    for line in sys.stdin:
        what, arguments = json.loads(line)
        print(json.dumps(commands[what](**arguments)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="A practice mail server on loopback")
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--mode", choices=MODES, default="starttls")
    parser.add_argument("--certificate", choices=CERTIFICATES, default="good")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control", action="store_true", help="commands on standard input")
    given = parser.parse_args()
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    given.directory.mkdir(parents=True, exist_ok=True)
    server = SmtpServer(given.directory, given.mode, given.certificate, given.port)
    unfinished = given.directory / "port.part"
    unfinished.write_text(str(server.port))
    unfinished.rename(given.directory / "port")
    if given.control:
        _obey(server)
    else:
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)
    server.close()


if __name__ == "__main__":
    main()

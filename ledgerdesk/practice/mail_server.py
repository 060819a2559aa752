"""A mail server on loopback: STARTTLS, then a sign-in, and every mail kept as it came."""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from ledgerdesk.practice.authority import Authority
from ledgerdesk.practice.kept import HOST, kept_password, listener

USERNAME = "office@ledgerdesk.example"
_LONGEST_ADDRESS = 254


class MailServer:
    """Keeps mails in ``folder/mailboxes``; authority, password and port lie in ``folder`` too.

    ``host port username password ca_pem`` are what a client needs, with security ``starttls``.
    """

    host = HOST
    username = USERNAME

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.mailboxes = Mailboxes(folder / "mailboxes")
        self.password = kept_password(folder)
        authority = Authority(folder=folder)
        self.ca_pem = authority.ca_pem
        self._tls = authority.server_context(folder, HOST, "localhost")
        self._socket = listener(folder)
        self.port: int = self._socket.getsockname()[1]
        self._connections: list[Any] = []
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="practice-mail", daemon=True)
        self._thread.start()
        self._listening.wait()

    def close(self) -> None:
        """Ends the server and every connection, as when its machine goes down."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
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

    def _serve(self) -> None:
        run = self._loop.run_until_complete
        server = run(self._loop.create_server(self._connection, sock=self._socket))
        self._loop.call_soon(self._listening.set)
        try:
            self._loop.run_forever()
        finally:
            server.close()
            run(self._end_connections())
            run(server.wait_closed())
            self._loop.close()

    async def _end_connections(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for connection in self._connections:
            # After STARTTLS there is one around the other.
            for transport in (connection.transport, connection._original_transport):
                if transport is not None:
                    transport.abort()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _connection(self) -> Any:
        connection = SMTP(
            _Hooks(self.mailboxes),
            hostname="localhost",
            ident="LedgerDesk practice mail",
            tls_context=self._tls,
            require_starttls=True,
            auth_require_tls=True,
            auth_required=True,
            authenticator=self._authenticate,
            loop=self._loop,
        )
        self._connections = [c for c in self._connections if _is_open(c)]
        self._connections.append(connection)
        return connection

    def _authenticate(
        self, connection: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any
    ) -> AuthResult:
        expected = f"{self.username}\0{self.password}".encode()
        right = secrets.compare_digest(given.login + b"\0" + given.password, expected)
        # handled=False: aiosmtpd says 535 itself.
        return AuthResult(success=right, handled=False)


class Mailboxes:
    """One folder per recipient; ``0001.eml`` is the first mail, byte for byte."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def addresses(self) -> list[str]:
        """Everybody who ever got a mail, in alphabetical order."""
        return sorted(unquote(path.name) for path in self.folder.iterdir())

    def mails(self, address: str) -> list[bytes]:
        """What this address got, oldest first."""
        return [path.read_bytes() for path in sorted(self._of(address).glob("*.eml"))]

    def keep(self, address: str, content: bytes) -> None:
        """On disk before this returns. Raises OSError when the disk refuses."""
        mailbox = self._of(address)
        mailbox.mkdir(exist_ok=True)
        number = len(list(mailbox.glob("*.eml"))) + 1
        unfinished = mailbox / f"{number:04}.part"
        with unfinished.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(unfinished.with_suffix(".eml"))

    def _of(self, address: str) -> Path:
        # Quoted, so that no address is a path; the @ it must have keeps it from being a dot.
        return self.folder / quote(address.lower(), safe="@+")


class _Hooks:
    """aiosmtpd's hooks, by aiosmtpd's names."""

    def __init__(self, mailboxes: Mailboxes) -> None:
        self._mailboxes = mailboxes

    async def handle_RCPT(  # noqa: N802
        self,
        connection: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if "@" not in address or len(quote(address)) > _LONGEST_ADDRESS:
            return "553 5.1.3 Not an address"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802
        self, connection: SMTP, session: Session, envelope: Envelope
    ) -> str:
        with suppress(OSError):
            for address in dict.fromkeys(envelope.rcpt_tos):
                self._mailboxes.keep(address, envelope.original_content or b"")
            return "250 2.0.0 Ok: kept"
        return "452 4.3.1 Insufficient system storage"


def _is_open(connection: Any) -> bool:
    transport = connection.transport
    return transport is not None and not transport.is_closing()

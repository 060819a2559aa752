"""Reading a mailbox: encrypted, signed in once, read-only unless a folder is opened to move mails.

imap-tools speaks the protocol (RFC 3501, 2177, 6851) over our own network door. What servers answer
and what it means: RFC 3501, 5530, and the words Microsoft, Google and Dovecot are known to use.
"""

from __future__ import annotations

import imaplib
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from ledgerdesk.errors import (
    ConnectionTrouble,
    CredentialsRejected,
    FolderMissing,
    LedgerDeskError,
    MailboxClosed,
    RateLimited,
    ServerTrouble,
    SignInMethodRefused,
    StarttlsMissing,
    TimedOut,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Network
from ledgerdesk.net import tls
from ledgerdesk.net.imap_answers import fetched, readable
from ledgerdesk.net.xoauth2 import proof

LARGEST_LITERAL = 64 * 1024 * 1024
"""No answer of a server is read beyond this, whatever length it announces."""

_THROTTLED = re.compile(r"throttl|too many|overquota|server unavailable|\[limit\]", re.IGNORECASE)
_WAIT = re.compile(r"backoff time: (\d+) milliseconds", re.IGNORECASE)
_THROTTLED_FOR = 300.0
_PATIENCE = 29 * 60


@dataclass(frozen=True, slots=True)
class ImapLogin:
    """One mailbox. ``security`` is ``tls``, ``starttls``, or ``none`` for this computer. ``token``
    in place of the password where one signs in in the browser."""

    host: str
    port: int
    security: str
    username: str
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    ca_pem: str = field(default="", repr=False)
    connect_timeout: float = 10.0
    read_timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder as the server shows it when it is opened."""

    uid_validity: int
    uid_next: int
    mails: int


class Mailbox:
    """A signed-in line. Not shared between threads. After an error of the line it is closed."""

    def __init__(self, client: _Client, login: ImapLogin) -> None:
        self._client = client
        self._login = login
        self._box = _box(client)

    @property
    def encryption(self) -> str:
        """``TLSv1.3``, or empty for a line in the clear."""
        sock = self._client.sock
        return str(getattr(sock, "version", lambda: "")() or "")

    def has(self, capability: str) -> bool:
        return capability.upper() in self._client.capabilities

    def folders(self) -> list[str]:
        """Every folder that can be opened, by its own name."""
        with self._converted():
            found = self._box.folder.list()
        return [one.name for one in found if "\\Noselect" not in one.flags]

    def open(self, folder: str, *, to_move: bool = False) -> Opened:
        """Read-only (EXAMINE) unless ``to_move``. Raises FolderMissing or MailboxClosed."""
        from imap_tools.errors import MailboxFolderSelectError

        try:
            with self._converted():
                self._client.untagged_responses.clear()
                self._box.folder.set(folder, readonly=not to_move)
        except MailboxFolderSelectError as error:
            raise self._not_opened(folder, str(error)) from error
        return Opened(*(self._number(name) for name in ("UIDVALIDITY", "UIDNEXT", "EXISTS")))

    def search(self, *criteria: str) -> list[int]:
        """UIDs, in order."""
        answers = self._uid("SEARCH", *criteria)
        found = b" ".join(one for one in answers if isinstance(one, bytes))
        return sorted({int(one) for one in found.split() if one.isdigit()})

    def fetch(self, uids: list[int], what: str) -> Iterator[tuple[int, dict[str, bytes]]]:
        """(uid, item → value) for what is still there; asks for all of ``uids`` at once."""
        if uids:
            yield from fetched(self._uid("FETCH", ",".join(map(str, uids)), f"(UID {what})"))

    def content(self, uid: int) -> bytes | None:
        """The whole mail, its flags unchanged (BODY.PEEK); None: it is gone."""
        for found, items in self.fetch([uid], "BODY.PEEK[]"):
            if found == uid and "BODY[]" in items:
                return items["BODY[]"]
        return None

    def beginning(self, uid: int, size: int) -> bytes | None:
        """At most the first ``size`` bytes of a mail, its flags unchanged; None: it is gone."""
        for found, items in self.fetch([uid], f"BODY.PEEK[]<0.{size}>"):
            if found == uid and "BODY[]" in items:
                return items["BODY[]"]
        return None

    def junk(self) -> list[str]:
        """The folders the server itself marks as junk (RFC 6154)."""
        with self._converted():
            found = self._box.folder.list()
        return [one.name for one in found if "\\Junk" in one.flags]

    def ensure_folder(self, folder: str) -> None:
        """Makes and subscribes it where it is missing."""
        from imap_tools.errors import MailboxFolderCreateError, MailboxFolderSubscribeError

        with self._converted():
            if self._box.folder.exists(folder):
                return
            with suppress(MailboxFolderCreateError):
                self._box.folder.create(folder)
            with suppress(MailboxFolderSubscribeError):
                self._box.folder.subscribe(folder, True)

    def move(self, uid: int, folder: str) -> None:
        """One mail of the open folder; one that is gone is no error. Never a bare EXPUNGE, which
        would remove what other people marked. Raises ServerTrouble where that cannot be done."""
        from imap_tools.utils import encode_folder

        target = encode_folder(folder).decode("ascii")
        if self.has("MOVE"):
            self._uid("MOVE", str(uid), target)
        elif self.has("UIDPLUS"):
            self._uid("COPY", str(uid), target)
            self._uid("STORE", str(uid), "+FLAGS.SILENT", "(\\Deleted)")
            self._uid("EXPUNGE", str(uid))
        else:
            reason = translate(N_("It can neither move a mail nor remove a single one."))
            raise ServerTrouble(host=self._login.host, answer=reason)

    def wait(self, seconds: float) -> bool:
        """Until the server says that something changed, at most ``seconds``; whether it did.

        Raises what the line raises. Without IDLE it returns at once.
        """
        if not self.has("IDLE"):
            return False
        with self._converted():
            told = self._box.idle.wait(timeout=min(seconds, _PATIENCE - 60))
        return bool(told)

    def prefix(self) -> str:
        """What the names of a person's own folders begin with (RFC 2342); most often nothing."""
        if not self.has("NAMESPACE"):
            return ""
        with self._converted():
            _, answer = self._client.namespace()
        own = re.match(r'\(\("((?:[^"\\]|\\.)*)"', readable(answer))
        return own[1] if own else ""

    def close(self) -> None:
        """Never raises."""
        with suppress(Exception):
            self._client.sock.settimeout(2)
            self._client.logout()
        with suppress(Exception):
            self._client.shutdown()

    # --- how ------------------------------------------------------------------------------------

    def _number(self, name: str) -> int:
        """What the server told of the folder it just opened; 0: nothing."""
        told = self._client.untagged_responses.get(name) or [b""]
        digits = re.search(rb"\d+", told[-1] if isinstance(told[-1], bytes) else b"")
        return int(digits[0]) if digits else 0

    def _uid(self, command: str, *arguments: str) -> list[Any]:
        with self._converted():
            status, answer = self._client.uid(command, *arguments)
        if status != "OK":
            raise meaning(self._login, readable(answer))
        return answer

    def _not_opened(self, folder: str, told: str) -> LedgerDeskError:
        if "not connected" in told.lower() or "no access" in told.lower():
            return MailboxClosed(host=self._login.host, username=self._login.username)
        if _THROTTLED.search(told):
            return meaning(self._login, told)
        folders = self.folders()
        if folder in folders:
            return ServerTrouble(host=self._login.host, answer=told)
        return FolderMissing(folder=folder, known=", ".join(folders[:30]))

    @contextmanager
    def _converted(self) -> Iterator[None]:
        with converted(self._login):
            yield


def connect(login: ImapLogin, network: Network) -> Mailbox:
    """An encrypted, signed-in line.

    Raises CertificateUntrusted, StarttlsMissing, ServerTooOld, CredentialsRejected,
    SignInMethodRefused, RateLimited, LoopbackOnly or ConnectionTrouble.
    """
    sock = network.connect(login.host, login.port, login.connect_timeout)
    sock.settimeout(login.read_timeout)
    if login.security == "tls":
        sock = tls.wrap(sock, login.host, login.ca_pem)
    elif login.security == "none" and not _is_loopback(sock):
        sock.close()
        raise StarttlsMissing(host=login.host)
    client: _Client | None = None
    try:
        with converted(login):
            client = _Client(sock)
            if login.security == "starttls":
                _encrypt(client, login)
            _sign_in(client, login)
    except BaseException:
        if client is not None:
            with suppress(OSError):
                client.shutdown()
        sock.close()
        raise
    return Mailbox(client, login)


def meaning(login: ImapLogin, told: str) -> LedgerDeskError:
    """What a refusal of an order means."""
    if "not connected" in told.lower():
        return MailboxClosed(host=login.host, username=login.username)
    if _THROTTLED.search(told):
        wait = _WAIT.search(told)
        seconds = int(wait[1]) / 1000 if wait else _THROTTLED_FOR
        return RateLimited(host=login.host, answer=told, retry_after=seconds)
    return ServerTrouble(host=login.host, answer=told)


@contextmanager
def converted(login: ImapLogin) -> Iterator[None]:
    """Whatever the library or the line raises, as an error of the tree."""
    try:
        yield
    except imaplib.IMAP4.error as error:
        told = readable(error.args)
        if isinstance(error, imaplib.IMAP4.abort) and not _THROTTLED.search(told):
            raise ConnectionTrouble(host=login.host, reason=told) from error
        raise meaning(login, told) from error
    except OSError as error:
        kind = TimedOut if isinstance(error, TimeoutError) else ConnectionTrouble
        raise kind(host=login.host, reason=error.strerror or str(error)) from error


class _Client(imaplib.IMAP4):
    """On a socket that is connected already; no answer is read without bounds."""

    def __init__(self, sock: socket.socket) -> None:
        self._given = sock
        super().__init__()

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._given

    def ask_capabilities(self) -> None:
        """Anew: they change with encryption and with the sign-in."""
        self._get_capabilities()

    def read(self, size: int) -> bytes:
        if size > LARGEST_LITERAL:
            raise self.abort(f"the server announces {size} bytes")
        data = super().read(size)
        if len(data) != size:
            raise self.abort("the connection was closed")
        return data


def _encrypt(client: _Client, login: ImapLogin) -> None:
    if "STARTTLS" not in client.capabilities:
        raise StarttlsMissing(host=login.host)

    class OurTls:
        """In place of a context: our own check, our own errors."""

        def wrap_socket(self, sock: socket.socket, server_hostname: str) -> socket.socket:
            return tls.wrap(sock, login.host, login.ca_pem)

    client.starttls(OurTls())


def _sign_in(client: _Client, login: ImapLogin) -> None:
    offered = [one.removeprefix("AUTH=") for one in client.capabilities if "AUTH=" in one]
    try:
        if login.token:
            _by_token(client, login)
        elif "AUTH=PLAIN" in client.capabilities:
            said = f"\0{login.username}\0{login.password}".encode()
            client.authenticate("PLAIN", lambda _: said)
        elif "LOGINDISABLED" in client.capabilities:
            raise SignInMethodRefused(host=login.host, offered=", ".join(offered) or "–")
        else:
            client.login(login.username, login.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        told = readable(error.args)
        if _THROTTLED.search(told) or "[UNAVAILABLE]" in told.upper():
            raise meaning(login, told) from error
        # Without the server's words: they may repeat what was sent.
        raise CredentialsRejected(host=login.host, username=login.username) from None
    client.ask_capabilities()


def _by_token(client: _Client, login: ImapLogin) -> None:
    said = iter((proof(login.username, login.token).encode(),))
    # After a refusal Google and Dovecot send why, and wait for an empty line.
    client.authenticate("XOAUTH2", lambda _: next(said, b""))


def _box(client: _Client) -> Any:
    from imap_tools.mailbox import BaseMailBox

    class Box(BaseMailBox):
        def _get_mailbox_client(self) -> imaplib.IMAP4:
            return client

    return Box()


def _is_loopback(sock: socket.socket) -> bool:
    import ipaddress

    return ipaddress.ip_address(str(sock.getpeername()[0]).partition("%")[0]).is_loopback

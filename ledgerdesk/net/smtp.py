"""Handing mails to the firm's mail server: encrypted, signed in once, one line for many mails.

The commands of one mail travel together where the server allows it (PIPELINING, RFC 2920): from far
away that is half the time. What servers answer, and what it means: RFC 5321, 3463, 4954, and the
codes Microsoft, Google and Postfix are known to use.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from ledgerdesk.errors import (
    ConnectionTrouble,
    CredentialsRejected,
    DocumentRefused,
    DocumentTooLarge,
    LedgerDeskError,
    PasswordsNotTaken,
    RateLimited,
    RecipientRefused,
    SenderRefused,
    ServerTrouble,
    SignInMethodRefused,
    StarttlsMissing,
    SubmissionSwitchedOff,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Network
from ledgerdesk.net.smtp_line import Line, Reply
from ledgerdesk.net.xoauth2 import encoded

# "Too many", in the words of Google (daily limit), Microsoft (tenant limit, connections), Postfix.
_TOO_MANY = ("5.4.5", "5.7.232", "5.7.233", "4.3.2", "4.5.3", "4.7.0", "4.7.28")
_TOO_LARGE = ("5.3.4", "5.2.3")
# Microsoft looks at the sender when the mail is complete.
_NOT_YOUR_SENDER = ("5.7.60", "5.2.252")

# Microsoft's words for a password it does not want any more.
_NO_PASSWORDS = ("5.7.139", "5.7.30")
_REASONS = {
    "security defaults": N_("Your organisation's security defaults forbid it."),
    "did not meet the criteria": N_("A rule of your organisation forbids it."),
    "": N_("It only takes a sign-in in the browser."),
}


@dataclass(frozen=True, slots=True)
class Login:
    """One mail account. ``security`` is ``starttls``, ``tls``, or ``none`` for this computer.
    ``token`` in place of the password where one signs in in the browser."""

    host: str
    port: int
    security: str
    username: str
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    ca_pem: str = field(default="", repr=False)
    connect_timeout: float = 10.0
    read_timeout: float = 60.0


class Mailer:
    """A signed-in line. ``begin`` a mail, ``write`` it, ``end`` it, and begin the next."""

    def __init__(self, line: Line, login: Login, features: dict[str, str]) -> None:
        self.line = line
        self._login = login
        self._features = features
        self._sender = ""

    @property
    def size_limit(self) -> int:
        """The largest mail the server says it takes, in bytes; 0: it does not say."""
        limit = self._features.get("SIZE", "")
        return int(limit) if limit.isdecimal() else 0

    def try_sender(self, sender: str) -> None:
        """Asks whether the account may send as ``sender``; nothing is sent.

        Raises SenderRefused, RateLimited, ServerTrouble or ConnectionTrouble.
        """
        reply = self.line.ask(f"MAIL FROM:<{sender}>")
        self._cleared(reply, lambda: SenderRefused(address=sender, answer=reply.text))
        self.line.ask("RSET")

    def begin(self, sender: str, recipient: str, size: int, *, envelope_id: str = "") -> None:
        """Afterwards the server waits for a mail of ``size`` bytes. ``envelope_id`` comes back in
        every notice about it, where the server knows how (DSN, RFC 3461).

        Raises SenderRefused, RecipientRefused, DocumentTooLarge, DocumentRefused, RateLimited,
        ServerTrouble or ConnectionTrouble; while the line is open, it is ready for another mail.
        """
        self._sender = sender
        announced = f" SIZE={size}" if "SIZE" in self._features else ""
        notices = ""
        if "DSN" in self._features and envelope_id:
            announced += f" RET=HDRS ENVID={envelope_id}"
            notices = f" NOTIFY=FAILURE,DELAY ORCPT=rfc822;{_xtext(recipient)}"
        commands = [f"MAIL FROM:<{sender}>{announced}", f"RCPT TO:<{recipient}>{notices}", "DATA"]
        replies = list(self._asked(commands))
        refusals: list[Callable[[], LedgerDeskError]] = [
            lambda: SenderRefused(address=sender, answer=replies[0].text),
            lambda: RecipientRefused(address=recipient, answer=replies[1].text),
            lambda: DocumentRefused(answer=replies[2].text),
        ]
        first = next((n for n, reply in enumerate(replies) if not reply.is_positive), None)
        if first is None:
            return
        if len(replies) == len(commands) and replies[-1].is_positive:
            # It waits for a mail all the same (RFC 2920 §3.1): it gets none.
            self.line.close()
        self._cleared(replies[first], refusals[first], size)

    def write(self, content: bytes) -> None:
        """A piece of the mail. Raises ConnectionTrouble."""
        self.line.send(content)

    def check_still_waiting(self) -> None:
        """Before the mail is ended: a line that is already lost has certainly sent nothing.

        Raises ServerTrouble or ConnectionTrouble.
        """
        if self.line.is_quiet():
            return
        reply = self.line.reply()
        self.line.close()
        raise ServerTrouble(host=self.line.host, answer=reply.text)

    def end(self) -> None:
        """The point of no return: afterwards the server has the whole mail."""
        self.line.send(b".\r\n")

    def verdict(self, size: int, timeout: float) -> Reply:
        """The server's answer to ``end``. Raises DocumentTooLarge, DocumentRefused, RateLimited or
        ServerTrouble when it says that it did not take the mail; ConnectionTrouble says nothing."""
        reply = self.line.reply(timeout)
        self._cleared(reply, lambda: DocumentRefused(answer=reply.text), size)
        return reply

    def abort(self) -> None:
        """Ends the line in the middle of a mail, which the server then drops. Never raises."""
        self.line.close()

    def close(self) -> None:
        """Between two mails. Never raises."""
        if self.line.is_open:
            with suppress(ConnectionTrouble):
                self.line.send(b"QUIT\r\n")
        self.line.close()

    def _asked(self, commands: list[str]) -> Iterable[Reply]:
        """One reply per command; without PIPELINING the first refusal ends it."""
        if "PIPELINING" in self._features:
            self.line.send("".join(f"{command}\r\n" for command in commands).encode())
            for _ in commands:
                yield self.line.reply()
            return
        for command in commands:
            reply = self.line.ask(command)
            yield reply
            if not reply.is_positive:
                return

    def _cleared(self, reply: Reply, refusal: Callable[[], LedgerDeskError], size: int = 0) -> None:
        """Raises what ``reply`` means, unless it is positive; the next mail finds a clean line."""
        if reply.is_positive:
            return
        if reply.code == 421:
            self.line.close()
        if self.line.is_open:
            with suppress(ConnectionTrouble):
                self.line.ask("RSET")
        raise self._meaning(reply, size) or refusal()

    def _meaning(self, reply: Reply, size: int) -> LedgerDeskError | None:
        """What a refusal means wherever it comes; None: it depends on what was asked."""
        host, username = self._login.host, self._login.username
        if reply.status in _TOO_MANY:
            return RateLimited(host=host, answer=reply.text)
        if reply.is_passing:
            return ServerTrouble(host=host, answer=reply.text)
        if reply.code == 530 or reply.status in _NO_PASSWORDS:
            return CredentialsRejected(host=host, username=username, answer=reply.text)
        if reply.status in _NOT_YOUR_SENDER:
            return SenderRefused(address=self._sender, answer=reply.text)
        if size and (reply.status in _TOO_LARGE or (reply.code == 552 and not reply.status)):
            return DocumentTooLarge(size=size, limit=self.size_limit or "?")
        return None


def reach(login: Login, network: Network) -> tuple[Line, dict[str, str]]:
    """An encrypted line to a greeting server and what it offers; not even the user name was sent.

    Raises CertificateUntrusted, StarttlsMissing, ServerTooOld, LoopbackOnly or ConnectionTrouble.
    """
    sock = network.connect(login.host, login.port, login.connect_timeout)
    line = Line(sock, login.host, login.read_timeout)
    try:
        if login.security == "tls":
            line.encrypt(login.ca_pem)
        elif login.security == "none" and not _is_loopback(line.peer_address):
            raise StarttlsMissing(host=login.host)
        _expected(line, line.reply(), 220)
        features = _hello(line)
        if login.security == "starttls":
            if "STARTTLS" not in features:
                raise StarttlsMissing(host=login.host)
            _expected(line, line.ask("STARTTLS"), 220)
            line.encrypt(login.ca_pem)
            features = _hello(line)
    except BaseException:
        line.close()
        raise
    return line, features


def sign_in(line: Line, features: dict[str, str], login: Login) -> Mailer:
    """Offers the password once, by one method.

    Raises CredentialsRejected, SignInMethodRefused, RateLimited, ServerTrouble or
    ConnectionTrouble; the line is closed then.
    """
    offered = features.get("AUTH", "").upper().split()
    try:
        if login.token:
            reply = _by_token(line, offered, login)
        elif "PLAIN" in offered:
            proof = _base64(f"\0{login.username}\0{login.password}")
            reply = line.ask(f"AUTH PLAIN {proof}")
        elif "LOGIN" in offered:
            reply = line.ask("AUTH LOGIN")
            for answer in (login.username, login.password):
                if reply.code == 334:
                    reply = line.ask(_base64(answer))
        else:
            raise SignInMethodRefused(host=login.host, offered=", ".join(offered) or "–")
        if reply.code != 235:
            raise _refused(login, reply)
    except BaseException:
        line.close()
        raise
    return Mailer(line, login, features)


def _by_token(line: Line, offered: list[str], login: Login) -> Reply:
    if "XOAUTH2" not in offered:
        raise SignInMethodRefused(host=login.host, offered=", ".join(offered) or "–")
    reply = line.ask(f"AUTH XOAUTH2 {encoded(login.username, login.token)}")
    # After a refusal Google says why first, and waits for an empty line.
    return line.ask("") if reply.code == 334 else reply


def _xtext(address: str) -> str:
    """RFC 3461 §4: what stands for itself, and + and = as their numbers."""
    return "".join(c if "!" <= c <= "~" and c not in "+=" else f"+{ord(c):02X}" for c in address)


def _hello(line: Line) -> dict[str, str]:
    """Keyword → parameters. Raises ServerTrouble."""
    reply = line.ask(f"EHLO {line.own_address}")
    _expected(line, reply, 250)
    features: dict[str, str] = {}
    for offer in reply.lines[1:]:
        # Very old servers write AUTH=LOGIN.
        keyword, _, parameters = offer.replace("=", " ", 1).partition(" ")
        features.setdefault(keyword.upper(), parameters.strip())
    return features


def _expected(line: Line, reply: Reply, code: int) -> None:
    if reply.code != code:
        kind = RateLimited if reply.status in _TOO_MANY else ServerTrouble
        raise kind(host=line.host, answer=reply.text)


def _refused(login: Login, reply: Reply) -> LedgerDeskError:
    # Without the server's words: they may repeat what was sent.
    answer = f"{reply.code} {reply.status}".strip()
    if reply.is_passing:
        kind = RateLimited if reply.status in _TOO_MANY else ServerTrouble
        return kind(host=login.host, answer=answer)
    host, username = login.host, login.username
    if "smtpclientauthentication" in reply.text.lower():
        return SubmissionSwitchedOff(host=host, username=username, reason=answer)
    if reply.status in _NO_PASSWORDS and not login.token:
        return PasswordsNotTaken(host=host, username=username, answer=answer, reason=_why(reply))
    return CredentialsRejected(host=host, username=username, answer=answer)


def _why(reply: Reply) -> str:
    """Which of Microsoft's reasons, by its own fixed words; never the words themselves."""
    text = reply.text.lower()
    found = next((told for words, told in _REASONS.items() if words in text), _REASONS[""])
    return translate(found)


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()

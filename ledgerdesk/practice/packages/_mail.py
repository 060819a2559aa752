"""Packages that take documents by mail, and the practice mail server they all hang on."""

from __future__ import annotations

import email as mails
import email.policy as policies
import hashlib
import re
from collections.abc import Iterator
from contextlib import ExitStack
from email.message import EmailMessage
from typing import ClassVar

from ledgerdesk.model import ExportKind
from ledgerdesk.practice.firm import SampleClient
from ledgerdesk.practice.mail_server import MailServer
from ledgerdesk.practice.packages.base import JOURNALS, Arrival, PracticePackage, client_of
from ledgerdesk.practice.plan import Expected
from ledgerdesk.setup.answers import Wished

_JOURNAL = re.compile(r" - (AP|AR|BANK)\b")


class Post:
    """The mail server of the practice world. Every domain is one package's."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self.domains: set[str] = set()

    def mails(self, domain: str) -> Iterator[tuple[str, str, EmailMessage]]:
        """What came to addresses of ``domain``: address, place, mail; oldest first per address."""
        for address in self._addresses():
            if _domain(address) == domain:
                for number, content in enumerate(self.server.mailboxes.mails(address), 1):
                    mail = mails.message_from_bytes(content, policy=policies.default)
                    yield address, f"{address} ({number})", mail

    def strays(self) -> Iterator[Arrival]:
        """What came to addresses that no package has."""
        for domain in {_domain(one) for one in self._addresses()} - self.domains:
            for address, place, mail in self.mails(domain):
                yield Arrival("", address, place, hashlib.sha256(bytes(mail)).hexdigest())

    def _addresses(self) -> list[str]:
        return self.server.mailboxes.addresses()


class MailPackage(PracticePackage):
    """``domain`` is that of its mailboxes; each client has one, ``mailbox``."""

    domain: ClassVar[str]

    def start(self, opening: ExitStack) -> None:
        self.site.post.domains.add(self.domain)

    def form(self, kind: ExportKind) -> Wished:
        return {"values": {"mailbox": f"[accounting_file_id]@{self.domain}"}}

    def mailbox(self, expected: Expected) -> str:
        return client_mailbox(client_of(expected), self.domain)

    def belongs(self, expected: Expected) -> str:
        """A mailbox is found whatever the case of its name."""
        return f"{self.mailbox(expected).lower()} {JOURNALS[expected.direction]}"

    def arrivals(self) -> Iterator[Arrival]:
        for address, place, mail in self.site.post.mails(self.domain):
            found = _JOURNAL.search(mail["Subject"] or "")
            yield self.arrival(f"{address} {found[1] if found else '?'}", place, content_of(mail))


def content_of(mail: EmailMessage) -> bytes:
    """The one document it carries; the whole mail, which is nothing that was sent, if another
    number."""
    attached = [part.get_payload(decode=True) for part in mail.iter_attachments()]
    body = attached[0] if len(attached) == 1 else bytes(mail)
    assert isinstance(body, bytes)
    return body


def client_mailbox(client: SampleClient, domain: str) -> str:
    return f"{client.file_number}@{domain}"


def _domain(address: str) -> str:
    return address.rpartition("@")[2]

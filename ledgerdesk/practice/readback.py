"""What the practice servers really have, read from their disks; our books are not asked."""

from __future__ import annotations

import email
import email.policy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from ledgerdesk.model import Direction
from ledgerdesk.practice.firm import Destination
from ledgerdesk.practice.mail_server import MailServer
from ledgerdesk.practice.plan import Expected
from ledgerdesk.practice.sftp_server import SftpServer


@dataclass(frozen=True, slots=True)
class Arrival:
    """One file or mail on a server. ``folder`` says for whom and for which journal it is there."""

    destination: Destination
    folder: str
    place: str
    sha256: str


def arrivals(sftp: SftpServer, mail: MailServer, down: SftpServer) -> list[Arrival]:
    """Everything there is, wanted or not."""
    return [
        *_files(sftp, Destination.SFTP),
        *_files(down, Destination.DOWN),
        *_mails(mail),
    ]


def belongs(expected: Expected) -> tuple[Destination, str, str]:
    """Where a delivered document must be, and with which content."""
    assert expected.client is not None
    destination, number = expected.client.destination, expected.client.file_number
    sha256 = hashlib.sha256(expected.content).hexdigest()
    if destination is Destination.MAIL:
        box = {Direction.PURCHASE: "purchases", Direction.SALE: "sales", None: "bank"}
        # A mailbox is found whatever the case of its name.
        address = f"{number}-{box[expected.direction]}@package.example".lower()
        return destination, address, sha256
    journal = {Direction.PURCHASE: "AP", Direction.SALE: "AR", None: "BANK"}
    return destination, f"Invoice_import/{number}/{journal[expected.direction]}", sha256


def _files(server: SftpServer, destination: Destination) -> Iterator[Arrival]:
    for path in sorted(server.files.rglob("*")):
        if path.is_file():
            place = path.relative_to(server.files)
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            yield Arrival(destination, place.parent.as_posix(), place.as_posix(), sha256)


def _mails(server: MailServer) -> Iterator[Arrival]:
    for address in server.mailboxes.addresses():
        for number, content in enumerate(server.mailboxes.mails(address), 1):
            message = email.message_from_bytes(content, policy=email.policy.default)
            attached = [part.get_payload(decode=True) for part in message.iter_attachments()]
            body = attached[0] if len(attached) == 1 else content
            assert isinstance(body, bytes)
            sha256 = hashlib.sha256(body).hexdigest()
            yield Arrival(Destination.MAIL, address, f"{address} ({number})", sha256)

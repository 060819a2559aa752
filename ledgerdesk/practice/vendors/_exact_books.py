"""What the stand-in for Exact Online keeps: administrations, postboxes, documents, messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from ledgerdesk.practice.vendors._exact_odata import Refused, Resource, Row

DOCUMENT_TYPES = {10: "Sales invoice", 20: "Purchase invoice", 55: "Miscellaneous", 200: "Payslip"}
CREATABLE = (10, 20, 55)
OPEN = 20


@dataclass
class ExactDivision:
    """Invented. ``documents`` and ``mailbox``: whether the licence has these."""

    code: int
    name: str
    vat_number: str = ""
    hid: int = 0
    country: str = "BE"
    status: int = 1
    blocking_status: int = 0
    documents: bool = True
    mailbox: bool = True


@dataclass
class ExactMailbox:
    address: str
    for_division: int | None
    type: int = 1
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    id: str = field(default_factory=lambda: str(uuid4()))


@dataclass
class ExactFile:
    name: str
    content: bytes = field(repr=False)
    type: int | None = None
    id: str = field(default_factory=lambda: str(uuid4()))


@dataclass
class ExactDocument:
    """One document of the archive with its attachments."""

    division: int
    values: Row
    files: list[ExactFile] = field(default_factory=list)

    @property
    def id(self) -> str:
        return str(self.values["ID"])

    @property
    def subject(self) -> str:
        return str(self.values["Subject"])

    @property
    def type(self) -> int:
        return int(self.values["Type"] or 0)


@dataclass
class ExactMessage(ExactDocument):
    """One message of the digital postbox; ``status`` is what the recipient made of it."""

    status: int = OPEN


class Books:
    """``documents`` and ``messages`` are the verdict on a delivery.

    ``unfilterable`` holds what may not stand in a filter (``mailbox/MailMessagesSent/Subject``).
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.divisions: dict[int, ExactDivision] = {}
        self.mailboxes: list[ExactMailbox] = []
        self.documents: list[ExactDocument] = []
        self.messages: list[ExactMessage] = []
        self.takes_bank_mail = True
        self.largest = 0
        self.unfilterable: set[str] = set()
        self._now = now
        self._readers: Mapping[str, Callable[[int], list[Row]]] = {
            "documents/DocumentTypes": lambda _: _document_types(),
            "documents/Documents": lambda code: [one.values for one in self._in(code)],
            "documents/DocumentAttachments": lambda code: _attachments(self._in(code)),
            "mailbox/Mailboxes": lambda _: [self._mailbox_row(one) for one in self.mailboxes],
            "mailbox/MailMessagesSent": lambda code: [
                {**one.values, "RecipientStatus": one.status} for one in self._sent(code)
            ],
            "mailbox/MailMessageAttachments": lambda code: _mail_attachments(self._sent(code)),
        }
        self._writers: Mapping[str, Callable[[int, Row], Row]] = {
            "documents/Documents": self._new_document,
            "documents/DocumentAttachments": self._new_attachment,
            "mailbox/MailMessagesSent": self._new_message,
            "mailbox/MailMessageAttachments": self._new_mail_attachment,
        }

    def rows(self, resource: Resource, division: int) -> list[Row]:
        return self._readers[resource.path](division)

    def add(self, resource: Resource, division: int, given: Row) -> Row:
        """The kept row. Raises Refused, with 500 for what the business rules refuse."""
        return self._writers[resource.path](division, given)

    def _in(self, code: int) -> list[ExactDocument]:
        return [one for one in self.documents if one.division == code]

    def _sent(self, code: int) -> list[ExactMessage]:
        return [one for one in self.messages if one.division == code]

    # --- the archive ------------------------------------------------------------------------------

    def _new_document(self, division: int, given: Row) -> Row:
        if given["Type"] not in CREATABLE:
            raise Refused(500, f"Invalid value: Type {given['Type']}")
        number = 10_000_000 + len(self.documents)
        row = {**given, "ID": str(uuid4()), "HID": number, "Created": self._now()}
        row.setdefault("DocumentDate", self._now())
        self.documents.append(ExactDocument(division, row))
        return row

    def _new_attachment(self, division: int, given: Row) -> Row:
        for one in self._in(division):
            if one.id == given["Document"]:
                file = self._file(given["FileName"], given["Attachment"])
                one.files.append(file)
                return _attachment_row(one, file)
        raise Refused(500, "Data does not exist: Document")

    def _file(self, name: str, content: bytes, type: int | None = None) -> ExactFile:
        if self.largest and len(content) > self.largest:
            raise Refused(500, f"The attachment is larger than {self.largest} bytes")
        return ExactFile(name, content, type)

    # --- the postbox ------------------------------------------------------------------------------

    def _mailbox_row(self, one: ExactMailbox) -> Row:
        owner = self.divisions.get(one.for_division or 0)
        return {
            "ID": one.id,
            "Mailbox": one.address,
            "Description": owner.name if owner else "",
            "ForDivision": one.for_division,
            "Type": one.type,
            "ValidFrom": one.valid_from,
            "ValidTo": one.valid_to,
        }

    def _new_message(self, division: int, given: Row) -> Row:
        known = {one.id for one in self.mailboxes}
        for name in ("SenderMailboxID", "RecipientMailboxID"):
            if given[name] not in known:
                raise Refused(500, f"Data does not exist: {name}")
        if given.get("Type") == 2000 and not self.takes_bank_mail:
            raise Refused(500, "Invalid value: Type 2000 is for internal use")
        row = {**given, "ID": str(uuid4()), "Created": self._now()}
        row.setdefault("Type", 0)
        self.messages.append(ExactMessage(division, row))
        return row

    def _new_mail_attachment(self, division: int, given: Row) -> Row:
        for one in self._sent(division):
            if one.id == given["MailMessageID"]:
                name, type = given["AttachmentFileName"], given.get("Type")
                file = self._file(name, given["Attachment"], type)
                one.files.append(file)
                return _mail_attachment_row(one, file)
        raise Refused(500, "Data does not exist: MailMessageID")


# --- rows -----------------------------------------------------------------------------------------


def _document_types() -> list[Row]:
    return [
        {"ID": number, "Description": text, "DocumentIsCreatable": number in CREATABLE}
        for number, text in DOCUMENT_TYPES.items()
    ]


def _attachments(documents: list[ExactDocument]) -> list[Row]:
    return [_attachment_row(one, file) for one in documents for file in one.files]


def _attachment_row(one: ExactDocument, file: ExactFile) -> Row:
    size = float(len(file.content))
    return {"ID": file.id, "Document": one.id, "FileName": file.name, "FileSize": size}


def _mail_attachments(messages: list[ExactMessage]) -> list[Row]:
    return [_mail_attachment_row(one, file) for one in messages for file in one.files]


def _mail_attachment_row(one: ExactMessage, file: ExactFile) -> Row:
    return {
        "ID": file.id,
        "MailMessageID": one.id,
        "AttachmentFileName": file.name,
        "Type": file.type,
    }

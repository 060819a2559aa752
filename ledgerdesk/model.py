"""The words of LedgerDesk as frozen dataclasses and enums, and the Protocols rooms hand each other.

The words are those of the design: connection, configuration, client, link, source, document,
delivery, lane, receipt. Times are aware UTC datetimes, amounts are Decimal, sizes are bytes.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

# --- kinds and states ---------------------------------------------------------------------------


class ExportKind(StrEnum):
    """What a configuration sends: the article's two exports."""

    INVOICES = "invoices"
    STATEMENTS = "statements"


class DocumentKind(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    STATEMENT = "statement"
    PAYROLL = "payroll"
    CARD = "card"
    OTHER = "other"

    @property
    def export(self) -> ExportKind | None:
        """The export this kind travels with; None: nothing takes it yet."""
        if self in (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE):
            return ExportKind.INVOICES
        return ExportKind.STATEMENTS if self is DocumentKind.STATEMENT else None


class DocumentFormat(StrEnum):
    UBL = "ubl"
    CII = "cii"
    CODA = "coda"
    CAMT_053 = "camt.053"
    MT940 = "mt940"
    PDF = "pdf"
    UNKNOWN = "unknown"


class Profile(StrEnum):
    PEPPOL_BIS_3 = "peppol-bis-3"
    PEPPOL_SELFBILLING_3 = "peppol-selfbilling-3"
    UBL_BE = "ubl-be"
    E_FFF_1 = "e-fff-1"
    E_FFF_3 = "e-fff-3"
    PEPPOL_BIS_2 = "peppol-bis-2"
    NLCIUS = "nlcius"
    SI_UBL_1 = "si-ubl-1"
    XRECHNUNG = "xrechnung"
    EN16931 = "en16931"
    FACTUR_X = "factur-x"
    ZUGFERD_1 = "zugferd-1"
    NONE = "none"


class Direction(StrEnum):
    PURCHASE = "purchase"
    SALE = "sale"


class DocumentState(StrEnum):
    READY = "ready"
    UNASSIGNED = "unassigned"
    NO_DESTINATION = "no_destination"
    DUPLICATE = "duplicate"
    HELD = "held"
    SET_ASIDE = "set_aside"


class HeldReason(StrEnum):
    """Why a document waits for a person; also why none can be routed."""

    UNSAFE = "unsafe"
    NOT_WELL_FORMED = "not_well_formed"
    UNKNOWN_KIND = "unknown_kind"
    SCHEMA_INVALID = "schema_invalid"
    TOO_LARGE = "too_large"
    CONFLICT = "conflict"
    OTHER_CLIENT = "other_client"
    NOT_FOR_BOOKS = "not_for_books"


class Severity(StrEnum):
    FATAL = "fatal"
    WARNING = "warning"
    INFO = "info"


class DeliveryState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    DELIVERED = "delivered"
    RETRYING = "retrying"
    BLOCKED = "blocked"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class Stage(StrEnum):
    """How far an attempt certainly got; committed before the step it names."""

    NONE = "none"
    SENDING = "sending"
    PUBLISHING = "publishing"


class Assurance(StrEnum):
    """How much is known about an arrival, rising."""

    BLIND = "blind"
    VERIFIED = "verified"
    ACKNOWLEDGED = "acknowledged"
    PICKED_UP = "picked_up"
    BOOKED = "booked"


class ConnectionState(StrEnum):
    OK = "ok"
    UNTESTED = "untested"
    REAUTHENTICATE = "reauthenticate"
    BLOCKED = "blocked"


class DeliveryClass(StrEnum):
    """A: provable. B: provable by asking. C: not provable once the answer is lost."""

    A = "A"
    B = "B"
    C = "C"


class Standing(StrEnum):
    DOCUMENTED = "documented"
    DOCUMENTED_OLD = "documented_old"
    COMMUNITY = "community"
    YOU_COMPLETE_IT = "you_complete_it"


class LinkRole(StrEnum):
    MAIN = "main"
    COPY = "copy"


# --- what a document says -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Party:
    """One side of an invoice, or the holder of an account.

    ``identifiers`` are normalised company numbers (``BE0123456789``, ``NL123456789B01``), the
    strongest first; they decide, the name never does.
    """

    name: str = ""
    identifiers: tuple[str, ...] = ()

    @property
    def identifier(self) -> str:
        return self.identifiers[0] if self.identifiers else ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check noticed. ``text`` is an English template for the catalogues.

    ``rule`` is the official id, or ours (``LD-…``); ``params`` fill the template.
    """

    rule: str
    severity: Severity
    text: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statement:
    """One bank statement inside a file: enough to route, to find doubles and to split.

    ``start`` and ``end`` are byte offsets of its block in the file; ``core_sha256`` hashes the
    records that a second road would deliver unchanged (CODA records 1–8).
    """

    account: str
    currency: str
    holder: Party
    sequence: str
    closing_date: date | None
    opening_balance: Decimal | None
    closing_balance: Decimal | None
    start: int
    end: int
    core_sha256: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What one file says about itself. Empty where it says nothing; nothing here is guessed.

    ``issue_date`` is the issue date of an invoice and the closing date of a statement.
    ``logical_key`` is equal for two files that tell the same invoice or statement.
    ``content_key`` tells, under one logical key, a second copy (equal) from a conflict (not).
    """

    kind: DocumentKind = DocumentKind.OTHER
    format: DocumentFormat = DocumentFormat.UNKNOWN
    profile: Profile = Profile.NONE
    number: str = ""
    issue_date: date | None = None
    due_date: date | None = None
    supplier: Party = Party()
    customer: Party = Party()
    account: str = ""
    holder: Party = Party()
    total: Decimal | None = None
    currency: str = ""
    statements: tuple[Statement, ...] = ()
    logical_key: str = ""
    content_key: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The verdict on one file: what it says, what was found, and why it must be held, if so.

    ``set_aside`` is filled for documents that are recognised but not for the books (orders,
    despatch advices, responses, intraday reports): its value names what it is.
    """

    facts: Facts
    findings: tuple[Finding, ...] = ()
    held: HeldReason | None = None
    set_aside: str = ""


# --- what the firm set up ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Administration:
    id: str
    name: str
    vat_number: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the check list shown while connecting."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Variables:
    """The values of the path and name variables for one document of one client (design.md §10)."""

    enterprise_name: str
    enterprise_identifier: str
    vat: str
    uen_number: str
    accounting_file_id: str
    invoice_type: str
    document_number: str
    issue_date: str
    sync_date: str
    year: str
    file_type: str
    iban: str
    uid: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where one delivery goes, frozen when the delivery is made.

    ``place`` is a folder or an address, ``name`` the file name there, ``extra`` what else a repeat
    must hit again (a mail's Message-ID, date and subject).
    """

    place: str
    name: str
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery as a connector sees it: frozen bytes and a frozen target."""

    delivery_id: str
    attempt: int
    kind: DocumentKind
    direction: Direction | None
    format: DocumentFormat
    file_name: str
    size: int
    sha256: str
    target: Target
    administration_id: str
    values: Mapping[str, str]
    stage: Stage
    open: Callable[[], bytes]

    @property
    def uid(self) -> str:
        """Eight hex digits that belong to this delivery alone."""
        return self.delivery_id[-8:]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves an arrival: becomes the receipt. ``remote`` is the remote path or id."""

    assurance: Assurance
    remote: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one attempt: evidence, or the error that stopped it."""

    delivery_id: str
    evidence: Evidence | None = None
    error: Exception | None = None


class Found(StrEnum):
    """The answer of a probe after a crash or a lost connection."""

    THERE = "there"
    ABSENT = "absent"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Probe:
    found: Found
    evidence: Evidence | None = None


# --- what a lower room needs from a higher one ------------------------------------------------------


class Clock(Protocol):
    def now(self) -> datetime:
        """The wall clock, aware UTC; it may jump."""
        ...


class Cancel(Protocol):
    def raise_if_cancelled(self) -> None:
        """Raises errors.Cancelled once a person stopped the work."""
        ...


class Stages(Protocol):
    def reached(self, delivery_id: str, stage: Stage) -> None:
        """Returns after the stage is durably kept; only then may the step be taken."""
        ...


class Network(Protocol):
    """The only door to other computers: it enforces the practice folder's loopback rule."""

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """A connected TCP socket with TCP_NODELAY set.

        Raises HostNotFound, ConnectionRefused, TimedOut, ConnectionTrouble or LoopbackOnly.
        """
        ...


class Naming(Protocol):
    """Expands templates for one delivery (design.md §10); raises EmptyVariable or BadTemplate."""

    def path(self, template: str) -> str:
        """Every variable becomes one safe path segment or part of one; the text around it stays."""
        ...

    def text(self, template: str) -> str:
        """For subjects and addresses: values without control characters."""
        ...

    def file_name(self) -> str:
        """The delivery's own file name: date, number, uid and the file's extension."""
        ...


class Progress(Protocol):
    def step(self, label: str, done: int, total: int | None) -> None: ...


class SystemClock:
    def now(self) -> datetime:
        from datetime import UTC

        return datetime.now(UTC)


class NeverCancelled:
    def raise_if_cancelled(self) -> None:
        return None

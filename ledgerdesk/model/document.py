"""What a document says about itself, and the document as it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from ledgerdesk.model.kinds import (
    Direction,
    DocumentFormat,
    DocumentKind,
    DocumentState,
    HeldReason,
    Profile,
    Severity,
)


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
    ``profile`` is what the document claims, ``verified`` the one whose rules it was found to keep;
    none where nobody asked yet.
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
    verified: Profile = Profile.NONE


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


@dataclass(frozen=True, slots=True)
class Hints:
    """What the place a document came from says about it: fills gaps, never overrules.

    ``client`` is how the place calls the client: a name, a file number or a company number;
    ``sender`` is the address a mail came from, which says nothing by itself.
    """

    client_id: str = ""
    kind: str = ""
    direction: str = ""
    file_number: str = ""
    iban: str = ""
    client: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One file for one client, stored unchanged under its SHA-256.

    ``path`` is where it came from, ``member`` the name inside a zip there. ``reason`` explains the
    state (a HeldReason, ``direction_unknown``, why there is no destination, a person's own words).
    ``assigned`` and ``released``: a person decided the client, overruled a hold.
    """

    id: str
    sha256: str
    size: int
    path: str
    member: str
    file_name: str
    facts: Facts
    state: DocumentState
    taken_in_at: datetime
    direction: Direction | None = None
    client_id: str = ""
    reason: str = ""
    assigned: bool = False
    released: bool = False
    hints: Hints = Hints()
    findings: tuple[Finding, ...] = ()
    duplicate_of: str = ""
    source_id: str = ""

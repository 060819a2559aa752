"""Kinds, formats and states: the closed lists of the design."""

from __future__ import annotations

from enum import StrEnum


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


class SourceState(StrEnum):
    OK = "ok"
    UNTESTED = "untested"
    REAUTHENTICATE = "reauthenticate"
    UNREACHABLE = "unreachable"


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

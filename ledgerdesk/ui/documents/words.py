"""What a document is, where it is and why, in words a person reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from PySide6.QtCore import QDate, QLocale

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import (
    DeliveryState,
    Direction,
    DocumentKind,
    DocumentState,
    Finding,
    Severity,
    SourceState,
)
from ledgerdesk.model.listing import DocumentRow, Whereabouts
from ledgerdesk.ui.texts import locale

KINDS = {
    DocumentKind.INVOICE: N_("Invoice"),
    DocumentKind.CREDIT_NOTE: N_("Credit note"),
    DocumentKind.STATEMENT: N_("Bank statement"),
    DocumentKind.PAYROLL: N_("Payroll"),
    DocumentKind.CARD: N_("Card statement"),
    DocumentKind.OTHER: N_("Other"),
}
DIRECTIONS = {Direction.PURCHASE: N_("Purchase"), Direction.SALE: N_("Sale")}
PLACES = {
    Whereabouts.DELIVERED: N_("Delivered"),
    Whereabouts.ON_ITS_WAY: N_("On its way"),
    Whereabouts.HELD: N_("To check"),
    Whereabouts.UNASSIGNED: N_("Whose is it?"),
    Whereabouts.NO_DESTINATION: N_("No software chosen"),
    Whereabouts.STOPPED_YOU: N_("Delivery stopped"),
    Whereabouts.STOPPED_OTHERS: N_("Waiting for others"),
    Whereabouts.CANCELLED: N_("Cancelled"),
    Whereabouts.SET_ASIDE: N_("Set aside"),
    Whereabouts.DUPLICATE: N_("Duplicate"),
}
ICONS = {
    Whereabouts.DELIVERED: "ok",
    Whereabouts.ON_ITS_WAY: "wait",
    Whereabouts.HELD: "problem",
    Whereabouts.UNASSIGNED: "person",
    Whereabouts.NO_DESTINATION: "link",
    Whereabouts.STOPPED_YOU: "problem",
    Whereabouts.STOPPED_OTHERS: "pause",
    Whereabouts.CANCELLED: "stop",
    Whereabouts.SET_ASIDE: "remove",
    Whereabouts.DUPLICATE: "copy",
}
STATES = {
    DocumentState.READY: N_("ready to send"),
    DocumentState.UNASSIGNED: N_("whose is it?"),
    DocumentState.NO_DESTINATION: N_("no software chosen"),
    DocumentState.DUPLICATE: N_("duplicates"),
    DocumentState.HELD: N_("to check"),
    DocumentState.SET_ASIDE: N_("set aside"),
}
DELIVERIES = {
    DeliveryState.QUEUED: N_("Waits for the next run"),
    DeliveryState.SENDING: N_("Being sent"),
    DeliveryState.DELIVERED: N_("Delivered"),
    DeliveryState.RETRYING: N_("Tried again later"),
    DeliveryState.BLOCKED: N_("Stopped"),
    DeliveryState.REJECTED: N_("Refused"),
    DeliveryState.UNKNOWN: N_("Possibly sent"),
    DeliveryState.CANCELLED: N_("Cancelled"),
}
SEVERITIES = {
    Severity.FATAL: N_("Stops it"),
    Severity.WARNING: N_("Warning"),
    Severity.INFO: N_("Note"),
}
HEALTH = {
    SourceState.OK: N_("Works"),
    SourceState.UNTESTED: N_("Not tried yet"),
    SourceState.REAUTHENTICATE: N_("Sign in again"),
    SourceState.UNREACHABLE: N_("Out of reach"),
}
HEALTH_ICONS = {
    SourceState.OK: "ok",
    SourceState.UNTESTED: "info",
    SourceState.REAUTHENTICATE: "key",
    SourceState.UNREACHABLE: "problem",
}
_REASONS = {
    "unsafe": N_("The file could do harm; it is never sent."),
    "not_well_formed": N_("The file is damaged and cannot be read."),
    "unknown_kind": N_("LedgerDesk does not know what kind of document this is."),
    "schema_invalid": N_("The file breaks the rules of its own format."),
    "too_large": N_("The file is too large."),
    "conflict": N_("Another document has the same number but says something else."),
    "other_client": N_("It names another client than the place it came from."),
    "not_for_books": N_("This kind of document is not for the books."),
    "unreadable": N_("The file could not be read."),
    "direction_unknown": N_("It is not clear whether this is a purchase or a sale."),
    "several_clients": N_("It holds statements of several clients."),
    "sharing_off": N_("Sharing with the accounting firm is off for this client."),
    "no_link": N_("The client has no accounting software for this day."),
    "kind_not_configured": N_("The client's accounting software does not take this kind."),
    "before_start": N_("It is older than the client's starting point."),
    "replica": N_("A picture of a bank statement that is here as data."),
    "split": N_("Its parts are documents of their own."),
    "inline_image": N_("A picture in the text of a mail, not a document."),
    "mail_signature": N_("A signature, card or appointment that came with a mail."),
    "inside_invoice": N_("The invoice of the same mail holds this PDF already."),
    "mail_without_document": N_("The mail has nothing attached."),
    "mail_with_link": N_("The mail has nothing attached; its text may lead to a document."),
    "mail_answer": N_("An answer to a mail LedgerDesk sent."),
    "sender_ignored": N_("Nothing from this sender is for the books."),
    "paired": N_("The same invoice is here as data and as PDF; the other one is sent."),
    "fetched_by_package": N_("The accounting package fetches this account's statements itself."),
}
_PLACE_REASONS = {
    Whereabouts.UNASSIGNED: N_("No client has the numbers that stand in it."),
    Whereabouts.DUPLICATE: N_("It is here already; it is not sent twice."),
    Whereabouts.STOPPED_YOU: N_("Its delivery needs you."),
    Whereabouts.STOPPED_OTHERS: N_("Its delivery waits for somebody else."),
    Whereabouts.ON_ITS_WAY: N_("It goes out by itself."),
    Whereabouts.CANCELLED: N_("A person cancelled its delivery."),
}


def kind(row: DocumentRow) -> str:
    """ "Invoice, purchase" """
    name = translate(KINDS[row.kind])
    if row.direction is None:
        return name
    return f"{name} · {translate(DIRECTIONS[row.direction])}"


def parties(row: DocumentRow) -> str:
    """From → to; the account and its holder for a bank statement."""
    if not row.sender and not row.receiver:
        return row.file_name
    return " → ".join(each for each in (row.sender, row.receiver) if each)


def name(row: DocumentRow) -> str:
    """Its number; its file where it has none."""
    return row.number or row.file_name


def place(row: DocumentRow) -> str:
    return translate(PLACES[row.whereabouts])


def why(row: DocumentRow) -> str:
    """Why it waits or goes nowhere, in one sentence; "" for what is delivered."""
    if row.whereabouts is Whereabouts.SET_ASIDE:
        return translate(_REASONS.get(row.reason, row.reason))
    if row.reason:
        return translate(_REASONS.get(row.reason, row.reason))
    return translate(_PLACE_REASONS.get(row.whereabouts, ""))


def amount(total: Decimal | None, currency: str) -> str:
    if total is None:
        return ""
    number = locale().toString(float(total), "f", 2)
    return f"{number} {currency}".strip()


def day(one: date | None) -> str:
    """As the language in use writes a day; "" for none."""
    if one is None:
        return ""
    return locale().toString(QDate(one.year, one.month, one.day), QLocale.FormatType.ShortFormat)


def moment(one: datetime | None) -> str:
    """Day and time here."""
    if one is None:
        return ""
    here = one.astimezone()
    return f"{day(here.date())} {here:%H:%M}"


def finding(one: Finding) -> str:
    return translate(one.text).format_map(_Shown(one.params))


def number(count: int) -> str:
    return locale().toString(count)


class _Shown(dict[str, str]):
    """A parameter that is missing must not hide the sentence."""

    def __init__(self, params: Mapping[str, str]) -> None:
        super().__init__(params)

    def __missing__(self, key: str) -> str:
        return "?"

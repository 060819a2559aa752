"""How deliveries are told: states, who must act, moments, amounts, in the language in use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from PySide6.QtCore import QDate, QDateTime, QLocale, QTime

from ledgerdesk.errors import Owner, Scope
from ledgerdesk.errors.base import by_code
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Assurance, Delivery, DeliveryState, DocumentKind
from ledgerdesk.model.listing import DeliveryRow
from ledgerdesk.ui.texts import locale

_SHORT = QLocale.FormatType.ShortFormat

STATES = {
    DeliveryState.QUEUED: N_("Waits to be sent"),
    DeliveryState.SENDING: N_("Being sent"),
    DeliveryState.DELIVERED: N_("Delivered"),
    DeliveryState.RETRYING: N_("Tried again later"),
    DeliveryState.BLOCKED: N_("Stopped"),
    DeliveryState.REJECTED: N_("Refused"),
    DeliveryState.UNKNOWN: N_("Possibly sent"),
    DeliveryState.CANCELLED: N_("Cancelled"),
}
ASSURANCES = {
    Assurance.BLIND: N_("Sent, not confirmed"),
    Assurance.VERIFIED: N_("Delivered, read back"),
    Assurance.ACKNOWLEDGED: N_("Delivered, acknowledged"),
    Assurance.PICKED_UP: N_("Delivered, picked up"),
    Assurance.BOOKED: N_("Booked"),
}
OWNERS = {
    Owner.YOU: N_("You"),
    Owner.CLIENT: N_("The client"),
    Owner.BANK: N_("The bank"),
    Owner.PACKAGE: N_("The package"),
    Owner.IT: N_("Your IT"),
}
KINDS = {
    DocumentKind.INVOICE: N_("Invoice"),
    DocumentKind.CREDIT_NOTE: N_("Credit note"),
    DocumentKind.STATEMENT: N_("Bank statement"),
    DocumentKind.PAYROLL: N_("Payroll"),
    DocumentKind.CARD: N_("Card statement"),
    DocumentKind.OTHER: N_("Document"),
}
_OWN_LIMIT = "administration_limit_reached"
_LIMITS = ("limit_reached", _OWN_LIMIT, "rate_limited")
_STOPS = {
    Scope.LINK: N_("Only this client's documents; those of other clients go on."),
    Scope.CONFIGURATION: N_("All documents to this accounting package; others go on."),
    Scope.CONNECTION: N_("All documents through this connected account; others go on."),
    Scope.ACCOUNT: N_("All documents sent by e-mail; others go on."),
}
_ICONS = {
    DeliveryState.QUEUED: "wait:grey",
    DeliveryState.SENDING: "send:accent",
    DeliveryState.DELIVERED: "ok:good",
    DeliveryState.RETRYING: "refresh:warning",
    DeliveryState.BLOCKED: "pause:error",
    DeliveryState.REJECTED: "problem:error",
    DeliveryState.UNKNOWN: "info:warning",
    DeliveryState.CANCELLED: "stop:grey",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A kept error in sentences, in the language of now."""

    problem: str
    cause: str
    remedy: str
    owner: Owner

    @property
    def why(self) -> str:
        return " ".join(part for part in (self.cause, self.remedy) if part)


def told(record: Mapping[str, Any]) -> Told | None:
    """None for an empty record: there was no error."""
    if not record:
        return None
    error = by_code(str(record.get("code", "")))(**record.get("params", {}))
    return Told(*error.sentences(), error.owner)


def state(one: Delivery) -> str:
    if waits_for_limit(one):
        at = next_at(one.next_attempt_at)
        return translate(N_("Limit reached, goes on {at}")).format(at=at)
    if one.state is DeliveryState.DELIVERED and one.assurance in list(Assurance):
        return translate(ASSURANCES[Assurance(one.assurance)])
    return translate(STATES[one.state])


def waits_for_limit(one: Delivery) -> bool:
    """Nothing is wrong: the package takes only so many at a time, and it goes on by itself."""
    return one.state is DeliveryState.RETRYING and one.error.get("code") in _LIMITS


def stops(one: Delivery) -> str:
    """What stands still for the same cause, and what does not; "" for this one alone."""
    if one.state is DeliveryState.BLOCKED:
        return translate(_STOPS[Scope(one.block_scope)]) if one.block_scope in _STOPS else ""
    is_own = one.state is DeliveryState.RETRYING and one.error.get("code") == _OWN_LIMIT
    return translate(_STOPS[Scope.LINK]) if is_own else ""


def icon(one: Delivery) -> str:
    """Grey for what nobody confirmed, green from read back up."""
    if waits_for_limit(one):
        return "wait:grey"
    if one.state is DeliveryState.DELIVERED and one.assurance in ("", Assurance.BLIND):
        return "ok:grey"
    return _ICONS[one.state]


def problem(one: Delivery) -> str:
    """One sentence: what is wrong. "" when nothing is."""
    found = told(one.error)
    return found.problem if found else ""


def owner(one: Delivery) -> str:
    """Who must act; "–" when nobody must."""
    found = told(one.error)
    if found is None or one.state is DeliveryState.CANCELLED:
        return "–"
    if one.state is DeliveryState.UNKNOWN:
        return translate(OWNERS[Owner.YOU])
    return translate(OWNERS[found.owner])


def next_attempt(one: Delivery) -> str:
    waits = one.state in (DeliveryState.QUEUED, DeliveryState.RETRYING)
    return next_at(one.next_attempt_at) if waits else "–"


def next_at(at: datetime | None) -> str:
    """What is due goes out whenever somebody sends."""
    if at is None or at <= datetime.now(UTC):
        return translate(N_("at the next run"))
    return moment(at)


def document(row: DeliveryRow) -> str:
    """Its number, else the name of its file."""
    return row.number or row.file_name


def amount(row: DeliveryRow) -> str:
    if not row.total:
        return ""
    return f"{locale().toString(float(row.total), 'f', 2)} {row.currency}".strip()


def moment(at: datetime) -> str:
    """In the local time; of today only the hour is told."""
    local = at.astimezone()
    if local.date() == date.today():
        time = locale().toString(QTime(local.hour, local.minute), _SHORT)
        return translate(N_("today {time}")).format(time=time)
    return locale().toString(QDateTime.fromSecsSinceEpoch(int(at.timestamp())), _SHORT)


def day(at: datetime) -> str:
    """The day alone; of today the hour."""
    local = at.astimezone().date()
    if local == date.today():
        return moment(at)
    return locale().toString(QDate(local.year, local.month, local.day), _SHORT)


def exact(at: datetime) -> str:
    """As a proof tells a moment: the whole date, to the second, with its distance to UTC."""
    local = at.astimezone()
    return f"{local:%Y-%m-%d %H:%M:%S} (UTC{local:%z})"


def number(count: int) -> str:
    return locale().toString(count)


def documents(count: int) -> str:
    if count == 1:
        return translate(N_("1 document"))
    return translate(N_("{count} documents")).format(count=number(count))

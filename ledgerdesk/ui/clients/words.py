"""Words the dialogs about clients share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from PySide6.QtCore import QDate, QLocale

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Client, ExportKind, Link
from ledgerdesk.ui.texts import locale

KINDS = {
    ExportKind.INVOICES: N_("Invoices"),
    ExportKind.STATEMENTS: N_("Bank statements"),
}


def kind(one: ExportKind) -> str:
    return translate(KINDS[one])


def kinds(every: Iterable[ExportKind]) -> str:
    return ", ".join(kind(one) for one in every)


def day(one: date) -> str:
    """As the language in use writes a day."""
    return locale().toString(q_day(one), QLocale.FormatType.ShortFormat)


def q_day(one: date) -> QDate:
    return QDate(one.year, one.month, one.day)


def period(link: Link) -> str:
    """From when until when a link holds."""
    if link.since is None and link.until is None:
        return translate(N_("always"))
    if link.since is None and link.until is not None:
        return translate(N_("until {last}")).format(last=day(link.until))
    if link.since is not None and link.until is None:
        return translate(N_("since {first}")).format(first=day(link.since))
    assert link.since is not None and link.until is not None
    text = translate(N_("{first} to {last}"))
    return text.format(first=day(link.since), last=day(link.until))


def numbers(client: Client) -> str:
    return ", ".join(client.company_numbers)

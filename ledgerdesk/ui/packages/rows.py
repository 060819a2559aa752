"""The list of accounting packages: its columns, and which lines a search and a filter leave."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QDateTime, QLocale

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import ConnectionState, ExportKind
from ledgerdesk.ui import texts
from ledgerdesk.ui.packages.card import KINDS, words_of
from ledgerdesk.ui.table import Column

if TYPE_CHECKING:
    from ledgerdesk.setup.packages import Package

_NEEDS_YOU = "needs_you"
FILTERS = (
    ("", N_("All")),
    (_NEEDS_YOU, N_("Needs you")),
    (ExportKind.INVOICES.value, KINDS[ExportKind.INVOICES]),
    (ExportKind.STATEMENTS.value, KINDS[ExportKind.STATEMENTS]),
)


def fits(one: Package, text: str, wanted: str) -> bool:
    words = text.casefold().split()
    line = " ".join((one.name, one.label, *one.accounts)).casefold()
    if wanted == _NEEDS_YOU and one.state is ConnectionState.OK and one.ending is None:
        return False
    if wanted in ("", _NEEDS_YOU):
        return all(word in line for word in words)
    return wanted in one.kinds and all(word in line for word in words)


def columns() -> tuple[Column[Package], ...]:
    return (
        Column("name", N_("Name"), lambda one: one.name, 22, icon=_icon, tip=lambda one: one.name),
        Column("package", N_("Integration"), lambda one: one.label, 9),
        Column("kinds", N_("Documents"), _kinds, 14, tip=_kinds),
        Column(
            "account",
            N_("Connected account"),
            lambda one: ", ".join(one.accounts),
            16,
            stretch=True,
            tip=lambda one: ", ".join(one.accounts),
        ),
        Column(
            "state",
            N_("State"),
            lambda one: translate(words_of(one).word),
            18,
            icon=lambda one: words_of(one).icon,
            tip=_what_is_wrong,
        ),
        Column(
            "success",
            N_("Last success"),
            lambda one: _when(one.last_success),
            10,
            tip=lambda one: _exactly(one.last_success),
            order=lambda one: one.last_success.timestamp() if one.last_success else 0.0,
        ),
        Column(
            "clients",
            N_("Clients"),
            lambda one: texts.locale().toString(one.clients),
            6,
            right=True,
            order=lambda one: one.clients,
        ),
    )


def _what_is_wrong(one: Package) -> str:
    told = one.error or one.ending
    return told.text if told else ""


def _icon(one: Package) -> str:
    return one.icon


def _kinds(one: Package) -> str:
    return ", ".join(translate(KINDS[kind]) for kind in one.kinds)


def _when(at: datetime | None) -> str:
    """The time of today, the day of what is longer ago."""
    if at is None:
        return "–"
    local = QDateTime.fromSecsSinceEpoch(int(at.timestamp()))
    short = QLocale.FormatType.ShortFormat
    if local.date() == QDate.currentDate():
        return texts.locale().toString(local.time(), short)
    return texts.locale().toString(local.date(), short)


def _exactly(at: datetime | None) -> str:
    if at is None:
        return ""
    local = QDateTime.fromSecsSinceEpoch(int(at.timestamp()))
    return texts.locale().toString(local, QLocale.FormatType.ShortFormat)

"""The columns of the page Clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import ExportKind
from ledgerdesk.ui.clients import words
from ledgerdesk.ui.table import Column
from ledgerdesk.ui.texts import labelled

if TYPE_CHECKING:
    from ledgerdesk.setup.roster import Listed


def columns() -> tuple[Column[Listed], ...]:
    """What decides comes first: a narrow window shows the numbers only when it is scrolled."""
    return (
        Column("name", N_("Name"), _name, 26, tip=_name),
        Column(
            "software",
            N_("Accounting software"),
            _software,
            26,
            tip=_software,
            icon=lambda row: "" if _is_whole(row) or row.is_archived else "info",
        ),
        Column(
            "waiting",
            N_("Waiting"),
            lambda row: str(row.waiting) if row.waiting else "–",
            9,
            right=True,
            order=lambda row: row.waiting,
            spoken=lambda row: str(row.waiting),
        ),
        Column(
            "share",
            N_("Shared"),
            lambda row: translate(N_("Yes") if row.client.share else N_("No")),
            9,
            icon=lambda row: "tick" if row.client.share else "pause",
        ),
        Column("vat", N_("VAT number"), _numbers, 18, tip=_numbers),
        Column("file_number", N_("File no."), lambda row: row.client.file_number, 10, stretch=True),
    )


def _software(row: Listed) -> str:
    """One name where it takes every kind, else each kind with its own."""
    if not row.is_linked:
        return translate(N_("Not linked"))
    named = {kind: ", ".join(row.software.get(kind, ())) for kind in words.KINDS}
    if len(set(named.values())) == 1:
        return named[ExportKind.INVOICES]
    none = translate(N_("none"))
    return "; ".join(labelled(words.kind(kind), name or none) for kind, name in named.items())


def _is_whole(row: Listed) -> bool:
    return all(row.software.get(kind) for kind in words.KINDS)


def _name(row: Listed) -> str:
    return row.client.name


def _numbers(row: Listed) -> str:
    return ", ".join(row.client.company_numbers)

"""The columns of the page Deliveries."""

from __future__ import annotations

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model.listing import DeliveryRow
from ledgerdesk.ui.deliveries import words
from ledgerdesk.ui.table import Column


def columns() -> tuple[Column[DeliveryRow], ...]:
    return (
        Column(
            "made",
            N_("When"),
            lambda row: words.day(row.delivery.created_at),
            18,
            tip=lambda row: words.moment(row.delivery.created_at),
            sort="made",
        ),
        Column(
            "state",
            N_("State"),
            lambda row: words.state(row.delivery),
            30,
            icon=lambda row: words.icon(row.delivery),
            tip=lambda row: words.state(row.delivery),
            sort="state",
        ),
        Column(
            "client",
            N_("Client"),
            lambda row: row.client,
            22,
            tip=lambda row: row.client,
            sort="client",
        ),
        Column("document", N_("Document"), words.document, 16, tip=_document),
        Column("amount", N_("Amount"), words.amount, 14, right=True),
        Column(
            "package",
            N_("Package"),
            lambda row: row.package,
            18,
            tip=lambda row: row.package,
            sort="package",
        ),
        Column(
            "problem",
            N_("What is wrong"),
            lambda row: words.problem(row.delivery),
            40,
            tip=_whole,
        ),
        Column("owner", N_("Who must act"), lambda row: words.owner(row.delivery), 13),
        Column("next", N_("Next attempt"), lambda row: words.next_attempt(row.delivery), 22),
    )


def _document(row: DeliveryRow) -> str:
    return f"{translate(words.KINDS[row.kind])} {row.number}\n{row.file_name}"


def _whole(row: DeliveryRow) -> str:
    found = words.told(row.delivery.error)
    return f"{found.problem} {found.why}" if found else ""

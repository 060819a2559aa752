"""The columns of the list of documents."""

from __future__ import annotations

from ledgerdesk.i18n import N_
from ledgerdesk.model.listing import DocumentRow
from ledgerdesk.ui.documents import words
from ledgerdesk.ui.table import Column


def columns() -> tuple[Column[DocumentRow], ...]:
    return (
        Column(
            "state",
            N_("State"),
            words.place,
            width=17,
            icon=lambda row: words.ICONS[row.whereabouts],
            tip=words.why,
            sort="state",
        ),
        Column("date", N_("Date"), _day, width=12, sort="date"),
        Column("kind", N_("Kind"), words.kind, width=19, sort="kind"),
        Column(
            "sender", N_("From"), lambda row: row.sender, width=22, tip=words.parties, sort="sender"
        ),
        Column(
            "receiver",
            N_("To"),
            lambda row: row.receiver,
            width=22,
            tip=words.parties,
            sort="receiver",
        ),
        Column("number", N_("Number"), words.name, width=15, tip=words.name, sort="number"),
        Column(
            "amount",
            N_("Amount"),
            lambda row: words.amount(row.total, row.currency),
            width=15,
            right=True,
            sort="amount",
        ),
        Column(
            "client",
            N_("Client"),
            lambda row: row.client,
            width=24,
            tip=lambda row: row.client,
            sort="client",
        ),
        Column("why", N_("Why"), words.why, width=40, tip=words.why),
        Column(
            "source",
            N_("Source"),
            lambda row: row.source,
            width=30,
            tip=lambda row: row.source,
            sort="source",
        ),
    )


def _day(row: DocumentRow) -> str:
    return words.day(row.issue_date or row.taken_in_at.astimezone().date())

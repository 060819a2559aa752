"""The places documents arrive in: how they are, what waits there; add, test, remove."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from ledgerdesk.errors import from_record
from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui.commands import Command, button
from ledgerdesk.ui.documents import words
from ledgerdesk.ui.states import State, StateView
from ledgerdesk.ui.table import Column, ListTable
from ledgerdesk.ui.table_view import TableView
from ledgerdesk.ui.texts import plain_label

if TYPE_CHECKING:
    from ledgerdesk.intake.desk import Listed

_STARTS = {"all": N_("all"), "now": N_("only new ones")}


class SourcesTab(QWidget):
    """``chosen`` comes when another source is selected."""

    chosen = Signal()

    def __init__(self, commands: Sequence[Command], add: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("sources")
        self._clients: Mapping[str, str] = {}
        self._checks: dict[str, str] = {}
        self.table = ListTable(self._columns(), lambda row: row.source.id, self)
        self.view = TableView(self.table, name="sourceList")
        self.view.set_menu(list(commands))
        self.view.chosen.connect(self._show_words)
        self.words = plain_label(name="sourceWords", selectable=True)
        self.empty = StateView()
        self._add = add
        line = QHBoxLayout()
        for command in commands:
            line.addWidget(button(command))
        line.addStretch(1)
        filled = QWidget()
        layout = QVBoxLayout(filled)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(line)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.words)
        self._filled = filled
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(filled)
        self.retranslate()

    def show_sources(self, found: Sequence[Listed], clients: Mapping[str, str]) -> None:
        self._clients = clients
        self.table.set_rows(found)
        self._stack.setCurrentWidget(self._filled if found else self.empty)
        self._show_words()

    def current(self) -> Listed | None:
        selected: list[Listed] = self.view.selected()
        return selected[0] if len(selected) == 1 else None

    def show_test(self, tested: Listed) -> None:
        """What a test found, line by line, until another source is tested."""
        lines = [
            f"{'✓' if one.ok else '✗'} {translate(one.name)}: {translate(one.detail)}"
            for one in tested.checks
        ]
        self._checks = {tested.source.id: "\n".join(lines)}
        self._show_words()

    def retranslate(self) -> None:
        self.view.setAccessibleName(translate(N_("Sources")))
        self.empty.show_state(
            State(
                N_("No source yet"),
                N_(
                    "A source is a folder or mailbox LedgerDesk looks in by itself, so that you "
                    "need not bring the documents."
                ),
                N_("Add a source…"),
                self._add,
                icon="source",
            )
        )
        self._show_words()

    def _show_words(self) -> None:
        one = self.current()
        said: list[str] = []
        if one is not None:
            error = from_record(one.source.error)
            said = [error.text if error else "", self._checks.get(one.source.id, "")]
        text = "\n".join(part for part in said if part)
        self.words.setText(text)
        self.words.setVisible(bool(text))
        self.chosen.emit()

    def _columns(self) -> tuple[Column[Listed], ...]:
        return (
            Column(
                "place",
                N_("Place"),
                lambda row: row.source.path,
                width=34,
                tip=lambda row: row.source.path,
            ),
            Column(
                "health",
                N_("State"),
                lambda row: translate(words.HEALTH[row.source.state]),
                width=14,
                icon=lambda row: words.HEALTH_ICONS[row.source.state],
            ),
            Column(
                "look",
                N_("Last look"),
                lambda row: words.moment(row.source.last_look_at),
                width=16,
                order=lambda row: str(row.source.last_look_at or ""),
            ),
            Column(
                "document",
                N_("Last document"),
                lambda row: words.moment(row.source.last_document_at),
                width=16,
                order=lambda row: str(row.source.last_document_at or ""),
            ),
            Column(
                "waiting",
                N_("Waiting there"),
                lambda row: words.number(row.waiting) if row.waiting else "",
                width=13,
                right=True,
                order=lambda row: row.waiting,
            ),
            Column("client", N_("Client"), self._client, width=22),
            Column("from", N_("From"), _start, width=16),
        )

    def _client(self, row: Listed) -> str:
        if row.source.client_id:
            return self._clients.get(row.source.client_id, "")
        if row.source.preset or row.source.pattern:
            return translate(N_("by folder"))
        return translate(N_("by document"))


def _start(row: Listed) -> str:
    from datetime import date

    point = row.source.starting_point
    if point in _STARTS:
        return translate(_STARTS[point])
    return translate(N_("since {day}")).format(day=words.day(date.fromisoformat(point)))

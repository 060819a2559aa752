"""Documents: what came in, whose it is, why one waits; and the sources they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QSplitter,
    QStackedLayout,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Client, Document
from ledgerdesk.model.listing import WAITING_FOR_YOU, DocumentRow, Wanted, Whereabouts
from ledgerdesk.ui.commands import Command
from ledgerdesk.ui.documents import words
from ledgerdesk.ui.documents.columns import columns
from ledgerdesk.ui.documents.decisions import Decisions
from ledgerdesk.ui.documents.filters import CLIENT, PLACE, SOURCE, Filters
from ledgerdesk.ui.documents.notice import Notice
from ledgerdesk.ui.documents.pane import Pane
from ledgerdesk.ui.documents.source_work import SourceWork
from ledgerdesk.ui.documents.sum_line import YOU, SumLine
from ledgerdesk.ui.documents.taking_in import TakingIn
from ledgerdesk.ui.page import Page, Query
from ledgerdesk.ui.states import State, StateView
from ledgerdesk.ui.table import Listing, PagedTable, listing
from ledgerdesk.ui.table_view import TableView
from ledgerdesk.ui.widgets import named

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.intake.browse import Sum
    from ledgerdesk.intake.desk import Kind, Listed

_DOCUMENTS, _SOURCES = 0, 1
_WIDE = 1360
"""From this width on a document stands beside the list, below it else."""

_LOOKED_AT = 200
"""So many of the selected rows tell which commands apply; what is done is done with all."""


@dataclass(frozen=True, slots=True)
class Data:
    """``any``: there is a document at all. ``select`` are the keys of rows to be selected."""

    listing: Listing[DocumentRow]
    any: bool
    clients: Sequence[Client]
    sources: Sequence[Listed]
    kinds: Sequence[Kind]
    select: Sequence[int] = ()


class DocumentsPage(Page):
    name = "documents"
    title = N_("Documents")
    icon = "documents"
    search_hint = N_("Search number, name or file")

    def make_commands(self) -> list[Command]:
        make, keys = partial(Command, self), QKeySequence.StandardKey
        self.add = make(
            N_("Add &files…"),
            self.choose_files,
            name="addFiles",
            icon="add",
            shortcut=keys.New,
            tip=N_("Take in files; dropping them anywhere in the window does the same"),
            primary=True,
        )
        self.add_folder = make(
            N_("Add a fol&der…"),
            self.choose_folder,
            name="addFolder",
            icon="folder",
            has_button=False,
        )
        self.decisions = Decisions(self)
        self.sources = SourceWork(self, self._show_of_source)
        return [
            self.add,
            self.add_folder,
            *self.decisions.of_rows,
            self.decisions.undo,
            *self.sources.of_sources,
        ]

    # --- how it is made -------------------------------------------------------------------------

    def build(self) -> QWidget:
        self._sort = ("", False)
        self._sources = 0
        self._summing = False
        self._sum_again = False
        self.tabs = named(QTabBar(), "documentTabs")
        self.tabs.setDocumentMode(True)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.addTab("")
        self.tabs.addTab("")
        self.notice = Notice()
        self.taking = TakingIn(self.shell, self.notice, self)
        self.taking.taken.connect(self._taken)
        self.taking.stopped.connect(self.refresh)
        self._stacked = QStackedWidget()
        self._stacked.addWidget(self._documents_tab())
        self._stacked.addWidget(self.sources.tab)
        self.tabs.currentChanged.connect(self._tab_changed)
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.tabs)
        layout.addWidget(self.notice)
        layout.addWidget(self._stacked, 1)
        return whole

    def _documents_tab(self) -> QWidget:
        self.sum = SumLine()
        self.sum.asked.connect(self.show_place)
        self.filters = Filters()
        self.filters.chosen.connect(self.set_filter)
        self.table = PagedTable(columns(), self.fetch, self._order_by, self)
        self.view = TableView(self.table, name="documentList")
        self.view.set_menu(self.decisions.of_rows)
        self.view.chosen.connect(self._row_chosen)
        self.decisions.view = self.view
        self.pane = Pane(self.shell, self.decisions.of_rows)
        self.split = named(QSplitter(Qt.Orientation.Vertical), "documentSplit")
        self.split.addWidget(self.view)
        self.split.addWidget(self.pane)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(8)
        self.split.setStretchFactor(0, 3)
        self.split.setStretchFactor(1, 2)
        self._place_pane(False)
        self.list_state = StateView()
        tab = QWidget()
        layout = QVBoxLayout(tab)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.sum)
        layout.addWidget(self.filters)
        self._list = QStackedLayout()
        self._list.addWidget(self.list_state)
        self._list.addWidget(self.split)
        layout.addLayout(self._list, 1)
        return tab

    def retranslate(self) -> None:
        self.view.setAccessibleName(translate(N_("Documents")))
        self.tabs.setAccessibleName(translate(N_("Documents and sources")))
        self.tabs.setTabText(_DOCUMENTS, translate(N_("Documents")))
        self._count_sources()
        for part in (self.sum, self.filters, self.notice, self.sources.tab, self.pane):
            part.retranslate()

    # --- what is shown --------------------------------------------------------------------------

    def load(self, desk: Desk, query: Query) -> Data:
        place = query.filters.get(PLACE, "")
        wanted = Wanted(
            text=query.text,
            places=_places(place),
            client_id=query.filters.get(CLIENT, ""),
            source_id=query.filters.get(SOURCE, ""),
        )
        select = desk.documents.keys_of(self.decisions.select) if self.decisions.select else {}
        return Data(
            listing(desk.documents.rows(wanted), *self._sort),
            desk.documents.any(),
            desk.clients.listed(limit=None),
            desk.sources.listed(limit=None),
            desk.sources.kinds(),
            list(select.values()),
        )

    def show_data(self, data: Data) -> State | None:
        self._sources = len(data.sources)
        self.decisions.clients = self.sources.clients = data.clients
        self.sources.kinds = data.kinds
        self.filters.show_choices(data.clients, data.sources)
        self.sources.tab.show_sources(data.sources, {one.id: one.name for one in data.clients})
        self._count_sources()
        self.table.show(data.listing)
        if self.decisions.select and data.select:
            self.decisions.select = []
            self.view.select_keys(data.select)
        self._show_list(data)
        self._row_chosen()
        self.pane.refresh()
        self._ask_sum()
        return None

    def _show_list(self, data: Data) -> None:
        self.filters.setVisible(data.any)
        if self.table.rowCount():
            self._list.setCurrentWidget(self.split)
            return
        self.list_state.show_state(self.nothing_found() if data.any else self._empty())
        self._list.setCurrentWidget(self.list_state)

    def _empty(self) -> State:
        return State(
            N_("No documents yet"),
            N_("Drop files anywhere in this window, or let LedgerDesk look in a folder by itself."),
            N_("Add a source…"),
            self.open_source,
            icon="documents",
        )

    def _ask_sum(self) -> None:
        """After the list, which does not wait for it; never two at once."""
        if self._summing:
            self._sum_again = True
            return
        self._summing = True
        self.shell.desk.run(
            lambda desk, _job: desk.documents.sum(), self._show_sum, self._no_sum, owner=self
        )

    def _show_sum(self, found: Sum) -> None:
        self.sum.show_sum(found)
        self._no_sum()

    def _no_sum(self, _error: object = None) -> None:
        self._summing = False
        if self._sum_again:
            self._sum_again = False
            self._ask_sum()

    def _count_sources(self) -> None:
        text = translate(N_("Sources"))
        shown = f"{text} ({words.number(self._sources)})" if self._sources else text
        self.tabs.setTabText(_SOURCES, shown)

    def _order_by(self, sort: str, descending: bool) -> None:
        if self._sort != (sort, descending):
            self._sort = (sort, descending)
            self.refresh()

    def _tab_changed(self, number: int) -> None:
        self._stacked.setCurrentIndex(number)
        self.search.setEnabled(number == _DOCUMENTS)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not hasattr(self, "split"):
            return
        wide = self.width() >= _WIDE
        if wide != (self.split.orientation() == Qt.Orientation.Horizontal):
            self._place_pane(wide)

    def _place_pane(self, wide: bool) -> None:
        self.split.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)
        size = self.width() if wide else self.height()
        self.split.setSizes([size * 2 // 3, size // 3] if wide else [size // 2, size // 2])
        self.pane.place(beside=wide)

    # --- filters --------------------------------------------------------------------------------

    def show_all(self) -> None:
        self.filters.reset()
        super().show_all()

    def show_place(self, place: str) -> None:
        """All documents that are there, of all clients: the numbers of the sum are of these."""
        self.filters.reset()
        self.search.clear()
        self._filters.clear()
        self.filters.choose_place(place)

    def visit(self, **what: str) -> None:
        """``document``: this one; ``client``: its documents; ``source``: what came from there;
        ``place``: ``you`` or a Whereabouts; ``tab`` = ``sources``."""
        self.tabs.setCurrentIndex(_SOURCES if what.get("tab") == "sources" else _DOCUMENTS)
        if "place" in what:
            self.show_place(what["place"])
        if "client" in what:
            self.filters.choose_client(what["client"])
        if "source" in what:
            self.filters.only_source(what["source"])
        if "document" in what:
            self.decisions.select = [what["document"]]
            self.show_all()

    # --- taking in ------------------------------------------------------------------------------

    def take_in(self, paths: Sequence[Path]) -> None:
        """Files and folders that were dropped or chosen."""
        self.tabs.setCurrentIndex(_DOCUMENTS)
        self.taking.add(paths)

    def choose_files(self) -> None:
        title = translate(N_("Which files should be taken in?"))
        chosen, _filter = QFileDialog.getOpenFileNames(self, title)
        self.take_in([Path(one) for one in chosen])

    def choose_folder(self) -> None:
        title = translate(N_("Which folder should be taken in?"))
        chosen = QFileDialog.getExistingDirectory(self, title)
        if chosen:
            self.take_in([Path(chosen)])

    def _taken(self, found: Sequence[Document]) -> None:
        self.decisions.select = [one.id for one in found if one.id]
        self.show_all()

    # --- one document, and many -----------------------------------------------------------------

    def _row_chosen(self) -> None:
        count = self.view.selected_count()
        rows: list[DocumentRow] = self.view.selected(_LOOKED_AT)
        self.decisions.enable(count, rows)
        self.pane.show_applicable()
        if count == 1 and rows:
            self.pane.show_document(rows[0].id)
        elif count != 1:
            self.pane.show_nothing(count)

    def open_source(self) -> None:
        self.tabs.setCurrentIndex(_SOURCES)
        self.sources.open_source()

    def _show_of_source(self, source_id: str) -> None:
        self.tabs.setCurrentIndex(_DOCUMENTS)
        self.filters.only_source(source_id)


def _places(name: str) -> tuple[Whereabouts, ...]:
    if name == YOU:
        return WAITING_FOR_YOU
    return (Whereabouts(name),) if name else ()

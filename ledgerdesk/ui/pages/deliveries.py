"""Deliveries: each with its state and its proof; what stands still by cause; *Send now*.

``go_to("deliveries", …)`` takes ``delivery`` (opens that one), ``view`` (``causes``) and the
filters ``state``, ``configuration``, ``client`` and ``document``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import DeliveryState
from ledgerdesk.model.listing import DeliveryRow, WantedDeliveries
from ledgerdesk.ui.commands import Command
from ledgerdesk.ui.deliveries import choice, filters, remedies
from ledgerdesk.ui.deliveries.actions import Actions
from ledgerdesk.ui.deliveries.choice_bar import ChoiceBar
from ledgerdesk.ui.deliveries.detail import DetailPane
from ledgerdesk.ui.deliveries.problem_card import ProblemList
from ledgerdesk.ui.deliveries.rows import columns
from ledgerdesk.ui.deliveries.send_strip import SendStrip
from ledgerdesk.ui.page import Page, Query, Shell
from ledgerdesk.ui.states import State, StateView
from ledgerdesk.ui.table import Listing, PagedTable, listing
from ledgerdesk.ui.table_view import TableView
from ledgerdesk.ui.widgets import named

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.delivery.browse import Detail
    from ledgerdesk.upkeep import Attention

_BOTH_FIT = 700
_NOTHING_STANDS_STILL = State(
    N_("Nothing stands still"), N_("What was shared is delivered or on its way."), icon="ok"
)


@dataclass(frozen=True, slots=True)
class Data:
    """``narrowed`` names the one client or document the list shows; ``open`` is the key of the
    delivery that was asked for."""

    listing: Listing[DeliveryRow]
    counts: Mapping[DeliveryState, int]
    packages: Mapping[str, str]
    causes: Sequence[Attention]
    narrowed: str = ""
    open: int | None = None


class DeliveriesPage(Page):
    name = "deliveries"
    title = N_("Deliveries")
    icon = "deliveries"
    search_hint = N_("Search client or number")

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(shell, parent)
        self.strip = SendStrip(shell)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(1, self.strip)
        shell.desk.sending_changed.connect(self._enable_send)

    def make_commands(self) -> list[Command]:
        self.send = Command(
            self,
            N_("&Send now"),
            self.shell.desk.send_now,
            name="sendNow",
            tip=N_("Look for new documents and send everything that is due"),
            primary=True,
        )
        self.actions_ = Actions(self)
        self.details = Command(
            self,
            N_("&Details"),
            self._show_details,
            name="details",
            icon="info",
            shortcut="Ctrl+I",
            tip=N_("State, proof and history of the delivery beside the list"),
            checkable=True,
            has_button=False,
        )
        self.copy = Command(
            self,
            N_("Copy &proof"),
            self._copy_proof,
            name="copyProof",
            icon="copy",
            shortcut="Ctrl+Shift+C",
            has_button=False,
        )
        return [self.send, *self.actions_.commands, self.details, self.copy]

    def build(self) -> QWidget:
        self._sort: tuple[str, bool] = ("", False)
        self._asked_for = ""
        self._detail_of = ""
        self.filters = filters.Filters()
        self.filters.changed.connect(self._filtered)
        self.filters.narrowed_off.connect(self._show_whole)
        self.table: PagedTable[DeliveryRow] = PagedTable(
            columns(), self.fetch, self._sorted, parent=self
        )
        self.view = TableView(self.table, name="deliveryList")
        self.view.set_menu([*self.actions_.commands, self.details, self.copy])
        self.view.opened.connect(self._open)
        self.view.chosen.connect(self._chosen)
        self.view.horizontalHeader().sortIndicatorChanged.connect(self._sort_cleared)
        self.actions_.view = self.view
        self.choice_bar = ChoiceBar([*self.actions_.commands, self.details])
        self.pane = DetailPane()
        self.pane.closed.connect(self._close_details)
        self.problems = ProblemList(
            lambda one: remedies.perform(self, one),
            lambda one: remedies.show_deliveries(self, one),
        )
        return self._laid_out()

    def load(self, desk: Desk, query: Query) -> Data:
        chosen = query.filters
        wanted = WantedDeliveries(
            query.text,
            filters.states(chosen.get("state", "")),
            chosen.get("client", ""),
            chosen.get("configuration", ""),
            chosen.get("document", ""),
        )
        found = desk.delivery_list
        asked_for = chosen.get("open", "")
        return Data(
            listing(found.lines(wanted), *self._sort),
            found.counts(),
            found.packages(),
            desk.problems(),
            found.name_of(wanted),
            found.key_of(asked_for) if asked_for else None,
        )

    def show_data(self, data: Data) -> State | None:
        causes = [one for one in data.causes if one.what not in ("source", "gap")]
        self.filters.set_packages(data.packages)
        self.filters.set_numbers(data.counts, len(causes))
        self.filters.set_narrowed(data.narrowed)
        self.filters.set_shown(len(data.listing.keys))
        self.filters.choose(self.query.filters)
        self.table.show(data.listing)
        is_causes = self.query.filters.get("view") == filters.CAUSES
        if is_causes:
            # Cards are dear: nobody waits for them while they are not seen.
            self._show_causes(causes)
        self._views.setCurrentIndex(1 if is_causes else 0)
        self._open_asked_for(data.open)
        self._chosen()
        self._enable_send()
        if not any(data.counts.values()) and not causes:
            return State(
                N_("Nothing was sent yet"),
                N_("Every document on its way to an accounting package is seen here, with proof."),
                N_("Send now"),
                self.shell.desk.send_now,
                icon="deliveries",
            )
        if not data.listing.keys and not is_causes:
            return self.nothing_found()
        return None

    def retranslate(self) -> None:
        self.filters.retranslate()
        self.choice_bar.retranslate()
        self.pane.retranslate()
        self.view.setAccessibleName(translate(self.title))
        self._calm.retranslate()
        if hasattr(self, "strip"):
            self.strip.retranslate()

    def visit(self, **what: str) -> None:
        asked_for = what.pop("delivery", "")
        self._filters.clear()
        self._filters.update(what)
        if asked_for:
            self._filters["open"] = asked_for
        self.search.clear()
        self._typing.stop()
        self.refresh()

    def show_all(self) -> None:
        view = self._filters.get("view", "")
        super().show_all()
        self._filters["view"] = view
        self.filters.choose(self._filters)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "strip"):
            self.pane.recolour()
            self.problems.recolour()
            self._calm.retranslate()

    # --- filters and order ------------------------------------------------------------------------

    def _filtered(self, name: str, value: str) -> None:
        self.set_filter(name, value)
        self.filters.choose(self.query.filters)

    def _show_whole(self) -> None:
        self._filters.pop("client", None)
        self._filters.pop("document", None)
        self.refresh()

    def _sorted(self, sort: str, descending: bool) -> None:
        if self._sort != (sort, descending):
            self._sort = (sort, descending)
            self.refresh()

    def _sort_cleared(self, section: int, _order: Qt.SortOrder) -> None:
        if section < 0:
            self._sorted("", False)

    # --- what is chosen ---------------------------------------------------------------------------

    def _chosen(self) -> None:
        self.actions_.enable()
        current = self.view.current()
        self.copy.setEnabled(self.pane.isVisible())
        self.details.setEnabled(current is not None)
        self.choice_bar.show_choice(choice.how_many(self.view))
        if self.details.isChecked() and isinstance(current, DeliveryRow):
            self._ask_detail(current.delivery.id)

    def _open(self, _row: DeliveryRow) -> None:
        self.details.setChecked(True)
        self._show_details()

    def _show_details(self, *_checked: bool) -> None:
        if self.details.isChecked():
            self._chosen()
        else:
            self._close_details()

    def _close_details(self) -> None:
        self.details.setChecked(False)
        self.pane.hide()
        self._make_room()
        self._detail_of = ""
        self.copy.setEnabled(False)
        self.view.setFocus()

    def _ask_detail(self, delivery_id: str) -> None:
        """What is cheap at once, the life line when it is there."""
        self._detail_of = delivery_id

        def show(detail: Detail) -> None:
            if self._detail_of == delivery_id:
                before = self.pane.detail
                if before is not None and before.row.delivery.id == delivery_id and not detail.life:
                    detail = _with_life_of(detail, before)
                self.pane.show_detail(detail)
                self.pane.show()
                self._make_room()
                self.copy.setEnabled(bool(detail.receipts))

        def first(detail: Detail) -> None:
            show(detail)
            self.shell.desk.run(
                lambda desk, _job: desk.delivery_list.with_life(detail), show, owner=self
            )

        self.shell.desk.run(
            lambda desk, _job: desk.delivery_list.detail(delivery_id), first, owner=self
        )

    def _make_room(self) -> None:
        """Where both do not fit, the details take the place of the list until they are closed."""
        self.view.setVisible(self.pane.isHidden() or self.width() >= _BOTH_FIT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _open_asked_for(self, key: int | None) -> None:
        if self._filters.pop("open", "") and key is not None and self.view.select_key(key):
            self.details.setChecked(True)

    def _copy_proof(self) -> None:
        self.pane.copy()
        self.shell.say(translate(N_("The proof is on the clipboard.")))

    # --- by cause ---------------------------------------------------------------------------------

    def _show_causes(self, causes: Sequence[Attention]) -> None:
        self.problems.set_problems(remedies.of_attention(causes))
        self._calm.setVisible(not causes)
        self.problems.setVisible(bool(causes))

    def _enable_send(self, *_sending: bool) -> None:
        self.send.setEnabled(self.shell.desk.is_open and not self.shell.desk.is_sending)

    # --- how it is made ---------------------------------------------------------------------------

    def _laid_out(self) -> QWidget:
        self._calm = StateView()
        self._calm.show_state(_NOTHING_STANDS_STILL)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.view)
        splitter.addWidget(self.pane)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 1)
        whole = QWidget()
        listed = QVBoxLayout(whole)
        listed.setContentsMargins(0, 0, 0, 0)
        listed.setSpacing(8)
        listed.addWidget(self.choice_bar)
        listed.addWidget(splitter, 1)
        column = named(QWidget(), "scrolled")
        cards = QVBoxLayout(column)
        cards.setContentsMargins(0, 0, 8, 0)
        cards.addWidget(self.problems)
        cards.addWidget(self._calm, 9)
        cards.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(column)
        self._views = QStackedWidget()
        self._views.addWidget(whole)
        self._views.addWidget(area)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.filters)
        layout.addWidget(self._views, 1)
        return content


def _with_life_of(detail: Detail, before: Detail) -> Detail:
    """Until the newer life line is there, the former one stays on screen."""
    from dataclasses import replace

    return replace(detail, life=before.life)

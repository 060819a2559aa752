"""One delivery beside the list: what is wrong, its proof, its attempts, its life line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import DeliveryState
from ledgerdesk.ui import icons
from ledgerdesk.ui.deliveries import proof, words
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named, push_button, repolish

if TYPE_CHECKING:
    from ledgerdesk.delivery.browse import Detail

_WIDTH = 330
_LONG_WORD = 24
_GAP = 8


class Lines(QWidget):
    """A heading and lines of two columns; hidden while there are none. An empty line is a gap."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.heading = plain_label()
        self.heading.setProperty("section", True)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.heading)
        layout.addLayout(self._grid)

    def set_lines(self, lines: Iterable[proof.Line]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row in range(self._grid.rowCount()):
            self._grid.setRowMinimumHeight(row, 0)
        number = -1
        for number, (name, value) in enumerate(lines):
            if not name:
                self._grid.setRowMinimumHeight(number, _GAP)
                continue
            shown = _breakable(value)
            # Copied out of the label, the places to break would come along.
            first, second = plain_label(name), plain_label(shown, selectable=shown == value)
            first.setProperty("help", True)
            first.setWordWrap(False)
            second.setAccessibleName(f"{name}: {value}")
            top = Qt.AlignmentFlag.AlignTop
            self._grid.addWidget(first, number, 0, top)
            self._grid.addWidget(second, number, 1, top)
        self.setVisible(number >= 0)


class DetailPane(QScrollArea):
    """``closed`` comes when a person closes it. It shows one ``Detail``; who asks for it is the
    page's affair."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__(widgetResizable=True)
        self.setObjectName("detail")
        self.setMinimumWidth(_WIDTH)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.detail: Detail | None = None
        self._build()
        self.hide()

    def show_detail(self, detail: Detail) -> None:
        self.detail = detail
        row, one = detail.row, detail.row.delivery
        self._title.setText(words.document(row))
        amount = words.amount(row)
        self._about.setText(
            "\n".join(part for part in (f"{row.client} → {row.package}", amount) if part)
        )
        self._state.setText(words.state(one))
        self._draw_state()
        found = words.told(one.error)
        self._problem.setText(found.problem if found else "")
        self._problem.setVisible(found is not None)
        is_wrong = not words.waits_for_limit(one)
        if self._problem.property("error") != is_wrong:
            self._problem.setProperty("error", is_wrong)
            repolish(self._problem)
        self._why.setText(found.why if found else "")
        self._why.setVisible(bool(found and found.why))
        self._facts.set_lines(self._told_facts())
        self._confirmed.set_lines(proof.confirmations(detail.receipts))
        self._proof.set_lines(proof.receipts(detail.receipts))
        self._attempts.set_lines(proof.attempt(attempt) for attempt in detail.attempts)
        self._life.set_lines(proof.event(entry) for entry in detail.life)
        self.copy_button.setVisible(bool(detail.receipts))

    def retranslate(self) -> None:
        self._confirmed.heading.setText(translate(N_("Confirmations")))
        self._proof.heading.setText(translate(N_("Proof of delivery")))
        self._attempts.heading.setText(translate(N_("Attempts")))
        self._life.heading.setText(translate(N_("History")))
        self.copy_button.setText(translate(N_("Copy proof")))
        self.close_button.setToolTip(translate(N_("Close the details")))
        self.close_button.setAccessibleName(translate(N_("Close the details")))
        self.setAccessibleName(translate(N_("Details of the delivery")))
        if self.detail is not None:
            self.show_detail(self.detail)

    def copy(self) -> None:
        """The proof as text, on the clipboard."""
        if self.detail is not None:
            QGuiApplication.clipboard().setText(proof.as_text(self.detail))

    def recolour(self) -> None:
        icons.recolour(self)
        self._draw_state()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            return
        super().keyPressEvent(event)

    def _draw_state(self) -> None:
        if self.detail is not None:
            self._icon.setPixmap(icons.pixmap(words.icon(self.detail.row.delivery), 20))

    def _told_facts(self) -> Iterable[proof.Line]:
        assert self.detail is not None
        one = self.detail.row.delivery
        if words.stops(one):
            yield translate(N_("Stands still")), words.stops(one)
        if words.owner(one) != "–":
            yield translate(N_("Who must act")), words.owner(one)
        if words.next_attempt(one) != "–":
            yield translate(N_("Next attempt")), words.next_attempt(one)
        if one.reason:
            yield translate(N_("Sent again because")), one.reason
        if one.warning:
            told = words.told({"code": one.warning})
            yield translate(N_("Note")), told.problem if told else one.warning
        if one.target is not None and one.state is not DeliveryState.DELIVERED:
            yield translate(N_("Goes to")), f"{one.target.place} {one.target.name}".strip()
        yield translate(N_("File")), self.detail.row.file_name

    def _build(self) -> None:
        self._title = plain_label(name="detailTitle", selectable=True)
        self._title.setProperty("section", True)
        self.close_button = named(QToolButton(), "closeDetail")
        self.close_button.setText("✕")
        self.close_button.setProperty("flat", True)
        self.close_button.clicked.connect(self.closed)
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self._about = plain_label(name="detailAbout")
        self._icon = QLabel()
        self._state = plain_label(name="detailState")
        state = QHBoxLayout()
        state.addWidget(self._icon)
        state.addWidget(self._state, 1)
        self._problem = plain_label(name="detailProblem", selectable=True)
        self._problem.setProperty("error", True)
        self._why = plain_label(name="detailWhy", selectable=True)
        self._facts, self._proof = Lines("detailFacts"), Lines("proof")
        self._confirmed = Lines("confirmations")
        self._facts.heading.hide()
        self._attempts, self._life = Lines("attempts"), Lines("life")
        self.copy_button = push_button("copyProof")
        icons.set_icon(self.copy_button, "copy")
        self.copy_button.clicked.connect(self.copy)
        inner = named(QWidget(), "scrolled")
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(14, 0, 10, 10)
        layout.setSpacing(12)
        layout.addLayout(top)
        layout.addWidget(self._about)
        layout.addLayout(state)
        for widget in (self._problem, self._why, self._facts, self._confirmed, self._proof):
            layout.addWidget(widget)
        layout.addWidget(self.copy_button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._attempts)
        layout.addWidget(self._life)
        layout.addStretch(1)
        self.setWidget(inner)
        self.retranslate()


def _breakable(text: str) -> str:
    """Long paths and hashes may break anywhere: zero-width spaces say where."""
    if max(map(len, text.split()), default=0) <= _LONG_WORD:
        return text
    return "\u200b".join(text)

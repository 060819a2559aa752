"""The check list of a sign-in, line by line while it runs, and what to do where a line failed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Check
from ledgerdesk.ui import icons, style
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named

_MARK = 18
_LONGEST = 12
"""Characters in a row before a line may break between them."""


class CheckList(QFrame):
    """Shows what was tried so far. ``lines()`` is what a person reads, mark included."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("checkList")
        self.setProperty("card", True)
        self._checks: tuple[Check, ...] = ()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 2)
        self._grid.setColumnStretch(2, 3)
        self._busy = named(QProgressBar(minimum=0, maximum=0, textVisible=False), "checking")
        self._busy.setAccessibleName(translate(N_("Trying it out")))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        layout.addLayout(self._grid)
        layout.addWidget(self._busy)
        self.set_busy(False)

    def set_busy(self, busy: bool) -> None:
        self._busy.setVisible(busy)

    def clear(self) -> None:
        self._checks = ()
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def show_checks(self, checks: Sequence[Check]) -> None:
        """All lines so far; those that stand there already stay untouched."""
        if tuple(checks[: len(self._checks)]) != self._checks:
            self.clear()
        for row in range(len(self._checks), len(checks)):
            self._add(row, checks[row])
        self._checks = tuple(checks)

    def show_failure(self, checks: Sequence[Check], error: LedgerDeskError) -> None:
        """``checks`` without the line that failed; that one tells the problem."""
        problem, cause, _ = error.sentences()
        self.set_busy(False)
        self.show_checks([*checks, Check(problem, False, cause)])

    @property
    def checks(self) -> tuple[Check, ...]:
        return self._checks

    def lines(self) -> list[str]:
        return [_spoken(one) for one in self._checks]

    def _add(self, row: int, check: Check) -> None:
        colours = style.colours()
        mark = QLabel()
        name, colour = ("tick", colours.good) if check.ok else ("problem", colours.error)
        mark.setPixmap(icons.pixmap(name, _MARK, QColor(colour)))
        mark.setAccessibleName(_spoken(check))
        text = plain_label(check.name)
        text.setAccessibleName(_spoken(check))
        text.setProperty("error", not check.ok)
        detail = plain_label(_breakable(check.detail))
        detail.setAccessibleName(check.detail)
        detail.setProperty("help", True)
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(mark, row, 0, top)
        if check.ok:
            self._grid.addWidget(text, row, 1, top)
            self._grid.addWidget(detail, row, 2, top)
        else:
            both = QVBoxLayout()
            both.setSpacing(2)
            holder = QWidget()
            holder.setLayout(both)
            both.setContentsMargins(0, 0, 0, 0)
            both.addWidget(text)
            if check.detail:
                both.addWidget(detail)
            self._grid.addWidget(holder, row, 1, 1, 2)


def _breakable(text: str) -> str:
    """A fingerprint or a path is one long word: it may break, or a narrow window cuts it."""
    words = text.split(" ")
    return " ".join(
        "\u200b".join(word[at : at + _LONGEST] for at in range(0, len(word), _LONGEST)) or word
        for word in words
    )


def _spoken(check: Check) -> str:
    mark = translate(N_("Done") if check.ok else N_("Failed"))
    return ": ".join(part for part in (mark, check.name, check.detail) if part)

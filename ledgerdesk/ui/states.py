"""What a page shows instead of its content: nothing there yet, loading, an error, nothing found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui import icons
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named, push_button


@dataclass(frozen=True, slots=True)
class State:
    """``title`` says what is missing, ``sentence`` how to get it, the one button does it.

    Texts are marked with N_; ``sentence`` may also be a text that is already in the language.
    """

    title: str
    sentence: str = ""
    button: str = ""
    action: Callable[[], object] | None = None
    icon: str = "empty"
    busy: bool = False


_WIDTH = 480

LOADING = State(N_("Loading…"), icon="wait", busy=True)


def no_result(clear: Callable[[], object]) -> State:
    """Something is there, but not what was searched for."""
    return State(
        N_("Nothing found"),
        N_("No line fits what you search for."),
        N_("Show all"),
        clear,
        icon="find",
    )


def trouble(error: LedgerDeskError, again: Callable[[], object]) -> State:
    return State(
        N_("This page cannot be shown"), error.text(), N_("Try again"), again, icon="problem"
    )


class StateView(QWidget):
    """One state, in the middle of the page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("state")
        self._state = LOADING
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._title = plain_label(name="stateTitle")
        self._sentence = plain_label(name="stateSentence")
        self._busy = named(QProgressBar(minimum=0, maximum=0, textVisible=False), "stateBusy")
        self._busy.setFixedWidth(220)
        self.button = push_button("stateButton", primary=True)
        self.button.clicked.connect(self._act)
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.35)
        self._title.setFont(font)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(2)
        for widget in (self._icon, self._title, self._sentence, self._busy, self.button):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        for label in (self._title, self._sentence):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setFixedWidth(_WIDTH)

    @property
    def state(self) -> State:
        return self._state

    def show_state(self, state: State) -> None:
        self._state = state
        self.retranslate()

    def retranslate(self) -> None:
        """The texts and the icon anew: the language or the colours changed."""
        state = self._state
        self._icon.setPixmap(icons.pixmap(state.icon, 48))
        self._title.setText(translate(state.title))
        self._sentence.setText(translate(state.sentence))
        self._sentence.setVisible(bool(state.sentence))
        for label in (self._title, self._sentence):
            # A layout that centres a label does not ask how high it is with several lines.
            label.setMinimumHeight(max(label.heightForWidth(_WIDTH), 0))
        self._busy.setVisible(state.busy)
        self._busy.setAccessibleName(translate(state.title))
        self.button.setText(translate(state.button))
        self.button.setVisible(bool(state.button))

    def _act(self) -> None:
        if self._state.action is not None:
            self._state.action()

"""The first three steps of a new installation: what is done, and the button for what comes next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui import icons
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import push_button

Go = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Progress:
    """What of the three steps is done."""

    has_package: bool = False
    has_linked_client: bool = False
    has_documents: bool = False

    @property
    def done(self) -> tuple[bool, bool, bool]:
        return self.has_package, self.has_linked_client, self.has_documents

    @property
    def is_complete(self) -> bool:
        return all(self.done)


_STEPS = (
    (
        N_("Connect an accounting package"),
        N_("Sign in once to the package your clients' books are in."),
        N_("Connect a package…"),
    ),
    (
        N_("Add your clients and link them"),
        N_("One by one, or all at once out of a spreadsheet; documents find them by number."),
        N_("Add clients"),
    ),
    (
        N_("Say where documents arrive"),
        N_("Choose a folder LedgerDesk looks in, or drop a document on this window."),
        N_("Choose a source"),
    ),
)


class _Step:
    """One line: a number or a tick, what to do, a button while it is not done."""

    def __init__(self, number: int, go: Go) -> None:
        self.number = number
        self.mark = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.mark.setFixedWidth(30)
        self.title = plain_label(name=f"step{number}")
        self.title.setProperty("fieldLabel", True)
        self.help = plain_label()
        self.help.setProperty("help", True)
        self.button: QPushButton = push_button(f"step{number}Button")
        self.button.clicked.connect(lambda: go())
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(self.title)
        said.addWidget(self.help)
        self.row = QHBoxLayout()
        self.row.setSpacing(14)
        self.row.addWidget(self.mark)
        self.row.addLayout(said, 1)
        self.row.addWidget(self.button)

    def show_state(self, is_done: bool, is_next: bool) -> None:
        title, help_, action = (translate(text) for text in _STEPS[self.number - 1])
        done = translate(N_("done"))
        self.title.setText(f"{title} – {done}" if is_done else title)
        self.help.setText(help_)
        self.help.setVisible(not is_done)
        self.button.setText(action)
        self.button.setVisible(not is_done)
        self.button.setProperty("primary", is_next)
        self.button.style().unpolish(self.button)
        self.button.style().polish(self.button)
        if is_done:
            self.mark.setPixmap(icons.pixmap("ok:good", 24))
        else:
            self.mark.setText(str(self.number))


class FirstSteps(QFrame):
    """``go`` are the three ways to the pages where each step is done."""

    def __init__(self, go: tuple[Go, Go, Go]) -> None:
        super().__init__()
        self.setObjectName("firstSteps")
        self.setProperty("card", True)
        self._progress = Progress()
        self._heading = plain_label()
        self._heading.setProperty("section", True)
        self.steps = [_Step(number, one) for number, one in enumerate(go, start=1)]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 18)
        layout.setSpacing(16)
        layout.addWidget(self._heading)
        for step in self.steps:
            layout.addLayout(step.row)
        self.retranslate()

    def show_progress(self, progress: Progress) -> None:
        self._progress = progress
        upcoming = progress.done.index(False) if not progress.is_complete else -1
        for number, (step, done) in enumerate(zip(self.steps, progress.done, strict=True)):
            step.show_state(done, number == upcoming)

    def retranslate(self) -> None:
        self._heading.setText(translate(N_("Three steps to the first delivery")))
        self.show_progress(self._progress)

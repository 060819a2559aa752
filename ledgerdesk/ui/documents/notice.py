"""The strip above the list: how far taking in is, and what it brought."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QToolButton

from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui.background import Step
from ledgerdesk.ui.documents import words
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named, push_button


class Notice(QFrame):
    """``stopped`` comes when a person stops what is shown with its progress."""

    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("notice")
        self.setProperty("card", True)
        self._said: Callable[[], str] = str
        self.text = plain_label(name="noticeText", selectable=True)
        self.bar = named(QProgressBar(textVisible=False), "noticeBar")
        self.bar.setFixedWidth(160)
        self.stop = push_button("stopTakingIn")
        self.stop.clicked.connect(self.stopped)
        self.close_ = named(QToolButton(), "closeNotice")
        self.close_.setProperty("flat", True)
        self.close_.setText("✕")
        self.close_.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 8, 8, 8)
        layout.addWidget(self.text, 1)
        for widget in (self.bar, self.stop, self.close_):
            layout.addWidget(widget)
        self.retranslate()
        self.hide()

    def show_start(self) -> None:
        self._say(lambda: translate(N_("Taking in…")))
        self.bar.setRange(0, 0)
        self._is_busy(True)

    def show_step(self, step: Step) -> None:
        def said() -> str:
            if step.total is None:
                return translate(N_("Taking in…"))
            text = translate(N_("Taking in {done} of {total}…"))
            return text.format(done=words.number(step.done), total=words.number(step.total))

        self._say(said)
        self.bar.setRange(0, step.total or 0)
        self.bar.setValue(step.done)

    def show_end(self, said: Callable[[], str]) -> None:
        """``said`` gives the text in the language of then."""
        self._say(said)
        self._is_busy(False)

    def retranslate(self) -> None:
        self.text.setText(self._said())
        self.stop.setText(translate(N_("S&top")))
        self.bar.setAccessibleName(translate(N_("Taking in")))
        text = translate(N_("Close this message"))
        self.close_.setToolTip(text)
        self.close_.setAccessibleName(text)

    def _say(self, said: Callable[[], str]) -> None:
        self._said = said
        self.text.setText(said())
        self.show()

    def _is_busy(self, busy: bool) -> None:
        self.bar.setVisible(busy)
        self.stop.setVisible(busy)
        self.close_.setVisible(not busy)

"""The sign-in in the browser: sent there by a button, followed live, finished by itself.

Where the browser's answer does not come by itself its address is pasted; both work at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.steps import Browser
from ledgerdesk.ui import icons
from ledgerdesk.ui.opening import open_address
from ledgerdesk.ui.texts import locale, plain_label
from ledgerdesk.ui.widgets import named, push_button, repolish
from ledgerdesk.ui.wizard.copying import CopyLine
from ledgerdesk.ui.wizard.page import StepPage

_ICON = 22
_REDIRECT = "redirect_url"


class At(Enum):
    """How far the sign-in is: an icon and the sentence beside it."""

    READY = ("key", N_("Your browser is not open yet."))
    WAITING = ("wait:accent", N_("Waiting for your sign-in in the browser."))
    ARRIVED = ("refresh:accent", N_("The browser has answered. Signing in…"))
    SIGNED_IN = ("ok:good", N_("You are signed in as {account}."))
    OTHER = ("person:warning", N_("You are signed in as {account}."))
    DENIED = ("problem:error", N_("Access was refused in the browser."))
    NOT_DONE = ("problem:error", N_("This sign-in did not work."))
    TIMED_OUT = ("pause:warning", N_("Nobody signed in in time."))


_BUTTONS = {
    At.READY: N_("Open the browser"),
    At.WAITING: N_("Open it again"),
    At.ARRIVED: N_("Open it again"),
    At.SIGNED_IN: N_("Sign in as somebody else"),
    At.OTHER: N_("Sign in as somebody else"),
    At.DENIED: N_("Try again in the browser"),
    At.NOT_DONE: N_("Try again in the browser"),
    At.TIMED_OUT: N_("Start again"),
}


_DENIED = "consent_denied"
_AFTER = {_DENIED: At.DENIED, "other_account": At.OTHER}


class BrowserPage(StepPage):
    """``anew_wanted`` asks for another sign-in in place of one that is over, and for its page in
    the browser; ``details_wanted`` for the form before it, where there is one."""

    anew_wanted = Signal()
    details_wanted = Signal()
    view: Browser

    def __init__(self, view: Browser, **more: Any) -> None:
        self.at = At.SIGNED_IN if view.account else At.READY
        self.arrived = ""
        super().__init__(view, **more)

    # --- what the wizard does with it -------------------------------------------------------------

    def renew(self, view: Browser) -> None:
        """The sign-in that is shown from now on."""
        self.view = view
        self.arrived = ""
        self._link.set_value(view.url)
        self.answer_field.clear()
        if view.account and self.at is not At.OTHER:
            self.at = At.SIGNED_IN
        elif self.at not in (At.OTHER, At.DENIED, At.NOT_DONE):
            self.at = At.READY
        self._show()

    def open_browser(self) -> None:
        """Sends the browser to the sign-in."""
        self.at = At.WAITING
        self.clear_trouble()
        self._show()
        open_address(self.view.url)

    def take(self, address: str) -> None:
        """The browser's answer came by itself."""
        self.arrived = address
        self.at = At.ARRIVED
        self._show()

    def time_out(self) -> None:
        """Nobody waits for its answer any more; who signed in before stays."""
        self.at = At.SIGNED_IN if self.view.account else At.TIMED_OUT
        self._show()

    def show_details(self, has_details: bool) -> None:
        """Whether there is a form before it to be shown."""
        self.details_button.setVisible(has_details)

    @property
    def has_answer(self) -> bool:
        """Whether there is something to go on with."""
        return bool(self.view.account or self.answer()[_REDIRECT])

    @property
    def leads_on(self) -> bool:
        """Whether that button is the one thing to press now."""
        return self.has_answer and self.at is not At.OTHER

    @property
    def is_over(self) -> bool:
        ended = self.view.expires_at is not None and self.view.expires_at <= datetime.now(UTC)
        return ended or self.at is At.TIMED_OUT

    # --- what a kind of page says -----------------------------------------------------------------

    def build(self) -> QWidget:
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        if self.view.warning:
            layout.addWidget(_notice(self.view.warning))
        layout.addWidget(self._make_state())
        layout.addLayout(self._make_link())
        layout.addLayout(self._make_paste())
        self.details_button = push_button("signInDetails")
        self.details_button.setText(translate(N_("Correct the registration first…")))
        self.details_button.setAutoDefault(False)
        self.details_button.clicked.connect(self.details_wanted)
        self.details_button.hide()
        layout.addWidget(self.details_button, 0, Qt.AlignmentFlag.AlignLeft)
        self._show()
        return whole

    def answer(self) -> dict[str, str]:
        address = self.arrived or self.answer_field.text().strip()
        return {_REDIRECT: address, **self.extra}

    def complaint(self) -> str:
        if self.has_answer:
            return ""
        if self.view.answers_here:
            return translate(N_("Sign in in your browser first: this page then goes on by itself."))
        return translate(N_("Sign in in your browser first, then pass on its answer or paste it."))

    def has_field(self, name: str) -> bool:
        return name == _REDIRECT

    def show_field_errors(self, errors: Sequence[LedgerDeskError]) -> list[LedgerDeskError]:
        own = [one for one in errors if one.field == _REDIRECT]
        self._answer_error.setText(" ".join(_hint(one) for one in own))
        self._answer_error.setVisible(bool(own))
        self.answer_field.setAccessibleDescription(self._answer_error.text())
        if own:
            self.answer_field.setFocus()
        elif errors:
            self.at = _AFTER.get(errors[0].code, At.NOT_DONE)
            self.focus_first()
        # The state says it already, with the way on beside it.
        return [one for one in errors if one not in own and one.code != _DENIED]

    def clear_field_errors(self) -> None:
        self._answer_error.hide()

    def focus_first(self) -> None:
        self.open_button.setFocus()

    def set_busy(self, busy: bool) -> None:
        super().set_busy(busy)
        self._show()

    # --- how it looks -----------------------------------------------------------------------------

    def _show(self) -> None:
        icon, text = self.at.value
        if self.is_busy and self.at is not At.ARRIVED:
            icon, text = At.ARRIVED.value
        self._icon.setPixmap(icons.pixmap(icon, _ICON))
        self.state.setText(translate(text).format(account=self.view.account))
        self.state.setAccessibleName(self.state.text())
        self._more.setText(self._told())
        self._more.setVisible(bool(self._more.text()))
        self._busy.setVisible(self.is_busy or self.at in (At.WAITING, At.ARRIVED))
        self.open_button.setText(translate(_BUTTONS[self.at]))
        is_first = self.at in (At.READY, At.DENIED, At.NOT_DONE, At.TIMED_OUT)
        if self.open_button.property("primary") != is_first:
            self.open_button.setProperty("primary", is_first)
            repolish(self.open_button)
        icons.set_icon(self.open_button, "open:on_accent" if is_first else "open")

    def _told(self) -> str:
        if self.at is At.SIGNED_IN:
            return translate(N_("Go on with this account, or sign in as somebody else."))
        if self.at is At.TIMED_OUT:
            return translate(N_("Nothing is lost: start the sign-in again."))
        if self.at is At.DENIED:
            return translate(N_("Allow access there, or stop here: nothing was saved."))
        if self.at is At.READY:
            return translate(
                N_("You sign in on the vendor's own page; LedgerDesk never sees your password.")
            )
        if self.at is At.WAITING and self.view.expires_at is not None:
            until = QDateTime.fromSecsSinceEpoch(int(self.view.expires_at.timestamp())).time()
            told = translate(N_("Sign in there and allow access. This is open until {time}."))
            return told.format(time=locale().toString(until, QLocale.FormatType.ShortFormat))
        return ""

    def _make_state(self) -> QFrame:
        frame = named(QFrame(), "signInState")
        frame.setProperty("card", True)
        self._icon = QLabel()
        self.state = plain_label(name="signInStateText")
        self.state.setProperty("section", True)
        self._more = plain_label(name="signInStateMore")
        self._more.setProperty("help", True)
        self._busy = named(QProgressBar(minimum=0, maximum=0, textVisible=False), "waiting")
        self._busy.setAccessibleName(translate(N_("Waiting")))
        self.open_button = push_button("openBrowser", primary=True)
        self.open_button.clicked.connect(self._open)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self.state)
        words.addWidget(self._more)
        first = QHBoxLayout()
        first.setSpacing(12)
        first.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        first.addLayout(words, 1)
        first.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(12)
        layout.addLayout(first)
        layout.addWidget(self._busy)
        return frame

    def _open(self) -> None:
        if self.is_over:
            self.anew_wanted.emit()
        else:
            self.open_browser()

    def _make_link(self) -> QVBoxLayout:
        about = translate(N_("Address of the sign-in"))
        self._link = CopyLine(self.view.url, about, "signInAddress")
        self.address = self._link.shown
        text = N_("No browser opened? Copy this address into one yourself.")
        return _labelled(translate(text), self._link)

    def _make_paste(self) -> QVBoxLayout:
        self.answer_field = named(QLineEdit(clearButtonEnabled=True), _REDIRECT)
        self.answer_field.setAccessibleName(translate(N_("Address where the sign-in ended")))
        self.answer_field.textChanged.connect(lambda: self.completeChanged.emit())
        self._answer_error = plain_label(name="redirectUrlError")
        self._answer_error.setProperty("error", True)
        self._answer_error.hide()
        text = N_(
            "At the end your browser shows the page of your own office. Press “Pass it on to "
            "LedgerDesk” there, or copy the address it shows and paste it here."
        )
        if self.view.answers_here:
            text = N_(
                "This page goes on by itself. If your browser ends at a page that it cannot open, "
                "copy the whole address of that page and paste it here."
            )
        made = _labelled(translate(text), self.answer_field)
        made.addWidget(self._answer_error)
        return made


def _hint(error: LedgerDeskError) -> str:
    """What to do; what was pasted may hold a secret and is not repeated."""
    return str(error.params.get("hint") or error.text())


def _labelled(text: str, widget: QWidget) -> QVBoxLayout:
    label = plain_label(text)
    label.setProperty("help", True)
    layout = QVBoxLayout()
    layout.setSpacing(5)
    layout.addWidget(label)
    layout.addWidget(widget)
    return layout


def _notice(text: str) -> QFrame:
    """What is to be known before a person signs in."""
    frame = named(QFrame(), "signInNotice")
    frame.setProperty("notice", True)
    icon = QLabel()
    icon.setPixmap(icons.pixmap("info:warning", _ICON))
    label = plain_label(text, name="signInNoticeText")
    layout = QHBoxLayout(frame)
    layout.setContentsMargins(16, 12, 16, 12)
    layout.setSpacing(12)
    layout.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
    layout.addWidget(label, 1)
    return frame

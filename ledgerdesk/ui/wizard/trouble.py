"""What stands in the way, and the ways on that a person can decide about here.

An error tells by its code and disposition which ways there are; no integration is known here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ledgerdesk.errors import Disposition, LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import push_button

_HOST_KEYS = ("host_key_unknown", "host_key_changed")
_MAIL_ACCOUNT = "mail_account"


@dataclass(frozen=True, slots=True)
class _Way:
    """A button: ``answer`` goes with the next try; or it does something of its own."""

    name: str
    text: str
    answer: dict[str, str] = field(default_factory=dict)
    primary: bool = False


class Trouble(QFrame):
    """``decided`` brings what goes with the next try; ``mail_account_wanted`` and
    ``sign_in_wanted`` ask for another form first."""

    decided = Signal(object)
    mail_account_wanted = Signal()
    sign_in_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("trouble")
        self.setProperty("card", True)
        self._title = plain_label(name="troubleTitle")
        self._title.setProperty("section", True)
        self._text = plain_label(name="troubleText", selectable=True)
        self._shown = QVBoxLayout()
        self._shown.setSpacing(6)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addLayout(self._shown)
        layout.addLayout(self._buttons)
        self.hide()

    def text(self) -> str:
        """All that is told."""
        shown = [one.accessibleName() for one in _widgets(self._shown)]
        return "\n".join((self._title.text(), self._text.text(), *shown))

    def clear(self) -> None:
        for layout in (self._shown, self._buttons):
            while (item := layout.takeAt(0)) is not None:
                widget = item.widget()
                if widget is not None:
                    widget.hide()
                    widget.deleteLater()
        self.hide()

    def show_error(
        self,
        error: LedgerDeskError,
        *,
        was_tried: bool = False,
        can_correct: bool = False,
        can_save_untested: bool = True,
    ) -> None:
        """``was_tried``: a check list above tells what failed, here stands what to do about it.
        ``can_correct``: there is a sign-in form to go back to."""
        self.clear()
        title, text = _told(error, was_tried, was_tried and can_save_untested)
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self._text.setText(text)
        for label, value in _fingerprints(error):
            self._show_fingerprint(label, value)
        for way in _ways(error, was_tried and can_save_untested):
            button = self._add(way.name, way.text, primary=way.primary)
            button.clicked.connect(lambda _=False, chosen=way: self.decided.emit(chosen.answer))
        if error.code == "certificate_untrusted":
            text = translate(N_("Choose a certificate authority…"))
            self._add("chooseAuthority", text).clicked.connect(self._choose_authority)
        if error.field == _MAIL_ACCOUNT:
            text = translate(N_("Set up the mail account…"))
            button = self._add("setUpMail", text, primary=True)
            button.clicked.connect(lambda: self.mail_account_wanted.emit())
        if can_correct and error.disposition is Disposition.REAUTHENTICATE:
            button = self._add("correctSignIn", translate(N_("Correct the sign-in")), primary=True)
            button.clicked.connect(lambda: self.sign_in_wanted.emit())
        self._buttons.addStretch(1)
        self.show()

    def show_text(self, text: str) -> None:
        self.clear()
        self._title.hide()
        self._text.setText(text)
        self.show()

    def buttons(self) -> dict[str, QPushButton]:
        """The ways on, by object name."""
        found = _widgets(self._buttons)
        return {one.objectName(): one for one in found if isinstance(one, QPushButton)}

    def _add(self, name: str, text: str, *, primary: bool = False) -> QPushButton:
        button = push_button(name, primary=primary)
        button.setText(text)
        self._buttons.addWidget(button)
        return button

    def _show_fingerprint(self, label: str, value: str) -> None:
        name = plain_label(label)
        name.setProperty("fieldLabel", True)
        name.setAccessibleName(label)
        shown = plain_label(value, name="fingerprint", selectable=True)
        shown.setProperty("fingerprint", True)
        shown.setWordWrap(False)
        shown.setAccessibleName(value)
        self._shown.addWidget(name)
        self._shown.addWidget(shown)

    def _choose_authority(self) -> None:
        title = translate(N_("Choose a certificate authority"))
        kinds = translate(N_("Certificates (*.pem *.crt *.cer)"))
        chosen, _ = QFileDialog.getOpenFileName(self, title, "", kinds)
        if not chosen:
            return
        try:
            self.decided.emit({"ca_pem": Path(chosen).read_text("ascii")})
        except (OSError, ValueError):
            self._text.setText(translate(N_("That file is not a certificate authority in PEM.")))


def _widgets(layout: QLayout) -> list[QWidget]:
    items = (layout.itemAt(number) for number in range(layout.count()))
    found = (item.widget() for item in items if item is not None)
    return [widget for widget in found if widget is not None]


def _told(error: LedgerDeskError, was_tried: bool, can_save: bool) -> tuple[str, str]:
    """Title and text; a command line's own advice is no use in a window. What ``was_tried`` has its
    problem told already."""
    problem, cause, remedy = error.sentences()
    if error.code == "host_key_unknown":
        host = str(error.params.get("host", ""))
        return (
            translate(N_("Is this your server?")),
            translate(
                N_(
                    "{host} is contacted for the first time and shows this fingerprint. Compare it "
                    "with the one from your provider. Nothing was sent, not even your user name."
                )
            ).format(host=host),
        )
    if error.code == "host_key_changed":
        nothing_sent = translate(N_("Nothing was sent."))
        return translate(N_("This server shows another identity")), f"{remedy} {nothing_sent}"
    if error.code == "certificate_untrusted":
        remedy = translate(
            N_("Ask IT for the right address, or choose the certificate authority of your firm.")
        )
    elif error.field == _MAIL_ACCOUNT:
        problem = translate(N_("Your office's mail account is not set up yet."))
        cause = translate(N_("All mails to accounting packages leave through it."))
        remedy = ""
    elif can_save and error.disposition is Disposition.RETRY:
        remedy = translate(
            N_("Check what you typed and try again, or save it now and try it out later.")
        )
    told = (remedy,) if was_tried else (problem, cause, remedy)
    return "", " ".join(part for part in told if part)


def _fingerprints(error: LedgerDeskError) -> list[tuple[str, str]]:
    shown = str(error.params.get("fingerprint", ""))
    if error.code == "host_key_unknown":
        return [(translate(N_("Fingerprint")), shown)]
    if error.code == "host_key_changed":
        approved = str(error.params.get("approved", ""))
        return [
            (translate(N_("Approved before")), approved),
            (translate(N_("Shown now")), shown),
        ]
    return []


def _ways(error: LedgerDeskError, can_save: bool) -> list[_Way]:
    approve = {"accept_host_key": str(error.params.get("fingerprint", ""))}
    if error.code == "host_key_unknown":
        text = translate(N_("It is the same: connect"))
        return [_Way("approveHostKey", text, approve, primary=True)]
    if error.code == "host_key_changed":
        text = translate(N_("The server was replaced: approve the new one"))
        return [_Way("approveHostKey", text, approve)]
    if error.code == "other_account":
        text = translate(N_("Yes, use this account from now on"))
        return [_Way("otherAccount", text, {"other_account": "yes"})]
    if can_save and error.disposition is Disposition.RETRY:
        text = translate(N_("Save, not tested yet"))
        return [_Way("saveUntested", text, {"untested": "yes"})]
    return []


def is_host_key(error: LedgerDeskError) -> bool:
    """A question for a person, not a failure."""
    return error.code in _HOST_KEYS

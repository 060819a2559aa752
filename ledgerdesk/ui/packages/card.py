"""The selected accounting package in words: how it is, what it sends where, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import ConnectionState, ExportKind
from ledgerdesk.ui import icons, style
from ledgerdesk.ui.texts import labelled, plain_label
from ledgerdesk.ui.widgets import push_button, repolish

if TYPE_CHECKING:
    from ledgerdesk.setup.packages import Package

KINDS = {ExportKind.INVOICES: N_("Invoices"), ExportKind.STATEMENTS: N_("Bank statements")}


@dataclass(frozen=True, slots=True)
class StateWords:
    """How a state reads; ``colour`` names one of ``style.Colours``."""

    word: str
    sentence: str
    icon: str
    colour: str


STATES = {
    ConnectionState.OK: StateWords(N_("Connected"), N_("Tried out and working."), "ok", "good"),
    ConnectionState.UNTESTED: StateWords(
        N_("Not tested yet"),
        N_("It was saved without trying it out. Verify it before the first documents leave."),
        "wait",
        "warning",
    ),
    ConnectionState.REAUTHENTICATE: StateWords(
        N_("Sign in again"),
        N_("The sign-in does not work any more. Documents wait; nothing is lost."),
        "key",
        "error",
    ),
    ConnectionState.BLOCKED: StateWords(
        N_("Needs you"),
        N_("Something must be put right first. Documents wait; nothing is lost."),
        "problem",
        "error",
    ),
}
_ENDING = StateWords(N_("Ends soon"), "", "wait", "warning")
_MARK = 18
_LONGEST = 64


def words_of(one: Package) -> StateWords:
    """What is wrong comes before what will be."""
    return _ENDING if one.state is ConnectionState.OK and one.ending else STATES[one.state]


class PackageCard(QFrame):
    """``acted`` brings ``sign_in``, ``verify``, ``link`` or ``edit``."""

    acted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("packageCard")
        self.setProperty("card", True)
        self._package: Package | None = None
        self._mark = QLabel()
        self._title = plain_label(name="packageTitle")
        self._title.setProperty("section", True)
        self._sentence = plain_label(name="packageSentence", selectable=True)
        self._lines = plain_label(name="packageLines", selectable=True)
        self._lines.setProperty("help", True)
        self.button = push_button("packageAction")
        self.button.clicked.connect(lambda: self.acted.emit(self._action()))
        self.edit_button = push_button("packageEdit")
        self.edit_button.clicked.connect(lambda: self.acted.emit("edit"))
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        self._badge = plain_label(name="packageStanding")
        self._badge.setProperty("badge", True)
        self._badge.setWordWrap(False)
        self._badge.setToolTip(translate(N_("How much is known of the way documents take there")))
        words = QVBoxLayout()
        words.setSpacing(4)
        for label in (self._title, self._sentence):
            words.addWidget(label)
        head.addLayout(words, 1)
        head.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.edit_button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(4)
        layout.addLayout(head)
        self._lines.setIndent(_MARK + head.spacing())
        below = QHBoxLayout()
        below.addWidget(self._lines, 1)
        below.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignBottom)
        layout.addLayout(below)
        self.hide()

    def show_package(self, package: Package | None) -> None:
        self._package = package
        self.setVisible(package is not None)
        self.retranslate()

    def retranslate(self) -> None:
        one = self._package
        if one is None:
            return
        words = words_of(one)
        colour = QColor(getattr(style.colours(), words.colour))
        self._mark.setPixmap(icons.pixmap(words.icon, _MARK, colour))
        self._mark.setAccessibleName(translate(words.word))
        self._title.setText(f"{one.name} – {translate(words.word)}")
        self._sentence.setText(self._told(one, words))
        self._lines.setText("\n".join(_lines(one)))
        self.button.setText(translate(self._button_text()))
        self.edit_button.setText(translate(N_("Edit…")))
        self.button.setAccessibleDescription(self._title.text())
        self._badge.setText(_standing(one))
        self._badge.setVisible(bool(self._badge.text()))
        primary = words is not STATES[ConnectionState.OK]
        if self.button.property("primary") != primary:
            self.button.setProperty("primary", primary)
            repolish(self.button)

    def _told(self, one: Package, words: StateWords) -> str:
        if one.error is not None:
            return one.error.text
        if one.ending is not None and words is _ENDING:
            return one.ending.text
        if one.state is ConnectionState.OK and not one.clients:
            return translate(N_("No client sends documents there yet."))
        return translate(words.sentence)

    def _action(self) -> str:
        one = self._package
        if one is not None and one.state is ConnectionState.REAUTHENTICATE:
            return "sign_in"
        if one is not None and one.has_sign_in and words_of(one) is _ENDING:
            return "sign_in"
        if one is not None and one.state is ConnectionState.OK and not one.clients:
            return "link"
        return "verify"

    def _button_text(self) -> str:
        return {
            "sign_in": N_("Sign in again…"),
            "link": N_("Link clients…"),
            "verify": N_("Verify now…"),
        }[self._action()]


def _standing(one: Package) -> str:
    """Told per kind of document where they differ."""
    standings = one.standings or {}
    words = list(dict.fromkeys(standings.values()))
    if len(words) <= 1:
        return "".join(words)
    return " · ".join(labelled(translate(KINDS[kind]), word) for kind, word in standings.items())


def _short(place: str) -> str:
    """A path tells most by its end."""
    return place if len(place) <= _LONGEST else f"…{place[1 - _LONGEST :]}"


def _lines(one: Package) -> list[str]:
    """Whose sign-in; then one per kind of document: format, dossier, place."""
    told = [labelled(one.label, ", ".join(one.accounts))]
    for kind, setup in one.configuration.kinds.items():
        form = (one.formats or {}).get(kind, "")
        places = list((one.places or {}).get(kind, ()))
        more = ["…"] if len(places) > 1 else []
        parts = [form, setup.administration_name, *map(_short, places[:1]), *more]
        told.append(labelled(translate(KINDS[kind]), " · ".join(part for part in parts if part)))
    return told

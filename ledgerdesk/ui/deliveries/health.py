"""Cards of the Overview: what arrived today, and how accounts and sources are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Connection, ConnectionState, MailAccount, Source, SourceState
from ledgerdesk.model.listing import DeliveryRow
from ledgerdesk.ui import icons
from ledgerdesk.ui.deliveries import words
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import push_button

if TYPE_CHECKING:
    from ledgerdesk.upkeep import Attention

CONNECTIONS = {
    ConnectionState.OK: ("ok:good", N_("Works")),
    ConnectionState.UNTESTED: ("wait:grey", N_("Not tested yet")),
    ConnectionState.REAUTHENTICATE: ("key:error", N_("Sign in again")),
    ConnectionState.BLOCKED: ("pause:error", N_("Stopped")),
}
SOURCES = {
    SourceState.OK: ("ok:good", N_("Works")),
    SourceState.UNTESTED: ("wait:grey", N_("Not looked at yet")),
    SourceState.REAUTHENTICATE: ("key:error", N_("Sign in again")),
    SourceState.UNREACHABLE: ("problem:error", N_("Cannot be reached")),
}


@dataclass(frozen=True, slots=True)
class Line:
    """``name``, with ``told`` below it; ``right`` beside them. Every icon has a word in one."""

    icon: str
    name: str
    told: str = ""
    right: str = ""


class Card(QFrame):
    """A title, lines, one button that leads to the page with all of them."""

    def __init__(self, name: str, go: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("card", True)
        self._lines: tuple[Line, ...] | None = None
        self._rows = QWidget()
        self.title = plain_label(name=f"{name}Title")
        self.title.setProperty("section", True)
        self.empty = plain_label(name=f"{name}Empty")
        self.empty.setProperty("help", True)
        self.button: QPushButton = push_button(f"{name}Button")
        self.button.clicked.connect(lambda: go())
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(16, 14, 16, 14)
        self._layout.setSpacing(10)
        for widget in (self.title, self.empty, self._rows):
            self._layout.addWidget(widget)
        self._layout.addStretch(1)
        self._layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)

    def set_lines(self, lines: Iterable[Line]) -> None:
        wanted = tuple(lines)
        if wanted == self._lines:
            return
        self._lines = wanted
        self._draw()

    def add_below_title(self, widget: QWidget) -> None:
        self._layout.insertWidget(1, widget)

    def recolour(self) -> None:
        if self._lines is not None:
            self._draw()

    def texts(self) -> list[str]:
        """What its lines say, for tests and screen readers."""
        lines = self._lines or ()
        return [" ".join(part for part in (one.name, one.told, one.right) if part) for one in lines]

    def _draw(self) -> None:
        lines = self._lines or ()
        rows = QWidget()
        grid = QGridLayout(rows)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for number, line in enumerate(lines):
            icon = QLabel()
            icon.setPixmap(icons.pixmap(line.icon, 18))
            grid.addWidget(icon, number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addLayout(_said(line), number, 1)
        self._layout.replaceWidget(self._rows, rows)
        self._rows.deleteLater()
        self._rows = rows
        self.empty.setVisible(not lines)
        rows.setVisible(bool(lines))


def _said(line: Line) -> QVBoxLayout:
    """What is told has the whole width: only the name makes room for what stands at its right."""
    said = QVBoxLayout()
    said.setSpacing(1)
    first = QHBoxLayout()
    first.setSpacing(10)
    first.addWidget(plain_label(line.name), 1)
    if line.right:
        right = plain_label(line.right)
        right.setWordWrap(False)
        right.setProperty("help", True)
        first.addWidget(right, 0, Qt.AlignmentFlag.AlignTop)
    said.addLayout(first)
    if line.told:
        told = plain_label(line.told)
        told.setProperty("help", True)
        said.addWidget(told)
    return said


def of_accounts(
    connections: Sequence[Connection], mail: MailAccount | None, ending: Collection[str] = ()
) -> Iterable[Line]:
    """Each account with its state and when it was last seen to work; ``ending`` are the ids of
    those that end soon."""
    for one in connections:
        icon, word = CONNECTIONS[one.state]
        told = translate(word)
        if one.id in ending and one.expires_at is not None:
            icon = "wait:warning"
            told = translate(N_("Works until {day}")).format(day=words.day(one.expires_at))
        yield Line(icon, one.account or translate(N_("Account")), told, _verified(one))
    if mail is not None:
        icon, word = CONNECTIONS[mail.state]
        name = mail.values.get("from_address") or mail.values.get("username", "")
        if (name, mail.state) in [(one.account, one.state) for one in connections]:
            return
        told = translate(N_("Mail account – {state}")).format(state=translate(word))
        yield Line(icon, name, told)


def _verified(one: Connection) -> str:
    if one.verified_at is None:
        return ""
    return translate(N_("checked {at}")).format(at=words.moment(one.verified_at))


def of_tried_again(found: Iterable[Attention]) -> Iterable[Line]:
    """What goes on by itself, each cause once: since when, and when it is tried next."""
    for one in found:
        told = words.told(one.error)
        name = f"{one.name} · {words.documents(one.how_many)}"
        parts = [told.problem] if told else []
        if one.since is not None:
            parts.append(translate(N_("Since {at}.")).format(at=words.moment(one.since)))
        next_at = translate(N_("Next attempt: {at}"))
        next_at = next_at.format(at=words.next_at(one.next_attempt_at))
        yield Line("refresh:grey", name, " ".join(parts), next_at)


def of_sources(sources: Sequence[Source]) -> Iterable[Line]:
    for one in sources:
        icon, word = SOURCES[one.state]
        looked = ""
        if one.last_look_at is not None:
            at = words.moment(one.last_look_at)
            looked = translate(N_("looked {at}")).format(at=at)
        yield Line(icon, one.path or one.type, translate(word), looked)


def of_arrived(rows: Sequence[DeliveryRow]) -> Iterable[Line]:
    """The last ones that arrived today."""
    for row in rows:
        one = row.delivery
        assert one.delivered_at is not None
        told = f"{words.document(row)} · {row.package} · {words.state(one)}"
        yield Line(words.icon(one), row.client, told, words.moment(one.delivered_at))

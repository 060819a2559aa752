"""What a person is asked before documents are assigned: whose they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QComboBox, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Client, Direction, DocumentKind
from ledgerdesk.model.listing import DocumentRow
from ledgerdesk.ui.clients.dialog import BackgroundDialog, help_line
from ledgerdesk.ui.documents import words
from ledgerdesk.ui.documents.client_box import ClientBox
from ledgerdesk.ui.page import Shell
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named

Assigned = Callable[[str, DocumentKind | None, Direction | None], object]


class AssignDialog(BackgroundDialog):
    """``accepted_with(client, kind, direction)`` is called with what was chosen."""

    def __init__(
        self,
        shell: Shell,
        parent: QWidget,
        rows: Sequence[DocumentRow],
        clients: Sequence[Client],
        accepted_with: Assigned,
    ) -> None:
        super().__init__(shell, parent, "assignDialog", translate(N_("Whose is it?")))
        self._accepted_with = accepted_with
        self.client = ClientBox("assignClient")
        self.client.set_clients(clients)
        line = self.client.lineEdit()
        if line is not None:
            line.setPlaceholderText(translate(N_("Type a part of the name")))
        self.kind = _choices("assignKind", words.KINDS)
        self.direction = _choices("assignDirection", words.DIRECTIONS)
        self.column.addWidget(help_line(_about(rows), "assignAbout"))
        for label, widget in (
            (N_("Client"), self.client),
            (N_("Kind of document"), self.kind),
            (N_("Direction"), self.direction),
        ):
            self.column.addWidget(_label(label, widget))
            self.column.addWidget(widget)
        self.column.addStretch(1)
        self.assign = self.add_button(
            "assign", translate(N_("&Assign")), self._accept, primary=True
        )
        self.add_cancel()
        self.lay_out(scrolls=False)
        self.setMinimumWidth(420)
        self.client.setFocus()
        self.client.choose(rows[0].client_id if len({one.client_id for one in rows}) == 1 else "")

    def _accept(self) -> None:
        client_id = self.client.client_id()
        if not client_id:
            self.trouble.setText(translate(N_("Choose the client the documents belong to.")))
            self.trouble.show()
            self.client.setFocus()
            return
        kind, direction = self.kind.currentData(), self.direction.currentData()
        self.accept()
        self._accepted_with(
            client_id,
            DocumentKind(kind) if kind else None,
            Direction(direction) if direction else None,
        )


def _choices(name: str, texts: dict[DocumentKind, str] | dict[Direction, str]) -> QComboBox:
    box = named(QComboBox(), name)
    box.addItem(translate(N_("As the document says")), "")
    for value, text in texts.items():
        box.addItem(translate(text), value.value)
    return box


def _label(text: str, buddy: QWidget) -> QWidget:
    label = plain_label(translate(text))
    label.setProperty("fieldLabel", True)
    label.setBuddy(buddy)
    buddy.setAccessibleName(translate(text))
    return label


def _about(rows: Sequence[DocumentRow]) -> str:
    if len(rows) > 1:
        return translate(N_("{count} documents are assigned together.")).format(
            count=words.number(len(rows))
        )
    one = rows[0]
    return f"{words.kind(one)} {one.number}\n{words.parties(one)}"

"""What narrows the list: where the documents are, whose they are, which source they came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QToolButton, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Client
from ledgerdesk.model.listing import Whereabouts
from ledgerdesk.ui.documents import words
from ledgerdesk.ui.documents.client_box import ClientBox
from ledgerdesk.ui.documents.flow import FlowLayout
from ledgerdesk.ui.documents.sum_line import YOU
from ledgerdesk.ui.widgets import named

if TYPE_CHECKING:
    from ledgerdesk.intake.desk import Listed

PLACE, CLIENT, SOURCE = "place", "client", "source"


class Filters(QWidget):
    """``chosen`` brings the name of a filter and its value, "" for none."""

    chosen = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("filters")
        self._sources: dict[str, str] = {}
        self.place = named(QComboBox(), "placeFilter")
        for value in ("", YOU, *(one.value for one in Whereabouts)):
            self.place.addItem("", value)
        self.place.activated.connect(lambda _index: self._tell_place())
        self.client = ClientBox("clientFilter")
        self.client.picked.connect(lambda: self.chosen.emit(CLIENT, self.client.client_id()))
        self.source = named(QToolButton(), "sourceFilter")
        self.source.clicked.connect(lambda: self.only_source(""))
        self.source.hide()
        layout = FlowLayout(self)
        for widget in (self.place, self.client, self.source):
            layout.addWidget(widget)

    def show_choices(self, clients: Sequence[Client], sources: Sequence[Listed]) -> None:
        self.client.set_clients(clients)
        self._sources = {one.source.id: one.source.path for one in sources}

    def reset(self) -> None:
        """As for all documents; tells nobody."""
        self.place.setCurrentIndex(0)
        self.client.choose("")
        self.source.hide()

    def choose_place(self, place: str) -> None:
        self.place.setCurrentIndex(max(self.place.findData(place), 0))
        self._tell_place()

    def choose_client(self, client_id: str) -> None:
        self.client.choose(client_id)
        self.chosen.emit(CLIENT, client_id)

    def only_source(self, source_id: str) -> None:
        """ "" shows those of all sources again."""
        self.source.setText(f"{self._sources.get(source_id, '')}  ✕")
        self.source.setVisible(bool(source_id))
        self.updateGeometry()
        self.chosen.emit(SOURCE, source_id)

    def retranslate(self) -> None:
        self.place.setItemText(0, translate(N_("All documents")))
        self.place.setItemText(1, translate(N_("Waiting for you")))
        for one in Whereabouts:
            number = self.place.findData(one.value)
            self.place.setItemText(number, translate(words.PLACES[one]))
        self.place.setAccessibleName(translate(N_("Which documents")))
        self.client.set_nobody(translate(N_("All clients")))
        self.client.setAccessibleName(translate(N_("Of which client")))
        text = translate(N_("Show the documents of all sources again"))
        self.source.setToolTip(text)
        self.source.setAccessibleDescription(text)

    def _tell_place(self) -> None:
        self.chosen.emit(PLACE, str(self.place.currentData()))

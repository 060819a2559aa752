"""Where documents will arrive, as it comes out for one client."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QVBoxLayout

from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.linking import Resolved
from ledgerdesk.ui.texts import labelled, plain_label
from ledgerdesk.ui.widgets import named


class Preview(QFrame):
    def __init__(self) -> None:
        super().__init__()
        named(self, "preview")
        self.setProperty("card", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setSpacing(6)
        heading = plain_label(translate(N_("How it comes out for this client")))
        heading.setProperty("fieldLabel", True)
        self._heading = heading
        layout.addWidget(heading)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(4)
        layout.addLayout(self._lines)
        self.show_resolved(())

    def show_resolved(self, found: Sequence[Resolved]) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for one in found:
            name = translate(one.field.label)
            text = one.error.text() if one.error is not None else one.text
            label = plain_label(labelled(name, text), name="resolved", selectable=True)
            label.setProperty("error", one.error is not None)
            self._lines.addWidget(label)
        self.setVisible(bool(found))

    def texts(self) -> list[str]:
        """What is shown, line by line."""
        items = (self._lines.itemAt(number) for number in range(self._lines.count()))
        labels = (item.widget() for item in items if item is not None)
        return [str(label.property("text")) for label in labels if label is not None]

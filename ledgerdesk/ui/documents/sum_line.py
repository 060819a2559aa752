"""The sum that always adds up, above the list; each part of it shows its documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model.listing import WAITING_FOR_YOU, Whereabouts
from ledgerdesk.ui import icons
from ledgerdesk.ui.documents import words
from ledgerdesk.ui.documents.flow import FlowLayout
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named

if TYPE_CHECKING:
    from ledgerdesk.intake.browse import Sum

YOU = "you"
PARTS: tuple[tuple[str, str, tuple[Whereabouts, ...]], ...] = (
    (Whereabouts.DELIVERED, N_("{count} delivered"), (Whereabouts.DELIVERED,)),
    (Whereabouts.ON_ITS_WAY, N_("{count} on their way"), (Whereabouts.ON_ITS_WAY,)),
    (YOU, N_("{count} waiting for you"), WAITING_FOR_YOU),
    (
        Whereabouts.STOPPED_OTHERS,
        N_("{count} waiting for others"),
        (Whereabouts.STOPPED_OTHERS,),
    ),
    (Whereabouts.SET_ASIDE, N_("{count} set aside"), (Whereabouts.SET_ASIDE,)),
    (Whereabouts.DUPLICATE, N_("{count} duplicates"), (Whereabouts.DUPLICATE,)),
    (Whereabouts.CANCELLED, N_("{count} cancelled"), (Whereabouts.CANCELLED,)),
)
_ALWAYS = (Whereabouts.DELIVERED, YOU)
_STYLES = {
    False: Qt.ToolButtonStyle.ToolButtonTextOnly,
    True: Qt.ToolButtonStyle.ToolButtonTextBesideIcon,
}


class SumLine(QWidget):
    """``asked`` brings the name of the part whose documents a person wants to see."""

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sum")
        self._sum: Sum | None = None
        self._total = plain_label(name="takenIn")
        self._total.setWordWrap(False)
        layout = FlowLayout(self, 2)
        layout.addWidget(self._total)
        self.parts: dict[str, tuple[QLabel, QToolButton]] = {}
        for name, _text, _places in PARTS:
            sign = plain_label("+" if self.parts else "=")
            button = named(QToolButton(), f"sum_{name}")
            button.setProperty("flat", True)
            button.clicked.connect(lambda _checked=False, part=name: self.asked.emit(part))
            sign.setContentsMargins(5, 0, 0, 0)
            for label in (self._total, sign):
                label.setMinimumHeight(button.sizeHint().height())
            layout.addWidget(sign)
            layout.addWidget(button)
            self.parts[name] = (sign, button)
        self.hide()

    def show_sum(self, found: Sum) -> None:
        self._sum = found
        self.retranslate()
        self.setVisible(found.taken_in > 0)

    def retranslate(self) -> None:
        if self._sum is None:
            return
        text = translate(N_("{count} taken in"))
        self._total.setText(text.format(count=words.number(self._sum.taken_in)))
        for name, text, places in PARTS:
            count = self._sum.of(*places)
            sign, button = self.parts[name]
            button.setText(translate(text).format(count=words.number(count)))
            waits = name == YOU and count > 0
            if waits:
                icons.set_icon(button, "problem")
            button.setToolButtonStyle(_STYLES[waits])
            button.setToolTip(translate(N_("Show these documents")))
            for part in (sign, button):
                part.setVisible(count > 0 or name in _ALWAYS)
        self.updateGeometry()

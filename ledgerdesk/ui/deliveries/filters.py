"""What stands above the list of deliveries: the two views, the filters, and how many there are."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import DeliveryState
from ledgerdesk.ui.deliveries import words
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named

LIST, CAUSES = "list", "causes"
_ONE_ROW = 760
_GROUPS = {
    "": (N_("All states"), tuple(DeliveryState)),
    "stopped": (
        N_("Needs somebody"),
        (DeliveryState.BLOCKED, DeliveryState.REJECTED, DeliveryState.UNKNOWN),
    ),
    "going": (
        N_("On its way"),
        (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.RETRYING),
    ),
    **{one.value: (text, (one,)) for one, text in words.STATES.items()},
}


def states(key: str) -> tuple[DeliveryState, ...]:
    """The states of one entry; () for all of them."""
    return _GROUPS[key][1] if key in _GROUPS and key else ()


class Filters(QWidget):
    """``changed(name, value)`` when a person chose: ``view``, ``state`` or ``configuration``;
    ``narrowed_off`` when the list is no longer to show one client or document only."""

    changed = Signal(str, str)
    narrowed_off = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._counts: Mapping[DeliveryState, int] = {}
        self._causes = 0
        self._narrowed = ""
        self.view_list, self.view_causes = self._view(LIST), self._view(CAUSES)
        group = QButtonGroup(self)
        group.addButton(self.view_list)
        group.addButton(self.view_causes)
        self.state = named(QComboBox(), "stateFilter")
        for key in _GROUPS:
            self.state.addItem("", key)
        self.package = named(QComboBox(), "packageFilter")
        for box, name in ((self.state, "state"), (self.package, "configuration")):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.setMinimumContentsLength(12)
            box.setMaximumWidth(230)
            box.activated.connect(
                lambda _index, box=box, name=name: self.changed.emit(name, box.currentData())
            )
        self.only = named(QToolButton(), "onlyFilter")
        self.only.clicked.connect(self.narrowed_off)
        self.only.hide()
        self.count: QLabel = plain_label(name="deliveryCount")
        self.count.setWordWrap(False)
        self.count.setProperty("help", True)
        self._lay_out()

    def choose(self, filters: Mapping[str, str]) -> None:
        """Shows ``filters`` without telling anybody."""
        is_causes = filters.get("view") == CAUSES
        (self.view_causes if is_causes else self.view_list).setChecked(True)
        for box, name in ((self.state, "state"), (self.package, "configuration")):
            box.setCurrentIndex(max(0, box.findData(filters.get(name, ""))))
            box.setVisible(not is_causes)
        self.count.setVisible(not is_causes)
        self.only.setVisible(bool(self._narrowed) and not is_causes)

    def set_numbers(self, counts: Mapping[DeliveryState, int], causes: int) -> None:
        self._counts, self._causes = counts, causes
        self.retranslate()

    def set_packages(self, packages: Mapping[str, str]) -> None:
        known = [self.package.itemData(at) for at in range(1, self.package.count())]
        names = [self.package.itemText(at) for at in range(1, self.package.count())]
        if (known, names) == (list(packages), list(packages.values())) and self.package.count():
            return
        chosen = self.package.currentData() or ""
        self.package.clear()
        self.package.addItem(translate(N_("All packages")), "")
        for id, name in packages.items():
            self.package.addItem(name, id)
        self.package.setCurrentIndex(max(0, self.package.findData(chosen)))

    def set_narrowed(self, name: str) -> None:
        """The one client or document the list shows; "" for all."""
        self._narrowed = name
        self.only.setText(translate(N_("Only {name}  ✕")).format(name=name))
        text = translate(N_("Shows only {name}. Press to show all again."))
        self.only.setAccessibleName(text.format(name=name))
        self.only.setVisible(bool(name) and not self.view_causes.isChecked())

    def set_shown(self, shown: int) -> None:
        if shown == 1:
            self.count.setText(translate(N_("1 delivery")))
        else:
            text = translate(N_("{count} deliveries"))
            self.count.setText(text.format(count=words.number(shown)))

    def retranslate(self) -> None:
        self.view_list.setText(translate(N_("All deliveries")))
        text = translate(N_("By cause"))
        self.view_causes.setText(f"{text} ({words.number(self._causes)})" if self._causes else text)
        tip = translate(N_("What stands still, each cause once: one fix releases many"))
        self.view_causes.setToolTip(tip)
        for at, (title, members) in enumerate(_GROUPS.values()):
            number = sum(self._counts.get(one, 0) for one in members)
            self.state.setItemText(at, f"{translate(title)} ({words.number(number)})")
        self.state.setAccessibleName(translate(N_("Which states are shown")))
        self.package.setAccessibleName(translate(N_("Which accounting packages are shown")))
        if self.package.count():
            self.package.setItemText(0, translate(N_("All packages")))
        self.set_narrowed(self._narrowed)

    def _view(self, view: str) -> QToolButton:
        button = named(QToolButton(), f"{view}View")
        button.setCheckable(True)
        button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda: self.changed.emit("view", view))
        return button

    def _lay_out(self) -> None:
        self.view_list.setChecked(True)
        views, narrow = QHBoxLayout(), QHBoxLayout()
        views.addWidget(self.view_list)
        views.addWidget(self.view_causes)
        views.addStretch(1)
        for widget in (self.state, self.package, self.only, self.count):
            narrow.addWidget(widget)
        narrow.addStretch(1)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addLayout(views)
        self._layout.addLayout(narrow, 1)
        for row in (views, narrow, self._layout):
            row.setSpacing(8)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        directions = QBoxLayout.Direction
        is_wide = event.size().width() >= _ONE_ROW
        self._layout.setDirection(directions.LeftToRight if is_wide else directions.TopToBottom)

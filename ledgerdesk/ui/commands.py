"""A command: one QAction with its texts in every language, for menus, buttons, shortcuts alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QToolButton

from ledgerdesk.i18n import translate
from ledgerdesk.ui import icons

Shortcut = QKeySequence | QKeySequence.StandardKey | str


class Command(QAction):
    """``text`` (with ``&`` before its access key) and ``tip`` are marked with N_.

    ``primary`` is the one thing to do on a page: its button stands out. ``run`` is called without
    arguments; a ``checkable`` command calls it with its new state. ``has_button`` False: it is in
    the menus only.
    """

    def __init__(
        self,
        parent: QObject,
        text: str,
        run: Callable[..., object] | None = None,
        *,
        name: str = "",
        icon: str = "",
        shortcut: Shortcut | None = None,
        tip: str = "",
        primary: bool = False,
        checkable: bool = False,
        has_button: bool = True,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._text = text
        self._tip = tip
        self.is_primary = primary
        self.has_button = has_button
        self.setCheckable(checkable)
        if icon:
            icons.set_icon(self, icon)
        if shortcut is not None:
            # As a property: the first setShortcut() of a process brings all enums of ``Qt``, 14 ms.
            self.setProperty("shortcut", QKeySequence(shortcut))
        if run is not None:
            self.triggered.connect(run if checkable else lambda _checked=False: run())
        self.retranslate()

    def reword(self, text: str, tip: str = "") -> None:
        """Other texts from now on, marked with N_: “Undo” becomes “Undo assign”."""
        self._text = text
        self._tip = tip
        self.retranslate()

    def retranslate(self) -> None:
        text = translate(self._text)
        self.setText(text)
        plain = text.replace("&", "")
        # Qt would leave out the “…” on buttons.
        self.setIconText(plain)
        keys = self.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        tip = translate(self._tip) or plain
        self.setToolTip(f"{tip} ({keys})" if keys else tip)
        self.setStatusTip(translate(self._tip))


def button(command: QAction, *, name: str = "") -> QToolButton:
    """A button for ``command``, with its text beside its icon."""
    from PySide6.QtCore import Qt

    made = QToolButton()
    menu = command.menu()
    if isinstance(menu, QMenu):
        # Before the command: afterwards the button would no longer follow the command's texts.
        made.setMenu(menu)
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    made.setDefaultAction(command)
    made.setObjectName(name or f"{command.objectName()}Button")
    primary = bool(getattr(command, "is_primary", False))
    # The icon has the colour of menus, which is not that of the button that stands out.
    styles = Qt.ToolButtonStyle
    made.setToolButtonStyle(
        styles.ToolButtonTextOnly if primary else styles.ToolButtonTextBesideIcon
    )
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.setProperty("primary", primary)
    return made


def retranslate(commands: Iterable[QAction]) -> None:
    for one in commands:
        if isinstance(one, Command):
            one.retranslate()

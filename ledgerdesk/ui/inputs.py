"""One input per kind of field. Each hands out a text and takes one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRegularExpression, Qt
from PySide6.QtGui import QAction, QRegularExpressionValidator
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QToolButton,
    QWidget,
)

from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.fields import Field, FieldKind
from ledgerdesk.ui import icons
from ledgerdesk.ui.widgets import named

_LINES = 5


class Input:
    """``widget`` stands in the form; ``focus_widget`` is the part that is typed in."""

    def __init__(self, field: Field, widget: QWidget) -> None:
        self.field = field
        self.widget = widget

    def focus_widget(self) -> QWidget:
        return self.widget

    def value(self) -> str:
        raise NotImplementedError

    def set_value(self, value: str) -> None:
        raise NotImplementedError

    def on_change(self, told: Callable[[], object]) -> None:
        """``told`` is called when a person changes the value, not by ``set_value``."""
        raise NotImplementedError

    def on_commit(self, told: Callable[[], object]) -> None:
        """``told`` is called when a person is done with the value."""
        raise NotImplementedError

    def set_hint(self, hint: str) -> None:
        """A text that is seen while nothing is typed."""

    def retranslate(self) -> None:
        """The texts of the input's own parts."""


class LineInput(Input):
    def __init__(self, field: Field, parent: QWidget) -> None:
        self.edit = QLineEdit(parent)
        self.edit.setObjectName(field.name)
        super().__init__(field, self.edit)
        if field.kind is FieldKind.PORT:
            # A line, not a spin box: the wheel must not change a port.
            digits = QRegularExpression("[0-9]{0,5}")
            self.edit.setValidator(QRegularExpressionValidator(digits, self.edit))
            self.edit.setMaximumWidth(120)
        hints = {
            FieldKind.EMAIL: Qt.InputMethodHint.ImhEmailCharactersOnly,
            FieldKind.URL: Qt.InputMethodHint.ImhUrlCharactersOnly,
            FieldKind.HOST: Qt.InputMethodHint.ImhUrlCharactersOnly,
        }
        self.edit.setInputMethodHints(hints.get(field.kind, Qt.InputMethodHint.ImhNone))

    def focus_widget(self) -> QWidget:
        return self.edit

    def value(self) -> str:
        return self.edit.text()

    def set_value(self, value: str) -> None:
        self.edit.setText(value)

    def on_change(self, told: Callable[[], object]) -> None:
        self.edit.textEdited.connect(lambda _text: told())

    def on_commit(self, told: Callable[[], object]) -> None:
        self.edit.editingFinished.connect(lambda: told())

    def set_hint(self, hint: str) -> None:
        self.edit.setPlaceholderText(hint)


class PasswordInput(LineInput):
    """The eye shows what was typed."""

    def __init__(self, field: Field, parent: QWidget) -> None:
        super().__init__(field, parent)
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self._eye = QAction(self.edit, checkable=True)
        self._eye.setObjectName(f"{field.name}Eye")
        self._eye.toggled.connect(self._show)
        self.edit.addAction(self._eye, QLineEdit.ActionPosition.TrailingPosition)
        self._show(False)

    def retranslate(self) -> None:
        shown = self._eye.isChecked()
        text = translate(N_("Hide what is typed") if shown else N_("Show what is typed"))
        self._eye.setText(text)
        self._eye.setToolTip(text)

    def _show(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.edit.setEchoMode(mode)
        icons.set_icon(self._eye, "hide" if shown else "show")
        self.retranslate()


class FolderInput(LineInput):
    """Typed, pasted, or chosen with the button."""

    def __init__(self, field: Field, parent: QWidget) -> None:
        super().__init__(field, parent)
        self._told: list[Callable[[], object]] = []
        self.button = named(QToolButton(), f"{field.name}Browse")
        icons.set_icon(self.button, "folder")
        self.button.clicked.connect(self._browse)
        self.widget = QWidget(parent)
        layout = QHBoxLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.edit, 1)
        layout.addWidget(self.button)

    def on_change(self, told: Callable[[], object]) -> None:
        super().on_change(told)
        self._told.append(told)

    def on_commit(self, told: Callable[[], object]) -> None:
        super().on_commit(told)
        self._told.append(told)

    def retranslate(self) -> None:
        text = translate(N_("Choose a folder"))
        self.button.setToolTip(text)
        self.button.setAccessibleName(f"{text}: {translate(self.field.label)}")

    def _browse(self) -> None:
        title = translate(N_("Choose a folder"))
        chosen = QFileDialog.getExistingDirectory(self.widget, title, self.edit.text())
        if chosen:
            self.edit.setText(chosen)
            for told in self._told:
                told()


class ChoiceInput(Input):
    def __init__(self, field: Field, parent: QWidget) -> None:
        self.box = QComboBox(parent)
        self.box.setObjectName(field.name)
        # Scrolling the page over it must not change it.
        self.box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.box.wheelEvent = lambda event: event.ignore()  # type: ignore[method-assign]
        for choice in field.choices:
            self.box.addItem("", choice.id)
        super().__init__(field, self.box)

    def value(self) -> str:
        return str(self.box.currentData() or "")

    def set_value(self, value: str) -> None:
        self.box.setCurrentIndex(self.box.findData(value))

    def on_change(self, told: Callable[[], object]) -> None:
        self.box.activated.connect(lambda _index: told())

    def on_commit(self, told: Callable[[], object]) -> None:
        self.on_change(told)

    def retranslate(self) -> None:
        for index, choice in enumerate(self.field.choices):
            self.box.setItemText(index, translate(choice.label))


class TextInput(Input):
    """Several lines, as for a private key."""

    def __init__(self, field: Field, parent: QWidget) -> None:
        self.edit = QPlainTextEdit(parent)
        self.edit.setObjectName(field.name)
        self.edit.setTabChangesFocus(True)
        self.edit.setFixedHeight(self.edit.fontMetrics().lineSpacing() * _LINES + 14)
        self._setting = False
        super().__init__(field, self.edit)

    def value(self) -> str:
        return self.edit.toPlainText()

    def set_value(self, value: str) -> None:
        self._setting = True
        self.edit.setPlainText(value)
        self._setting = False

    def on_change(self, told: Callable[[], object]) -> None:
        self.edit.textChanged.connect(lambda: None if self._setting else told())

    def on_commit(self, told: Callable[[], object]) -> None:
        self.on_change(told)

    def set_hint(self, hint: str) -> None:
        self.edit.setPlaceholderText(hint)


_KINDS: dict[FieldKind, Callable[[Field, QWidget], Input]] = {
    FieldKind.PASSWORD: PasswordInput,
    FieldKind.FOLDER: FolderInput,
    FieldKind.CHOICE: ChoiceInput,
    FieldKind.MULTILINE: TextInput,
}


def make_input(field: Field, parent: QWidget) -> Input:
    """The input for ``field``; kinds without one of their own are typed in a line."""
    if field.secret and field.kind is not FieldKind.MULTILINE:
        return PasswordInput(field, parent)
    return _KINDS.get(field.kind, LineInput)(field, parent)

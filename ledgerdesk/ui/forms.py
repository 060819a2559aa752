"""Forms made from declared fields: the only place that knows which widget a kind of field is.

Beside each field stands where a person finds its value. A field that the other answers rule out is
hidden and not among ``values()``; advanced ones are folded away; errors stand below their field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.fields import Field, clean_all
from ledgerdesk.ui import icons
from ledgerdesk.ui.inputs import Input, make_input
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named


@dataclass(frozen=True, slots=True)
class _Line:
    field: Field
    frame: QWidget
    label: QLabel
    input: Input
    help: QLabel
    error: QLabel


class Form(QWidget):
    """``changed`` comes when a person changed a value, ``committed`` (the field's name) when it is
    typed to its end: the field was left, Enter was pressed, a choice was made. Every input's object
    name is its field's."""

    changed = Signal()
    committed = Signal(str)

    def __init__(
        self,
        fields: Sequence[Field],
        values: Mapping[str, str] | None = None,
        parent: QWidget | None = None,
        *,
        kept_secrets: Iterable[str] = (),
    ) -> None:
        """``kept_secrets`` names fields that have a secret already: left empty it stays."""
        super().__init__(parent)
        self._fields = tuple(fields)
        self._kept_secrets = frozenset(kept_secrets)
        self._lines: dict[str, _Line] = {}
        self._hints: dict[str, str] = {}
        self._general = plain_label(name="formError", parent=self)
        self._general.setProperty("error", True)
        self._advanced_button = named(QToolButton(), "advanced")
        self._advanced_button.setCheckable(True)
        self._advanced_button.setProperty("flat", True)
        self._advanced_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._advanced_button.toggled.connect(self._show_visible)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(14)
        self._layout.addWidget(self._general)
        for field in sorted(self._fields, key=lambda one: one.advanced):
            if field.advanced and self._layout.indexOf(self._advanced_button) < 0:
                self._layout.addWidget(self._advanced_button)
            self._layout.addWidget(self._made(field))
        self._layout.addStretch(1)
        self.set_values({**{one.name: one.default for one in self._fields}, **(values or {})})
        self.retranslate()
        self.clear_errors()

    # --- values ---------------------------------------------------------------------------------

    def values(self) -> dict[str, str]:
        """What was typed in the fields that are asked, as typed."""
        given = {name: line.input.value() for name, line in self._lines.items()}
        return {one.name: given[one.name] for one in self._fields if one.visible(given)}

    def set_values(self, values: Mapping[str, str]) -> None:
        """Unknown names are left out; the others keep what they have."""
        for name, value in values.items():
            if name in self._lines:
                self._lines[name].input.set_value(value)
        self._show_visible()

    def split(self) -> tuple[dict[str, str], dict[str, str]]:
        """The values and the secrets, without empty ones."""
        secret = {one.name for one in self._fields if one.secret}
        given = {name: value for name, value in self.values().items() if value.strip()}
        return (
            {name: value for name, value in given.items() if name not in secret},
            {name: value for name, value in given.items() if name in secret},
        )

    def check(self) -> bool:
        """Whether all values can be used; what cannot is said beside its field."""
        given = self.values()
        asked = tuple(
            one
            for one in self._fields
            if not (one.name in self._kept_secrets and not given.get(one.name))
        )
        names = {one.name for one in asked}
        errors = clean_all(asked, {k: v for k, v in given.items() if k in names})[1]
        self.show_errors(errors)
        return not errors

    def keep_secrets(self, names: Iterable[str]) -> None:
        """These fields have a secret already: left empty it stays."""
        self._kept_secrets = frozenset(names)
        self.retranslate()

    def set_hints(self, hints: Mapping[str, str]) -> None:
        """What is seen in these fields while nothing is typed: what holds then."""
        self._hints = dict(hints)
        self.retranslate()

    def input(self, name: str) -> QWidget:
        """The widget that takes the value of the field ``name``."""
        return self._lines[name].input.focus_widget()

    # --- errors ---------------------------------------------------------------------------------

    def show_errors(self, errors: Sequence[LedgerDeskError]) -> None:
        """Each beside its field, those without one above all; the first field gets the focus."""
        self.clear_errors()
        first: _Line | None = None
        general: list[str] = []
        for error in errors:
            line = self._lines.get(error.field or "")
            if line is None:
                general.append(error.text())
                continue
            line.error.setText(error.text())
            line.error.show()
            line.input.focus_widget().setAccessibleDescription(error.text())
            first = first or line
        if general:
            self._general.setText("\n".join(general))
            self._general.show()
        if first is not None:
            if first.field.advanced:
                self._advanced_button.setChecked(True)
            first.input.focus_widget().setFocus()

    def clear_errors(self) -> None:
        self._general.hide()
        for line in self._lines.values():
            line.error.hide()
            line.input.focus_widget().setAccessibleDescription(translate(line.field.help))

    def errors(self) -> dict[str, str]:
        """What is said beside the fields now."""
        return {
            name: line.error.text()
            for name, line in self._lines.items()
            if not line.error.isHidden()
        }

    # --- texts ----------------------------------------------------------------------------------

    def retranslate(self) -> None:
        self._advanced_button.setText(translate(N_("More options")))
        for line in self._lines.values():
            name = translate(line.field.label)
            line.label.setText(name if line.field.required else _optional(name))
            line.help.setText(translate(line.field.help))
            line.help.setVisible(bool(line.field.help))
            line.input.retranslate()
            line.input.focus_widget().setAccessibleName(name)
            kept = line.field.name in self._kept_secrets
            hint = self._hints.get(line.field.name, "")
            line.input.set_hint(translate(N_("Kept. Type only to replace it.")) if kept else hint)

    # --- how it is made --------------------------------------------------------------------------

    def _made(self, field: Field) -> QWidget:
        frame = QWidget()
        label = plain_label(name=f"{field.name}Label")
        label.setProperty("fieldLabel", True)
        made = make_input(field, frame)
        label.setBuddy(made.focus_widget())
        help_ = plain_label(name=f"{field.name}Help", selectable=False)
        help_.setProperty("help", True)
        error = plain_label(name=f"{field.name}Error")
        error.setProperty("error", True)
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (label, made.widget, error, help_):
            layout.addWidget(widget)
        made.on_change(self._changed_by_person)
        made.on_commit(lambda: self.committed.emit(field.name))
        self._lines[field.name] = _Line(field, frame, label, made, help_, error)
        return frame

    def _changed_by_person(self) -> None:
        self._show_visible()
        self.changed.emit()

    def _show_visible(self) -> None:
        given = {name: line.input.value() for name, line in self._lines.items()}
        unfolded = self._advanced_button.isChecked()
        any_advanced = False
        for line in self._lines.values():
            asked = line.field.visible(given)
            any_advanced = any_advanced or (asked and line.field.advanced)
            line.frame.setVisible(asked and (unfolded or not line.field.advanced))
        self._advanced_button.setVisible(any_advanced)
        icons.set_icon(self._advanced_button, "down" if unfolded else "right")


def _optional(name: str) -> str:
    return translate(N_("{name} (optional)")).format(name=name)

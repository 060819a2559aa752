"""*Register once*: what a firm does at the vendor before it can sign in, one numbered step each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.steps import Register, RegisterLine
from ledgerdesk.ui import icons
from ledgerdesk.ui.forms import Form
from ledgerdesk.ui.opening import open_address
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import push_button
from ledgerdesk.ui.wizard.copying import CopyLine
from ledgerdesk.ui.wizard.page import StepPage

_NUMBER = 26


class RegisterPage(StepPage):
    """A value of the firm's own is typed in its step and can be copied in the later ones."""

    view: Register

    def __init__(self, view: Register, **more: Any) -> None:
        text = translate(
            N_(
                "The vendor lets only programs in that it knows. You make LedgerDesk known there "
                "once; after that everybody signs in with two clicks."
            )
        )
        super().__init__(view, help=text, **more)

    def build(self) -> QWidget:
        view = self.view
        self.copies: list[CopyLine] = []
        self._later: list[tuple[str, CopyLine]] = []
        self.forms: list[Form] = []
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        self.vendor_button = push_button("vendorPage")
        self.vendor_button.setText(translate(N_("Open the vendor's page")))
        self.vendor_button.setToolTip(view.url)
        icons.set_icon(self.vendor_button, "open")
        self.vendor_button.clicked.connect(lambda: open_address(view.url))
        self.vendor_button.setVisible(bool(view.url))
        layout.addWidget(self.vendor_button, 0, Qt.AlignmentFlag.AlignLeft)
        steps = QGridLayout()
        steps.setHorizontalSpacing(10)
        steps.setVerticalSpacing(14)
        steps.setColumnMinimumWidth(0, _NUMBER)
        steps.setColumnStretch(1, 1)
        for row, line in enumerate(view.lines):
            self._add(steps, row, line)
        layout.addLayout(steps)
        return whole

    def answer(self) -> dict[str, str]:
        return {name: value for form in self.forms for name, value in form.values().items()}

    def has_field(self, name: str) -> bool:
        return name in self.answer()

    def show_field_errors(self, errors: Sequence[LedgerDeskError]) -> list[LedgerDeskError]:
        for form in self.forms:
            form.show_errors([one for one in errors if one.field in form.values()])
        return [one for one in errors if not self.has_field(one.field or "")]

    def clear_field_errors(self) -> None:
        for form in self.forms:
            form.clear_errors()

    def focus_first(self) -> None:
        self.vendor_button.setFocus()

    def _add(self, steps: QGridLayout, row: int, line: RegisterLine) -> None:
        number = plain_label(f"{row + 1}.")
        number.setProperty("fieldLabel", True)
        text = plain_label(line.text)
        step = QVBoxLayout()
        step.setSpacing(6)
        step.addWidget(text)
        if line.asks and line.field is not None:
            form = Form((line.field,), {line.field.name: line.copy})
            form.changed.connect(self._copy_on)
            form.changed.connect(form.clear_errors)
            self.forms.append(form)
            step.addWidget(form)
        elif line.copy or line.field is not None:
            copy = CopyLine(line.copy, line.text, f"registerValue{row + 1}")
            self.copies.append(copy)
            if line.field is not None and not line.copy:
                hint = translate(N_("{field}: typed in above")).format(
                    field=translate(line.field.label)
                )
                copy.shown.setPlaceholderText(hint)
            if line.field is not None:
                self._later.append((line.field.name, copy))
            step.addWidget(copy)
        steps.addWidget(number, row, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        steps.addLayout(step, row, 1)

    def _copy_on(self) -> None:
        typed = self.answer()
        for name, copy in self._later:
            if name in typed:
                copy.set_value(typed[name].strip())

"""A page per kind of step. ``page_for`` is the only place that knows which page a step takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QCheckBox, QGridLayout, QVBoxLayout, QWidget

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.fields import Field
from ledgerdesk.setup.paste import Pasted
from ledgerdesk.setup.steps import (
    Browser,
    Choice,
    Done,
    Form,
    Option,
    Register,
    Select,
    StepView,
    Terms,
)
from ledgerdesk.ui import forms, icons
from ledgerdesk.ui.opening import open_address
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named, push_button
from ledgerdesk.ui.wizard.browser_page import BrowserPage
from ledgerdesk.ui.wizard.checks import CheckList
from ledgerdesk.ui.wizard.options import OptionList
from ledgerdesk.ui.wizard.page import StepPage
from ledgerdesk.ui.wizard.pasting import PasteBar
from ledgerdesk.ui.wizard.register_page import RegisterPage

_PASTED_FROM = 3
"""A form of so many fields is worth filling in at once."""


class ChoicePage(StepPage):
    scrolls = False
    view: Choice

    def build(self) -> QWidget:
        view = self.view
        self.options = OptionList(view.options, view.selected, name="options", title=view.title)
        self.options.chosen.connect(self.asked_next)
        return self.options

    def answer(self) -> dict[str, str]:
        return {"choice": self.options.selected() or ""}

    def complaint(self) -> str:
        return "" if self.options.selected() else translate(N_("Choose one of the list first."))


class SelectPage(StepPage):
    """An administration; the first line leaves it to each client."""

    scrolls = False
    view: Select

    def build(self) -> QWidget:
        per_client = Option(
            "",
            translate(N_("Choose per client")),
            translate(N_("Each client gets its own when you link it. Right for most firms.")),
        )
        self.options = OptionList(
            (per_client, *self.view.options),
            self.view.selected,
            name="options",
            title=self.view.title,
        )
        self.options.chosen.connect(self.asked_next)
        return self.options

    def answer(self) -> dict[str, str]:
        return {"administration": self.options.selected() or ""}

    def complaint(self) -> str:
        found = self.options.selected() is not None
        return "" if found else translate(N_("Choose one of the list first."))


class FormPage(StepPage):
    view: Form

    def __init__(self, view: Form, pasted: Pasted, **more: Any) -> None:
        self.pasted = pasted
        super().__init__(view, help=view.help, **more)

    def build(self) -> QWidget:
        view = self.view
        self.form = forms.Form(view.fields, view.values, kept_secrets=view.kept)
        self.paste = PasteBar(self.form, view.fields)
        self.paste.setVisible(len(view.fields) >= _PASTED_FROM)
        untouched = {one.name for one in view.fields if _is_untouched(one, view)}
        known = {**self.pasted.values, **self.pasted.secrets}
        self.form.set_values({name: known[name] for name in untouched & set(known)})
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.paste)
        layout.addWidget(self.form)
        return whole

    def answer(self) -> dict[str, str]:
        return {**self.form.values(), **self.extra}

    def show_field_errors(self, errors: Sequence[LedgerDeskError]) -> list[LedgerDeskError]:
        self.form.show_errors([one for one in errors if self.has_field(one.field or "")])
        return [one for one in errors if not self.has_field(one.field or "")]

    def has_field(self, name: str) -> bool:
        return any(one.name == name for one in self.view.fields)

    def clear_field_errors(self) -> None:
        self.form.clear_errors()

    def focus_first(self) -> None:
        asked = self.form.values()
        plain = (one for one in self.view.fields if one.name in asked and not one.advanced)
        first = next(plain, None)
        if first is not None:
            self.form.input(first.name).setFocus()


class TermsPage(StepPage):
    folds_while_checking = True
    view: Terms

    def build(self) -> QWidget:
        view = self.view
        name = Field(
            "name",
            N_("Name of this accounting package"),
            help=N_("How it is called in your lists. You can change it at any time."),
        )
        self.form = forms.Form((name,), {"name": view.name})
        self.accept = named(QCheckBox(translate(N_("I have read this and allow it"))), "accept")
        self.accept.setChecked(view.accepted)
        self._accept_error = plain_label(name="acceptError")
        self._accept_error.setProperty("error", True)
        self._accept_error.hide()
        self.accept.toggled.connect(lambda: self._accept_error.hide())
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        layout.addLayout(_paragraphs(view.text))
        if view.link:
            layout.addWidget(_link(view.link))
        layout.addWidget(self.form)
        layout.addWidget(self.accept)
        layout.addWidget(self._accept_error)
        return whole

    def answer(self) -> dict[str, str]:
        accepted = "yes" if self.accept.isChecked() else ""
        return {"accept": accepted, **self.form.values(), **self.extra}

    def has_field(self, name: str) -> bool:
        return name in ("name", "accept")

    def show_field_errors(self, errors: Sequence[LedgerDeskError]) -> list[LedgerDeskError]:
        self.form.show_errors([one for one in errors if one.field == "name"])
        if any(one.field == "accept" for one in errors):
            missing = N_("Tick this first: LedgerDesk sends documents only after you allow it.")
            self._accept_error.setText(translate(missing))
            self._accept_error.show()
            self.accept.setAccessibleDescription(translate(missing))
            self.accept.setFocus()
        return [one for one in errors if not self.has_field(one.field or "")]

    def clear_field_errors(self) -> None:
        self.form.clear_errors()
        self._accept_error.hide()

    def focus_first(self) -> None:
        self.accept.setFocus()


class DonePage(StepPage):
    view: Done

    def build(self) -> QWidget:
        view = self.view
        self.done_checks = CheckList()
        self.done_checks.show_checks(view.checks)
        self.done_checks.setVisible(bool(view.checks))
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        self.sentence = plain_label(_done(view), name="doneSentence")
        layout.addWidget(self.sentence)
        layout.addWidget(self.done_checks)
        return whole


def page_for(view: StepView, pasted: Pasted, *, shows_stages: bool = True) -> StepPage:
    made: dict[type, Callable[[], StepPage]] = {
        Choice: lambda: ChoicePage(view, help=_help(view), shows_stages=shows_stages),
        Select: lambda: SelectPage(view, help=_help(view), shows_stages=shows_stages),
        Form: lambda: FormPage(view, pasted, shows_stages=shows_stages),  # type: ignore[arg-type]
        Register: lambda: RegisterPage(view, shows_stages=shows_stages),  # type: ignore[arg-type]
        Browser: lambda: BrowserPage(view, shows_stages=shows_stages),  # type: ignore[arg-type]
        Terms: lambda: TermsPage(view, shows_stages=shows_stages),
        Done: lambda: DonePage(view, shows_stages=shows_stages),
    }
    return made[type(view)]()


def _help(view: Any) -> str:
    return str(view.help)


def _is_untouched(one: Field, view: Form) -> bool:
    if one.secret:
        return one.name not in view.kept
    return view.values.get(one.name, "") in ("", one.default)


def _paragraphs(texts: Sequence[str]) -> QGridLayout:
    """The word before the colon stands in a column of its own."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(10)
    grid.setColumnMinimumWidth(0, 130)
    grid.setColumnStretch(1, 1)
    for row, text in enumerate(texts):
        lead, colon, rest = text.partition(":")
        if not colon:
            grid.addWidget(plain_label(text), row, 0, 1, 2)
            continue
        heading = plain_label(lead.strip())
        heading.setProperty("fieldLabel", True)
        heading.setMaximumWidth(170)
        body = plain_label(_capital(rest.strip()))
        for column, label in enumerate((heading, body)):
            label.setAlignment(label.alignment().AlignTop)
            grid.addWidget(label, row, column)
    return grid


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _link(address: str) -> QWidget:
    button = push_button("vendorTerms")
    button.setText(translate(N_("Open the terms of the accounting package")))
    button.setToolTip(address)
    icons.set_icon(button, "open")
    button.clicked.connect(lambda: open_address(address))
    return button


def _done(view: Done) -> str:
    name = view.configuration.name if view.configuration else ""
    account = view.connection.account if view.connection else ""
    if view.configuration is None:
        return translate(N_("{account} is signed in again. What waited for it is sent.")).format(
            account=account
        )
    if view.checks:
        return translate(
            N_(
                "“{name}” is ready. The next step: say which of your clients send their documents "
                "there."
            )
        ).format(name=name)
    return translate(
        N_(
            "“{name}” is saved but was not tried out. It is marked “not tested yet” until you "
            "press “Verify now”. You can link clients already."
        )
    ).format(name=name)

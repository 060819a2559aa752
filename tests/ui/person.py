"""Somebody who walks the wizard by its buttons, as the tests of its pages need it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from PySide6.QtWidgets import QWidget, QWizard
from pytestqt.qtbot import QtBot

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.setup.steps import Done
from ledgerdesk.ui.desk import OpenDesk
from ledgerdesk.ui.wizard import opening
from ledgerdesk.ui.wizard.options import OptionList
from ledgerdesk.ui.wizard.page import StepPage
from ledgerdesk.ui.wizard.pages import FormPage, TermsPage
from ledgerdesk.ui.wizard.wizard import SetupWizard
from tests.ui.conftest import type_text

B = QWizard.WizardButton
P = TypeVar("P", bound=StepPage)


class Shell:
    """A window without pages: notes where it was sent."""

    def __init__(self, desk: OpenDesk) -> None:
        self.desk = desk
        self.gone: list[tuple[str, dict[str, str]]] = []
        self.told: list[LedgerDeskError] = []

    def go_to(self, page: str, **what: str) -> None:
        self.gone.append((page, what))

    def say(self, text: str) -> None:
        pass

    def tell(self, error: LedgerDeskError) -> None:
        self.told.append(error)


class Person:
    """Walks the wizard as a person does: by its buttons."""

    def __init__(self, qtbot: QtBot, shell: Shell) -> None:
        self.qtbot = qtbot
        self.shell = shell
        self.parent = QWidget()
        qtbot.addWidget(self.parent)
        self.opened: list[SetupWizard] = []
        self.connected: list[Done] = []

    def opens(self, make: opening.MakeFlow) -> Person:
        self.opened.clear()
        opened = self.opened
        opening.open_wizard(
            self.shell, self.parent, make, "Connect", self.connected.append, opened.append
        )
        self.qtbot.waitUntil(lambda: bool(opened) and opened[0].isVisible(), timeout=10_000)
        return self

    @property
    def wizard(self) -> SetupWizard:
        return self.opened[0]

    @property
    def at(self) -> str:
        return self.page.view.id

    @property
    def page(self) -> StepPage:
        page = self.wizard.step_page()
        assert page is not None
        return page

    def page_of(self, kind: type[P]) -> P:
        assert isinstance(self.page, kind)
        return self.page

    def rests(self) -> None:
        self.qtbot.waitUntil(lambda: not self.wizard.is_busy, timeout=30_000)

    def presses(self, which: QWizard.WizardButton = B.NextButton) -> None:
        self.wizard.button(which).click()
        self.rests()

    def connects(self) -> None:
        self.presses(B.CommitButton)

    def picks(self, *ids: str) -> None:
        for id in ids:
            assert isinstance(self.page.body, OptionList)
            self.page.body._select(id)
            assert self.page.body.selected() == id
            self.presses()

    def types(self, values: Mapping[str, str]) -> None:
        form = self.page_of(FormPage).form
        for name, value in values.items():
            field: Any = form.input(name)
            field.clear()
            type_text(field, value)

    def presses_way(self, name: str) -> None:
        self.page.trouble.buttons()[name].click()
        self.rests()

    def accepts(self) -> None:
        self.page_of(TermsPage).accept.setChecked(True)

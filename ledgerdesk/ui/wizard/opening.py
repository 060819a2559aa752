"""Opens the wizard: the flow is made in the background, the dialog comes with its first step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import ExportKind
from ledgerdesk.setup.steps import Done
from ledgerdesk.ui.background import Job
from ledgerdesk.ui.page import Shell
from ledgerdesk.ui.wizard.flows import Flow, Shown, Stop
from ledgerdesk.ui.wizard.mail_account import MailAccountDialog
from ledgerdesk.ui.wizard.wizard import SetupWizard

if TYPE_CHECKING:
    from ledgerdesk.app import Desk

MakeFlow = Callable[["Desk", Stop], Flow]


def add_package(way: str) -> MakeFlow:
    """``way`` is one of ``setup.packages.Way``."""

    def make(desk: Desk, stop: Stop) -> Flow:
        from ledgerdesk.setup.flow import SetupFlow
        from ledgerdesk.setup.packages import Way

        return SetupFlow(replace(desk.packages.restricted(Way(way)), cancel=stop))

    return make


def add_with(connector_id: str) -> MakeFlow:
    """A new package by this integration."""

    def make(desk: Desk, stop: Stop) -> Flow:
        from ledgerdesk.setup.flow import SetupFlow

        return SetupFlow(replace(desk.services, cancel=stop), connector_id=connector_id)

    return make


def edit_package(configuration_id: str, kind: ExportKind | None = None) -> MakeFlow:
    """Changes what is filled in, or adds ``kind``."""

    def make(desk: Desk, stop: Stop) -> Flow:
        from ledgerdesk.setup.flow import SetupFlow

        services = replace(desk.services, cancel=stop)
        return SetupFlow(services, configuration_id=configuration_id, kind=kind)

    return make


def sign_in_again(connection_id: str) -> MakeFlow:
    def make(desk: Desk, stop: Stop) -> Flow:
        from ledgerdesk.setup.sign_in_flow import SignInFlow

        return SignInFlow(replace(desk.services, cancel=stop), connection_id)

    return make


def open_wizard(
    shell: Shell,
    parent: QWidget,
    make: MakeFlow,
    title: str,
    on_connected: Callable[[Done], object],
    on_open: Callable[[SetupWizard], object] = lambda _wizard: None,
) -> None:
    """``title`` is in the language already. ``on_connected`` is called when it is kept."""
    stop = Stop()

    def begin(desk: Desk, _job: Job) -> tuple[Flow, Shown]:
        flow = make(desk, stop)
        return flow, Shown.by(flow)

    def show(begun: tuple[Flow, Shown]) -> None:
        flow, first = begun
        wizard = SetupWizard(shell, flow, first, stop, title=title, parent=parent)
        wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        wizard.connected.connect(on_connected)
        wizard.link_wanted.connect(lambda id: shell.go_to("clients", link=id))
        wizard.mail_account_wanted.connect(lambda: _ask_mail_account(shell, wizard))
        on_open(wizard)
        wizard.open()

    shell.desk.run(begin, show, shell.tell, owner=parent)


def _ask_mail_account(shell: Shell, wizard: SetupWizard) -> None:
    dialog = MailAccountDialog(shell, wizard)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.saved.connect(wizard.try_again)
    dialog.open()


ADD_TITLE = N_("Connect an accounting package")
SIGN_IN_TITLE = N_("Sign in again: {account}")
EDIT_TITLE = N_("Edit: {name}")


def titled(text: str, **names: str) -> str:
    return translate(text).format(**names)

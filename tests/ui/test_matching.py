"""“Link clients now” after connecting: every client with the administration proposed for it, by
number, by name, to be picked, or none; nothing is linked without a yes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from ledgerdesk.app import Desk
from ledgerdesk.model import Client
from ledgerdesk.practice.vendors._exact_books import ExactDivision
from ledgerdesk.practice.vendors.exact_online import REDIRECT, ExactOnlineServer
from ledgerdesk.setup.clients import ClientForm
from ledgerdesk.ui.clients.bulk_dialog import BulkDialog
from ledgerdesk.ui.clients.bulk_table import BulkTable, Line
from ledgerdesk.ui.desk import OpenDesk
from ledgerdesk.ui.wizard import browser_page, opening
from ledgerdesk.ui.wizard.browser_page import BrowserPage
from ledgerdesk.ui.wizard.register_page import RegisterPage
from tests.helpers.exact_online import CLIENT_ID, CLIENT_SECRET, allow
from tests.ui.conftest import type_text, unnamed
from tests.ui.person import B, Person, Shell

DIVISIONS = (
    ("Smet Holding", "BE0123456749"),
    ("GARAGE PEETERS", ""),
    ("Kapsalon Annelies", ""),
    ("Kapsalon Annelies (2024)", ""),
    ("Frituur Het Pleintje", ""),
)
CLIENTS = (
    ("Bakkerij De Smet", ("BE0123456749",)),
    ("Garage Peeters BV", ()),
    ("Kapsalon Annelies", ()),
    ("Zagerij Houtman", ()),
)


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    assert open_desk.desk is not None
    return open_desk.desk


@pytest.fixture
def server(
    exact_online_server: ExactOnlineServer, monkeypatch: pytest.MonkeyPatch
) -> ExactOnlineServer:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_EXACT_ONLINE", exact_online_server.url)
    monkeypatch.setattr(browser_page, "open_address", lambda url: True)
    exact_online_server.books.divisions.clear()
    for number, (name, vat) in enumerate(DIVISIONS, 1):
        code = 100000 + number
        exact_online_server.books.divisions[code] = ExactDivision(code, name, vat, number)
    return exact_online_server


@pytest.fixture
def clients(desk: Desk) -> list[Client]:
    return [desk.clients.add(ClientForm(name, vat=numbers)) for name, numbers in CLIENTS]


@pytest.fixture
def package_id(person: Person, server: ExactOnlineServer, shell: Shell) -> str:
    """Connected in the wizard, left by its last button."""
    person.opens(opening.add_package("online"))
    person.picks("invoices", "exact_online", "as-received")
    type_text(person.page_of(RegisterPage).forms[0].input("redirect_uri"), REDIRECT)
    person.presses()
    person.types({"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
    person.presses()
    page = person.page_of(BrowserPage)
    type_text(page.answer_field, allow(page.view.url))
    while person.at != "terms":
        person.presses()
    person.accepts()
    person.connects()
    person.presses(B.FinishButton)
    ((page_name, what),) = shell.gone
    assert page_name == "clients"
    return what["link"]


@pytest.fixture
def proposes(
    qtbot: QtBot, shell: Shell, person: Person, desk: Desk, clients: list[Client], package_id: str
) -> BulkDialog:
    packages = desk.linking.packages()
    dialog = BulkDialog(shell, person.parent, packages, [], lambda count: None, package_id)
    dialog.open()
    qtbot.waitUntil(lambda: dialog.table is not None and bool(dialog.table.offered), timeout=20_000)
    return dialog


def table(dialog: BulkDialog) -> BulkTable:
    assert dialog.table is not None
    return dialog.table


def line(dialog: BulkDialog, name: str) -> Line:
    return next(one for one in table(dialog).lines if one.client.name == name)


def cell(dialog: BulkDialog, name: str, column: int) -> str:
    row = table(dialog).lines.index(line(dialog, name))
    return str(table(dialog).index(row, column).data())


def test_every_client_stands_there_with_what_speaks_for_its_proposal(proposes: BulkDialog) -> None:
    remarks = {one.client.name: cell(proposes, one.client.name, 2) for one in table(proposes).lines}
    assert list(remarks) == [
        "Bakkerij De Smet",
        "Garage Peeters BV",
        "Kapsalon Annelies",
        "Zagerij Houtman",
    ]
    assert remarks["Bakkerij De Smet"] == "Same company number"
    assert remarks["Garage Peeters BV"] == "Similar name, 99 %: please check."
    assert remarks["Kapsalon Annelies"].startswith("More than one fits: please choose")
    assert remarks["Zagerij Houtman"] == "None found: please choose"
    proposed = [cell(proposes, name, 3) for name in remarks]
    assert proposed[0].startswith("Smet Holding")
    assert proposed[1].startswith("GARAGE PEETERS")
    assert proposed[2:] == ["", ""]
    proposes.reject()


def test_only_a_number_is_ticked_and_nothing_is_linked_before_a_yes(
    proposes: BulkDialog, desk: Desk, clients: list[Client]
) -> None:
    assert [one.ticked for one in table(proposes).lines] == [True, False, False, False]
    assert proposes.link_button.text() == "Link 1 client"
    assert "2 of 4" in proposes.note.text()
    proposes.reject()
    assert all(not desk.links.of(one.id) for one in clients)


def test_the_chosen_ones_are_linked_to_their_administrations(
    qtbot: QtBot, proposes: BulkDialog, desk: Desk, clients: list[Client]
) -> None:
    row = table(proposes).lines.index(line(proposes, "Garage Peeters BV"))
    checked = Qt.ItemDataRole.CheckStateRole
    table(proposes).setData(table(proposes).index(row, 0), Qt.CheckState.Checked, checked)
    assert proposes.link_button.text() == "Link 2 clients"
    proposes.link_button.click()
    qtbot.waitUntil(lambda: proposes.note.text() == "2 linked.", timeout=10_000)
    linked = {
        one.name: [each.administration_id for each in desk.links.of(one.id)] for one in clients
    }
    assert linked["Bakkerij De Smet"] == ["100001"]
    assert linked["Garage Peeters BV"] == ["100002"]
    assert linked["Kapsalon Annelies"] == linked["Zagerij Houtman"] == []
    proposes.reject()


def test_where_several_fit_these_are_offered_first(qtbot: QtBot, proposes: BulkDialog) -> None:
    row = table(proposes).lines.index(line(proposes, "Kapsalon Annelies"))
    proposes.view.edit(table(proposes).index(row, 3))
    editor = proposes.view.findChild(QComboBox)
    assert isinstance(editor, QComboBox)
    offered = [editor.itemText(n) for n in range(editor.count())]
    assert {one.split(" (1")[0] for one in offered[:2]} == {
        "Kapsalon Annelies",
        "Kapsalon Annelies (2024)",
    }
    assert len(offered) == len(DIVISIONS)

    editor.setCurrentIndex(1)
    editor.activated.emit(1)

    chosen = line(proposes, "Kapsalon Annelies")
    assert chosen.administration in ("100003", "100004")
    assert chosen.ticked
    proposes.reject()


def test_tick_all_leaves_out_whom_nothing_is_known_of(proposes: BulkDialog) -> None:
    proposes.all_button.click()
    assert [one.ticked for one in table(proposes).lines] == [True, True, False, False]
    proposes.reject()


def test_every_control_has_a_name(proposes: BulkDialog) -> None:
    assert unnamed(proposes) == []
    proposes.reject()

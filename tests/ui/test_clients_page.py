"""The page Clients and its dialogs, on real services: who is a client, where its documents go."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ledgerdesk.app import Desk
from ledgerdesk.model import Administration, Client, ExportKind, LinkRole
from ledgerdesk.setup.clients import ClientForm
from ledgerdesk.setup.linking import Concerned
from ledgerdesk.setup.links import LinkForm
from ledgerdesk.ui.clients.administration import AdministrationPicker
from ledgerdesk.ui.clients.bulk_dialog import BulkDialog
from ledgerdesk.ui.clients.client_dialog import ClientDialog
from ledgerdesk.ui.clients.import_dialog import ImportDialog
from ledgerdesk.ui.clients.link_dialog import ChangeDialog, LinkDialog
from ledgerdesk.ui.clients.start import StartingPoint
from ledgerdesk.ui.desk import OpenDesk
from ledgerdesk.ui.pages.clients import ClientsPage
from tests.helpers.dossiers import Packages
from tests.ui.conftest import ShowPage, find, type_text

INVOICES, STATEMENTS = ExportKind.INVOICES, ExportKind.STATEMENTS
D = TypeVar("D", bound=QDialog)
Answer = Callable[[str], AbstractContextManager[list[str]]]


@pytest.fixture
def packages() -> Packages:
    return Packages()


@pytest.fixture
def desk(open_desk: OpenDesk, packages: Packages) -> Desk:
    """The services, which also know the connectors of the tests."""
    made = open_desk.desk
    assert made is not None
    made.__dict__["services"] = packages.known_to(made.services)
    return made


@pytest.fixture
def baker(desk: Desk) -> Client:
    return desk.clients.add(
        ClientForm(name="Bakkerij", vat=["BE0123456749"], file_number="K1", share=True)
    )


@pytest.fixture
def dialog(qtbot: QtBot) -> Callable[[QWidget, type[D]], D]:
    def wait(parent: QWidget, kind: type[D]) -> D:
        qtbot.waitUntil(lambda: bool(opened(parent, kind)))
        return opened(parent, kind)[0]

    return wait


def opened(parent: QWidget, kind: type[D]) -> list[D]:
    return [one for one in parent.findChildren(kind) if one.isVisible()]


def gone(qtbot: QtBot, parent: QWidget, kind: type[QDialog]) -> None:
    qtbot.waitUntil(lambda: not opened(parent, kind))


def names(page: ClientsPage) -> list[str]:
    return [row.client.name for row in page.table.rows]


def cell(page: ClientsPage, row: int, key: str) -> str:
    number = [one.key for one in page.table.columns].index(key)
    return str(page.table.index(row, number).data())


def press(dialog: QDialog, name: str) -> None:
    find(dialog, QPushButton, name).click()


# --- the list ------------------------------------------------------------------------------------


def test_without_clients_one_button_opens_a_new_one(
    show_page: ShowPage, desk: Desk, dialog: Callable[..., ClientDialog]
) -> None:
    page = show_page(ClientsPage)
    assert not page.shows_content
    page.state_view.button.click()
    assert dialog(page, ClientDialog).client is None


def test_a_row_tells_the_software_per_kind(
    show_page: ShowPage, desk: Desk, baker: Client, packages: Packages
) -> None:
    id = packages.add(desk.services, "Octo", mailbox="x@box.example")
    desk.links.link(baker.id, LinkForm(id))
    page = show_page(ClientsPage)
    assert cell(page, 0, "software") == "Invoices: Octo; Bank statements: none"


def test_one_package_for_every_kind_is_named_once(
    show_page: ShowPage, desk: Desk, baker: Client, packages: Packages
) -> None:
    id = packages.add(desk.services, "Octo", INVOICES, STATEMENTS, mailbox="x@box.example")
    desk.links.link(baker.id, LinkForm(id))
    page = show_page(ClientsPage)
    assert cell(page, 0, "software") == "Octo"


def test_the_search_finds_by_number_and_says_when_nothing_fits(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, baker: Client
) -> None:
    desk.clients.add(ClientForm(name="Slagerij"))
    page = show_page(ClientsPage)
    type_text(page.search, "0123.456")
    qtbot.waitUntil(lambda: names(page) == ["Bakkerij"])
    type_text(page.search, "zzz")
    qtbot.waitUntil(lambda: not page.shows_content)
    page.state_view.button.click()
    qtbot.waitUntil(lambda: names(page) == ["Bakkerij", "Slagerij"])


def test_the_filter_shows_who_is_not_linked(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, baker: Client, packages: Packages
) -> None:
    id = packages.add(desk.services, "Octo", mailbox="x@box.example")
    desk.links.link(baker.id, LinkForm(id))
    desk.clients.add(ClientForm(name="Slagerij"))
    page = show_page(ClientsPage)
    page.filter.setCurrentIndex(page.filter.findData("not_linked"))
    page.filter.activated.emit(page.filter.currentIndex())
    qtbot.waitUntil(lambda: names(page) == ["Slagerij"])


def test_a_name_is_never_read_as_html(show_page: ShowPage, desk: Desk) -> None:
    desk.clients.add(ClientForm(name="<b>Bold</b> & Zn"))
    page = show_page(ClientsPage)
    assert cell(page, 0, "name") == "<b>Bold</b> & Zn"
    tip = str(page.table.index(0, 0).data(Qt.ItemDataRole.ToolTipRole))
    assert "<b>" not in tip


# --- a client ------------------------------------------------------------------------------------


def test_a_new_client_is_kept_with_its_numbers_normalised(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, dialog: Callable[..., ClientDialog]
) -> None:
    page = show_page(ClientsPage)
    page.new.trigger()
    form = dialog(page, ClientDialog)
    type_text(form.name_form.input("name"), "Pâtisserie Été")
    type_text(form.vat.edit(), "0123.456.749")
    find(form, QAbstractButton, "vatAdd").click()
    type_text(form.vat.edit(1), "BE 0403.170.701")
    type_text(form.iban.edit(), "BE68 5390 0754 7034")
    press(form, "save")
    qtbot.waitUntil(lambda: names(page) == ["Pâtisserie Été"])
    (kept,) = desk.clients.listed()
    assert kept.company_numbers == ("BE0123456749", "BE0403170701")
    assert kept.ibans == ("BE68539007547034",)
    assert not kept.share


def test_wrong_check_digits_are_explained_while_typing_and_keep_it_from_being_saved(
    show_page: ShowPage, desk: Desk, dialog: Callable[..., ClientDialog]
) -> None:
    page = show_page(ClientsPage)
    page.new.trigger()
    form = dialog(page, ClientDialog)
    type_text(form.name_form.input("name"), "Bakkerij")
    type_text(form.vat.edit(), "BE012345674")
    assert "1 more" in form.vat.told()
    type_text(form.vat.edit(), "8")
    assert "48" in form.vat.told()
    press(form, "save")
    assert form.isVisible()
    assert desk.clients.listed() == []


def test_an_unfinished_number_is_a_fault_once_its_line_was_left(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, dialog: Callable[..., ClientDialog]
) -> None:
    page = show_page(ClientsPage)
    page.new.trigger()
    form = dialog(page, ClientDialog)
    type_text(form.vat.edit(), "BE0123")
    assert "Not complete" not in form.vat.told()
    form.vat.edit().editingFinished.emit()
    assert "Not complete" in form.vat.told()


def test_a_number_of_another_client_is_refused_beside_its_field(
    qtbot: QtBot,
    show_page: ShowPage,
    desk: Desk,
    baker: Client,
    dialog: Callable[..., ClientDialog],
) -> None:
    page = show_page(ClientsPage)
    page.new.trigger()
    form = dialog(page, ClientDialog)
    type_text(form.name_form.input("name"), "Other")
    type_text(form.vat.edit(), "BE0123456749")
    press(form, "save")
    error = find(form, QLabel, "vatError")
    qtbot.waitUntil(lambda: "Bakkerij" in error.text())
    assert error.isVisible()


def test_a_client_is_changed_from_the_keyboard(
    qtbot: QtBot,
    show_page: ShowPage,
    desk: Desk,
    baker: Client,
    dialog: Callable[..., ClientDialog],
) -> None:
    page = show_page(ClientsPage)
    page.view.setFocus()
    page.view.selectRow(0)
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    form = dialog(page, ClientDialog)
    name = form.name_form.input("name")
    assert isinstance(name, QLineEdit)
    name.selectAll()
    type_text(name, "Bäckerei")
    qtbot.keyClick(name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(page) == ["Bäckerei"])


def test_saving_a_new_client_leads_on_to_its_software(
    qtbot: QtBot,
    show_page: ShowPage,
    desk: Desk,
    packages: Packages,
    dialog: Callable[..., QDialog],
) -> None:
    packages.add(desk.services, "Octo", mailbox="[vat]@box.example")
    page = show_page(ClientsPage)
    page.new.trigger()
    form = dialog(page, ClientDialog)
    assert isinstance(form, ClientDialog)
    type_text(form.name_form.input("name"), "Bakkerij")
    press(form, "saveAndLink")
    link = dialog(page, LinkDialog)
    assert isinstance(link, LinkDialog)
    assert link.client.name == "Bakkerij"


# --- its software --------------------------------------------------------------------------------


@pytest.fixture
def choosing(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, baker: Client, dialog: Callable[..., QDialog]
) -> Callable[..., tuple[ClientDialog, LinkDialog]]:
    """Opens the client and from there the choice of its software."""

    def choose(client: Client = baker) -> tuple[ClientDialog, LinkDialog]:
        page = show_page(ClientsPage)
        page.open_client(client)
        form = dialog(page, ClientDialog)
        assert isinstance(form, ClientDialog)
        qtbot.waitUntil(form.software.choose.isEnabled)
        form.software.choose.click()
        link = dialog(form, LinkDialog)
        assert isinstance(link, LinkDialog)
        return form, link

    return choose


Choosing = Callable[..., tuple[ClientDialog, LinkDialog]]


def test_the_address_is_previewed_as_it_is_typed_and_the_link_is_kept(
    qtbot: QtBot, desk: Desk, baker: Client, packages: Packages, choosing: Choosing
) -> None:
    packages.add(desk.services, "Octo", mailbox="[accounting_file_id]@box.example")
    form, link = choosing()
    assert link.own is not None
    assert link.own.preview.texts() == ["Mailbox: K1@box.example"]
    type_text(link.own.form.input("mailbox"), "[vat]@own.example")
    assert link.own.preview.texts() == ["Mailbox: BE0123456749@own.example"]
    press(link, "link")
    gone(qtbot, form, LinkDialog)
    qtbot.waitUntil(lambda: form.software.table.rowCount() == 1)
    (kept,) = desk.links.of(baker.id)
    assert kept.values == {"mailbox": "[vat]@own.example"}
    assert form.share.isChecked()


def test_a_missing_value_is_told_beside_its_field(
    desk: Desk, baker: Client, packages: Packages, choosing: Choosing
) -> None:
    packages.add(desk.services, "Octo")
    _form, link = choosing()
    press(link, "link")
    assert link.own is not None
    assert "mailbox" in link.own.form.errors()
    assert desk.links.of(baker.id) == []


def test_present_software_is_replaced_or_kept_beside_a_copy(
    qtbot: QtBot, desk: Desk, baker: Client, packages: Packages, choosing: Choosing
) -> None:
    first = packages.add(desk.services, "First", mailbox="x@box.example")
    second = packages.add(desk.services, "Second", mailbox="x@box.example")
    desk.links.link(baker.id, LinkForm(first))
    form, link = choosing()
    link.package.setCurrentIndex(link.package.findData(second))
    assert "First" in find(link, QLabel, "present").text()
    link.copies.setChecked(True)
    press(link, "link")
    gone(qtbot, form, LinkDialog)
    roles = {one.configuration_id: one.role for one in desk.links.of(baker.id)}
    assert roles == {first: LinkRole.MAIN, second: LinkRole.COPY}


def test_the_same_package_twice_can_only_be_replaced(
    desk: Desk, baker: Client, packages: Packages, choosing: Choosing
) -> None:
    first = packages.add(desk.services, "First", mailbox="x@box.example")
    desk.links.link(baker.id, LinkForm(first))
    _form, link = choosing()
    assert link.copies.isHidden()
    assert not link.replaces.isHidden()


def test_the_dossier_with_the_clients_number_is_proposed(
    qtbot: QtBot, desk: Desk, baker: Client, packages: Packages, choosing: Choosing
) -> None:
    packages.dossiers.found = [
        Administration("d1", "Another", "BE0403170701"),
        Administration("d2", "De Bakker", "BE0123456749"),
    ]
    packages.add(desk.services, "Exacter", connector="dossiers", mailbox="x@box.example")
    form, link = choosing()
    picker = find(link, AdministrationPicker)
    qtbot.waitUntil(lambda: picker.value() == "d2")
    press(link, "link")
    gone(qtbot, form, LinkDialog)
    assert [one.administration_id for one in desk.links.of(baker.id)] == ["d2"]


def test_a_like_name_is_only_a_question(
    qtbot: QtBot, desk: Desk, baker: Client, packages: Packages, choosing: Choosing
) -> None:
    packages.dossiers.found = [Administration("d1", "Bakkerij")]
    packages.add(desk.services, "Exacter", connector="dossiers", mailbox="x@box.example")
    _form, link = choosing()
    picker = find(link, AdministrationPicker)
    qtbot.waitUntil(lambda: "Bakkerij" in picker.note.text())
    assert picker.value() == ""


def test_a_link_is_changed_where_it_stands(
    qtbot: QtBot,
    show_page: ShowPage,
    desk: Desk,
    baker: Client,
    packages: Packages,
    dialog: Callable[..., QDialog],
) -> None:
    id = packages.add(desk.services, "Octo")
    values, secrets = {"mailbox": "a@box.example"}, {"api_key": "geheim-77"}
    desk.links.link(baker.id, LinkForm(id, values=values, secrets=secrets))
    page = show_page(ClientsPage)
    page.open_client(baker)
    form = dialog(page, ClientDialog)
    assert isinstance(form, ClientDialog)
    qtbot.waitUntil(lambda: form.software.table.rowCount() == 1)
    form.software.view.selectRow(0)
    form.software.edit.click()
    change = dialog(form, ChangeDialog)
    assert isinstance(change, ChangeDialog)
    mailbox, key = change.own.form.input("mailbox"), change.own.form.input("api_key")
    assert isinstance(mailbox, QLineEdit)
    assert isinstance(key, QLineEdit)
    assert (mailbox.text(), key.text()) == ("a@box.example", "")
    mailbox.selectAll()
    type_text(mailbox, "b@box.example")
    change.until.set_value(date(2030, 1, 31))
    press(change, "saveLink")
    gone(qtbot, form, ChangeDialog)
    (kept,) = desk.links.of(baker.id)
    assert (kept.values, kept.until) == ({"mailbox": "b@box.example"}, date(2030, 1, 31))


def test_a_link_is_ended_after_a_yes_and_stays_in_the_history(
    qtbot: QtBot,
    show_page: ShowPage,
    desk: Desk,
    baker: Client,
    packages: Packages,
    dialog: Callable[..., ClientDialog],
    answer: Answer,
) -> None:
    first = packages.add(desk.services, "First", mailbox="x@box.example")
    second = packages.add(desk.services, "Second", mailbox="x@box.example")
    desk.links.link(baker.id, LinkForm(first, start="2020-01-01"))
    desk.links.link(baker.id, LinkForm(second, start="now", replace=True))
    page = show_page(ClientsPage)
    page.open_client(baker)
    software = dialog(page, ClientDialog).software
    qtbot.waitUntil(lambda: software.table.rowCount() == 1)
    software.history.setChecked(True)
    assert [one.package for one in software.table.rows] == ["Second", "First"]
    software.view.selectRow(0)
    with answer("End today"):
        software.end.click()
    qtbot.waitUntil(lambda: all(one.until for one in desk.links.of(baker.id)))


def test_each_start_says_how_many_documents_it_concerns(qtbot: QtBot) -> None:
    start = StartingPoint()
    qtbot.addWidget(start)
    start.count(Concerned({date(2026, 1, 1): 2}, {date(2026, 1, 1): 1}))
    assert "(2 waiting, 1 older)" in start.all.text()
    assert "none" in start.now.text()
    start.count(None)
    assert "(" not in start.all.text()


def test_a_start_on_a_day_is_handed_over_as_that_day(qtbot: QtBot) -> None:
    start = StartingPoint()
    qtbot.addWidget(start)
    assert start.value() == "all"
    start.on_day.setChecked(True)
    start.day.setDate(start.day.date().fromString("2026-02-01", Qt.DateFormat.ISODate))
    assert start.value() == "2026-02-01"


# --- many at once --------------------------------------------------------------------------------


@pytest.fixture
def bulk(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, dialog: Callable[..., BulkDialog]
) -> Callable[[str], BulkDialog]:
    """The linking of many as another page asks for it."""

    def open_it(package_id: str) -> BulkDialog:
        page = show_page(ClientsPage)
        page.visit(link=package_id)
        made = dialog(page, BulkDialog)
        qtbot.waitUntil(lambda: made.table is not None)
        return made

    return open_it


Bulk = Callable[[str], BulkDialog]


def test_another_page_leads_to_the_linking_for_its_package(
    desk: Desk, baker: Client, packages: Packages, bulk: Bulk
) -> None:
    packages.add(desk.services, "Alpha", mailbox="x@box.example")
    wanted = packages.add(desk.services, "Beta", mailbox="x@box.example")
    made = bulk(wanted)
    assert made.chosen.id == wanted
    assert made.table is not None
    assert [one.client.name for one in made.table.lines] == ["Bakkerij"]


def test_another_page_shows_the_clients_of_its_package(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, baker: Client, packages: Packages
) -> None:
    id = packages.add(desk.services, "Octo", mailbox="x@box.example")
    desk.links.link(baker.id, LinkForm(id))
    desk.clients.add(ClientForm(name="Slagerij"))
    page = show_page(ClientsPage)
    page.visit(configuration=id)
    qtbot.waitUntil(lambda: names(page) == ["Bakkerij"])


def test_another_page_opens_a_client_that_the_search_hides(
    qtbot: QtBot,
    show_page: ShowPage,
    desk: Desk,
    baker: Client,
    dialog: Callable[..., ClientDialog],
) -> None:
    desk.clients.add(ClientForm(name="Slagerij"))
    page = show_page(ClientsPage)
    type_text(page.search, "slager")
    qtbot.waitUntil(lambda: names(page) == ["Slagerij"])
    page.visit(client=baker.id)
    assert dialog(page, ClientDialog).client == baker


def test_linking_says_that_it_turns_sharing_on(
    qtbot: QtBot, desk: Desk, baker: Client, packages: Packages, choosing: Choosing
) -> None:
    packages.add(desk.services, "Octo", mailbox="x@box.example")
    form, link = choosing(desk.clients.edit(baker.id, ClientForm(share=False)))
    assert find(link, QLabel, "sharesToo").isVisibleTo(link)
    assert not form.share.isChecked()
    press(link, "link")
    gone(qtbot, form, LinkDialog)
    qtbot.waitUntil(form.share.isChecked)
    assert desk.clients.get(baker.id).share


def test_only_the_same_number_is_ticked_of_the_proposals(
    qtbot: QtBot, desk: Desk, baker: Client, packages: Packages, bulk: Bulk
) -> None:
    desk.clients.add(ClientForm(name="Slagerij Janssens"))
    packages.dossiers.found = [
        Administration("d1", "Slagerij Janssens"),
        Administration("d2", "De Bakker", "BE0123456749"),
    ]
    made = bulk(packages.add(desk.services, "E", connector="dossiers", mailbox="x@box.example"))
    assert made.table is not None
    told = {one.client.name: (one.ticked, one.administration) for one in made.table.lines}
    assert told == {"Bakkerij": (True, "d2"), "Slagerij Janssens": (False, "d1")}


def test_a_pasted_column_fills_and_ticks_its_rows_and_each_says_what_came_of_it(
    qtbot: QtBot, desk: Desk, baker: Client, packages: Packages, bulk: Bulk
) -> None:
    slager = desk.clients.add(ClientForm(name="Slagerij"))
    made = bulk(packages.add(desk.services, "Octo"))
    table = made.table
    assert table is not None
    QGuiApplication.clipboard().setText("a@box.example\r\nnot an [address\r\n")
    made.view.setCurrentIndex(table.index(0, table.first))
    qtbot.keyClick(made.view, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert [one.ticked for one in table.lines] == [True, True]
    press(made, "linkAll")
    qtbot.waitUntil(lambda: table.lines[0].done)
    assert table.lines[1].error is not None
    assert [one.values for one in desk.links.of(baker.id)] == [{"mailbox": "a@box.example"}]
    assert desk.links.of(slager.id) == []
    assert "1 linked, 1 not" in made.note.text()


def test_columns_with_the_clients_numbers_are_pasted_in_any_order(
    desk: Desk, baker: Client, packages: Packages, bulk: Bulk
) -> None:
    desk.clients.add(ClientForm(name="Slagerij", vat=["BE0403170701"]))
    made = bulk(packages.add(desk.services, "Octo"))
    table = made.table
    assert table is not None
    QGuiApplication.clipboard().setText(
        "0403.170.701\tslager@box.example\nUnknown\tnobody@box.example\nBakkerij\tbakker@box.example"
    )
    made.view.setCurrentIndex(table.index(0, table.first))
    made.view.paste()
    cells = {one.client.name: one.cells for one in table.lines}
    assert cells == {
        "Bakkerij": {"mailbox": "bakker@box.example"},
        "Slagerij": {"mailbox": "slager@box.example"},
    }


def test_a_pasted_key_is_not_shown_and_is_kept_sealed(
    qtbot: QtBot, desk: Desk, baker: Client, packages: Packages, bulk: Bulk
) -> None:
    made = bulk(packages.add(desk.services, "Octo", mailbox="x@box.example"))
    table = made.table
    assert table is not None
    key = table.index(0, table.first + 1)
    assert table.setData(key, "geheim-88")
    assert "geheim" not in str(table.data(key))
    press(made, "linkAll")
    qtbot.waitUntil(lambda: table.lines[0].done)
    (kept,) = desk.roster.links(baker.id)
    assert kept.secrets == {"api_key"}
    assert "api_key" not in kept.link.values


def test_space_ticks_the_row_of_the_cursor(
    qtbot: QtBot, desk: Desk, baker: Client, packages: Packages, bulk: Bulk
) -> None:
    made = bulk(packages.add(desk.services, "Octo"))
    table = made.table
    assert table is not None
    made.view.setCurrentIndex(table.index(0, table.first))
    qtbot.keyClick(made.view, Qt.Key.Key_Space)
    assert table.lines[0].ticked
    qtbot.keyClick(made.view, Qt.Key.Key_Space)
    assert not table.lines[0].ticked


def test_selected_clients_are_linked_together(
    qtbot: QtBot,
    show_page: ShowPage,
    desk: Desk,
    baker: Client,
    packages: Packages,
    dialog: Callable[..., BulkDialog],
) -> None:
    slager = desk.clients.add(ClientForm(name="Slagerij"))
    packages.add(desk.services, "Octo", mailbox="[enterprise_name]@box.example")
    page = show_page(ClientsPage)
    page.view.selectAll()
    page.link.trigger()
    made = dialog(page, BulkDialog)
    qtbot.waitUntil(lambda: made.table is not None)
    press(made, "linkAll")
    qtbot.waitUntil(lambda: len(desk.links.of(slager.id)) == 1)
    assert len(desk.links.of(baker.id)) == 1


# --- a list out of a spreadsheet -----------------------------------------------------------------


@pytest.fixture
def client_list(tmp_path: Path) -> Path:
    file = tmp_path / "clients.csv"
    file.write_text("name;vat\nNieuw;BE0403170701\nFout;BE0403170702\n", encoding="utf-8")
    return file


def test_every_row_is_told_before_anything_is_imported(
    qtbot: QtBot,
    show_page: ShowPage,
    desk: Desk,
    client_list: Path,
    dialog: Callable[..., ImportDialog],
) -> None:
    page = show_page(ClientsPage)
    page.import_.trigger()
    made = dialog(page, ImportDialog)
    made.read(client_list)
    qtbot.waitUntil(lambda: made.table.rowCount() == 2)
    assert [one.verdict.value for one in made.table.rows] == ["added", "error"]
    assert desk.clients.listed() == []
    made.view.selectRow(1)
    assert "BE0403170702" in made.detail.text()
    press(made, "importNow")
    qtbot.waitUntil(lambda: names(page) == ["Nieuw"])


def test_what_was_shown_is_imported_even_when_the_file_changes_meanwhile(
    qtbot: QtBot,
    show_page: ShowPage,
    desk: Desk,
    client_list: Path,
    dialog: Callable[..., ImportDialog],
) -> None:
    page = show_page(ClientsPage)
    page.open_import(client_list)
    made = dialog(page, ImportDialog)
    qtbot.waitUntil(lambda: made.table.rowCount() == 2)
    client_list.write_text("name\nIemand anders\n", encoding="utf-8")
    press(made, "importNow")
    qtbot.waitUntil(lambda: names(page) == ["Nieuw"])


def test_a_file_that_is_no_list_is_told(
    qtbot: QtBot,
    show_page: ShowPage,
    desk: Desk,
    tmp_path: Path,
    dialog: Callable[..., ImportDialog],
) -> None:
    file = tmp_path / "other.csv"
    file.write_text("foo;bar\n1;2\n", encoding="utf-8")
    page = show_page(ClientsPage)
    page.open_import(file)
    made = dialog(page, ImportDialog)
    qtbot.waitUntil(lambda: "foo" in made.trouble.text())
    assert not made.import_button.isEnabled()


def test_a_list_dropped_on_the_page_is_read(
    qtbot: QtBot,
    show_page: ShowPage,
    desk: Desk,
    client_list: Path,
    dialog: Callable[..., ImportDialog],
) -> None:
    page = show_page(ClientsPage)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(client_list))])
    page.dropEvent(
        QDropEvent(
            QPointF(10, 10),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    made = dialog(page, ImportDialog)
    qtbot.waitUntil(lambda: made.table.rowCount() == 2)


# --- archiving -----------------------------------------------------------------------------------


def test_archiving_is_undone_with_its_links(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, baker: Client, packages: Packages
) -> None:
    id = packages.add(desk.services, "Octo", mailbox="x@box.example")
    desk.links.link(baker.id, LinkForm(id))
    desk.clients.add(ClientForm(name="Slagerij"))
    page = show_page(ClientsPage)
    page.view.selectRow(0)
    page.archive.trigger()
    qtbot.waitUntil(lambda: names(page) == ["Slagerij"])
    assert "Bakkerij" in find(page, QLabel, "undoText").text()
    page.undo.trigger()
    qtbot.waitUntil(lambda: names(page) == ["Bakkerij", "Slagerij"])
    assert [one.until for one in desk.links.of(baker.id)] == [None]
    assert not page.undo.isEnabled()


def test_an_archived_client_is_taken_back_from_the_archive(
    qtbot: QtBot, show_page: ShowPage, desk: Desk, baker: Client
) -> None:
    desk.clients.archive(baker.id)
    page = show_page(ClientsPage)
    page.filter.setCurrentIndex(page.filter.findData("archived"))
    page.filter.activated.emit(page.filter.currentIndex())
    qtbot.waitUntil(lambda: names(page) == ["Bakkerij"])
    page.view.selectRow(0)
    page.restore.trigger()
    qtbot.waitUntil(lambda: len(desk.clients.listed()) == 1)


# --- for everybody -------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["client", "link", "bulk", "import"])
def test_every_control_of_a_dialog_has_a_name(
    qtbot: QtBot,
    show_page: ShowPage,
    desk: Desk,
    baker: Client,
    packages: Packages,
    dialog: Callable[..., QDialog],
    which: str,
) -> None:
    box = {"mailbox": "x@box.example"}
    package_id = packages.add(desk.services, "Exacter", connector="dossiers", **box)
    page = show_page(ClientsPage)
    open_it = {
        "client": lambda: page.open_client(baker),
        "link": lambda: page._open_link(baker),
        "bulk": lambda: page.open_bulk(package_id),
        "import": page.open_import,
    }
    open_it[which]()
    made = dialog(page, QDialog)
    assert _nameless(made) == []


def _nameless(root: QWidget) -> list[str]:
    """Controls a screen reader could only call by their kind."""
    return [
        f"{type(one).__name__} {one.objectName()}"
        for one in root.findChildren(QWidget)
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.isVisibleTo(root) and not _name(one)
    ]


def _name(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    # What a person types in inside of these is spoken with their own name.
    inner = isinstance(widget.parent(), QComboBox | QAbstractSpinBox)
    return widget.accessibleName() or text or ("inside" if inner else "")

"""The page of settings: made from declarations, acting at once; and the mail account."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from ledgerdesk import settings
from ledgerdesk.ui.desk import OpenDesk
from ledgerdesk.ui.forms import Form
from ledgerdesk.ui.pages.settings import SettingsPage
from tests.ui.conftest import ShowPage, find, type_text, unnamed


@pytest.fixture
def page(show_page: ShowPage) -> SettingsPage:
    return show_page(SettingsPage)


def kept(desk: OpenDesk, key: str) -> str | int:
    assert desk.desk is not None
    return desk.desk.settings()[key]


def form_of(page: SettingsPage, key: str) -> Form:
    return next(one for one in page._forms if key in one.values())


def test_every_setting_is_on_the_page_with_its_value(page: SettingsPage) -> None:
    shown = {key: value for form in page._forms for key, value in form.values().items()}
    assert shown == {one.key: str(one.default) for one in settings.ALL}


def test_a_choice_is_kept_at_once_and_told(
    qtbot: QtBot, page: SettingsPage, open_desk: OpenDesk
) -> None:
    box = find(page, QComboBox, "appearance")
    box.setCurrentIndex(box.findData("dark"))
    with qtbot.waitSignal(open_desk.settings_changed) as told:
        box.activated.emit(box.currentIndex())
    assert told.args[0]["appearance"] == "dark"
    assert kept(open_desk, "appearance") == "dark"


def test_a_number_is_kept_when_its_field_is_left(
    qtbot: QtBot, page: SettingsPage, open_desk: OpenDesk
) -> None:
    form = form_of(page, "keep_documents_months")
    field = form.input("keep_documents_months")
    qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    type_text(field, "36")
    assert kept(open_desk, "keep_documents_months") == 24
    with qtbot.waitSignal(open_desk.settings_changed):
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert kept(open_desk, "keep_documents_months") == 36


def test_a_value_that_is_not_allowed_is_refused_beside_its_field(
    qtbot: QtBot, page: SettingsPage, open_desk: OpenDesk
) -> None:
    form = form_of(page, "brake")
    type_text(form.input("brake"), "many")
    qtbot.keyClick(form.input("brake"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "brake" in form.errors())
    assert kept(open_desk, "brake") == 100


def test_the_mail_account_is_kept_and_its_password_is_not_shown_again(
    qtbot: QtBot, page: SettingsPage, open_desk: OpenDesk
) -> None:
    for name, value in (
        ("host", "smtp.kantoor.example"),
        ("username", "facturen@kantoor.example"),
        ("password", "gehéim"),
    ):
        type_text(page.mail_form.input(name), value)
    find(page, QPushButton, "saveMailAccount").click()
    assert open_desk.desk is not None
    accounts = open_desk.desk.mail_accounts
    qtbot.waitUntil(lambda: accounts.show() is not None, timeout=10_000)
    qtbot.waitUntil(lambda: page.mail_form.values()["password"] == "", timeout=10_000)
    account = accounts.show()
    assert account is not None
    assert account.values["host"] == "smtp.kantoor.example"
    assert "Kept" in page.mail_form.input("password").placeholderText()  # type: ignore[attr-defined]


def test_a_mail_account_that_is_refused_says_why_beside_the_field(
    qtbot: QtBot, page: SettingsPage
) -> None:
    find(page, QPushButton, "saveMailAccount").click()
    qtbot.waitUntil(lambda: bool(page.mail_form.errors()), timeout=10_000)
    assert set(page.mail_form.errors()) == {"host"}
    assert page.save_button.isEnabled()


def test_what_is_being_typed_is_not_overwritten_by_a_new_load(
    qtbot: QtBot, page: SettingsPage
) -> None:
    type_text(page.mail_form.input("host"), "smtp.half")
    page.refresh()
    qtbot.waitUntil(lambda: not page.is_loading)
    assert page.mail_form.values()["host"] == "smtp.half"


def test_everything_the_keyboard_reaches_has_a_name(page: SettingsPage) -> None:
    assert unnamed(page) == []


def test_the_sweep_finds_what_has_no_name(page: SettingsPage) -> None:
    page.save_button.setText("")
    assert unnamed(page) == ["QPushButton saveMailAccount"]


def test_the_data_folder_is_shown(page: SettingsPage, open_desk: OpenDesk) -> None:
    assert open_desk.desk is not None
    assert find(page, QLabel, "dataFolder").text() == str(open_desk.desk.folder.root)

"""The page of settings: made from declarations, acting at once; and the mail account."""

from __future__ import annotations

from pathlib import Path

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


def rule(desk: OpenDesk) -> str:
    from ledgerdesk.delivery import rules

    assert desk.desk is not None
    return rules.told(desk.desk.schedules.shown().overall.schedule)


def test_the_interval_of_the_schedule_is_kept_when_its_field_is_left(
    qtbot: QtBot, page: SettingsPage, open_desk: OpenDesk
) -> None:
    field = page.schedule.form.input("every")
    qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    type_text(field, "45")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    wanted = "every 45 minutes, 07:00–19:00, on working days"
    qtbot.waitUntil(lambda: rule(open_desk) == wanted, timeout=5000)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("times", "at 08:30, 13:00, 17:00, on working days"),
        ("by_hand", "only when you send yourself"),
    ],
)
def test_how_it_runs_is_chosen_at_once(
    qtbot: QtBot, page: SettingsPage, open_desk: OpenDesk, how: str, told: str
) -> None:
    box = find(page, QComboBox, "how")
    box.setCurrentIndex(box.findData(how))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: rule(open_desk) == told, timeout=5000)


@pytest.mark.parametrize(("name", "value"), [("every", "many"), ("closes", "06:00")])
def test_a_schedule_that_cannot_be_is_refused_beside_its_field(
    qtbot: QtBot, page: SettingsPage, open_desk: OpenDesk, name: str, value: str
) -> None:
    before = rule(open_desk)
    field = page.schedule.form.input(name)
    qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    type_text(field, value)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: name in page.schedule.form.errors(), timeout=5000)
    assert rule(open_desk) == before


def test_a_folder_for_the_status_board_that_is_not_there_is_refused(
    qtbot: QtBot, page: SettingsPage, open_desk: OpenDesk
) -> None:
    form = form_of(page, "status_board")
    type_text(form.input("status_board"), "/no/such/folder")
    qtbot.keyClick(form.input("status_board"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "status_board" in form.errors(), timeout=5000)
    assert kept(open_desk, "status_board") == ""


def test_starting_with_the_computer_shows_what_the_system_says(
    qtbot: QtBot, page: SettingsPage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from ledgerdesk.autostart import DesktopEntry, State
    from ledgerdesk.ui import autostart_card

    entry = DesktopEntry(tmp_path)
    monkeypatch.setattr(autostart_card, "of_this_computer", lambda: entry)
    page.autostart.box.click()
    qtbot.waitUntil(lambda: entry.state() is State.ON, timeout=5000)
    qtbot.waitUntil(page.autostart.box.isChecked, timeout=5000)
    page.autostart.box.click()
    qtbot.waitUntil(lambda: entry.state() is State.OFF, timeout=5000)


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

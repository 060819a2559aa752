"""Forms made from declared fields."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPlainTextEdit, QToolButton
from pytestqt.qtbot import QtBot

from ledgerdesk.errors import InvalidValue, UsageError
from ledgerdesk.setup.fields import Choice, Field, FieldKind
from ledgerdesk.ui.forms import Form
from tests.ui.conftest import find, type_text

FIELDS = (
    Field(
        "route",
        "Route",
        FieldKind.CHOICE,
        "mail",
        choices=(Choice("mail", "Mail"), Choice("sftp", "SFTP")),
    ),
    Field("mailbox", "Mailbox", FieldKind.EMAIL, visible_when={"route": ("mail",)}),
    Field(
        "host", "Server", FieldKind.HOST, visible_when={"route": ("sftp",)}, help="Ask <b>them</b>."
    ),
    Field("port", "Port", FieldKind.PORT, "22", advanced=True, visible_when={"route": ("sftp",)}),
    Field("password", "Password", FieldKind.PASSWORD, secret=True, required=False),
    Field("key", "Key", FieldKind.MULTILINE, secret=True, required=False),
)


@pytest.fixture
def form(qtbot: QtBot) -> Form:
    made = Form(FIELDS)
    qtbot.addWidget(made)
    made.show()
    return made


def choose(form: Form, value: str) -> None:
    box = find(form, QComboBox, "route")
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def test_only_the_fields_of_the_chosen_route_are_asked_and_given(form: Form) -> None:
    assert set(form.values()) == {"route", "mailbox", "password", "key"}
    choose(form, "sftp")
    assert set(form.values()) == {"route", "host", "port", "password", "key"}
    assert find(form, QLineEdit, "host").isVisible()
    assert not find(form, QLineEdit, "mailbox").isVisible()


def test_any_character_can_be_typed(form: Form) -> None:
    type_text(form.input("password"), "é€ç“ß漢")
    assert form.values()["password"] == "é€ç“ß漢"


def test_a_port_takes_digits_only(qtbot: QtBot, form: Form) -> None:
    choose(form, "sftp")
    find(form, QToolButton, "advanced").click()
    port = find(form, QLineEdit, "port")
    port.clear()
    qtbot.keyClicks(port, "2a2b")
    assert port.text() == "22"


def test_advanced_fields_are_folded_away_until_asked_for(form: Form) -> None:
    choose(form, "sftp")
    port = find(form, QLineEdit, "port")
    assert not port.isVisible()
    find(form, QToolButton, "advanced").click()
    assert port.isVisible()


def test_without_an_advanced_field_to_ask_there_is_nothing_to_unfold(form: Form) -> None:
    assert not find(form, QToolButton, "advanced").isVisible()


def test_an_error_stands_beside_its_field_and_takes_the_focus_there(form: Form) -> None:
    error = InvalidValue(field="mailbox", value="x", name="Mailbox", hint="Give one.")
    form.show_errors([error])
    assert form.errors() == {"mailbox": error.text()}
    assert form.input("mailbox").accessibleDescription() == error.text()
    assert form.focusWidget() is form.input("mailbox")


def test_an_error_in_a_folded_field_unfolds_it(form: Form) -> None:
    choose(form, "sftp")
    form.show_errors([InvalidValue(field="port", value="0", name="Port", hint="")])
    assert find(form, QLineEdit, "port").isVisible()


def test_an_error_without_a_field_stands_above_all(form: Form) -> None:
    form.show_errors([UsageError(reason="Nothing works.")])
    assert find(form, QLabel, "formError").isVisible()
    assert "Nothing works." in find(form, QLabel, "formError").text()


def test_check_names_every_field_at_fault(form: Form) -> None:
    type_text(form.input("mailbox"), "no address")
    assert not form.check()
    assert set(form.errors()) == {"mailbox"}


def test_a_kept_secret_may_stay_empty(qtbot: QtBot) -> None:
    field = Field("password", "Password", FieldKind.PASSWORD, secret=True)
    for kept, fine in ((("password",), True), ((), False)):
        form = Form([field], kept_secrets=kept)
        qtbot.addWidget(form)
        assert form.check() is fine


def test_the_eye_shows_the_password(form: Form) -> None:
    edit = find(form, QLineEdit, "password")
    assert edit.echoMode() is QLineEdit.EchoMode.Password
    edit.actions()[0].trigger()
    assert edit.echoMode() is QLineEdit.EchoMode.Normal


def test_values_and_secrets_are_told_apart(form: Form) -> None:
    form.set_values({"mailbox": "a@b.example", "password": "geheim"})
    values, secrets = form.split()
    assert values == {"route": "mail", "mailbox": "a@b.example"}
    assert secrets == {"password": "geheim"}


def test_every_input_is_named_and_described_for_a_screen_reader(form: Form) -> None:
    choose(form, "sftp")
    for field in FIELDS:
        widget = form.input(field.name)
        assert widget.accessibleName() == field.label
        assert widget.accessibleDescription() == field.help
        assert find(form, QLabel, f"{field.name}Label").buddy() is widget


def test_help_is_never_read_as_html(form: Form) -> None:
    assert find(form, QLabel, "hostHelp").textFormat() is Qt.TextFormat.PlainText
    assert find(form, QLabel, "hostHelp").text() == "Ask <b>them</b>."


def test_setting_values_is_no_change_by_a_person(qtbot: QtBot, form: Form) -> None:
    with qtbot.assertNotEmitted(form.changed):
        form.set_values({"mailbox": "a@b.example", "key": "one\ntwo", "route": "sftp"})
    assert find(form, QPlainTextEdit, "key").toPlainText() == "one\ntwo"


def test_typing_is_a_change_and_leaving_the_field_commits_it(qtbot: QtBot, form: Form) -> None:
    with qtbot.waitSignal(form.changed):
        type_text(form.input("mailbox"), "a")
    with qtbot.waitSignal(form.committed) as told:
        qtbot.keyClick(form.input("mailbox"), Qt.Key.Key_Return)
    assert told.args == ["mailbox"]

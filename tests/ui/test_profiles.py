"""Importing a profile in the window: said in words first, kept after a yes, then connected with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from ledgerdesk.app import Desk
from ledgerdesk.model import ExportKind
from ledgerdesk.practice.vendors.rest_profile import RestProfileServer, Ways, paper
from ledgerdesk.setup.steps import Choice
from ledgerdesk.ui.desk import OpenDesk
from ledgerdesk.ui.packages.profile_dialog import ProfileDialog
from ledgerdesk.ui.pages.packages import PackagesPage
from ledgerdesk.ui.wizard import opening
from tests.ui.conftest import ShowPage, unnamed
from tests.ui.person import Person

ID = "bocount"


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    assert open_desk.desk is not None
    return open_desk.desk


@pytest.fixture
def server(make_rest_profile: Callable[..., RestProfileServer]) -> RestProfileServer:
    return make_rest_profile(Ways())


@pytest.fixture
def file(tmp_path: Path, server: RestProfileServer) -> Path:
    path = tmp_path / "from-the-vendor.toml"
    path.write_text(paper(ID, server.ways))
    return path


@pytest.fixture
def page(show_page: ShowPage) -> PackagesPage:
    return show_page(PackagesPage)


Opens = Callable[[Path], ProfileDialog]


@pytest.fixture
def opens(qtbot: QtBot, page: PackagesPage, monkeypatch: pytest.MonkeyPatch) -> Opens:
    """Chooses a file in the menu's last entry and waits until it was read."""

    def choose(path: Path) -> ProfileDialog:
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
        page.import_profile.trigger()
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ProfileDialog)
        qtbot.waitUntil(
            lambda: dialog.preview is not None or not dialog.trouble.isHidden(), timeout=10_000
        )
        return dialog

    return choose


def said(dialog: ProfileDialog) -> dict[str, str]:
    lines = [one.text() for one in dialog._lines.findChildren(QLabel) if not one.isHidden()]
    return dict(zip(lines[::2], lines[1::2], strict=True))


def wait_for(qtbot: QtBot, dialog: ProfileDialog, text: str) -> None:
    qtbot.waitUntil(lambda: text in dialog.about.text(), timeout=20_000)


def test_a_profile_is_told_in_words_and_kept_after_a_yes(
    qtbot: QtBot, opens: Opens, file: Path, desk: Desk
) -> None:
    dialog = opens(file)
    lines = said(dialog)
    assert lines["Sign-in"] == "A user name and a password go with every request."
    assert lines["Talks to"] == "the address you give as “Base URL”"
    assert lines["Invoices"].startswith("POST /")
    assert not desk.profiles.get(ID).complete

    dialog.import_button.click()
    wait_for(qtbot, dialog, "Imported. It is complete")

    assert desk.profiles.get(ID).complete
    assert dialog.connect_button.isVisible() and not dialog.import_button.isVisible()
    dialog.reject()


def test_closing_it_keeps_nothing(opens: Opens, file: Path, desk: Desk) -> None:
    opens(file).reject()
    assert not desk.profiles.get(ID).is_own


def test_from_the_file_to_a_connected_package(
    qtbot: QtBot,
    opens: Opens,
    page: PackagesPage,
    file: Path,
    desk: Desk,
    server: RestProfileServer,
    person: Person,
) -> None:
    dialog = opens(file)
    dialog.import_button.click()
    wait_for(qtbot, dialog, "Imported")
    dialog.connect_button.click()
    qtbot.waitUntil(lambda: page.wizard is not None and page.wizard.isVisible(), timeout=10_000)
    assert page.wizard is not None
    person.opened.append(page.wizard)
    while person.at in ("kind", "format"):
        person.presses()
    assert person.page.answer()["route"] == "api"
    person.types({"base_url": server.address})
    person.presses()
    account = server.account
    person.types({"username": account.username, "password": account.password})
    person.presses()
    while person.at != "terms":
        person.presses()
    person.accepts()
    person.connects()

    assert person.at == "done"
    assert all(line.startswith("Done: ") for line in person.page.done_checks.lines())  # type: ignore[attr-defined]
    (kept,) = desk.configurations.listed()
    assert kept.connector_id == ID


def test_one_that_is_in_use_is_tried_out_again_at_once(
    qtbot: QtBot, opens: Opens, file: Path, desk: Desk, server: RestProfileServer
) -> None:
    desk.profiles.take_in(file)
    connect(desk, server)
    dialog = opens(file)
    assert "Connected accounts that use it: 1." in dialog.about.text()
    assert "takes the place" in dialog.about.text()
    dialog.import_button.click()
    wait_for(qtbot, dialog, "Try it out")
    dialog.try_button.click()
    wait_for(qtbot, dialog, "Everything works")
    assert dialog.checks.checks and all(one.ok for one in dialog.checks.checks)
    dialog.reject()


def connect(desk: Desk, server: RestProfileServer) -> None:
    desk.installer.add(
        ID,
        "By its web service",
        kind=ExportKind.INVOICES,
        format="as-received",
        values={"base_url": server.address, "username": server.account.username},
        secrets={"password": server.account.password},
        accept_terms=True,
    )


def test_a_trial_that_fails_says_what_to_do(
    qtbot: QtBot, opens: Opens, file: Path, desk: Desk, server: RestProfileServer
) -> None:
    desk.profiles.take_in(file)
    connect(desk, server)
    server.account.password = "another"
    dialog = opens(file)
    dialog.import_button.click()
    wait_for(qtbot, dialog, "Try it out")
    dialog.try_button.click()
    qtbot.waitUntil(lambda: not dialog.trouble.isHidden(), timeout=20_000)
    assert not dialog.checks.checks[-1].ok
    dialog.reject()


def test_what_the_vendor_still_has_to_tell_is_named(
    qtbot: QtBot, opens: Opens, tmp_path: Path, desk: Desk
) -> None:
    path = tmp_path / "half.toml"
    desk.profiles.hand_on(ID, path)
    dialog = opens(path)
    assert "how one signs in, where invoices go" in dialog.missing.text()
    dialog.import_button.click()
    wait_for(qtbot, dialog, "not complete")
    assert not dialog.connect_button.isVisible()
    dialog.reject()


def test_a_file_that_is_none_is_refused_with_its_reason(opens: Opens, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("[profile]\nid = 'nobody'\n")
    dialog = opens(path)
    assert "No integration has a profile of this id" in dialog.trouble.text()
    assert not dialog.import_button.isVisible()
    dialog.reject()


def test_a_line_without_encryption_takes_a_tick(
    qtbot: QtBot, opens: Opens, file: Path, desk: Desk
) -> None:
    text = file.read_text().replace('path = "/ping"', 'path = "http://192.168.1.9/ping"')
    file.write_text(text)
    dialog = opens(file)
    dialog.import_button.click()
    assert "Tick first" in dialog.trouble.text()
    assert not desk.profiles.get(ID).is_own
    dialog.accept_http.setChecked(True)
    dialog.import_button.click()
    wait_for(qtbot, dialog, "Imported")
    dialog.reject()


def test_the_list_of_integrations_says_whether_it_was_completed(
    person: Person, file: Path, desk: Desk
) -> None:
    assert badge(person) == "You complete it"
    desk.profiles.take_in(file)
    assert badge(person) == "Completed by you"


def badge(person: Person, kind: str = "invoices", id: str = ID) -> str:
    person.opens(opening.add_package("online"))
    person.picks(kind)
    view = person.page.view
    assert isinstance(view, Choice)
    found = next(one.badge for one in view.options if one.id == id)
    person.wizard.close()
    return found


@pytest.mark.parametrize(
    ("kind", "id", "expected"),
    [
        ("invoices", "exact_online", "Documented"),
        ("statements", "exact_online", "Community"),
        ("invoices", "octopus", "Documented"),
        ("statements", "octopus", "Community"),
        ("invoices", "onea", "Documented, old"),
    ],
)
def test_the_standing_is_that_of_the_kind_of_document(
    person: Person, kind: str, id: str, expected: str
) -> None:
    assert badge(person, kind, id) == expected


def test_every_control_has_a_name(opens: Opens, file: Path) -> None:
    dialog = opens(file)
    assert unnamed(dialog) == []
    dialog.reject()


# --- ways ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ["bocount", "count_e", "pingwin", "wings_online", "lyanthe"])
@pytest.mark.parametrize(
    ("route", "asked"),
    [("mailbox", set[str]()), ("folder", set[str]()), ("sftp", {"sftp_host", "sftp_username"})],
)
def test_only_the_fields_of_the_chosen_way_are_asked(
    person: Person, id: str, route: str, asked: set[str]
) -> None:
    person.opens(opening.add_package("online"))
    person.picks("invoices", id, "as-received")
    form: Any = person.page.form  # type: ignore[attr-defined]
    field = next(one for one in person.page.view.fields if one.name == "route")  # type: ignore[union-attr]
    if route not in [one.id for one in field.choices]:
        pytest.skip(f"no {route} there")
    form.set_values({"route": route})
    names = set(form.values()) - {"route"}
    assert asked <= names
    assert all(one.startswith(route) for one in names)

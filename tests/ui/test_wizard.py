"""The wizard with real services: steps as pages, checks live, nothing kept before *Connect*."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from ledgerdesk.app import Desk
from ledgerdesk.errors import (
    CertificateUntrusted,
    CredentialsRejected,
    HostKeyChanged,
    LedgerDeskError,
    MissingValue,
    OtherAccount,
    TimedOut,
)
from ledgerdesk.model import Check, Configuration, ExportKind
from ledgerdesk.setup.fields import Field, FieldKind
from ledgerdesk.setup.sign_in import verify
from ledgerdesk.setup.steps import (
    Abort,
    Browser,
    Choice,
    Done,
    Form,
    Option,
    Refused,
    Select,
    StepView,
    Terms,
)
from ledgerdesk.store import tables as t
from ledgerdesk.ui.desk import OpenDesk
from ledgerdesk.ui.wizard import opening
from ledgerdesk.ui.wizard.browser_page import BrowserPage
from ledgerdesk.ui.wizard.flows import Stop
from ledgerdesk.ui.wizard.options import OptionList
from ledgerdesk.ui.wizard.pages import FormPage, TermsPage
from tests.helpers.smtp import SmtpServer
from tests.helpers.sshd import Sshd
from tests.ui.conftest import type_text
from tests.ui.person import B, Person, Shell


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    assert open_desk.desk is not None
    return open_desk.desk


def contents(desk: Desk) -> dict[str, list[Any]]:
    with desk.books.read() as c:
        return {
            table.name: [tuple(row) for row in c.execute(sa.select(table))]
            for table in t.metadata.sorted_tables
            if table.name != "meta"
        }


def to_terms(person: Person, sshd: Sshd, password: str = "") -> None:
    person.opens(opening.add_package("online"))
    person.picks("invoices", "sftp", "as-received")
    person.types(
        {
            "username": sshd.username,
            "password": password or sshd.password,
            "host": sshd.host,
            "port": str(sshd.port),
        }
    )
    person.presses()
    person.presses()
    person.accepts()


# --- the article's way ----------------------------------------------------------------------------


def test_the_way_from_the_kind_of_document_to_link_clients_now(
    person: Person, sshd: Sshd, desk: Desk, shell: Shell
) -> None:
    to_terms(person, sshd)
    person.connects()
    assert "Is this your server?" in person.page.trouble.text()
    assert sshd.fingerprint in person.page.trouble.text()
    assert sshd.sign_in_attempts() == 0

    person.presses_way("approveHostKey")

    assert person.at == "done"
    (kept,) = desk.configurations.listed()
    assert kept.kinds[ExportKind.INVOICES].tested
    assert len(person.connected) == 1
    person.presses(B.FinishButton)
    assert shell.gone == [("clients", {"link": kept.id})]


def test_every_step_is_a_page_of_its_own_and_says_how_far_it_is(person: Person, sshd: Sshd) -> None:
    to_terms(person, sshd)
    steps = [person.wizard.page(id).view.id for id in person.wizard.visitedIds()]  # type: ignore[attr-defined]
    assert steps == ["kind", "connector", "format", "sign_in", "place", "terms"]
    assert person.page._crumbs.accessibleName() == "Step 4 of 4: Connect"
    assert min(person.wizard.pageIds()) >= 100


def test_the_check_list_names_every_line_that_was_tried(person: Person, sshd: Sshd) -> None:
    to_terms(person, sshd)
    person.connects()
    person.presses_way("approveHostKey")
    lines = person.page.done_checks.lines()  # type: ignore[attr-defined]
    assert len(lines) == 5
    assert all(line.startswith("Done: ") for line in lines)


def test_a_refused_sign_in_shows_the_failing_line_with_its_remedy(
    person: Person, sshd: Sshd, desk: Desk
) -> None:
    to_terms(person, sshd, password="wrong")
    before = contents(desk)
    person.connects()
    person.presses_way("approveHostKey")

    assert [one.ok for one in person.page.checks.checks] == [True, True, False]
    assert "refuses the sign-in" in person.page.checks.lines()[-1]
    assert "Sign in again with the right ones" in person.page.trouble.text()
    assert contents(desk) == before


def test_correct_the_sign_in_leads_back_to_its_form_with_what_was_typed(
    person: Person, sshd: Sshd, desk: Desk
) -> None:
    to_terms(person, sshd, password="wrong")
    person.connects()
    person.presses_way("approveHostKey")
    person.presses_way("correctSignIn")
    assert person.at == "sign_in"
    assert person.page_of(FormPage).form.values()["host"] == sshd.host

    person.types({"password": sshd.password})
    person.presses()
    person.presses()
    person.accepts()
    person.connects()
    person.presses_way("approveHostKey")

    assert person.at == "done"
    assert len(desk.configurations.listed()) == 1


def test_a_password_that_connecting_misses_is_asked_for_in_its_own_field(
    person: Person, sshd: Sshd
) -> None:
    person.opens(opening.add_package("online"))
    person.picks("invoices", "sftp", "as-received")
    person.types({"username": sshd.username, "host": sshd.host, "port": str(sshd.port)})
    person.presses()
    person.presses()
    person.accepts()
    person.connects()
    assert person.at == "sign_in"
    assert set(person.page_of(FormPage).form.errors()) == {"password"}


def test_connect_is_never_grey_and_says_what_is_missing(
    person: Person, desk: Desk, tmp_path: Path
) -> None:
    to_folder_terms(person, tmp_path)
    before = contents(desk)
    assert person.wizard.button(B.CommitButton).isEnabled()
    assert person.wizard.button(B.CommitButton).text().replace("&", "") == "Connect"

    person.connects()

    page = person.page_of(TermsPage)
    assert not page._accept_error.isHidden()
    assert page.accept.accessibleDescription() == page._accept_error.text()
    assert contents(desk) == before


def to_folder_terms(person: Person, path: Path) -> None:
    person.opens(opening.add_package("folder"))
    person.picks("invoices", "as-received")
    person.types({"path": str(path)})
    person.presses()


def test_a_package_can_be_given_its_name(person: Person, desk: Desk, tmp_path: Path) -> None:
    to_folder_terms(person, tmp_path)
    person.accepts()
    field = person.page_of(TermsPage).form.input("name")
    assert isinstance(field, QLineEdit)
    field.clear()
    type_text(field, "Boîte à factures")
    person.connects()
    assert [one.name for one in desk.configurations.listed()] == ["Boîte à factures"]


def test_a_name_that_is_taken_is_refused_beside_its_field(
    person: Person, desk: Desk, tmp_path: Path
) -> None:
    to_folder_terms(person, tmp_path)
    person.accepts()
    person.connects()
    (first,) = desk.configurations.listed()
    person.wizard.close()

    (tmp_path / "other").mkdir()
    to_folder_terms(person, tmp_path / "other")
    person.accepts()
    field = person.page_of(TermsPage).form.input("name")
    assert isinstance(field, QLineEdit)
    field.setText(first.name)
    person.connects()

    assert set(person.page_of(TermsPage).form.errors()) == {"name"}
    assert len(desk.configurations.listed()) == 1


def test_a_server_that_is_down_can_be_saved_untested(
    person: Person, sshd: Sshd, desk: Desk
) -> None:
    sshd.stop()
    try:
        to_terms(person, sshd)
        person.connects()
        person.presses_way("saveUntested")
    finally:
        sshd.start()
    assert person.at == "done"
    assert "not tested" in person.page.sentence.text()  # type: ignore[attr-defined]
    (kept,) = desk.configurations.listed()
    assert not kept.kinds[ExportKind.INVOICES].tested


def test_what_is_wrong_with_an_answer_stands_beside_its_field(person: Person) -> None:
    person.opens(opening.add_package("online"))
    person.picks("invoices", "sftp", "as-received")
    person.types({"host": "a b", "port": "0"})
    person.presses()
    assert person.at == "sign_in"
    assert set(person.page_of(FormPage).form.errors()) == {"username", "host", "port"}


# --- back, closing, nothing half-saved ------------------------------------------------------------


def test_back_keeps_what_was_typed_and_another_answer_drops_later_pages(
    person: Person, sshd: Sshd
) -> None:
    person.opens(opening.add_package("online"))
    person.picks("invoices", "sftp", "as-received")
    person.types({"host": "half.example"})
    person.presses(B.BackButton)
    person.presses()
    assert person.page_of(FormPage).form.values()["host"] == "half.example"

    person.presses(B.BackButton)
    person.presses(B.BackButton)
    person.picks("folder", "as-received")
    assert person.at == "place"
    person.presses(B.BackButton)
    person.presses(B.BackButton)
    person.picks("sftp", "as-received")
    assert person.page_of(FormPage).form.values()["host"] == ""


@pytest.mark.parametrize("leave", ["reject", "close"])
def test_leaving_in_the_middle_saves_nothing(
    person: Person, sshd: Sshd, desk: Desk, leave: str
) -> None:
    before = contents(desk)
    to_terms(person, sshd)
    getattr(person.wizard, leave)()
    assert contents(desk) == before
    assert person.connected == []


def test_escape_leaves_without_asking(person: Person, qtbot: QtBot) -> None:
    person.opens(opening.add_package("online"))
    wizard = person.wizard
    with qtbot.waitSignal(wizard.rejected):
        qtbot.keyClick(wizard, Qt.Key.Key_Escape)


# --- flows that are not there yet, and moments that are hard to catch -----------------------------


class Scripted:
    """A flow that shows the steps it is given; ``submits`` says what each answer leads to."""

    def __init__(self, first: StepView, *answers: StepView | Refused) -> None:
        self.current = first
        self.can_go_back = False
        self.signs_in_again = isinstance(first, Form)
        self.signed_in_as = ""
        self.browser: Any = None
        self.answers = list(answers)
        self.given: list[dict[str, str]] = []
        self.hold: threading.Event | None = None
        self.seen_lines: tuple[Check, ...] = ()
        self.cancelled = False

    def submit(
        self, values: Mapping[str, str], seen: list[Check] | None = None
    ) -> StepView | Refused:
        self.given.append(dict(values))
        if seen is not None:
            seen.extend(self.seen_lines)
        if self.hold is not None:
            assert self.hold.wait(20)
        answered = self.answers.pop(0)
        if not isinstance(answered, Refused):
            self.current = answered
        return answered

    @property
    def connects(self) -> bool:
        return isinstance(self.current, Terms | Form)

    def sign_in_anew(self) -> StepView:
        return self.current

    def back(self) -> StepView:
        return self.current

    def cancel(self) -> StepView:
        self.cancelled = True
        return Abort("abort", "Stopped")


TERMS = Terms("terms", "What you allow", ("What: all.",), name="Package", accepted=True)
DONE = Done("done", "Connected", (Check("Signed in", True),))
SIGN_IN = Form(
    "sign_in",
    "Package",
    (Field("username", "User name"), Field("password", "Password", FieldKind.PASSWORD)),
)


def scripted(flow: Scripted) -> Callable[[Desk, Stop], Any]:
    def make(_desk: Desk, stop: Stop) -> Scripted:
        flow.stop = stop  # type: ignore[attr-defined]
        return flow

    return make


def test_the_check_list_grows_while_it_runs(person: Person, qtbot: QtBot) -> None:
    flow = Scripted(TERMS, DONE)
    flow.hold = threading.Event()
    flow.seen_lines = (Check("The server answers", True, "pkg.example"),)
    person.opens(scripted(flow))
    person.wizard.button(B.CommitButton).click()
    page = person.page

    qtbot.waitUntil(lambda: page.checks.lines() == ["Done: The server answers: pkg.example"])
    assert not page.checks._busy.isHidden()
    flow.hold.set()
    person.rests()
    assert person.at == "done"


def test_while_it_works_next_and_back_rest_and_cancel_does_not(
    person: Person, qtbot: QtBot
) -> None:
    second = Choice("format", "Format", (Option("a", "A"), Option("b", "B")))
    flow = Scripted(Choice("kind", "Kind", (Option("x", "X"), Option("y", "Y"))), second, TERMS)
    person.opens(scripted(flow))
    person.presses()
    flow.hold = threading.Event()
    person.wizard.button(B.NextButton).click()

    buttons = (B.NextButton, B.BackButton, B.CancelButton)
    states = {which: person.wizard.button(which).isEnabled() for which in buttons}
    flow.hold.set()
    person.rests()

    assert states == {B.NextButton: False, B.BackButton: False, B.CancelButton: True}
    assert person.wizard.button(B.BackButton).isEnabled()


def test_closing_while_it_connects_cancels_the_work(person: Person, qtbot: QtBot) -> None:
    flow = Scripted(TERMS, DONE)
    flow.hold = threading.Event()
    person.opens(scripted(flow))
    person.wizard.button(B.CommitButton).click()
    qtbot.waitUntil(lambda: bool(flow.given))
    stop: Stop = flow.stop  # type: ignore[attr-defined]

    person.wizard.reject()

    assert stop.job is not None and stop.job.is_cancelled
    flow.hold.set()
    qtbot.waitUntil(lambda: person.shell.desk.background.is_idle)
    assert person.connected == []


def test_closing_while_a_server_is_tried_keeps_nothing(
    person: Person, sshd: Sshd, desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def slow(*given: Any) -> Any:
        reached.set()
        assert go_on.wait(20)
        return verify(*given)

    monkeypatch.setattr("ledgerdesk.setup.installer.verify", slow)
    before = contents(desk)
    to_terms(person, sshd)
    person.page.extra["accept_host_key"] = sshd.fingerprint
    person.wizard.button(B.CommitButton).click()
    qtbot.waitUntil(reached.is_set, timeout=10_000)
    person.wizard.reject()
    go_on.set()
    qtbot.waitUntil(lambda: person.shell.desk.background.is_idle, timeout=20_000)

    assert contents(desk) == before


def test_without_closing_the_same_is_kept(person: Person, sshd: Sshd, desk: Desk) -> None:
    to_terms(person, sshd)
    person.page.extra["accept_host_key"] = sshd.fingerprint
    person.connects()
    assert len(desk.configurations.listed()) == 1


CHANGED = HostKeyChanged(host="pkg.example", approved="SHA256:old", fingerprint="SHA256:new")


@pytest.mark.parametrize(
    ("error", "way", "answer"),
    [
        (CHANGED, "approveHostKey", {"accept_host_key": "SHA256:new"}),
        (TimedOut(host="pkg.example"), "saveUntested", {"untested": "yes"}),
        (OtherAccount(account="b", before="a"), "otherAccount", {"other_account": "yes"}),
    ],
    ids=lambda value: value.code if isinstance(value, LedgerDeskError) else "",
)
def test_what_a_person_decides_goes_with_the_next_try(
    person: Person, error: LedgerDeskError, way: str, answer: dict[str, str]
) -> None:
    flow = Scripted(TERMS, Refused((error,), (Check("x", False),)), DONE)
    person.opens(scripted(flow))
    person.connects()
    person.presses_way(way)
    assert flow.given[1] == {**flow.given[0], **answer}
    assert person.at == "done"


def test_a_changed_host_key_shows_both_fingerprints(person: Person) -> None:
    person.opens(scripted(Scripted(TERMS, Refused((CHANGED,), (Check("x", False),)))))
    person.connects()
    told = person.page.trouble.text()
    assert "SHA256:old" in told and "SHA256:new" in told


def test_a_refused_password_cannot_be_saved_untested(person: Person) -> None:
    error = CredentialsRejected(host="pkg.example", username="ann")
    person.opens(scripted(Scripted(TERMS, Refused((error,), (Check("x", False),)))))
    person.connects()
    assert "saveUntested" not in person.page.trouble.buttons()


def test_a_certificate_authority_can_be_chosen_and_no_option_is_named(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "firm.pem"
    file.write_text("-----BEGIN CERTIFICATE-----")
    error = CertificateUntrusted(host="pkg.example", reason="unknown issuer")
    flow = Scripted(TERMS, Refused((error,), (Check("x", False),)), DONE)
    person.opens(scripted(flow))
    person.connects()
    assert "--" not in person.page.trouble.text()
    chosen = (str(file), "")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: chosen)
    person.presses_way("chooseAuthority")
    assert flow.given[1]["ca_pem"] == "-----BEGIN CERTIFICATE-----"


def test_signing_in_again_is_one_form_that_connects(person: Person) -> None:
    error = CredentialsRejected(host="pkg.example", username="ann")
    flow = Scripted(SIGN_IN, Refused((error,), (Check("x", False),)), DONE)
    person.opens(scripted(flow))
    button = person.wizard.button(B.CommitButton)
    assert button.text().replace("&", "") == "Sign in"
    person.types({"username": "ann", "password": "a"})
    person.connects()
    assert not person.page.body.isHidden()
    assert "refuses the sign-in of ann" in person.page.checks.lines()[-1]

    person.connects()

    assert person.at == "done"
    assert person.wizard.button(B.FinishButton).text().replace("&", "") == "Close"


def test_an_administration_is_searched_or_left_to_each_client(person: Person) -> None:
    options = tuple(Option(f"A{n}", f"Bakkerij {n}", f"BE012345{n:04}") for n in range(12))
    flow = Scripted(Select("administration", "Dossier", options), TERMS)
    person.opens(scripted(flow))
    body = person.page.body
    assert isinstance(body, OptionList)
    assert body.selected() == ""
    type_text(body.search, "BE0123450007")
    assert body.shown() == ["Bakkerij 7"]
    person.presses()
    assert flow.given == [{"administration": "A7"}]


def test_nothing_found_in_a_list_is_said_and_next_explains(person: Person) -> None:
    options = tuple(Option(f"A{n}", f"Bakkerij {n}") for n in range(12))
    flow = Scripted(Select("administration", "Dossier", options))
    person.opens(scripted(flow))
    body = person.page.body
    assert isinstance(body, OptionList)
    type_text(body.search, "zzz")
    assert not body._nothing.isHidden()
    person.presses()
    assert flow.given == []
    assert "Choose one of the list" in person.page.trouble.text()


def test_the_browser_step_offers_the_address_and_takes_the_answer(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledgerdesk.ui.wizard import browser_page

    opened: list[str] = []
    monkeypatch.setattr(browser_page, "open_address", opened.append)
    flow = Scripted(Browser("browser", "Sign in", "https://login.example/?a=1"), TERMS)
    person.opens(scripted(flow))
    page = person.page_of(BrowserPage)
    page.open_button.click()
    type_text(page.answer_field, "http://127.0.0.1:9/?code=x")
    person.presses()
    assert opened == ["https://login.example/?a=1"]
    assert page.address.text() == "https://login.example/?a=1"
    assert flow.given == [{"redirect_url": "http://127.0.0.1:9/?code=x"}]


def test_the_keyboard_alone_chooses_and_goes_on(person: Person, qtbot: QtBot) -> None:
    person.opens(opening.add_package("online"))
    body = person.page.body
    assert isinstance(body, OptionList)
    qtbot.keyClick(body.list, Qt.Key.Key_Down)
    qtbot.keyClick(body.list, Qt.Key.Key_Return)
    person.qtbot.waitUntil(lambda: person.at == "connector", timeout=10_000)
    person.rests()
    qtbot.keyClick(person.wizard, Qt.Key.Key_Return)
    person.qtbot.waitUntil(lambda: person.at != "connector", timeout=10_000)


# --- pasting --------------------------------------------------------------------------------------


@pytest.fixture
def sftp_form(person: Person) -> FormPage:
    person.opens(opening.add_package("online"))
    person.picks("invoices", "sftp", "as-received")
    return person.page_of(FormPage)


def copied(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def test_a_providers_mail_fills_the_form_at_once(sftp_form: FormPage) -> None:
    copied("Serveur: sftp.pkg.example:2222\nUtilisateur: kantoor\nMot de passe: s3cret\n")
    sftp_form.paste.button.click()
    assert sftp_form.form.values() == {
        "username": "kantoor",
        "password": "s3cret",
        "host": "sftp.pkg.example",
        "port": "2222",
        "private_key": "",
    }
    assert "Host" in sftp_form.paste.note.text() and "s3cret" not in sftp_form.paste.note.text()


def test_an_address_pasted_into_any_field_is_taken_apart(qtbot: QtBot, sftp_form: FormPage) -> None:
    copied("sftp://kantoor@sftp.pkg.example:2022/in/box")
    field = sftp_form.form.input("username")
    qtbot.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    values = sftp_form.form.values()
    assert (values["username"], values["host"], values["port"]) == (
        "kantoor",
        "sftp.pkg.example",
        "2022",
    )


def test_a_single_value_is_pasted_as_it_is(qtbot: QtBot, sftp_form: FormPage) -> None:
    copied("kantoor")
    field = sftp_form.form.input("username")
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert sftp_form.form.values()["username"] == "kantoor"
    assert sftp_form.form.values()["host"] == ""


def test_what_belongs_to_a_later_form_is_remembered_for_it(
    person: Person, sftp_form: FormPage, sshd: Sshd
) -> None:
    copied(f"sftp://{sshd.username}:{sshd.password}@{sshd.host}:{sshd.port}/~/in/box")
    sftp_form.paste.button.click()
    person.presses()
    assert person.at == "place"
    assert person.page_of(FormPage).form.values()["upload_path"] == "in/box"


def test_a_fingerprint_out_of_the_mail_needs_no_second_look(
    person: Person, sftp_form: FormPage, sshd: Sshd
) -> None:
    copied(
        f"sftp://{sshd.username}:{sshd.password}@{sshd.host}:{sshd.port}/~/in\n{sshd.fingerprint}\n"
    )
    sftp_form.paste.button.click()
    person.presses()
    person.presses()
    person.accepts()
    person.connects()
    assert person.at == "done"


def test_nothing_recognised_is_said_and_changes_nothing(sftp_form: FormPage) -> None:
    before = sftp_form.form.values()
    copied("bonjour")
    sftp_form.paste.button.click()
    assert "Nothing was recognised" in sftp_form.paste.note.text()
    assert sftp_form.form.values() == before


# --- mail -----------------------------------------------------------------------------------------


def test_a_missing_mail_account_is_set_up_on_the_way(
    person: Person, smtp_server: SmtpServer, desk: Desk
) -> None:
    person.opens(opening.add_package("mail"))
    person.picks("invoices", "email", "as-received")
    person.types({"purchase_address": "in@package.example"})
    person.presses()
    assert "mail account" in person.page.trouble.text()
    assert "ledgerdesk" not in person.page.trouble.text()

    person.page.trouble.buttons()["setUpMail"].click()
    dialog = QApplication.activeModalWidget()
    assert dialog is not None and dialog.objectName() == "mailAccountDialog"
    for name, value in (
        ("host", "smtp.kantoor.example"),
        ("username", "ann@kantoor.example"),
        ("password", "gehéim"),
    ):
        type_text(dialog.form.input(name), value)  # type: ignore[attr-defined]
    dialog.save_button.click()  # type: ignore[attr-defined]

    person.qtbot.waitUntil(lambda: person.at == "terms", timeout=10_000)
    account = desk.mail_accounts.show()
    assert account is not None and account.values["host"] == "smtp.kantoor.example"


def test_a_refused_mail_account_says_why_beside_its_field(person: Person) -> None:
    person.opens(opening.add_package("mail"))
    person.picks("invoices", "email", "as-received")
    person.types({"purchase_address": "in@package.example"})
    person.presses()
    person.page.trouble.buttons()["setUpMail"].click()
    dialog: Any = QApplication.activeModalWidget()
    dialog.save_button.click()
    person.qtbot.waitUntil(lambda: bool(dialog.form.errors()), timeout=10_000)
    assert set(dialog.form.errors()) == {"host"}
    dialog.reject()


# --- editing --------------------------------------------------------------------------------------


def test_editing_begins_with_what_is_set_up_and_adds_the_second_kind(
    person: Person, desk: Desk, tmp_path: Path
) -> None:
    to_folder_terms(person, tmp_path)
    person.accepts()
    person.connects()
    (kept,) = desk.configurations.listed()
    person.wizard.close()

    person.opens(opening.edit_package(kept.id, ExportKind.STATEMENTS))
    person.picks("coda")
    person.types({"path": str(tmp_path)})
    person.presses()
    person.accepts()
    person.connects()

    (changed,) = desk.configurations.listed()
    assert set(changed.kinds) == {ExportKind.INVOICES, ExportKind.STATEMENTS}


def test_the_kinds_that_are_set_up_are_marked_when_editing(
    person: Person, desk: Desk, tmp_path: Path
) -> None:
    to_folder_terms(person, tmp_path)
    person.accepts()
    person.connects()
    (kept,) = desk.configurations.listed()
    person.wizard.close()

    person.opens(opening.edit_package(kept.id))

    view = person.page.view
    assert isinstance(view, Choice)
    assert [bool(one.badge) for one in view.options] == [True, False]
    person.presses()
    person.presses()
    assert person.page_of(FormPage).form.values()["path"] == str(tmp_path)


# --- accessible, plain ----------------------------------------------------------------------------


def focusable(root: QObject) -> list[QWidget]:
    return [
        one
        for one in root.findChildren(QWidget)
        if one.isVisible() and one.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]


def test_every_control_on_the_way_has_a_name(person: Person, sshd: Sshd) -> None:
    nameless: list[str] = []

    def look() -> None:
        for one in focusable(person.wizard):
            interface = QAccessible.queryAccessibleInterface(one)
            name = interface.text(QAccessible.Text.Name)
            if not name and one.metaObject().className() != "QScrollArea":
                nameless.append(f"{person.at}: {one.metaObject().className()} {one.objectName()}")

    person.opens(opening.add_package("online"))
    for choice in ("invoices", "sftp", "as-received"):
        look()
        person.picks(choice)
    look()
    copied(f"sftp://{sshd.username}:{sshd.password}@{sshd.host}:{sshd.port}/~/in")
    person.page_of(FormPage).paste.button.click()
    person.presses()
    look()
    person.presses()
    look()
    person.accepts()
    person.connects()
    look()
    person.presses_way("approveHostKey")
    look()
    assert nameless == []


def test_what_a_server_says_is_never_read_as_html(person: Person) -> None:
    told = "<b>bold</b><img src=x>"
    error = TimedOut(host=told)
    kept = Configuration("1", told, "x", datetime.now(UTC))
    done = Done("done", "Connected", (Check(told, True, told),), kept)
    flow = Scripted(TERMS, Refused((error, MissingValue(name="x")), (Check("x", False),)), done)
    person.opens(scripted(flow))
    person.connects()
    rich = [
        one
        for one in person.wizard.findChildren(QLabel)
        if "<" in one.text() and one.textFormat() != Qt.TextFormat.PlainText
    ]
    assert told in " ".join(person.page.checks.lines())
    assert rich == []
    person.connects()
    assert told in person.page.sentence.text()  # type: ignore[attr-defined]

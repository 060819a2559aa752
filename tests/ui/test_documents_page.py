"""The page of documents: taking in, looking, deciding, and the sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from ledgerdesk.app import Desk
from ledgerdesk.intake.desk import SourceForm
from ledgerdesk.model import Client, Direction, DocumentState
from ledgerdesk.model.listing import DocumentRow, Whereabouts
from ledgerdesk.practice.pdf import text_pdf
from ledgerdesk.setup.clients import ClientForm
from ledgerdesk.ui.desk import OpenDesk
from ledgerdesk.ui.documents.client_box import ClientBox
from ledgerdesk.ui.documents.sum_line import PARTS
from ledgerdesk.ui.pages.documents import DocumentsPage
from tests.helpers.intake import Papers
from tests.ui.conftest import ShowPage, find, type_text, wait_loaded

Answer = Callable[[str], Any]
_BROKEN = b"<Invoice>"
_PATIENCE = 10_000


@dataclass
class Bench:
    """The page, the services behind it, and papers to take in."""

    qtbot: QtBot
    page: DocumentsPage
    desk: Desk
    papers: Papers
    folder: Path
    made: int = 0

    def client(self, number: int = 0) -> Client:
        business = self.papers.who[number]
        form = ClientForm(name=business.name, vat=[business.number], iban=[business.iban])
        return self.desk.clients.add(form)

    def file(self, content: bytes, name: str = "") -> Path:
        self.made += 1
        path = self.folder / f"{self.made}" / (name or f"paper{self.made}.xml")
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        return path

    def foreign(self) -> Path:
        """An invoice between two businesses that are no clients."""
        first, second = self.papers.others[:2]
        return self.file(self.papers.invoice(first, second))

    def take(self, *paths: Path) -> None:
        """As if dropped on the window; returns when it is on screen."""
        with self.qtbot.waitSignal(self.page.taking.taken, timeout=_PATIENCE):
            self.page.take_in(list(paths))
        self.settle()

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: self.page.shell.desk.background.is_idle, timeout=_PATIENCE)
        wait_loaded(self.qtbot, self.page)

    def rows(self) -> list[DocumentRow]:
        found = [self.page.table.row_at(n) for n in range(self.page.table.rowCount())]
        return [row for row in found if row is not None]

    def places(self) -> list[str]:
        return sorted(row.whereabouts.value for row in self.rows())

    def dialog(self, name: str) -> QDialog:
        self.qtbot.waitUntil(lambda: bool(self.page.findChildren(QDialog, name)), timeout=5000)
        return find(self.page, QDialog, name)

    def give_reason(self, reason: str) -> None:
        dialog = self.dialog("reasonDialog")
        type_text(find(dialog, QLineEdit, "reason"), reason)
        find(dialog, QPushButton, "go").click()
        self.settle()


@pytest.fixture
def bench(
    qtbot: QtBot, show_page: ShowPage, open_desk: OpenDesk, tmp_path: Path, seed: int
) -> Bench:
    page = show_page(DocumentsPage)
    assert open_desk.desk is not None
    return Bench(qtbot, page, open_desk.desk, Papers(seed), tmp_path / "papers")


# --- empty, taking in ----------------------------------------------------------------------------


def test_an_empty_folder_says_what_to_do(bench: Bench) -> None:
    assert bench.page.list_state.isVisible()
    assert bench.page.list_state.state.title == "No documents yet"
    assert not bench.page.filters.isVisible()


def test_what_is_dropped_is_taken_in_selected_and_summed_up(bench: Bench) -> None:
    bench.take(bench.foreign(), bench.file(_BROKEN))
    assert bench.places() == ["held", "unassigned"]
    assert len(bench.page.view.selected()) == 2
    said = bench.page.notice.text.text()
    assert "2 taken in" in said
    assert "1 to check" in said


def test_a_drop_anywhere_in_the_window_reaches_the_page(bench: Bench) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(bench.foreign()))])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with bench.qtbot.waitSignal(bench.page.taking.taken, timeout=_PATIENCE):
        bench.page.window().dropEvent(event)


def test_a_path_that_is_not_there_is_told_and_nothing_is_taken_in(bench: Bench) -> None:
    with bench.qtbot.waitSignal(bench.page.taking.stopped, timeout=_PATIENCE):
        bench.page.take_in([bench.folder / "gone.xml"])
    assert "gone.xml" in bench.page.notice.text.text()
    assert bench.desk.documents.any() is False


def test_two_drops_after_each_other_are_both_taken_in(bench: Bench) -> None:
    bench.page.take_in([bench.foreign()])
    bench.page.take_in([bench.file(_BROKEN)])
    bench.qtbot.waitUntil(lambda: len(bench.desk.triage.listed()) == 2, timeout=_PATIENCE)
    bench.settle()
    assert len(bench.rows()) == 2


def test_what_is_handed_over_before_the_books_are_open_waits(
    qtbot: QtBot, closed_desk: OpenDesk, tmp_path: Path
) -> None:
    from ledgerdesk.ui.window import Window

    window = Window(closed_desk, [DocumentsPage])
    qtbot.addWidget(window)
    (tmp_path / "early.xml").write_bytes(_BROKEN)
    window.show()
    window.take_in([tmp_path / "early.xml"])
    page = window.page("documents")
    assert isinstance(page, DocumentsPage)
    with qtbot.waitSignal(page.taking.taken, timeout=_PATIENCE) as taken:
        closed_desk.open()
    assert [one.file_name for one in taken.args[0]] == ["early.xml"]


def test_stopping_ends_with_a_word_and_the_page_stays_usable(bench: Bench) -> None:
    bench.page.take_in([bench.foreign()])
    bench.page.notice.stop.click()
    assert "Stopped" in bench.page.notice.text.text()
    assert not bench.page.taking.is_busy
    bench.take(bench.file(_BROKEN))
    assert "held" in bench.places()


# --- the list ------------------------------------------------------------------------------------


def test_search_finds_by_number_and_an_empty_result_offers_all(bench: Bench) -> None:
    bench.take(bench.foreign(), bench.file(_BROKEN))
    number = next(row.number for row in bench.rows() if row.number)
    bench.page.search.setText(number)
    bench.qtbot.waitUntil(lambda: len(bench.rows()) == 1, timeout=5000)
    bench.page.search.setText("nothing like it")
    bench.qtbot.waitUntil(bench.page.list_state.isVisible, timeout=5000)
    bench.page.list_state.button.click()
    bench.qtbot.waitUntil(lambda: len(bench.rows()) == 2, timeout=5000)


def test_the_list_shows_what_waits_for_a_person(bench: Bench) -> None:
    bench.client()
    bench.take(bench.foreign(), bench.file(_BROKEN), bench.file(_BROKEN))
    assert bench.places() == ["duplicate", "held", "unassigned"]
    button = bench.page.sum.parts["you"][1]
    button.click()
    bench.qtbot.waitUntil(lambda: bench.places() == ["held", "unassigned"], timeout=5000)
    assert find(bench.page, QComboBox, "placeFilter").currentText() == "Waiting for you"


def test_a_row_says_state_and_why_in_words(bench: Bench) -> None:
    bench.take(bench.file(_BROKEN))
    table = bench.page.table
    texts = {
        column.key: table.data(table.index(0, number))
        for number, column in enumerate(table.columns)
    }
    assert texts["state"] == "To check"
    assert "damaged" in texts["why"]
    spoken = table.data(table.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "State: To check"


@pytest.mark.parametrize("down", [False, True])
def test_every_column_that_sorts_does_so_in_the_books(bench: Bench, down: bool) -> None:
    bench.take(bench.foreign(), bench.foreign(), bench.file(_BROKEN))
    rows = bench.desk.documents.rows(_everything())
    for column in bench.page.table.columns:
        if column.sort:
            assert len(rows.keys(column.sort, down)) == 3, column.key
    amounts = [one.total for one in rows.page(rows.keys("amount", down)).values() if one.total]
    assert len(amounts) == 2
    keys = rows.keys("amount", down)
    page = rows.page(keys)
    ordered = [page[key].total or 0 for key in keys]
    assert ordered == sorted(ordered, reverse=down)


def _everything() -> Any:
    from ledgerdesk.model.listing import Wanted

    return Wanted()


# --- one document --------------------------------------------------------------------------------


def test_a_chosen_document_is_shown_with_its_findings_in_words(bench: Bench) -> None:
    bench.take(bench.file(_BROKEN))
    bench.qtbot.waitUntil(lambda: bench.page.pane.shown != "", timeout=5000)
    said = " ".join(bench.page.pane.facts.texts())
    assert "Stops it: The file is damaged" in said
    assert "added by hand" in said


def test_a_pdf_is_drawn(bench: Bench) -> None:
    bench.take(bench.file(text_pdf(["Factuur 12"]), "scan.pdf"))
    picture = bench.page.pane.preview.picture
    bench.qtbot.waitUntil(lambda: not picture.pixmap().isNull(), timeout=_PATIENCE)
    image = picture.pixmap().toImage()
    colours = {
        image.pixelColor(x, y).lightness() < 128
        for x in range(0, image.width(), 2)
        for y in range(0, image.height(), 2)
    }
    assert colours == {True, False}


def test_a_pdf_of_two_pages_is_turned(bench: Bench) -> None:
    bench.take(bench.file(text_pdf(["one"]), "scan.pdf"))
    preview = bench.page.pane.preview
    bench.settle()
    assert not preview.next.isVisible()
    preview.show_pdf(_two_pages())
    bench.qtbot.waitUntil(preview.next.isVisible, timeout=_PATIENCE)
    preview.next.click()
    bench.qtbot.waitUntil(lambda: preview._page == 1 and preview.before.isEnabled(), timeout=5000)
    bench.settle()
    assert not preview.next.isEnabled()


def _two_pages() -> bytes:
    import io

    import pypdfium2

    made = pypdfium2.PdfDocument.new()
    for _ in range(2):
        made.new_page(200, 300)
    out = io.BytesIO()
    made.save(out)
    made.close()
    return out.getvalue()


def test_a_damaged_pdf_says_that_it_cannot_be_shown(bench: Bench) -> None:
    bench.take(bench.file(b"%PDF-1.4 nothing", "scan.pdf"))
    message = bench.page.pane.preview.message
    bench.qtbot.waitUntil(lambda: "cannot be shown" in message.text(), timeout=_PATIENCE)


def test_a_document_without_pdf_says_so(bench: Bench) -> None:
    bench.take(bench.file(_BROKEN))
    message = bench.page.pane.preview.message
    bench.qtbot.waitUntil(lambda: "no PDF" in message.text(), timeout=_PATIENCE)


def test_the_original_is_saved_unchanged(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    content = bench.foreign().read_bytes()
    bench.take(bench.file(content, "a name.xml"))
    proposed: list[str] = []

    def choose(_parent: object, _title: str, name: str) -> tuple[str, str]:
        proposed.append(Path(name).name)
        return str(tmp_path / "saved.xml"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    bench.page.decisions.save.trigger()
    bench.qtbot.waitUntil((tmp_path / "saved.xml").exists, timeout=5000)
    bench.settle()
    assert (tmp_path / "saved.xml").read_bytes() == content
    assert proposed == ["a name.xml"]


# --- deciding ------------------------------------------------------------------------------------


def test_an_unassigned_invoice_is_assigned_to_a_client(bench: Bench) -> None:
    client = bench.client()
    bench.take(bench.foreign())
    bench.page.decisions.assign.trigger()
    dialog = bench.dialog("assignDialog")
    find(dialog, ClientBox, "assignClient").choose(client.id)
    direction = find(dialog, QComboBox, "assignDirection")
    direction.setCurrentIndex(direction.findData("purchase"))
    find(dialog, QPushButton, "assign").click()
    bench.settle()
    kept = bench.desk.triage.listed()[0]
    assert (kept.client_id, kept.direction) == (client.id, Direction.PURCHASE)
    assert client.name in bench.page.window().statusBar().currentMessage()  # type: ignore[attr-defined]


def test_without_a_client_nothing_is_assigned(bench: Bench) -> None:
    bench.client()
    bench.take(bench.foreign())
    bench.page.decisions.assign.trigger()
    dialog = bench.dialog("assignDialog")
    find(dialog, ClientBox, "assignClient").setEditText("no such one")
    find(dialog, QPushButton, "assign").click()
    assert dialog.isVisible()
    assert bench.desk.triage.listed()[0].assigned is False


def test_what_is_refused_is_told_and_changes_nothing(bench: Bench, answer: Answer) -> None:
    client = bench.client()
    bench.take(bench.foreign())
    bench.page.decisions.assign.trigger()
    dialog = bench.dialog("assignDialog")
    find(dialog, ClientBox, "assignClient").choose(client.id)
    with answer("OK") as said:
        find(dialog, QPushButton, "assign").click()
    assert "purchase or a sale" in said[0]
    assert bench.desk.triage.listed()[0].state is DocumentState.UNASSIGNED


def test_many_are_set_aside_at_once_and_taken_back_with_undo(bench: Bench) -> None:
    bench.take(bench.foreign(), bench.foreign())
    bench.page.view.selectAll()
    bench.page.decisions.aside.trigger()
    bench.give_reason("privé")
    assert bench.places() == ["set_aside", "set_aside"]
    assert {one.reason for one in bench.desk.triage.listed()} == {"privé"}
    bench.page.decisions.undo.trigger()
    bench.settle()
    assert bench.places() == ["unassigned", "unassigned"]
    assert not bench.page.decisions.undo.isEnabled()


def test_a_reason_is_asked_for_until_one_is_given(bench: Bench) -> None:
    bench.take(bench.foreign())
    bench.page.decisions.aside.trigger()
    dialog = bench.dialog("reasonDialog")
    find(dialog, QPushButton, "go").click()
    assert dialog.isVisible()
    assert bench.desk.triage.listed()[0].state is DocumentState.UNASSIGNED


def test_a_duplicate_is_released(bench: Bench) -> None:
    content = bench.foreign().read_bytes()
    bench.take(bench.file(content))
    bench.take(bench.file(content))
    bench.page.decisions.release.trigger()
    bench.give_reason("two of them")
    assert bench.places() == ["unassigned", "unassigned"]


def test_a_damaged_file_offers_neither_release_nor_assign(bench: Bench) -> None:
    bench.take(bench.file(_BROKEN))
    decisions = bench.page.decisions
    assert [one.isEnabled() for one in decisions.of_rows] == [False, False, True, False, True]


def test_the_keyboard_reaches_every_decision(bench: Bench) -> None:
    keys = [one.shortcut().toString() for one in bench.page.decisions.of_rows]
    assert all(keys)
    assert len(set(keys)) == len(keys)


# --- the sum -------------------------------------------------------------------------------------


def test_the_sum_adds_up_whatever_happens(bench: Bench) -> None:
    client = bench.client()
    copy = bench.foreign().read_bytes()
    story = bench.papers.invoice(bench.papers.others[0], bench.papers.who[0])
    bench.take(bench.foreign(), bench.file(_BROKEN), bench.file(copy), bench.file(copy))
    bench.take(bench.file(story))
    aside = next(row for row in bench.rows() if row.state is DocumentState.UNASSIGNED)
    bench.desk.triage.set_aside([aside.id], "no")
    found = bench.desk.documents.sum()
    assert found.taken_in == len(bench.desk.triage.listed()) == 5
    assert sum(found.places.values()) == found.taken_in
    assert found.of(Whereabouts.SET_ASIDE, Whereabouts.DUPLICATE, Whereabouts.HELD) == 3
    assert found.places[Whereabouts.NO_DESTINATION] == 1
    assert client.id in {one.client_id for one in bench.desk.triage.listed()}


def test_every_place_is_in_exactly_one_part_of_the_sum() -> None:
    places = [place for _name, _text, some in PARTS for place in some]
    assert sorted(places) == sorted(Whereabouts)


def test_the_sum_on_screen_is_that_of_the_books(bench: Bench) -> None:
    bench.take(bench.foreign(), bench.file(_BROKEN))
    assert bench.page.sum.parts["you"][1].text() == "2 waiting for you"
    assert not bench.page.sum.parts["set_aside"][1].isVisible()


# --- sources -------------------------------------------------------------------------------------


def place_field(dialog: QDialog) -> QLineEdit:
    """Of the kind of source that is shown: others have one of that name, too."""
    found = dialog.findChildren(QLineEdit, "path")
    (shown,) = [one for one in found if one.isVisibleTo(dialog)]
    return shown


def add_source(bench: Bench, place: Path, start: str) -> None:
    bench.page.sources.add_source.trigger()
    dialog = bench.dialog("sourceDialog")
    type_text(place_field(dialog), str(place))
    radio = find(dialog, QRadioButton, "sourceAll")
    bench.qtbot.waitUntil(lambda: "files: 2" in radio.text(), timeout=_PATIENCE)
    find(dialog, QRadioButton, start).setChecked(True)
    find(dialog, QPushButton, "addSource").click()
    bench.qtbot.waitUntil(lambda: bool(bench.desk.sources.listed()), timeout=_PATIENCE)
    bench.settle()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with two files."""
    root = tmp_path / "arriving"
    for name in ("a.xml", "b.xml"):
        (root / "K1").mkdir(parents=True, exist_ok=True)
        (root / "K1" / name).write_bytes(_BROKEN)
    return root


@pytest.mark.parametrize(
    ("start", "kept", "remembered"), [("sourceAll", "all", 0), ("sourceNow", "now", 2)]
)
def test_a_source_is_added_once_its_starting_point_is_chosen(
    bench: Bench, place: Path, start: str, kept: str, remembered: int
) -> None:
    add_source(bench, place, start)
    listed = bench.desk.sources.listed()[0]
    assert (listed.source.path, listed.source.starting_point) == (str(place), kept)
    assert (listed.source.last_look_at is not None) == (remembered > 0)
    assert bench.page.tabs.tabText(1) == "Sources (1)"
    assert bench.page.sources.tab.table.rowCount() == 1


def test_an_example_shows_what_the_folders_say(bench: Bench, place: Path) -> None:
    form = SourceForm(values={"path": str(place)}, preset="per-client")
    found = bench.desk.sources.survey(form)
    assert len(found.days) == 2
    assert {one.hints.client for one in found.examples} == {"K1"}
    assert bench.desk.sources.listed() == []


def test_a_place_that_is_not_there_is_told_in_the_dialog(bench: Bench, place: Path) -> None:
    bench.page.sources.add_source.trigger()
    dialog = bench.dialog("sourceDialog")
    type_text(place_field(dialog), str(place / "nowhere"))
    find(dialog, QPushButton, "addSource").click()
    trouble = dialog.trouble  # type: ignore[attr-defined]
    bench.qtbot.waitUntil(trouble.isVisible, timeout=_PATIENCE)
    assert "nowhere" in trouble.text()
    assert bench.desk.sources.listed() == []


def test_testing_a_source_that_is_gone_says_so(bench: Bench, place: Path) -> None:
    add_source(bench, place, "sourceNow")
    place.rename(place.with_name("elsewhere"))
    bench.page.sources.tab.view.selectRow(0)
    bench.page.sources.test_source.trigger()
    bench.settle()
    table = bench.page.sources.tab.table
    assert table.data(table.index(0, 1)) == "Out of reach"
    assert str(place) in bench.page.sources.tab.words.text()


def test_removing_a_source_asks_first(bench: Bench, place: Path, answer: Answer) -> None:
    add_source(bench, place, "sourceNow")
    bench.page.sources.tab.view.selectRow(0)
    with answer("Keep it"):
        bench.page.sources.remove_source.trigger()
    assert len(bench.desk.sources.listed()) == 1
    with answer("Remove"):
        bench.page.sources.remove_source.trigger()
    bench.qtbot.waitUntil(lambda: not bench.desk.sources.listed(), timeout=_PATIENCE)
    bench.qtbot.waitUntil(bench.page.sources.tab.empty.isVisible, timeout=_PATIENCE)


def test_the_documents_of_one_source_are_shown_alone(bench: Bench, place: Path) -> None:
    bench.take(bench.foreign())
    add_source(bench, place, "sourceAll")
    bench.page.sources.tab.view.selectRow(0)
    bench.page.sources.show_source.trigger()
    bench.qtbot.waitUntil(bench.page.list_state.isVisible, timeout=5000)
    chip = find(bench.page, QToolButton, "sourceFilter")
    assert str(place) in chip.text()
    chip.click()
    bench.qtbot.waitUntil(lambda: len(bench.rows()) == 1, timeout=5000)


def test_a_search_for_a_client_by_a_part_of_the_name(bench: Bench) -> None:
    first, second = bench.client(0), bench.client(1)
    bench.take(bench.file(bench.papers.invoice(bench.papers.others[0], bench.papers.who[0])))
    box = find(bench.page, ClientBox, "clientFilter")
    completer = box.completer()
    assert completer is not None
    completer.setCompletionPrefix(second.name[2:].upper())
    assert completer.currentCompletion() == second.name
    box.choose(first.id)
    assert box.client_id() == first.id
    box.setEditText(second.name.lower())
    assert box.client_id() == second.id
    box.setEditText("nobody")
    assert box.client_id() == ""


# --- coming from elsewhere -----------------------------------------------------------------------


def test_another_page_can_ask_for_one_document(bench: Bench) -> None:
    bench.take(bench.foreign(), bench.file(_BROKEN))
    wanted = bench.desk.triage.listed()[0].id
    bench.page.visit(document=wanted)
    bench.settle()
    assert [row.id for row in bench.page.view.selected()] == [wanted]


def test_another_page_can_ask_for_the_sources(bench: Bench) -> None:
    bench.page.visit(tab="sources")
    assert bench.page.sources.tab.isVisible()


def test_the_texts_follow_the_language(bench: Bench) -> None:
    from ledgerdesk.ui import texts

    bench.take(bench.file(_BROKEN))
    texts.use_language("fr")
    bench.settle()
    assert bench.page.table.data(bench.page.table.index(0, 0)) == "À vérifier"

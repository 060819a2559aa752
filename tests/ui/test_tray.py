"""The tray: its face, notifications, closing, quitting; and the window that runs by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from ledgerdesk import log
from ledgerdesk.app import open_desk as open_beside
from ledgerdesk.app import sync
from ledgerdesk.paths import DataFolder
from ledgerdesk.ui.application import Program
from ledgerdesk.ui.deliveries.remedies import Problem
from ledgerdesk.ui.desk import OpenDesk
from ledgerdesk.ui.leaving import Way, way_of
from ledgerdesk.ui.memory import Memory
from ledgerdesk.ui.notices import ALL, NONE, PROBLEMS, Place, decide, of_run, place_of
from ledgerdesk.ui.tray import tray_icon
from ledgerdesk.ui.tray_face import Sign, Standing, face

Answer = Callable[[str], AbstractContextManager[list[str]]]
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def problem(key: str = "connection 1", **more: object) -> Problem:
    made = Problem(key, "pause:error", "Signed out.", "Sign in.", (), "Sign in", "sign_in", "c1")
    return replace(made, **more)  # type: ignore[arg-type]


# --- the face -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "sign"),
    [
        (Standing(), Sign.NONE),
        (Standing(waiting=3), Sign.NONE),
        (Standing(is_paused=True), Sign.PAUSED),
        (Standing(is_sending=True, is_paused=True), Sign.SENDING),
        (Standing(problems=1, is_sending=True, is_paused=True), Sign.PROBLEM),
    ],
)
def test_the_icon_follows_how_things_stand(how: Standing, sign: Sign) -> None:
    assert face(how).sign is sign


def test_the_icon_says_in_words_what_it_shows() -> None:
    assert face(Standing(problems=3)).tip == "LedgerDesk – Needs you: 3"
    assert face(Standing()).tip == "LedgerDesk – Nothing needs you"


def test_nothing_can_be_sent_while_sending_or_closed() -> None:
    assert face(Standing()).can_send
    assert not face(Standing(is_sending=True)).can_send
    assert not face(Standing(is_open=False)).can_send


def test_every_sign_has_a_picture_of_its_own_also_without_colour(qapp: QApplication) -> None:
    grey = QImage.Format.Format_Grayscale8
    drawn = {
        bytes(tray_icon(sign).pixmap(16, 16).toImage().convertToFormat(grey).constBits())
        for sign in Sign
    }
    assert len(drawn) == len(Sign)


# --- notifications --------------------------------------------------------------------------------


def test_a_cause_is_told_once() -> None:
    first = decide([problem()], {}, NOW)
    assert first.notice is not None
    again = decide([problem()], first.told, NOW + timedelta(hours=23))
    assert again.notice is None


def test_it_is_told_again_a_day_later_while_it_is_there() -> None:
    told = decide([problem()], {}, NOW).told
    assert decide([problem()], told, NOW + DAY).notice is not None


def test_what_ended_and_came_back_is_news() -> None:
    told = decide([problem()], {}, NOW).told
    gone = decide([], told, NOW + timedelta(hours=1)).told
    assert decide([problem()], gone, NOW + timedelta(hours=2)).notice is not None


def test_more_documents_of_the_same_cause_are_no_news() -> None:
    waiting = problem("documents held", title="To check – 1 document", kind="documents")
    told = decide([waiting], {}, NOW).told
    assert decide([replace(waiting, title="To check – 9 documents")], told, NOW).notice is None


def test_another_first_delivery_of_the_same_cause_is_no_news() -> None:
    told = decide([problem("delivery 1", kind="show")], {}, NOW).told
    assert decide([problem("delivery 2", kind="show")], told, NOW).notice is None


def test_several_causes_at_once_are_one_notification() -> None:
    notice = decide([problem(f"connection {each}") for each in range(5)], {}, NOW).notice
    assert notice is not None
    assert notice.title == "Needs you: 5"
    assert notice.place == Place("overview")


def test_a_clock_set_back_tells_nothing_twice() -> None:
    told = decide([problem()], {}, NOW).told
    assert decide([problem()], told, NOW - 3 * DAY).notice is None


def test_who_wants_none_gets_none() -> None:
    assert decide([problem()], {}, NOW, NONE).notice is None


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("sign_in", Place("packages", (("configuration", "c1"),))),
        ("source", Place("documents", (("tab", "sources"),))),
        ("client", Place("clients", (("client", "c1"),))),
        ("retry", Place("deliveries", (("state", "blocked"),))),
    ],
)
def test_a_click_leads_to_the_culprit(kind: str, place: Place) -> None:
    assert place_of(problem(kind=kind, listed=(("state", "blocked"),))) == place


@pytest.mark.parametrize(("wanted", "is_told"), [(PROBLEMS, False), (ALL, True), (NONE, False)])
def test_success_is_told_only_where_it_is_wanted(wanted: str, is_told: bool) -> None:
    from ledgerdesk.delivery.counts import Counts

    assert (of_run(Counts(delivered=2), wanted) is not None) is is_told


def test_what_was_told_is_remembered_across_starts(practice_folder: Path) -> None:
    folder = DataFolder(practice_folder)
    Memory(folder).told = {"connection 1": NOW}
    assert Memory(folder).told == {"connection 1": NOW}


# --- closing and quitting -------------------------------------------------------------------------


@pytest.fixture
def program(
    qtbot: QtBot, qapp: QApplication, practice_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Program]:
    """With a tray that shows nothing here."""
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    monkeypatch.setattr(QSystemTrayIcon, "show", lambda _icon: None)
    monkeypatch.setattr(qapp, "exit", lambda _code=0: None)
    made = Program(qapp, DataFolder(practice_folder), practice_folder)
    qtbot.addWidget(made.window, before_close_func=lambda window: window.quit_unasked())
    with qtbot.waitSignal(made.desk.opened, timeout=10_000):
        made.start()
    qtbot.waitUntil(lambda: made.tray is not None)
    yield made
    made.end()
    log.stop()
    qapp.setQuitOnLastWindowClosed(True)


def test_the_setting_says_what_closing_does() -> None:
    assert [way_of(one) for one in ("keep", "quit", "ask")] == [Way.STAY, Way.QUIT, Way.ASK]


def test_the_first_closing_asks_and_the_answer_is_kept(
    qtbot: QtBot, program: Program, answer: Answer
) -> None:
    with answer("Keep running"), qtbot.waitSignal(program.desk.settings_changed) as told:
        program.window.close()
    assert told.args[0]["when_closed"] == "keep"
    assert not program.window.isVisible()
    assert program.desk.is_open
    program.window.bring_forward()
    with qtbot.assertNotEmitted(program.window.closing):
        program.window.close()
    assert not program.window.isVisible()


def test_closing_can_be_taken_back(qtbot: QtBot, program: Program, answer: Answer) -> None:
    with answer("Cancel"):
        program.window.close()
    assert program.window.isVisible()


def test_quit_at_the_first_closing_ends_the_program(
    qtbot: QtBot, program: Program, answer: Answer
) -> None:
    with answer("Quit"), qtbot.waitSignal(program.window.closing, timeout=5000):
        program.window.close()


def test_quit_ends_the_program_without_asking_where_nothing_waits(
    qtbot: QtBot, program: Program
) -> None:
    assert program.tray is not None
    with qtbot.waitSignal(program.window.closing):
        program.tray.quit.trigger()


def test_quitting_says_what_will_wait(
    qtbot: QtBot, program: Program, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert program.window.leaving is not None
    monkeypatch.setattr(program.window.leaving, "_waiting", lambda: 4)
    with answer("Keep running") as said, qtbot.assertNotEmitted(program.window.closing):
        program.window.quit()
    assert "4 documents" in said[1]


def test_the_menu_pauses_and_resumes(qtbot: QtBot, program: Program) -> None:
    tray, desk = program.tray, program.desk.desk
    assert tray is not None
    assert desk is not None
    tray.pause_menu.pauses[0].trigger()
    qtbot.waitUntil(lambda: desk.schedules.shown(1).pause is not None, timeout=5000)
    qtbot.waitUntil(tray.pause_menu.resume.isVisible, timeout=5000)
    tray.pause_menu.resume.trigger()
    qtbot.waitUntil(lambda: desk.schedules.shown(1).pause is None, timeout=5000)


def test_it_begins_out_of_sight_where_it_is_asked_to(
    qtbot: QtBot, qapp: QApplication, practice_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    made = Program(qapp, DataFolder(practice_folder), practice_folder, serves=False)
    qtbot.addWidget(made.window)
    with qtbot.waitSignal(made.desk.opened, timeout=10_000):
        made.start(unseen=True)
    assert not made.window.isVisible()
    made.end()
    log.stop()


# --- running by itself ----------------------------------------------------------------------------


@pytest.fixture
def serving(qtbot: QtBot, closed_desk: OpenDesk) -> OpenDesk:
    closed_desk._serves = True
    with qtbot.waitSignal(closed_desk.opened, timeout=10_000):
        closed_desk.open()
    return closed_desk


def test_the_window_answers_a_sync_with_its_engine(
    qtbot: QtBot, serving: OpenDesk, practice_folder: Path
) -> None:
    import threading

    asking = threading.Thread(target=lambda: sync(practice_folder))
    with qtbot.waitSignal(serving.ran, timeout=20_000) as told:
        asking.start()
    assert told.args[0].by_person
    asking.join(30)
    assert not asking.is_alive()


def test_the_engine_ends_with_the_window(
    qtbot: QtBot, serving: OpenDesk, practice_folder: Path
) -> None:
    keeper = serving._keeper
    assert keeper is not None
    qtbot.waitUntil(lambda: keeper._serving is not None, timeout=10_000)
    serving.close()
    assert keeper._serving is None
    with open_beside(practice_folder) as beside:
        assert not beside.engine_is_running()

"""The open data folder: opening, sharing it with another LedgerDesk, noticing changes, sending."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ledgerdesk import app
from ledgerdesk.app import Desk, own_desk
from ledgerdesk.errors import DatabaseNewer, DiskFull, LedgerDeskError
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import engine_running
from ledgerdesk.store.engine import open_raw
from ledgerdesk.ui.desk import OpenDesk


def test_the_window_owns_the_engine_while_the_folder_is_open(
    open_desk: OpenDesk, practice_folder: Path
) -> None:
    assert open_desk.is_owner
    assert engine_running(DataFolder(practice_folder))


def test_closing_lets_go_of_the_engine(open_desk: OpenDesk, practice_folder: Path) -> None:
    open_desk.close()
    assert not engine_running(DataFolder(practice_folder))
    assert not open_desk.is_open


def test_beside_another_ledgerdesk_it_opens_without_the_engine_and_takes_over_later(
    qtbot: QtBot, closed_desk: OpenDesk, practice_folder: Path
) -> None:
    with own_desk(practice_folder):
        with qtbot.waitSignal(closed_desk.opened, timeout=10_000):
            closed_desk.open()
        assert not closed_desk.is_owner
    with qtbot.waitSignal(closed_desk.opened, timeout=10_000):
        pass
    assert closed_desk.is_owner


def test_a_folder_that_cannot_be_opened_says_why(
    qtbot: QtBot, closed_desk: OpenDesk, practice_folder: Path
) -> None:
    raw = open_raw(DataFolder(practice_folder).database)
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with qtbot.waitSignal(closed_desk.failed, timeout=10_000) as told:
        closed_desk.open()
    assert isinstance(told.args[0], DatabaseNewer)
    assert not closed_desk.is_open


def test_a_change_by_another_process_is_noticed(
    qtbot: QtBot, open_desk: OpenDesk, practice_folder: Path
) -> None:
    with (
        qtbot.waitSignal(open_desk.changed, timeout=5000),
        app.open_desk(practice_folder) as other,
    ):
        other.change_setting("brake", "7")


def test_without_a_change_nothing_is_told(qtbot: QtBot, open_desk: OpenDesk) -> None:
    with qtbot.assertNotEmitted(open_desk.changed, wait=2300):
        pass


def test_send_now_runs_once_and_tells_its_counts(qtbot: QtBot, open_desk: OpenDesk) -> None:
    with qtbot.waitSignal(open_desk.sent, timeout=10_000) as told:
        open_desk.send_now()
        assert open_desk.is_sending
        open_desk.send_now()
    qtbot.waitUntil(lambda: not open_desk.is_sending)
    assert told.args[0].delivered == 0


def test_a_run_that_fails_says_why_and_can_be_started_again(
    qtbot: QtBot, open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise DiskFull()

    monkeypatch.setattr(Desk, "run", full)
    with qtbot.waitSignal(open_desk.not_sent, timeout=10_000) as told:
        open_desk.send_now()
    assert isinstance(told.args[0], DiskFull)
    qtbot.waitUntil(lambda: not open_desk.is_sending)


def test_cancelling_reaches_the_run(
    qtbot: QtBot, open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    going, stopped = threading.Event(), threading.Event()

    def long_run(self: Desk, progress: object, cancel: object, executor: object) -> None:
        going.set()
        try:
            while True:
                cancel.raise_if_cancelled()  # type: ignore[attr-defined]
        except LedgerDeskError:
            stopped.set()
            raise

    monkeypatch.setattr(Desk, "run", long_run)
    open_desk.send_now()
    assert going.wait(5)
    with qtbot.waitSignal(open_desk.sending_changed, timeout=10_000):
        open_desk.cancel_sending()
    assert stopped.is_set()


def test_a_sync_beside_the_window_is_answered_by_the_windows_run(
    qtbot: QtBot, open_desk: OpenDesk, practice_folder: Path
) -> None:
    answers: list[object] = []
    asking = threading.Thread(target=lambda: answers.append(app.sync(practice_folder)))
    asking.start()
    qtbot.waitUntil(lambda: bool(answers), timeout=15_000)
    asking.join()
    assert answers[0] is not None


def test_send_now_beside_another_ledgerdesk_lets_that_one_run(
    qtbot: QtBot, closed_desk: OpenDesk, practice_folder: Path
) -> None:
    with own_desk(practice_folder) as owner:
        with qtbot.waitSignal(closed_desk.opened, timeout=10_000):
            closed_desk.open()
        with qtbot.waitSignal(closed_desk.sent, timeout=15_000):
            closed_desk.send_now()
            qtbot.waitUntil(owner.is_asked, timeout=5000)
            owner.run()


def test_work_needs_open_books(closed_desk: OpenDesk) -> None:
    with pytest.raises(RuntimeError):
        closed_desk.run(lambda desk, job: None)

"""Work in threads: results, errors, progress, cancelling, and the executor of the lanes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import wait
from functools import partial

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from ledgerdesk.errors import Cancelled, DiskFull, LedgerDeskError, UnexpectedTrouble
from ledgerdesk.ui.background import Background, Job, Step
from ledgerdesk.ui.executor import PoolExecutor


@pytest.fixture
def background(qtbot: QtBot) -> Iterator[Background]:
    made = Background()
    yield made
    made.stop()
    made.deleteLater()


def test_work_runs_off_the_windows_thread_and_its_result_arrives_in_it(
    qtbot: QtBot, background: Background
) -> None:
    arrived: list[tuple[QThread, bool]] = []
    window = QThread.currentThread()

    def take(worker: QThread) -> None:
        arrived.append((worker, QThread.currentThread() is window))

    background.run(lambda job: QThread.currentThread(), take)
    qtbot.waitUntil(lambda: bool(arrived))
    worker, in_window = arrived[0]
    assert worker is not window
    assert in_window


def test_an_error_of_the_tree_arrives_as_a_value(qtbot: QtBot, background: Background) -> None:
    failed: list[LedgerDeskError] = []

    def work(job: Job) -> None:
        raise DiskFull()

    background.run(work, on_failed=failed.append)
    qtbot.waitUntil(lambda: bool(failed))
    assert isinstance(failed[0], DiskFull)


def test_an_error_nobody_takes_goes_to_the_window(qtbot: QtBot, background: Background) -> None:
    def work(job: Job) -> None:
        raise DiskFull()

    with qtbot.waitSignal(background.failed) as told:
        background.run(work)
    assert isinstance(told.args[0], DiskFull)


def test_a_bug_is_logged_told_and_arrives_as_unexpected_trouble(
    qtbot: QtBot, background: Background, allow_log
) -> None:
    allow_log("ledgerdesk")
    failed: list[LedgerDeskError] = []

    def work(job: Job) -> None:
        raise ZeroDivisionError("a fault")

    with qtbot.waitSignal(background.bug) as told:
        background.run(work, on_failed=failed.append)
    assert isinstance(told.args[0], ZeroDivisionError)
    assert isinstance(failed[0], UnexpectedTrouble)


def test_only_bugs_are_told_as_bugs(qtbot: QtBot, background: Background) -> None:
    def work(job: Job) -> None:
        raise DiskFull()

    with qtbot.assertNotEmitted(background.bug):
        task = background.run(work, on_failed=lambda error: None)
        with qtbot.waitSignal(task.finished):
            pass


def test_a_cancelled_task_stops_at_its_next_look_and_says_nothing(
    qtbot: QtBot, background: Background
) -> None:
    going = threading.Event()
    stopped = threading.Event()
    heard: list[object] = []

    def work(job: Job) -> None:
        going.set()
        try:
            while True:
                job.raise_if_cancelled()
        except Cancelled:
            stopped.set()
            raise

    task = background.run(work, heard.append, heard.append)
    assert going.wait(5)
    with qtbot.waitSignal(task.finished):
        task.cancel()
    assert stopped.is_set()
    assert heard == []


def test_a_result_for_a_deleted_owner_is_dropped(qtbot: QtBot, background: Background) -> None:
    owner = QObject()
    go = threading.Event()
    heard: list[object] = []
    task = background.run(lambda job: go.wait(5), heard.append, owner=owner)
    import shiboken6

    shiboken6.delete(owner)
    with qtbot.waitSignal(task.finished):
        go.set()
    assert heard == []


def test_ten_thousand_steps_reach_the_window_as_few_with_the_newest(
    qtbot: QtBot, background: Background
) -> None:
    steps: list[Step] = []
    seen = threading.Event()

    def work(job: Job) -> None:
        for number in range(10_000):
            job.step("counting", number + 1, 10_000)
        seen.wait(5)

    def take(step: Step) -> None:
        steps.append(step)
        if step.done == 10_000:
            seen.set()

    task = background.run(work, on_progress=take)
    with qtbot.waitSignal(task.finished):
        pass
    assert steps[-1] == Step("counting", 10_000, 10_000)
    assert len(steps) < 100


def test_stop_cancels_what_runs_and_drops_what_waits(background: Background) -> None:
    started: list[int] = []
    running = threading.Barrier(5)

    def work(number: int, job: Job) -> None:
        started.append(number)
        running.wait(5)
        while not job.is_cancelled:
            pass

    for number in range(10):
        background.run(partial(work, number))
    running.wait(5)
    assert background.stop()
    assert len(started) == 4


def test_the_executor_runs_side_by_side_and_hands_back_results_and_errors() -> None:
    both = threading.Barrier(2)

    def meet(value: int) -> int:
        both.wait(5)
        if value == 2:
            raise DiskFull()
        return value

    with PoolExecutor(2) as executor:
        futures = [executor.submit(meet, 1), executor.submit(meet, 2)]
        wait(futures, timeout=5)
    assert futures[0].result() == 1
    assert isinstance(futures[1].exception(), DiskFull)


def test_a_shut_down_executor_takes_nothing_and_cancels_what_waits() -> None:
    go = threading.Event()
    executor = PoolExecutor(1)
    first = executor.submit(go.wait, 5)
    second = executor.submit(go.wait, 5)
    while not first.running():
        pass
    executor.shutdown(wait=False, cancel_futures=True)
    go.set()
    executor.shutdown()
    assert first.result() is True
    assert second.cancelled()
    with pytest.raises(RuntimeError):
        executor.submit(go.wait)

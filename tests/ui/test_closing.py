"""Closing the window during *Send now*: what the disk holds afterwards decides."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ledgerdesk import log
from ledgerdesk.app import own_desk
from ledgerdesk.connectors import _publish
from ledgerdesk.delivery import lane
from ledgerdesk.model import DeliveryState
from ledgerdesk.paths import DataFolder
from ledgerdesk.ui.application import Program
from ledgerdesk.ui.desk import OpenDesk
from tests.ui.sending_firm import SendingFirm

Answer = Callable[[str], AbstractContextManager[list[str]]]
LANES, EACH = 4, 3
POINTS = (
    "delivery.sending_committed",
    "folder.half_body",
    "folder.size_checked",
    "folder.published",
)


class Held:
    """Every lane stops at one place, a delivery begun, until the window has stopped the run."""

    def __init__(self, place: str) -> None:
        self._place = place
        self.waiting = threading.Semaphore(0)
        self.go_on = threading.Event()

    def visit(self, name: str) -> None:
        if name == self._place:
            self.waiting.release()
            assert self.go_on.wait(30)


@pytest.fixture(params=POINTS)
def held(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    made = Held(request.param)
    monkeypatch.setattr(lane, "failpoint", made.visit)
    monkeypatch.setattr(_publish, "failpoint", made.visit)
    yield made
    made.go_on.set()


@pytest.fixture
def program(qtbot: QtBot, qapp: QApplication, practice_folder: Path) -> Iterator[Program]:
    made = Program(qapp, DataFolder(practice_folder), practice_folder, serves=False)
    qtbot.addWidget(made.window)
    with qtbot.waitSignal(made.desk.opened, timeout=10_000):
        made.start()
    yield made
    made.end()
    log.stop()


@pytest.fixture
def contents(program: Program, tmp_path: Path) -> list[bytes]:
    """What waits in four lanes, each to a folder of its own."""
    assert program.desk.desk is not None
    firm = SendingFirm(program.desk.desk, tmp_path)
    packages = [firm.package(f"Package {each}", f"out {each}") for each in range(LANES)]
    clients = [firm.client(f"Client of {one.name}", one) for one in packages]
    for client in EACH * clients:
        firm.delivery(client)
    return [f"<Invoice>{number + 1}</Invoice>".encode() for number in range(LANES * EACH)]


def arrived(root: Path) -> Counter[bytes]:
    """What lies at the destinations, whatever its name."""
    files = (one for one in root.glob("out */**/*") if one.is_file())
    return Counter(one.read_bytes() for one in files)


def close_while_sending(
    qtbot: QtBot,
    program: Program,
    held: Held,
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every lane has a delivery begun; they go on once the run was told to stop."""
    stop = OpenDesk.cancel_sending

    def stopped(desk: OpenDesk) -> None:
        stop(desk)
        held.go_on.set()

    monkeypatch.setattr(OpenDesk, "cancel_sending", stopped)
    program.desk.send_now()
    for _ in range(LANES):
        qtbot.waitUntil(lambda: held.waiting.acquire(blocking=False), timeout=10_000)
    with answer("Close"), qtbot.waitSignal(program.window.closing):
        program.window.close()
    program.end()


def test_closing_while_sending_leaves_each_delivery_arrived_or_waiting_and_nothing_between(
    qtbot: QtBot,
    program: Program,
    contents: list[bytes],
    held: Held,
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
    practice_folder: Path,
    tmp_path: Path,
) -> None:
    close_while_sending(qtbot, program, held, answer, monkeypatch)
    there = arrived(tmp_path)
    with own_desk(practice_folder) as desk:
        states = Counter(one.delivery.state for one in desk.deliveries.listed())
    assert set(states) <= {DeliveryState.DELIVERED, DeliveryState.QUEUED}
    assert states[DeliveryState.QUEUED] >= LANES * (EACH - 1)
    assert there.total() == states[DeliveryState.DELIVERED]
    assert set(there) <= set(contents)


def test_after_closing_while_sending_the_next_run_brings_the_rest_and_nothing_twice(
    qtbot: QtBot,
    program: Program,
    contents: list[bytes],
    held: Held,
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
    practice_folder: Path,
    tmp_path: Path,
) -> None:
    close_while_sending(qtbot, program, held, answer, monkeypatch)
    with own_desk(practice_folder) as desk:
        desk.run()
    assert arrived(tmp_path) == Counter(contents)

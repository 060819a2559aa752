"""One window per data folder: the second start hands over and ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ledgerdesk.paths import DataFolder
from ledgerdesk.ui.single_instance import SingleInstance

_SECOND = """
import sys
from ledgerdesk.start import open_window
from pathlib import Path
sys.exit(open_window(sys.argv[1], [Path(one) for one in sys.argv[2:]]))
"""


@pytest.fixture
def first(qtbot: QtBot, data_dir: Path) -> Iterator[SingleInstance]:
    made = SingleInstance(DataFolder(data_dir))
    assert made.acquire()
    made.listen()
    yield made
    made.release()


def test_a_second_start_hands_over_its_files_and_ends_with_0(
    qtbot: QtBot, first: SingleInstance, data_dir: Path, tmp_path: Path
) -> None:
    invoice = tmp_path / "Facture été & co.xml"
    command = [sys.executable, "-c", _SECOND, str(data_dir), str(invoice)]
    with qtbot.waitSignal(first.asked, timeout=30_000) as told:
        second = subprocess.Popen(command, env=dict(os.environ))
    assert second.wait(30) == 0
    assert told.args[0] == [invoice]


def test_only_the_first_acquires(first: SingleInstance, data_dir: Path) -> None:
    assert not SingleInstance(DataFolder(data_dir)).acquire()


def test_another_folder_has_a_window_of_its_own(first: SingleInstance, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = SingleInstance(DataFolder(elsewhere))
    assert other.acquire()
    other.release()


def test_after_the_first_is_closed_the_next_one_acquires(
    first: SingleInstance, data_dir: Path
) -> None:
    first.release()
    following = SingleInstance(DataFolder(data_dir))
    assert following.acquire()
    following.release()


def test_what_is_no_message_brings_no_files(qtbot: QtBot, first: SingleInstance) -> None:
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    with qtbot.waitSignal(first.asked, timeout=5000) as told:
        socket.connectToServer(first.server_name)
        assert socket.waitForConnected(1000)
        socket.write(b"\xff not json\n")
        socket.flush()
    assert told.args[0] == []

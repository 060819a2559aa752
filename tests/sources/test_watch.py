"""A watched folder tells at once; one that goes away is watched again when it is back."""

from __future__ import annotations

import os
import queue
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledgerdesk.sources.watch import FolderWatch

SOON = 20.0
"""Seconds after which a test gives up; nothing waits for them."""
Told = queue.SimpleQueue[str]

# The library says so when a folder goes away while it reads about it.
pytestmark = pytest.mark.allow_log("watchdog")


@pytest.fixture
def told() -> Told:
    return queue.SimpleQueue()


@pytest.fixture
def watch(told: Told) -> Iterator[FolderWatch]:
    made = FolderWatch(told.put, look_after=0.05)
    yield made
    made.stop()


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


def watching(watch: FolderWatch, *roots: Path) -> None:
    watch.watch([str(one) for one in roots])
    until(lambda: watch.watched == {str(one) for one in roots})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    (made / "below").mkdir(parents=True)
    return made


def test_a_new_file_is_told_of(watch: FolderWatch, told: Told, folder: Path) -> None:
    watching(watch, folder)
    (folder / "invoice.xml").write_text("<Invoice/>")
    assert told.get(timeout=SOON) == str(folder)


def test_a_file_in_a_folder_below_is_told_of(watch: FolderWatch, told: Told, folder: Path) -> None:
    watching(watch, folder)
    (folder / "below" / "invoice.xml").write_text("<Invoice/>")
    assert told.get(timeout=SOON) == str(folder)


def test_a_file_that_is_moved_in_is_told_of(
    watch: FolderWatch, told: Told, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "invoice.xml").write_text("<Invoice/>")
    watching(watch, folder)
    os.rename(tmp_path / "invoice.xml", folder / "invoice.xml")
    assert told.get(timeout=SOON) == str(folder)


def test_what_is_no_document_is_not_told_of(watch: FolderWatch, told: Told, tmp_path: Path) -> None:
    """A folder beside it tells when all that came before has been told."""
    noisy, other = tmp_path / "noisy", tmp_path / "other"
    done = noisy / "LedgerDesk" / "done"
    for one in (done, other):
        one.mkdir(parents=True)
    watching(watch, noisy, other)
    for name in ("~$invoice.docx", "half.part", "Thumbs.db"):
        (noisy / name).write_text("x")
    (done / "taken.xml").write_text("x")
    (noisy / "last.xml").write_text("x")
    os.remove(noisy / "last.xml")
    found = [told.get(timeout=SOON)]
    (other / "end.xml").write_text("x")
    while found[-1] != str(other):
        found.append(told.get(timeout=SOON))
    # last.xml is created, written to and closed; nothing else counted.
    assert 1 <= found.count(str(noisy)) <= 3


def test_a_folder_that_goes_away_and_comes_back_is_told_of_and_watched_again(
    watch: FolderWatch, told: Told, folder: Path
) -> None:
    watching(watch, folder)
    shutil.rmtree(folder)
    until(lambda: not watch.watched)
    while not told.empty():
        told.get()
    folder.mkdir()
    assert told.get(timeout=SOON) == str(folder)
    until(lambda: watch.watched == {str(folder)})
    (folder / "invoice.xml").write_text("<Invoice/>")
    assert told.get(timeout=SOON) == str(folder)


def test_a_folder_that_was_never_there_is_watched_once_it_is(
    watch: FolderWatch, told: Told, tmp_path: Path
) -> None:
    later, there = tmp_path / "later", tmp_path / "there"
    there.mkdir()
    watch.watch([str(later), str(there)])
    until(lambda: watch.watched == {str(there)})
    later.mkdir()
    assert told.get(timeout=SOON) == str(later)


def test_what_is_no_longer_wanted_is_left_alone(
    watch: FolderWatch, told: Told, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    watching(watch, folder, other)
    watching(watch, other)
    (folder / "invoice.xml").write_text("<Invoice/>")
    (other / "invoice.xml").write_text("<Invoice/>")
    assert told.get(timeout=SOON) == str(other)


def test_more_folders_than_the_system_watches_are_no_failure(
    watch: FolderWatch, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from watchdog.observers.api import BaseObserver

    asked: list[str] = []

    def full(self: BaseObserver, handler: object, path: str, **more: object) -> None:
        asked.append(path)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(BaseObserver, "schedule", full)
    watch.watch([str(folder)])
    until(lambda: len(asked) > 1)
    assert not watch.watched


def test_it_ends_at_once(told: Told, folder: Path) -> None:
    watch = FolderWatch(told.put)
    watching(watch, folder)
    began = time.monotonic()
    watch.stop()
    assert time.monotonic() - began < 4

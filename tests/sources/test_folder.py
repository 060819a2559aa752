"""The folder source as a session: what it tells, fetches and moves."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledgerdesk import sources
from ledgerdesk.errors import (
    BadTemplate,
    ItemChanging,
    ItemGone,
    ItemUnreadable,
    PlaceMissing,
    UnknownId,
)
from ledgerdesk.model import Source
from ledgerdesk.sources import folder as folder_module
from ledgerdesk.sources.base import Context, Item, Session

LINKS = pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")


def opened(root: Path, **values) -> Session:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    return sources.get("folder").open(Context(Source("s", "folder", str(root), made, **values)))


def told(root: Path, **values) -> dict[str, Item]:
    with opened(root, **values) as session:
        return {one.key: one for one in session.look({})}


def lay(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


# --- looking ----------------------------------------------------------------------------------


def test_every_file_below_the_folder_is_told_with_slashes(tmp_path: Path):
    lay(tmp_path / "a.xml")
    lay(tmp_path / "b" / "c" / "d.xml")
    assert list(told(tmp_path)) == ["a.xml", "b/c/d.xml"]


@pytest.mark.parametrize(
    "name",
    [
        *("~$invoice.docx", "x.tmp", "X.TMP", "x.part", "x.crdownload", "x.partial", "x.filepart"),
        *("Thumbs.db", "thumbs.db", "desktop.ini", ".DS_Store", ".hidden", ".git/x.xml"),
        *("LedgerDesk/done/x.xml", "$RECYCLE.BIN/x.xml", "System Volume Information/x"),
    ],
)
def test_what_programs_leave_behind_is_ignored(tmp_path: Path, name: str):
    lay(tmp_path / name)
    lay(tmp_path / "real.xml")
    assert list(told(tmp_path)) == ["real.xml"]


@pytest.mark.parametrize(
    "name", ["LedgerDesk/x.xml", "done/x.xml", "sub/LedgerDesk/done/x.xml", "x.partly", "a~$.xml"]
)
def test_what_only_looks_like_it_is_not_ignored(tmp_path: Path, name: str):
    lay(tmp_path / name)
    assert list(told(tmp_path)) == [name]


@LINKS
def test_links_are_not_followed(tmp_path: Path):
    outside = lay(tmp_path / "outside" / "secret.xml")
    root = tmp_path / "root"
    lay(root / "real.xml")
    (root / "file.xml").symlink_to(outside)
    (root / "folder").symlink_to(outside.parent, target_is_directory=True)
    (root / "circle").symlink_to(root, target_is_directory=True)
    (root / "dangling").symlink_to(tmp_path / "nowhere")
    assert list(told(root)) == ["real.xml"]


@LINKS
def test_the_folder_itself_may_be_a_link(tmp_path: Path):
    lay(tmp_path / "real" / "a.xml")
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert list(told(tmp_path / "link")) == ["a.xml"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
def test_what_is_no_file_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.xml")
    assert told(tmp_path) == {}


def test_the_version_changes_with_size_or_time(tmp_path: Path):
    path = lay(tmp_path / "a.xml", b"1")
    os.utime(path, (1000, 1000))
    first = told(tmp_path)["a.xml"].version
    os.utime(path, (1001, 1001))
    later = told(tmp_path)["a.xml"].version
    path.write_bytes(b"12")
    os.utime(path, (1001, 1001))
    assert len({first, later, told(tmp_path)["a.xml"].version}) == 3


def test_a_date_no_calendar_knows_is_survived(tmp_path: Path):
    os.utime(lay(tmp_path / "a.xml"), (10**11, 10**11))
    assert told(tmp_path)["a.xml"].changed_at is not None


@pytest.mark.parametrize("name", ["gone", "a.xml/below"])
def test_a_missing_folder_says_so(tmp_path: Path, name: str):
    lay(tmp_path / "a.xml")
    with pytest.raises(PlaceMissing):
        told(tmp_path / name)


def test_a_folder_that_cannot_be_read_is_reported_and_the_others_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    lay(tmp_path / "a" / "x.xml")
    lay(tmp_path / "b" / "y.xml")
    real = os.scandir

    def scandir(path):
        if Path(path).name == "a":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr("os.scandir", scandir)
    with opened(tmp_path) as session:
        assert [one.key for one in session.look({})] == ["b/y.xml"]
        assert [error.code for error in session.troubles] == ["item_unreadable"]


# --- fetching -----------------------------------------------------------------------------------


def test_the_bytes_are_fetched_with_what_the_path_says(tmp_path: Path):
    lay(tmp_path / "K7" / "a.xml", b"content")
    with opened(tmp_path, pattern="{file_number}/*") as session:
        [item] = session.look({})
        fetched = session.fetch(item)
    assert (fetched.content, fetched.hints.file_number) == (b"content", "K7")


def test_a_file_that_vanished_is_gone(tmp_path: Path):
    path = lay(tmp_path / "a.xml")
    with opened(tmp_path) as session:
        [item] = session.look({})
        path.unlink()
        with pytest.raises(ItemGone):
            session.fetch(item)


def test_a_file_that_grew_since_the_look_is_still_being_written(tmp_path: Path):
    path = lay(tmp_path / "a.xml", b"1")
    with opened(tmp_path) as session:
        [item] = session.look({})
        path.write_bytes(b"12")
        with pytest.raises(ItemChanging):
            session.fetch(item)


def test_a_folder_in_the_place_of_a_file_cannot_be_read(tmp_path: Path):
    path = lay(tmp_path / "a.xml", b"1")
    with opened(tmp_path) as session:
        [item] = session.look({})
        path.unlink()
        path.mkdir()
        with pytest.raises((ItemUnreadable, ItemChanging)):
            session.fetch(item)


def test_a_file_too_large_to_be_copied_is_only_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(folder_module, "_KEPT", 3)
    lay(tmp_path / "film.mp4", b"1234")
    with opened(tmp_path) as session:
        [item] = session.look({})
        fetched = session.fetch(item)
    assert (fetched.content, fetched.size, len(fetched.sha256)) == (None, 4, 64)


# --- afterwards ---------------------------------------------------------------------------------


def test_leaving_changes_nothing(tmp_path: Path):
    lay(tmp_path / "a.xml")
    with opened(tmp_path) as session:
        [item] = session.look({})
        session.acknowledge(item)
    assert list(told(tmp_path)) == ["a.xml"]


def acknowledged(root: Path) -> None:
    with opened(root, after="move") as session:
        for item in list(session.look({})):
            session.acknowledge(item)


def test_moving_keeps_the_way_below_the_folder(tmp_path: Path):
    lay(tmp_path / "sub" / "a.xml", b"1")
    acknowledged(tmp_path)
    assert (tmp_path / "LedgerDesk/done/sub/a.xml").read_bytes() == b"1"
    assert told(tmp_path) == {}


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "no hard links"])
def test_moving_never_overwrites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool):
    if not links:
        monkeypatch.setattr("os.link", _no_links)
    for content in (b"1", b"2", b"3"):
        lay(tmp_path / "a.xml", content)
        acknowledged(tmp_path)
    done = tmp_path / "LedgerDesk" / "done"
    assert {each.name: each.read_bytes() for each in done.iterdir()} == {
        "a.xml": b"1",
        "a (2).xml": b"2",
        "a (3).xml": b"3",
    }


def _no_links(*arguments, **more):
    raise OSError(95, "Operation not supported")


def test_what_was_written_anew_is_not_moved(tmp_path: Path):
    path = lay(tmp_path / "a.xml", b"1")
    with opened(tmp_path, after="move") as session:
        [item] = session.look({})
        path.write_bytes(b"another one")
        session.acknowledge(item)
    assert path.read_bytes() == b"another one"


def test_acknowledging_twice_is_harmless(tmp_path: Path):
    lay(tmp_path / "a.xml")
    with opened(tmp_path, after="move") as session:
        [item] = session.look({})
        session.acknowledge(item)
        session.acknowledge(item)
    assert (tmp_path / "LedgerDesk/done/a.xml").exists()


def test_a_move_that_fails_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    lay(tmp_path / "a.xml")
    lay(tmp_path / "LedgerDesk")  # a file where the folder should be
    with opened(tmp_path, after="move") as session:
        item = next(iter(session.look({})))
        with pytest.raises(ItemUnreadable):
            session.acknowledge(
                replace(item, place=str(tmp_path / "a.xml"), version=_version(tmp_path))
            )


def _version(root: Path) -> str:
    about = (root / "a.xml").stat()
    return f"{about.st_size}:{about.st_mtime_ns}"


# --- the registry -------------------------------------------------------------------------------


def test_a_bad_pattern_does_not_open(tmp_path: Path):
    with pytest.raises(BadTemplate):
        opened(tmp_path, pattern="{nothing}")


def test_kinds_are_found_by_id_without_case():
    assert sources.get("FOLDER").id == "folder"
    with pytest.raises(UnknownId):
        sources.get("pigeon")


def test_every_kind_is_declared_in_full():
    for kind in sources.all_kinds():
        assert kind.label and kind.help
        assert all(field.help for field in kind.fields)

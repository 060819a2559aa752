"""Documents on the disk: whole and unchanged, or not there."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgerdesk.errors import ContentGone, DataFolderUnusable, DiskFull
from ledgerdesk.paths import DataFolder
from ledgerdesk.store.blobs import Blobs
from tests.unit.store.conftest import RunBeside

CONTENT = b"<Invoice>\r\n\x1a\x00</Invoice>\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()

KEEP = f"""
from ledgerdesk.store.blobs import Blobs
Blobs(folder.blobs).keep({CONTENT!r})
"""


@pytest.fixture
def blobs(folder: DataFolder) -> Blobs:
    return Blobs(folder.blobs)


def files(folder: DataFolder) -> list[Path]:
    return sorted(path for path in folder.blobs.rglob("*") if path.is_file())


def test_a_document_comes_back_byte_for_byte(blobs: Blobs) -> None:
    assert blobs.keep(CONTENT) == SHA256
    assert blobs.read(SHA256) == CONTENT
    assert list(blobs.all()) == [SHA256]


@pytest.mark.parametrize("content", [b"", b"x" * 3_000_000])
def test_any_size_is_kept(blobs: Blobs, content: bytes) -> None:
    assert blobs.read(blobs.keep(content)) == content


def test_the_same_content_is_kept_once(blobs: Blobs, folder: DataFolder) -> None:
    blobs.keep(CONTENT)
    before = blobs.path(SHA256).stat().st_mtime_ns
    blobs.keep(CONTENT)
    assert blobs.path(SHA256).stat().st_mtime_ns == before
    assert files(folder) == [blobs.path(SHA256)]


@pytest.mark.parametrize("harm", [b"", CONTENT[:-1], CONTENT.swapcase()])
def test_a_damaged_document_is_never_handed_out(blobs: Blobs, harm: bytes) -> None:
    blobs.keep(CONTENT)
    blobs.path(SHA256).write_bytes(harm)
    with pytest.raises(ContentGone):
        blobs.read(SHA256)


@pytest.mark.parametrize("harm", [b"", CONTENT.swapcase()])
def test_a_damaged_document_is_mended_when_it_comes_again(blobs: Blobs, harm: bytes) -> None:
    blobs.keep(CONTENT)
    blobs.path(SHA256).write_bytes(harm)
    blobs.keep(CONTENT)
    assert blobs.read(SHA256) == CONTENT


def test_a_document_that_is_gone_is_told(blobs: Blobs) -> None:
    with pytest.raises(ContentGone):
        blobs.read(SHA256)


def test_a_removed_document_is_gone_and_removing_it_again_is_fine(blobs: Blobs) -> None:
    blobs.keep(CONTENT)
    blobs.remove(SHA256)
    blobs.remove(SHA256)
    assert list(blobs.all()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_nobody_else_may_read_a_document(blobs: Blobs) -> None:
    before = os.umask(0)
    try:
        blobs.keep(CONTENT)
    finally:
        os.umask(before)
    assert blobs.path(SHA256).stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.name == "nt", reason="only POSIX syncs folders")
def test_bytes_then_name_are_synced_before_keep_returns(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, os.replace

    def synced(descriptor: int) -> None:
        done.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")
        fsync(descriptor)

    def renamed(source: Path, target: Path) -> None:
        done.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", renamed)
    blobs.keep(CONTENT)
    assert done[-3:] == ["file", "rename", "folder"]


def test_a_kill_before_the_name_leaves_no_document_and_is_swept(
    blobs: Blobs, folder: DataFolder, beside: RunBeside
) -> None:
    killed = beside(KEEP, LEDGERDESK_FAILPOINT="blobs.written")
    assert killed.wait(30) == -signal.SIGKILL
    assert len(files(folder)) == 1
    assert list(blobs.all()) == []
    blobs.sweep(older_than=0)
    assert files(folder) == []


def test_what_another_process_is_writing_is_not_swept(blobs: Blobs, folder: DataFolder) -> None:
    blobs.keep(CONTENT)
    fresh = blobs.path(SHA256).with_name(".fresh.part")
    old = blobs.path(SHA256).with_name(".old.part")
    for part in (fresh, old):
        part.touch()
    os.utime(old, (0, 0))
    blobs.sweep()
    assert files(folder) == sorted([fresh, blobs.path(SHA256)])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    try:
        made = subprocess.run(mount, capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"no small disk: {error}")
    if made.returncode != 0:
        pytest.skip(f"no small disk: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_leaves_nothing_half(small_disk: Path) -> None:
    blobs = Blobs(small_disk / "blobs")
    blobs.keep(CONTENT)
    with pytest.raises(DiskFull):
        blobs.keep(b"x" * 200_000)
    assert [path.name for path in small_disk.rglob("*") if path.is_file()] == [SHA256]
    assert blobs.read(SHA256) == CONTENT


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("in the way")
    with pytest.raises(DataFolderUnusable):
        Blobs(tmp_path / "blobs").keep(CONTENT)

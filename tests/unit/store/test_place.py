"""A data folder on a network drive is refused: the books would not survive there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ledgerdesk.errors import DataFolderUnusable
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import place, prepare
from ledgerdesk.store.place import network_drive

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux' list of mounts")

MOUNT = "36 25 0:32 / {point} rw,relatime shared:1 - {kind} server:/share rw"


@pytest.fixture
def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Makes the system say that file systems of these kinds are mounted there, in this order."""

    def mount(*mounts: tuple[str, Path | str]) -> None:
        listed = tmp_path / "mountinfo"
        lines = [
            MOUNT.format(point=str(point).replace(" ", "\\040"), kind=k) for k, point in mounts
        ]
        listed.write_text("\n".join(lines) + "\n")
        monkeypatch.setattr(place, "_MOUNTS", listed)

    return mount


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "smb3", "9p", "fuse.sshfs"])
def test_books_on_a_network_drive_are_refused(tmp_path: Path, mounted, kind: str) -> None:
    share = tmp_path / "the share"
    mounted(("ext4", "/"), (kind, share))
    with pytest.raises(DataFolderUnusable, match=kind):
        prepare(DataFolder(share / "data"))
    assert list((share / "data").iterdir()) == []


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "fuseblk"])
def test_books_on_a_disk_of_this_computer_are_fine(tmp_path: Path, mounted, kind: str) -> None:
    mounted(("nfs", "/"), (kind, tmp_path))
    prepare(DataFolder(tmp_path / "data"))


def test_a_folder_beside_the_share_is_fine(tmp_path: Path, mounted) -> None:
    mounted(("ext4", "/"), ("nfs", tmp_path / "share"))
    assert network_drive(tmp_path / "share-2") == ""


def test_what_was_mounted_last_counts(tmp_path: Path, mounted) -> None:
    mounted(("nfs", tmp_path), ("ext4", tmp_path))
    assert network_drive(tmp_path) == ""


def test_a_link_to_the_share_is_seen_through(tmp_path: Path, mounted) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "share")
    mounted(("ext4", "/"), ("nfs", tmp_path / "share"))
    assert network_drive(tmp_path / "link") == "nfs"


def test_without_a_list_of_mounts_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "_MOUNTS", tmp_path / "none")
    assert network_drive(tmp_path) == ""

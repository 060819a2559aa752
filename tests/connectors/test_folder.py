"""The folder connector on real disks: what counts is what lies in the folder afterwards."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledgerdesk.connectors.folder import FolderConnector, FolderSession
from ledgerdesk.errors import (
    Cancelled,
    ContentDiffers,
    ContentGone,
    InvalidValue,
    LedgerDeskError,
    NameTaken,
    OutcomeUnknown,
    PathTooLong,
    PlaceFull,
    PlaceMissing,
    PlaceNotWritable,
)
from ledgerdesk.model import Assurance, Found, Stage
from tests.helpers.parcels import (
    DELIVERY,
    INVOICE,
    CancelAfter,
    PlainNaming,
    RecordingStages,
    files,
    make_context,
    make_parcel,
)

NAME = PlainNaming().name
PART = ".0badcafe.part"
FOLDER = FolderConnector()


def session(path: Path | str, **more: Any) -> FolderSession:
    return FOLDER.open(make_context({"path": str(path)}, **more))


def parcel(path: Path | str, **more: Any) -> Any:
    return make_parcel(FOLDER, {"path": str(path)}, **more)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """Read-only for root too."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", folder], check=False)
    if done.returncode:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


# --- arriving -----------------------------------------------------------------------------------


def test_delivery(tmp_path: Path) -> None:
    stages = RecordingStages()
    evidence = session(tmp_path, stages=stages).send_one(parcel(tmp_path))
    assert files(tmp_path) == {NAME: INVOICE}
    assert evidence.assurance is Assurance.VERIFIED
    assert evidence.remote == str(tmp_path / NAME)
    assert evidence.facts["checked"] == "sha256"
    assert evidence.facts["size"] == len(INVOICE)
    assert stages.seen == [(DELIVERY, Stage.PUBLISHING)]


@pytest.mark.parametrize("body", [b"", b"x", os.urandom(200_003)])
def test_any_size_arrives_unchanged(tmp_path: Path, body: bytes) -> None:
    session(tmp_path).send_one(parcel(tmp_path, body=body))
    assert files(tmp_path) == {NAME: body}


def test_variables_spaces_and_unicode_make_folders(tmp_path: Path) -> None:
    path = f"{tmp_path}/[enterprise_name]_[vat]/achats reçus"
    naming = PlainNaming({"enterprise_name": "Café Zoë & fils", "vat": "BE0123456789"})
    session(path).send_one(parcel(path, naming=naming))
    assert list(files(tmp_path)) == [f"Café Zoë & fils_BE0123456789/achats reçus/{NAME}"]


def test_second_send_finds_the_first(tmp_path: Path) -> None:
    first = session(tmp_path).send_one(parcel(tmp_path))
    stamp = (tmp_path / NAME).stat().st_mtime_ns
    (tmp_path / PART).write_bytes(b"left behind between the two names")
    stages = RecordingStages()
    assert session(tmp_path, stages=stages).send_one(parcel(tmp_path)) == first
    assert files(tmp_path) == {NAME: INVOICE}
    assert (tmp_path / NAME).stat().st_mtime_ns == stamp
    assert stages.seen == []


@pytest.mark.parametrize("other", [b"another", bytes(len(INVOICE))])
def test_name_taken_is_never_overwritten(tmp_path: Path, other: bytes) -> None:
    (tmp_path / NAME).write_bytes(other)
    with pytest.raises(NameTaken):
        session(tmp_path).send_one(parcel(tmp_path))
    assert files(tmp_path) == {NAME: other}


@pytest.mark.parametrize("links", [True, False])
def test_name_taken_in_the_last_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    stages = RecordingStages(then=lambda: (tmp_path / NAME).write_bytes(b"the scanner's"))
    with pytest.raises(NameTaken):
        session(tmp_path, stages=stages).send_one(parcel(tmp_path))
    assert files(tmp_path) == {NAME: b"the scanner's"}


def test_disk_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", refuse(errno.EOPNOTSUPP))
    session(tmp_path).send_one(parcel(tmp_path))
    assert files(tmp_path) == {NAME: INVOICE}


def test_older_leftover_is_replaced(tmp_path: Path) -> None:
    (tmp_path / PART).write_bytes(b"half of an earlier attempt" * 1000)
    session(tmp_path).send_one(parcel(tmp_path))
    assert files(tmp_path) == {NAME: INVOICE}


# --- not arriving -------------------------------------------------------------------------------


def refuse(code: int) -> Any:
    def refused(*_: Any, **__: Any) -> None:
        raise OSError(code, os.strerror(code))

    return refused


def test_unplugged_drive_waits_and_makes_nothing(tmp_path: Path) -> None:
    drive = tmp_path / "drive" / "import"
    for path in (drive, f"{drive}/[vat]"):
        waiting = parcel(path, naming=PlainNaming({"vat": "BE1"}))
        with pytest.raises(PlaceMissing):
            session(path).send_one(waiting)
        with pytest.raises(PlaceMissing):
            session(path).probe(waiting)
    assert list(tmp_path.iterdir()) == []


def test_path_of_another_system_is_not_made_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    foreign = "C:\\Import" if os.name == "posix" else "/srv/import"
    with pytest.raises(PlaceMissing):
        session(foreign).send_one(parcel(foreign))
    with pytest.raises(InvalidValue):
        list(session(foreign).verify())
    assert list(tmp_path.iterdir()) == []


def test_full_disk_leaves_nothing(full_disk: Path) -> None:
    with pytest.raises(PlaceFull):
        session(full_disk).send_one(parcel(full_disk))
    assert list(files(full_disk)) == [".filler"]


def test_read_only_folder(read_only: Path) -> None:
    with pytest.raises(PlaceNotWritable):
        session(read_only).send_one(parcel(read_only))
    with pytest.raises(PlaceNotWritable):
        list(session(read_only).verify())


def test_name_too_long(tmp_path: Path) -> None:
    with pytest.raises(PathTooLong):
        session(tmp_path).send_one(parcel(tmp_path, naming=PlainNaming(name="x" * 300)))
    assert files(tmp_path) == {}


def test_cancel_takes_the_unfinished_file_away(tmp_path: Path) -> None:
    stages = RecordingStages()
    stopped = session(tmp_path, stages=stages, cancel=CancelAfter(3))
    with pytest.raises(Cancelled):
        stopped.send_one(parcel(tmp_path, body=bytes(200_000)))
    assert files(tmp_path) == {}
    assert stages.seen == []


def test_damaged_blob_is_not_sent(tmp_path: Path) -> None:
    with pytest.raises(ContentGone):
        session(tmp_path).send_one(replace(parcel(tmp_path), open=lambda: b"rotten"))
    assert files(tmp_path) == {}


def test_disk_that_forgets_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(handle: int) -> None:
        os.pwrite(handle, b"!", 3)

    monkeypatch.setattr(os, "fsync", spoil)
    with pytest.raises(ContentDiffers):
        session(tmp_path).send_one(parcel(tmp_path))
    assert files(tmp_path) == {}


def test_share_lost_after_the_rename_is_never_guessed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def renamed_and_consumed(temporary: str, final: str) -> None:
        os.unlink(temporary)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "link", renamed_and_consumed)
    with pytest.raises(OutcomeUnknown):
        session(tmp_path).send_one(parcel(tmp_path))


def test_share_lost_before_the_rename_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", refuse(errno.EIO))
    with pytest.raises(LedgerDeskError) as raised:
        session(tmp_path).send_one(parcel(tmp_path))
    assert raised.value.code == "cannot_connect"
    assert files(tmp_path) == {}


# --- after a crash ------------------------------------------------------------------------------

PROBES = [
    # final, temporary, stage, found, left behind
    (INVOICE, None, Stage.SENDING, Found.THERE, {NAME: INVOICE}),
    (INVOICE, None, Stage.PUBLISHING, Found.THERE, {NAME: INVOICE}),
    (INVOICE, INVOICE, Stage.PUBLISHING, Found.THERE, {NAME: INVOICE}),
    (None, INVOICE, Stage.SENDING, Found.ABSENT, {}),
    (None, INVOICE[:9], Stage.PUBLISHING, Found.ABSENT, {}),
    (None, None, Stage.NONE, Found.ABSENT, {}),
    (None, None, Stage.SENDING, Found.ABSENT, {}),
    (None, None, Stage.PUBLISHING, Found.CANNOT_TELL, {}),
    (b"other", INVOICE, Stage.PUBLISHING, Found.ABSENT, {NAME: b"other"}),
    (b"other", None, Stage.SENDING, Found.ABSENT, {NAME: b"other"}),
    (b"other", None, Stage.PUBLISHING, Found.CANNOT_TELL, {NAME: b"other"}),
]


@pytest.mark.parametrize(("final", "temporary", "stage", "found", "left"), PROBES)
def test_probe(
    tmp_path: Path,
    final: bytes | None,
    temporary: bytes | None,
    stage: Stage,
    found: Found,
    left: dict[str, bytes],
) -> None:
    for name, content in ((NAME, final), (PART, temporary)):
        if content is not None:
            (tmp_path / name).write_bytes(content)
    probe = session(tmp_path).probe(parcel(tmp_path, stage=stage))
    assert probe.found is found
    assert (probe.evidence is not None) == (found is Found.THERE)
    assert files(tmp_path) == left


KILLED = """
import sys
from ledgerdesk import failpoint
from tests.connectors.test_folder import parcel, session
failpoint.arm(sys.argv[2])
session(sys.argv[1]).send_one(parcel(sys.argv[1]))
"""


@pytest.mark.parametrize(
    ("place", "stage", "found"),
    [
        ("connected", Stage.SENDING, Found.ABSENT),
        ("half_body", Stage.SENDING, Found.ABSENT),
        ("body_sent", Stage.SENDING, Found.ABSENT),
        ("size_checked", Stage.SENDING, Found.ABSENT),
        ("publishing_committed", Stage.PUBLISHING, Found.ABSENT),
        ("published", Stage.PUBLISHING, Found.THERE),
    ],
)
def test_killed_at(tmp_path: Path, place: str, stage: Stage, found: Found) -> None:
    arguments = [sys.executable, "-c", KILLED, str(tmp_path), f"folder.{place}"]
    here = Path(__file__).parents[2]
    assert subprocess.run(arguments, cwd=here, check=False).returncode == -9
    assert session(tmp_path).probe(parcel(tmp_path, stage=stage)).found is found
    session(tmp_path).send_one(parcel(tmp_path))
    assert files(tmp_path) == {NAME: INVOICE}


# --- setting up ---------------------------------------------------------------------------------


def test_verify_makes_the_folder_and_leaves_nothing_in_it(tmp_path: Path) -> None:
    path = f"{tmp_path}/import/[enterprise_name]"
    checks = list(session(path).verify())
    assert len(checks) == 3
    assert all(check.ok for check in checks)
    assert (tmp_path / "import").is_dir()
    assert files(tmp_path) == {}


def test_verify_makes_no_folder_where_the_drive_is_absent(tmp_path: Path) -> None:
    with pytest.raises(PlaceMissing):
        list(session(tmp_path / "drive" / "import").verify())
    assert list(tmp_path.iterdir()) == []


def test_verify_finds_a_full_disk(full_disk: Path) -> None:
    with pytest.raises(PlaceFull):
        list(session(full_disk).verify())
    assert list(files(full_disk)) == [".filler"]


@pytest.mark.parametrize(
    ("path", "fits"),
    [
        ("/srv/import", True),
        ("C:\\Import\\[vat]", True),
        ("z:/import", True),
        ("\\\\server\\share\\in", True),
        ("import", False),
        ("C:import", False),
        ("\\\\server", False),
        ("~/import", False),
        ("/srv/../etc", False),
    ],
)
def test_only_whole_paths_are_kept(path: str, fits: bool) -> None:
    field = FOLDER.fields[0]
    if fits:
        assert field.clean(path) == path
        return
    with pytest.raises(LedgerDeskError) as raised:
        field.clean(path)
    assert raised.value.field == "path"

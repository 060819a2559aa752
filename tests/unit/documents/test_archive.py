"""Zips: members come out in memory, and one offence holds the whole archive."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from ledgerdesk.documents import archive, is_archive, read, unpack
from ledgerdesk.model import HeldReason
from tests.unit.documents import made
from tests.unit.documents.made import rules, zipped


def refusal(content: bytes) -> tuple[HeldReason | None, list[str]]:
    unpacked = unpack(content)
    assert unpacked.members == ()
    return unpacked.held, rules(unpacked.findings)


def test_members_come_out_with_their_names_and_bytes() -> None:
    files = {"a.xml": made.invoice(), "map/é b.cod": made.coda(), "c.txt": b""}
    unpacked = unpack(zipped(files))
    assert unpacked.held is None
    assert {m.name: m.content for m in unpacked.members} == files


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_every_usual_compression_is_read(method: int) -> None:
    assert unpack(zipped({"a": b"x" * 1000}, method)).members[0].content == b"x" * 1000


def test_folders_and_litter_are_left_out() -> None:
    content = zipped(
        {
            "map/": b"",
            "__MACOSX/._a.xml": b"x",
            "map/.DS_Store": b"x",
            "Thumbs.db": b"x",
            "map/~$a.docx": b"x",
            "map/a.xml": b"<a/>",
        }
    )
    assert [m.name for m in unpack(content).members] == ["map/a.xml"]


@pytest.mark.parametrize(
    "name",
    ["../a", "a/../../b", "..\\a", "a\\..\\b", "/etc/a", "\\\\server\\a", "C:\\a", "c:a", "a\nb"],
)
def test_a_name_that_leaves_its_folder_is_unsafe(name: str) -> None:
    assert refusal(zipped({"ok.xml": b"<a/>", name: b"x"})) == (HeldReason.UNSAFE, ["LD-ZIP-PATH"])


@pytest.mark.parametrize("name", ["..a.xml", "a..b", "a/..b/c", "map\\a.xml", "a: b"[2:]])
def test_a_name_that_only_looks_odd_is_not(name: str) -> None:
    assert unpack(zipped({name: b"x"})).held is None


def test_a_name_cut_by_a_nul_is_unsafe() -> None:
    content = zipped({"aXb.xml": b"x"}).replace(b"aXb.xml", b"a\0b.xml")
    assert refusal(content) == (HeldReason.UNSAFE, ["LD-ZIP-PATH"])


def test_a_link_is_unsafe() -> None:
    entry = zipfile.ZipInfo("link")
    entry.external_attr = 0o120777 << 16
    content = zipped({"a": b"x"})
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as opened:
        opened.writestr(entry, "/etc/passwd")
    assert refusal(buffer.getvalue()) == (HeldReason.UNSAFE, ["LD-ZIP-LINK"])


def test_a_bomb_is_unsafe() -> None:
    assert refusal(zipped({"a": b"0" * 2_000_000})) == (HeldReason.UNSAFE, ["LD-ZIP-RATIO"])
    assert refusal(made.load("malicious/zip-bomb-30MB.zip"))[0] is HeldReason.UNSAFE


def test_a_small_file_may_compress_well() -> None:
    assert unpack(zipped({"a": b" " * 500_000})).held is None


def test_a_hundred_members_pass_and_one_more_is_too_large() -> None:
    files = {f"{n}.xml": b"x" for n in range(archive.MAX_MEMBERS)}
    assert len(unpack(zipped(files)).members) == archive.MAX_MEMBERS
    assert refusal(zipped(files | {"more": b"x"})) == (HeldReason.TOO_LARGE, ["LD-ZIP-MEMBERS"])


def test_an_archive_is_judged_by_its_unpacked_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1000)
    assert unpack(zipped({"a": b"x" * 500, "b": b"x" * 500})).held is None
    assert refusal(zipped({"a": b"x" * 500, "b": b"x" * 501})) == (
        HeldReason.TOO_LARGE,
        ["LD-ZIP-SIZE"],
    )


def test_a_huge_directory_is_refused_before_it_is_read() -> None:
    content = zipped({"a": b"x"})
    at = content.rindex(b"PK\x05\x06") + 12
    assert refusal(content[:at] + struct.pack("<I", 2_000_000) + content[at + 4 :]) == (
        HeldReason.TOO_LARGE,
        ["LD-ZIP-MEMBERS"],
    )


def test_a_member_that_lies_about_its_size_is_damaged_not_unpacked() -> None:
    content = zipped({"a": b"x" * 5000})
    lie = content.replace(struct.pack("<I", 5000), struct.pack("<I", 10))
    assert refusal(lie) == (HeldReason.NOT_WELL_FORMED, ["LD-ZIP"])


def test_a_password_is_told() -> None:
    content = bytearray(zipped({"a": b"x"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(content)) == (HeldReason.UNKNOWN_KIND, ["LD-ZIP-PASSWORD"])


def test_a_cut_archive_is_damaged() -> None:
    content = zipped({"a": made.invoice()})
    assert refusal(content[: len(content) // 2]) == (HeldReason.NOT_WELL_FORMED, ["LD-ZIP"])


def test_a_flipped_byte_is_damaged() -> None:
    content = bytearray(zipped({"a": made.invoice()}, zipfile.ZIP_STORED))
    content[200] ^= 1
    assert refusal(bytes(content)) == (HeldReason.NOT_WELL_FORMED, ["LD-ZIP"])


def test_zip_slip_is_held() -> None:
    reading = read(made.load("malicious/zip-slip.zip"))
    assert (reading.held, rules(reading)) == (HeldReason.UNSAFE, ["LD-ZIP-PATH"])


@pytest.mark.parametrize("mark", ["[Content_Types].xml", "META-INF/manifest.xml"])
def test_an_office_file_is_no_archive(mark: str) -> None:
    content = zipped({mark: b"<Types/>", "word/document.xml": b"<a/>"})
    assert not is_archive(content)
    assert read(content).held is HeldReason.UNKNOWN_KIND


def test_an_archive_inside_another_stays_closed() -> None:
    inner = zipped({"a.xml": made.invoice()})
    (member,) = unpack(zipped({"inner.zip": inner})).members
    assert member.content == inner
    reading = read(member.content)
    assert (reading.held, rules(reading)) == (HeldReason.UNKNOWN_KIND, ["LD-ZIP-INSIDE"])


def test_what_is_an_archive() -> None:
    assert is_archive(zipped({}))
    assert is_archive(b"PK\x03\x04 damaged")
    assert not is_archive(made.invoice())
    assert not is_archive(b"")

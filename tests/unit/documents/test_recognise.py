"""What a file is, from its bytes; what its name says changes nothing."""

from __future__ import annotations

import pytest

from ledgerdesk.documents import read, xml_door
from ledgerdesk.documents.recognise import Family, family
from ledgerdesk.model import DocumentFormat, DocumentKind, HeldReason
from tests.unit.documents import made
from tests.unit.documents.made import rules


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", Family.EMPTY),
        (b" \r\n\x1a\0", Family.EMPTY),
        (b"PK\x03\x04rest", Family.ARCHIVE),
        (b"%PDF-1.7", Family.PDF),
        (b"junk before\n%PDF-1.4", Family.PDF),
        (b" " * 1100 + b"%PDF-1.4", Family.UNKNOWN),
        (b"<a/>", Family.XML),
        (b"\xef\xbb\xbf\r\n <a/>", Family.XML),
        ("\ufeff<a/>".encode("utf-16-le"), Family.XML),
        ("\ufeff<a/>".encode("utf-16-be"), Family.XML),
        ("<a/>".encode("utf-16-le"), Family.XML),
        (b":20:X\n:25:1\n:60F:C260101EUR1,\n:62F:C260101EUR1,", Family.MT940),
        (b"{1:F01X}{4:\r\n:20:X\r\n:25:1\r\n:60M:C1\r\n:62M:C1\r\n-}", Family.MT940),
        (b":20:X\n:25:1\n:34F:EUR0\n", Family.MT942),
        (b":20:X\n:25:1\n:60F:C260101EUR1,", Family.UNKNOWN),
        (b"see :20: and :25: and :60F: and :62F:", Family.UNKNOWN),
        (b"0000015012653905", Family.CODA),
        (b"hello", Family.UNKNOWN),
        (b"\x89PNG\r\n\x1a\n", Family.UNKNOWN),
    ],
)
def test_the_bytes_decide(content: bytes, expected: Family) -> None:
    assert family(content) is expected


def test_coda_is_known_by_its_header_also_after_a_byte_order_mark() -> None:
    assert family(b"\xef\xbb\xbf" + made.coda()) is Family.CODA


def test_coda_that_lost_its_header_is_still_coda() -> None:
    assert family(made.coda_without(1)) is Family.CODA


def test_128_characters_of_anything_are_no_coda() -> None:
    assert family(b"2" * 128 + b"\n") is Family.UNKNOWN


@pytest.mark.parametrize("name", ["a.pdf", "a.cod", "a.xml", "a.zip", "", "../../etc/passwd"])
def test_the_name_changes_nothing(name: str) -> None:
    assert read(made.invoice(), name) == read(made.invoice())


@pytest.mark.parametrize(
    ("content", "held", "rule"),
    [
        (b"", HeldReason.NOT_WELL_FORMED, "LD-EMPTY"),
        (b"hello", HeldReason.UNKNOWN_KIND, "LD-KIND"),
        (b"\0" * (xml_door.MAX_BYTES + 1), HeldReason.TOO_LARGE, "LD-SIZE"),
        (b"<a/>", HeldReason.UNKNOWN_KIND, "LD-KIND"),
    ],
)
def test_what_cannot_be_read_is_held_with_a_reason(
    content: bytes, held: HeldReason, rule: str
) -> None:
    reading = read(content)
    assert (reading.held, rules(reading)) == (held, [rule])
    assert reading.facts.format is DocumentFormat.UNKNOWN
    assert reading.facts.kind is DocumentKind.OTHER


@pytest.mark.allow_log("ledgerdesk.documents")
def test_a_bug_in_a_reader_holds_that_file_and_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from ledgerdesk.documents import coda

    def broken(content: bytes) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(coda, "read", broken)
    reading = read(made.coda())
    assert (reading.held, rules(reading)) == (HeldReason.NOT_WELL_FORMED, ["LD-READER"])
    assert "ZeroDivisionError" in caplog.text

"""How banks write their files: what differs from one to the other, and what must not matter."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ledgerdesk.documents import read
from ledgerdesk.model import DocumentFormat, HeldReason
from tests.unit.documents import made
from tests.unit.documents.made import rules
from tests.unit.documents.test_camt_and_mt940 import MT940, camt

ING = """0000 01INGBNL2AXXXX00001
0000 01INGBNL2AXXXX00001
940 00
:20:INGEB
:25:NL69INGB0123456789EUR
:28C:000
:60F:C260114EUR0,00
:61:260115D1,00NTRFEREF//26015000000001
/TRCD/00100/
:86:/EREF/x//CNTP/NL08INGB0000001234/INGBNL2A/Naam/Stad//
:62F:D260115EUR1,00
:64:D260115EUR1,00
-XXX
"""
ABN = """ABNANL2A
940
ABNANL2A
:20:ABN AMRO BANK NV
:25:517852257
:28:19321/1
:60F:C260114EUR3236,28
:61:2601150115D9,N192NONREF
:86:GIRO   428428 KPN
:62F:C260115EUR3227,28
"""
RABO = """:940:
:20:940A260115
:25:1526.89.184EUR
:28C:0
:60F:C260114EUR1000,00
:61:260115C000000000025,50N078NONREF
:86:Naam
:62F:C260115EUR1025,50
"""
TRIODOS = """:20:1234567890
:25:TRIODOSBANK/0390123456
:28:1
:60F:C260114EUR0,00
:61:260115C10,00NET 123
:62F:C260115EUR10,00
-
"""
SPARKASSE = """:20:STARTUMS
:25:50880050/0194777000888
:28C:00001/001
:60F:C260114EUR10,01
:61:2601150115DR5,01NTRFNONREF//55555
:86:166?00GUTSCHRIFT?20Text
:62F:C260115EUR5,00
"""
MBANK = "\x01" + SPARKASSE.replace("\n", "\r\n") + "-\x03"
SWIFT_BLOCK = "{1:F01BANKBEBBAXXX0000000000}{2:I940BANKBEBBXXXXN}{4:" + RABO[6:] + "-}"


def accounts(content: bytes) -> list[tuple[str, Decimal | None]]:
    facts = read(content).facts
    assert facts.format is DocumentFormat.MT940
    return [(one.account, one.closing_balance) for one in facts.statements]


@pytest.mark.parametrize(
    ("text", "account", "balance"),
    [
        pytest.param(ING, "NL69INGB0123456789", "-1.00", id="ing"),
        pytest.param(ABN, "517852257", "3227.28", id="abn-amro"),
        pytest.param(RABO, "152689184", "1025.50", id="rabobank"),
        pytest.param(TRIODOS, "0390123456", "10.00", id="triodos"),
        pytest.param(SPARKASSE, "0194777000888", "5.00", id="sparkasse"),
        pytest.param(MBANK, "0194777000888", "5.00", id="mbank"),
        pytest.param(SWIFT_BLOCK, "152689184", "1025.50", id="swift-block"),
    ],
)
def test_every_banks_mt940_is_read(text: str, account: str, balance: str) -> None:
    assert accounts(text.encode()) == [(account, Decimal(balance))]
    assert rules(read(text.encode())) == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_no_line_end_and_no_mark_at_the_start_matters(end: str, start: str) -> None:
    assert accounts((start + MT940.replace("\n", end)).encode()) == accounts(MT940.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "latin-1"])
def test_no_encoding_matters(encoding: str) -> None:
    content = MT940.replace(":86:first", ":86:Café à côté").encode(encoding)
    assert accounts(content) == accounts(MT940.encode())


def test_several_messages_are_several_statements() -> None:
    second = RABO.replace("1526.89.184", "1526.89.192").removeprefix(":940:\n")
    assert [account for account, _ in accounts((RABO + second).encode())] == [
        "152689184",
        "152689192",
    ]


def test_a_day_that_is_not_in_the_calendar_is_not_made_up() -> None:
    reading = read(RABO.replace(":62F:C260115", ":62F:C260230").encode())
    assert reading.facts.issue_date is None
    assert reading.facts.logical_key == ""


def test_an_intraday_report_is_never_a_statement() -> None:
    report = ":20:R\n:25:NL71RABO0123456789\n:28C:1\n:34F:EURD0,\n:13D:2601151200+0100\n-\n"
    reading = read(report.encode())
    assert (reading.set_aside, reading.facts.statements) == ("intraday report", ())


# --- CODA -----------------------------------------------------------------------------------------


def test_an_extension_says_nothing() -> None:
    content = made.coda()
    for name in ("a.BC2", "a.txt.cod", "a.txt", "a.xml", ""):
        assert read(content, name) == read(content)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\n\x1a", b"\r\n\r\n   \r\n"])
def test_the_end_of_a_coda_file_does_not_matter(end: bytes) -> None:
    content = made.coda().rstrip(b"\r\n") + end
    assert (read(content).held, rules(read(content))) == (None, [])


def test_a_statement_number_of_zeros_is_none() -> None:
    reading = read(made.coda((2, 126, "000")))
    assert reading.held is None
    assert reading.facts.number == ""
    assert reading.facts.logical_key


def test_a_header_alone_is_cut_off() -> None:
    assert read(made.coda_without(*range(2, 20))).held is HeldReason.NOT_WELL_FORMED


def test_version_1_is_not_read_as_version_2() -> None:
    reading = read(made.coda((1, 128, "1")))
    assert (reading.held, rules(reading)) == (HeldReason.NOT_WELL_FORMED, ["LD-CODA-VERSION"])


# --- camt -----------------------------------------------------------------------------------------


def test_a_copy_is_marked_and_not_held() -> None:
    content = made.changed(camt(), ("<Acct>", "<CopyDplctInd>DUPL</CopyDplctInd><Acct>"))
    assert (read(content).held, rules(read(content))) == (None, ["LD-CAMT-DUPLICATE"])


def test_a_wrong_account_number_warns() -> None:
    content = made.changed(camt(), ("BE68539007547034", "BE68539007547035"))
    assert (read(content).held, rules(read(content))) == (None, ["LD-CAMT-IBAN"])
    assert read(content).facts.account == "BE68539007547035"


def test_the_encoding_of_a_statement_is_its_own() -> None:
    text = camt().decode().replace("UTF-8", "ISO-8859-1").replace("Voorbeeld", "Société")
    assert read(text.encode("latin-1")).facts.holder.name == "Société Client BV"


def test_a_statement_with_a_time_instead_of_a_day_has_its_day() -> None:
    content = made.changed(
        camt(), ("<Dt><Dt>2026-01-15</Dt></Dt>", "<Dt><DtTm>2026-01-15T23:59:59+01:00</DtTm></Dt>")
    )
    assert read(content).facts.issue_date == date(2026, 1, 15)

"""camt.053 and MT940 statements; intraday reports and notifications are set aside."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ledgerdesk.documents import read
from ledgerdesk.model import DocumentFormat, DocumentKind, HeldReason
from tests.unit.documents.made import changed, rules

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-01-16T06:00:00</CreDtTm></GrpHdr>
<Stmt><Id>S1</Id><ElctrncSeqNb>12</ElctrncSeqNb><CreDtTm>2026-01-16T06:00:00</CreDtTm>
<Acct><Id><IBAN>BE68539007547034</IBAN></Id><Ccy>EUR</Ccy><Ownr><Nm>Voorbeeld Client BV</Nm>
<Id><OrgId><Othr><Id>0400000185</Id><SchmeNm><Prtry>KBO</Prtry></SchmeNm></Othr></OrgId></Id>
</Ownr></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1000.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-01-14</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1096.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-01-15</Dt></Dt></Bal>
<Ntry><Amt Ccy="EUR">121.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>{booked}<BkTxCd/></Ntry>
<Ntry><Amt Ccy="EUR">25.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>{booked}<BkTxCd/></Ntry>
<Ntry><Amt Ccy="EUR">7.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>{pending}<BkTxCd/></Ntry>
</Stmt></BkToCstmrStmt></Document>"""

MT940 = """:20:REF1
:25:NL71RABO0123456789
:28C:00012/001
:60F:C260114EUR1000,00
:61:2601150115CR121,00NTRFNONREF
:86:first
:61:260115D25,NTRFNONREF
:61:260115RC10,00NTRFNONREF
:62F:C260115EUR1086,00
:64:C260115EUR1086,00
-
"""


def camt(version: str = "02") -> bytes:
    new = int(version) >= 8
    return CAMT.format(
        version=version,
        booked="<Sts><Cd>BOOK</Cd></Sts>" if new else "<Sts>BOOK</Sts>",
        pending="<Sts><Cd>PDNG</Cd></Sts>" if new else "<Sts>PDNG</Sts>",
    ).encode()


@pytest.mark.parametrize("version", ["02", "04", "08", "14"])
def test_a_statement_of_every_version_reads_the_same(version: str) -> None:
    reading = read(camt(version))
    facts = reading.facts
    assert (reading.held, reading.findings) == (None, ())
    assert (facts.kind, facts.format) == (DocumentKind.STATEMENT, DocumentFormat.CAMT_053)
    assert (facts.number, facts.issue_date) == ("2026-12", date(2026, 1, 15))
    assert (facts.account, facts.currency) == ("BE68539007547034", "EUR")
    assert (facts.holder.name, facts.holder.identifier) == ("Voorbeeld Client BV", "BE0400000185")
    assert facts.total == Decimal("1096.00")
    assert facts.statements[0].opening_balance == Decimal("1000.00")
    assert facts.logical_key


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("BkToCstmrAcctRpt", "intraday report"),
        ("BkToCstmrAcctRptV01", "intraday report"),
        ("BkToCstmrDbtCdtNtfctn", "booking notification"),
    ],
)
def test_reports_and_notifications_are_never_statements(message: str, named: str) -> None:
    reading = read(camt().replace(b"BkToCstmrStmt", message.encode()))
    assert (reading.set_aside, reading.held) == (named, None)
    assert reading.facts.statements == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<Stmt>", "<Rpt>"),
        ("<Id>S1</Id>", ""),
        ("<Bal>", "<Bl>"),
        ("<BkTxCd/>", ""),
        ('<Amt Ccy="EUR">121.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>', "<CdtDbtInd>CRDT</CdtDbtInd>"),
        ('<Amt Ccy="EUR">121.00</Amt>', '<Amt Ccy="EUR">1e3</Amt>'),
        ("<GrpHdr>", "<Hdr>"),
    ],
)
def test_what_every_version_demands_is_held_when_missing(old: str, new: str) -> None:
    closing = (old.replace("<", "</"), new.replace("<", "</"))
    pairs = [(old, new)]
    if old.startswith("<") and new.startswith("<") and old.count("<") == 1:
        pairs.append(closing)
    reading = read(changed(camt(), *pairs))
    assert reading.held is HeldReason.SCHEMA_INVALID
    assert set(rules(reading)) == {"LD-CAMT-XSD"}


def test_a_balance_that_does_not_add_up_only_warns() -> None:
    reading = read(changed(camt(), ("1096.00", "1097.00")))
    assert (reading.held, rules(reading)) == (None, ["LD-CAMT-BALANCE"])


def test_a_debit_balance_is_negative() -> None:
    content = changed(
        camt(),
        (
            "</Amt>\n<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-01-15",
            "</Amt>\n<CdtDbtInd>DBIT</CdtDbtInd><Dt><Dt>2026-01-15",
        ),
    )
    assert read(content).facts.total == Decimal("-1096.00")


def test_another_message_of_the_family_is_held() -> None:
    content = camt().replace(b"BkToCstmrStmt", b"AcctRptgReq")
    assert read(content).held is HeldReason.UNKNOWN_KIND


def test_two_statements_in_one_file_are_two() -> None:
    text = camt().decode()
    start, end = text.index("<Stmt>"), text.index("</Stmt>") + len("</Stmt>")
    second = text[start:end].replace("<ElctrncSeqNb>12", "<ElctrncSeqNb>13")
    reading = read((text[:end] + second + text[end:]).encode())
    assert [s.sequence for s in reading.facts.statements] == ["12", "13"]


# --- MT940 ----------------------------------------------------------------------------------------


def test_an_mt940_statement_tells_everything_routing_needs() -> None:
    reading = read(MT940.encode())
    facts = reading.facts
    assert (reading.held, reading.findings) == (None, ())
    assert (facts.kind, facts.format) == (DocumentKind.STATEMENT, DocumentFormat.MT940)
    assert (facts.number, facts.issue_date) == ("2026-00012", date(2026, 1, 15))
    assert (facts.account, facts.currency) == ("NL71RABO0123456789", "EUR")
    assert facts.total == Decimal("1086.00")
    assert facts.logical_key


@pytest.mark.parametrize(
    ("written", "account"),
    [
        ("NL71 RABO 0123 4567 89", "NL71RABO0123456789"),
        ("NL71RABO0123456789EUR", "NL71RABO0123456789"),
        ("1291.99.348EUR", "129199348"),
        ("TRIODOSBANK/0390123456", "0390123456"),
        ("50880050/0194787400888", "0194787400888"),
    ],
)
def test_the_account_is_found_as_banks_write_it(written: str, account: str) -> None:
    content = changed(MT940.encode(), ("NL71RABO0123456789", written))
    assert read(content).facts.account == account


@pytest.mark.parametrize(
    "prelude", ["\x01", "ABNANL2A\n940\nABNANL2A\n", "{1:F01X}{4:\n", ":940:\n"]
)
def test_what_a_bank_writes_before_the_first_field_does_no_harm(prelude: str) -> None:
    assert read((prelude + MT940).encode()).facts.total == Decimal("1086.00")


def test_line_ends_change_nothing() -> None:
    windows = read(MT940.replace("\n", "\r\n").encode())
    assert windows.facts == read(MT940.encode()).facts


def test_an_mt940_balance_that_does_not_add_up_only_warns() -> None:
    reading = read(changed(MT940.encode(), ("EUR1000,00", "EUR1001,00")))
    assert (reading.held, rules(reading)) == (None, ["LD-MT940-BALANCE"])


def test_several_statements_are_several() -> None:
    second = changed(MT940.encode(), ("00012/001", "00013/001"))
    assert len(read(MT940.encode() + second).facts.statements) == 2


def test_a_part_that_is_no_statement_is_told() -> None:
    content = MT940.encode() + b":20:REF2\n:25:1\n"
    assert rules(read(content)) == ["LD-MT940-PART"]


def test_unreadable_balances_are_held() -> None:
    reading = read(changed(MT940.encode(), ("C260114EUR", "260114"), ("C260115EUR", "260115")))
    assert (reading.held, rules(reading)) == (HeldReason.NOT_WELL_FORMED, ["LD-MT940"])


def test_mt942_is_set_aside() -> None:
    reading = read(b":20:X\n:25:NL71RABO0123456789\n:28C:1/1\n:34F:EUR0,\n:13D:2601151815+0100\n")
    assert (reading.set_aside, reading.held) == ("intraday report", None)

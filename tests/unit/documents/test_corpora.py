"""The big collection: kind, format, and whether a file is held, as its manifest says."""

from __future__ import annotations

import pytest

from ledgerdesk.documents import read
from ledgerdesk.model import DocumentFormat, DocumentKind, Profile, Reading
from tests.helpers import corpora
from tests.helpers.corpora import Row

_PROFILES = {
    "ubl-peppol-bis3": Profile.PEPPOL_BIS_3,
    "ubl-peppol-selfbilling": Profile.PEPPOL_SELFBILLING_3,
    "ubl-be": Profile.UBL_BE,
    "ubl-efff3": Profile.E_FFF_3,
    "ubl-efff1": Profile.E_FFF_1,
}
_FORMATS = {
    "cii-en16931": DocumentFormat.CII,
    "pdf-facturx/zugferd": DocumentFormat.PDF,
    "coda": DocumentFormat.CODA,
}


def formats(row: Row, reading: Reading) -> set[DocumentFormat]:
    """What the row allows; not well-formed XML has none."""
    if row.expected == "not CODA" or "not well-formed" in row.expected:
        return {DocumentFormat.UNKNOWN}
    if row.kind.startswith("ubl-"):
        return {DocumentFormat.UBL}
    if row.kind == "camt":
        return {DocumentFormat.UNKNOWN if reading.set_aside else DocumentFormat.CAMT_053}
    if row.kind == "mt940":
        return {DocumentFormat.MT940, DocumentFormat.UNKNOWN}
    return {_FORMATS[row.kind]} if row.kind in _FORMATS else set(DocumentFormat)


def held(row: Row) -> bool | None:
    """What the row says; None where it gives no verdict."""
    if row.xsd:
        return row.xsd != "ok"
    if row.kind == "coda":
        return "errors=none" not in row.note
    if row.kind.startswith("malicious"):
        return not row.expected.startswith("valid")
    return None if row.kind == "mt940" else False


@pytest.mark.parametrize("row", corpora.parameters())
def test_a_file_is_read_as_the_manifest_says(row: Row) -> None:
    reading = read(row.read(), row.path)
    assert reading.facts.format in formats(row, reading)
    verdict = held(row)
    if verdict is not None:
        assert (reading.held is not None) is verdict, reading.findings
    if row.kind in _PROFILES and reading.facts.format is DocumentFormat.UBL:
        assert reading.facts.profile is _PROFILES[row.kind]
    assert "LD-READER" not in [finding.rule for finding in reading.findings]


@pytest.mark.parametrize("row", corpora.parameters("mt940", "camt", "coda"))
def test_no_bank_file_is_ready_without_a_statement(row: Row) -> None:
    reading = read(row.read())
    assert reading.held or reading.set_aside or reading.facts.statements


@pytest.mark.parametrize(
    "row", corpora.parameters("ubl-peppol-bis3", "ubl-be", "cii-en16931", valid=True)
)
def test_every_whole_invoice_has_number_date_total_and_keys(row: Row) -> None:
    reading = read(row.read())
    facts = reading.facts
    assert facts.kind in (DocumentKind.INVOICE, DocumentKind.CREDIT_NOTE)
    assert facts.number
    assert facts.issue_date is not None
    assert facts.total is not None
    assert facts.supplier.name or "no-seller-name" in row.path
    assert facts.logical_key

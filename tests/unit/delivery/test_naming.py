"""What the path and name variables of one delivery become."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from hypothesis import given, settings

from ledgerdesk.delivery.naming import DeliveryNaming, ending_of, naming_for, preview
from ledgerdesk.delivery.segments import LIMIT, safe_segment
from ledgerdesk.errors import BadTemplate, EmptyVariable
from ledgerdesk.model import (
    Client,
    Direction,
    Document,
    DocumentFormat,
    DocumentKind,
    DocumentState,
    Facts,
    Party,
    Statement,
)
from tests.unit.delivery.test_segments import TEXTS

AT = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
DELIVERY = "0190c0de00000badcafe"
EVERYTHING = "in/[enterprise_name]_[vat]/[invoice_type]/[year]/[document_number]/[file_type]"


def naming(client: dict[str, Any] | None = None, **facts: Any) -> DeliveryNaming:
    file_name = facts.pop("file_name", "scan 12.xml")
    direction = facts.pop("direction", Direction.PURCHASE)
    given_facts = {
        "kind": DocumentKind.INVOICE,
        "format": DocumentFormat.UBL,
        "number": "F-1",
        "issue_date": date(2026, 3, 31),
        **facts,
    }
    document = Document(
        "d", "0" * 64, 1, "/in/x", "", file_name, Facts(**given_facts), DocumentState.READY, AT,
        direction,
    )  # fmt: skip
    given_client = {
        "name": "Bakkerij De Smet",
        "company_numbers": ("BE0123456749",),
        "file_number": "100234",
        **(client or {}),
    }
    return naming_for(Client(id="c", created_at=AT, **given_client), document, DELIVERY, AT)


def statement(sequence: str, closing: date | None) -> Statement:
    return Statement("BE71", "EUR", Party(), sequence, closing, None, None, 0, 1, "0")


# --- values -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("[enterprise_name]", "Bakkerij De Smet"),
        ("[enterprise_identifier]", "BE0123456749"),
        ("[vat]", "BE0123456749"),
        ("[uen_number]", "0123456749"),
        ("[accounting_file_id]", "100234"),
        ("[external_id]", "100234"),
        ("[invoice_type]", "AP"),
        ("[document_number]", "F-1"),
        ("[issue_date]", "2026-03-31"),
        ("[sync_date]", "2026-04-02"),
        ("[year]", "2026"),
        ("[file_type]", "xml"),
        ("[uid]", "0badcafe"),
    ],
)
def test_each_variable(template: str, expected: str) -> None:
    assert naming().path(template) == expected


def test_sales_and_statements_have_their_own_type() -> None:
    assert naming(direction=Direction.SALE).path("[invoice_type]") == "AR"
    bank = naming(kind=DocumentKind.STATEMENT, direction=None)
    assert bank.path("[invoice_type]") == "BANK"


def test_a_document_without_number_takes_its_file_name() -> None:
    assert naming(number="").path("[document_number]") == "scan 12"


def test_a_document_without_date_takes_the_day_it_was_taken_in() -> None:
    assert naming(issue_date=None).path("[issue_date]/[year]") == "2026-04-02/2026"


def test_a_statement_is_numbered_by_its_year_and_sequence() -> None:
    bank = naming(
        kind=DocumentKind.STATEMENT,
        format=DocumentFormat.CODA,
        statements=(statement("014", date(2026, 1, 2)),),
    )
    assert bank.path("[document_number]") == "2026-014"


def test_of_several_statements_the_first_and_the_last_are_named() -> None:
    several = (statement("014", date(2026, 1, 2)), statement("017", date(2026, 1, 5)))
    bank = naming(kind=DocumentKind.STATEMENT, statements=several)
    assert bank.path("[document_number]") == "2026-014-2026-017"


def test_an_empty_client_variable_is_told_with_the_client() -> None:
    with pytest.raises(EmptyVariable) as caught:
        naming({"file_number": ""}).path("in/[accounting_file_id]")
    assert caught.value.params == {
        "variable": "[accounting_file_id]",
        "client": "Bakkerij De Smet",
    }


def test_an_empty_client_variable_that_is_not_used_does_not_matter() -> None:
    assert naming({"file_number": ""}).path("in/[vat]") == "in/BE0123456749"


# --- paths --------------------------------------------------------------------------------------


def test_the_text_around_variables_stays() -> None:
    template = "\\\\server\\share\\Dossier [external_id]\\in/[vat]_AP/"
    assert naming().path(template) == ("\\\\server\\share\\Dossier 100234\\in/BE0123456749_AP/")


def test_a_segment_without_any_value_is_left_out() -> None:
    assert naming().path("in/[iban]/[year]") == "in/2026"


def test_a_separator_in_a_value_makes_no_folder() -> None:
    path = naming({"name": "A/../../etc"}).path("in/[enterprise_name]/x")
    assert PurePosixPath(path).parts[0::2] == ("in", "x")


def test_an_unknown_variable_is_refused() -> None:
    with pytest.raises(BadTemplate):
        naming().path("in/[nonsense]")


@given(TEXTS, TEXTS, TEXTS)
@settings(max_examples=400)
def test_no_value_leaves_the_folder(name: str, number: str, file_name: str) -> None:
    given_client = {"name": name.strip() or "x"}
    made = naming(given_client, number=number, file_name=file_name)
    try:
        path = f"{made.path(EVERYTHING)}/{made.file_name()}"
    except EmptyVariable:
        assert not name.strip()
        return
    for parts in (PurePosixPath(path).parts, PureWindowsPath(path).parts):
        assert parts[0] == "in"
        assert ".." not in parts
        assert 6 <= len(parts) <= 7
        assert all(safe_segment(part) == part for part in parts)


# --- file names ---------------------------------------------------------------------------------


def test_the_file_name_tells_date_number_and_uid() -> None:
    assert naming().file_name() == "2026-03-31_F-1_0badcafe.xml"


def test_a_long_number_keeps_uid_and_ending() -> None:
    name = naming(number="9" * 200).file_name()
    assert name.endswith("_0badcafe.xml")
    assert len(name.encode()) <= LIMIT


@given(TEXTS)
@settings(max_examples=300)
def test_every_file_name_is_safe(number: str) -> None:
    name = naming(number=number).file_name()
    assert safe_segment(name) == name


@pytest.mark.parametrize(
    ("format", "file_name", "ending"),
    [
        (DocumentFormat.UBL, "x.XML", "xml"),
        (DocumentFormat.UBL, "x", "xml"),
        (DocumentFormat.CII, "invoice.pdf", "pdf"),
        (DocumentFormat.CODA, "0123.txt", "cod"),
        (DocumentFormat.CODA, "0123.COD", "cod"),
        (DocumentFormat.MT940, "x.940", "940"),
        (DocumentFormat.PDF, "x.exe", "pdf"),
        (DocumentFormat.UNKNOWN, "x.DOCX", "docx"),
        (DocumentFormat.UNKNOWN, "x.a:b", "bin"),
        (DocumentFormat.UNKNOWN, "x", "bin"),
    ],
)
def test_the_ending_fits_the_format(format: DocumentFormat, file_name: str, ending: str) -> None:
    assert ending_of(format, file_name) == ending


# --- text and preview ---------------------------------------------------------------------------


def test_text_keeps_what_paths_may_not_hold() -> None:
    assert naming({"name": "A/S: Skov"}).text("[enterprise_name] – [document_number]") == (
        "A/S: Skov – F-1"
    )


def test_text_stays_on_one_line() -> None:
    made = naming(number="F-1\r\nBcc: thief@evil.example")
    assert made.text("[document_number]") == "F-1 Bcc: thief@evil.example"


def test_preview_without_a_client_shows_a_sample() -> None:
    assert preview("in/[enterprise_name]_[vat]/[invoice_type]") == (
        "in/Bakkerij De Smet_BE0123456749/AP"
    )


def test_preview_of_a_client_tells_what_is_missing() -> None:
    with pytest.raises(EmptyVariable):
        preview("in/[vat]", Client("c", "Nieuw", AT))

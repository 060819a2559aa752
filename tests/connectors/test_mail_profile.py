"""What packages ask of mails: kept to when the mail is aimed and when it is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ledgerdesk.connectors import get
from ledgerdesk.connectors._mail_profile import (
    ANY,
    LYANTHE,
    PROFILES,
    MailProfile,
    check,
    profile,
    ruled,
)
from ledgerdesk.connectors.base import TargetRequest
from ledgerdesk.errors import AddressUnusable, DocumentTooLarge, FormatDiffers
from ledgerdesk.model import Direction, DocumentKind, Parcel, SystemClock, Target
from tests.helpers.parcels import DELIVERY, PlainNaming, make_parcel

EMAIL = get("email")
BARE = b"<Invoice><ID>1</ID></Invoice>"
WITH_PDF = (
    b"<Invoice><cac:Attachment><cbc:EmbeddedDocumentBinaryObject mimeCode='application/pdf' "
    b"filename='a.pdf'>JVBERi0=</cbc:EmbeddedDocumentBinaryObject></cac:Attachment></Invoice>"
)
CII_WITH_PDF = (
    b'<ram:AttachmentBinaryObject filename="a.pdf" mimeCode="application/pdf">JVBERi0='
    b"</ram:AttachmentBinaryObject>"
)


def request(kind: DocumentKind, direction: Direction | None) -> TargetRequest:
    now = SystemClock().now()
    return TargetRequest({}, PlainNaming(), kind, direction, "De Smet", DELIVERY, now)


def aimed(
    place: str,
    rules: MailProfile,
    direction: Direction | None = Direction.PURCHASE,
    kind: DocumentKind = DocumentKind.INVOICE,
) -> Target:
    target = Target(place, "a.xml", {"subject": "ours"})
    return ruled(target, request(kind, direction), rules)


def parcel(rules: MailProfile, body: bytes, name: str = "a.xml", **changes: Any) -> Parcel:
    values = {"purchase_address": "a@b.example", "subject": "x", "mail_from_address": "f@o.example"}
    made = make_parcel(EMAIL, values, body)
    return replace(made, target=Target("a@b.example", name, {"rules": rules.id}), **changes)


@pytest.mark.parametrize(
    ("kind", "direction", "subject"),
    [
        (DocumentKind.INVOICE, Direction.PURCHASE, "Purchase"),
        (DocumentKind.INVOICE, Direction.SALE, "Sales"),
        (DocumentKind.CREDIT_NOTE, Direction.PURCHASE, "#RBP"),
        (DocumentKind.CREDIT_NOTE, Direction.SALE, "#RBS"),
    ],
)
def test_lyanthe_reads_the_kind_from_the_subject(
    kind: DocumentKind, direction: Direction, subject: str
) -> None:
    assert aimed("1234567890-99@o.example", LYANTHE, direction, kind).extra["subject"] == subject


@pytest.mark.parametrize(
    ("given", "direction", "place"),
    [
        ("1234567890-99@o.example", Direction.PURCHASE, "1234567890-99p@o.example"),
        ("1234567890-99@o.example", Direction.SALE, "1234567890-99s@o.example"),
        ("1234567890-99p@o.example", Direction.SALE, "1234567890-99s@o.example"),
        ("1234567890-99d@o.example", Direction.PURCHASE, "1234567890-99p@o.example"),
    ],
)
def test_lyanthe_gets_the_ending_of_the_direction(
    given: str, direction: Direction, place: str
) -> None:
    assert aimed(given, LYANTHE, direction).place == place


@pytest.mark.parametrize(
    "given", ["123-99@o.example", "invoices@o.example", "1234567890@o.example"]
)
def test_a_mailbox_with_a_typo_is_refused_before_anything_is_sent(given: str) -> None:
    with pytest.raises(AddressUnusable):
        aimed(given, LYANTHE)


def test_without_rules_the_subject_and_the_address_stay() -> None:
    assert aimed("a@b.example", ANY) == Target(
        "a@b.example", "a.xml", {"subject": "ours", "rules": "any"}
    )


@pytest.mark.parametrize("body", [WITH_PDF, CII_WITH_PDF])
def test_an_xml_with_its_pdf_inside_is_taken(body: bytes) -> None:
    check(parcel(LYANTHE, body), body)


@pytest.mark.parametrize("id", ["lyanthe", "basecone", "trifact365"])
def test_an_xml_without_its_pdf_is_held_back(id: str) -> None:
    with pytest.raises(FormatDiffers):
        check(parcel(profile(id), BARE), BARE)


def test_where_a_pdf_must_lie_beside_an_xml_only_the_pdf_goes() -> None:
    with pytest.raises(FormatDiffers):
        check(parcel(profile("trifact365"), WITH_PDF), WITH_PDF)
    check(parcel(profile("trifact365"), b"%PDF", "a.pdf"), b"%PDF")


def test_a_pdf_needs_no_pdf() -> None:
    check(parcel(LYANTHE, b"%PDF", "a.pdf"), b"%PDF")


def test_a_document_over_the_package_s_limit_is_held_back() -> None:
    with pytest.raises(DocumentTooLarge):
        check(parcel(profile("accountingplatform"), BARE, size=21 * 1024 * 1024), BARE)


def test_a_file_the_package_does_not_take_is_held_back() -> None:
    with pytest.raises(FormatDiffers):
        check(parcel(profile("accountingplatform"), b"0000", "a.cod"), b"0000")


def test_unknown_rules_are_no_rules() -> None:
    assert profile("gone") is ANY


def test_every_rule_says_where_it_is_written() -> None:
    assert [one.id for one in PROFILES if one is not ANY and not one.source] == []


def test_an_address_that_gets_variables_still_has_to_fit() -> None:
    with pytest.raises(AddressUnusable):
        aimed("-99@o.example", LYANTHE)

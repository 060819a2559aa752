"""Peppol's envelope: the bytes inside come out unchanged, whatever it looks like."""

from __future__ import annotations

import base64

import pytest

from ledgerdesk.documents import read
from ledgerdesk.documents.envelope import opened
from ledgerdesk.model import DocumentKind, Severity
from tests.helpers.intake import Papers

NAMESPACE = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
HEADER = (
    '<{p}StandardBusinessDocumentHeader><{p}Sender><{p}Identifier Authority="iso6523-actorid-upis">'
    "0208:0876543210</{p}Identifier></{p}Sender><{p}Receiver><{p}Identifier>0208:0123456749"
    "</{p}Identifier></{p}Receiver><{p}DocumentIdentification><{p}InstanceIdentifier>one-1"
    "</{p}InstanceIdentifier></{p}DocumentIdentification></{p}StandardBusinessDocumentHeader>"
)


def wrapped(payload: bytes, prefix: str = "sh", more: str = "", header: str = HEADER) -> bytes:
    p, xmlns = (f"{prefix}:", f"xmlns:{prefix}") if prefix else ("", "xmlns")
    start = f'<{p}StandardBusinessDocument {xmlns}="{NAMESPACE}"{more}>\n' + header.format(p=p)
    return start.encode() + b"\n" + payload + f"\n</{p}StandardBusinessDocument>\n".encode()


def bare(content: bytes) -> bytes:
    return content.partition(b"?>")[2].strip()


@pytest.fixture
def invoice(seed: int) -> bytes:
    papers = Papers(seed)
    return bare(papers.invoice(papers.others[0], papers.who[0]))


@pytest.mark.parametrize("prefix", ["sh", "", "n-1"])
def test_the_payload_comes_out_byte_for_byte(invoice: bytes, prefix: str):
    envelope = opened(wrapped(invoice, prefix))
    assert envelope is not None
    assert envelope.payload == invoice
    assert (envelope.instance, envelope.sender, envelope.receiver) == (
        *("one-1", "0208:0876543210", "0208:0123456749"),
    )
    assert read(envelope.payload).facts.kind is DocumentKind.INVOICE


def test_a_comment_before_the_payload_stays_outside_or_with_it_and_says_nothing(invoice: bytes):
    envelope = opened(wrapped(b"<!-- </sh:StandardBusinessDocument> -->" + invoice))
    assert envelope is not None
    assert envelope.payload.endswith(invoice)


def test_namespaces_the_envelope_declared_are_carried_over():
    payload = b'<Invoice xmlns="urn:i"><a:ID>1</a:ID><b:X q="&lt;">t</b:X></Invoice>'
    envelope = opened(wrapped(payload, more=' xmlns:a="urn:a" xmlns:b="urn:b&amp;c"'))
    assert envelope is not None
    assert envelope.payload.endswith(payload.removeprefix(b'<Invoice xmlns="urn:i"'))
    assert b' xmlns:a="urn:a"' in envelope.payload and b' xmlns:b="urn:b&amp;c"' in envelope.payload


def test_a_default_namespace_of_the_envelope_is_not_lost():
    envelope = opened(wrapped(b"<Invoice/>", "", header=HEADER))
    assert envelope is not None
    assert envelope.payload == f'<Invoice xmlns="{NAMESPACE}"/>'.encode()


def test_an_envelope_in_latin_1_says_so_outside_too():
    content = b'<?xml version="1.0" encoding="ISO-8859-1"?>' + wrapped(
        b"<Invoice>caf\xe9</Invoice>"
    )
    envelope = opened(content)
    assert envelope is not None
    assert envelope.payload == (
        b'<?xml version="1.0" encoding="ISO-8859-1"?>\n<Invoice>caf\xe9</Invoice>'
    )


def test_what_is_no_xml_lies_there_in_base64():
    inner = base64.b64encode(b"%PDF-1.4 x").decode()
    binary = (
        f'<BinaryContent xmlns="http://peppol.eu/xsd/ticc/envelope/1.0">{inner}</BinaryContent>'
    )
    envelope = opened(wrapped(binary.encode()))
    assert envelope is not None
    assert envelope.payload == b"%PDF-1.4 x"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<Invoice>StandardBusinessDocument</Invoice>",
        wrapped(b""),
        wrapped(b"<a/><b/>"),
        wrapped(b"<a/>", header=""),
        wrapped(b"<a/>")[:-20],
        b"<!DOCTYPE x []>" + wrapped(b"<a/>"),
        wrapped(b"<a/>").decode().encode("utf-16"),
        # The header's end stands in a comment of its own first: nothing is guessed.
        wrapped(b"<a/>", header="<sh:StandardBusinessDocumentHeader><!-- </sh:StandardBusiness"
                "DocumentHeader> <x/> --></sh:StandardBusinessDocumentHeader>"),
        wrapped(b'<BinaryContent xmlns="u">no base64!</BinaryContent>'),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_left_as_it_is(content: bytes):
    assert opened(content) is None


def test_what_the_envelope_says_stays_as_one_clean_line(invoice: bytes):
    header = HEADER.replace("one-1", "one&#10;Bcc: x@y.example" + "z" * 5000)
    envelope = opened(wrapped(invoice, header=header))
    assert envelope is not None
    told = envelope.finding
    assert told.severity is Severity.INFO
    assert "\n" not in told.params["instance"] and len(told.params["instance"]) <= 200


@pytest.mark.parametrize(
    ("customization", "expected"),
    [
        ("urn:fdc:peppol.eu:poacc:trns:invoice_response:3", "invoice response"),
        ("urn:fdc:peppol.eu:poacc:trns:mlr:3", "message level response"),
        ("urn:peppol:edec:mls:1.0", "message level status"),
    ],
)
def test_responses_are_told_apart_and_set_aside(customization: str, expected: str):
    family = "urn:oasis:names:specification:ubl:schema:xsd"
    content = (
        f'<ApplicationResponse xmlns="{family}:ApplicationResponse-2" '
        f'xmlns:b="{family}:CommonBasicComponents-2"><b:CustomizationID>{customization}'
        "</b:CustomizationID></ApplicationResponse>"
    )
    assert read(content.encode()).set_aside == expected

"""The one door for XML: what it refuses, and what it must let through."""

from __future__ import annotations

import pytest

from ledgerdesk.documents import read, xml_door
from ledgerdesk.documents.findings import Refused
from ledgerdesk.model import DocumentFormat, HeldReason
from tests.unit.documents import made
from tests.unit.documents.made import rules


def refusal(content: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        xml_door.parse(content)
    return caught.value


def test_an_invoice_passes() -> None:
    assert xml_door.parse(made.invoice()).tag.endswith("}Invoice")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-16"])
def test_a_document_type_is_refused_in_every_encoding(encoding: str) -> None:
    name = "UTF-8" if encoding == "utf-8" else "UTF-16"
    text = f'<?xml version="1.0" encoding="{name}"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    bom = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    refused = refusal(bom + text.encode(encoding))
    assert refused.held is HeldReason.UNSAFE
    assert rules(refused.findings) == ["LD-XML-DOCTYPE"]


def test_a_document_type_without_entities_is_refused_too() -> None:
    assert rules(refusal(b'<!DOCTYPE a SYSTEM "a.dtd"><a/>').findings) == ["LD-XML-DOCTYPE"]


def test_text_that_only_speaks_of_a_document_type_passes() -> None:
    assert xml_door.parse(b"<a><![CDATA[<!DOCTYPE x>]]></a>").text == "<!DOCTYPE x>"


def test_utf_7_is_refused() -> None:
    content = b'<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-'
    assert refusal(content).held in (HeldReason.UNSAFE, HeldReason.NOT_WELL_FORMED)


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252", "us-ascii", "ISO-8859-15"])
def test_the_encodings_of_europe_pass(encoding: str) -> None:
    assert xml_door.parse(f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode()).tag == "a"


def test_the_deepest_allowed_document_passes_and_one_more_is_refused() -> None:
    deepest = xml_door.MAX_DEPTH
    assert xml_door.parse(b"<a>" * deepest + b"</a>" * deepest).tag == "a"
    refused = refusal(b"<a>" * (deepest + 1) + b"</a>" * (deepest + 1))
    assert rules(refused.findings) == ["LD-XML-DEPTH"]


@pytest.mark.parametrize("piece", [b"<a/>", b"<!--x-->", b"<?x y?>"])
def test_too_many_nodes_are_refused(piece: bytes) -> None:
    content = b"<r>" + piece * (xml_door.MAX_NODES + 1) + b"</r>"
    assert rules(refusal(content).findings) == ["LD-XML-NODES"]


def test_too_many_attributes_are_refused_before_they_are_parsed() -> None:
    content = b"<a " + b" ".join(b'a%d=""' % n for n in range(2 * xml_door.MAX_NODES + 1)) + b"/>"
    assert rules(refusal(content).findings) == ["LD-XML-NODES"]


def test_a_file_above_the_cap_is_refused_unparsed() -> None:
    refused = refusal(b"<a>" + b" " * xml_door.MAX_BYTES + b"</a>")
    assert refused.held is HeldReason.TOO_LARGE


@pytest.mark.parametrize(
    "content", [b"<a>", b"<a></b>", b"<a>\x00</a>", b"<a>&b;</a>", b'\n<?xml version="1.0"?><a/>']
)
def test_damaged_xml_is_not_well_formed(content: bytes) -> None:
    assert refusal(content).held is HeldReason.NOT_WELL_FORMED


@pytest.mark.parametrize("name", ["utf16le-bom.xml", "cp1252-declared.xml"])
def test_an_invoice_in_another_encoding_reads_the_same(name: str) -> None:
    reading = read(made.load(f"encodings/{name}"))
    assert reading.held is None
    assert reading.facts.format is DocumentFormat.UBL
    assert reading.facts.customer.name == "Exemple Client SRL"


def test_accents_survive_a_declared_encoding() -> None:
    content = made.invoice(('encoding="UTF-8"', 'encoding="ISO-8859-1"'), ("Exemple", "Société é"))
    assert read(content.decode().encode("latin-1")).facts.customer.name == "Société é Client SRL"


def test_latin_1_that_says_it_is_utf_8_is_not_well_formed() -> None:
    assert read(made.load("encodings/latin1-undeclared.xml")).held is HeldReason.NOT_WELL_FORMED


def test_an_element_with_a_crowd_of_attributes_is_refused() -> None:
    crowd = b" ".join(b'a%d=""' % n for n in range(xml_door.MAX_ATTRIBUTES + 1))
    assert rules(refusal(b"<r><a " + crowd + b"/></r>").findings) == ["LD-XML-NODES"]
    spread = b'<a b=""/>' * (xml_door.MAX_ATTRIBUTES + 1)
    assert xml_door.parse(b"<r>" + spread + b"</r>").tag == "r"

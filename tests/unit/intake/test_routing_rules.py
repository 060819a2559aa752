"""Whose a document is: every rule, on real documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledgerdesk.model import Direction, DocumentKind, ExportKind, Hints
from ledgerdesk.store import configurations
from tests.helpers.intake import Office, Papers, day, pdf, states, without_number, xml

INVOICE = "invoice"

# --- invoices -----------------------------------------------------------------------------------


def test_an_invoice_to_a_client_is_a_purchase(office: Office, papers: Papers, tmp_path: Path):
    client = office.client(papers.who[0])
    [found] = office.take(tmp_path, papers.invoice(papers.others[0], papers.who[0]))
    assert (found.client_id, found.direction) == (client.id, Direction.PURCHASE)


def test_an_invoice_from_a_client_is_a_sale(office: Office, papers: Papers, tmp_path: Path):
    client = office.client(papers.who[0])
    [found] = office.take(tmp_path, papers.invoice(papers.who[0], papers.others[0]))
    assert (found.client_id, found.direction) == (client.id, Direction.SALE)


def test_an_invoice_between_two_clients_gives_a_sale_and_a_purchase(
    office: Office, papers: Papers, tmp_path: Path
):
    seller, buyer = office.client(papers.who[0]), office.client(papers.who[1])
    found = office.take(tmp_path, papers.invoice(papers.who[0], papers.who[1]))
    assert {(one.client_id, one.direction) for one in found} == {
        (seller.id, Direction.SALE),
        (buyer.id, Direction.PURCHASE),
    }
    assert len({one.sha256 for one in found}) == 1


def test_an_invoice_that_names_no_client_waits_unassigned(
    office: Office, papers: Papers, tmp_path: Path
):
    office.client(papers.who[0])
    found = office.take(tmp_path, papers.invoice(papers.others[0], papers.others[1]))
    assert states(found) == [("unassigned", "")]


def test_a_name_never_makes_a_client(office: Office, papers: Papers, tmp_path: Path):
    office.client(name=papers.who[0].name, company_numbers=("BE0100000070",))
    found = office.take(tmp_path, papers.invoice(papers.others[0], papers.who[0]))
    assert states(found) == [("unassigned", "")]


def test_an_archived_client_owns_nothing(office: Office, papers: Papers, tmp_path: Path):
    office.client(papers.who[0], archived_at=office.clock.now())
    found = office.take(tmp_path, papers.invoice(papers.others[0], papers.who[0]))
    assert states(found) == [("unassigned", "")]


# --- hints fill gaps ----------------------------------------------------------------------------


def test_a_client_and_a_direction_make_an_invoice_of_a_pdf(office: Office, tmp_path: Path):
    client = office.client(share=False)
    hints = Hints(client.id, direction="purchase")
    [found] = office.take(tmp_path, pdf(), hints, "scan.pdf")
    assert found.facts.kind is DocumentKind.INVOICE
    assert (found.client_id, found.direction) == (client.id, Direction.PURCHASE)


@pytest.mark.parametrize("kind", ["", INVOICE, "credit_note"])
def test_a_pdf_with_a_client_and_no_direction_waits_for_it(
    office: Office, tmp_path: Path, kind: str
):
    client = office.client()
    found = office.take(tmp_path, pdf(), Hints(client.id, kind), "scan.pdf")
    assert states(found) == [("unassigned", "direction_unknown")]
    assert found[0].client_id == client.id


def test_a_pdf_nobody_says_anything_of_waits_unassigned(office: Office, tmp_path: Path):
    assert states(office.take(tmp_path, pdf(), name="scan.pdf")) == [("unassigned", "")]


@pytest.mark.parametrize("kind", ["payroll", "card", "other"])
def test_a_kind_that_is_no_invoice_needs_no_direction(office: Office, tmp_path: Path, kind: str):
    client = office.client()
    office.link(client, office.configuration(tmp_path / "out"))
    found = office.take(tmp_path, pdf(), Hints(client.id, kind), "scan.pdf")
    assert states(found) == [("no_destination", "kind_not_configured")]


def test_a_place_fills_the_side_that_names_nobody(office: Office, papers: Papers, tmp_path: Path):
    """The supplier has a number that is not the client's: so the client is the customer."""
    client = office.client(papers.who[0])
    story = papers.story(papers.others[0], without_number(papers.who[0]))
    [found] = office.take(tmp_path, xml(story), Hints(client.id))
    assert (found.client_id, found.direction) == (client.id, Direction.PURCHASE)


@pytest.mark.parametrize(
    "hints",
    [Hints(file_number="K-7"), Hints(client="K-7"), Hints(client="Atelier Étoile")],
    ids=["file number", "called by file number", "called by name"],
)
def test_a_folder_may_call_the_client(office: Office, tmp_path: Path, hints: Hints):
    client = office.client(name="Atelier Étoile", file_number="K-7")
    [found] = office.take(tmp_path, pdf(), hints, "scan.pdf")
    assert found.client_id == client.id


def test_a_folder_may_call_the_client_by_company_number(
    office: Office, papers: Papers, tmp_path: Path
):
    client = office.client(papers.who[0])
    written = f"{papers.who[0].number[:2]} {papers.who[0].number[2:]}"
    [found] = office.take(tmp_path, pdf(), Hints(client=written), "scan.pdf")
    assert found.client_id == client.id


def test_a_decomposed_name_is_the_same_name(office: Office, tmp_path: Path):
    client = office.client(name="Café Bleu")
    [found] = office.take(tmp_path, pdf(), Hints(client="Café Bleu"), "scan.pdf")
    assert found.client_id == client.id


def test_a_place_that_nobody_knows_says_nothing(office: Office, papers: Papers, tmp_path: Path):
    client = office.client(papers.who[0])
    content = papers.invoice(papers.others[0], papers.who[0])
    [found] = office.take(tmp_path, content, Hints(file_number="unheard-of"))
    assert found.client_id == client.id


# --- hints that contradict hold -----------------------------------------------------------------


def test_a_document_that_names_another_client_is_held(
    office: Office, papers: Papers, tmp_path: Path
):
    office.client(papers.who[0])
    place = office.client(papers.who[1])
    content = papers.invoice(papers.others[0], papers.who[0])
    assert states(office.take(tmp_path, content, Hints(place.id))) == [("held", "other_client")]


def test_a_document_of_strangers_in_a_clients_place_is_held(
    office: Office, papers: Papers, tmp_path: Path
):
    place = office.client(papers.who[0])
    content = papers.invoice(papers.others[0], papers.others[1])
    assert states(office.take(tmp_path, content, Hints(place.id))) == [("held", "other_client")]


def test_the_same_document_is_accepted_while_the_clients_number_is_not_known(
    office: Office, papers: Papers, tmp_path: Path
):
    place = office.client(share=False)
    content = papers.invoice(papers.others[0], papers.others[1])
    found = office.take(tmp_path, content, Hints(place.id, direction="purchase"))
    assert states(found) == [("no_destination", "sharing_off")]


def test_the_side_a_direction_means_must_not_be_somebody_elses(
    office: Office, papers: Papers, tmp_path: Path
):
    place = office.client(papers.who[0])
    story = papers.story(papers.others[0], without_number(papers.others[1]))
    hints = Hints(place.id, direction="sale")
    assert states(office.take(tmp_path, xml(story), hints)) == [("held", "other_client")]


def test_a_sale_in_the_folder_for_purchases_is_held(office: Office, papers: Papers, tmp_path: Path):
    office.client(papers.who[0])
    content = papers.invoice(papers.who[0], papers.others[0])
    found = office.take(tmp_path, content, Hints(direction="purchase"))
    assert states(found) == [("held", "other_client")]


def test_a_document_between_two_clients_contradicts_neither_of_them(
    office: Office, papers: Papers, tmp_path: Path
):
    office.client(papers.who[0])
    buyer = office.client(papers.who[1])
    content = papers.invoice(papers.who[0], papers.who[1])
    found = office.take(tmp_path, content, Hints(buyer.id, direction="purchase"))
    assert states(found) == [("no_destination", "no_link")] * 2


def test_an_invoice_in_a_place_for_statements_is_held(
    office: Office, papers: Papers, tmp_path: Path
):
    office.client(papers.who[0])
    content = papers.invoice(papers.others[0], papers.who[0])
    assert states(office.take(tmp_path, content, Hints(kind="statement"))) == [("held", "conflict")]


# --- statements ---------------------------------------------------------------------------------


def test_the_account_decides_whose_a_statement_is(office: Office, papers: Papers, tmp_path: Path):
    client = office.client(ibans=(papers.who[0].iban,))
    office.client(company_numbers=(papers.who[0].number,))
    [found] = office.take(tmp_path, papers.bank_file(papers.who[0]), name="a.cod")
    assert found.client_id == client.id
    assert found.direction is None


def test_the_holders_number_decides_for_an_unknown_account(
    office: Office, papers: Papers, tmp_path: Path
):
    client = office.client(company_numbers=(papers.who[0].number,))
    [found] = office.take(tmp_path, papers.bank_file(papers.who[0]), name="a.cod")
    assert found.client_id == client.id


def test_a_statement_of_nobody_waits_unassigned(office: Office, papers: Papers, tmp_path: Path):
    found = office.take(tmp_path, papers.bank_file(papers.who[0]), name="a.cod")
    assert states(found) == [("unassigned", "")]


def test_another_clients_statement_is_held(office: Office, papers: Papers, tmp_path: Path):
    office.client(papers.who[0])
    place = office.client(papers.who[1])
    found = office.take(tmp_path, papers.bank_file(papers.who[0]), Hints(place.id), "a.cod")
    assert states(found) == [("held", "other_client")]


def test_an_account_that_is_not_the_clients_is_held(office: Office, papers: Papers, tmp_path: Path):
    place = office.client(papers.who[1])
    found = office.take(tmp_path, papers.bank_file(papers.who[0]), Hints(place.id), "a.cod")
    assert states(found) == [("held", "other_client")]


def test_an_account_other_than_the_folders_is_held(office: Office, papers: Papers, tmp_path: Path):
    office.client(papers.who[0])
    hints = Hints(iban=papers.who[1].iban)
    found = office.take(tmp_path, papers.bank_file(papers.who[0]), hints, "a.cod")
    assert states(found) == [("held", "other_client")]


def test_a_place_fills_in_whose_an_account_is(office: Office, papers: Papers, tmp_path: Path):
    place = office.client(share=False)
    found = office.take(tmp_path, papers.bank_file(papers.who[0]), Hints(place.id), "a.cod")
    assert states(found) == [("no_destination", "sharing_off")]
    assert found[0].client_id == place.id


def test_a_bank_file_of_one_client_travels_whole(office: Office, papers: Papers, tmp_path: Path):
    office.client(papers.who[0])
    content = papers.bank_file(papers.who[0], papers.who[0])
    [found] = office.take(tmp_path, content, name="a.cod")
    assert office.blobs.read(found.sha256) == content


def test_a_bank_file_of_two_clients_is_split_and_every_byte_kept(
    office: Office, papers: Papers, tmp_path: Path
):
    one, other = papers.who[0], papers.who[1]
    owners = {office.client(one).id, office.client(other).id}
    content = papers.bank_file(one, other)
    found = office.take(tmp_path, content, name="a.cod")
    assert {each.client_id for each in found} == owners
    assert b"".join(office.blobs.read(each.sha256) for each in found) == content


def test_the_part_of_nobody_waits_alone(office: Office, papers: Papers, tmp_path: Path):
    client = office.client(papers.who[0])
    found = office.take(tmp_path, papers.bank_file(papers.who[0], papers.who[1]), name="a.cod")
    assert [each.client_id for each in found] == [client.id, ""]


# --- destinations -------------------------------------------------------------------------------


def _purchase(office: Office, papers: Papers, tmp_path: Path) -> list[tuple[str, str]]:
    content = papers.invoice(papers.others[0], papers.who[0])
    return states(office.take(tmp_path, content))


def test_a_linked_client_is_ready_and_its_delivery_made(
    office: Office, papers: Papers, tmp_path: Path
):
    office.link(office.client(papers.who[0]), office.configuration(tmp_path / "out"))
    assert _purchase(office, papers, tmp_path) == [("ready", "")]
    assert [one.state for one in office.deliveries()] == ["queued"]


def test_sharing_off(office: Office, papers: Papers, tmp_path: Path):
    client = office.client(papers.who[0], share=False)
    office.link(client, office.configuration(tmp_path / "out"))
    assert _purchase(office, papers, tmp_path) == [("no_destination", "sharing_off")]
    assert office.deliveries() == []


def test_no_link(office: Office, papers: Papers, tmp_path: Path):
    office.client(papers.who[0])
    assert _purchase(office, papers, tmp_path) == [("no_destination", "no_link")]


def test_kind_not_configured(office: Office, papers: Papers, tmp_path: Path):
    statements_only = office.configuration(tmp_path / "out", [ExportKind.STATEMENTS])
    office.link(office.client(papers.who[0]), statements_only)
    assert _purchase(office, papers, tmp_path) == [("no_destination", "kind_not_configured")]


@pytest.mark.parametrize(("late", "reason"), [(0, ""), (1, "before_start")])
def test_the_documents_own_date_is_compared_with_the_links_start(
    office: Office, papers: Papers, tmp_path: Path, late: int, reason: str
):
    story = papers.story(papers.others[0], papers.who[0])
    since = day(story.issued.isoformat()).toordinal() + late
    start = day(story.issued.isoformat()).fromordinal(since)
    office.link(office.client(papers.who[0]), office.configuration(tmp_path / "out"), since=start)
    [found] = office.take(tmp_path, xml(story))
    assert found.reason == reason


def test_a_document_after_the_links_end_has_no_link(office: Office, papers: Papers, tmp_path: Path):
    client = office.client(papers.who[0])
    office.link(client, office.configuration(tmp_path / "out"), until=day("2020-12-31"))
    assert _purchase(office, papers, tmp_path) == [("no_destination", "no_link")]


def test_a_package_that_was_removed_takes_nothing(office: Office, papers: Papers, tmp_path: Path):
    package = office.configuration(tmp_path / "out")
    office.link(office.client(papers.who[0]), package)
    office.books.write(lambda c: configurations.remove(c, package.id, office.clock.now()))
    assert _purchase(office, papers, tmp_path) == [("no_destination", "kind_not_configured")]

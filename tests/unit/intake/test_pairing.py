"""One invoice as data and as PDF: one of the two is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledgerdesk import settings
from ledgerdesk.model import Client, Document, Profile
from ledgerdesk.practice.markup import document
from ledgerdesk.practice.ubl import ubl
from ledgerdesk.store import settings as kept
from tests.helpers.intake import Office, Papers, pdf, states, xml


@pytest.fixture
def client(office: Office, papers: Papers, tmp_path: Path) -> Client:
    made = office.client(papers.who[0])
    office.link(made, office.configuration(tmp_path / "out"))
    return made


def choose(office: Office, what: str) -> None:
    office.books.write(lambda c: kept.put(c, settings.INVOICE_PAIR, what))


def carrying(papers: Papers, picture: bytes) -> bytes:
    story = papers.story(papers.others[0], papers.who[0])
    return document(ubl(story, Profile.PEPPOL_BIS_3, picture))


def plain(papers: Papers) -> bytes:
    return xml(papers.story(papers.others[0], papers.who[0]))


def both(office: Office, place: Path, data: bytes, picture: bytes) -> tuple[Document, Document]:
    """The invoice and its PDF, in one folder under one name."""
    office.lay(place / "F 12.xml", data)
    office.lay(place / "F 12.PDF", picture)
    found = office.add(place)
    by_format = {one.facts.format.value: one for one in found}
    return by_format["ubl"], by_format["pdf"]


@pytest.mark.usefixtures("client")
def test_a_pdf_that_an_invoice_carries_is_not_sent_beside_it(
    office: Office, papers: Papers, tmp_path: Path
) -> None:
    picture = pdf("one")
    [invoice] = office.take(tmp_path / "a", carrying(papers, picture))
    [second] = office.take(tmp_path / "b", picture, name="other name.pdf")
    assert states([invoice, second]) == [("ready", ""), ("set_aside", "paired")]
    assert second.duplicate_of == invoice.id


@pytest.mark.usefixtures("client")
def test_a_pdf_that_waited_is_set_aside_when_its_invoice_comes(
    office: Office, papers: Papers, tmp_path: Path
) -> None:
    picture = pdf("two")
    [first] = office.take(tmp_path / "a", picture, name="x.pdf")
    assert first.state == "unassigned"
    [invoice] = office.take(tmp_path / "b", carrying(papers, picture))
    first = office.document(first.id)
    assert states([first, invoice]) == [("set_aside", "paired"), ("ready", "")]
    assert "document.paired" in office.told(first.id)


@pytest.mark.usefixtures("client")
def test_the_same_name_in_the_same_place_is_one_invoice(
    office: Office, papers: Papers, tmp_path: Path
) -> None:
    invoice, picture = both(office, tmp_path / "in", plain(papers), pdf("three"))
    assert states([invoice, picture]) == [("ready", ""), ("set_aside", "paired")]
    assert len(office.deliveries()) == 1


@pytest.mark.usefixtures("client")
def test_other_names_are_other_documents(office: Office, papers: Papers, tmp_path: Path) -> None:
    office.lay(tmp_path / "in" / "a.xml", plain(papers))
    office.lay(tmp_path / "in" / "b.pdf", pdf("four"))
    assert {one.reason for one in office.add(tmp_path / "in")} == {""}


@pytest.mark.usefixtures("client")
def test_the_same_name_in_another_place_is_another_document(
    office: Office, papers: Papers, tmp_path: Path
) -> None:
    office.lay(tmp_path / "in" / "x" / "a.xml", plain(papers))
    office.lay(tmp_path / "in" / "y" / "a.pdf", pdf("five"))
    assert {one.reason for one in office.add(tmp_path / "in")} == {""}


@pytest.mark.usefixtures("client")
def test_a_name_that_is_used_again_later_pairs_nothing(
    office: Office, papers: Papers, tmp_path: Path
) -> None:
    place = tmp_path / "in"
    office.lay(place / "invoice.pdf", pdf("six"))
    [first] = office.add(place / "invoice.pdf")
    office.clock.forward(days=30)
    office.lay(place / "invoice.xml", plain(papers))
    [later] = office.add(place / "invoice.xml")
    assert (office.document(first.id).state, later.state) == ("unassigned", "ready")


@pytest.mark.usefixtures("client")
def test_by_setting_the_pdf_is_sent_as_the_clients_invoice(
    office: Office, papers: Papers, tmp_path: Path
) -> None:
    choose(office, "pdf")
    invoice, picture = both(office, tmp_path / "in", plain(papers), pdf("seven"))
    assert states([invoice, picture]) == [("set_aside", "paired"), ("ready", "")]
    assert (picture.client_id, picture.direction) == (invoice.client_id, "purchase")
    assert [one.document_id for one in office.deliveries()] == [picture.id]


@pytest.mark.usefixtures("client")
def test_by_setting_nothing_is_paired(office: Office, papers: Papers, tmp_path: Path) -> None:
    choose(office, "both")
    invoice, picture = both(office, tmp_path / "in", plain(papers), pdf("eight"))
    assert [invoice.reason, picture.reason] == ["", ""]


@pytest.mark.usefixtures("client")
def test_when_the_pdf_left_already_the_invoice_waits_for_a_person(
    office: Office, papers: Papers, tmp_path: Path
) -> None:
    from dataclasses import replace

    from ledgerdesk.model import DeliveryState, Hints
    from ledgerdesk.store import deliveries

    picture = pdf("nine")
    hints = Hints(papers_client(office), direction="purchase")
    [first] = office.take(tmp_path / "a", picture, hints, name="x.pdf")
    [sent] = office.deliveries(first.id)
    office.books.write(lambda c: deliveries.update(c, replace(sent, state=DeliveryState.DELIVERED)))
    [invoice] = office.take(tmp_path / "b", carrying(papers, picture))
    assert states([invoice]) == [("held", "conflict")]
    assert invoice.duplicate_of == first.id


def test_a_pdf_of_another_client_is_not_paired(
    client: Client, office: Office, papers: Papers, tmp_path: Path
) -> None:
    from ledgerdesk.model import Hints

    other = office.client(papers.who[1])
    picture = pdf("ten")
    hints = Hints(other.id, direction="purchase")
    [first] = office.take(tmp_path / "a", picture, hints, name="x.pdf")
    [invoice] = office.take(tmp_path / "b", carrying(papers, picture))
    assert [office.document(first.id).reason, invoice.reason] == ["no_link", ""]


@pytest.mark.usefixtures("client")
def test_what_was_paired_can_be_taken_back(office: Office, papers: Papers, tmp_path: Path) -> None:
    _, picture = both(office, tmp_path / "in", plain(papers), pdf("eleven"))
    [restored] = office.triage.restore([picture.id])
    assert (restored.state, restored.duplicate_of) == ("unassigned", "")


def papers_client(office: Office) -> str:
    from ledgerdesk.store import clients

    with office.books.read() as c:
        return clients.listed(c)[0].id

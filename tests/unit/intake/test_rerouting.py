"""Routing is looked at again whenever a client, a link or a configuration changes."""

from __future__ import annotations

from pathlib import Path

from ledgerdesk.intake.routing import reroute
from ledgerdesk.model import Direction, Hints
from ledgerdesk.store import clients
from tests.helpers.intake import Office, Papers, pdf, states


def again(office: Office) -> None:
    office.books.write(lambda c: reroute(c, office.clock.now()))


def test_a_new_client_gets_what_waited_for_it(office: Office, papers: Papers, tmp_path: Path):
    [found] = office.take(tmp_path, papers.invoice(papers.others[0], papers.who[0]))
    client = office.client(papers.who[0])
    again(office)
    assert office.document(found.id).client_id == client.id
    assert office.told(found.id) == ["document.taken_in", "document.routed"]


def test_a_second_client_in_a_waiting_document_gets_its_own(
    office: Office, papers: Papers, tmp_path: Path
):
    office.client(papers.who[0])
    office.take(tmp_path, papers.invoice(papers.who[0], papers.who[1]))
    buyer = office.client(papers.who[1])
    again(office)
    assert {(one.client_id == buyer.id, one.direction) for one in office.documents()} == {
        (False, Direction.SALE),
        (True, Direction.PURCHASE),
    }


def test_looking_again_twice_changes_nothing_more(office: Office, papers: Papers, tmp_path: Path):
    office.take(tmp_path, papers.invoice(papers.who[0], papers.who[1]))
    office.client(papers.who[0])
    office.client(papers.who[1])
    again(office)
    before = office.documents()
    again(office)
    assert office.documents() == before


def test_a_new_link_sends_what_waited(office: Office, papers: Papers, tmp_path: Path):
    client = office.client(papers.who[0])
    [found] = office.take(tmp_path, papers.invoice(papers.others[0], papers.who[0]))
    office.link(client, office.configuration(tmp_path / "out"))
    assert office.document(found.id).state == "ready"
    assert [one.state for one in office.deliveries(found.id)] == ["queued"]


def test_a_copy_link_gets_documents_that_were_ready_before(
    office: Office, papers: Papers, tmp_path: Path
):
    from ledgerdesk.model import LinkRole

    client = office.client(papers.who[0])
    office.link(client, office.configuration(tmp_path / "out"))
    [found] = office.take(tmp_path, papers.invoice(papers.others[0], papers.who[0]))
    office.link(client, office.configuration(tmp_path / "copy"), role=LinkRole.COPY)
    assert [one.state for one in office.deliveries(found.id)] == ["queued", "queued"]


def test_switching_sharing_off_withdraws_what_did_not_leave(
    office: Office, papers: Papers, tmp_path: Path
):
    client = office.client(papers.who[0])
    office.link(client, office.configuration(tmp_path / "out"))
    [found] = office.take(tmp_path, papers.invoice(papers.others[0], papers.who[0]))
    office.change(client, share=False)
    assert states([office.document(found.id)]) == [("no_destination", "sharing_off")]
    assert [one.state for one in office.deliveries(found.id)] == ["cancelled"]


def test_switching_sharing_on_again_queues_the_same_delivery(
    office: Office, papers: Papers, tmp_path: Path
):
    client = office.client(papers.who[0])
    office.link(client, office.configuration(tmp_path / "out"))
    [found] = office.take(tmp_path, papers.invoice(papers.others[0], papers.who[0]))
    office.change(office.change(client, share=False), share=True)
    assert [one.state for one in office.deliveries(found.id)] == ["queued"]


def test_a_number_that_was_missing_releases_what_was_held_for_another(
    office: Office, papers: Papers, tmp_path: Path
):
    place = office.client(papers.who[1])
    content = papers.bank_file(papers.who[0])
    [found] = office.take(tmp_path, content, Hints(place.id), "a.cod")
    office.change(place, ibans=(papers.who[1].iban, papers.who[0].iban))
    assert states([office.document(found.id)]) == [("no_destination", "no_link")]


def test_what_a_reader_held_stays_held_and_gets_its_client(
    office: Office, papers: Papers, tmp_path: Path
):
    content = papers.invoice(papers.others[0], papers.who[0])
    broken = content.replace(b"<cbc:IssueDate>", b"<cbc:Strange>x</cbc:Strange><cbc:IssueDate>", 1)
    [found] = office.take(tmp_path, broken)
    client = office.client(papers.who[0])
    again(office)
    after = office.document(found.id)
    assert (after.state, after.reason, after.client_id) == ("held", "schema_invalid", client.id)


def test_what_a_person_decided_stays(office: Office, papers: Papers, tmp_path: Path):
    [found] = office.take(tmp_path, papers.invoice(papers.others[0], papers.who[0]))
    chosen = office.client()
    office.triage.assign([found.id], chosen.id, direction=Direction.PURCHASE)
    office.client(papers.who[0])
    again(office)
    assert [(one.id, one.client_id) for one in office.documents()] == [(found.id, chosen.id)]


def test_a_document_that_turns_out_to_be_a_copy_becomes_a_duplicate(
    office: Office, papers: Papers, tmp_path: Path
):
    """Its twin came in by a road that knew the client."""
    content = papers.bank_file(papers.who[0])
    [waiting] = office.take(tmp_path, content, name="a.cod")
    client = office.client()
    [known] = office.take(tmp_path, content, Hints(client.id), "a.cod")
    office.change(client, ibans=(papers.who[0].iban,))
    assert office.document(waiting.id).duplicate_of == known.id


def test_a_bank_file_of_clients_known_later_is_split_at_the_next_intake(
    office: Office, papers: Papers, tmp_path: Path
):
    content = papers.bank_file(papers.who[0], papers.who[1])
    [whole] = office.take(tmp_path, content, name="a.cod")
    owners = {office.client(papers.who[0]).id, office.client(papers.who[1]).id}
    again(office)
    assert states([office.document(whole.id)]) == [("unassigned", "several_clients")]
    office.look()
    assert states([office.document(whole.id)]) == [("set_aside", "split")]
    parts = [one for one in office.documents() if one.id != whole.id]
    assert {one.client_id for one in parts} == owners
    assert b"".join(office.blobs.read(one.sha256) for one in parts) == content


def test_the_documents_of_an_archived_client_wait_again(
    office: Office, papers: Papers, tmp_path: Path
):
    client = office.client(papers.who[0])
    office.link(client, office.configuration(tmp_path / "out"))
    [found] = office.take(tmp_path, papers.invoice(papers.others[0], papers.who[0]))
    office.change(client, archived_at=office.clock.now())
    assert states([office.document(found.id)]) == [("unassigned", "")]
    assert [one.state for one in office.deliveries(found.id)] == ["cancelled"]


def test_a_pdf_in_a_folder_called_after_a_client_that_is_added_later(
    office: Office, tmp_path: Path
):
    hints = Hints(client="Nieuw", direction="sale")
    [found] = office.take(tmp_path, pdf(), hints, "scan.pdf")
    client = office.client(name="Nieuw")
    again(office)
    after = office.document(found.id)
    assert (after.client_id, after.direction) == (client.id, Direction.SALE)


def test_a_removed_link_takes_nothing_with_it_that_has_left(
    office: Office, papers: Papers, tmp_path: Path
):
    from dataclasses import replace
    from datetime import date

    from ledgerdesk.model import DeliveryState
    from ledgerdesk.store import deliveries

    client = office.client(papers.who[0])
    links = office.link(client, office.configuration(tmp_path / "out"))
    [found] = office.take(tmp_path, papers.invoice(papers.others[0], papers.who[0]))
    [sent] = office.deliveries(found.id)

    def work(c) -> None:
        deliveries.update(c, replace(sent, state=DeliveryState.DELIVERED))
        for one in links:
            clients.update_link(c, replace(one, until=date(2020, 1, 1)))
        reroute(c, office.clock.now())

    office.books.write(work)
    assert office.document(found.id).state == "ready"
    assert [one.state for one in office.deliveries(found.id)] == ["delivered"]


def test_a_side_that_a_person_gave_to_another_client_is_not_made_again(
    office: Office, papers: Papers, tmp_path: Path
):
    seller, buyer = office.client(papers.who[0]), office.client(papers.who[1])
    found = office.take(tmp_path, papers.invoice(papers.who[0], papers.who[1]))
    [purchase] = [one for one in found if one.client_id == buyer.id]
    chosen = office.client()
    office.triage.assign([purchase.id], chosen.id, direction=Direction.PURCHASE)
    again(office)
    assert {one.client_id for one in office.documents()} == {seller.id, chosen.id}

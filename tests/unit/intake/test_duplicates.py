"""One document, once, whatever the road."""

from __future__ import annotations

from pathlib import Path

from ledgerdesk.model import Hints
from tests.helpers.intake import Office, Papers, more_expensive, pdf, states, xml


def test_the_same_file_again_is_a_duplicate_of_the_first(
    office: Office, papers: Papers, tmp_path: Path
):
    office.client(papers.who[0])
    content = papers.invoice(papers.others[0], papers.who[0])
    [first] = office.take(tmp_path, content)
    [second] = office.take(tmp_path, content)
    assert (second.state, second.duplicate_of) == ("duplicate", first.id)


def test_duplicates_are_found_within_one_batch(office: Office, tmp_path: Path):
    for name in ("a.pdf", "b.pdf", "c.pdf"):
        office.lay(tmp_path / "inbox" / name, pdf())
    found = office.add(tmp_path / "inbox")
    assert [one.state for one in found] == ["unassigned", "duplicate", "duplicate"]
    assert {one.duplicate_of for one in found[1:]} == {found[0].id}


def test_the_same_file_for_two_clients_is_two_documents(office: Office, tmp_path: Path):
    one, other = office.client(), office.client()
    office.take(tmp_path, pdf(), Hints(one.id, direction="purchase"))
    found = office.take(tmp_path, pdf(), Hints(other.id, direction="purchase"))
    assert states(found) == [("no_destination", "no_link")]


def test_the_same_file_between_two_clients_again_is_two_duplicates(
    office: Office, papers: Papers, tmp_path: Path
):
    office.client(papers.who[0])
    office.client(papers.who[1])
    content = papers.invoice(papers.who[0], papers.who[1])
    office.take(tmp_path, content)
    assert [one.state for one in office.take(tmp_path, content)] == ["duplicate"] * 2


def test_the_same_invoice_in_other_bytes_is_a_duplicate(
    office: Office, papers: Papers, tmp_path: Path
):
    office.client(papers.who[0])
    story = papers.story(papers.others[0], papers.who[0])
    [first] = office.take(tmp_path, xml(story))
    [second] = office.take(tmp_path, xml(story, indent="\t"))
    assert second.sha256 != first.sha256
    assert (second.state, second.duplicate_of) == ("duplicate", first.id)


def test_the_same_number_with_another_amount_is_held_and_names_the_first(
    office: Office, papers: Papers, tmp_path: Path
):
    office.client(papers.who[0])
    story = papers.story(papers.others[0], papers.who[0])
    [first] = office.take(tmp_path, xml(story))
    [second] = office.take(tmp_path, xml(more_expensive(story)))
    assert (second.state, second.reason) == ("held", "conflict")
    assert second.duplicate_of == first.id


def test_a_second_copy_of_the_conflicting_one_is_its_duplicate(
    office: Office, papers: Papers, tmp_path: Path
):
    office.client(papers.who[0])
    story = papers.story(papers.others[0], papers.who[0])
    office.take(tmp_path, xml(story))
    [held] = office.take(tmp_path, xml(more_expensive(story)))
    [again] = office.take(tmp_path, xml(more_expensive(story), indent=" "))
    assert (again.state, again.duplicate_of) == ("duplicate", held.id)


def test_a_statement_by_another_road_is_a_duplicate(office: Office, papers: Papers, tmp_path: Path):
    """Another portal writes its own header: file reference and creation date differ."""
    office.client(papers.who[0])
    content = papers.bank_file(papers.who[0])
    other_road = content[:24] + b"OTHERPORTA" + content[34:]
    [first] = office.take(tmp_path, content, name="a.cod")
    [second] = office.take(tmp_path, other_road, name="b.cod")
    assert second.sha256 != first.sha256
    assert (second.state, second.duplicate_of) == ("duplicate", first.id)


def test_the_copy_of_a_held_file_is_a_duplicate(office: Office, tmp_path: Path):
    [first] = office.take(tmp_path, b"<broken")
    [second] = office.take(tmp_path, b"<broken")
    assert (first.state, second.state) == ("held", "duplicate")


def test_the_copy_of_a_file_that_was_set_aside_is_a_duplicate(office: Office, tmp_path: Path):
    [first] = office.take(tmp_path, pdf())
    office.triage.set_aside([first.id], "advertising")
    assert [one.state for one in office.take(tmp_path, pdf())] == ["duplicate"]


def test_a_bare_pdf_is_only_a_duplicate_of_its_own_bytes(office: Office, tmp_path: Path):
    client = office.client()
    hints = Hints(client.id, direction="purchase")
    office.take(tmp_path, pdf("one"), hints)
    assert states(office.take(tmp_path, pdf("two"), hints)) == [("no_destination", "no_link")]


def test_a_duplicate_is_never_sent(office: Office, papers: Papers, tmp_path: Path):
    office.link(office.client(papers.who[0]), office.configuration(tmp_path / "out"))
    story = papers.story(papers.others[0], papers.who[0])
    for content in (xml(story), xml(story), xml(story, indent="")):
        office.take(tmp_path / "in", content)
    assert len(office.deliveries()) == 1

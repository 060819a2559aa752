"""What a person decides: assign, release, set aside, restore."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ledgerdesk.errors import (
    ContentGone,
    DirectionUnknown,
    MissingValue,
    NotPossibleNow,
    UnknownId,
)
from ledgerdesk.intake import files
from ledgerdesk.model import (
    DeliveryState,
    Direction,
    Document,
    DocumentKind,
    DocumentState,
    Hints,
)
from ledgerdesk.store import deliveries
from tests.helpers.intake import Office, Papers, more_expensive, pdf, states, xml

UNSAFE = b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'


def linked(office: Office, tmp_path: Path, business=None):
    client = office.client(business)
    office.link(client, office.configuration(tmp_path / f"out-{client.id}"))
    return client


def invalid(papers: Papers) -> bytes:
    content = papers.invoice(papers.others[0], papers.who[0])
    return content.replace(b"<cbc:IssueDate>", b"<cbc:Strange>x</cbc:Strange><cbc:IssueDate>", 1)


# --- assign -------------------------------------------------------------------------------------


def test_assigning_with_a_direction_sends_a_pdf(office: Office, tmp_path: Path):
    client = linked(office, tmp_path)
    [found] = office.take(tmp_path, pdf(), name="scan.pdf")
    [after] = office.triage.assign([found.id], client.id, direction=Direction.SALE)
    assert (after.state, after.client_id, after.direction) == ("ready", client.id, "sale")
    assert after.facts.kind is DocumentKind.INVOICE
    assert [one.state for one in office.deliveries(found.id)] == ["queued"]
    assert office.told(found.id)[:2] == ["document.taken_in", "document.assigned"]


def test_assigning_a_pdf_without_a_direction_changes_nothing(office: Office, tmp_path: Path):
    client = linked(office, tmp_path)
    [found] = office.take(tmp_path, pdf(), name="scan.pdf")
    with pytest.raises(DirectionUnknown):
        office.triage.assign([found.id], client.id)
    assert office.document(found.id) == found


def test_an_invoice_says_its_direction_itself(office: Office, papers: Papers, tmp_path: Path):
    place = office.client(papers.who[1])
    client = linked(office, tmp_path, papers.who[0])
    content = papers.invoice(papers.others[0], papers.who[0])
    [held] = office.take(tmp_path, content, Hints(place.id))
    [after] = office.triage.assign([held.id], client.id)
    assert (after.state, after.direction) == ("ready", "purchase")


def test_a_statement_needs_no_direction(office: Office, papers: Papers, tmp_path: Path):
    client = linked(office, tmp_path)
    [found] = office.take(tmp_path, papers.bank_file(papers.who[0]), name="a.cod")
    [after] = office.triage.assign([found.id], client.id)
    assert (after.state, after.direction) == ("ready", None)


def test_a_kind_makes_a_file_of_unknown_kind_sendable(office: Office, tmp_path: Path):
    client = linked(office, tmp_path)
    [found] = office.take(tmp_path, b"words", name="letter.txt")
    [after] = office.triage.assign([found.id], client.id, DocumentKind.STATEMENT)
    assert after.state == "ready"


def test_a_hold_of_the_schema_outlives_an_assignment(
    office: Office, papers: Papers, tmp_path: Path
):
    client = linked(office, tmp_path, papers.who[0])
    [found] = office.take(tmp_path, invalid(papers))
    [after] = office.triage.assign([found.id], client.id)
    assert states([after]) == [("held", "schema_invalid")]


def test_assigning_elsewhere_withdraws_what_did_not_leave(
    office: Office, papers: Papers, tmp_path: Path
):
    linked(office, tmp_path, papers.who[0])
    other = linked(office, tmp_path)
    [found] = office.take(tmp_path, papers.invoice(papers.others[0], papers.who[0]))
    office.triage.assign([found.id], other.id, direction=Direction.PURCHASE)
    assert [(one.state, one.client_id == other.id) for one in office.deliveries(found.id)] == [
        ("cancelled", False),
        ("queued", True),
    ]


def test_assigning_to_whoever_has_it_already_makes_a_duplicate(office: Office, tmp_path: Path):
    client = linked(office, tmp_path)
    [waiting] = office.take(tmp_path, pdf(), name="scan.pdf")
    [known] = office.take(tmp_path, pdf(), Hints(client.id, direction="sale"), "scan.pdf")
    [after] = office.triage.assign([waiting.id], client.id, direction=Direction.SALE)
    assert (after.state, after.duplicate_of) == ("duplicate", known.id)


def test_several_are_assigned_together_or_not_at_all(office: Office, tmp_path: Path):
    client = linked(office, tmp_path)
    [good] = office.take(tmp_path, pdf("a"), name="a.pdf")
    [poor] = office.take(tmp_path, UNSAFE)
    with pytest.raises(NotPossibleNow):
        office.triage.assign([good.id, poor.id], client.id, direction=Direction.SALE)
    assert office.document(good.id).client_id == ""


@pytest.mark.parametrize("which", ["document", "client"])
def test_assigning_needs_ids_that_exist(office: Office, tmp_path: Path, which: str):
    client = linked(office, tmp_path)
    [found] = office.take(tmp_path, pdf())
    ids = {"document": ("nothing", client.id), "client": (found.id, "nobody")}[which]
    with pytest.raises(UnknownId):
        office.triage.assign([ids[0]], ids[1], direction=Direction.SALE)


# --- release ------------------------------------------------------------------------------------


def test_releasing_a_schema_invalid_invoice_sends_it(
    office: Office, papers: Papers, tmp_path: Path
):
    linked(office, tmp_path, papers.who[0])
    [found] = office.take(tmp_path, invalid(papers))
    [after] = office.triage.release([found.id], "the supplier cannot do better")
    assert (after.state, after.released) == ("ready", True)
    assert [one.state for one in office.deliveries(found.id)] == ["queued"]


def test_releasing_a_conflict_sends_it_too(office: Office, papers: Papers, tmp_path: Path):
    linked(office, tmp_path, papers.who[0])
    story = papers.story(papers.others[0], papers.who[0])
    office.take(tmp_path, xml(story))
    [held] = office.take(tmp_path, xml(more_expensive(story)))
    [after] = office.triage.release([held.id], "a second delivery")
    assert (after.state, after.duplicate_of) == ("ready", "")
    assert len(office.deliveries()) == 2


def test_releasing_a_duplicate_sends_it_too(office: Office, papers: Papers, tmp_path: Path):
    linked(office, tmp_path, papers.who[0])
    content = papers.invoice(papers.others[0], papers.who[0])
    office.take(tmp_path, content)
    [copy] = office.take(tmp_path, content)
    [after] = office.triage.release([copy.id], "they lost the first")
    assert after.state == "ready"


def test_releasing_what_somebody_elses_place_held_keeps_the_place(
    office: Office, papers: Papers, tmp_path: Path
):
    place = linked(office, tmp_path, papers.who[1])
    content = papers.bank_file(papers.who[0])
    [held] = office.take(tmp_path, content, Hints(place.id), "a.cod")
    [after] = office.triage.release([held.id], "their new account")
    assert (after.state, after.client_id) == ("ready", place.id)


@pytest.mark.parametrize("content", [UNSAFE, b"<broken"], ids=["unsafe", "not well formed"])
@pytest.mark.parametrize("copy", [False, True], ids=["itself", "its copy"])
def test_what_is_unsafe_or_broken_is_never_released(
    office: Office, tmp_path: Path, content: bytes, copy: bool
):
    found = office.take(tmp_path, content)
    if copy:
        found = office.take(tmp_path, content)
    with pytest.raises(NotPossibleNow):
        office.triage.release([found[0].id], "I insist")
    assert office.document(found[0].id) == found[0]


def test_what_was_too_large_to_be_copied_cannot_be_released(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(files, "_KEPT", 10)
    [found] = office.take(tmp_path, b"x" * 11)
    with pytest.raises(ContentGone):
        office.triage.release([found.id], "I insist")


def test_what_is_not_held_cannot_be_released(office: Office, tmp_path: Path):
    [found] = office.take(tmp_path, pdf())
    with pytest.raises(NotPossibleNow):
        office.triage.release([found.id], "why not")


# --- set aside, restore -------------------------------------------------------------------------


def test_setting_aside_withdraws_what_did_not_leave(office: Office, papers: Papers, tmp_path: Path):
    linked(office, tmp_path, papers.who[0])
    [found] = office.take(tmp_path, papers.invoice(papers.others[0], papers.who[0]))
    [after] = office.triage.set_aside([found.id], "a private purchase")
    assert states([after]) == [("set_aside", "a private purchase")]
    assert [one.state for one in office.deliveries(found.id)] == ["cancelled"]


def test_restoring_sends_it_after_all(office: Office, papers: Papers, tmp_path: Path):
    linked(office, tmp_path, papers.who[0])
    [found] = office.take(tmp_path, papers.invoice(papers.others[0], papers.who[0]))
    office.triage.set_aside([found.id], "a mistake")
    [after] = office.triage.restore([found.id])
    assert states([after]) == [("ready", "")]
    assert [one.state for one in office.deliveries(found.id)] == ["queued"]


def test_restoring_does_not_release(office: Office, papers: Papers, tmp_path: Path):
    linked(office, tmp_path, papers.who[0])
    [found] = office.take(tmp_path, invalid(papers))
    office.triage.set_aside([found.id], "a mistake")
    assert states(office.triage.restore([found.id])) == [("held", "schema_invalid")]


def test_restoring_a_copy_makes_it_a_duplicate_again(office: Office, tmp_path: Path):
    office.take(tmp_path, pdf())
    [copy] = office.take(tmp_path, pdf())
    office.triage.set_aside([copy.id], "seen")
    assert [one.state for one in office.triage.restore([copy.id])] == ["duplicate"]


def test_what_a_rule_set_aside_can_be_restored(office: Office, tmp_path: Path):
    order = b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>'
    [found] = office.take(tmp_path, order)
    assert states(office.triage.restore([found.id])) == [("unassigned", "")]


def test_what_left_already_cannot_be_set_aside(office: Office, papers: Papers, tmp_path: Path):
    linked(office, tmp_path, papers.who[0])
    [found] = office.take(tmp_path, papers.invoice(papers.others[0], papers.who[0]))
    [sent] = office.deliveries(found.id)
    delivered = replace(sent, state=DeliveryState.DELIVERED)
    office.books.write(lambda c: deliveries.update(c, delivered))
    with pytest.raises(NotPossibleNow) as caught:
        office.triage.set_aside([found.id], "too late")
    assert caught.value.params["state"] == "delivered"


def test_what_is_not_set_aside_cannot_be_restored(office: Office, tmp_path: Path):
    [found] = office.take(tmp_path, pdf())
    with pytest.raises(NotPossibleNow):
        office.triage.restore([found.id])


@pytest.mark.parametrize("action", ["release", "set_aside"])
def test_a_reason_is_wanted(office: Office, tmp_path: Path, action: str):
    [found] = office.take(tmp_path, b"words")
    with pytest.raises(MissingValue):
        getattr(office.triage, action)([found.id], "  ")


def test_a_persons_words_stand_in_the_erasable_part_of_the_journal(office: Office, tmp_path: Path):
    from ledgerdesk.store import journal

    [found] = office.take(tmp_path, pdf())
    office.triage.set_aside([found.id], "holiday of Mrs Peeters")
    with office.books.read() as c:
        told = [one for one in journal.recent(c, {"document": found.id}, 9)]
    assert "Peeters" not in str([one.facts for one in told])


# --- lists --------------------------------------------------------------------------------------


def test_documents_are_listed_by_state_and_client(office: Office, papers: Papers, tmp_path: Path):
    client = linked(office, tmp_path, papers.who[0])
    [ready] = office.take(tmp_path, papers.invoice(papers.others[0], papers.who[0]))
    [stray] = office.take(tmp_path, pdf())

    def ids(found: list[Document]) -> list[str]:
        return [one.id for one in found]

    listed = office.triage.listed
    assert ids(listed()) == [ready.id, stray.id]
    assert ids(listed(state=DocumentState.READY)) == [ready.id]
    assert ids(listed(client_id=client.id)) == [ready.id]
    assert ids(listed(limit=1, offset=1)) == [stray.id]


def test_a_document_is_told_as_it_was_read(office: Office, papers: Papers, tmp_path: Path):
    """Everything survives the books, to the last cent."""
    office.client(papers.who[0])
    for content in (
        papers.invoice(papers.who[0], papers.others[0]),
        papers.bank_file(papers.who[0], papers.who[0]),
        pdf(),
    ):
        [found] = office.take(tmp_path, content)
        kept = office.document(found.id)
        assert kept == replace(found, facts=replace(found.facts, due_date=None))

"""PDFs that only a person can read: what their text proposes, and what a person says to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledgerdesk import settings
from ledgerdesk.errors import DirectionUnknown, NotPossibleNow
from ledgerdesk.intake.pdf_triage import NUMBERS, Basis, Proposal
from ledgerdesk.model import Client, Direction, Document, DocumentKind, Hints
from ledgerdesk.practice.firm import Business
from ledgerdesk.practice.pdf import text_pdf
from ledgerdesk.store.settings import put
from tests.helpers.intake import Office, Papers, states


@pytest.fixture
def me(papers: Papers) -> Business:
    return papers.who[0]


@pytest.fixture
def other(papers: Papers) -> Business:
    return papers.others[0]


@pytest.fixture
def client(office: Office, me: Business) -> Client:
    return office.client(me)


def page(*rows: str) -> bytes:
    return text_pdf(["Factuur 2026/12", *rows])


def taken(office: Office, place: Path, *rows: str, hints: Hints | None = None) -> Document:
    (document,) = office.take(place, page(*rows), hints, name="scan.pdf")
    return document


def proposal(office: Office, document: Document) -> Proposal | None:
    return office.triage.proposals([document]).get(document.id)


def switch_on(office: Office) -> None:
    office.books.write(lambda c: put(c, settings.ASSIGN_PDFS, "yes"))


# --- what is proposed -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "direction", "basis"),
    [
        (["{o} {me}", "{o_iban}"], Direction.PURCHASE, Basis.ACCOUNT),
        (["{o} {me}", "{me_iban}"], Direction.SALE, Basis.ACCOUNT),
        (["{o}", "Klant: {me}"], Direction.PURCHASE, Basis.WORDS),
        (["{me}", "Klant: {o}"], Direction.SALE, Basis.WORDS),
        (["{o}", "Klant: {me}", "{o_iban}"], Direction.PURCHASE, Basis.ACCOUNT),
        (["{o}", "Klant: {me}", "{me_iban}"], None, Basis.NONE),  # they contradict each other
        (["{o} {me}", "{me_iban}", "{o_iban}"], None, Basis.NONE),
        (["{o} {me}"], None, Basis.NONE),
    ],
)
def test_one_client_and_one_other_company_make_a_proposal(
    office: Office,
    tmp_path: Path,
    me: Business,
    other: Business,
    client: Client,
    rows: list[str],
    direction: Direction | None,
    basis: Basis,
):
    known = {"o": other.number, "me": me.number, "o_iban": other.iban, "me_iban": me.iban}
    document = taken(office, tmp_path, *(row.format(**known) for row in rows))
    assert (document.state, document.client_id) == ("unassigned", "")
    assert proposal(office, document) == Proposal(client.id, direction, basis)


def test_the_account_alone_may_name_the_client(
    office: Office, tmp_path: Path, me: Business, other: Business, client: Client
):
    document = taken(office, tmp_path, f"{other.number} {me.iban}")
    assert proposal(office, document) == Proposal(client.id, Direction.SALE, Basis.ACCOUNT)


def test_the_place_says_which_way(
    office: Office, tmp_path: Path, me: Business, other: Business, client: Client
):
    hints = Hints(direction="purchase")
    document = taken(office, tmp_path, f"{other.number} {me.number}", hints=hints)
    assert proposal(office, document) == Proposal(client.id, Direction.PURCHASE, Basis.PLACE)


def test_nothing_is_proposed_where_the_page_is_not_clear(
    office: Office, papers: Papers, tmp_path: Path, me: Business, other: Business, client: Client
):
    second = office.client(papers.who[1])
    third = papers.others[1].number
    for rows in (
        [me.number],
        [other.number],
        [me.number, papers.who[1].number, other.number],
        [me.number, other.number, third],
        [me.number, other.number, papers.who[1].iban],
        ["nothing"],
    ):
        assert proposal(office, taken(office, tmp_path, *rows)) is None, rows
    elsewhere = Hints(client_id=second.id)
    document = taken(office, tmp_path, me.number, other.number, "x", hints=elsewhere)
    assert proposal(office, document) is None


def test_a_client_that_comes_later_is_found_in_what_was_read(
    office: Office, tmp_path: Path, me: Business, other: Business
):
    document = taken(office, tmp_path, me.number, other.number, other.iban)
    assert proposal(office, document) is None
    client = office.client(me)
    assert proposal(office, document) == Proposal(client.id, Direction.PURCHASE, Basis.ACCOUNT)


def test_what_the_page_names_is_shown_and_kept(
    office: Office, tmp_path: Path, me: Business, other: Business
):
    document = taken(office, tmp_path, me.number, other.number, other.iban)
    (finding,) = [one for one in office.document(document.id).findings if one.rule == NUMBERS]
    assert finding.params == {
        "numbers": f"{me.number} {other.number}",
        "accounts": other.iban,
        "customer": "",
    }


def test_an_invoice_that_can_be_read_is_not_read_as_a_picture(
    office: Office, papers: Papers, tmp_path: Path, me: Business, other: Business
):
    (document,) = office.take(tmp_path, papers.invoice(other, me))
    assert NUMBERS not in {one.rule for one in document.findings}


# --- what a person says ---------------------------------------------------------------------------


def test_one_yes_assigns_it(
    office: Office, tmp_path: Path, me: Business, other: Business, client: Client
):
    document = taken(office, tmp_path, me.number, other.number, other.iban)
    (after,) = office.triage.confirm([document.id])
    assert (after.client_id, after.direction, after.facts.kind, after.assigned) == (
        *(client.id, Direction.PURCHASE, DocumentKind.INVOICE, True),
    )
    assert office.told(document.id)[-1] == "document.assigned"
    assert proposal(office, after) is None


def test_all_or_none(office: Office, tmp_path: Path, me: Business, other: Business, client: Client):
    good = taken(office, tmp_path, me.number, other.number, other.iban)
    unclear = taken(office, tmp_path, me.number)
    with pytest.raises(NotPossibleNow):
        office.triage.confirm([good.id, unclear.id])
    assert office.document(good.id).client_id == ""


def test_a_yes_does_not_say_which_way(
    office: Office, tmp_path: Path, me: Business, other: Business, client: Client
):
    document = taken(office, tmp_path, me.number, other.number)
    with pytest.raises(DirectionUnknown):
        office.triage.confirm([document.id])
    (after,) = office.triage.assign([document.id], client.id, None, Direction.SALE)
    assert after.direction is Direction.SALE


def test_an_archived_client_is_not_proposed(
    office: Office, tmp_path: Path, me: Business, other: Business, client: Client
):
    document = taken(office, tmp_path, me.number, other.number, other.iban)
    office.change(client, archived_at=office.clock.now())
    assert proposal(office, document) is None


# --- by rule --------------------------------------------------------------------------------------


def test_nothing_is_assigned_by_itself_unless_the_firm_switched_it_on(
    office: Office, tmp_path: Path, me: Business, other: Business, client: Client
):
    office.link(client, office.configuration(tmp_path / "out"))
    rows = (me.number, other.number, other.iban)
    before = taken(office, tmp_path, *rows)
    switch_on(office)
    after = taken(office, tmp_path, *rows, "a second one")
    assert states([before, after]) == [("unassigned", ""), ("ready", "")]
    assert (after.client_id, after.direction) == (client.id, Direction.PURCHASE)
    assert "LD-PDF-RULE" in {one.rule for one in after.findings}
    assert len(office.deliveries(after.id)) == 1


@pytest.mark.parametrize(
    ("rows", "hints"),
    [
        (["{o}", "Klant: {me}"], {}),  # only words
        (["{o} {me}"], {"direction": "purchase"}),  # only the place
        (["{o} {me} {o_iban}"], {"direction": "sale"}),  # the place says otherwise
    ],
)
def test_the_rule_decides_only_what_an_account_decides(
    office: Office,
    tmp_path: Path,
    me: Business,
    other: Business,
    client: Client,
    rows: list[str],
    hints: dict[str, Any],
):
    switch_on(office)
    known = {"o": other.number, "me": me.number, "o_iban": other.iban}
    given = Hints(**hints)
    document = taken(office, tmp_path, *(row.format(**known) for row in rows), hints=given)
    assert (document.state, document.client_id) == ("unassigned", "")


def test_what_the_rule_assigned_stays_when_routing_is_looked_at_again(
    office: Office, papers: Papers, tmp_path: Path, me: Business, other: Business, client: Client
):
    switch_on(office)
    document = taken(office, tmp_path, me.number, other.number, other.iban)
    office.client(papers.who[3])
    office.change(client, name="Another name")
    again = office.document(document.id)
    assert (again.client_id, again.direction) == (client.id, Direction.PURCHASE)

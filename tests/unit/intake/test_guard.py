"""The dossier guard: what contradicts the place it came from waits; clients of several enterprises
and members of VAT units are no contradiction."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledgerdesk.intake.decisions import decide
from ledgerdesk.intake.firm import Firm
from ledgerdesk.model import (
    Client,
    Direction,
    DocumentKind,
    DocumentState,
    Facts,
    HeldReason,
    Hints,
    Party,
    Reading,
    Statement,
)
from ledgerdesk.store.clients import Owners
from tests.helpers.intake import START, Office, Papers, states

# The VAT number of the unit, which its representative (a client) registered; two enterprises of one
# client; a member of the unit that is another client.
UNIT, MEMBER = "BE0111111145", "BE0222222196"
ONE, TWO = "BE0333333247", "BE0444444298"
STRANGER = "BE0555555349"
IBAN, OTHER_IBAN = "BE68539007547034", "BE71096123456769"

HOLDING = Client("holding", "Holding", START, (UNIT,))
MEMBERS = Client("member", "Member", START, (MEMBER,), (IBAN,))
GROUP = Client("group", "Group", START, (ONE, TWO), (OTHER_IBAN,))
UNKNOWN_NUMBER = Client("bare", "Bare", START)
CLIENTS = (HOLDING, MEMBERS, GROUP, UNKNOWN_NUMBER)
FIRM = Firm(
    Owners(
        {number: one.id for one in CLIENTS for number in one.company_numbers},
        {iban: one.id for one in CLIENTS for iban in one.ibans},
        {},
        {},
    ),
    {one.id: one for one in CLIENTS},
    {},
)


def invoice(customer: tuple[str, ...], supplier: tuple[str, ...] = (STRANGER,)) -> Reading:
    facts = Facts(
        DocumentKind.INVOICE,
        supplier=Party("Supplier", supplier),
        customer=Party("Customer", customer),
    )
    return Reading(facts)


def statement(account: str, holder: str = "") -> Reading:
    party = Party("Holder", (holder,) if holder else ())
    one = Statement(account, "EUR", party, "001", START.date(), None, None, 0, 0, "")
    facts = Facts(DocumentKind.STATEMENT, account=account, holder=party, statements=(one,))
    return Reading(facts)


def placed(reading: Reading, hint: str = "") -> list[tuple[str, str, str]]:
    hints = Hints(client_id=hint)
    return [
        (one.client_id, one.state.value, one.reason)
        for one in decide(reading, hints, FIRM, START.date())
    ]


GOES = DocumentState.NO_DESTINATION.value
HELD = (DocumentState.HELD.value, HeldReason.OTHER_CLIENT.value)


@pytest.mark.parametrize(
    ("numbers", "hint", "client"),
    [
        ((ONE,), "", "group"),
        ((TWO,), "group", "group"),
        ((ONE, TWO), "", "group"),
        ((STRANGER, TWO), "", "group"),
        ((UNIT,), "", "holding"),
        ((MEMBER,), "", "member"),
        # The unit's number beside the member's own: the place says which is meant.
        ((UNIT, MEMBER), "member", "member"),
        ((UNIT, MEMBER), "holding", "holding"),
        ((STRANGER, MEMBER), "member", "member"),
    ],
)
def test_an_invoice_goes_to_the_client_it_names(
    numbers: tuple[str, ...], hint: str, client: str
) -> None:
    assert placed(invoice(numbers), hint) == [(client, GOES, "sharing_off")]


@pytest.mark.parametrize(
    ("numbers", "hint"),
    [
        # Nothing is known of this client, so nothing contradicts; nor where no number is told.
        ((STRANGER,), "bare"),
        ((), "bare"),
    ],
)
def test_where_nothing_contradicts_the_place_says_whose_it_is(
    numbers: tuple[str, ...], hint: str
) -> None:
    assert placed(invoice(numbers), hint) == [(hint, "unassigned", "direction_unknown")]


def test_a_side_without_numbers_is_the_clients_own() -> None:
    assert placed(invoice(()), "group") == [("group", GOES, "sharing_off")]


@pytest.mark.parametrize(
    ("numbers", "hint", "client"),
    [
        # Another client's number, in this client's place.
        ((MEMBER,), "group", "group"),
        ((MEMBER,), "bare", "bare"),
        # Every number on that side is somebody else's.
        ((STRANGER,), "group", "group"),
        # Two clients on one side, and nothing says which.
        ((UNIT, MEMBER), "", "holding"),
        ((UNIT, MEMBER), "group", "group"),
    ],
)
def test_an_invoice_that_contradicts_is_held(
    numbers: tuple[str, ...], hint: str, client: str
) -> None:
    assert placed(invoice(numbers), hint) == [(client, *HELD)]


def test_two_enterprises_of_one_client_invoice_each_other() -> None:
    found = decide(invoice((ONE,), (TWO,)), Hints(), FIRM, START.date())
    assert [(one.client_id, one.direction) for one in found] == [
        ("group", Direction.SALE),
        ("group", Direction.PURCHASE),
    ]


def test_a_name_contradicts_nothing() -> None:
    facts = Facts(
        DocumentKind.INVOICE,
        supplier=Party("Member", ()),
        customer=Party("Holding", ()),
    )
    [(client, state, _)] = placed(Reading(facts), "group")
    assert (client, state) == ("group", DocumentState.UNASSIGNED)


@pytest.mark.parametrize(
    ("account", "holder", "hint", "client"),
    [
        (IBAN, "", "", "member"),
        (IBAN, ONE, "", "member"),
        (IBAN, ONE, "member", "member"),
        ("BE62510007547061", MEMBER, "", "member"),
        ("BE62510007547061", STRANGER, "bare", "bare"),
    ],
)
def test_the_account_decides_for_statements(
    account: str, holder: str, hint: str, client: str
) -> None:
    [(found, state, _)] = placed(statement(account, holder), hint)
    assert (found, state) == (client, GOES)


@pytest.mark.parametrize(
    ("account", "holder", "hint"),
    [(IBAN, "", "group"), (IBAN, ONE, "group"), ("BE62510007547061", "", "group")],
)
def test_a_statement_of_another_account_is_held(account: str, holder: str, hint: str) -> None:
    assert placed(statement(account, holder), hint) == [(hint, *HELD)]


def test_a_person_overrules_the_guard(office: Office, papers: Papers, tmp_path: Path) -> None:
    mine, other = office.client(papers.who[0]), office.client(papers.who[1])
    content = papers.invoice(papers.others[0], papers.who[1])
    [held] = office.take(tmp_path, content, Hints(mine.id))
    assert states([held]) == [("held", "other_client")]
    [assigned] = office.triage.assign([held.id], other.id)
    assert (assigned.client_id, assigned.state) == (other.id, "no_destination")

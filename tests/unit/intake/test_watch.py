"""An invoice that wants its money on an account its supplier never used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest

from ledgerdesk.intake.watch import RULE
from ledgerdesk.model import Document, Severity
from ledgerdesk.practice.firm import Business
from tests.helpers.intake import Office, Papers, xml


class Take(Protocol):
    def __call__(self, customer: Business, iban: str = "", **changes: Any) -> Document: ...


NEW, THIRD = "BE68539007547034", "BE71096123456769"


@pytest.fixture
def take(office: Office, papers: Papers, tmp_path: Path) -> Take:
    """Takes in an invoice of the first supplier, paid on ``iban``."""
    supplier = papers.others[0]

    def invoice(customer: Business, iban: str = "", **changes: Any) -> Document:
        story = papers.story(supplier, customer)
        paid = replace(supplier, iban=iban or supplier.iban)
        [found] = office.take(tmp_path, xml(replace(story, supplier=paid, **changes)))
        return found

    office.client(papers.who[0])
    office.client(papers.who[1])
    return invoice


def warned(document: Document) -> list[dict[str, str]]:
    found = [one for one in document.findings if one.rule == RULE]
    assert all(one.severity is Severity.WARNING for one in found)
    return [dict(one.params) for one in found]


def test_the_first_invoice_of_a_supplier_is_no_surprise(take: Take, papers: Papers) -> None:
    assert warned(take(papers.who[0])) == []


def test_the_same_account_again_is_none(take: Take, papers: Papers) -> None:
    take(papers.who[0])
    assert warned(take(papers.who[0])) == []


def test_another_account_is_told_with_the_one_before(take: Take, papers: Papers) -> None:
    take(papers.who[0])
    [told] = warned(take(papers.who[0], NEW))
    assert (told["account"], told["before"]) == (NEW, papers.others[0].iban)


def test_what_another_client_received_counts(take: Take, papers: Papers) -> None:
    take(papers.who[1])
    assert len(warned(take(papers.who[0], NEW))) == 1


def test_a_warning_does_not_hold_the_invoice(take: Take, papers: Papers) -> None:
    take(papers.who[0])
    assert take(papers.who[0], NEW).state == "no_destination"


def test_the_old_account_stays_right_beside_a_new_one(take: Take, papers: Papers) -> None:
    take(papers.who[0])
    take(papers.who[0], NEW)
    assert warned(take(papers.who[0])) == []


def test_three_invoices_make_an_account_known(take: Take, papers: Papers) -> None:
    take(papers.who[0])
    told = [len(warned(take(papers.who[0], NEW))) for _ in range(4)]
    assert told == [1, 1, 1, 0]


def test_a_person_confirms_an_account_for_good(take: Take, papers: Papers, office: Office) -> None:
    take(papers.who[0])
    strange = take(papers.who[0], NEW)
    assert warned(office.triage.confirm_account(strange.id)) == []
    assert warned(office.document(strange.id)) == []
    assert warned(take(papers.who[1], NEW)) == []
    assert len(warned(take(papers.who[1], THIRD))) == 1


def test_a_copy_with_another_account_is_told_although_it_is_not_sent(
    take: Take, papers: Papers
) -> None:
    """The fraud itself: a real invoice once more, with other digits."""
    first = take(papers.who[0], number="F-1")
    again = take(
        papers.who[0],
        NEW,
        number="F-1",
        issued=first.facts.issue_date,
    )
    assert again.state in ("duplicate", "held")
    assert len(warned(again)) == 1


def test_copies_do_not_make_an_account_known(take: Take, papers: Papers, office: Office) -> None:
    take(papers.who[0])
    strange = take(papers.who[0], NEW)
    for _ in range(4):
        content = office.blobs.read(strange.sha256)
        office.take(office.folder.root.parent / "again", content)
    assert len(warned(take(papers.who[0], NEW))) == 1


def test_the_clients_own_sales_are_not_watched(
    office: Office, papers: Papers, tmp_path: Path
) -> None:
    office.client(papers.who[0])
    for iban in (papers.who[0].iban, NEW):
        story = papers.story(papers.who[0], papers.others[0])
        paid = replace(story, supplier=replace(papers.who[0], iban=iban))
        [found] = office.take(tmp_path, xml(paid))
        assert warned(found) == []


def test_of_several_in_one_batch_each_is_compared_with_those_before(
    office: Office, papers: Papers, tmp_path: Path
) -> None:
    office.client(papers.who[0])
    supplier = papers.others[0]
    for at, iban in enumerate((supplier.iban, NEW)):
        story = papers.story(supplier, papers.who[0])
        paid = replace(story, supplier=replace(supplier, iban=iban))
        office.lay(tmp_path / "in" / f"{at}.xml", xml(paid))
    assert [len(warned(one)) for one in office.add(tmp_path / "in")] == [0, 1]

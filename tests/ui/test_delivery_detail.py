"""What the details of a delivery tell beyond its state: how the proof grew, what goes on by itself,
and what a refusal stops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from ledgerdesk.app import Desk
from ledgerdesk.delivery import outcomes
from ledgerdesk.errors import (
    AdministrationLimitReached,
    AdministrationRefused,
    LimitReached,
    RefusedByPackage,
    Scope,
    to_record,
)
from ledgerdesk.model import Assurance, Client, Delivery, DeliveryState, Evidence
from ledgerdesk.ui.deliveries import words
from ledgerdesk.ui.deliveries.detail import Lines
from ledgerdesk.ui.desk import OpenDesk
from ledgerdesk.ui.pages.deliveries import DeliveriesPage
from tests.ui.conftest import ShowPage, find
from tests.ui.sending_firm import SendingFirm


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    assert open_desk.desk is not None
    return open_desk.desk


@pytest.fixture
def firm(desk: Desk, tmp_path: Path) -> SendingFirm:
    return SendingFirm(desk, tmp_path)


@pytest.fixture
def client(firm: SendingFirm) -> Client:
    return firm.client("Bakkerij Éclair", firm.package())


def details(qtbot: QtBot, show_page: ShowPage) -> DeliveriesPage:
    page = show_page(DeliveriesPage)
    page.view.selectRow(0)
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.pane.isVisible() and bool(page.pane.detail.life))  # type: ignore[union-attr]
    return page


def lines(page: DeliveriesPage, name: str) -> list[str]:
    """What stands in that part: names and values in turn."""
    part = find(page.pane, Lines, name)
    # Labels of before wait to be deleted; what is laid out is what is seen.
    items = (part._grid.itemAt(number) for number in range(part._grid.count()))
    shown = [item.widget() for item in items if item is not None]
    return [one.text() for one in shown if isinstance(one, QLabel)]


def confirmed(desk: Desk, delivery: Delivery, assurance: Assurance, minutes: int) -> None:
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    evidence = Evidence(assurance, "/import/F-1.xml", {})
    desk.books.write(lambda c: outcomes.confirmed(c, delivery.id, evidence, at))


def test_how_the_proof_grew_is_told_oldest_first(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client, desk: Desk
) -> None:
    delivery = firm.arrived(firm.delivery(client), Assurance.BLIND)
    confirmed(desk, delivery, Assurance.ACKNOWLEDGED, 1)
    confirmed(desk, delivery, Assurance.PICKED_UP, 2)
    told = lines(details(qtbot, show_page), "confirmations")
    assert told[1::2] == [
        "Sent, not confirmed",
        "Delivered, acknowledged",
        "Delivered, picked up",
    ]


def test_a_single_proof_needs_no_such_list(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client
) -> None:
    firm.arrived(firm.delivery(client))
    assert lines(details(qtbot, show_page), "confirmations") == []


def test_a_refusal_after_the_arrival_stands_beside_the_proof_of_it(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client, desk: Desk
) -> None:
    delivery = firm.arrived(firm.delivery(client), Assurance.ACKNOWLEDGED)
    error = RefusedByPackage(host="pakket.example", answer="unknown supplier")
    desk.books.write(
        lambda c: outcomes.refused_afterwards(c, delivery.id, error, datetime.now(UTC))
    )
    told = lines(details(qtbot, show_page), "confirmations")[1::2]
    assert told[0] == "Delivered, acknowledged"
    assert told[1].startswith("Refused afterwards: pakket.example refuses this document")


@pytest.mark.parametrize("kind", [LimitReached, AdministrationLimitReached])
def test_a_limit_says_when_it_goes_on_and_is_no_fault(
    qtbot: QtBot,
    show_page: ShowPage,
    firm: SendingFirm,
    client: Client,
    kind: type[LimitReached],
) -> None:
    error = kind(host="pakket.example", administration="A", limit="60 a minute")
    at = datetime.now(UTC) + timedelta(minutes=5)
    firm.put(
        firm.delivery(client),
        DeliveryState.RETRYING,
        error=to_record(error),
        next_attempt_at=at,
        attempts=1,
    )
    page = details(qtbot, show_page)
    assert page.pane._state.text() == f"Limit reached, goes on {words.moment(at)}"
    assert page.pane._problem.property("error") is False
    only_this = "Only this client's documents; those of other clients go on."
    assert (only_this in lines(page, "detailFacts")) is (kind is AdministrationLimitReached)


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (Scope.LINK, "Only this client's documents; those of other clients go on."),
        (Scope.CONFIGURATION, "All documents to this accounting package; others go on."),
        (Scope.CONNECTION, "All documents through this connected account; others go on."),
    ],
)
def test_a_refusal_says_what_it_stops_and_what_it_does_not(
    qtbot: QtBot, show_page: ShowPage, firm: SendingFirm, client: Client, scope: Scope, said: str
) -> None:
    error = AdministrationRefused(host="pakket.example", administration="A", answer="no")
    firm.blocked([firm.delivery(client)], error, scope)
    page = details(qtbot, show_page)
    assert said in lines(page, "detailFacts")
    assert page.pane._problem.property("error") is True

"""ClearFacts: what its answers mean, errors inside a 200 among them; the server has the say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from ledgerdesk.connectors import get
from ledgerdesk.connectors.base import Session
from ledgerdesk.errors import (
    AddressMissing,
    AdministrationRefused,
    CredentialsRejected,
    Forbidden,
    LedgerDeskError,
    OutcomeUnknown,
    RateLimited,
    RedirectRefused,
    RefusedByPackage,
    ServerTrouble,
    UnreadableAnswer,
)
from ledgerdesk.model import Assurance, Direction, Found, Parcel, Stage, Whose
from ledgerdesk.practice.vendors.clearfacts import ClearFactsServer
from ledgerdesk.practice.vendors.server import Answer, FaultKind
from tests.connectors.fakes import Endpoint
from tests.helpers.parcels import make_context, make_parcel

CLEARFACTS = get("clearfacts")
XML = b"<Invoice/>"
Connect = Callable[..., Session]


@pytest.fixture
def connect(
    clearfacts_server: ClearFactsServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Connect]:
    Endpoint(monkeypatch, "clearfacts", clearfacts_server.url)
    token = clearfacts_server.add_token()
    with ExitStack() as opened:

        def make(given: str = token, **more: Any) -> Session:
            return opened.enter_context(CLEARFACTS.open(make_context({}, {"token": given}, **more)))

        yield make


def parcel(dossier: str = "0123456749", **changes: Any) -> Parcel:
    return replace(make_parcel(CLEARFACTS, {}, XML), administration_id=dossier, **changes)


@pytest.mark.parametrize(
    ("direction", "type"), [(Direction.PURCHASE, "PURCHASE"), (Direction.SALE, "SALE")]
)
def test_a_document_arrives_with_its_number(
    connect: Connect, clearfacts_server: ClearFactsServer, direction: Direction, type: str
) -> None:
    evidence = connect().send_one(parcel(direction=direction))
    (file,) = clearfacts_server.files
    assert (file.type, file.vat_number, file.content) == (type, "0123456749", XML)
    assert (evidence.assurance, evidence.remote) == (Assurance.ACKNOWLEDGED, file.uuid)


def test_the_companies_are_listed_with_their_number(connect: Connect) -> None:
    (one,) = connect().administrations()
    assert (one.id, one.name, one.vat_number) == ("0123456749", "Bakkerij De Smet", "0123456749")


def test_the_token_says_which_office_it_belongs_to(connect: Connect) -> None:
    assert connect().whose() == Whose("Kantoor Peeters", "0876543210")


def test_a_wrong_token_is_offered_once(
    connect: Connect, clearfacts_server: ClearFactsServer
) -> None:
    session = connect("0" * 80)
    for _ in range(3):
        with pytest.raises(CredentialsRejected):
            session.send_one(parcel())
    assert clearfacts_server.refused == 1


def test_a_token_without_the_right_to_upload_is_told(
    connect: Connect, clearfacts_server: ClearFactsServer
) -> None:
    token = clearfacts_server.add_token("read_administrations")
    with pytest.raises(Forbidden):
        connect(token).send_one(parcel())


def test_a_company_that_is_not_visible_stops_that_client_only(
    connect: Connect, clearfacts_server: ClearFactsServer
) -> None:
    session = connect()
    with pytest.raises(AdministrationRefused):
        session.send_one(parcel("0999999922"))
    session.send_one(parcel())
    assert len(clearfacts_server.files) == 1


def test_without_a_company_nothing_is_asked(
    connect: Connect, clearfacts_server: ClearFactsServer
) -> None:
    with pytest.raises(AddressMissing):
        connect().send_one(parcel(""))
    assert clearfacts_server.log == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer.of_json({"errors": [{"message": "No such type"}]}), RefusedByPackage),
        (Answer.of_json({"data": None}), OutcomeUnknown),
        (Answer.of_json({"data": {"uploadFile": None}}), OutcomeUnknown),
        (Answer.of_text("<html>Welcome</html>", 200, "text/html"), OutcomeUnknown),
        (Answer.of_text("<html>oops</html>", 500, "text/html"), OutcomeUnknown),
        (Answer.of_text("<html>busy</html>", 503, "text/html"), ServerTrouble),
        (Answer(429, b"", {"Retry-After": "9"}), RateLimited),
        (Answer(302, b"", {"Location": "https://elsewhere.example/"}), RedirectRefused),
        (Answer.of_text("gone", 404), UnreadableAnswer),
        (Answer.of_text("too large", 413), RefusedByPackage),
    ],
    ids=["error", "nothing", "no-number", "page", "500", "503", "429", "302", "404", "413"],
)
def test_what_an_answer_to_a_document_means(
    connect: Connect,
    clearfacts_server: ClearFactsServer,
    answer: Answer,
    error: type[LedgerDeskError],
) -> None:
    session = connect()
    session.administrations()
    one = parcel()
    session._ready(one)  # type: ignore[attr-defined]
    clearfacts_server.break_next(FaultKind.ANSWER, answer=answer)
    with pytest.raises(error):
        session.send_one(one)


def test_a_lost_answer_leaves_the_outcome_unknown(
    connect: Connect, clearfacts_server: ClearFactsServer
) -> None:
    session = connect()
    session._ready(parcel())  # type: ignore[attr-defined]
    clearfacts_server.break_next(FaultKind.DROP_AFTER)
    with pytest.raises(OutcomeUnknown):
        session.send_one(parcel())


def test_a_dead_server_is_found_before_a_document_is_on_its_way(
    connect: Connect, clearfacts_server: ClearFactsServer
) -> None:
    clearfacts_server.break_next(FaultKind.DROP_BEFORE)
    with pytest.raises(LedgerDeskError) as caught:
        connect().send_one(parcel())
    assert not isinstance(caught.value, OutcomeUnknown)


@pytest.mark.parametrize(
    ("stage", "found"),
    [(Stage.SENDING, Found.ABSENT), (Stage.PUBLISHING, Found.CANNOT_TELL)],
)
def test_a_look_never_guesses(connect: Connect, stage: Stage, found: Found) -> None:
    assert connect().probe(parcel(stage=stage)).found is found

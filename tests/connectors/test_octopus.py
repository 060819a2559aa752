"""Octopus: statements through the web service, invoices to the mailbox; the server has the say."""

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
    FormatDiffers,
    LedgerDeskError,
    OutcomeUnknown,
    RateLimited,
    RedirectRefused,
    RefusedByPackage,
    ServerTrouble,
    UnreadableAnswer,
)
from ledgerdesk.model import DocumentFormat, DocumentKind, ExportKind, Found, Parcel, Stage, Target
from ledgerdesk.practice.vendors.octopus import OctopusServer
from ledgerdesk.practice.vendors.server import Answer, FaultKind
from tests.connectors.fakes import Endpoint
from tests.helpers.parcels import PlainNaming, RecordingStages, make_context, make_parcel

OCTOPUS = get("octopus")
CODA = "0000031032672505        \xe9t\xe9\r\n9\r\n".encode("latin-1")
Connect = Callable[..., Session]


@pytest.fixture
def connect(octopus_server: OctopusServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    Endpoint(monkeypatch, "octopus", octopus_server.url)
    values = {
        "software_house_id": octopus_server.software_house,
        "username": octopus_server.user,
    }
    with ExitStack() as opened:

        def make(secrets: dict[str, str] | None = None, **more: Any) -> Session:
            given = {**values, **more.pop("values", {})}
            secrets = {"password": octopus_server.password} if secrets is None else secrets
            return opened.enter_context(OCTOPUS.open(make_context(given, secrets, **more)))

        yield make


def statement(body: bytes = CODA, dossier: str = "42", **changes: Any) -> Parcel:
    parcel = make_parcel(
        OCTOPUS, {"username": "u", "mailbox": "a@b.example"}, body, PlainNaming(MAIL)
    )
    more = {"kind": DocumentKind.STATEMENT, "format": DocumentFormat.CODA, **changes}
    return replace(parcel, administration_id=dossier, target=Target("coda", "x.cod"), **more)


MAIL = {"enterprise_name": "De Smet", "invoice_type": "AP", "document_number": "F-1"}


def test_a_statement_arrives_byte_for_byte(connect: Connect, octopus_server: OctopusServer) -> None:
    evidence = connect().send_one(statement())
    (arrived,) = octopus_server.statements
    assert (arrived.dossier, arrived.content.encode("latin-1")) == ("42", CODA)
    assert not arrived.in_dms
    assert evidence.remote == "dossiers/42/coda"


def test_ten_statements_sign_in_once(connect: Connect, octopus_server: OctopusServer) -> None:
    session = connect()
    for _ in range(10):
        session.send_one(statement())
    assert len(octopus_server.requests("/authentication")) == 1
    assert len(octopus_server.requests("/dossiers", "POST")) - 10 == 1


def test_the_dossiers_are_listed(connect: Connect) -> None:
    found = connect().administrations()
    assert [(one.id, one.name) for one in found] == [
        ("42", "Bakkerij De Smet"),
        ("43", "Garage Peeters"),
    ]


def test_a_wrong_password_is_tried_once(connect: Connect, octopus_server: OctopusServer) -> None:
    with pytest.raises(CredentialsRejected):
        connect({"password": "wrong"}).send_one(statement())
    assert len(octopus_server.requests("/authentication")) == 1


def test_a_wrong_software_house_is_refused(connect: Connect) -> None:
    with pytest.raises(CredentialsRejected):
        list(connect(values={"software_house_id": "other"}).verify())


@pytest.mark.parametrize("dossier", ["7", "43"])
def test_a_dossier_that_refuses_stops_that_client_only(
    connect: Connect, octopus_server: OctopusServer, dossier: str
) -> None:
    octopus_server.closed_to_web_services.add("43")
    session = connect()
    with pytest.raises(AdministrationRefused):
        session.send_one(statement(dossier=dossier))
    session.send_one(statement())
    assert [one.dossier for one in octopus_server.statements] == ["42"]


def test_without_a_dossier_nothing_is_asked(
    connect: Connect, octopus_server: OctopusServer
) -> None:
    with pytest.raises(AddressMissing):
        connect().send_one(statement(dossier=""))
    assert octopus_server.log == []


@pytest.mark.parametrize("format", [DocumentFormat.CAMT_053, DocumentFormat.MT940])
def test_only_coda_is_taken(
    connect: Connect, octopus_server: OctopusServer, format: DocumentFormat
) -> None:
    with pytest.raises(FormatDiffers):
        connect().send_one(statement(format=format))
    assert octopus_server.log == []


def test_a_token_that_ended_early_is_renewed_once(
    connect: Connect, octopus_server: OctopusServer
) -> None:
    session = connect()
    session.administrations()
    octopus_server.clock.forward(minutes=11)
    session.send_one(statement())
    assert len(octopus_server.statements) == 1
    assert len(octopus_server.requests("/authentication")) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer.of_json({"description": "CODA is not valid"}, 400), RefusedByPackage),
        (Answer.of_json({"errorMessage": "busy"}, 503), ServerTrouble),
        (Answer(429, b"", {"Retry-After": "7"}), RateLimited),
        (Answer.of_json({"description": "oops"}, 500), OutcomeUnknown),
        (Answer.of_text("<html>Bad gateway</html>", 502, "text/html"), OutcomeUnknown),
        (Answer(302, b"", {"Location": "https://elsewhere.example/"}), RedirectRefused),
        (Answer.of_text("<html>Not found</html>", 404, "text/html"), UnreadableAnswer),
    ],
    ids=lambda one: str(getattr(one, "status", one)),
)
def test_what_an_answer_to_a_statement_means(
    connect: Connect, octopus_server: OctopusServer, answer: Answer, error: type[LedgerDeskError]
) -> None:
    octopus_server.break_next(FaultKind.ANSWER, "/coda", answer=answer)
    with pytest.raises(error):
        connect().send_one(statement())


def test_the_package_s_own_words_are_told(connect: Connect, octopus_server: OctopusServer) -> None:
    answer = Answer.of_json({"description": "CODA is not valid"}, 400)
    octopus_server.break_next(FaultKind.ANSWER, "/coda", answer=answer)
    with pytest.raises(RefusedByPackage, match="CODA is not valid"):
        connect().send_one(statement())


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.DROP_BEFORE])
def test_a_lost_answer_leaves_the_outcome_unknown(
    connect: Connect, octopus_server: OctopusServer, kind: FaultKind
) -> None:
    octopus_server.break_next(kind, "/coda")
    with pytest.raises(OutcomeUnknown):
        connect().send_one(statement())


def test_a_lost_sign_in_leaves_no_doubt(connect: Connect, octopus_server: OctopusServer) -> None:
    octopus_server.break_next(FaultKind.DROP_AFTER, "/authentication")
    stages = RecordingStages()
    with pytest.raises(LedgerDeskError) as caught:
        connect(stages=stages).send_one(statement())
    assert not isinstance(caught.value, OutcomeUnknown)
    assert stages.seen == []


@pytest.mark.parametrize(
    ("stage", "found"),
    [(Stage.SENDING, Found.ABSENT), (Stage.PUBLISHING, Found.CANNOT_TELL)],
)
def test_a_look_never_guesses(connect: Connect, stage: Stage, found: Found) -> None:
    assert connect().probe(replace(statement(), stage=stage)).found is found


def test_each_kind_of_document_has_its_own_fields() -> None:
    asked = {kind: {one.name for one in OCTOPUS.fields if one.serves(kind)} for kind in ExportKind}
    assert asked[ExportKind.INVOICES] == {"mailbox", "subject"}
    assert asked[ExportKind.STATEMENTS] == {"software_house_id", "username", "password"}

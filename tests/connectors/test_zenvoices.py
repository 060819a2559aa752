"""Zenvoices: out by mail, proven by its inbox; sign-in and lists as its web service has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from ledgerdesk.connectors import get
from ledgerdesk.connectors.base import Session
from ledgerdesk.errors import (
    CredentialsRejected,
    Forbidden,
    LedgerDeskError,
    RateLimited,
    RedirectRefused,
    ServerTrouble,
    SignInMethodRefused,
    UnreadableAnswer,
)
from ledgerdesk.model import Assurance, Found, Parcel, Stage
from ledgerdesk.practice.vendors.server import Answer, FaultKind
from ledgerdesk.practice.vendors.zenvoices import ZenvoicesServer
from tests.connectors.fakes import FakeZenvoices
from tests.helpers.parcels import DELIVERY, PlainNaming, make_context, make_parcel
from tests.helpers.smtp import SmtpServer

ZENVOICES = get("zenvoices")
UID = DELIVERY[-8:]
NAMING = PlainNaming({"enterprise_name": "De Smet", "invoice_type": "AP", "document_number": "1"})
Connect = Callable[..., Session]


@pytest.fixture
def fake(
    smtp_server: SmtpServer, zenvoices_server: ZenvoicesServer, monkeypatch: pytest.MonkeyPatch
) -> FakeZenvoices:
    return FakeZenvoices(smtp_server, zenvoices_server, monkeypatch)


@pytest.fixture
def connect(fake: FakeZenvoices) -> Iterator[Connect]:
    with ExitStack() as opened:

        def make(values: dict[str, str] | None = None, **secrets: str) -> Session:
            context = make_context(
                {**fake.values, **(values or {})}, {**fake.secrets, **secrets}, **fake.more
            )
            return opened.enter_context(ZENVOICES.open(context))

        yield make


def parcel(fake: FakeZenvoices, **values: str) -> Parcel:
    return make_parcel(ZENVOICES, {**fake.values, **values}, naming=NAMING)


def test_every_subject_carries_the_mark_it_is_found_by(fake: FakeZenvoices) -> None:
    assert UID in parcel(fake, subject="[invoice_type]").target.extra["subject"]


def test_a_mail_is_blind_until_the_inbox_shows_it(
    connect: Connect, fake: FakeZenvoices, zenvoices_server: ZenvoicesServer
) -> None:
    one, collect = parcel(fake), zenvoices_server.collect
    zenvoices_server.collect = lambda: None
    evidence = connect().send_one(one)
    assert evidence.assurance is Assurance.BLIND
    assert connect().confirm(one, evidence.remote) is None
    zenvoices_server.collect = collect
    seen = connect().confirm(one, evidence.remote)
    assert seen is not None
    assert (seen.assurance, seen.facts["importStatus"]) == (Assurance.PICKED_UP, "New")


def test_somebody_elses_mail_proves_nothing(
    connect: Connect, fake: FakeZenvoices, zenvoices_server: ZenvoicesServer
) -> None:
    zenvoices_server.receive("De Smet - AP 1", "firm", "in@zenvoices.example")
    assert connect().confirm(parcel(fake), "<x>") is None


def test_the_inbox_is_read_over_all_pages(
    connect: Connect, fake: FakeZenvoices, zenvoices_server: ZenvoicesServer
) -> None:
    zenvoices_server.receive(f"old {UID}", "firm", "in@zenvoices.example")
    for number in range(600):
        zenvoices_server.receive(f"other {number}", "firm", "in@zenvoices.example")
    assert connect().confirm(parcel(fake), "<x>") is not None


def test_the_inbox_is_read_once_for_many(
    connect: Connect, fake: FakeZenvoices, zenvoices_server: ZenvoicesServer
) -> None:
    session = connect()
    for _ in range(20):
        session.confirm(parcel(fake), "<x>")
    assert len(zenvoices_server.requests("inbox/list")) == 1


@pytest.mark.parametrize(
    ("stage", "is_there", "found"),
    [
        (Stage.SENDING, False, Found.ABSENT),
        (Stage.PUBLISHING, False, Found.CANNOT_TELL),
        (Stage.PUBLISHING, True, Found.THERE),
    ],
)
def test_after_an_interruption_the_inbox_is_asked(
    connect: Connect,
    fake: FakeZenvoices,
    zenvoices_server: ZenvoicesServer,
    stage: Stage,
    is_there: bool,
    found: Found,
) -> None:
    if is_there:
        zenvoices_server.receive(f"x {UID}", "firm", "in@zenvoices.example")
    assert connect().probe(replace(parcel(fake), stage=stage)).found is found


def test_connecting_tries_the_web_service_and_the_mail_account(
    connect: Connect, smtp_server: SmtpServer
) -> None:
    checks = [one.name for one in connect().verify()]
    assert checks[:2] == ["Signed in to the web service", "Administrations are visible"]
    assert checks[-1] == "The sender is accepted"
    assert smtp_server.messages() == []


def test_a_wrong_password_is_tried_once(
    connect: Connect, zenvoices_server: ZenvoicesServer
) -> None:
    with pytest.raises(CredentialsRejected):
        list(connect(password="wrong").verify())
    assert len(zenvoices_server.requests("TokenLogin")) == 1


def test_a_second_factor_is_explained(connect: Connect, zenvoices_server: ZenvoicesServer) -> None:
    zenvoices_server.wants_two_factors = True
    with pytest.raises(SignInMethodRefused):
        list(connect().verify())


def test_a_user_without_the_api_right_is_told(
    connect: Connect, zenvoices_server: ZenvoicesServer
) -> None:
    zenvoices_server.has_api_right = False
    with pytest.raises(Forbidden):
        list(connect().verify())


def test_a_token_that_ended_is_renewed_once(
    connect: Connect, zenvoices_server: ZenvoicesServer
) -> None:
    session = connect()
    session.administrations()
    zenvoices_server.clock.forward(days=2)
    assert len(session.administrations()) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer.of_text("<html>busy</html>", 503, "text/html"), ServerTrouble),
        (Answer(429, b"", {"Retry-After": "7"}), RateLimited),
        (Answer(302, b"", {"Location": "https://elsewhere.example/"}), RedirectRefused),
        (Answer.of_text("<html>Hello</html>", 200, "text/html"), UnreadableAnswer),
        (Answer.of_json({"success": False, "error": {"message": "no"}}), UnreadableAnswer),
    ],
    ids=lambda one: str(getattr(one, "status", one)),
)
def test_what_an_answer_means(
    connect: Connect,
    zenvoices_server: ZenvoicesServer,
    answer: Answer,
    error: type[LedgerDeskError],
) -> None:
    zenvoices_server.break_next(FaultKind.ANSWER, "administration/list", answer=answer)
    with pytest.raises(error):
        connect().administrations()

"""Yuki: what each of its answers means, its session, its domains. The verdict is the server's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledgerdesk.connectors import _yuki_faults, get
from ledgerdesk.connectors._yuki_faults import Meaning, meaning, until_tomorrow
from ledgerdesk.connectors._yuki_session import YukiSession
from ledgerdesk.connectors._yuki_sign_in import InMemory
from ledgerdesk.errors import (
    AdministrationLimitReached,
    AdministrationMissing,
    AdministrationRefused,
    CredentialsRejected,
    DirectionUnknown,
    Disposition,
    DocumentTooLarge,
    Forbidden,
    InvalidValue,
    LedgerDeskError,
    LimitReached,
    MissingValue,
    NoSuchService,
    NothingKnown,
    OutcomeUnknown,
    RateLimited,
    RefusedByPackage,
    Scope,
    ServerTrouble,
    UnreadableAnswer,
)
from ledgerdesk.model import (
    Assurance,
    Direction,
    DocumentKind,
    Found,
    Parcel,
    Stage,
    Tokens,
)
from ledgerdesk.practice.vendors import _yuki_soap as soap
from ledgerdesk.practice.vendors.server import Answer, FaultKind
from ledgerdesk.practice.vendors.yuki import KeyLevel, YukiServer
from tests.connectors.fakes import Endpoint
from tests.helpers.parcels import INVOICE, PlainNaming, RecordingStages, make_context, make_parcel

YUKI = get("yuki")
SERVICE = "/ws/Archive.asmx"
BRUSSELS_NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
TO_MIDNIGHT = timedelta(hours=12, minutes=5)


@dataclass
class CountingBudget:
    """Says yes to everything but the scopes that are ``full``."""

    spent: list[str] = field(default_factory=list)
    shut: list[tuple[str, float]] = field(default_factory=list)
    full: set[str] = field(default_factory=set)

    def spend(self, scope: str = "") -> None:
        if scope in self.full:
            raise LimitReached(host="Yuki", limit="full", retry_after=60.0)
        self.spent.append(scope)

    def refused(self, scope: str = "") -> None:
        raise AssertionError("Yuki holds no refused call against anybody")

    def closed(self, scope: str, seconds: float) -> None:
        self.shut.append((scope, seconds))


@dataclass
class StoppedClock:
    at: datetime = BRUSSELS_NOON

    def now(self) -> datetime:
        return self.at


class Desk:
    """Sessions with one key, which keep their session id in one place unless told otherwise."""

    def __init__(self, server: YukiServer, opened: ExitStack) -> None:
        self.server = server
        self.key = server.domain_key
        self.keeper = InMemory()
        self.budget = CountingBudget()
        self.stages = RecordingStages()
        self._opened = opened

    def open(self, **more: Any) -> YukiSession:
        given = {"tokens": self.keeper, "budget": self.budget, "stages": self.stages, **more}
        secrets = {"access_key": self.key}
        values = given.pop("values", {"country": "be"})
        clock = given.pop("clock", None)
        context = make_context(values, secrets, **given)
        if clock is not None:
            context = replace(context, clock=clock)
        session = YUKI.open(context)
        assert isinstance(session, YukiSession)
        return self._opened.enter_context(session)

    def signed_in(self, **more: Any) -> YukiSession:
        """A session whose next request is what a test is about."""
        session = self.open(**more)
        session.administrations()
        self.server.log.clear()
        return session

    def parcel(self, administration: str = "", **other: Any) -> Parcel:
        made = make_parcel(YUKI, {"country": "be"}, naming=PlainNaming())
        to = administration or self.server.first.administrations[0].id
        return replace(made, administration_id=to, **other)

    def asked(self) -> list[str]:
        """The operations of the requests so far."""
        return [
            one.headers.get("soapaction", "").strip('"').rpartition("/")[2]
            for one in self.server.requests(SERVICE)
        ]


@pytest.fixture
def desk(yuki_server: YukiServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    Endpoint(monkeypatch, "yuki", yuki_server.url)
    with ExitStack() as opened:
        yield Desk(yuki_server, opened)


def fault(text: str, status: int = 500) -> Answer:
    return replace(soap.refusal(soap.SoapFault(text)), status=status)


def failure(session: YukiSession, parcel: Parcel) -> LedgerDeskError:
    (outcome,) = session.send([parcel])
    assert isinstance(outcome.error, LedgerDeskError)
    return outcome.error


# --- what its faults mean, row by row -------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "The access key is invalid.",
        "De toegangssleutel is ongeldig.",
        "La clé d'accès n'existe pas.",
        "Something nobody ever heard of.",
        "",
    ],
)
def test_a_fault_on_authenticate_wants_a_new_key(desk: Desk, text: str) -> None:
    desk.server.break_next(FaultKind.ANSWER, answer=fault(text))
    error = failure(desk.open(), desk.parcel())
    assert type(error) is CredentialsRejected
    assert error.disposition is Disposition.REAUTHENTICATE
    assert text.rstrip(".") in error.text()
    assert desk.server.documents == []


@pytest.mark.parametrize("text", ["The session has expired.", "De sessie is verlopen."])
def test_a_session_that_is_over_is_opened_again_once(desk: Desk, text: str) -> None:
    session = desk.signed_in()
    desk.server.break_next(FaultKind.ANSWER, answer=fault(text))
    assert session.send_one(desk.parcel()).remote
    assert desk.asked() == ["UploadDocument", "Authenticate", "UploadDocument"]
    assert len(desk.server.documents) == 1


def test_a_session_that_is_over_at_once_again_is_trouble_there(desk: Desk) -> None:
    session = desk.signed_in()
    over, opened = fault("Unknown session"), soap.answer("Authenticate", "s-2")
    for answer in (over, opened, over):
        desk.server.break_next(FaultKind.ANSWER, answer=answer)
    error = failure(session, desk.parcel())
    assert type(error) is ServerTrouble
    assert desk.asked() == ["UploadDocument", "Authenticate", "UploadDocument"]


@pytest.mark.parametrize(
    "text",
    [
        "Daily limit exceeded",
        "The maximum number of calls of today is reached.",
        "Het maximum aantal aanroepen van vandaag is bereikt.",
    ],
)
@pytest.mark.parametrize("signing_in", [False, True])
def test_a_used_up_limit_waits_for_the_next_day(desk: Desk, text: str, signing_in: bool) -> None:
    clock = StoppedClock()
    session = desk.open(clock=clock) if signing_in else desk.signed_in(clock=clock)
    desk.server.break_next(FaultKind.ANSWER, answer=fault(text))
    error = failure(session, desk.parcel())
    assert type(error) is LimitReached
    assert error.disposition is Disposition.RETRY
    assert error.retry_after == TO_MIDNIGHT.total_seconds()
    assert desk.budget.shut == [("", TO_MIDNIGHT.total_seconds())]
    assert desk.server.documents == []


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_missing_right_names_what_to_tick(desk: Desk, language: str) -> None:
    desk.server.office.language = language
    desk.key = desk.server.add_key(KeyLevel.DOMAIN, desk.server.first, rights=("Sales",))
    error = failure(desk.open(), desk.parcel())
    assert type(error) is Forbidden
    assert error.disposition is Disposition.BLOCK
    assert "Archive" in error.text()


@pytest.mark.parametrize(
    "text",
    [
        "The domain is not active.",
        "Het domein is niet actief.",
        "Your bundle does not include web services",
    ],
)
def test_a_sleeping_domain_stops_its_own_clients_only(desk: Desk, text: str) -> None:
    session = desk.signed_in()
    desk.server.break_next(FaultKind.ANSWER, answer=fault(text))
    error = failure(session, desk.parcel())
    assert type(error) is AdministrationRefused
    assert (error.disposition, error.scope) == (Disposition.BLOCK, Scope.LINK)
    assert text.rstrip(".") in error.text()


def test_an_inactive_domain_is_told_while_signing_in(desk: Desk) -> None:
    desk.server.first.active = False
    error = failure(desk.open(), desk.parcel())
    assert type(error) is Forbidden
    assert "not active" in error.text()


def test_any_other_fault_on_upload_refuses_the_document_after_a_second_try(desk: Desk) -> None:
    text = "Feil 4711: <b>document</b> & co " + "x" * 1000
    session = desk.signed_in()
    desk.server.break_next(FaultKind.ANSWER, answer=fault(text))
    session.send_one(desk.parcel())
    assert desk.asked() == ["UploadDocument", "GetCurrentDomain", "UploadDocument"]
    for answer in (fault(text), soap.answer("GetCurrentDomain", None), fault(text)):
        desk.server.break_next(FaultKind.ANSWER, answer=answer)
    error = failure(session, desk.parcel())
    assert type(error) is RefusedByPackage
    assert error.disposition is Disposition.REJECT
    assert "Feil 4711: <b>document</b> & co xxx" in error.text()
    assert len(str(error.params["answer"])) <= 301


def test_an_unknown_fault_of_a_session_that_is_gone_opens_a_new_one(desk: Desk) -> None:
    session = desk.signed_in()
    desk.server.office.end_sessions()
    desk.server.break_next(FaultKind.ANSWER, answer=fault("Feil 4711"))
    assert session.send_one(desk.parcel()).remote
    assert desk.asked() == ["UploadDocument", "GetCurrentDomain", "Authenticate", "UploadDocument"]


def test_an_administration_that_is_not_there_stops_its_client_only(desk: Desk) -> None:
    session = desk.signed_in()
    gone, other = desk.server.first.administrations[:2]
    desk.server.first.administrations.remove(gone)
    error = failure(session, desk.parcel(gone.id))
    assert type(error) is AdministrationRefused
    assert error.scope is Scope.LINK
    assert session.send_one(desk.parcel(other.id)).remote


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("signing_in", [False, True])
def test_http_401_and_403_want_a_new_key(desk: Desk, status: int, signing_in: bool) -> None:
    session = desk.open() if signing_in else desk.signed_in()
    desk.server.break_next(FaultKind.ANSWER, answer=Answer.of_text("no", status))
    error = failure(session, desk.parcel())
    assert type(error) is CredentialsRejected


def test_http_404_says_wrong_country(desk: Desk) -> None:
    desk.server.break_next(FaultKind.ANSWER, answer=Answer.of_text("not found", 404))
    error = failure(desk.open(), desk.parcel())
    assert type(error) is NoSuchService
    assert error.disposition is Disposition.BLOCK
    assert "country" in error.text()


def test_http_429_waits_as_long_as_it_says(desk: Desk) -> None:
    session = desk.signed_in()
    desk.server.break_next(FaultKind.ANSWER, answer=Answer(429, b"", {"Retry-After": "77"}))
    error = failure(session, desk.parcel())
    assert type(error) is RateLimited
    assert error.retry_after == 77.0


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("signing_in", [False, True])
def test_http_502_503_504_try_again(desk: Desk, status: int, signing_in: bool) -> None:
    session = desk.open() if signing_in else desk.signed_in()
    page = Answer.of_text("<html><script>x()</script><h1>Bad gateway</h1></html>", status)
    desk.server.break_next(FaultKind.ANSWER, answer=page)
    error = failure(session, desk.parcel())
    assert type(error) is ServerTrouble
    assert error.disposition is Disposition.RETRY
    assert "Bad gateway" in error.text() and "<" not in error.text()


def test_a_timeout_after_sending_is_unknown_and_then_looked_up(desk: Desk) -> None:
    desk.signed_in()
    session = desk.open(read_timeout=0.3)
    desk.server.break_next(FaultKind.STALL_AFTER, seconds=5)
    parcel = desk.parcel()
    assert type(failure(session, parcel)) is OutcomeUnknown
    probe = desk.open().probe(replace(parcel, stage=Stage.PUBLISHING))
    (stored,) = desk.server.documents
    assert probe.found is Found.THERE
    assert probe.evidence is not None and probe.evidence.remote == stored.id


# --- answers that say less than they should -------------------------------------------------------


def test_a_fault_is_seen_in_an_answer_200(desk: Desk) -> None:
    session = desk.signed_in()
    answer = fault("Deze sleutel heeft geen rechten.", status=200)
    desk.server.break_next(FaultKind.ANSWER, answer=answer)
    assert type(failure(session, desk.parcel())) is Forbidden


@pytest.mark.parametrize(
    "answer",
    [
        soap.answer("UploadDocument", ""),
        soap.answer("UploadDocument", None),
        soap.answer("UploadDocumentWithData", "38a9"),
        Answer.of_text("<html>OK</html>", 200, "text/html"),
        Answer.of_text("<html>Runtime Error</html>", 500, "text/html"),
        Answer(200, b""),
    ],
    ids=["empty", "nothing", "another call's", "a page", "a broken page", "silence"],
)
def test_an_upload_without_a_number_is_never_taken_for_done(desk: Desk, answer: Answer) -> None:
    session = desk.signed_in()
    desk.server.break_next(FaultKind.ANSWER, answer=answer)
    assert type(failure(session, desk.parcel())) is OutcomeUnknown


def test_a_page_instead_of_an_answer_teaches_nothing(desk: Desk) -> None:
    desk.server.break_next(FaultKind.ANSWER, answer=Answer.of_text("<p>Welcome</p>", 200))
    error = failure(desk.open(), desk.parcel())
    assert type(error) is UnreadableAnswer
    assert "Welcome" in error.text()


def test_an_answer_that_was_lost_is_found(desk: Desk) -> None:
    session = desk.signed_in()
    desk.server.break_next(FaultKind.DROP_AFTER)
    parcel = desk.parcel()
    assert type(failure(session, parcel)) is OutcomeUnknown
    assert session.probe(replace(parcel, stage=Stage.PUBLISHING)).found is Found.THERE
    assert len(desk.server.documents) == 1


def test_a_request_that_was_lost_is_not_guessed(desk: Desk) -> None:
    """Somebody may have moved the document on: not there proves nothing."""
    session = desk.signed_in()
    desk.server.break_next(FaultKind.DROP_BEFORE)
    parcel = desk.parcel()
    assert type(failure(session, parcel)) is OutcomeUnknown
    assert session.probe(replace(parcel, stage=Stage.PUBLISHING)).found is Found.CANNOT_TELL


@pytest.mark.parametrize(("attempt", "documents"), [(2, 1), (1, 2)], ids=["looks", "does not look"])
def test_a_later_attempt_looks_before_it_sends(desk: Desk, attempt: int, documents: int) -> None:
    """A gateway gave up although the document was kept; the first attempt never looks."""
    session = desk.open()
    session.send_one(desk.parcel())
    session.send_one(desk.parcel(attempt=attempt))
    assert len(desk.server.documents) == documents


def test_a_slow_gateway_is_given_time_before_the_look_up(desk: Desk) -> None:
    session = desk.signed_in()
    desk.server.break_next(FaultKind.ANSWER, answer=Answer(504))
    assert failure(session, desk.parcel()).retry_after == 120.0


# --- the session ----------------------------------------------------------------------------------


def test_one_sign_in_serves_every_run_of_a_day(desk: Desk) -> None:
    for n in range(3):
        naming = PlainNaming(name=f"{n}.xml")
        made = make_parcel(YUKI, {"country": "be"}, naming=naming)
        desk.open().send_one(replace(desk.parcel(), target=made.target))
    assert desk.server.office.authentications == 1
    assert desk.asked().count("UploadDocument") == 3
    assert len(desk.asked()) == 4, "one request per document, but for the sign-in"


@pytest.mark.parametrize(
    ("later", "sign_ins"),
    [
        (timedelta(hours=22, minutes=59), 1),
        (timedelta(hours=23), 2),
        (timedelta(hours=-1), 2),
    ],
    ids=["in time", "too old", "clock set back"],
)
def test_a_session_is_used_for_23_hours(desk: Desk, later: timedelta, sign_ins: int) -> None:
    clock = StoppedClock()
    desk.open(clock=clock).administrations()
    clock.at += later
    desk.open(clock=clock).administrations()
    assert desk.server.office.authentications == sign_ins


def test_another_key_never_uses_the_session_of_the_one_before(desk: Desk) -> None:
    desk.open().administrations()
    desk.key = desk.server.second_key
    (found,) = desk.open().administrations()
    assert found.name == "Brouwerij Zuid NV"


def test_a_key_is_read_without_the_blanks_around_it(desk: Desk) -> None:
    desk.key = f" {desk.key}\n"
    assert desk.open().administrations()


def test_no_key_is_told_without_asking(desk: Desk) -> None:
    desk.key = ""
    with pytest.raises(MissingValue) as raised:
        list(desk.open().verify())
    assert raised.value.field == "access_key"
    assert desk.asked() == []


def test_sessions_side_by_side_sign_in_once(desk: Desk) -> None:
    sessions = [desk.open() for _ in range(8)]
    threads = [threading.Thread(target=one.administrations) for one in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert desk.server.office.authentications == 1


# --- keys and their domains -----------------------------------------------------------------------


def test_administrations_of_a_domain(desk: Desk) -> None:
    found = desk.open().administrations()
    assert [(one.id, one.name, one.vat_number, one.active) for one in found] == [
        (one.id, one.name, one.vat_number, one.active) for one in desk.server.first.administrations
    ]


@pytest.mark.parametrize("lists_everything", [False, True])
def test_administrations_of_a_portal_carry_their_domain(desk: Desk, lists_everything: bool) -> None:
    desk.key = desk.server.portal_key
    desk.server.office.lists_everything = lists_everything
    found = desk.open().administrations()
    assert [one.id for one in found] == [
        f"{domain.id}/{one.id}"
        for domain in (desk.server.first, desk.server.second)
        for one in domain.administrations
    ]


@pytest.mark.parametrize(
    ("written", "key"),
    [("0123.456.749", "BE0123456749"), ("BE 0123 456 749", "BE0123456749"), ("unknown", "")],
)
def test_vat_numbers_come_as_everywhere_else(desk: Desk, written: str, key: str) -> None:
    desk.server.first.administrations[0].vat_number = written
    assert desk.open().administrations()[0].vat_number == key


def test_documents_for_two_domains_land_in_their_own(desk: Desk) -> None:
    desk.key = desk.server.portal_key
    session = desk.open()
    wanted = [one.id for one in session.administrations() if one.active]
    for id in [*wanted, *reversed(wanted)]:
        session.send_one(desk.parcel(id))
    landed = [f"{one.domain_id}/{one.administration_id}" for one in desk.server.documents]
    assert landed == [*wanted, *reversed(wanted)]


def test_a_domain_is_gone_to_once_for_documents_in_a_row(desk: Desk) -> None:
    desk.key = desk.server.portal_key
    session = desk.open()
    second = session.administrations()[-1].id
    desk.server.log.clear()
    for _ in range(3):
        desk.open().send_one(desk.parcel(second))
    assert desk.asked() == ["UploadDocument"] * 3


def test_two_runs_with_one_session_never_mix_their_domains(desk: Desk) -> None:
    """The window lists administrations while documents are sent: one session, two domains."""
    desk.key = desk.server.portal_key
    ids = [one.id for one in desk.open().administrations() if one.active]
    chosen = {"first": ids[0], "second": ids[-1]}
    failures: list[LedgerDeskError] = []

    def send(id: str) -> None:
        session = desk.open()
        for _ in range(10):
            (outcome,) = session.send([desk.parcel(id)])
            if isinstance(outcome.error, LedgerDeskError):
                failures.append(outcome.error)

    threads = [threading.Thread(target=send, args=(id,)) for id in chosen.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    landed = [f"{one.domain_id}/{one.administration_id}" for one in desk.server.documents]
    assert {id: landed.count(id) for id in chosen.values()} == dict.fromkeys(chosen.values(), 10)
    assert desk.server.office.authentications == 1


def test_a_stop_on_the_way_to_a_domain_leaves_no_wrong_one(desk: Desk) -> None:
    desk.key = desk.server.portal_key
    session = desk.open()
    first, second = (session.administrations()[at].id for at in (0, -1))
    session.send_one(desk.parcel(first))
    desk.server.break_next(FaultKind.DROP_AFTER)
    assert isinstance(failure(session, desk.parcel(second)), LedgerDeskError)
    assert desk.open().send_one(desk.parcel(first)).remote
    assert [one.administration_id for one in desk.server.documents] == [
        first.rpartition("/")[2],
        first.rpartition("/")[2],
    ]


def test_a_domain_the_key_lost_stops_its_own_clients_only(desk: Desk) -> None:
    desk.key = desk.server.portal_key
    session = desk.open()
    first, second = (session.administrations()[at].id for at in (0, -1))
    session.send_one(desk.parcel(first))
    stands_in = next(iter(desk.server.office.sessions.values()))
    stands_in.key = replace(stands_in.key, domains=(desk.server.first,))
    error = failure(session, desk.parcel(second))
    assert type(error) is AdministrationRefused
    assert error.scope is Scope.LINK
    assert session.send_one(desk.parcel(first)).remote


def test_the_limit_of_one_domain_stops_no_other(desk: Desk) -> None:
    desk.key = desk.server.portal_key
    clock = StoppedClock()
    session = desk.open(clock=clock)
    first, second = (session.administrations()[at].id for at in (0, -1))
    desk.server.second.limit = 0
    error = failure(session, desk.parcel(second))
    assert type(error) is AdministrationLimitReached
    assert error.scope is Scope.LINK
    assert desk.budget.shut == [(desk.server.second.id, TO_MIDNIGHT.total_seconds())]
    assert session.send_one(desk.parcel(first)).remote


# --- whose sign-in it is --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "account", "account_key"),
    [
        ("domain_key", "kantoor-noord.yukiworks.be", "be:{0}"),
        ("portal_key", "{3} (+1)", "be:{2}+"),
        ("administration_key", "Bakkerij Noord BV (kantoor-noord.yukiworks.be)", "be:{0}/{1}"),
    ],
)
def test_whose_sign_in_it_is(desk: Desk, key: str, account: str, account_key: str) -> None:
    server = desk.server
    desk.key = getattr(server, key)
    lowest = min(server.office.domains, key=lambda one: one.id)
    parts = (
        server.first.id,
        server.first.administrations[0].id,
        lowest.id,
        f"{lowest.name}.yukiworks.be",
    )
    whose = desk.open().whose()
    assert (whose.account, whose.account_key) == (
        account.format(*parts),
        account_key.format(*parts),
    )


# --- trying it out --------------------------------------------------------------------------------


def test_verify_tells_what_the_key_opens(desk: Desk) -> None:
    checks = {check.name: check.detail for check in desk.open().verify()}
    assert checks == {
        "The server answers": "127.0.0.1",
        "Signed in": "kantoor-noord.yukiworks.be",
        "The key may bring documents (Archive)": "",
        "Folder for purchases": "1 Purchase",
        "Folder for sales": "2 Sales",
        "Folder for bank statements": "3 Bank",
        "Administrations": "3",
    }


def test_verify_hints_at_a_key_of_one_administration(desk: Desk) -> None:
    desk.key = desk.server.administration_key
    *_, last = desk.open().verify()
    assert "type Domain" in last.detail


def test_verify_refuses_a_key_without_the_right(desk: Desk) -> None:
    desk.key = desk.server.add_key(KeyLevel.DOMAIN, desk.server.first, rights=())
    with pytest.raises(Forbidden):
        list(desk.open().verify())


def test_verify_refuses_a_folder_that_is_not_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledgerdesk.practice.vendors import _yuki_services

    monkeypatch.setattr(_yuki_services, "FOLDERS", {1: "Aankoop", 3: "Bank"})
    with pytest.raises(InvalidValue) as raised:
        list(desk.open().verify())
    assert raised.value.field == "sales_folder"
    assert "1 (Aankoop), 3 (Bank)" in raised.value.text()


# --- documents ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "direction", "set_up", "folder"),
    [
        (DocumentKind.INVOICE, Direction.PURCHASE, {}, 1),
        (DocumentKind.CREDIT_NOTE, Direction.PURCHASE, {}, 1),
        (DocumentKind.INVOICE, Direction.SALE, {}, 2),
        (DocumentKind.STATEMENT, None, {}, 3),
        (DocumentKind.INVOICE, Direction.PURCHASE, {"purchase_folder": "7"}, 7),
        (DocumentKind.INVOICE, Direction.SALE, {"sales_folder": "8"}, 8),
        (DocumentKind.STATEMENT, None, {"bank_folder": "7"}, 7),
    ],
)
def test_every_kind_has_its_folder(
    desk: Desk,
    kind: DocumentKind,
    direction: Direction | None,
    set_up: dict[str, str],
    folder: int,
) -> None:
    target = YUKI.target(request_for({"country": "be", **set_up}, kind, direction))
    desk.open().send_one(desk.parcel(target=target))
    (stored,) = desk.server.documents
    assert (stored.folder, stored.file_name, stored.content) == (folder, target.name, INVOICE)


def test_without_a_direction_no_folder_is_guessed() -> None:
    with pytest.raises(DirectionUnknown):
        YUKI.target(request_for({"country": "be"}, DocumentKind.INVOICE, None))


def request_for(values: dict[str, str], kind: DocumentKind, direction: Direction | None) -> Any:
    from ledgerdesk.connectors.base import TargetRequest

    return TargetRequest(values, PlainNaming(), kind, direction, "De Smet", "d", BRUSSELS_NOON)


def test_names_with_marks_of_xml_travel_whole(desk: Desk) -> None:
    naming = PlainNaming(name='2026_R&D <é> "1".xml')
    made = make_parcel(YUKI, {"country": "be"}, naming=naming)
    parcel = desk.parcel(target=made.target)
    session = desk.open()
    session.send_one(parcel)
    assert desk.server.documents[0].file_name == naming.name
    assert session.probe(replace(parcel, stage=Stage.PUBLISHING)).found is Found.THERE


def test_what_is_too_large_is_not_even_opened(desk: Desk) -> None:
    def never() -> bytes:
        raise AssertionError("opened")

    error = failure(desk.open(), desk.parcel(size=10 * 1024 * 1024 + 1, open=never))
    assert type(error) is DocumentTooLarge
    assert desk.asked() == []


def test_no_administration_no_request(desk: Desk) -> None:
    parcel = replace(desk.parcel(), administration_id="")
    error = failure(desk.open(), parcel)
    assert type(error) is AdministrationMissing
    assert error.scope is Scope.LINK
    assert desk.asked() == []


def test_signing_in_comes_before_the_stage(desk: Desk) -> None:
    """What fails before anything can have arrived must not leave a doubt."""
    desk.key = "wrong"
    assert type(failure(desk.open(), desk.parcel())) is CredentialsRejected
    assert desk.stages.seen == []


# --- finding again --------------------------------------------------------------------------------


@pytest.mark.parametrize("base", [0, 1])
@pytest.mark.parametrize(("behind", "pages"), [(0, 1), (99, 1), (100, 2), (450, 5)])
def test_a_document_is_found_among_the_newest(
    desk: Desk, base: int, behind: int, pages: int
) -> None:
    desk.server.office.first_record = base
    session, parcel = desk.signed_in(), desk.parcel(stage=Stage.PUBLISHING)
    session.send_one(parcel)
    (stored,) = desk.server.documents
    desk.server.documents.extend(
        replace(stored, id=f"{n:08x}", file_name=f"{n}.xml") for n in range(behind)
    )
    desk.server.log.clear()
    probe = session.probe(parcel)
    assert probe.evidence is not None and probe.evidence.remote == stored.id
    assert len(desk.asked()) == pages


def test_a_look_up_does_not_read_the_whole_archive(desk: Desk) -> None:
    session, parcel = desk.signed_in(), desk.parcel(stage=Stage.PUBLISHING)
    session.send_one(parcel)
    (stored,) = desk.server.documents
    desk.server.documents[:] = [
        replace(stored, id=f"{n:08x}", file_name=f"{n}.xml") for n in range(900)
    ]
    desk.server.log.clear()
    assert session.probe(parcel).found is Found.CANNOT_TELL
    assert len(desk.asked()) == 5


def test_it_is_confirmed_by_its_number(desk: Desk) -> None:
    session, parcel = desk.open(), desk.parcel()
    evidence = session.send_one(parcel)
    assert evidence.assurance is Assurance.ACKNOWLEDGED
    confirmed = session.confirm(parcel, evidence.remote)
    assert confirmed is not None
    assert (confirmed.assurance, confirmed.remote) == (Assurance.PICKED_UP, evidence.remote)


def test_what_was_removed_is_not_confirmed(desk: Desk) -> None:
    session, parcel = desk.open(), desk.parcel()
    evidence = session.send_one(parcel)
    desk.server.documents.clear()
    with pytest.raises(NothingKnown):
        session.confirm(parcel, evidence.remote)


# --- counting -------------------------------------------------------------------------------------


def test_every_request_is_counted_for_its_domain(desk: Desk) -> None:
    desk.key = desk.server.portal_key
    session = desk.open()
    second = session.administrations()[-1].id
    desk.budget.spent.clear()
    desk.server.log.clear()
    session.send_one(desk.parcel(second))
    session.probe(desk.parcel(second, stage=Stage.PUBLISHING))
    assert desk.budget.spent == [desk.server.second.id] * 2
    assert len(desk.asked()) == 2


def test_a_domain_counts_the_same_as_its_server(desk: Desk) -> None:
    session = desk.open()
    list(session.verify())
    session.send_one(desk.parcel())
    counted = desk.server.office.calls_today(desk.server.first)
    assert len(desk.budget.spent) == counted == len(desk.asked())


def test_nothing_is_asked_when_the_count_is_full(desk: Desk) -> None:
    session = desk.signed_in()
    desk.budget.full.add("")
    assert type(failure(session, desk.parcel())) is LimitReached
    assert desk.asked() == []
    assert desk.server.documents == []


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        ("2026-11-24T11:00:00+00:00", 12),
        ("2026-11-24T22:59:59+00:00", 1 / 3600),
        ("2026-11-24T23:00:00+00:00", 24),
        ("2027-03-27T23:00:00+00:00", 23),
        ("2027-10-30T22:00:00+00:00", 25),
    ],
    ids=["noon", "just before", "midnight", "spring", "autumn"],
)
def test_tomorrow_begins_five_past_midnight_in_brussels(now: str, hours: float) -> None:
    expected = timedelta(hours=hours, minutes=5).total_seconds()
    assert until_tomorrow(datetime.fromisoformat(now)) == pytest.approx(expected)


# --- the table of words ---------------------------------------------------------------------------


def test_every_word_is_known_by_its_own_kind() -> None:
    """A word that an earlier kind claims could never be reached."""
    table = _yuki_faults._table()
    for signing_in, order in ((True, table["signing_in"]), (False, table["working"])):
        for name in order:
            for word in table["words"][name]:
                assert meaning(f"… {word.upper()} …", signing_in=signing_in) is Meaning(name), word


def test_what_the_web_server_puts_before_a_fault_decides_nothing() -> None:
    said = "System.Web.Services.Protocols.SoapException: no access to session limit ---> Feil 4711"
    assert meaning(said) is Meaning.OTHER
    assert _yuki_faults.sentence(said) == "Feil 4711"


def test_what_is_kept_of_a_session_hides_the_key(desk: Desk) -> None:
    desk.open().administrations()
    kept = desk.keeper.read()
    assert isinstance(kept, Tokens)
    assert desk.key not in f"{kept.access}{kept.refresh}{dict(kept.extra)}"
    assert kept.access not in repr(kept)

"""Exact Online, row by row of what is known of it, against the strict stand-in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from ledgerdesk.connectors import get
from ledgerdesk.connectors._exact_session import LARGEST, ExactSession
from ledgerdesk.connectors.base import TargetRequest
from ledgerdesk.errors import (
    AdministrationClosed,
    AdministrationLimitReached,
    AdministrationMissing,
    AdministrationRefused,
    CredentialsRejected,
    DirectionUnknown,
    DocumentTooLarge,
    Forbidden,
    InvalidValue,
    LedgerDeskError,
    NoSuchService,
    OutcomeUnknown,
    PostboxUnclear,
    RateLimited,
    RefusedByPackage,
    RequestRefused,
    Scope,
    ServerTrouble,
    SignInExpired,
    TimedOut,
    UnreadableAnswer,
)
from ledgerdesk.errors.base import Disposition
from ledgerdesk.model import (
    Assurance,
    Direction,
    DocumentFormat,
    DocumentKind,
    Found,
    Parcel,
    Profile,
    Stage,
    Target,
)
from ledgerdesk.practice.vendors._exact_accounts import (
    NO_CHAIN,
    OLD_TOKEN,
    TOO_EARLY,
    expired,
)
from ledgerdesk.practice.vendors._exact_books import ExactMailbox
from ledgerdesk.practice.vendors.exact_online import ExactOnlineServer
from ledgerdesk.practice.vendors.server import Answer, FaultKind
from tests.helpers.exact_online import (
    DIVISION,
    SECRETS,
    VALUES,
    AheadClock,
    MemoryKeeper,
    sign_in,
)
from tests.helpers.parcels import (
    DELIVERY,
    INVOICE,
    PlainNaming,
    RecordingStages,
    make_context,
    make_parcel,
)

CONNECTOR = get("exact_online")
NAMES = {"document_number": "F-1", "enterprise_name": "De Smet", "issue_date": "2026-03-31"}
SUBJECT = f"F-1 De Smet [ledgerdesk:{DELIVERY.replace('-', '')}]"
SECOND = "100002"
POST = {"route": "postbox"}


@dataclass
class RecordingBudget:
    """Implements model.Budget; counts."""

    spent: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    pauses: list[tuple[str, float]] = field(default_factory=list)

    def spend(self, scope: str = "") -> None:
        self.spent.append(scope)

    def refused(self, scope: str = "") -> None:
        self.errors.append(scope)

    def closed(self, scope: str, seconds: float) -> None:
        self.pauses.append((scope, seconds))


@dataclass
class Office:
    """The stand-in, signed in at, with everything a session is handed."""

    server: ExactOnlineServer
    keeper: MemoryKeeper
    clock: AheadClock
    budget: RecordingBudget
    stages: RecordingStages
    opened: ExitStack

    def session(self, values: dict[str, str] | None = None, **more: Any) -> ExactSession:
        context = make_context(
            {**VALUES, **(values or {})},
            SECRETS,
            **{"stages": self.stages, "tokens": self.keeper, "budget": self.budget, **more},
        )
        session = CONNECTOR.open(replace(context, clock=self.clock))
        assert isinstance(session, ExactSession)
        return self.opened.enter_context(session)

    def forward(self, **how_far: float) -> None:
        """Both clocks."""
        self.server.clock.forward(**how_far)
        self.clock.ahead += timedelta(**how_far)

    def answers(self, path: str, *answers: Answer) -> None:
        for answer in answers:
            self.server.break_next(FaultKind.ANSWER, path, answer=answer)


@pytest.fixture
def office(
    exact_online_server: ExactOnlineServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_EXACT_ONLINE", exact_online_server.url)
    keeper = MemoryKeeper(sign_in(exact_online_server))
    with ExitStack() as opened:
        parts = (RecordingBudget(), RecordingStages(), opened)
        yield Office(exact_online_server, keeper, AheadClock(), *parts)


def parcel(values: dict[str, str] | None = None, **more: Any) -> Parcel:
    body = more.pop("body", INVOICE)
    made = make_parcel(CONNECTOR, {**VALUES, **(values or {})}, body, PlainNaming(NAMES))
    return replace(made, **{"administration_id": DIVISION, **more})


def statement(values: dict[str, str] | None = None, **more: Any) -> Parcel:
    at = datetime(2026, 3, 31, tzinfo=UTC)
    request = TargetRequest(
        {**VALUES, **(values or {})},
        PlainNaming(NAMES),
        DocumentKind.STATEMENT,
        None,
        "De Smet",
        DELIVERY,
        at,
    )
    made = {"target": CONNECTOR.target(request), "kind": DocumentKind.STATEMENT, "direction": None}
    return parcel(format=DocumentFormat.CODA, **{**made, **more})


def error_of(work: Callable[[], Any]) -> LedgerDeskError:
    with pytest.raises(LedgerDeskError) as raised:
        work()
    return raised.value


def vendor_error(status: int, text: str, **headers: str) -> Answer:
    body = {"error": {"code": "", "message": {"lang": "", "value": text}}}
    return Answer.of_json(body, status, headers)


# --- signing in -----------------------------------------------------------------------------------


def test_the_sign_in_page_of_the_country() -> None:
    for country, host in {"be": "start.exactonline.be", "uk": "start.exactonline.co.uk"}.items():
        server = CONNECTOR.authorization_server({**VALUES, "country": country}, SECRETS)
        assert server.authorize_url == f"https://{host}/api/oauth2/auth"
        assert server.token_url == f"https://{host}/api/oauth2/token"


def test_exact_wants_the_secret_and_the_very_redirect_uri_and_knows_no_pkce() -> None:
    server = CONNECTOR.authorization_server(VALUES, SECRETS)
    assert server.client_secret == SECRETS["client_secret"]
    assert server.redirect_uri == VALUES["redirect_uri"]
    assert not server.pkce
    assert server.scope == ()
    assert server.extra == {"force_login": "0"}


def test_renewal_is_due_at_570_seconds_and_an_idle_token_ends_after_thirty_days() -> None:
    rules = CONNECTOR.authorization_server(VALUES, SECRETS).rules
    assert rules.not_before == 570
    assert rules.lifetime == timedelta(days=30)
    assert rules.rotates


def test_whose_sign_in_it_is(office: Office) -> None:
    whose = office.session().whose()
    assert whose.account == "Jan Claes (jan@kantoor.example)"
    user_id = office.server.sign_ins.user.user_id
    assert whose.account_key == f"start.exactonline.be:practice-client:{user_id}"


@pytest.mark.parametrize(
    ("uri", "fine"),
    [
        ("https://kantoor.example/redirect/", True),
        ("http://localhost:8000/callback", True),
        ("http://127.0.0.1/x", True),
        ("http://kantoor.example/", False),
        ("kantoor.example", False),
    ],
)
def test_redirect_uris(uri: str, fine: bool) -> None:
    (one,) = (each for each in CONNECTOR.fields if each.name == "redirect_uri")
    if fine:
        assert one.clean(uri) == uri
    else:
        assert isinstance(error_of(lambda: one.clean(uri)), InvalidValue)


def test_an_access_token_is_used_until_570_seconds_and_then_renewed_once(office: Office) -> None:
    session = office.session()
    session.probe(parcel())
    office.forward(seconds=560)
    session.probe(parcel())
    assert office.server.sign_ins.refreshed == 0
    office.forward(seconds=15)
    session.probe(parcel())
    session.probe(parcel())
    assert office.server.sign_ins.refreshed == 1
    assert office.keeper.saved == 1


# --- token answers, row by row --------------------------------------------------------------------

_TOO_EARLY_401 = Answer(401, headers={"Reason": "Access Token not expired"})


@pytest.mark.parametrize("answer", [TOO_EARLY, _TOO_EARLY_401], ids=["400", "401"])
def test_token_row_renewed_too_early(office: Office, answer: Answer) -> None:
    """The token at hand is still good: nobody has to sign in again."""
    office.forward(seconds=575)
    office.answers("/api/oauth2/token", answer)
    assert office.session().whose().account.startswith("Jan")
    assert len(office.server.requests("/api/oauth2/token")) == 2
    assert office.keeper.saved == 0


_NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (expired(_NOW - timedelta(days=1), _NOW), "refresh token expired"),
        (OLD_TOKEN, "Old refresh token used"),
        (Answer(401, OLD_TOKEN.body, OLD_TOKEN.headers), "Old refresh token used"),
        (NO_CHAIN, "chainId"),
        (Answer(400), "400"),
        (Answer.of_text("<h1>Bad Request</h1>", 400, "text/html"), "Bad Request"),
    ],
    ids=["unused-30-days", "old-400", "old-401", "superseded", "empty", "not-json"],
)
def test_token_row_sign_in_again(office: Office, answer: Answer, words: str) -> None:
    office.forward(seconds=601)
    office.answers("/api/oauth2/token", answer)
    error = error_of(office.session().administrations)
    assert isinstance(error, SignInExpired)
    assert error.disposition is Disposition.REAUTHENTICATE
    assert words in error.text()
    assert "<" not in error.text()
    assert len(office.server.requests("/api/oauth2/token")) == 2


@pytest.mark.parametrize(
    "kind", [FaultKind.DROP_BEFORE, FaultKind.ANSWER], ids=["line-lost", "503"]
)
def test_token_row_outcome_open_once_more_with_the_same_token(
    office: Office, kind: FaultKind
) -> None:
    office.forward(seconds=601)
    office.server.break_next(kind, "/api/oauth2/token")
    office.session().administrations()
    renewals = office.server.requests("/api/oauth2/token")[1:]
    assert len(renewals) == 2
    assert renewals[0].form()["refresh_token"] == renewals[1].form()["refresh_token"]


def test_token_row_answer_lost_after_rotation_needs_a_person(office: Office) -> None:
    office.forward(seconds=601)
    office.server.break_next(FaultKind.DROP_AFTER, "/api/oauth2/token")
    error = error_of(office.session().administrations)
    assert isinstance(error, SignInExpired)
    assert "Old refresh token used" in error.text()


def test_token_row_server_down_is_tried_later(office: Office) -> None:
    office.forward(seconds=601)
    office.server.break_next(FaultKind.ANSWER, "/api/oauth2/token", times=2)
    assert isinstance(error_of(office.session().administrations), ServerTrouble)


def test_token_row_a_wrong_secret_is_said_so(office: Office) -> None:
    office.forward(seconds=601)
    context = make_context(VALUES, {"client_secret": "wrong"}, tokens=office.keeper)
    session = CONNECTOR.open(replace(context, clock=office.clock))
    with session:
        assert isinstance(error_of(session.administrations), CredentialsRejected)


# --- REST answers, row by row ---------------------------------------------------------------------

_CALLS = {
    "document": ("documents/Documents", {}),
    "attachment": ("documents/DocumentAttachments", {}),
    "message": ("mailbox/MailMessagesSent", POST),
    "mail-attachment": ("mailbox/MailMessageAttachments", POST),
}


def refused(office: Office, answer: Answer, call: str = "document") -> LedgerDeskError:
    """What sending says when the vendor answers this to one of its POSTs."""
    path, values = _CALLS[call]
    look = "POST" if "Attachment" in path else "GET"
    if look == "GET":
        # The look-up before comes first.
        office.answers(path, Answer.of_json({"d": {"results": []}}))
    office.answers(path, answer)
    return error_of(lambda: office.session(values).send_one(parcel(values)))


@pytest.mark.parametrize("call", _CALLS)
def test_rest_row_403_closes_this_administration_only(office: Office, call: str) -> None:
    error = refused(office, vendor_error(403, "Forbidden"), call)
    assert isinstance(error, AdministrationRefused)
    assert (error.scope, error.disposition) == (Scope.LINK, Disposition.BLOCK)
    assert "Forbidden" in error.text() and DIVISION in error.text()
    assert office.budget.errors == [DIVISION]


@pytest.mark.parametrize("call", _CALLS)
def test_rest_row_404_closes_this_administration_only(office: Office, call: str) -> None:
    error = refused(office, Answer(404), call)
    assert isinstance(error, AdministrationClosed)
    assert error.scope is Scope.LINK
    assert office.budget.errors == [DIVISION]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (vendor_error(400, "Invalid value: Subject"), "Invalid value: Subject"),
        (Answer(400, headers={"Reason": "Malformed"}), "Malformed"),
        (vendor_error(405, "Method not allowed"), "Method not allowed"),
        (vendor_error(500, "Mandatory: Journal"), "Mandatory: Journal"),
        (vendor_error(500, "<b>Journal</b> " + "x" * 900), "Journal"),
    ],
    ids=["400", "400-empty", "405", "500-with-sentence", "500-long"],
)
@pytest.mark.parametrize("call", _CALLS)
def test_rest_row_a_refused_document_is_rejected(
    office: Office, call: str, answer: Answer, words: str
) -> None:
    error = refused(office, answer, call)
    assert isinstance(error, RefusedByPackage)
    assert (error.scope, error.disposition) == (Scope.DELIVERY, Disposition.REJECT)
    assert words in error.text()
    assert len(error.text()) < 600


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500),
        Answer.of_text("<h1>Server Error</h1>", 500, "text/html"),
        Answer(502),
        Answer(503, headers={"Retry-After": "120"}),
        Answer(504),
    ],
    ids=["500-empty", "500-html", "502", "503", "504"],
)
@pytest.mark.parametrize("call", _CALLS)
def test_rest_row_a_server_in_trouble_is_tried_again(
    office: Office, call: str, answer: Answer
) -> None:
    error = refused(office, answer, call)
    assert isinstance(error, ServerTrouble)
    assert error.disposition is Disposition.RETRY
    assert error.retry_after == (120 if answer.status == 503 else None)
    assert "<" not in error.text()
    assert office.budget.errors == []


@pytest.mark.parametrize("call", _CALLS)
def test_rest_row_after_trouble_nothing_is_doubled(office: Office, call: str) -> None:
    """The 502 came although everything was done: the next attempt finds it."""
    path, values = _CALLS[call]
    if "Attachment" not in path:
        office.answers(path, Answer.of_json({"d": {"results": []}}))
    office.server.break_next(FaultKind.DROP_AFTER, path)
    error = error_of(lambda: office.session(values).send_one(parcel(values)))
    assert isinstance(error, OutcomeUnknown)
    again = parcel(values, attempt=2, so_far=office.stages.so_far)
    office.session(values).send_one(again)
    assert office.server.files() == [INVOICE]
    assert len(office.server.books.documents) + len(office.server.books.messages) == 1


@pytest.mark.parametrize("call", _CALLS)
def test_rest_row_a_timeout_after_sending_is_unknown(office: Office, call: str) -> None:
    path, values = _CALLS[call]
    if "Attachment" not in path:
        office.answers(path, Answer.of_json({"d": {"results": []}}))
    office.server.break_next(FaultKind.STALL_AFTER, path, seconds=1.5)
    session = office.session(values, read_timeout=0.3)
    assert isinstance(error_of(lambda: session.send_one(parcel(values))), OutcomeUnknown)


def test_rest_row_a_timeout_while_looking_is_tried_again(office: Office) -> None:
    office.server.break_next(FaultKind.STALL, "documents/Documents", seconds=1.5)
    session = office.session(read_timeout=0.3)
    assert isinstance(error_of(lambda: session.send_one(parcel())), TimedOut)
    assert office.stages.seen == []


def test_rest_row_401_because_somebody_signed_in_again(office: Office) -> None:
    """The tokens of now are read, not those of when the session was opened."""
    session = office.session()
    session.probe(parcel())
    office.keeper.tokens = sign_in(office.server)
    assert session.probe(parcel()).found is Found.ABSENT
    assert office.budget.errors == [DIVISION]
    assert office.server.sign_ins.refreshed == 0


def test_rest_row_401_with_a_young_token_is_tried_once_more_and_not_renewed(
    office: Office,
) -> None:
    office.answers("current/Me", Answer(401))
    assert office.session().whose().account.startswith("Jan")
    assert len(office.server.requests("/api/oauth2/token")) == 1


def test_rest_row_401_that_stays_needs_a_person(office: Office) -> None:
    office.answers("current/Me", Answer(401), Answer(401), Answer(401))
    error = error_of(office.session().whose)
    assert isinstance(error, SignInExpired)
    assert len(office.server.requests("current/Me")) == 2
    assert len(office.server.requests("/api/oauth2/token")) == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(403, Forbidden), (404, NoSuchService), (400, RequestRefused)]
)
def test_rest_row_outside_an_administration(
    office: Office, status: int, kind: type[LedgerDeskError]
) -> None:
    office.answers("current/Me", vendor_error(status, "No"))
    error = error_of(office.session().whose)
    assert type(error) is kind
    assert error.scope is not Scope.LINK


@pytest.mark.parametrize(
    "answer",
    [
        Answer.of_text('<?xml version="1.0"?><feed/>', 200, "application/atom+xml"),
        Answer(200),
        Answer.of_json({"d": "text"}),
        Answer.of_json({"d": {"results": ["text"]}}),
        Answer.of_json(["x"]),
        Answer(200, b"{" * 100_000),
    ],
    ids=["atom", "empty", "text", "texts", "list", "deep"],
)
def test_an_answer_that_says_nothing_is_told(office: Office, answer: Answer) -> None:
    office.answers("current/Me", answer)
    assert isinstance(error_of(office.session().whose), UnreadableAnswer)


@pytest.mark.parametrize(
    "answer",
    [Answer(201), Answer.of_json({}, 201), Answer.of_json({"d": {"ID": ""}}, 201)],
    ids=["empty", "no-d", "no-id"],
)
def test_a_good_status_without_an_id_is_unknown(office: Office, answer: Answer) -> None:
    assert isinstance(refused(office, answer), OutcomeUnknown)


# --- limits ---------------------------------------------------------------------------------------


def reset(seconds: float) -> str:
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    return str(int(at.timestamp() * 1000))


def minutely(remaining: str, seconds: float | None) -> dict[str, str]:
    told = {} if seconds is None else {"X-RateLimit-Minutely-Reset": reset(seconds)}
    return {
        "X-RateLimit-Minutely-Limit": "60",
        "X-RateLimit-Minutely-Remaining": remaining,
        **told,
    }


def daily(remaining: str, seconds: float | None) -> dict[str, str]:
    told = {} if seconds is None else {"X-RateLimit-Reset": reset(seconds)}
    return {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": remaining, **told}


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        (lambda: minutely("0", 30), 28, 32),
        (lambda: minutely("0", None), 61, 61),
        (lambda: minutely("0", -5), 61, 61),
        (lambda: minutely("0", 9_999), 61, 61),
        (lambda: daily("0", 7_200), 7_198, 7_202),
        (lambda: daily("0", None), 1, 90_002),
        (lambda: {"Retry-After": "17"}, 17, 17),
        (dict, 3_600, 3_600),
    ],
    ids=["minute", "minute-untold", "minute-past", "minute-far", "day", "day-untold", "asked", "-"],
)
def test_rest_row_429(
    office: Office, headers: Callable[[], dict[str, str]], least: float, most: float
) -> None:
    error = refused(office, Answer(429, headers=headers()))
    assert isinstance(error, AdministrationLimitReached)
    assert error.scope is Scope.LINK
    assert error.retry_after is not None and least <= error.retry_after <= most
    assert office.budget.errors == []
    ((scope, seconds),) = office.budget.pauses
    assert (scope, round(seconds)) == (DIVISION, round(error.retry_after))


def test_429_outside_an_administration_is_the_accounts(office: Office) -> None:
    office.answers("current/Me", Answer(429, headers=minutely("0", 10)))
    error = error_of(office.session().whose)
    assert type(error) is RateLimited
    assert error.retry_after is not None and 9 <= error.retry_after <= 12


def test_the_last_call_of_a_minute_closes_the_administration(office: Office) -> None:
    office.server.meter.a_minute = 1
    office.session()._api.add("documents/Documents", DIVISION, {"Subject": "x", "Type": 20})
    ((scope, seconds),) = office.budget.pauses
    assert scope == DIVISION
    assert 0 < seconds <= 61


def test_every_call_is_spent_for_its_administration(office: Office) -> None:
    session = office.session()
    session.send_one(parcel())
    session.whose()
    assert office.budget.spent == [DIVISION] * 3 + [""]
    assert office.budget.errors == []


@pytest.mark.parametrize("path", ["documents/Documents", "documents/DocumentAttachments"])
def test_an_answer_nobody_heard_counts_as_a_refusal(office: Office, path: str) -> None:
    """A question's or a document's: the vendor counted it, if it was one."""
    office.server.break_next(FaultKind.DROP_AFTER, path)
    error_of(lambda: office.session().send_one(parcel()))
    assert office.budget.errors == [DIVISION]


def test_what_the_vendor_allows_is_declared() -> None:
    calls = [(one.count, one.per_scope) for one in CONNECTOR.limits if not one.errors]
    assert calls == [(60, True), (5_000, True)]
    (errors,) = (one for one in CONNECTOR.limits if one.errors)
    assert (errors.count, errors.seconds) == (9, 3_600), "the tenth shuts the endpoint"


# --- administrations ------------------------------------------------------------------------------


def test_all_divisions_over_all_pages(office: Office) -> None:
    office.server.add_divisions(147)
    listed = office.session().administrations()
    assert [one.id for one in listed] == [str(code) for code in range(100001, 100151)]
    assert len(office.server.requests("system/Divisions")) == 3
    assert office.server.requests("hrm/Divisions") == []


def test_a_division_is_told_with_number_and_state(office: Office) -> None:
    divisions = office.server.books.divisions
    divisions[100001].vat_number = "be 0403.170.701"
    divisions[100002].vat_number = "403170701"
    divisions[100002].status = 2
    divisions[100003].vat_number = ""
    divisions[100003].blocking_status = 3
    first, second, third = office.session().administrations()
    assert (first.name, first.vat_number, first.active) == ("Client 1", "BE0403170701", True)
    assert (second.vat_number, second.active) == ("BE0403170701", False)
    assert (third.vat_number, third.active) == ("", False)


@pytest.mark.parametrize("status", [403, 404])
def test_fallback_to_the_divisions_of_one_licence(office: Office, status: int) -> None:
    office.answers("system/Divisions", vendor_error(status, "No"))
    assert len(office.session().administrations()) == 3


def test_fallback_to_the_current_division(office: Office) -> None:
    office.answers("system/Divisions", vendor_error(403, "No"))
    office.answers("hrm/Divisions", Answer(404))
    (only,) = office.session().administrations()
    assert (only.id, only.name) == (DIVISION, "Kantoor Claes")


def test_a_list_of_one_is_completed_by_the_narrower_list(office: Office) -> None:
    row = {"Code": 100001, "Description": "Client 1", "Status": 1, "BlockingStatus": 0}
    office.answers("system/Divisions", Answer.of_json({"d": [row]}))
    assert [one.id for one in office.session().administrations()] == ["100001", "100002", "100003"]


def test_verifying_and_listing_ask_once(office: Office) -> None:
    session = office.session()
    list(session.verify())
    session.administrations()
    assert len(office.server.requests("system/Divisions")) == 1
    assert len(office.server.requests("current/Me")) == 1


def test_a_page_at_another_address_is_not_fetched(office: Office) -> None:
    """Whoever answers there would be given the token."""
    elsewhere = "http://127.0.0.1:9/api/v1/100001/system/Divisions?$skiptoken=1"
    body = {"d": {"results": [], "__next": elsewhere}}
    office.answers("system/Divisions", Answer.of_json(body))
    assert isinstance(error_of(office.session().administrations), UnreadableAnswer)


def test_a_page_that_leads_to_itself_ends(office: Office) -> None:
    url = f"{office.server.url}/api/v1/{DIVISION}/system/Divisions?$skiptoken=1"
    row = {"Code": 100001, "Description": "Client 1"}
    answer = Answer.of_json({"d": {"results": [row, row], "__next": url}})
    office.answers("system/Divisions", *[answer] * 5)
    office.session().administrations()
    assert len(office.server.requests("system/Divisions")) == 2


def test_verify_with_a_closed_archive_says_so_and_goes_on(office: Office) -> None:
    office.server.books.divisions[100001].documents = False
    checks = list(office.session().verify())
    assert [check.ok for check in checks] == [True, True, False]
    assert DIVISION in checks[-1].detail


def test_verify_looks_at_the_way_that_is_chosen(office: Office) -> None:
    office.server.books.divisions[100001].documents = False
    checks = list(office.session(POST).verify())
    assert all(check.ok for check in checks)
    assert checks[-1].detail == "client1@exactonline.example"


def test_verify_without_any_active_administration(office: Office) -> None:
    for one in office.server.books.divisions.values():
        one.status = 0
    error = error_of(lambda: list(office.session().verify()))
    assert isinstance(error, AdministrationRefused)


# --- where it goes --------------------------------------------------------------------------------


def target(direction: Direction | None, kind: DocumentKind, **values: str) -> Target:
    at = datetime(2026, 3, 31, tzinfo=UTC)
    naming = PlainNaming(NAMES)
    request = TargetRequest({**VALUES, **values}, naming, kind, direction, "De Smet", DELIVERY, at)
    return CONNECTOR.target(request)


@pytest.mark.parametrize(
    ("kind", "direction", "values", "place", "number"),
    [
        (DocumentKind.INVOICE, Direction.PURCHASE, {}, "documents", "20"),
        (DocumentKind.INVOICE, Direction.SALE, {}, "documents", "10"),
        (DocumentKind.CREDIT_NOTE, Direction.PURCHASE, {}, "documents", "20"),
        (DocumentKind.INVOICE, Direction.PURCHASE, POST, "postbox", "1000"),
        (DocumentKind.INVOICE, Direction.SALE, POST, "postbox", "1100"),
        (DocumentKind.STATEMENT, None, {}, "postbox", "2000"),
        (DocumentKind.STATEMENT, None, {"statement_route": "documents"}, "documents", "55"),
    ],
)
def test_ways_and_types(
    kind: DocumentKind,
    direction: Direction | None,
    values: dict[str, str],
    place: str,
    number: str,
) -> None:
    found = target(direction, kind, **values)
    assert (found.place, found.extra["type"]) == (place, number)
    assert found.extra["subject"] == SUBJECT
    assert found.extra["date"] == "2026-03-31"


def test_an_invoice_without_direction_is_not_guessed() -> None:
    assert isinstance(error_of(lambda: target(None, DocumentKind.INVOICE)), DirectionUnknown)


def test_a_long_name_leaves_the_token_whole() -> None:
    naming = PlainNaming({**NAMES, "enterprise_name": "x" * 500 + "\n"})
    at = datetime(2026, 3, 31, tzinfo=UTC)
    request = TargetRequest(VALUES, naming, DocumentKind.INVOICE, Direction.SALE, "x", DELIVERY, at)
    subject = CONNECTOR.target(request).extra["subject"]
    assert len(subject) < 150
    assert subject.endswith(SUBJECT[-20:])


# --- arriving -------------------------------------------------------------------------------------


def test_an_invoice_becomes_a_document_with_its_file(office: Office) -> None:
    evidence = office.session().send_one(parcel())
    (kept,) = office.server.books.documents
    assert (kept.division, kept.type, kept.subject) == (100001, 20, SUBJECT)
    assert kept.values["DocumentDate"].date().isoformat() == "2026-03-31"
    assert parcel().sha256 in kept.values["Body"]
    assert [(one.name, one.content) for one in kept.files] == [(parcel().target.name, INVOICE)]
    assert evidence.assurance is Assurance.ACKNOWLEDGED
    assert evidence.remote == f"{DIVISION}/documents/{kept.id}"


@pytest.mark.parametrize(
    ("profile", "format", "number"),
    [
        (Profile.E_FFF_3, DocumentFormat.UBL, 24),
        (Profile.PEPPOL_BIS_3, DocumentFormat.UBL, 23),
        (Profile.SI_UBL_1, DocumentFormat.UBL, 26),
        (Profile.EN16931, DocumentFormat.UBL, 130),
        (Profile.NONE, DocumentFormat.CII, 50),
        (Profile.NONE, DocumentFormat.PDF, 10),
        (Profile.NONE, DocumentFormat.UNKNOWN, None),
    ],
)
def test_an_invoice_through_the_postbox(
    office: Office, profile: Profile, format: DocumentFormat, number: int | None
) -> None:
    evidence = office.session(POST).send_one(parcel(POST, profile=profile, format=format))
    (kept,) = office.server.books.messages
    own = office.server.books.mailboxes[0].id
    assert (kept.division, kept.type, kept.subject) == (100001, 1000, SUBJECT)
    assert kept.values["SenderMailboxID"] == kept.values["RecipientMailboxID"] == own
    assert [(one.content, one.type) for one in kept.files] == [(INVOICE, number)]
    assert evidence.remote == f"{DIVISION}/postbox/{kept.id}"


def test_a_statement_goes_to_the_postbox_as_bank_file(office: Office) -> None:
    office.session().send_one(statement())
    (kept,) = office.server.books.messages
    assert kept.type == 2000
    assert [(one.content, one.type) for one in kept.files] == [(INVOICE, 70)]


def test_bank_files_that_only_the_vendor_may_send_are_rejected_with_its_words(
    office: Office,
) -> None:
    office.server.books.takes_bank_mail = False
    error = error_of(lambda: office.session().send_one(statement()))
    assert isinstance(error, RefusedByPackage)
    assert "internal use" in error.text()


@pytest.mark.parametrize("values", [{}, POST], ids=["documents", "postbox"])
def test_without_an_administration_nothing_is_asked(office: Office, values: Any) -> None:
    sent = parcel(values, administration_id="")
    error = error_of(lambda: office.session(values).send_one(sent))
    assert isinstance(error, AdministrationMissing)
    assert error.scope is Scope.LINK
    assert office.budget.spent == []


def test_a_document_above_our_bound_is_not_sent(office: Office) -> None:
    error = error_of(lambda: office.session().send_one(parcel(body=bytes(LARGEST + 1))))
    assert isinstance(error, DocumentTooLarge)
    assert office.server.books.documents == []


def test_a_subject_with_a_quote_is_found_again(office: Office) -> None:
    naming = PlainNaming({**NAMES, "enterprise_name": "L'Épi d'Or & Fils"})
    made = replace(make_parcel(CONNECTOR, VALUES, INVOICE, naming), administration_id=DIVISION)
    for attempt in (1, 2):
        office.session().send_one(replace(made, attempt=attempt))
    assert office.server.files() == [INVOICE]


def test_one_closed_administration_leaves_the_others_open(office: Office) -> None:
    office.server.books.divisions[100001].documents = False
    other = replace(parcel(), delivery_id="1" * 20, administration_id=SECOND)
    session = office.session()
    closed, arrived = session.send([parcel(), other])
    assert isinstance(closed.error, AdministrationRefused)
    assert arrived.evidence is not None
    assert office.server.books.documents[0].division == 100002


# --- which postbox --------------------------------------------------------------------------------


def box(office: Office, **more: Any) -> ExactMailbox:
    made = ExactMailbox("second@exactonline.example", 100001)
    for name, value in more.items():
        setattr(made, name, value)
    office.server.books.mailboxes.append(made)
    return made


@pytest.mark.parametrize(
    "other",
    [
        {"for_division": 100002},
        {"for_division": None},
        {"type": 2},
        {"valid_to": datetime(2020, 1, 1, tzinfo=UTC)},
        {"valid_from": datetime(2999, 1, 1, tzinfo=UTC)},
    ],
    ids=lambda other: next(iter(other)),
)
def test_only_the_administrations_own_valid_postbox_counts(office: Office, other: Any) -> None:
    box(office, **other)
    office.session(POST).send_one(parcel(POST))
    own = office.server.books.mailboxes[0].id
    assert office.server.books.messages[0].values["RecipientMailboxID"] == own


def test_two_postboxes_need_a_person(office: Office) -> None:
    box(office)
    error = error_of(lambda: office.session(POST).send_one(parcel(POST)))
    assert isinstance(error, PostboxUnclear)
    assert error.scope is Scope.LINK
    assert "second@exactonline.example" in error.text()
    assert office.stages.so_far == ""


def test_the_named_postbox_is_used(office: Office) -> None:
    second = box(office)
    values = {**POST, "postbox": "Second@ExactOnline.example"}
    office.session(values).send_one(parcel(values))
    assert office.server.books.messages[0].values["RecipientMailboxID"] == second.id


def test_no_postbox_in_the_licence_closes_the_link_only(office: Office) -> None:
    office.server.books.divisions[100001].mailbox = False
    error = error_of(lambda: office.session(POST).send_one(parcel(POST)))
    assert isinstance(error, AdministrationClosed)
    assert "licence" in error.text()


# --- in two steps ---------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [{}, POST], ids=["documents", "postbox"])
def test_the_second_step_is_resumed(office: Office, values: Any) -> None:
    attachments = "DocumentAttachments" if not values else "MailMessageAttachments"
    office.answers(attachments, Answer(503))
    error_of(lambda: office.session(values).send_one(parcel(values)))
    assert office.stages.so_far
    office.session(values).send_one(parcel(values, attempt=2, so_far=office.stages.so_far))
    assert office.server.files() == [INVOICE]
    assert len(office.server.books.documents) + len(office.server.books.messages) == 1


@pytest.mark.parametrize("values", [{}, POST], ids=["documents", "postbox"])
def test_half_of_it_is_found_by_its_subject(office: Office, values: Any) -> None:
    """The answer to the first step was lost, and with it the id."""
    attachments = "DocumentAttachments" if not values else "MailMessageAttachments"
    office.answers(attachments, Answer(503))
    error_of(lambda: office.session(values).send_one(parcel(values)))
    office.session(values).send_one(parcel(values, attempt=2))
    assert office.server.files() == [INVOICE]
    assert len(office.server.books.documents) + len(office.server.books.messages) == 1


def test_it_goes_on_where_it_began_whatever_is_chosen_since(office: Office) -> None:
    office.answers("DocumentAttachments", Answer(503))
    error_of(lambda: office.session().send_one(parcel()))
    moved = parcel(attempt=2, so_far=office.stages.so_far, administration_id=SECOND)
    evidence = office.session().send_one(moved)
    assert evidence.remote.startswith(f"{DIVISION}/")
    assert [one.division for one in office.server.books.documents] == [100001]


def test_what_is_there_already_is_not_sent_again(office: Office) -> None:
    first = office.session().send_one(parcel())
    posts = len(office.server.requests(method="POST"))
    again = office.session().send_one(parcel())
    assert again.remote == first.remote
    assert len(office.server.requests(method="POST")) == posts


def test_where_one_cannot_look_the_first_attempt_is_made(office: Office) -> None:
    office.server.books.unfilterable.add("mailbox/MailMessagesSent/Subject")
    session = office.session(POST)
    session.send_one(parcel(POST))
    session.send_one(replace(parcel(POST), delivery_id="2" * 20))
    assert len(office.server.books.messages) == 2
    assert office.budget.errors == [DIVISION], "refused questions count: asked once in a session"


def test_where_one_cannot_look_a_second_attempt_is_never_a_guess(office: Office) -> None:
    office.server.books.unfilterable.add("mailbox/MailMessagesSent/Subject")
    error = error_of(lambda: office.session(POST).send_one(parcel(POST, attempt=2)))
    assert isinstance(error, OutcomeUnknown)
    assert office.server.books.messages == []


def test_stages_tell_what_was_made_before_the_file_follows(office: Office) -> None:
    seen: list[tuple[int, int, str]] = []
    books = office.server.books

    def look() -> None:
        seen.append((len(books.documents), len(office.server.files()), office.stages.so_far))

    office.stages.then = look
    office.session().send_one(parcel())
    made = f"{DIVISION}/documents/{books.documents[0].id}"
    assert seen == [(0, 0, ""), (1, 0, made)]


# --- asking ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [{}, POST], ids=["documents", "postbox"])
def test_a_lost_answer_is_found_by_the_look_up(office: Office, values: Any) -> None:
    attachments = "DocumentAttachments" if not values else "MailMessageAttachments"
    office.server.break_next(FaultKind.DROP_AFTER, attachments)
    error_of(lambda: office.session(values).send_one(parcel(values)))
    asked = parcel(values, stage=Stage.PUBLISHING, so_far=office.stages.so_far)
    probe = office.session(values).probe(asked)
    assert probe.found is Found.THERE
    assert probe.evidence is not None and probe.evidence.remote == office.stages.so_far


def test_half_of_it_is_not_there(office: Office) -> None:
    office.answers("DocumentAttachments", Answer(503))
    error_of(lambda: office.session().send_one(parcel()))
    for so_far in ("", office.stages.so_far):
        probe = office.session().probe(parcel(stage=Stage.PUBLISHING, so_far=so_far))
        assert probe.found is Found.ABSENT


def test_another_deliverys_document_is_not_mistaken(office: Office) -> None:
    office.session().send_one(parcel())
    made = make_parcel(CONNECTOR, VALUES, INVOICE, PlainNaming(NAMES), delivery_id="3" * 20)
    probe = office.session().probe(replace(made, administration_id=DIVISION))
    assert probe.found is Found.ABSENT


def test_where_one_cannot_look_nothing_is_claimed(office: Office) -> None:
    office.server.books.unfilterable.add("documents/Documents/Subject")
    assert office.session().probe(parcel()).found is Found.CANNOT_TELL


# --- afterwards -----------------------------------------------------------------------------------

STATUSES = {
    10: None,
    20: None,
    25: None,
    30: None,
    42: None,
    43: None,
    46: None,
    40: Assurance.PICKED_UP,
    50: Assurance.PICKED_UP,
}


@pytest.mark.parametrize("status", STATUSES)
def test_what_became_of_a_message(office: Office, status: int) -> None:
    evidence = office.session(POST).send_one(parcel(POST))
    office.server.books.messages[0].status = status
    said = office.session(POST).confirm(parcel(POST), evidence.remote)
    assert (said.assurance if said else None) is STATUSES[status]
    if said:
        assert said.remote == evidence.remote
        assert json.dumps(dict(said.facts))


@pytest.mark.parametrize(("status", "words"), [(5, "rejected"), (45, "error during processing")])
def test_a_message_refused_afterwards(office: Office, status: int, words: str) -> None:
    evidence = office.session(POST).send_one(parcel(POST))
    office.server.books.messages[0].status = status
    error = error_of(lambda: office.session(POST).confirm(parcel(POST), evidence.remote))
    assert isinstance(error, RefusedByPackage)
    assert words in error.text()


def test_a_message_that_was_tidied_up_says_nothing(office: Office) -> None:
    evidence = office.session(POST).send_one(parcel(POST))
    office.server.books.messages.clear()
    assert office.session(POST).confirm(parcel(POST), evidence.remote) is None


def test_of_a_document_nothing_more_is_asked(office: Office) -> None:
    evidence = office.session().send_one(parcel())
    spent = len(office.budget.spent)
    assert office.session().confirm(parcel(), evidence.remote) is None
    assert len(office.budget.spent) == spent


# --- what travels ---------------------------------------------------------------------------------


def test_no_secret_travels_in_an_address(office: Office) -> None:
    office.session().send_one(parcel())
    office.session().administrations()
    assert office.keeper.tokens is not None
    targets = [one.target for one in office.server.requests("/api/v1/")]
    assert targets
    for secret in (office.keeper.tokens.access, office.keeper.tokens.refresh, *SECRETS.values()):
        assert not [one for one in targets if secret in one]


def test_only_what_is_needed_is_asked(office: Office) -> None:
    office.session().send_one(parcel())
    (look,) = office.server.requests("documents/Documents", "GET")
    query = dict(parse_qsl(urlsplit(look.target).query))
    assert query == {"$select": "ID", "$filter": f"Subject eq '{SUBJECT}'"}

"""A vendor's web service described by a profile: who asks, what is sent, what answers mean."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from ledgerdesk import connectors, paths
from ledgerdesk.connectors.base import Session
from ledgerdesk.errors import (
    AdministrationMissing,
    AdministrationRefused,
    CredentialsRejected,
    Disposition,
    DocumentTooLarge,
    EmptyVariable,
    Forbidden,
    FormatDiffers,
    InsecureAddress,
    InvalidValue,
    LedgerDeskError,
    LimitReached,
    OutcomeUnknown,
    Owner,
    ProfileIncomplete,
    RateLimited,
    RedirectRefused,
    RefusedByPackage,
    Scope,
    ServerTrouble,
    ServiceMissing,
    TimedOut,
    UnreadableAnswer,
)
from ledgerdesk.model import (
    Assurance,
    Direction,
    DocumentKind,
    Found,
    Parcel,
    Stage,
)
from ledgerdesk.practice.vendors.rest_profile import (
    REFUSED,
    Account,
    RestProfileServer,
    Ways,
    paper,
)
from ledgerdesk.practice.vendors.server import Answer, FaultKind
from tests.helpers.parcels import RecordingStages, make_context, make_parcel

BOCOUNT = connectors.get("bocount")
COMPANY = "BE0403170701"
CONTENT = "<Invoice>Café</Invoice>".encode()
UPLOAD = "/documents/"
AUTHS = ("none", "basic", "bearer", "header", "query", "login")
BODIES = ("multipart", "json_base64", "json_string", "raw")


@dataclass
class Service:
    """The vendor, the profile a firm has of it, and what BoCount's form was filled in with."""

    server: RestProfileServer
    file: Path
    values: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    opened: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        account = self.server.account
        by_key = self.server.ways.auth in ("bearer", "header", "query")
        self.values = {
            "route": "api",
            "base_url": self.server.address,
            "username": account.username,
            "company_number": COMPANY,
        }
        self.secrets = {"password": account.key if by_key else account.password}
        self.file.write_text(paper("bocount", self.server.ways))

    def correct(self, old: str, new: str) -> None:
        """Changes the profile; what is replaced must stand there."""
        text = self.file.read_text()
        assert old in text
        self.file.write_text(text.replace(old, new))

    def connect(self, **more: Any) -> Session:
        values = {**self.values, **more.pop("values", {})}
        secrets = more.pop("secrets", self.secrets)
        return self.opened.enter_context(BOCOUNT.open(make_context(values, secrets, **more)))

    def parcel(self, body: bytes = CONTENT, **changes: Any) -> Parcel:
        values = {**self.values, **changes.pop("values", {})}
        return replace(make_parcel(BOCOUNT, values, body), **changes)

    def send(self, parcel: Parcel | None = None, **more: Any) -> Any:
        return self.connect(**more).send_one(parcel or self.parcel())

    def fails(self, parcel: Parcel | None = None, **more: Any) -> LedgerDeskError:
        with pytest.raises(LedgerDeskError) as caught:
            self.send(parcel, **more)
        return caught.value


@pytest.fixture
def make(
    make_rest_profile: Callable[..., RestProfileServer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., Service]]:
    monkeypatch.setattr(paths, "_own_profiles", [tmp_path])
    with ExitStack() as opened:

        def one(**ways: Any) -> Service:
            made = Service(make_rest_profile(Ways(**ways)), tmp_path / "bocount.toml")
            opened.enter_context(made.opened)
            return made

        yield one


@pytest.fixture
def service(make: Callable[..., Service]) -> Service:
    return make()


# --- sending ------------------------------------------------------------------------------------


@pytest.mark.parametrize("auth", AUTHS)
def test_every_way_to_show_who_asks(make: Callable[..., Service], auth: str) -> None:
    service = make(auth=auth)
    assert service.send().assurance is Assurance.ACKNOWLEDGED
    assert service.server.contents == [CONTENT]


@pytest.mark.parametrize("body", BODIES)
def test_every_way_to_send_a_document(make: Callable[..., Service], body: str) -> None:
    service = make(body=body)
    evidence = service.send()
    (kept,) = service.server.documents
    assert (kept.content, kept.company, kept.direction) == (CONTENT, COMPANY, "incoming")
    assert kept.name == evidence.facts["file_name"]
    assert (evidence.remote, evidence.facts["remote_id"]) == (kept.uuid, kept.uuid)
    assert evidence.facts["sha256"] == service.parcel().sha256


def test_a_sale_goes_the_other_way(service: Service) -> None:
    service.send(service.parcel(direction=Direction.SALE))
    assert service.server.documents[0].direction == "outgoing"


def test_a_credit_note_travels_as_an_invoice(service: Service) -> None:
    service.send(service.parcel(kind=DocumentKind.CREDIT_NOTE))
    assert service.server.contents == [CONTENT]


def test_a_direction_may_stand_for_a_value_of_the_firm(service: Service) -> None:
    service.correct('purchase = "incoming"', 'purchase = "{username}"')
    service.values["username"] = service.server.account.username
    error = service.fails()
    assert isinstance(error, AdministrationRefused | ServiceMissing)
    assert service.server.requests(f"/documents/{service.values['username']}")


def test_a_text_keeps_the_signs_of_a_bank_and_refuses_to_guess(
    make: Callable[..., Service],
) -> None:
    service = make(body="json_string")
    latin = "Café".encode("latin-1")
    assert isinstance(service.fails(service.parcel(latin)), FormatDiffers)
    assert service.server.documents == []


@pytest.mark.parametrize("company", ["BE 04/03?&#%", "ünï", "a+b", "%2e%2e", "x/../y"])
def test_a_value_in_an_address_stays_one_segment(service: Service, company: str) -> None:
    service.server.account.companies[company] = "Odd"
    parcel = service.parcel(values={"company_number": company})
    service.send(parcel)
    assert service.server.documents[0].company == company


@pytest.mark.parametrize("company", [".", ".."])
def test_a_value_never_leads_to_another_address(service: Service, company: str) -> None:
    error = service.fails(service.parcel(values={"company_number": company}))
    assert isinstance(error, InvalidValue)
    assert service.server.requests(UPLOAD) == []


def test_a_document_above_the_vendors_limit_is_not_sent(service: Service) -> None:
    service.correct("max_bytes = 10485760", "max_bytes = 5")
    assert isinstance(service.fails(), DocumentTooLarge)
    assert service.server.log == []


def test_a_client_without_its_number_stops_nobody_else(service: Service) -> None:
    with pytest.raises(EmptyVariable) as caught:
        service.parcel(values={"company_number": " "}, body=b"x")
    assert caught.value.scope is Scope.LINK


def test_a_missing_dossier_stops_that_client_only(service: Service) -> None:
    service.correct("{company_number}/documents", "{administration}/documents")
    error = service.fails()
    assert isinstance(error, AdministrationMissing) and error.scope is Scope.LINK
    service.send(service.parcel(administration_id=COMPANY))
    assert service.server.documents[0].company == COMPANY


def test_every_call_is_counted_before_it_is_made(service: Service) -> None:
    class Counted:
        calls = 0

        def spend(self, scope: str = "") -> None:
            self.calls += 1
            if self.calls > 2:
                raise LimitReached(host="x", limit="2", retry_after=60)

        def refused(self, scope: str = "") -> None: ...

        def closed(self, scope: str, seconds: float) -> None: ...

    session = service.connect(budget=Counted())
    session.send_one(service.parcel())
    with pytest.raises(LimitReached):
        session.send_one(service.parcel(b"<second/>"))
    assert len(service.server.log) == 2


# --- signing in ---------------------------------------------------------------------------------


def test_many_documents_sign_in_once(make: Callable[..., Service]) -> None:
    service = make(auth="login")
    session = service.connect()
    for n in range(5):
        session.send_one(service.parcel(b"<n>%d</n>" % n))
    assert service.server.sign_ins == 1


def test_a_token_that_ended_early_is_renewed_once(make: Callable[..., Service]) -> None:
    service = make(auth="login")
    session = service.connect()
    session.send_one(service.parcel())
    service.server.forget_tokens()
    session.send_one(service.parcel(b"<second/>"))
    assert service.server.sign_ins == 2
    assert len(service.server.documents) == 2


def test_a_service_that_refuses_its_own_tokens_is_asked_twice_at_most(
    make: Callable[..., Service],
) -> None:
    service = make(auth="login")
    session = service.connect()
    service.server.break_next(FaultKind.ANSWER, UPLOAD, times=9, answer=Answer(401))
    for _ in range(2):
        with pytest.raises(CredentialsRejected):
            session.send_one(service.parcel())
    assert len(service.server.requests(UPLOAD)) == 2
    assert service.server.sign_ins == 2


def test_a_short_lived_token_is_not_used_for_its_last_seconds(
    make: Callable[..., Service],
) -> None:
    service = make(auth="login", token_seconds=20)
    session = service.connect()
    session.send_one(service.parcel())
    session.send_one(service.parcel(b"<second/>"))
    assert service.server.sign_ins >= 2
    assert [status for _, status in service.server.log].count(401) == 0


@pytest.mark.parametrize("auth", ["basic", "bearer", "header", "query", "login"])
def test_a_wrong_key_is_tried_once_by_many_documents(
    make: Callable[..., Service], auth: str
) -> None:
    service = make(auth=auth)
    session = service.connect(secrets={"password": "Fout-ñ-77"})
    for _ in range(3):
        with pytest.raises(CredentialsRejected) as caught:
            session.send_one(service.parcel())
    assert service.server.sign_ins == 1
    assert service.server.requests(UPLOAD) == []
    assert caught.value.disposition is Disposition.REAUTHENTICATE
    assert caught.value.owner is Owner.YOU
    assert "Fout" not in str(caught.value)


def test_an_answer_without_a_token_is_a_refusal(make: Callable[..., Service]) -> None:
    """An account is locked by a program that goes on asking."""
    service = make(auth="login")
    sorry = Answer.of_json({"result": None, "error": "Wrong password"})
    service.server.break_next(FaultKind.ANSWER, "/session", times=9, answer=sorry)
    session = service.connect()
    for _ in range(2):
        with pytest.raises(CredentialsRejected):
            session.send_one(service.parcel())
    assert len(service.server.requests("/session")) == 1


def test_each_client_signs_in_for_itself(make: Callable[..., Service]) -> None:
    service = make(auth="login")
    other = Account("Wings8124", service.server.account.password, "k", {"NL1": "Other"})
    service.server.accounts.append(other)
    session = service.connect()
    session.send_one(service.parcel())
    theirs = service.parcel(values={"username": "Wings8124", "company_number": "NL1"})
    session.send_one(theirs)
    assert [one.company for one in service.server.documents] == [COMPANY, "NL1"]
    assert service.server.sign_ins == 2


def test_a_missing_key_is_named(service: Service) -> None:
    error = service.fails(secrets={})
    assert isinstance(error, EmptyVariable) and error.field == "password"
    assert service.server.log == []


# --- what answers mean --------------------------------------------------------------------------

PAGE = "<html><head><style>p{}</style></head><body><h1>Oops</h1><p>Down &amp; out</p></body></html>"
SAYS = {"description": "The VAT number is wrong."}
# Each row: what the vendor answers to a document, and what it means.
ANSWERS: list[tuple[str, Answer, type[LedgerDeskError], Disposition, Owner]] = [
    ("400", Answer.of_json(SAYS, 400), RefusedByPackage, Disposition.REJECT, Owner.YOU),
    ("422", Answer.of_json(SAYS, 422), RefusedByPackage, Disposition.REJECT, Owner.YOU),
    ("error in 200", Answer.of_json(SAYS), RefusedByPackage, Disposition.REJECT, Owner.YOU),
    (
        "page 422",
        Answer.of_text(PAGE, 422, "text/html"),
        RefusedByPackage,
        Disposition.REJECT,
        Owner.YOU,
    ),
    ("403", Answer.of_json(SAYS, 403), AdministrationRefused, Disposition.BLOCK, Owner.YOU),
    ("404", Answer.of_json(SAYS, 404), AdministrationRefused, Disposition.BLOCK, Owner.YOU),
    ("408", Answer(408), ServerTrouble, Disposition.RETRY, Owner.PACKAGE),
    ("429", Answer(429), RateLimited, Disposition.RETRY, Owner.PACKAGE),
    ("500", Answer.of_json(SAYS, 500), ServerTrouble, Disposition.RETRY, Owner.PACKAGE),
    (
        "page 503",
        Answer.of_text(PAGE, 503, "text/html"),
        ServerTrouble,
        Disposition.RETRY,
        Owner.PACKAGE,
    ),
    ("502", Answer(502), OutcomeUnknown, Disposition.UNKNOWN, Owner.YOU),
    ("504", Answer(504), OutcomeUnknown, Disposition.UNKNOWN, Owner.YOU),
    ("204", Answer(204), OutcomeUnknown, Disposition.UNKNOWN, Owner.YOU),
    ("no id", Answer.of_json({"uuid": ""}), OutcomeUnknown, Disposition.UNKNOWN, Owner.YOU),
    ("empty", Answer(200), OutcomeUnknown, Disposition.UNKNOWN, Owner.YOU),
    (
        "page 200",
        Answer.of_text(PAGE, 200, "text/html"),
        OutcomeUnknown,
        Disposition.UNKNOWN,
        Owner.YOU,
    ),
    ("401", Answer(401), CredentialsRejected, Disposition.REAUTHENTICATE, Owner.YOU),
    (
        "redirect",
        Answer(307, headers={"Location": "https://evil.example/take?x=1"}),
        RedirectRefused,
        Disposition.BLOCK,
        Owner.YOU,
    ),
]


@pytest.mark.parametrize(
    ("answer", "error", "disposition", "owner"),
    [row[1:] for row in ANSWERS],
    ids=[row[0] for row in ANSWERS],
)
def test_what_an_answer_to_a_document_means(
    service: Service,
    answer: Answer,
    error: type[LedgerDeskError],
    disposition: Disposition,
    owner: Owner,
) -> None:
    service.server.break_next(FaultKind.ANSWER, UPLOAD, answer=answer)
    told = service.fails()
    assert type(told) is error
    assert (told.disposition, told.owner) == (disposition, owner)
    assert "<" not in told.text() and not re.search(r"\{\w+\}", told.text())
    assert len(service.server.requests(UPLOAD)) == 1


def test_the_vendors_own_sentence_is_shown(service: Service) -> None:
    service.server.break_next(FaultKind.ANSWER, UPLOAD, answer=Answer.of_json(SAYS, 422))
    assert SAYS["description"] in service.fails().text()


def test_a_web_page_is_told_without_its_markup_and_its_length(service: Service) -> None:
    page = PAGE.replace("Down", "Down " + "very " * 500)
    service.server.break_next(FaultKind.ANSWER, UPLOAD, answer=Answer.of_text(page, 422, "a/html"))
    text = service.fails().text()
    assert "Oops Down very" in text
    assert len(text) < 600


def test_a_vendor_that_repeats_the_key_does_not_make_us_tell_it(service: Service) -> None:
    key = service.secrets["password"]
    echo = Answer.of_json({"description": f"Key {key} may not do this"}, 422)
    service.server.break_next(FaultKind.ANSWER, UPLOAD, answer=echo)
    assert key not in service.fails().text()


def test_a_refusal_that_names_nobody_stops_the_package(service: Service) -> None:
    service.correct("companies/{company_number}/documents", "documents")
    service.server.break_next(FaultKind.ANSWER, UPLOAD, answer=Answer(403))
    assert isinstance(service.fails(), Forbidden)
    error = service.fails()
    assert isinstance(error, ServiceMissing) and error.scope is Scope.CONFIGURATION


def test_what_a_profile_allows_to_be_repeated_is_repeated(service: Service) -> None:
    service.correct("per_minute = 60", "per_minute = 60\nretry = [504]")
    service.server.break_next(FaultKind.ANSWER, UPLOAD, answer=Answer(504))
    assert isinstance(service.fails(), ServerTrouble)
    service.server.break_next(FaultKind.ANSWER, UPLOAD, answer=Answer(500))
    assert isinstance(service.fails(), OutcomeUnknown)


@pytest.mark.parametrize("status", [429, 503])
def test_the_vendors_own_wait_is_kept(service: Service, status: int) -> None:
    answer = Answer(status, headers={"Retry-After": "77"})
    service.server.break_next(FaultKind.ANSWER, UPLOAD, answer=answer)
    assert service.fails().retry_after == 77


def test_a_status_alone_proves_nothing_more_than_that_it_was_taken(service: Service) -> None:
    service.correct('remote_id = "/uuid"\nerror = "/description"\n', "")
    service.correct('[status_poll]\nmethod = "GET"\n', "[status_poll]\n")
    service.file.write_text(service.file.read_text().partition("[status_poll]")[0])
    evidence = service.send()
    assert evidence.assurance is Assurance.BLIND
    assert evidence.remote == evidence.facts["file_name"]


def test_what_is_there_already_counts_as_delivered(service: Service) -> None:
    first, second = service.send(), service.send()
    assert (second.remote, second.assurance) == (first.remote, Assurance.ACKNOWLEDGED)
    assert second.facts["answer"]
    assert len(service.server.documents) == 1


# --- a bad line ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kept"),
    [
        (FaultKind.DROP_AFTER, 1),
        (FaultKind.DROP_BEFORE, 0),
        (FaultKind.STALL_AFTER, 1),
        (FaultKind.STALL, 0),
    ],
)
def test_a_lost_answer_is_never_guessed(service: Service, fault: FaultKind, kept: int) -> None:
    service.server.break_next(fault, UPLOAD, seconds=5)
    error = service.fails(read_timeout=0.4)
    assert isinstance(error, OutcomeUnknown)
    assert len(service.server.documents) == kept
    assert len(service.server.requests(UPLOAD)) == 1


@pytest.mark.parametrize("auth", ["basic", "login"])
def test_a_dead_server_shows_before_a_document_is_on_its_way(
    make: Callable[..., Service], auth: str
) -> None:
    service = make(auth=auth)
    service.server.break_next(FaultKind.STALL, seconds=5)
    stages = RecordingStages()
    error = service.fails(read_timeout=0.4, stages=stages)
    assert isinstance(error, TimedOut)
    assert (error.disposition, error.owner) == (Disposition.RETRY, Owner.IT)
    assert stages.seen == []


@pytest.mark.parametrize("path", ["/session", "/documents/"])
def test_no_key_follows_a_redirect(make: Callable[..., Service], path: str) -> None:
    service, other = make(auth="login"), make(auth="login")
    away = Answer(302, headers={"Location": f"{other.server.address}{path}"})
    service.server.break_next(FaultKind.ANSWER, path, answer=away)
    service.file.write_text(paper("bocount", service.server.ways))
    error = service.fails()
    assert isinstance(error, RedirectRefused)
    assert other.server.log == []


def test_plain_http_outside_the_own_network_is_refused(service: Service) -> None:
    parcel = service.parcel(values={"base_url": "http://bocount.vendor.example/ws"})
    assert isinstance(service.fails(parcel), InsecureAddress)
    assert service.server.log == []


@pytest.mark.parametrize(
    ("stage", "found"),
    [
        (Stage.NONE, Found.ABSENT),
        (Stage.SENDING, Found.ABSENT),
        (Stage.PUBLISHING, Found.CANNOT_TELL),
    ],
)
def test_after_a_crash_only_what_is_certain_is_told(
    service: Service, stage: Stage, found: Found
) -> None:
    assert service.connect().probe(service.parcel(stage=stage)).found is found
    assert service.server.log == []


# --- asking afterwards --------------------------------------------------------------------------


def test_a_document_is_asked_for_until_it_is_processed(service: Service) -> None:
    session, parcel = service.connect(), service.parcel()
    remote = session.send_one(parcel).remote
    assert session.confirm(parcel, remote) is None
    service.server.settle()
    evidence = session.confirm(parcel, remote)
    assert evidence is not None
    assert (evidence.assurance, evidence.remote) == (Assurance.PICKED_UP, remote)


def test_a_document_refused_afterwards_says_why(service: Service) -> None:
    session, parcel = service.connect(), service.parcel()
    remote = session.send_one(parcel).remote
    service.server.settle("FAILED", "The VAT number is wrong.")
    with pytest.raises(RefusedByPackage, match="VAT number is wrong"):
        session.confirm(parcel, remote)


@pytest.mark.parametrize(
    "answer",
    [Answer(404), Answer.of_json({"status": "ODD"}), Answer.of_json({})],
    ids=["404", "odd", "nothing"],
)
def test_an_answer_nobody_knows_changes_nothing(service: Service, answer: Answer) -> None:
    session, parcel = service.connect(), service.parcel()
    remote = session.send_one(parcel).remote
    service.server.break_next(FaultKind.ANSWER, "/status", answer=answer)
    assert session.confirm(parcel, remote) is None


def test_trouble_while_asking_is_told_as_such(service: Service) -> None:
    session, parcel = service.connect(), service.parcel()
    remote = session.send_one(parcel).remote
    service.server.break_next(FaultKind.ANSWER, "/status", answer=Answer(503))
    with pytest.raises(ServerTrouble):
        session.confirm(parcel, remote)
    service.server.break_next(
        FaultKind.ANSWER, "/status", answer=Answer.of_text(PAGE, 200, "text/html")
    )
    with pytest.raises(UnreadableAnswer):
        session.confirm(parcel, remote)


def test_a_vendor_that_cannot_be_asked_is_not_asked(make: Callable[..., Service]) -> None:
    service = make(polls=False)
    session, parcel = service.connect(), service.parcel()
    remote = session.send_one(parcel).remote
    before = len(service.server.log)
    assert session.confirm(parcel, remote) is None
    assert len(service.server.log) == before
    assert not BOCOUNT.answers_later(service.values)


# --- setting up ---------------------------------------------------------------------------------


@pytest.mark.parametrize("auth", AUTHS)
def test_verify_signs_in_and_asks_and_sends_nothing(
    make: Callable[..., Service], auth: str
) -> None:
    service = make(auth=auth)
    checks = list(service.connect().verify())
    assert all(check.ok for check in checks)
    assert checks[-1].detail == str(len(service.server.account.companies))
    assert service.server.requests("/ping")
    assert service.server.documents == []


def test_an_incomplete_profile_says_what_to_ask_the_vendor(service: Service) -> None:
    service.file.unlink()
    with pytest.raises(ProfileIncomplete) as verified:
        list(service.connect().verify())
    for error in (service.fails(), verified.value):
        assert isinstance(error, ProfileIncomplete)
        assert "upload.invoice.path" in error.text()
        assert (error.disposition, error.scope) == (Disposition.BLOCK, Scope.CONFIGURATION)
    assert service.server.log == []


def test_without_a_harmless_question_the_first_document_proves_it(service: Service) -> None:
    service.correct('path = "/ping"', 'path = ""')
    service.correct('path = "/dossiers"', 'path = ""')
    (check,) = service.connect().verify()
    assert check.ok and "first document" in check.detail
    assert service.server.log == []


def test_where_each_client_has_a_key_of_its_own_nothing_is_tried(service: Service) -> None:
    values = {"username": "", "company_number": ""}
    (check,) = service.connect(values=values, secrets={}).verify()
    assert check.ok and "password" in check.detail
    assert service.server.log == []


def test_a_line_without_encryption_is_told(service: Service) -> None:
    service.correct("/ping", "http://192.168.77.1/ping")
    session = service.connect(connect_timeout=0.2)
    first = next(iter(session.verify()))
    assert first.ok and "encrypted" in first.name


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(403), Forbidden),
        (Answer(404), ServiceMissing),
        (Answer(429), RateLimited),
        (Answer(500), ServerTrouble),
        (Answer(504), ServerTrouble),
        (Answer(204), UnreadableAnswer),
        (Answer.of_text(PAGE, 400, "text/html"), ServiceMissing),
    ],
    ids=lambda one: str(one.status) if isinstance(one, Answer) else "",
)
def test_what_an_answer_to_a_question_means(
    service: Service, answer: Answer, error: type[LedgerDeskError]
) -> None:
    service.server.break_next(FaultKind.ANSWER, "/ping", answer=answer)
    with pytest.raises(error) as caught:
        list(service.connect().verify())
    assert type(caught.value) is error
    assert "<" not in caught.value.text()


@pytest.mark.parametrize("page", ["none", "skip_count"])
def test_all_dossiers_are_listed(make: Callable[..., Service], page: str) -> None:
    service = make(page=page)
    service.server.account.companies |= {f"BE{n:010}": f"Client {n}" for n in range(230)}
    found = service.connect().administrations()
    assert {one.id: one.name for one in found} == service.server.account.companies
    assert BOCOUNT.lists(service.values)


def test_a_vendor_that_ignores_pages_does_not_hold_us(make: Callable[..., Service]) -> None:
    service = make(page="skip_count")
    whole = Answer.of_json({"items": [{"id": 1, "name": "A"}, {"id": 2, "name": None}]})
    service.server.break_next(FaultKind.ANSWER, "/dossiers", times=99, answer=whole)
    found = service.connect().administrations()
    assert [(one.id, one.name) for one in found] == [("1", "A"), ("2", "2")]
    assert len(service.server.requests("/dossiers")) == 2


@pytest.mark.parametrize("content", [b"[]", b"nonsense", b'{"items": {"a": 1}}'])
def test_dossiers_that_are_no_list_are_not_guessed(service: Service, content: bytes) -> None:
    answer = Answer(200, content, {"Content-Type": "application/json"})
    service.server.break_next(FaultKind.ANSWER, "/dossiers", answer=answer)
    with pytest.raises(UnreadableAnswer):
        service.connect().administrations()


def test_the_profiles_own_limit_is_the_accounts(service: Service) -> None:
    (limit,) = BOCOUNT.limited(service.values)
    assert (limit.count, limit.seconds) == (60, 60.0)
    service.correct("per_minute = 60", "per_minute = 0")
    assert BOCOUNT.limited(service.values) == ()


def test_a_practice_address_keeps_the_vendors_path(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_BOCOUNT", service.server.url)
    address = "https://bocount.vendor.example/ws/v2/"
    service.send(service.parcel(values={"base_url": address}))
    assert service.server.contents == [CONTENT]


def test_a_refused_document_stops_no_other(service: Service) -> None:
    session = service.connect()
    bad = service.parcel(CONTENT + REFUSED)
    outcomes = list(session.send([bad, service.parcel(b"<good/>")]))
    assert isinstance(outcomes[0].error, RefusedByPackage)
    assert outcomes[1].evidence is not None
    assert json.dumps(dict(outcomes[1].evidence.facts))

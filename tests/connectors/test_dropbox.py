"""Dropbox, against its strict stand-in: every row of the vendor's table of errors, and every way
in which a document could get lost or go twice."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ledgerdesk.connectors import _dropbox_upload, _registrations
from ledgerdesk.connectors._dropbox_line import _Requests
from ledgerdesk.connectors._dropbox_session import DropboxSession
from ledgerdesk.connectors.base import TargetRequest
from ledgerdesk.connectors.dropbox import REDIRECT_URIS, DropboxConnector
from ledgerdesk.errors import (
    Cancelled,
    CertificateUntrusted,
    ConnectionRefused,
    ConnectionTrouble,
    ConsentDenied,
    ContentDiffers,
    DamagedOnTheWay,
    Disposition,
    DocumentTooLarge,
    Forbidden,
    HostNotFound,
    InvalidValue,
    LedgerDeskError,
    MissingValue,
    NameRefused,
    NameTaken,
    OutcomeUnknown,
    PermissionMissing,
    PlaceFull,
    PlaceNotWritable,
    RateLimited,
    RedirectRefused,
    RegistrationRefused,
    RequestRefused,
    ServerTrouble,
    SignInExpired,
    TimedOut,
    UnreadableAnswer,
)
from ledgerdesk.model import (
    Direction,
    DocumentKind,
    Evidence,
    Found,
    NeverCancelled,
    Parcel,
    Stage,
    SystemClock,
    Tokens,
)
from ledgerdesk.net import oauth
from ledgerdesk.net.http import Http
from ledgerdesk.net.sockets import Sockets
from ledgerdesk.practice.authority import Authority
from ledgerdesk.practice.vendors._dropbox_files import Commit, hash_of
from ledgerdesk.practice.vendors.dropbox import APP_KEY, DropboxApp, DropboxServer
from ledgerdesk.practice.vendors.server import Answer, FaultKind, Request
from ledgerdesk.setup.fields import clean_all
from ledgerdesk.setup.tokens import HeldTokens
from tests.helpers.dropbox import decided, signed_in
from tests.helpers.parcels import (
    DELIVERY,
    INVOICE,
    CancelAfter,
    PlainNaming,
    RecordingStages,
    make_context,
    make_parcel,
)
from tests.helpers.raw_server import free_port

CONNECTOR = DropboxConnector()
VALUES = {"app_key": APP_KEY, "folder": "In/De Smet"}
PATH = "/In/De Smet/2026-03-31_F-1_0badcafe.xml"
UPLOAD, SESSION = "/2/files/upload", "/2/files/upload_session/"
Connect = Callable[..., DropboxSession]


@pytest.fixture
def server(dropbox_server: DropboxServer, monkeypatch: pytest.MonkeyPatch) -> DropboxServer:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_DROPBOX", dropbox_server.url)
    return dropbox_server


@pytest.fixture
def tokens(server: DropboxServer) -> HeldTokens:
    return signed_in()


@pytest.fixture
def connect(tokens: HeldTokens) -> Iterator[Connect]:
    """Sessions that are signed in, but for what the test says."""
    with ExitStack() as opened:

        def make(values: dict[str, str] = VALUES, **more: Any) -> DropboxSession:
            context = make_context(values, **{"tokens": tokens, **more})
            session = opened.enter_context(CONNECTOR.open(context))
            assert isinstance(session, DropboxSession)
            return session

        yield make


@pytest.fixture
def parcel() -> Parcel:
    return make_parcel(CONNECTOR, VALUES)


def put(server: DropboxServer, body: bytes, path: str = PATH) -> None:
    """As a person or another program does."""
    commit = Commit(path, mode="overwrite")
    server.account.drive.write(commit, body, server.clock.now())


def uploads(server: DropboxServer) -> int:
    return len([one for one in server.requests(UPLOAD) if one.path == UPLOAD])


# --- arriving -------------------------------------------------------------------------------------


def test_it_arrives_under_its_name(connect: Connect, server: DropboxServer, parcel: Parcel) -> None:
    evidence = connect().send_one(parcel)
    assert server.files == {PATH: INVOICE}
    assert evidence.remote == PATH
    assert evidence.facts["content_hash"] == hash_of(INVOICE)


def test_what_the_vendor_is_asked(
    connect: Connect, server: DropboxServer, tokens: HeldTokens, parcel: Parcel
) -> None:
    connect().send_one(parcel)
    (request,) = server.requests(UPLOAD)
    argument = json.loads(request.headers["dropbox-api-arg"])
    assert argument == {
        "path": PATH,
        "mode": {".tag": "add"},
        "autorename": False,
        "mute": True,
        "strict_conflict": False,
        "content_hash": hash_of(INVOICE),
    }
    assert request.headers["authorization"] == f"Bearer {tokens.read().access}"
    assert request.headers["user-agent"].startswith("LedgerDesk/")
    assert request.body == INVOICE


def test_a_document_is_never_the_first_thing_said(
    connect: Connect, server: DropboxServer, parcel: Parcel
) -> None:
    """A line that breaks under a document leaves that one in doubt."""
    session = connect()
    for number in (1, 2):
        session.send_one(replace(parcel, target=replace(parcel.target, name=f"{number}.xml")))
    asked = [one.path for one in server.requests("/2/")]
    assert asked == ["/2/users/get_current_account", UPLOAD, UPLOAD]


def test_the_same_content_there_already_is_a_success(
    connect: Connect, server: DropboxServer, parcel: Parcel
) -> None:
    put(server, INVOICE)
    assert connect().send_one(parcel).remote == PATH
    assert len(server.account.drive.revisions(PATH)) == 1


def test_other_content_is_never_overwritten(
    connect: Connect, server: DropboxServer, parcel: Parcel
) -> None:
    put(server, b"somebody else's")
    with pytest.raises(NameTaken) as raised:
        connect().send_one(parcel)
    assert raised.value.params["path"] == PATH
    assert server.files == {PATH: b"somebody else's"}


def test_what_arrived_and_was_changed_there_is_not_sent_again(
    connect: Connect, server: DropboxServer, parcel: Parcel
) -> None:
    put(server, INVOICE)
    put(server, b"annotated by the package")
    assert connect().send_one(parcel).facts["sha256"] == parcel.sha256
    assert server.files == {PATH: b"annotated by the package"}


def test_a_repeat_looks_before_it_sends(
    connect: Connect, server: DropboxServer, parcel: Parcel
) -> None:
    put(server, INVOICE)
    server.account.drive.remove(PATH)
    evidence = connect().send_one(replace(parcel, attempt=2))
    assert evidence.remote == PATH
    assert uploads(server) == 0
    assert server.files == {}


def test_a_stored_copy_that_differs_is_told(
    connect: Connect, server: DropboxServer, parcel: Parcel
) -> None:
    wrong = {
        "name": "x.xml",
        "path_display": PATH,
        "id": "id:practice00000000000001",
        "client_modified": "2026-01-02T03:04:05Z",
        "server_modified": "2026-01-02T03:04:05Z",
        "rev": "0123456789abc",
        "size": 3,
        "content_hash": hash_of(b"xyz"),
    }
    server.break_next(FaultKind.ANSWER, UPLOAD, answer=Answer.of_json(wrong))
    with pytest.raises(ContentDiffers):
        connect().send_one(parcel)


# --- looking afterwards ---------------------------------------------------------------------------

PUBLISHING = Stage.PUBLISHING


def in_doubt(parcel: Parcel) -> Parcel:
    return replace(parcel, stage=PUBLISHING)


def test_what_never_was_is_proven_absent(connect: Connect, parcel: Parcel) -> None:
    assert connect().probe(in_doubt(parcel)).found is Found.ABSENT


@pytest.mark.parametrize("afterwards", ["stays", "taken_away", "changed", "changed_and_taken"])
def test_what_arrived_is_found_whatever_became_of_it(
    connect: Connect, server: DropboxServer, parcel: Parcel, afterwards: str
) -> None:
    put(server, INVOICE)
    if afterwards.startswith("changed"):
        put(server, b"annotated by the package")
    if afterwards.endswith(("taken", "taken_away")):
        server.account.drive.remove(PATH)
    probe = connect().probe(in_doubt(parcel))
    assert probe.found is Found.THERE
    assert probe.evidence is not None and probe.evidence.remote == PATH


@pytest.mark.parametrize("removed", [False, True])
def test_a_name_only_others_had_tells_nothing(
    connect: Connect, server: DropboxServer, parcel: Parcel, removed: bool
) -> None:
    put(server, b"somebody else's")
    if removed:
        server.account.drive.remove(PATH)
    session = connect()
    assert session.probe(in_doubt(parcel)).found is Found.CANNOT_TELL
    assert session.probe(replace(parcel, stage=Stage.SENDING)).found is Found.ABSENT


def test_an_answer_that_got_lost_is_looked_up(
    connect: Connect, server: DropboxServer, parcel: Parcel
) -> None:
    server.break_next(FaultKind.DROP_AFTER, UPLOAD)
    session = connect()
    with pytest.raises(OutcomeUnknown):
        session.send_one(parcel)
    assert session.probe(in_doubt(parcel)).found is Found.THERE
    assert server.files == {PATH: INVOICE}


def test_an_upload_that_got_lost_is_proven_absent(
    connect: Connect, server: DropboxServer, parcel: Parcel
) -> None:
    server.break_next(FaultKind.DROP_BEFORE, UPLOAD)
    session = connect()
    with pytest.raises(OutcomeUnknown):
        session.send_one(parcel)
    assert session.probe(in_doubt(parcel)).found is Found.ABSENT


def test_a_vendor_that_falls_silent_under_a_document(
    connect: Connect, server: DropboxServer, parcel: Parcel
) -> None:
    server.break_next(FaultKind.STALL_AFTER, UPLOAD, seconds=2)
    session = connect(read_timeout=0.3)
    with pytest.raises(OutcomeUnknown):
        session.send_one(parcel)
    assert session.probe(in_doubt(parcel)).found is Found.THERE


# --- the table of errors, row by row --------------------------------------------------------------


def of_tags(*tags: str, **more: Any) -> Answer:
    """A 409 on an upload with these tags below ``path``, or with one tag of its own."""
    error: dict[str, Any] = {".tag": tags[-1]}
    for tag in reversed(tags[1:-1]):
        error = {".tag": tag, tag: error}
    if len(tags) > 1:
        error = {".tag": "path", "reason": error, "upload_session_id": "AAA"}
    return Answer.of_json(
        {"error_summary": f"{'/'.join(tags)}/..", "error": {**error, **more}}, 409
    )


def of_sign_in(tag: str, **more: str) -> Answer:
    error = {".tag": tag, **more}
    return Answer.of_json({"error_summary": f"{tag}/.", "error": error}, 401)


def of_text(text: str, status: int, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, text.encode(), {"Content-Type": "text/html", **named})


TOO_MANY = {"error": {"reason": {".tag": "too_many_requests"}, "retry_after": 7}}
RETRY, BLOCK = Disposition.RETRY, Disposition.BLOCK
ROWS: list[tuple[str, Answer, type[LedgerDeskError], Disposition]] = [
    ("401 user_suspended", of_sign_in("user_suspended"), SignInExpired, Disposition.REAUTHENTICATE),
    ("401 other", of_sign_in("other"), SignInExpired, Disposition.REAUTHENTICATE),
    ("400 text", of_text("Error in call", 400), RequestRefused, BLOCK),
    ("409 conflict file", of_tags("path", "conflict", "file"), NameTaken, BLOCK),
    ("409 conflict folder", of_tags("path", "conflict", "folder"), NameTaken, BLOCK),
    ("409 conflict ancestor", of_tags("path", "conflict", "file_ancestor"), NameTaken, BLOCK),
    ("409 full", of_tags("path", "insufficient_space"), PlaceFull, RETRY),
    ("409 team full", of_tags("path", "team_folder_insufficient_space"), PlaceFull, RETRY),
    ("409 member full", of_tags("path", "member_folder_insufficient_space"), PlaceFull, RETRY),
    ("409 traffic", of_tags("path", "upload_traffic_limit_reached"), PlaceFull, RETRY),
    ("409 no permission", of_tags("path", "no_write_permission"), PlaceNotWritable, BLOCK),
    ("409 restricted", of_tags("path", "access_restricted"), PlaceNotWritable, BLOCK),
    ("409 suppressed", of_tags("path", "operation_suppressed"), PlaceNotWritable, BLOCK),
    ("409 malformed", of_tags("path", "malformed_path"), NameRefused, BLOCK),
    ("409 disallowed", of_tags("path", "disallowed_name"), NameRefused, BLOCK),
    ("409 too many writes", of_tags("path", "too_many_write_operations"), RateLimited, RETRY),
    ("409 damaged", of_tags("content_hash_mismatch"), ContentDiffers, RETRY),
    ("409 too large", of_tags("payload_too_large"), DocumentTooLarge, Disposition.REJECT),
    ("409 encryption", of_tags("encryption_not_supported"), PlaceNotWritable, BLOCK),
    ("409 unheard of", of_tags("path", "moon_phase"), RequestRefused, BLOCK),
    ("429 JSON", Answer.of_json(TOO_MANY, 429), RateLimited, RETRY),
    ("429 text", of_text("slow down", 429, Retry_After="3"), RateLimited, RETRY),
    ("429 odd", of_text("slow down", 429, Retry_After="soon"), RateLimited, RETRY),
    ("403 JSON", Answer.of_json({"error": {".tag": "no"}}, 403), Forbidden, BLOCK),
    ("403 text", of_text("<h1>no</h1>", 403), Forbidden, BLOCK),
    ("422", Answer.of_json({"error": {".tag": "no_permission"}}, 422), RequestRefused, BLOCK),
    ("500", of_text("oops", 500), ServerTrouble, RETRY),
    ("503", of_text("<h1>Down</h1>", 503, Retry_After="60"), ServerTrouble, RETRY),
    ("302", of_text("", 302, Location="https://elsewhere.example/"), RedirectRefused, BLOCK),
    ("200 text", of_text("<h1>Sign in to the WiFi</h1>", 200), UnreadableAnswer, RETRY),
    ("200 empty object", Answer.of_json({}), UnreadableAnswer, RETRY),
    ("200 null", Answer.of_json(None), UnreadableAnswer, RETRY),
    ("204", Answer(204), UnreadableAnswer, RETRY),
    ("401 text", of_text("<h1>proxy</h1>", 401), UnreadableAnswer, RETRY),
    ("409 text", of_text("<h1>proxy</h1>", 409), UnreadableAnswer, RETRY),
    ("404 text", of_text("nothing here", 404), UnreadableAnswer, RETRY),
    ("418", of_text("teapot", 418), UnreadableAnswer, RETRY),
]


@pytest.mark.parametrize(
    ("answer", "kind", "disposition"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_an_answer_to_an_upload(
    connect: Connect,
    server: DropboxServer,
    parcel: Parcel,
    answer: Answer,
    kind: type[LedgerDeskError],
    disposition: Disposition,
) -> None:
    server.break_next(FaultKind.ANSWER, UPLOAD, answer=answer)
    with pytest.raises(LedgerDeskError) as raised:
        connect().send_one(parcel)
    assert type(raised.value) is kind
    assert raised.value.disposition is disposition
    assert "{" not in raised.value.text() and "<" not in raised.value.text()
    assert uploads(server) == 1, "nothing is asked again behind the queue's back"
    assert connect().send_one(parcel).remote == PATH


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (Answer.of_json(TOO_MANY, 429), 7),
        (of_text("slow down", 429, Retry_After="3"), 3),
        (of_text("slow down", 429), None),
        (of_text("down", 503, Retry_After="60"), 60),
        (of_tags("path", "insufficient_space"), 3600),
    ],
    ids=["JSON", "header", "nothing", "503", "full"],
)
def test_how_long_to_wait(
    connect: Connect, server: DropboxServer, parcel: Parcel, answer: Answer, seconds: float | None
) -> None:
    server.break_next(FaultKind.ANSWER, UPLOAD, answer=answer)
    with pytest.raises(LedgerDeskError) as raised:
        connect().send_one(parcel)
    assert raised.value.retry_after == seconds


def test_a_date_to_wait_for(connect: Connect, server: DropboxServer, parcel: Parcel) -> None:
    at = datetime.now(UTC) + timedelta(seconds=90)
    header = at.strftime("%a, %d %b %Y %H:%M:%S GMT")
    server.break_next(FaultKind.ANSWER, UPLOAD, answer=of_text("", 429, Retry_After=header))
    with pytest.raises(RateLimited) as raised:
        connect().send_one(parcel)
    assert raised.value.retry_after == pytest.approx(90, abs=30)


def test_damaged_three_times_is_no_accident(
    connect: Connect, server: DropboxServer, parcel: Parcel
) -> None:
    damaged = of_tags("content_hash_mismatch")
    server.break_next(FaultKind.ANSWER, UPLOAD, times=3, answer=damaged)
    for attempt, kind in ((1, ContentDiffers), (2, ContentDiffers), (3, DamagedOnTheWay)):
        with pytest.raises(LedgerDeskError) as raised:
            connect().send_one(replace(parcel, attempt=attempt))
        assert type(raised.value) is kind


def test_the_vendors_words_for_people_are_shown(
    connect: Connect, server: DropboxServer, parcel: Parcel
) -> None:
    told = {"text": "Deze map is\nvergrendeld.", "locale": "nl"}
    body = {"error_summary": "other/..", "error": {".tag": "other"}, "user_message": told}
    server.break_next(FaultKind.ANSWER, UPLOAD, answer=Answer.of_json(body, 409))
    with pytest.raises(RequestRefused) as raised:
        connect().send_one(parcel)
    assert raised.value.params["answer"] == "Deze map is vergrendeld."


# --- the sign-in's own rows -----------------------------------------------------------------------


def test_a_token_that_ended_meanwhile_is_renewed(
    connect: Connect, server: DropboxServer, tokens: HeldTokens, parcel: Parcel
) -> None:
    before = tokens.read()
    server.clock.forward(hours=5)
    connect().send_one(parcel)
    assert server.files == {PATH: INVOICE}
    assert tokens.read().access != before.access
    assert tokens.read().refresh == before.refresh
    assert len(server.requests("/oauth2/token")) == 2


def test_a_token_near_its_end_is_renewed_before(
    connect: Connect, server: DropboxServer, tokens: HeldTokens, parcel: Parcel
) -> None:
    old = tokens.read()
    tokens.save(replace(old, received_at=old.received_at - timedelta(seconds=14_150)))
    connect().send_one(parcel)
    assert tokens.read().access != old.access
    assert {status for request, status in server.log if "/2/" in request.path} == {200}


def test_a_renewed_token_that_is_refused_as_well_ends_it(
    connect: Connect, server: DropboxServer, parcel: Parcel
) -> None:
    refusal = of_sign_in("expired_access_token")
    server.break_next(FaultKind.ANSWER, "/2/", times=10, answer=refusal)
    with pytest.raises(SignInExpired):
        connect().send_one(parcel)
    assert len(server.requests("/2/")) == 2


def test_disconnected_in_the_accounts_settings(
    connect: Connect, server: DropboxServer, parcel: Parcel
) -> None:
    server.revoke_all()
    with pytest.raises(SignInExpired) as raised:
        connect().send_one(parcel)
    assert "revoked" in str(raised.value.params["reason"])
    assert server.files == {}


def test_a_suspended_account(connect: Connect, server: DropboxServer, parcel: Parcel) -> None:
    server.account.suspended = True
    with pytest.raises(SignInExpired) as raised:
        connect().send_one(parcel)
    assert "suspended" in raised.value.text()


def test_a_permission_that_is_missing_is_named(
    connect: Connect, server: DropboxServer, parcel: Parcel
) -> None:
    for bearer, token in server.sign_ins.tokens.items():
        server.sign_ins.tokens[bearer] = replace(token, scopes=("account_info.read",))
    with pytest.raises(PermissionMissing) as raised:
        connect().send_one(parcel)
    assert raised.value.params["permission"] == "files.content.write"
    assert raised.value.disposition is Disposition.REAUTHENTICATE


def test_a_registration_that_is_gone(
    connect: Connect, server: DropboxServer, parcel: Parcel
) -> None:
    server.clock.forward(hours=5)
    del server.sign_ins.apps[APP_KEY]
    with pytest.raises(RegistrationRefused):
        connect().send_one(parcel)


def test_nobody_signed_in(server: DropboxServer, parcel: Parcel) -> None:
    with (
        CONNECTOR.open(make_context(VALUES)) as session,
        pytest.raises(SignInExpired) as raised,
    ):
        session.send_one(parcel)
    assert raised.value.text()
    assert server.log == []


# --- the line's own rows --------------------------------------------------------------------------


def test_a_port_nobody_listens_on(
    connect: Connect, parcel: Parcel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_DROPBOX", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(ConnectionRefused):
        connect().send_one(parcel)


def test_a_vendor_that_says_nothing(
    connect: Connect, server: DropboxServer, parcel: Parcel
) -> None:
    server.break_next(FaultKind.STALL, "get_current_account", seconds=2)
    with pytest.raises(TimedOut):
        connect(read_timeout=0.3).send_one(parcel)
    assert uploads(server) == 0


def test_a_certificate_nobody_vouches_for(
    parcel: Parcel, tokens: HeldTokens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority()
    tls = authority.server_context(tmp_path, "127.0.0.1")
    with DropboxServer(tls=tls) as encrypted:
        monkeypatch.setenv("LEDGERDESK_ENDPOINT_DROPBOX", encrypted.url)
        with CONNECTOR.open(make_context(VALUES, tokens=tokens)) as session:
            with pytest.raises(CertificateUntrusted):
                session.send_one(parcel)
            assert encrypted.log == []
        trusting = make_context(VALUES, tokens=tokens, ca_pem=authority.ca_pem)
        # Another vendor's server: it does not know our token, but it was asked.
        with CONNECTOR.open(trusting) as session, pytest.raises(LedgerDeskError):
            session.send_one(parcel)
        assert encrypted.log


class NoNetwork:
    """Implements model.Network; remembers who was called."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def connect(self, host: str, port: int, timeout: float) -> Any:
        self.asked.append((host, port))
        raise HostNotFound(host=host, port=port, reason="")


def test_without_an_endpoint_it_is_the_vendor_who_is_asked(
    parcel: Parcel, tokens: HeldTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEDGERDESK_ENDPOINT_DROPBOX")
    network = NoNetwork()
    context = make_context(VALUES, tokens=tokens, network=network)
    with CONNECTOR.open(context) as session, pytest.raises(HostNotFound):
        session.send_one(parcel)
    assert network.asked == [("api.dropboxapi.com", 443)]


@pytest.mark.parametrize(
    ("route", "host"),
    [
        ("users/get_current_account", "api"),
        ("files/get_metadata", "api"),
        ("files/upload", "content"),
        ("files/upload_session/finish", "content"),
    ],
)
def test_the_vendors_hosts_are_ours_to_choose(route: str, host: str) -> None:
    """The SDK takes them from the environment."""
    asked: list[str] = []
    http = SimpleNamespace(request=lambda method, url, **more: asked.append(url))
    requests = _Requests(http)  # type: ignore[arg-type]
    requests.begin(delivers=False)
    requests.post(f"https://elsewhere.example/2/{route}", data="null")
    assert asked == [f"https://{host}.dropboxapi.com/2/{route}"]


def test_an_endpoint_elsewhere_is_refused(
    connect: Connect, parcel: Parcel, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = connect()
    monkeypatch.setenv("LEDGERDESK_ENDPOINT_DROPBOX", "http://192.0.2.1:80")
    with pytest.raises(InvalidValue):
        session.send_one(parcel)


# --- in parts -------------------------------------------------------------------------------------

LARGE = bytes(range(256)) * 10


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large is what has more than 1,000 bytes; a part has 600: five of them."""
    monkeypatch.setattr(_dropbox_upload, "LARGEST_REQUEST", 1_000)
    monkeypatch.setattr(_dropbox_upload, "PART", 600)


@pytest.fixture
def large(small_parts: None) -> Parcel:
    return make_parcel(CONNECTOR, VALUES, body=LARGE)


def steps(server: DropboxServer) -> list[str]:
    return [one.path.removeprefix(SESSION) for one in server.requests(SESSION)]


def offsets(server: DropboxServer) -> list[int]:
    """Where every part that was taken began."""
    taken = [one for one, status in server.log if "append" in one.path and status == 200]
    return [json.loads(one.headers["dropbox-api-arg"])["cursor"]["offset"] for one in taken]


def test_a_large_document_travels_in_parts(
    connect: Connect, server: DropboxServer, large: Parcel
) -> None:
    seen: list[dict[str, bytes]] = []
    stages = RecordingStages(then=lambda: seen.append(dict(server.files)))
    evidence = connect(stages=stages).send_one(large)
    assert server.files == {PATH: LARGE}
    assert steps(server) == ["start", *["append_v2"] * 5, "finish"]
    assert [stage for _, stage in stages.seen] == [Stage.SENDING, Stage.PUBLISHING]
    assert seen == [{}, {}]
    assert evidence.facts["content_hash"] == hash_of(LARGE)


def break_third_part(server: DropboxServer, kind: FaultKind, patch: pytest.MonkeyPatch) -> None:
    rest = iter([False, True])
    answer = server.answer

    def watched(request: Request) -> Answer:
        if "append" in request.path and next(rest, False):
            server.break_next(kind, "append")
        return answer(request)

    patch.setattr(server, "answer", watched)


@pytest.fixture
def interrupted(
    connect: Connect, server: DropboxServer, large: Parcel, monkeypatch: pytest.MonkeyPatch
) -> Callable[[FaultKind], Parcel]:
    """The parcel of the next attempt, after the line broke under the third part."""

    def make(kind: FaultKind) -> Parcel:
        break_third_part(server, kind, monkeypatch)
        stages = RecordingStages()
        with pytest.raises(ConnectionTrouble):
            connect(stages=stages).send_one(large)
        assert offsets(server) == [0, 600]
        assert server.files == {}
        server.log.clear()
        return replace(large, attempt=2, so_far=stages.so_far)

    return make


@pytest.mark.parametrize(
    ("kind", "began"), [(FaultKind.DROP_BEFORE, 1200), (FaultKind.DROP_AFTER, 1800)]
)
def test_an_interrupted_upload_goes_on_where_it_stands(
    connect: Connect,
    server: DropboxServer,
    interrupted: Callable[[FaultKind], Parcel],
    kind: FaultKind,
    began: int,
) -> None:
    connect().send_one(interrupted(kind))
    assert server.files == {PATH: LARGE}
    assert "start" not in steps(server)
    assert offsets(server) == list(range(began, len(LARGE), 600))


def test_a_session_that_has_ended_is_begun_anew(
    connect: Connect, server: DropboxServer, interrupted: Callable[[FaultKind], Parcel]
) -> None:
    again = interrupted(FaultKind.DROP_BEFORE)
    server.clock.forward(days=8)
    connect().send_one(again)
    assert server.files == {PATH: LARGE}
    assert steps(server).count("start") == 1


def test_a_session_that_was_finished_already_is_found(
    connect: Connect, server: DropboxServer, large: Parcel
) -> None:
    stages = RecordingStages()
    session = connect(stages=stages)
    server.break_next(FaultKind.DROP_AFTER, f"{SESSION}finish")
    with pytest.raises(OutcomeUnknown):
        session.send_one(large)
    assert session.probe(in_doubt(large)).found is Found.THERE
    server.log.clear()
    session.send_one(replace(large, attempt=2, so_far=stages.so_far))
    assert steps(server) == []
    assert server.files == {PATH: LARGE}


def test_sessions_that_vanish_again_and_again(
    connect: Connect, server: DropboxServer, large: Parcel
) -> None:
    gone = Answer.of_json({"error_summary": "not_found/", "error": {".tag": "not_found"}}, 409)
    server.break_next(FaultKind.ANSWER, "append", times=10, answer=gone)
    with pytest.raises(ServerTrouble):
        connect().send_one(large)
    assert server.files == {}


def test_a_vendor_that_corrects_in_circles(
    connect: Connect, server: DropboxServer, large: Parcel
) -> None:
    """It must end, whatever the vendor says."""
    error = {".tag": "incorrect_offset", "correct_offset": 600}
    moved = Answer.of_json({"error_summary": "incorrect_offset/", "error": error}, 409)
    server.break_next(FaultKind.ANSWER, "append", times=50, answer=moved)
    with pytest.raises(ServerTrouble):
        connect().send_one(large)
    assert len(server.requests("append")) < 10


def test_finishing_at_the_wrong_place_is_put_right(
    connect: Connect, server: DropboxServer, large: Parcel
) -> None:
    lookup = {".tag": "incorrect_offset", "correct_offset": 2400}
    error = {".tag": "lookup_failed", "lookup_failed": lookup}
    moved = Answer.of_json({"error_summary": "lookup_failed/", "error": error}, 409)
    server.break_next(FaultKind.ANSWER, f"{SESSION}finish", answer=moved)
    # The vendor has all of it: sending the last part again makes it say so.
    connect().send_one(large)
    assert server.files == {PATH: LARGE}


def test_a_large_one_overwrites_nothing_either(
    connect: Connect, server: DropboxServer, large: Parcel
) -> None:
    put(server, b"somebody else's")
    with pytest.raises(NameTaken):
        connect().send_one(large)
    assert server.files == {PATH: b"somebody else's"}


def test_a_large_one_is_stopped_by_a_person(
    connect: Connect, server: DropboxServer, large: Parcel
) -> None:
    stages = RecordingStages()
    with pytest.raises(Cancelled):
        connect(stages=stages, cancel=CancelAfter(5)).send_one(large)
    assert Stage.PUBLISHING not in [stage for _, stage in stages.seen]
    assert server.files == {}


# --- where it goes --------------------------------------------------------------------------------


def aimed(folder: str) -> tuple[str, str]:
    naming = PlainNaming(
        {"enterprise_name": "De Smet", "vat": "BE0123456749", "invoice_type": "AP"}
    )
    request = TargetRequest(
        {"app_key": APP_KEY, "folder": folder},
        naming,
        DocumentKind.INVOICE,
        Direction.PURCHASE,
        "De Smet",
        DELIVERY,
        SystemClock().now(),
    )
    target = CONNECTOR.target(request)
    return target.place, target.name


@pytest.mark.parametrize(
    ("folder", "place"),
    [
        ("", "/Invoice_import/De Smet_BE0123456749/AP"),
        ("In", "/In"),
        ("/In/", "/In"),
        ("In\\[vat]", "/In/BE0123456749"),
        ("In//[invoice_type]", "/In/AP"),
        (" In / Out ", "/In/Out"),
        ("/", "/"),
    ],
)
def test_the_folder_from_the_root_on(folder: str, place: str) -> None:
    assert aimed(folder) == (place, PlainNaming().name)


def test_the_root_itself(connect: Connect, server: DropboxServer) -> None:
    values = {**VALUES, "folder": "/"}
    evidence = connect(values).send_one(make_parcel(CONNECTOR, values))
    assert server.files == {f"/{PlainNaming().name}": INVOICE}
    assert evidence.remote == f"/{PlainNaming().name}"


@pytest.mark.parametrize("folder", ["In:Out", "In*", "In?", 'In"', "a<b", "a>b", "a|b", "../x"])
def test_a_folder_no_computer_could_hold_is_not_taken(folder: str) -> None:
    _, errors = clean_all(CONNECTOR.fields, {"app_key": APP_KEY, "folder": folder})
    assert [error.field for error in errors] == ["folder"]


# --- setting up -----------------------------------------------------------------------------------


def test_verify_shows_who_and_where(connect: Connect, server: DropboxServer) -> None:
    put(server, b"x", "/in/DE SMET/other.xml")
    checks = list(connect().verify())
    assert [check.detail for check in checks] == ["an.peeters@kantoor.example", "/in/DE SMET", ""]
    assert server.files == {"/in/DE SMET/other.xml": b"x"}


def test_verify_finds_a_file_where_the_folder_should_be(
    connect: Connect, server: DropboxServer
) -> None:
    put(server, b"x", "/In/De Smet")
    with pytest.raises(NameTaken):
        list(connect().verify())


def test_verify_looks_only_at_the_part_without_variables(
    connect: Connect, server: DropboxServer
) -> None:
    checks = list(connect({**VALUES, "folder": "[enterprise_name]/x"}).verify())
    assert checks[1].detail == "/"
    assert server.requests("get_metadata") == []


def test_verify_tells_that_writing_is_not_allowed(server: DropboxServer) -> None:
    scopes = ("account_info.read", "files.metadata.read", "files.content.write")
    server.register(DropboxApp("readonlykey0001", REDIRECT_URIS, scopes))
    tokens = signed_in("readonlykey0001")
    held = server.sign_ins.tokens[tokens.read().access]
    server.sign_ins.tokens[tokens.read().access] = replace(held, scopes=scopes[:2])
    with (
        CONNECTOR.open(make_context(VALUES, tokens=tokens)) as session,
        pytest.raises(PermissionMissing),
    ):
        list(session.verify())


def test_whose_sign_in_it_is(connect: Connect, server: DropboxServer) -> None:
    whose = connect().whose()
    assert whose.account == "an.peeters@kantoor.example"
    assert whose.account_key == server.account.account_id


def test_the_addresses_the_firm_registers(server: DropboxServer) -> None:
    made = CONNECTOR.authorization_server(VALUES, {})
    assert made.authorize_url == f"{server.url}/oauth2/authorize"
    assert made.token_url == f"{server.url}/oauth2/token"
    assert (made.redirect_uri, *made.spare_redirects) == REDIRECT_URIS
    copied = [step.copy for step in CONNECTOR.register if step.copy.startswith("http")]
    assert tuple(copied) == REDIRECT_URIS


def test_without_an_app_key_there_is_no_sign_in() -> None:
    with pytest.raises(MissingValue) as raised:
        CONNECTOR.authorization_server({}, {})
    assert raised.value.field == "app_key"


def redeemed(server: DropboxServer, decision: str) -> Tokens:
    made = CONNECTOR.authorization_server(VALUES, {})
    begun = oauth.begin(made, made.redirect_uri, datetime.now(UTC))
    http = Http(Sockets(loopback_only=True), NeverCancelled())
    try:
        return oauth.redeem(http, made, begun, decided(begun.url, decision), SystemClock())
    finally:
        http.close()


def test_allowing_gives_access_that_lasts(server: DropboxServer) -> None:
    tokens = redeemed(server, "allow")
    assert tokens.refresh
    assert tokens.expires_in == 14_400
    assert tokens.refresh_until is None
    assert tokens.extra["account_id"] == server.account.account_id


def test_denying_is_a_persons_no(server: DropboxServer) -> None:
    with pytest.raises(ConsentDenied):
        redeemed(server, "deny")
    assert server.requests("/oauth2/token") == []


# --- a registration of the project's own ----------------------------------------------------------


@pytest.fixture
def registrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr("ledgerdesk.paths.resources", lambda: tmp_path)
    _registrations.registration.cache_clear()
    yield tmp_path / "registrations.toml"
    _registrations.registration.cache_clear()


def test_no_file_no_registration(registrations: Path) -> None:
    assert _registrations.registration("dropbox") == {}


def test_a_registration_makes_the_key_an_advanced_matter(registrations: Path) -> None:
    registrations.write_text('[dropbox]\napp_key = "projectkey00001"\n')
    import importlib.util

    import ledgerdesk.connectors.dropbox as ours

    spec = importlib.util.spec_from_file_location("registered_dropbox", ours.__file__)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (field,) = (one for one in module.DropboxConnector.fields if one.name == "app_key")
    assert field.advanced
    assert field.clean("") == "projectkey00001"
    assert module.DropboxConnector.register == ()
    assert _registrations.registration("exact_online") == {}


def test_without_one_the_firm_is_guided() -> None:
    (field,) = (one for one in CONNECTOR.fields if one.name == "app_key")
    assert not field.advanced
    assert len(CONNECTOR.register) > 5


# --- nothing leaks --------------------------------------------------------------------------------


def test_no_token_is_told_anywhere(
    connect: Connect,
    server: DropboxServer,
    tokens: HeldTokens,
    parcel: Parcel,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    session = connect()
    evidence: Evidence = session.send_one(parcel)
    server.revoke_all()
    with pytest.raises(SignInExpired) as raised:
        connect().send_one(parcel)
    told = [repr(evidence), repr(session.context), repr(vars(session)), str(raised.value)]
    told += [repr(vars(raised.value)), raised.getrepr(style="native").__str__()]
    told += [record.getMessage() for record in caplog.records]
    secrets = [tokens.read().access, tokens.read().refresh]
    assert [one for one in secrets if one in "\n".join(told)] == []

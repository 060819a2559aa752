"""The stand-in for Exact Online refuses what the vendor refuses: one wrong client per rule."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit
from uuid import uuid4

import pytest
import requests

from ledgerdesk.practice.vendors._exact_accounts import ExactApp, ExactUser
from ledgerdesk.practice.vendors._exact_books import ExactMailbox
from ledgerdesk.practice.vendors.exact_online import REDIRECT, ExactOnlineServer
from ledgerdesk.practice.vendors.server import FaultKind

CLIENT = {"client_id": "practice-client", "client_secret": "Practice-Secret-é42"}
JSON = {"Accept": "application/json"}
FIRST, SECOND = 100001, 100002
NOBODY = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def server() -> Iterator[ExactOnlineServer]:
    with ExactOnlineServer() as one:
        yield one


@dataclass
class Raw:
    """A client that does only what the test says."""

    server: ExactOnlineServer
    session: requests.Session
    access: str = ""
    refresh: str = ""

    def authorize(self, **asked: Any) -> requests.Response:
        wanted = {
            "client_id": CLIENT["client_id"],
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "state": "s-1",
            **asked,
        }
        query = {name: value for name, value in wanted.items() if value is not None}
        return self.session.get(
            f"{self.server.url}/api/oauth2/auth", params=query, allow_redirects=False
        )

    def code(self, **asked: Any) -> str:
        return returned(self.authorize(decision="allow", **asked))["code"]

    def token(self, **form: Any) -> requests.Response:
        wanted = {name: value for name, value in {**CLIENT, **form}.items() if value is not None}
        return self.session.post(f"{self.server.url}/api/oauth2/token", data=wanted)

    def exchange(self, code: str, **more: Any) -> requests.Response:
        return self.token(
            **{"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, **more}
        )

    def renew(self, token: str | None = None, **more: Any) -> requests.Response:
        given = self.refresh if token is None else token
        return self.token(grant_type="refresh_token", refresh_token=given, **more)

    def sign_in(self, **asked: Any) -> Raw:
        self.keep(self.exchange(self.code(**asked)))
        return self

    def keep(self, answer: requests.Response) -> None:
        assert answer.status_code == 200, answer.text
        self.access = answer.json()["access_token"]
        self.refresh = answer.json()["refresh_token"]

    def get(self, path: str, headers: Any = JSON, **query: str) -> requests.Response:
        return self._send("GET", path, headers, params=query)

    def post(self, path: str, body: Any, headers: Any = JSON) -> requests.Response:
        return self._send("POST", path, headers, json=body)

    def _send(self, method: str, path: str, headers: Any, **how: Any) -> requests.Response:
        signed = {"Authorization": f"Bearer {self.access}", **headers}
        return self.session.request(
            method, f"{self.server.url}/api/v1/{path}", headers=signed, **how
        )


def returned(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 302, answer.text
    target = answer.headers["Location"]
    assert target.startswith(f"{REDIRECT}?")
    return dict(parse_qsl(urlsplit(target).query))


@pytest.fixture
def raw(server: ExactOnlineServer) -> Iterator[Raw]:
    with requests.Session() as session:
        session.trust_env = False
        yield Raw(server, session)


@pytest.fixture
def signed_in(raw: Raw) -> Raw:
    return raw.sign_in()


# --- consent --------------------------------------------------------------------------------------


def test_the_consent_page_has_both_buttons_and_every_administration(raw: Raw) -> None:
    page = raw.authorize().text
    assert 'id="allow"' in page and 'id="deny"' in page
    assert all(f'value="{code}"' in page for code in (FIRST, SECOND))
    assert 'name="state" value="s-1"' in page


def test_what_a_browser_sends_when_allow_is_clicked(raw: Raw) -> None:
    """Every hidden field, the radio button and the ticked boxes of the page as it stands."""
    fields: list[tuple[str, str]] = []

    class Form(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = {name: value or "" for name, value in attrs}
            sent = given.get("type") == "hidden" or "checked" in given
            if (tag == "input" and sent) or given.get("id") == "allow":
                fields.append((given["name"], given["value"]))

    Form().feed(raw.authorize().text)
    address = f"{raw.server.url}/api/oauth2/auth"
    back = raw.session.get(address, params=fields, allow_redirects=False)
    assert returned(back)["state"] == "s-1"
    assert raw.server.sign_ins.chains[-1].divisions is None, "current and future"


def test_allow_returns_a_code_and_the_state(raw: Raw) -> None:
    answer = returned(raw.authorize(decision="allow"))
    assert answer["state"] == "s-1"
    assert "!" in answer["code"]


def test_deny_returns_an_error_and_the_state(raw: Raw) -> None:
    assert returned(raw.authorize(decision="deny")) == {"error": "access_denied", "state": "s-1"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "somebody-else"},
        {"redirect_uri": REDIRECT.rstrip("/")},
        {"redirect_uri": None},
        {"response_type": "token"},
        {"code_challenge": "x"},
        {"scope": "all"},
        {"force_login": "yes"},
    ],
    ids=lambda wrong: next(iter(wrong)) + "=" + str(next(iter(wrong.values()))),
)
def test_a_wrong_question_ends_on_an_error_page(raw: Raw, wrong: dict[str, str]) -> None:
    answer = raw.authorize(**{"decision": "allow", **wrong})
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize("uri", ["http://kantoor.example/", "https://localhost/x", "x"])
def test_only_public_https_addresses_can_be_registered(uri: str) -> None:
    with pytest.raises(ValueError, match="public https"):
        ExactApp("id", "secret", uri)


def test_an_older_app_may_return_to_this_computer(server: ExactOnlineServer, raw: Raw) -> None:
    server.register(ExactApp("older", "s", "http://localhost:8000/callback", older=True))
    answer = raw.authorize(
        client_id="older", redirect_uri="http://localhost:8000/callback", decision="allow"
    )
    assert answer.headers["Location"].startswith("http://localhost:8000/callback?code=")


# --- codes ----------------------------------------------------------------------------------------


def test_a_code_gives_tokens_with_the_life_as_text(raw: Raw) -> None:
    given = raw.exchange(raw.code()).json()
    assert given["expires_in"] == "600"
    assert given["token_type"] == "Bearer"
    assert len(given["access_token"]) > 300


def test_a_code_works_once(raw: Raw) -> None:
    code = raw.code()
    assert raw.exchange(code).status_code == 200
    again = raw.exchange(code)
    assert (again.status_code, again.content) == (400, b"")


def test_a_code_lives_three_minutes(server: ExactOnlineServer, raw: Raw) -> None:
    fresh, stale = raw.code(), ""
    server.clock.forward(seconds=179)
    assert raw.exchange(fresh).status_code == 200
    stale = raw.code()
    server.clock.forward(seconds=181)
    assert raw.exchange(stale).status_code == 400


def test_a_code_that_was_not_decoded_is_unknown(raw: Raw) -> None:
    assert raw.exchange(quote(raw.code(), safe="")).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": "https://kantoor.example/"},
        {"redirect_uri": None},
        {"client_secret": "wrong"},
        {"client_secret": None},
        {"client_id": "nobody"},
        {"code_verifier": "x"},
        {"grant_type": "password"},
    ],
    ids=lambda wrong: "-".join(map(str, *wrong.items())),
)
def test_a_wrong_exchange_is_refused(raw: Raw, wrong: dict[str, str]) -> None:
    assert raw.exchange(raw.code(), **wrong).status_code == 400


def test_tokens_are_asked_for_with_a_form(raw: Raw) -> None:
    body = {**CLIENT, "grant_type": "authorization_code", "code": raw.code()}
    answer = raw.session.post(f"{raw.server.url}/api/oauth2/token", json=body)
    assert answer.json()["error"] == "invalid_request"
    assert raw.session.get(f"{raw.server.url}/api/oauth2/token").status_code == 405


# --- refreshing -----------------------------------------------------------------------------------


def test_refreshing_is_refused_before_570_seconds(server: ExactOnlineServer, raw: Raw) -> None:
    raw.sign_in()
    server.clock.forward(seconds=565)
    early = raw.renew()
    assert early.status_code == 400
    assert early.json()["error"] == "access_denied"
    assert early.headers["Reason"].startswith("TooEarlyToRefreshTokens")
    server.clock.forward(seconds=6)
    assert raw.renew().status_code == 200
    assert server.sign_ins.refreshed == 1


def test_a_refresh_token_works_once_and_its_second_use_ends_all(
    server: ExactOnlineServer, raw: Raw
) -> None:
    raw.sign_in()
    old = raw.refresh
    server.clock.forward(seconds=571)
    raw.keep(raw.renew())
    again = raw.renew(old)
    assert again.status_code == 400
    assert "Old refresh token used" in again.text
    assert server.sign_ins.revoked == 1
    assert raw.get("current/Me").status_code == 401


def test_without_revocation_the_new_token_survives(server: ExactOnlineServer, raw: Raw) -> None:
    server.sign_ins.revokes = False
    raw.sign_in()
    old = raw.refresh
    server.clock.forward(seconds=571)
    raw.keep(raw.renew())
    assert "Old refresh token used" in raw.renew(old).text
    assert raw.get("current/Me").status_code == 200


def test_a_refresh_token_lives_thirty_days_unused(server: ExactOnlineServer, raw: Raw) -> None:
    raw.sign_in()
    server.clock.forward(days=29, hours=23)
    raw.keep(raw.renew())
    server.clock.forward(days=30, seconds=1)
    late = raw.renew()
    assert late.json()["error"] == "invalid_request"
    assert "The refresh token expired at " in late.json()["error_description"]


def test_a_new_authorization_ends_the_chain_before_it(raw: Raw) -> None:
    raw.sign_in()
    first_access, first_refresh = raw.access, raw.refresh
    raw.server.clock.forward(seconds=571)
    raw.sign_in()
    assert "chainId" in raw.renew(first_refresh).text
    assert raw.get("current/Me").status_code == 200
    raw.access = first_access
    assert raw.get("current/Me").status_code == 401


def test_a_code_of_an_earlier_authorization_is_refused(raw: Raw) -> None:
    first, second = raw.code(), raw.code()
    assert "chainId" in raw.exchange(first).text
    assert raw.exchange(second).status_code == 200


def test_another_user_has_a_chain_of_their_own(server: ExactOnlineServer, raw: Raw) -> None:
    raw.sign_in()
    jan = raw.access
    server.sign_ins.user = ExactUser(str(uuid4()), "an", "An", "an@kantoor.example", FIRST)
    raw.sign_in()
    raw.access = jan
    assert raw.get("current/Me").status_code == 200


def test_an_invented_refresh_token_is_refused(signed_in: Raw) -> None:
    assert "chainId" in signed_in.renew("invented").text


def test_two_hundred_token_calls_a_day(raw: Raw) -> None:
    for _ in range(200):
        assert raw.renew("invented").status_code == 400
    assert raw.renew("invented").status_code == 429
    raw.server.clock.forward(days=1, seconds=1)
    assert raw.renew("invented").status_code == 400


def test_an_access_token_lives_ten_minutes(server: ExactOnlineServer, signed_in: Raw) -> None:
    server.clock.forward(seconds=595)
    assert signed_in.get("current/Me").status_code == 200
    server.clock.forward(seconds=6)
    late = signed_in.get("current/Me")
    assert (late.status_code, late.content) == (401, b"")
    assert late.headers["Reason"]


# --- asking ---------------------------------------------------------------------------------------


def test_me_says_who_signed_in(signed_in: Raw) -> None:
    answer = signed_in.get("current/Me", **{"$select": "UserID,FullName,CurrentDivision"})
    (me,) = answer.json()["d"]["results"]
    assert me["FullName"] == "Jan Claes"
    assert me["CurrentDivision"] == FIRST
    assert set(me) == {"__metadata", "UserID", "FullName", "CurrentDivision"}


def test_without_a_token_nothing_is_told(raw: Raw) -> None:
    assert raw.get("current/Me").status_code == 401


def test_the_default_is_atom_and_xml_is_refused(signed_in: Raw) -> None:
    answer = signed_in.get("current/Me", headers={})
    assert answer.status_code == 200
    assert answer.text.startswith("<?xml")
    assert signed_in.get("current/Me", headers={"Accept": "application/xml"}).status_code == 406


def test_pages_of_sixty_with_an_absolute_address(server: ExactOnlineServer, raw: Raw) -> None:
    server.add_divisions(147)
    raw.sign_in()
    codes: list[int] = []
    answer = raw.get(f"{FIRST}/system/Divisions", **{"$select": "Code,Hid"})
    pages = 1
    while "__next" in answer.json()["d"]:
        codes += [row["Code"] for row in answer.json()["d"]["results"]]
        address = answer.json()["d"]["__next"]
        assert address.startswith(server.url)
        answer = raw.get(address.removeprefix(f"{server.url}/api/v1/"))
        pages += 1
    codes += [row["Code"] for row in answer.json()["d"]["results"]]
    assert pages == 3
    assert codes == list(range(FIRST, FIRST + 150))


def test_long_numbers_are_quoted_and_dates_have_the_old_form(signed_in: Raw) -> None:
    row = signed_in.get(f"{FIRST}/system/Divisions").json()["d"]["results"][0]
    assert row["Hid"] == "1"
    made = signed_in.post(f"{FIRST}/documents/Documents", {"Subject": "x", "Type": 20})
    listed = signed_in.get(f"{FIRST}/documents/Documents").json()["d"]["results"][0]
    assert listed["ID"] == made.json()["d"]["ID"]
    assert listed["Created"].startswith("/Date(")


def test_only_chosen_administrations_can_be_used(raw: Raw) -> None:
    raw.sign_in(administrations="chosen", division=str(SECOND))
    listed = raw.get(f"{FIRST}/system/Divisions").json()["d"]["results"]
    assert [row["Code"] for row in listed] == [SECOND]
    refused = raw.get(f"{FIRST}/documents/Documents")
    assert refused.status_code == 403
    assert refused.json() == {"error": {"code": "", "message": {"lang": "", "value": "Forbidden"}}}


def test_future_administrations_are_only_in_the_wider_consent(raw: Raw) -> None:
    raw.sign_in(administrations="chosen", division=str(FIRST))
    narrow = raw.access
    raw.server.sign_ins.user = ExactUser(str(uuid4()), "an", "An", "an@kantoor.example", FIRST)
    raw.sign_in()
    raw.server.add_divisions(1)
    new = FIRST + 3
    assert raw.get(f"{new}/documents/Documents").status_code == 200
    raw.access = narrow
    assert raw.get(f"{new}/documents/Documents").status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("100001/Documents/documents", 404),
        ("100001/documents/documents", 404),
        ("100001/system/divisions", 404),
        ("current/me", 404),
        ("999999/documents/Documents", 404),
        ("100001/documents/Nothing", 404),
        ("999999/system/Divisions", 200),
    ],
)
def test_addresses_are_exact(signed_in: Raw, path: str, status: int) -> None:
    assert signed_in.get(path).status_code == status


@pytest.mark.parametrize(
    "query",
    [
        {"$select": "id"},
        {"$select": "ID,Nothing"},
        {"$orderby": "ID"},
        {"$filter": "Subject eq x"},
        {"$filter": "ID eq 'text'"},
        {"$filter": "Type eq '20'"},
        {"$filter": "Nothing eq 1"},
        {"$filter": "Subject eq 'O'Brien'"},
        {"$filter": "Created eq '2026-01-31'"},
        {"$top": "many"},
        {"$skiptoken": "invented"},
    ],
    ids=lambda query: " ".join(next(iter(query.items()))),
)
def test_a_wrong_query_is_refused(signed_in: Raw, query: dict[str, str]) -> None:
    answer = signed_in.get(f"{FIRST}/documents/Documents", **query)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]["value"]


def test_filters_find_the_very_text(signed_in: Raw) -> None:
    for subject in ("O'Brien [1]", "O'Brien [12]"):
        signed_in.post(f"{FIRST}/documents/Documents", {"Subject": subject, "Type": 20})
    answer = signed_in.get(
        f"{FIRST}/documents/Documents", **{"$filter": "Subject eq 'O''Brien [1]' and Type eq 20"}
    )
    assert [row["Subject"] for row in answer.json()["d"]["results"]] == ["O'Brien [1]"]


def test_the_vendor_may_refuse_to_filter(server: ExactOnlineServer, signed_in: Raw) -> None:
    server.books.unfilterable.add("mailbox/MailMessagesSent/Subject")
    answer = signed_in.get(f"{FIRST}/mailbox/MailMessagesSent", **{"$filter": "Subject eq 'x'"})
    assert answer.status_code == 400


# --- giving ---------------------------------------------------------------------------------------


def document(raw: Raw, **more: Any) -> requests.Response:
    return raw.post(f"{FIRST}/documents/Documents", {"Subject": "F-1", "Type": 20, **more})


def attachment(raw: Raw, document_id: str, **more: Any) -> requests.Response:
    body = {
        "Document": document_id,
        "FileName": "F-1.xml",
        "Attachment": base64.b64encode(b"<Invoice/>").decode(),
        **more,
    }
    return raw.post(f"{FIRST}/documents/DocumentAttachments", body)


def test_a_document_and_its_attachment_are_kept(server: ExactOnlineServer, signed_in: Raw) -> None:
    made = document(signed_in, DocumentDate="2026-03-31T00:00:00", Body="x")
    assert made.status_code == 201
    assert attachment(signed_in, made.json()["d"]["ID"]).status_code == 201
    (kept,) = server.books.documents
    assert (kept.division, kept.subject, kept.type) == (FIRST, "F-1", 20)
    assert [(file.name, file.content) for file in kept.files] == [("F-1.xml", b"<Invoice/>")]


def test_an_attachment_can_be_listed_but_not_read_back(signed_in: Raw) -> None:
    made = document(signed_in).json()["d"]["ID"]
    attachment(signed_in, made)
    listed = signed_in.get(
        f"{FIRST}/documents/DocumentAttachments", **{"$filter": f"Document eq guid'{made}'"}
    )
    (row,) = listed.json()["d"]["results"]
    assert row["FileName"] == "F-1.xml"
    assert row["FileSize"] == 10
    assert "Attachment" not in row


def test_a_post_tells_all_only_when_asked(signed_in: Raw) -> None:
    assert set(document(signed_in).json()["d"]) == {"__metadata", "ID"}
    whole = signed_in.post(
        f"{FIRST}/documents/Documents",
        {"Subject": "x", "Type": 20},
        {**JSON, "Prefer": "return=representation"},
    )
    assert whole.json()["d"]["Subject"] == "x"
    assert whole.json()["d"]["HID"].isdigit()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"Type": 20}, 500),
        ({"Subject": "", "Type": 20}, 500),
        ({"Subject": "x", "Type": 200}, 500),
        ({"Subject": "x", "Type": 7}, 500),
        ({"Subject": "x", "Type": "20"}, 400),
        ({"Subject": "x", "Type": True}, 400),
        ({"subject": "x", "Type": 20}, 400),
        ({"Subject": "x", "Type": 20, "HID": 1}, 400),
        ({"Subject": "x", "Type": 20, "Nothing": 1}, 400),
        ({"Subject": "x", "Type": 20, "DocumentDate": "31/03/2026"}, 400),
        ({"Subject": "x", "Type": 20, "DocumentDate": "2026-03-31"}, 400),
        ({"Subject": "x", "Type": 20, "Account": "De Smet"}, 400),
        ([{"Subject": "x", "Type": 20}], 400),
    ],
    ids=str,
)
def test_a_wrong_document_is_refused(signed_in: Raw, body: Any, status: int) -> None:
    answer = signed_in.post(f"{FIRST}/documents/Documents", body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]["value"]
    assert signed_in.server.books.documents == []


def test_a_body_that_is_no_json_is_refused(signed_in: Raw) -> None:
    path = f"{signed_in.server.url}/api/v1/{FIRST}/documents/Documents"
    headers = {"Authorization": f"Bearer {signed_in.access}", **JSON}
    as_form = signed_in.session.post(path, data={"Subject": "x"}, headers=headers)
    assert as_form.status_code == 415
    headers["Content-Type"] = "application/json"
    assert signed_in.session.post(path, data="{", headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"Document": NOBODY}, 500),
        ({"Document": "x"}, 400),
        ({"FileName": None}, 500),
        ({"Attachment": ""}, 500),
        ({"Attachment": "not base64!"}, 400),
        ({"Filename": "x"}, 400),
    ],
    ids=str,
)
def test_a_wrong_attachment_is_refused(signed_in: Raw, more: Any, status: int) -> None:
    made = document(signed_in).json()["d"]["ID"]
    assert attachment(signed_in, made, **more).status_code == status
    assert signed_in.server.books.documents[0].files == []


def test_a_document_of_another_administration_takes_no_attachment(signed_in: Raw) -> None:
    made = signed_in.post(f"{SECOND}/documents/Documents", {"Subject": "x", "Type": 20})
    assert attachment(signed_in, made.json()["d"]["ID"]).status_code == 500


def test_attachments_above_the_vendors_size_are_refused(signed_in: Raw) -> None:
    signed_in.server.books.largest = 5
    made = document(signed_in).json()["d"]["ID"]
    assert attachment(signed_in, made).status_code == 500


def test_what_the_licence_lacks(server: ExactOnlineServer, signed_in: Raw) -> None:
    server.books.divisions[FIRST].documents = False
    server.books.divisions[FIRST].mailbox = False
    assert signed_in.get(f"{FIRST}/documents/DocumentTypes").status_code == 404
    assert signed_in.get(f"{FIRST}/mailbox/Mailboxes").status_code == 403
    assert signed_in.get(f"{SECOND}/mailbox/Mailboxes").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "documents/DocumentTypes"),
        ("POST", "system/Divisions"),
        ("PUT", "documents/Documents"),
        ("DELETE", "documents/Documents"),
    ],
)
def test_methods_that_are_not_there(signed_in: Raw, method: str, path: str) -> None:
    answer = signed_in._send(method, f"{FIRST}/{path}", JSON, json={})
    assert answer.status_code == 405


# --- the postbox ----------------------------------------------------------------------------------


def message(raw: Raw, **more: Any) -> requests.Response:
    box = raw.server.books.mailboxes[0].id
    body = {"SenderMailboxID": box, "RecipientMailboxID": box, "Subject": "F-1", "Type": 1000}
    given = {name: value for name, value in {**body, **more}.items() if value is not None}
    return raw.post(f"{FIRST}/mailbox/MailMessagesSent", given)


def mail_attachment(raw: Raw, message_id: str, **more: Any) -> requests.Response:
    body = {
        "MailMessageID": message_id,
        "AttachmentFileName": "F-1.xml",
        "Type": 24,
        "Attachment": base64.b64encode(b"<Invoice/>").decode(),
        **more,
    }
    return raw.post(f"{FIRST}/mailbox/MailMessageAttachments", body)


def test_a_message_and_its_attachment_are_kept(server: ExactOnlineServer, signed_in: Raw) -> None:
    made = message(signed_in).json()["d"]["ID"]
    assert mail_attachment(signed_in, made).status_code == 201
    (kept,) = server.books.messages
    assert (kept.division, kept.type, kept.status) == (FIRST, 1000, 20)
    assert [(file.name, file.type) for file in kept.files] == [("F-1.xml", 24)]
    kept.status = 5
    row = signed_in.get(f"{FIRST}/mailbox/MailMessagesSent(guid'{made}')").json()["d"]
    assert row["RecipientStatus"] == 5


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"SenderMailboxID": None}, 500),
        ({"RecipientMailboxID": None}, 500),
        ({"Subject": None}, 500),
        ({"RecipientMailboxID": NOBODY}, 500),
        ({"RecipientStatus": 50}, 400),
        ({"ForDivision": FIRST}, 400),
    ],
    ids=str,
)
def test_a_wrong_message_is_refused(signed_in: Raw, more: Any, status: int) -> None:
    assert message(signed_in, **more).status_code == status
    assert signed_in.server.books.messages == []


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"MailMessageID": NOBODY}, 500),
        ({"AttachmentFileName": ""}, 500),
        ({"Attachment": "%"}, 400),
        ({"FileName": "x"}, 400),
    ],
    ids=str,
)
def test_a_wrong_mail_attachment_is_refused(signed_in: Raw, more: Any, status: int) -> None:
    made = message(signed_in).json()["d"]["ID"]
    assert mail_attachment(signed_in, made, **more).status_code == status


def test_bank_mail_may_be_for_internal_use(signed_in: Raw) -> None:
    assert message(signed_in, Type=2000).status_code == 201
    signed_in.server.books.takes_bank_mail = False
    assert message(signed_in, Type=2000).status_code == 500


def test_mailboxes_say_whose_they_are(server: ExactOnlineServer, signed_in: Raw) -> None:
    server.books.mailboxes.append(ExactMailbox("all@exactonline.example", None))
    rows = signed_in.get(f"{FIRST}/mailbox/Mailboxes").json()["d"]["results"]
    assert [row["ForDivision"] for row in rows] == [FIRST, SECOND, 100003, None]
    assert rows[0]["Type"] == 1


# --- limits ---------------------------------------------------------------------------------------


def test_every_answer_tells_both_limits(signed_in: Raw) -> None:
    headers = signed_in.get(f"{FIRST}/documents/DocumentTypes").headers
    assert headers["X-RateLimit-Limit"] == "5000"
    assert headers["X-RateLimit-Remaining"] == "4999"
    assert headers["X-RateLimit-Minutely-Remaining"] == "59"
    assert len(headers["X-RateLimit-Reset"]) == 13
    assert int(headers["X-RateLimit-Minutely-Reset"]) % 60_000 == 0


def test_sixty_calls_a_minute_for_each_administration(signed_in: Raw) -> None:
    for _ in range(60):
        assert signed_in.get(f"{FIRST}/documents/DocumentTypes").status_code == 200
    late = signed_in.get(f"{FIRST}/documents/DocumentTypes")
    assert (late.status_code, late.content) == (429, b"")
    limits = {name for name in late.headers if name.lower().startswith("x-ratelimit")}
    assert all("Minutely" in name for name in limits) and len(limits) == 3
    assert signed_in.get(f"{SECOND}/documents/DocumentTypes").status_code == 200
    signed_in.server.clock.forward(seconds=61)
    assert signed_in.get(f"{FIRST}/documents/DocumentTypes").status_code == 200
    assert signed_in.server.meter.broken == 1


def test_so_many_calls_a_day(server: ExactOnlineServer, signed_in: Raw) -> None:
    server.meter.a_day = 3
    for _ in range(3):
        signed_in.get(f"{FIRST}/documents/DocumentTypes")
    late = signed_in.get(f"{FIRST}/documents/DocumentTypes")
    assert late.status_code == 429
    limits = {name for name in late.headers if name.lower().startswith("x-ratelimit")}
    assert limits == {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}


def test_the_tenth_refused_call_shuts_the_endpoint_longer_each_time(
    server: ExactOnlineServer, raw: Raw
) -> None:
    raw.sign_in()

    def wrong() -> int:
        return raw.get(f"{FIRST}/documents/Documents", **{"$select": "x"}).status_code

    assert [wrong() for _ in range(10)] == [400] * 10
    assert wrong() == 429
    assert raw.get(f"{FIRST}/documents/DocumentTypes").status_code == 200
    server.clock.forward(minutes=61)
    raw.keep(raw.renew())
    assert [wrong() for _ in range(11)] == [400] * 10 + [429]
    server.clock.forward(minutes=61)
    raw.keep(raw.renew())
    assert wrong() == 429
    assert server.meter.blocks == 2


# --- faults ---------------------------------------------------------------------------------------


def test_an_answer_can_get_lost_after_the_document_was_kept(signed_in: Raw) -> None:
    signed_in.server.break_next(FaultKind.DROP_AFTER, "documents/Documents")
    with pytest.raises(requests.ConnectionError):
        document(signed_in)
    assert len(signed_in.server.books.documents) == 1

"""Yuki's stand-in, seen by clients that are right and by clients that are wrong in one thing."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
import requests
from lxml import etree

from ledgerdesk.practice.vendors.yuki import KeyLevel, YukiServer

NS = "http://www.theyukicompany.com/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
CONTENT = b"<Invoice>\x00\xff</Invoice>"


@pytest.fixture
def server() -> Iterator[YukiServer]:
    with YukiServer() as running:
        yield running


class Client:
    """Says what it is told to say, right or wrong."""

    def __init__(self, server: YukiServer) -> None:
        self.server = server
        self.service = "Archive"
        self.namespace = NS
        self.content_type = "text/xml; charset=utf-8"
        self.action = '"{namespace}{operation}"'

    def envelope(self, operation: str, values: dict[str, str]) -> bytes:
        inside = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in values.items())
        return (
            f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Body>'
            f'<{operation} xmlns="{self.namespace}">{inside}</{operation}>'
            "</soap:Body></soap:Envelope>"
        ).encode()

    def post(self, operation: str, body: bytes) -> requests.Response:
        headers = {
            "Content-Type": self.content_type,
            "SOAPAction": self.action.format(namespace=NS, operation=operation),
        }
        address = f"{self.server.url}/ws/{self.service}.asmx"
        return requests.post(address, body, headers=headers, timeout=10)

    def call(self, operation: str, **values: str) -> requests.Response:
        return self.post(operation, self.envelope(operation, values))

    def result(self, operation: str, **values: str) -> etree._Element:
        """What a call that went well answers."""
        answer = self.call(operation, **values)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
        response = etree.fromstring(answer.content)[0][0]
        assert response.tag == f"{{{NS}}}{operation}Response"
        return response

    def fault(self, operation: str, **values: str) -> str:
        return fault_of(self.call(operation, **values))

    def sign_in(self, key: str = "") -> str:
        response = self.result("Authenticate", accessKey=key or self.server.domain_key)
        (result,) = response
        assert result.tag == f"{{{NS}}}AuthenticateResult"
        assert result.text
        return result.text

    def upload(self, session: str, **other: str) -> dict[str, str]:
        """The elements of an upload that is right but for ``other``."""
        right = {
            "sessionID": session,
            "fileName": "2026-03-31_F-1_0badcafe.xml",
            "data": base64.b64encode(CONTENT).decode(),
            "folder": "1",
            "administrationID": self.server.first.administrations[0].id,
        }
        return {**right, **other}


def fault_of(answer: requests.Response) -> str:
    assert answer.status_code == 500, answer.text
    (fault,) = etree.fromstring(answer.content)[0]
    assert fault.tag == f"{{{SOAP}}}Fault"
    assert [one.tag for one in fault] == ["faultcode", "faultstring", "detail"]
    return f"{fault[0].text} {fault[1].text}"


@pytest.fixture
def client(server: YukiServer) -> Client:
    return Client(server)


def ids(listed: etree._Element) -> list[str | None]:
    return [one.get("ID") for one in listed[0][0]]


# --- a right client -------------------------------------------------------------------------------


def test_what_is_uploaded_is_kept(server: YukiServer, client: Client) -> None:
    (result,) = client.result("UploadDocument", **client.upload(client.sign_in()))
    (stored,) = server.documents
    assert result.text == stored.id
    assert (stored.content, stored.folder) == (CONTENT, 1)
    assert stored.administration_id == server.first.administrations[0].id


def test_the_same_twice_is_two_documents(server: YukiServer, client: Client) -> None:
    session = client.sign_in()
    for _ in range(2):
        client.result("UploadDocument", **client.upload(session))
    assert len({one.id for one in server.documents}) == 2


def test_a_document_is_found_by_id_and_in_its_folder(server: YukiServer, client: Client) -> None:
    session = client.sign_in()
    client.result("UploadDocument", **client.upload(session))
    (stored,) = server.documents
    assert ids(client.result("FindDocument", sessionID=session, documentID=stored.id)) == [
        stored.id
    ]
    assert ids(client.result("DocumentsInFolder", **listing(session))) == [stored.id]
    assert ids(client.result("DocumentsInFolder", **listing(session, folderID="2"))) == []
    assert ids(client.result("FindDocument", sessionID=session, documentID="unheard-of")) == []


def listing(session: str, **other: str) -> dict[str, str]:
    right = {
        "sessionID": session,
        "folderID": "1",
        "sortOrder": "CreatedDesc",
        "startDate": "2000-01-01T00:00:00",
        "endDate": "2100-01-01T00:00:00",
        "numberOfRecords": "100",
        "startRecord": "0",
    }
    return {**right, **other}


@pytest.mark.parametrize("base", [0, 1])
def test_records_are_paged_newest_first(server: YukiServer, client: Client, base: int) -> None:
    server.office.first_record = base
    session = client.sign_in()
    for n in range(5):
        client.result("UploadDocument", **client.upload(session, fileName=f"{n}.xml"))
    page = listing(session, numberOfRecords="2", startRecord=str(2 + base))
    listed = client.result("DocumentsInFolder", **page)
    assert [one.findtext("FileName") for one in listed[0][0]] == ["2.xml", "1.xml"]


def test_lists_are_in_no_namespace_and_ids_are_attributes(
    server: YukiServer, client: Client
) -> None:
    answer = client.call("Administrations", sessionID=client.sign_in())
    assert b'<Administrations xmlns="">' in answer.content
    listed = etree.fromstring(answer.content)[0][0]
    assert ids(listed) == [one.id for one in server.first.administrations]
    assert [one.findtext("DomainID") for one in listed[0][0]] == [server.first.id] * 3
    assert [one.findtext("Active") for one in listed[0][0]] == ["true", "True", "false"]


def test_names_with_marks_come_back_whole(server: YukiServer, client: Client) -> None:
    name = 'R&D <é> "x".xml'
    session = client.sign_in()
    client.result("UploadDocument", **client.upload(session, fileName=name))
    listed = client.result("DocumentsInFolder", **listing(session))
    assert listed[0][0][0].findtext("FileName") == name


def test_a_portal_chooses_its_domain(server: YukiServer, client: Client) -> None:
    session = client.sign_in(server.portal_key)
    assert ids(client.result("Domains", sessionID=session)) == [server.first.id, server.second.id]
    response = client.result("SetCurrentDomain", sessionID=session, domainID=server.second.id)
    assert len(response) == 0
    assert ids(client.result("Administrations", sessionID=session)) == [
        server.second.administrations[0].id
    ]


def test_an_administration_key_shows_one(server: YukiServer, client: Client) -> None:
    session = client.sign_in(server.administration_key)
    assert ids(client.result("Domains", sessionID=session)) == [server.first.id]
    assert ids(client.result("Administrations", sessionID=session)) == [
        server.first.administrations[0].id
    ]


def test_the_general_operations_are_on_every_service(client: Client) -> None:
    client.service = "Sales"
    assert client.sign_in()


def test_it_is_the_same_portal_the_next_time(tmp_path: Path) -> None:
    def identity(server: YukiServer) -> tuple[object, ...]:
        administrations = [one.id for one in server.first.administrations]
        return server.port, server.portal_key, server.domain_key, administrations

    with YukiServer(tmp_path) as first:
        before = identity(first)
    with YukiServer(tmp_path) as second:
        assert identity(second) == before


# --- wrong in its envelope ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["application/soap+xml; charset=utf-8", "text/xml", ""])
def test_another_content_type_is_refused(client: Client, kind: str) -> None:
    client.content_type = kind
    assert client.call("Authenticate", accessKey=client.server.domain_key).status_code == 415


@pytest.mark.parametrize(
    "action",
    ["{namespace}{operation}", '"{operation}"', '"{namespace}authenticate"', ""],
    ids=["unquoted", "no namespace", "casing", "none"],
)
def test_another_soap_action_is_refused(client: Client, action: str) -> None:
    client.action = action
    told = client.fault("Authenticate", accessKey=client.server.domain_key)
    assert "SOAPAction" in told
    assert client.server.office.authentications == 0


def test_action_and_body_must_agree(client: Client) -> None:
    body = client.envelope("Domains", {"sessionID": client.sign_in()})
    assert "no Administrations" in fault_of(client.post("Administrations", body))


@pytest.mark.parametrize("namespace", ["", "http://www.theyukicompany.com"])
def test_another_namespace_is_refused(client: Client, namespace: str) -> None:
    client.namespace = namespace
    assert client.fault("Authenticate", accessKey=client.server.domain_key).startswith(
        "soap:Client"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"not xml",
        b'<!DOCTYPE x [<!ENTITY e "y">]><x>&e;</x>',
        b"<Envelope/>",
        b'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body/></e:Envelope>',
    ],
    ids=["no xml", "entities", "no soap", "soap 1.2"],
)
def test_another_envelope_is_refused(client: Client, body: bytes) -> None:
    assert fault_of(client.post("Authenticate", body)).startswith("soap:Client")


def test_operations_of_the_archive_are_on_no_other_service(client: Client) -> None:
    session = client.sign_in()
    client.service = "Accounting"
    assert "SOAPAction" in client.fault("DocumentFolders", sessionID=session)


def test_unknown_services_and_other_methods_are_refused(server: YukiServer, client: Client) -> None:
    client.service = "Archives"
    assert client.call("Authenticate", accessKey=server.domain_key).status_code == 404
    assert requests.get(f"{server.url}/ws/Archive.asmx", timeout=10).status_code == 405


# --- wrong in its parameters ----------------------------------------------------------------------


def test_casing_counts(server: YukiServer, client: Client) -> None:
    told = client.fault("DocumentFolders", sessionId=client.sign_in())
    assert "Missing parameter: sessionID" in told


@pytest.mark.parametrize(
    "left_out", ["sessionID", "fileName", "data", "folder", "administrationID"]
)
def test_every_parameter_is_needed(server: YukiServer, client: Client, left_out: str) -> None:
    given = client.upload(client.sign_in())
    del given[left_out]
    assert f"Missing parameter: {left_out}" in client.fault("UploadDocument", **given)
    assert server.documents == []


def test_the_order_counts_and_nothing_may_stand_beside(server: YukiServer, client: Client) -> None:
    given = client.upload(client.sign_in())
    turned = dict(reversed(given.items()))
    assert "not those of the description" in client.fault("UploadDocument", **turned)
    assert "not those of the description" in client.fault("UploadDocument", **given, note="x")
    assert server.documents == []


@pytest.mark.parametrize(
    "wrong",
    [{"folder": ""}, {"folder": "one"}, {"folder": "1.0"}, {"data": "PD94=="}, {"data": "§"}],
    ids=str,
)
def test_values_have_their_type(server: YukiServer, client: Client, wrong: dict[str, str]) -> None:
    told = client.fault("UploadDocument", **client.upload(client.sign_in(), **wrong))
    assert next(iter(wrong)) in told
    assert server.documents == []


@pytest.mark.parametrize(
    "wrong", [{"sortOrder": "createdDesc"}, {"startDate": "2026-03-31"}], ids=str
)
def test_listing_has_its_types_too(client: Client, wrong: dict[str, str]) -> None:
    session = client.sign_in()
    assert next(iter(wrong)) in client.fault("DocumentsInFolder", **listing(session, **wrong))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"folder": "6"}, "folder"),
        ({"fileName": ""}, "name"),
        ({"administrationID": "38a90000-0000-4000-8000-000000000000"}, "administration"),
    ],
    ids=["folder", "name", "administration"],
)
def test_what_is_not_there_is_refused(
    server: YukiServer, client: Client, wrong: dict[str, str], told: str
) -> None:
    assert told in client.fault("UploadDocument", **client.upload(client.sign_in(), **wrong))
    assert server.documents == []


# --- keys, sessions, rights, limits ---------------------------------------------------------------


def test_a_wrong_key_opens_nothing(client: Client) -> None:
    assert "key is invalid" in client.fault("Authenticate", accessKey="nonsense")


def test_a_session_ends_after_a_day(server: YukiServer, client: Client) -> None:
    session = client.sign_in()
    server.clock.forward(hours=23, minutes=59)
    client.result("Domains", sessionID=session)
    server.clock.forward(minutes=1)
    assert "session" in client.fault("Domains", sessionID=session)


def test_a_session_is_needed(server: YukiServer, client: Client) -> None:
    assert "session" in client.fault("Domains", sessionID="a00912fb-0000-4000-8000-000000000000")
    session = client.sign_in()
    server.office.end_sessions()
    assert "session" in client.fault("Domains", sessionID=session)


def test_a_key_without_the_right_may_look_but_not_bring(server: YukiServer, client: Client) -> None:
    session = client.sign_in(server.add_key(KeyLevel.DOMAIN, server.first, rights=("Sales",)))
    client.result("Administrations", sessionID=session)
    assert "no rights" in client.fault("DocumentFolders", sessionID=session)
    assert "no rights" in client.fault("UploadDocument", **client.upload(session))
    assert server.documents == []


def test_another_domain_is_not_reached(server: YukiServer, client: Client) -> None:
    other = server.second.administrations[0].id
    session = client.sign_in(server.portal_key)
    assert "administration" in client.fault(
        "UploadDocument", **client.upload(session, administrationID=other)
    )
    domain_session = client.sign_in()
    refused = {"sessionID": domain_session, "domainID": server.second.id}
    assert "no rights" in client.fault("SetCurrentDomain", **refused)
    assert server.documents == []


def test_an_administration_key_reaches_no_other(server: YukiServer, client: Client) -> None:
    session = client.sign_in(server.administration_key)
    other = server.first.administrations[1].id
    told = client.fault("UploadDocument", **client.upload(session, administrationID=other))
    assert "administration" in told


def test_a_domain_has_so_many_calls_a_day(server: YukiServer, client: Client) -> None:
    server.first.limit = 3
    session = client.sign_in()
    for _ in range(2):
        client.result("Domains", sessionID=session)
    assert "maximum number of calls" in client.fault("Domains", sessionID=session)
    assert client.sign_in(server.second_key)
    server.clock.forward(days=1)
    assert client.sign_in()


def test_a_domain_that_is_not_active_is_refused(server: YukiServer, client: Client) -> None:
    session = client.sign_in()
    server.first.active = False
    assert "not active" in client.fault("UploadDocument", **client.upload(session))


def test_faults_may_be_in_dutch(server: YukiServer, client: Client) -> None:
    server.office.language = "nl"
    assert "sleutel is ongeldig" in client.fault("Authenticate", accessKey="nonsense")


# --- the old page ---------------------------------------------------------------------------------


def page(server: YukiServer, **other: str) -> etree._Element:
    form = {
        "Domain": server.first.name,
        "WebServiceAccessKey": server.domain_key,
        "Administration": server.first.administrations[0].id,
        "Folder": "3",
        **other,
    }
    files = {"File": ("a.cod", CONTENT)}
    answer = requests.post(f"{server.url}/docs/Upload.aspx", form, files=files, timeout=10)
    root = etree.fromstring(answer.content)
    assert root.tag == "UploadReponse"
    return root


def test_the_page_takes_one_file(server: YukiServer) -> None:
    told = page(server)
    (stored,) = server.documents
    assert (stored.file_name, stored.folder, stored.content) == ("a.cod", 3, CONTENT)
    assert (told.findtext("UploadSuccess"), told.findtext("DocumentID")) == ("True", stored.id)


@pytest.mark.parametrize(
    "wrong",
    [{"WebServiceAccessKey": "x"}, {"Domain": "kantoor-zuid"}, {"Folder": "6"}, {"Folder": "x"}],
    ids=str,
)
def test_the_page_says_no_in_its_own_form(server: YukiServer, wrong: dict[str, str]) -> None:
    told = page(server, **wrong)
    assert told.findtext("UploadSuccess") == "False"
    assert told.findtext("Message")
    assert server.documents == []

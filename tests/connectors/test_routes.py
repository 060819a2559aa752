"""Vendors without a public API: four ways each, and only what the chosen one needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledgerdesk import connectors
from ledgerdesk.connectors.base import MAIL_LANE, Connector, TargetRequest
from ledgerdesk.errors import (
    AddressMissing,
    AddressUnusable,
    EmptyVariable,
    FormatDiffers,
    HostKeyUnknown,
    LedgerDeskError,
    MissingValue,
    RouteChanged,
)
from ledgerdesk.model import (
    Assurance,
    DeliveryClass,
    Direction,
    DocumentKind,
    ExportKind,
    Found,
    Stage,
    Standing,
    SystemClock,
    Target,
)
from ledgerdesk.setup.fields import FieldKind, FieldScope, clean_all
from tests.connectors.fakes import FakeRouteMailbox, FakeRouteSftp
from tests.helpers.parcels import PlainNaming, make_context, make_parcel
from tests.helpers.smtp import SmtpServer
from tests.helpers.sshd import Sshd

IDS = ("bocount", "count_e", "lyanthe", "pingwin", "wings_online")
ROUTES = ("api", "mailbox", "sftp", "folder")
SFTP = {f"sftp_{one.name}" for one in connectors.get("sftp").fields}
FOLDER = {one.name for one in connectors.get("folder").fields}
SERVICE = {
    "bocount": {"base_url", "username", "password", "company_number"},
    "count_e": {"username", "password", "api_url", "database", "client_number"},
    "lyanthe": {"username", "password"},
    "pingwin": {"api_key", "clid", "file_id"},
    "wings_online": {
        "username",
        "password",
        "home_directory",
        "internal_number",
        "purchase_journal",
        "sales_journal",
    },
}
ASKED: dict[str, set[str]] = {"mailbox": {"mailbox"}, "sftp": SFTP, "folder": FOLDER}
CLIENTS = {
    "bocount": {"username", "password", "company_number"},
    "count_e": {"client_number", "database"},
    "lyanthe": set(),
    "pingwin": {"api_key", "file_id"},
    "wings_online": {"internal_number"},
}
MAIL = {"mail_from_address": "office@firm.example", "mail_host": "127.0.0.1"}
NAMING = PlainNaming(
    {
        "enterprise_name": "De Smet",
        "invoice_type": "AP",
        "document_number": "F-1",
        "accounting_file_id": "K1",
        "enterprise_identifier": "BE0403170701",
    }
)
VALUES = {
    "base_url": "https://bocount.example/ws/",
    "api_url": "https://count-e.example",
    "username": "u",
    "clid": "C-1",
    "database": "b",
    "client_number": "[accounting_file_id]",
    "file_id": "7",
    "internal_number": "[accounting_file_id]",
    "mailbox": "[accounting_file_id]@box.example",
    "path": "/srv/in/[enterprise_name]",
    "sftp_host": "sftp.example",
    "sftp_username": "me",
    "sftp_upload_path": "in/[invoice_type]",
    **MAIL,
}

both = pytest.mark.parametrize("id", IDS)
every = pytest.mark.parametrize("route", ROUTES)


def get(id: str) -> Connector:
    return connectors.get(id)


def target(id: str, route: str, **changes: str) -> Target:
    values = {**VALUES, "route": route, **changes}
    return make_parcel(get(id), values, naming=NAMING).target


# --- what is asked ------------------------------------------------------------------------------


@both
@every
def test_only_the_chosen_way_is_asked(id: str, route: str) -> None:
    fields = get(id).fields
    shown = {one.name for one in fields if one.visible({"route": route})}
    assert shown == {"route", *(ASKED.get(route) or SERVICE[id])}


@both
@every
def test_what_another_way_asks_is_not_kept(id: str, route: str) -> None:
    given = {one.name: "x" for one in get(id).fields if one.kind is FieldKind.PASSWORD}
    kept, _ = clean_all(get(id).fields, {"route": route, **given})
    assert set(kept) <= {"route", *(ASKED.get(route) or SERVICE[id])}


@both
def test_where_each_value_belongs(id: str) -> None:
    own = {one.name for one in get(id).fields if one.scope is FieldScope.CLIENT}
    assert own == {"mailbox", "path", *CLIENTS[id]}
    (way,) = [one for one in get(id).fields if one.name == "route"]
    assert (way.scope, way.kind) == (FieldScope.CONNECTION, FieldKind.CHOICE)
    assert [one.id for one in way.choices] == list(ROUTES)


@both
def test_invoices_only_and_the_standing_is_said(id: str) -> None:
    assert get(id).document_kinds == (ExportKind.INVOICES,)
    expected = Standing.DOCUMENTED if id == "lyanthe" else Standing.YOU_COMPLETE_IT
    assert get(id).standing is expected


@pytest.mark.parametrize(
    "url", ["bocount.example", "ftp://x", "https://", "https://me:pw@x", "x y"]
)
def test_an_address_of_a_service_is_whole(url: str) -> None:
    given = {"route": "api", "base_url": url, "username": "u", "password": "p"}
    _, errors = clean_all(get("bocount").fields, given)
    assert [one.field for one in errors] == ["base_url"]


# --- what the way decides -----------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    ("route", "mails", "signs_in", "proof"),
    [
        ("api", False, True, DeliveryClass.C),
        ("mailbox", True, False, DeliveryClass.C),
        ("sftp", False, True, DeliveryClass.A),
        ("folder", False, False, DeliveryClass.A),
    ],
)
def test_what_the_way_decides(
    id: str, route: str, mails: bool, signs_in: bool, proof: DeliveryClass
) -> None:
    one, values = get(id), {**VALUES, "route": route}
    assert (one.by_mail(values), one.signs_in(values)) == (mails, signs_in)
    assert one.proves(values) is proof
    assert (one.lane_key(values) == MAIL_LANE) is mails
    # Nothing is known of the service yet: no dossiers to list, nobody to ask later.
    assert not one.lists(values) and not one.answers_later(values)
    assert one.limited(values) == ()


@pytest.mark.parametrize(
    ("id", "key"),
    [
        ("bocount", "https://bocount.example/ws"),
        ("count_e", "u@https://count-e.example"),
        ("lyanthe", "u"),
        ("pingwin", "C-1"),
        ("wings_online", "u"),
    ],
)
def test_whose_account_it_is(id: str, key: str) -> None:
    assert get(id).account_key({**VALUES, "route": "api"}) == key
    assert get(id).account_key({**VALUES, "route": "sftp"}) == "me@sftp.example:22"
    assert get(id).account_key({**VALUES, "route": "folder"}) == "/srv/in"
    assert get(id).account_key({"route": "folder"}) != ""


# --- where it goes ------------------------------------------------------------------------------


@both
def test_a_target_is_that_of_the_connector_of_the_same_name(id: str) -> None:
    digits = "0123456789-99@firm.example"
    mail = target(id, "mailbox", **({"mailbox": digits} if id == "lyanthe" else {}))
    assert mail.place == ("0123456789-99p@firm.example" if id == "lyanthe" else "K1@box.example")
    assert mail.extra["message_id"]
    assert target(id, "sftp").place == "in/AP"
    assert target(id, "folder").place == "/srv/in/De Smet"
    ways = {route: target(id, route, mailbox=digits).extra["route"] for route in ROUTES}
    assert ways == dict(zip(ROUTES, ROUTES, strict=True))


def test_the_clients_own_values_are_frozen_as_they_are_then() -> None:
    extra = target("count_e", "api").extra
    assert (extra["value:client_number"], extra["value:database"]) == ("K1", "b")
    assert target("bocount", "api").extra["value:company_number"] == "BE0403170701"
    assert not [name for name in target("pingwin", "api").extra if "api_key" in name]


@pytest.mark.parametrize(
    ("id", "route", "missing", "error"),
    [
        ("bocount", "mailbox", "mailbox", AddressMissing),
        ("bocount", "folder", "path", AddressMissing),
        ("count_e", "api", "database", EmptyVariable),
        ("wings_online", "api", "internal_number", EmptyVariable),
        ("lyanthe", "mailbox", "mailbox", AddressMissing),
    ],
)
def test_what_a_client_lacks_is_named(
    id: str, route: str, missing: str, error: type[LedgerDeskError]
) -> None:
    with pytest.raises(error) as caught:
        target(id, route, **{missing: ""})
    assert caught.value.field == missing
    assert "Bakkerij De Smet" in caught.value.text()


# --- the line -----------------------------------------------------------------------------------


def test_a_document_aimed_another_way_is_not_sent(tmp_path: Path) -> None:
    before = {"route": "mailbox", "mailbox": "x@box.example", **MAIL}
    now = {"route": "folder", "path": str(tmp_path)}
    parcel = make_parcel(get("bocount"), before, naming=NAMING)
    with get("bocount").open(make_context(now)) as session:
        with pytest.raises(RouteChanged):
            session.send_one(parcel)
        assert session.probe(replace(parcel, stage=Stage.SENDING)).found is Found.ABSENT
        began = session.probe(replace(parcel, stage=Stage.PUBLISHING))
        assert began.found is Found.CANNOT_TELL
        assert session.confirm(parcel, "x") is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_per_client_is_tried_with_the_first_document(tmp_path: Path) -> None:
    with get("pingwin").open(make_context({"route": "folder"})) as session:
        (check,) = session.verify()
        assert check.ok
        values = {"route": "folder", "path": str(tmp_path)}
        evidence = session.send_one(make_parcel(get("pingwin"), values, naming=NAMING))
    assert evidence.assurance is Assurance.VERIFIED


def test_errors_name_the_fields_of_this_form(sshd: Sshd) -> None:
    fake = FakeRouteSftp(sshd)
    with pytest.raises(MissingValue) as caught:
        get("wings_online").open(make_context(fake.values, {}))
    assert caught.value.field == "sftp_password"
    context = make_context(fake.values, fake.secrets)
    with get("wings_online").open(context) as session, pytest.raises(HostKeyUnknown):
        list(session.verify())
    assert sshd.sign_in_attempts() == 0


# --- Lyanthe's mailbox --------------------------------------------------------------------------

BOX = "0123456789-99@firm.example"
WITH_PDF = b'<Invoice><EmbeddedDocumentBinaryObject mimeCode="application/pdf"/></Invoice>'


@pytest.fixture
def lyanthe(smtp_server: SmtpServer) -> Callable[..., Any]:
    fake = FakeRouteMailbox(smtp_server)
    values = {**fake.values, "mailbox": BOX}

    def send(body: bytes, **changes: Any) -> Any:
        parcel = make_parcel(get("lyanthe"), values, body, NAMING)
        context = make_context(values, fake.secrets, **fake.more)
        with get("lyanthe").open(context) as session:
            return session.send_one(replace(parcel, **changes))

    return send


def test_an_xml_with_its_pdf_reaches_the_mailbox_openly(
    lyanthe: Callable[..., Any], smtp_server: SmtpServer
) -> None:
    lyanthe(WITH_PDF)
    (mail,) = smtp_server.messages()
    assert mail.message["To"] == "0123456789-99p@firm.example"
    assert mail.message["Bcc"] is None
    assert mail.message["Subject"] == "Purchase"


def test_an_xml_without_its_pdf_is_not_sent(
    lyanthe: Callable[..., Any], smtp_server: SmtpServer
) -> None:
    with pytest.raises(FormatDiffers):
        lyanthe(b"<Invoice/>")
    assert smtp_server.messages() == []


@pytest.mark.parametrize("box", ["sales@firm.example", "123-99@firm.example"])
def test_another_mailbox_than_lyanthes_is_refused(box: str) -> None:
    with pytest.raises(AddressUnusable):
        target("lyanthe", "mailbox", mailbox=box)


def test_the_mailbox_of_a_sale_ends_differently() -> None:
    values = {**VALUES, "route": "mailbox", "mailbox": BOX}
    at = SystemClock().now()
    kind = DocumentKind.CREDIT_NOTE
    request = TargetRequest(values, NAMING, kind, Direction.SALE, "De Smet", "0" * 32, at)
    found = get("lyanthe").target(request)
    assert (found.place, found.extra["subject"]) == ("0123456789-99s@firm.example", "#RBS")

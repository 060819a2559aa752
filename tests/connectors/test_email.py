"""The e-mail connector against a real mail server: the verdict is read from its mailbox on disk."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import socket
import ssl
import subprocess
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from ledgerdesk.connectors import _mail
from ledgerdesk.connectors._mail import MailSession
from ledgerdesk.connectors.base import TargetRequest
from ledgerdesk.connectors.email import EmailConnector
from ledgerdesk.errors import (
    AddressMissing,
    AddressUnusable,
    Cancelled,
    CertificateUntrusted,
    ConnectionTrouble,
    ContentGone,
    CredentialsRejected,
    DirectionUnknown,
    DocumentRefused,
    DocumentTooLarge,
    InvalidValue,
    LedgerDeskError,
    MissingValue,
    OutcomeUnknown,
    PasswordsNotTaken,
    RateLimited,
    RecipientRefused,
    SenderRefused,
    ServerTooOld,
    ServerTrouble,
    SignInMethodRefused,
    StarttlsMissing,
    TimedOut,
)
from ledgerdesk.model import Assurance, Direction, DocumentKind, Found, Parcel, Stage, Target
from ledgerdesk.net.smtp_line import Line
from ledgerdesk.practice.authority import Authority
from tests.conftest import MakeSmtp
from tests.helpers.parcels import (
    DELIVERY,
    INVOICE,
    CancelAfter,
    PlainNaming,
    RecordingStages,
    make_context,
    make_parcel,
)
from tests.helpers.raw_server import garbage, hangs_up, raw_server, silent
from tests.helpers.smtp import Received, SmtpServer

EMAIL = EmailConnector()
SENDER = SmtpServer.username
PURCHASES, SALES, STATEMENTS = "aankoop@box.example", "verkoop@box.example", "bank@box.example"
SECRET = "Zeer-Geheim-ñ-77"
VALUES = {
    "purchase_address": PURCHASES,
    "sales_address": SALES,
    "statement_address": STATEMENTS,
    "subject": "[enterprise_name] [document_number]",
    "mail_from_address": SENDER,
}
NAMING = PlainNaming({"enterprise_name": "Bakkerij De Smet", "document_number": "F-1"})
Open = Callable[..., MailSession]


def account(server: Any) -> dict[str, str]:
    return {
        "mail_host": server.host,
        "mail_port": str(server.port),
        "mail_security": {"plain-only": "none"}.get(server.mode, server.mode),
        "mail_username": server.username,
        "mail_from_address": server.username,
    }


def open_session(server: Any, **more: Any) -> MailSession:
    values = account(server) | more.pop("values", {})
    secrets = {"mail_password": more.pop("password", server.password)}
    more.setdefault("ca_pem", server.ca_pem)
    return EMAIL.open(make_context(values, secrets, **more))


@pytest.fixture
def connect(smtp_server: SmtpServer) -> Iterator[Open]:
    """Sessions with the right sign-in, but for what the test says."""
    opened: list[MailSession] = []

    def make(server: Any = smtp_server, **more: Any) -> MailSession:
        opened.append(open_session(server, **more))
        return opened[-1]

    yield make
    for session in opened:
        session.close()


def parcel(values: dict[str, str] | None = None, **more: Any) -> Parcel:
    more.setdefault("naming", NAMING)
    return make_parcel(EMAIL, VALUES | (values or {}), **more)


def parcels(count: int) -> list[Parcel]:
    return [parcel(delivery_id=f"{n:032x}", body=b"%d" % n) for n in range(count)]


def attachment(mail: Received) -> tuple[str | None, bytes]:
    (part,) = mail.message.iter_attachments()
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return part.get_filename(), content


# --- arriving -----------------------------------------------------------------------------------


def test_delivery(smtp_server: SmtpServer, connect: Open) -> None:
    stages = RecordingStages()
    sent = parcel()
    evidence = connect(stages=stages).send_one(sent)
    (mail,) = smtp_server.messages()
    assert (mail.mail_from, mail.recipients) == (SENDER, (PURCHASES,))
    assert attachment(mail) == (NAMING.name, INVOICE)
    assert mail.message["From"] == SENDER
    assert mail.message["To"] == PURCHASES
    assert mail.message["Subject"] == "Bakkerij De Smet F-1"
    assert mail.message["Date"] == sent.target.extra["date"]
    assert mail.message["Message-ID"] == f"<{DELIVERY}@ledgerdesk.example>"
    assert evidence.assurance is Assurance.BLIND
    assert evidence.remote == f"<{DELIVERY}@ledgerdesk.example>"
    assert evidence.facts["server"] == f"127.0.0.1:{smtp_server.port}"
    assert evidence.facts["answer"].startswith("250 2.0.0 Ok: queued as")
    assert evidence.facts["recipients"] == [PURCHASES]
    assert evidence.facts["size"] == len(INVOICE)
    assert evidence.facts["mail_size"] == len(mail.content)
    assert stages.seen == [(DELIVERY, Stage.PUBLISHING)]


@pytest.mark.parametrize("mode", ["starttls", "tls", "plain-only"])
def test_every_security(make_smtp: MakeSmtp, mode: str) -> None:
    server = make_smtp(mode)
    with open_session(server) as session:
        session.send_one(parcel())
    (mail,) = server.messages()
    assert attachment(mail)[1] == INVOICE


@pytest.mark.parametrize("size", [0, 1, 56, 57, 58, 4_000_001])
def test_any_size_arrives_unchanged(
    smtp_server: SmtpServer, connect: Open, size: int, seed: int
) -> None:
    body = random.Random(seed).randbytes(size)
    connect().send_one(parcel(body=body))
    (mail,) = smtp_server.messages()
    assert attachment(mail)[1] == body


@pytest.mark.parametrize("text", [".", "..", ".\n.", "a\n.\nb"])
def test_dots_do_not_end_the_mail(smtp_server: SmtpServer, connect: Open, text: str) -> None:
    values = {"subject": text}
    connect().send_one(parcel(values, body=text.encode()))
    (mail,) = smtp_server.messages()
    assert attachment(mail)[1] == text.encode()
    body = mail.message.get_body()
    assert body is not None
    assert body.get_content().strip() == text.replace("\n", " ")


def test_a_repeat_is_the_same_mail(smtp_server: SmtpServer, connect: Open) -> None:
    sent = parcel()
    for _ in range(2):
        connect().send_one(sent)
    first, second = smtp_server.messages()
    assert first.content == second.content


def test_two_deliveries_of_one_document_are_two_mails(
    smtp_server: SmtpServer, connect: Open
) -> None:
    session = connect()
    session.send_one(parcel(delivery_id="1" * 32))
    session.send_one(parcel(delivery_id="2" * 32))
    first, second = smtp_server.messages()
    assert first.message["Message-ID"] != second.message["Message-ID"]


def test_one_connection_serves_all_parcels(smtp_server: SmtpServer, connect: Open) -> None:
    outcomes = list(connect().send(parcels(10)))
    assert all(outcome.evidence for outcome in outcomes)
    assert [attachment(mail)[1] for mail in smtp_server.messages()] == [
        b"%d" % n for n in range(10)
    ]
    assert smtp_server.counters.connections == 1
    assert smtp_server.counters.sign_ins == 1


def test_a_line_closed_while_idle_is_opened_again(smtp_server: SmtpServer, connect: Open) -> None:
    session = connect()
    first, second = parcels(2)
    session.send_one(first)
    drop_connections(smtp_server)
    session.send_one(second)
    assert len(smtp_server.messages()) == 2
    assert smtp_server.counters.connections == 2


def drop_connections(server: SmtpServer) -> None:
    def drop() -> None:
        for connection in list(server.connections):
            transport = connection._original_transport or connection.transport
            assert isinstance(transport, asyncio.WriteTransport)
            transport.abort()

    server._loop.call_soon_threadsafe(drop)
    deadline = time.monotonic() + 10
    while server.connections:
        assert time.monotonic() < deadline
        time.sleep(0.001)


# --- who is refused, and what that means --------------------------------------------------------


def test_wrong_password_is_offered_once(smtp_server: SmtpServer, connect: Open) -> None:
    session = connect(password=SECRET)
    errors = [outcome.error for outcome in session.send(parcels(3))]
    assert all(isinstance(error, CredentialsRejected) for error in errors)
    assert smtp_server.counters.sign_ins == 1
    assert smtp_server.messages() == []
    told = "".join(traceback.format_exception(errors[0])) + repr(vars(errors[0]))
    for shown in (told, repr(session._login), repr(session.context)):
        assert SECRET not in shown
        assert base64.b64encode(SECRET.encode()).decode() not in shown


@pytest.mark.parametrize("mode", ["starttls", "tls"])
@pytest.mark.parametrize("certificate", ["other-name", "other-authority", "expired"])
def test_untrusted_certificate_sees_no_password(
    make_smtp: MakeSmtp, mode: str, certificate: str
) -> None:
    server = make_smtp(mode, certificate)
    with open_session(server) as session, pytest.raises(CertificateUntrusted) as raised:
        session.send_one(parcel())
    assert raised.value.params["reason"]
    assert server.counters.sign_ins == 0
    assert server.messages() == []


def test_own_authority_is_not_trusted_unasked(smtp_server: SmtpServer, connect: Open) -> None:
    with pytest.raises(CertificateUntrusted):
        connect(ca_pem="").send_one(parcel())
    assert smtp_server.counters.sign_ins == 0


def test_broken_authority_is_told(connect: Open) -> None:
    with pytest.raises(InvalidValue) as raised:
        connect(ca_pem="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").send_one(
            parcel()
        )
    assert raised.value.field == "ca_file"


def test_without_starttls_no_password_is_sent(make_smtp: MakeSmtp) -> None:
    server = make_smtp("plain-only")
    session = open_session(server, values={"mail_security": "starttls"})
    with pytest.raises(StarttlsMissing):
        session.send_one(parcel())
    assert server.counters.sign_ins == 0
    assert server.messages() == []


def test_no_encryption_stays_on_this_computer(
    make_smtp: MakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_smtp("plain-only")
    monkeypatch.setattr(Line, "peer_address", "192.0.2.1")
    with pytest.raises(StarttlsMissing):
        open_session(server).send_one(parcel())
    assert server.counters.sign_ins == 0


def test_refused_recipient_stops_only_its_own(smtp_server: SmtpServer, connect: Open) -> None:
    smtp_server.set_faults(refuse_recipient=[PURCHASES])
    session = connect()
    with pytest.raises(RecipientRefused) as raised:
        session.send_one(parcel())
    assert raised.value.params["address"] == PURCHASES
    session.send_one(to(SALES))
    assert [mail.recipients for mail in smtp_server.messages()] == [(SALES,)]
    assert smtp_server.counters.connections == 1


def to(address: str, **more: Any) -> Parcel:
    return parcel({"purchase_address": address}, **more)


def test_refused_sender(smtp_server: SmtpServer, connect: Open) -> None:
    smtp_server.set_faults(refuse_sender=[SENDER])
    with pytest.raises(SenderRefused):
        connect().send_one(parcel())
    assert smtp_server.messages() == []


def test_passing_refusal_is_tried_again_on_the_same_line(
    smtp_server: SmtpServer, connect: Open
) -> None:
    smtp_server.set_faults(temp_fail=1)
    session = connect()
    with pytest.raises(ServerTrouble):
        session.send_one(parcel())
    session.send_one(parcel())
    assert len(smtp_server.messages()) == 1
    assert smtp_server.counters.connections == 1


def test_too_large_is_told_before_it_is_sent(smtp_server: SmtpServer, connect: Open) -> None:
    smtp_server.set_faults(size_limit=10_000)
    stages = RecordingStages()
    session = connect(stages=stages)
    with pytest.raises(DocumentTooLarge) as raised:
        session.send_one(parcel(body=bytes(20_000)))
    room = raised.value.params["limit"]
    assert isinstance(room, int)
    assert stages.seen == []
    session.send_one(parcel(body=bytes(room)))
    with pytest.raises(DocumentTooLarge):
        session.send_one(parcel(body=bytes(room + 200)))
    assert [len(attachment(mail)[1]) for mail in smtp_server.messages()] == [room]


def test_damaged_blob_is_not_sent(smtp_server: SmtpServer, connect: Open) -> None:
    with pytest.raises(ContentGone):
        connect().send_one(replace(parcel(), open=lambda: b"rotten"))
    assert smtp_server.counters.connections == 0


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"mail_host": ""}, MissingValue),
        ({"mail_from_address": "nobody"}, InvalidValue),
        ({"mail_from_address": "a@b.example\r\nBcc: c@d.example"}, InvalidValue),
    ],
)
def test_unusable_mail_account(connect: Open, values: dict[str, str], error: type) -> None:
    with pytest.raises(error):
        connect(values=values)


# --- the window between a mail's end and its answer ---------------------------------------------


def test_answer_lost_is_unknown_never_guessed(smtp_server: SmtpServer, connect: Open) -> None:
    smtp_server.set_faults(drop_after_data=True)
    stages = RecordingStages()
    session = connect(stages=stages)
    with pytest.raises(OutcomeUnknown):
        session.send_one(parcel())
    assert len(smtp_server.messages()) == 1, "it did arrive: repeating it would double it"
    assert stages.seen == [(DELIVERY, Stage.PUBLISHING)]
    assert session.probe(parcel(stage=Stage.PUBLISHING)).found is Found.CANNOT_TELL


def test_lost_before_the_end_is_known_as_not_sent(smtp_server: SmtpServer, connect: Open) -> None:
    smtp_server.set_faults(drop_before_data_end=True)
    stages = RecordingStages()
    session = connect(stages=stages)
    with pytest.raises(ConnectionTrouble):
        session.send_one(parcel(body=bytes(5_000_000)))
    assert stages.seen == []
    smtp_server.set_faults(drop_before_data_end=False)
    session.send_one(parcel())
    assert len(smtp_server.messages()) == 1


def test_late_answer_is_waited_for(smtp_server: SmtpServer, connect: Open) -> None:
    smtp_server.set_faults(delay_reply=0.6)
    assert connect(read_timeout=0.3).send_one(parcel()).assurance is Assurance.BLIND
    assert len(smtp_server.messages()) == 1


def test_answer_that_never_comes_is_unknown(
    smtp_server: SmtpServer, connect: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_mail, "FINAL_REPLY_TIMEOUT", 0.3)
    smtp_server.set_faults(delay_reply=30)
    session = connect(read_timeout=0.3)
    with pytest.raises(OutcomeUnknown):
        session.send_one(parcel())
    smtp_server.set_faults(delay_reply=0)
    session.send_one(parcel(delivery_id="1" * 32))
    assert smtp_server.counters.connections == 2, "a line that owes an answer is not used again"


def test_the_answer_is_waited_for_ten_minutes() -> None:
    assert _mail.FINAL_REPLY_TIMEOUT == 600


@pytest.mark.parametrize("questions", [0, 1, 40])
def test_cancelled_mail_does_not_arrive(
    smtp_server: SmtpServer, connect: Open, questions: int
) -> None:
    stages = RecordingStages()
    session = connect(stages=stages, cancel=CancelAfter(questions))
    with pytest.raises(Cancelled):
        session.send_one(parcel(body=bytes(4_000_000)))
    assert stages.seen == []
    assert connect().send_one(parcel()).remote
    assert len(smtp_server.messages()) == 1


def test_stage_that_cannot_be_kept_sends_nothing(smtp_server: SmtpServer, connect: Open) -> None:
    def full() -> None:
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError):
        connect(stages=RecordingStages(then=full)).send_one(parcel())
    connect().send_one(parcel(delivery_id="1" * 32))
    assert [mail.message["Message-ID"] for mail in smtp_server.messages()] == [
        f"<{'1' * 32}@ledgerdesk.example>"
    ]


@pytest.mark.parametrize(
    ("stage", "found"),
    [
        (Stage.NONE, Found.ABSENT),
        (Stage.SENDING, Found.ABSENT),
        (Stage.PUBLISHING, Found.CANNOT_TELL),
    ],
)
def test_probe_needs_no_server(stage: Stage, found: Found, connect: Open) -> None:
    session = connect(values={"mail_port": "1"})
    assert session.probe(parcel(stage=stage)).found is found


KILLED = """
import json, sys
from types import SimpleNamespace
from ledgerdesk import failpoint
from tests.connectors.test_email import open_session, parcel
failpoint.arm(sys.argv[2])
open_session(SimpleNamespace(**json.loads(sys.argv[1]))).send_one(parcel())
"""


@pytest.mark.parametrize(
    ("place", "arrives", "found"),
    [
        ("connected", False, Found.ABSENT),
        ("half_body", False, Found.ABSENT),
        ("body_sent", False, Found.ABSENT),
        ("publishing_committed", False, Found.CANNOT_TELL),
        ("end_of_data", True, Found.CANNOT_TELL),
        ("published", True, Found.CANNOT_TELL),
    ],
)
def test_killed_at(
    smtp_server: SmtpServer, connect: Open, place: str, arrives: bool, found: Found
) -> None:
    names = ("host", "port", "mode", "username", "password", "ca_pem")
    server = json.dumps({name: getattr(smtp_server, name) for name in names})
    command = [sys.executable, "-c", KILLED, server, f"email.{place}"]
    here = Path(__file__).parents[2]
    assert subprocess.run(command, cwd=here, check=False).returncode == -9
    wait_for_quiet(smtp_server)
    assert len(smtp_server.messages()) == int(arrives)
    stage = Stage.PUBLISHING if found is Found.CANNOT_TELL else Stage.SENDING
    assert connect().probe(parcel(stage=stage)).found is found


def wait_for_quiet(server: SmtpServer) -> None:
    """Until the server has noticed that its clients are gone."""
    deadline = time.monotonic() + 10
    while server.connections:
        assert time.monotonic() < deadline
        time.sleep(0.001)


# --- setting up ---------------------------------------------------------------------------------


def test_verify_sends_nothing(smtp_server: SmtpServer, connect: Open) -> None:
    checks = list(connect().verify())
    assert [check.ok for check in checks] == [True] * 4
    assert checks[1].detail.startswith("TLSv1.")
    assert smtp_server.counters.sign_ins == 1
    assert smtp_server.messages() == []


def test_verify_stops_at_the_first_line_that_fails(smtp_server: SmtpServer, connect: Open) -> None:
    checks = connect(password="wrong").verify()
    assert [next(checks).ok, next(checks).ok] == [True, True]
    with pytest.raises(CredentialsRejected):
        next(checks)
    smtp_server.set_faults(refuse_sender=[SENDER])
    checks = connect().verify()
    assert [next(checks).ok for _ in range(3)] == [True] * 3
    with pytest.raises(SenderRefused):
        next(checks)


# --- where it goes ------------------------------------------------------------------------------


def target(
    values: dict[str, str],
    kind: DocumentKind = DocumentKind.INVOICE,
    direction: Direction | None = Direction.PURCHASE,
    **variables: str,
) -> Target:
    naming = PlainNaming({**NAMING.values, **variables})
    at = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    return EMAIL.target(
        TargetRequest(VALUES | values, naming, kind, direction, "De Smet", DELIVERY, at)
    )


@pytest.mark.parametrize(
    ("kind", "direction", "address"),
    [
        (DocumentKind.INVOICE, Direction.PURCHASE, PURCHASES),
        (DocumentKind.CREDIT_NOTE, Direction.PURCHASE, PURCHASES),
        (DocumentKind.INVOICE, Direction.SALE, SALES),
        (DocumentKind.CREDIT_NOTE, Direction.SALE, SALES),
        (DocumentKind.STATEMENT, None, STATEMENTS),
    ],
)
def test_each_direction_has_its_address(
    kind: DocumentKind, direction: Direction | None, address: str
) -> None:
    found = target({}, kind, direction)
    assert found.place == address
    assert found.extra["date"] == "Tue, 31 Mar 2026 22:30:00 +0000"
    assert found.extra["message_id"] == f"<{DELIVERY}@ledgerdesk.example>"


@pytest.mark.parametrize(
    ("field", "kind", "direction"),
    [
        ("purchase_address", DocumentKind.INVOICE, Direction.PURCHASE),
        ("sales_address", DocumentKind.CREDIT_NOTE, Direction.SALE),
        ("statement_address", DocumentKind.STATEMENT, None),
    ],
)
def test_missing_address_is_named(
    field: str, kind: DocumentKind, direction: Direction | None
) -> None:
    with pytest.raises(AddressMissing) as raised:
        target({field: ""}, kind, direction)
    assert raised.value.field == field
    assert "De Smet" in raised.value.text()


def test_invoice_without_direction_has_no_address() -> None:
    with pytest.raises(DirectionUnknown):
        target({}, direction=None)


@pytest.mark.parametrize(
    ("template", "value", "address"),
    [
        ("[vat]@box.example", "BE0123456789", "BE0123456789@box.example"),
        ("in+[vat]@Box.Example", "a.b", "in+a.b@Box.Example"),
        ("in@[vat].example", "bücher", "in@xn--bcher-kva.example"),
        ("[vat]@box.example", "a@evil.example,b", None),
        ("[vat]@box.example", "a b", None),
        ("[vat]@box.example", "a> RCPT TO:<evil@x.example", None),
        ("[vat]@box.example", "a\r\nBcc: evil", None),
        ("[vat]@box.example", "zoë", None),
        ("[vat]@box.example", "a..b", None),
        ("[vat]@box.example", "", None),
        ("[vat]@box.example", "x" * 65, None),
        ("in@[vat]", "box..example", None),
        ("in@[vat]", "-box.example", None),
    ],
)
def test_a_value_never_changes_who_receives(template: str, value: str, address: str | None) -> None:
    if address is not None:
        assert target({"purchase_address": template}, vat=value).place == address
        return
    with pytest.raises(AddressUnusable):
        target({"purchase_address": template}, vat=value)


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (PURCHASES, True),
        ("[accounting_file_id]@box.example", True),
        ("[no_such]@box.example", False),
        ("box.example", False),
        ("a@b.example, c@d.example", False),
        ("Box <a@b.example>", False),
    ],
)
def test_what_may_be_typed_as_an_address(value: str, fits: bool) -> None:
    field = next(one for one in EMAIL.fields if one.name == "purchase_address")
    if fits:
        assert field.clean(value) == value
        return
    with pytest.raises(LedgerDeskError) as raised:
        field.clean(value)
    assert raised.value.field == "purchase_address"


# --- answers no real server gives on demand -----------------------------------------------------


class Script:
    """A mail server that says what it is told: command → answer; without an answer, the usual."""

    USUAL: ClassVar[dict[str, str]] = {
        "": "220 ready",
        "EHLO": "250-here\r\n250-SIZE 1000000\r\n250 AUTH PLAIN LOGIN",
        "AUTH": "235 2.7.0 ok",
        "MAIL": "250 ok",
        "RCPT": "250 ok",
        "DATA": "354 go on",
        "RSET": "250 ok",
        ".": "250 2.0.0 taken",
    }

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = self.USUAL | answers
        self.heard: list[str] = []
        self.mails = 0

    def __call__(self, connection: socket.socket) -> None:
        stream = connection.makefile("rwb")
        self._say(stream, "")
        while line := stream.readline():
            command = line.decode().strip()
            self.heard.append(command)
            verb = command.split(" ")[0]
            if verb == "QUIT":
                return
            self._say(stream, verb)
            if verb == "DATA" and self.answers["DATA"].startswith("3"):
                while (line := stream.readline()) not in (b".\r\n", b""):
                    pass
                if line:
                    self.mails += 1
                    self._say(stream, ".")

    def _say(self, stream: Any, what: str) -> None:
        answer = self.answers.get(what, "500 what?")
        if answer == "hang up":
            raise ConnectionResetError
        stream.write(f"{answer}\r\n".encode())
        stream.flush()


def scripted(port: int, **more: Any) -> MailSession:
    values = {
        "mail_host": "127.0.0.1",
        "mail_port": str(port),
        "mail_security": more.pop("security", "none"),
        "mail_username": SENDER,
        "mail_from_address": SENDER,
    }
    more.setdefault("read_timeout", 5.0)
    return EMAIL.open(make_context(values, {"mail_password": SECRET}, **more))


NAME_SENT, PASSWORD_SENT = (base64.b64encode(one.encode()).decode() for one in (SENDER, SECRET))
REFUSALS: list[tuple[str, str, type[LedgerDeskError]]] = [
    ("", "554 5.7.1 no service for you", ServerTrouble),
    ("", "421 4.3.2 too many connections", RateLimited),
    ("EHLO", "502 what?", ServerTrouble),
    ("AUTH", "535 5.7.8 wrong", CredentialsRejected),
    (
        "AUTH",
        "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.",
        PasswordsNotTaken,
    ),
    ("AUTH", "534 5.7.9 application-specific password required", CredentialsRejected),
    ("AUTH", "454 4.7.0 too many attempts", RateLimited),
    ("AUTH", "454 4.3.0 the directory is down", ServerTrouble),
    ("MAIL", "530 5.7.57 client not authenticated", CredentialsRejected),
    ("MAIL", "550 5.7.1 not yours", SenderRefused),
    ("MAIL", "452 4.3.1 no room", ServerTrouble),
    ("MAIL", "552 5.3.4 too big", DocumentTooLarge),
    ("MAIL", "450 4.7.28 rate", RateLimited),
    ("RCPT", "550 5.1.1 nobody", RecipientRefused),
    ("RCPT", "450 4.2.0 greylisted", ServerTrouble),
    ("RCPT", "552 5.2.2 mailbox full", RecipientRefused),
    ("RCPT", "550 5.4.5 daily sending quota exceeded", RateLimited),
    ("DATA", "554 5.5.1 no", DocumentRefused),
    (".", "554 5.6.0 virus", DocumentRefused),
    (".", "552 too big", DocumentTooLarge),
    (".", "554 5.2.252 SendAsDenied", SenderRefused),
    (".", "550 5.7.233 tenant limit", RateLimited),
    (".", "451 4.3.0 later", ServerTrouble),
    (".", "421 4.3.0 going down", ServerTrouble),
    (".", "hang up", OutcomeUnknown),
    (".", "it is fine", OutcomeUnknown),
    ("MAIL", "hang up", ConnectionTrouble),
    ("DATA", "hang up", ConnectionTrouble),
]


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize(("command", "answer", "error"), REFUSALS)
def test_what_an_answer_means(
    command: str, answer: str, error: type[LedgerDeskError], pipelining: bool
) -> None:
    offers = {"EHLO": "250-here\r\n250-PIPELINING\r\n250 AUTH PLAIN"} if pipelining else {}
    script = Script(offers | {command: answer})
    stages = RecordingStages()
    with (
        raw_server(script) as port,
        scripted(port, stages=stages) as session,
        pytest.raises(LedgerDeskError) as raised,
    ):
        session.send_one(parcel())
    assert type(raised.value) is error
    assert bool(stages.seen) is (command == ".")
    assert script.mails == int(command == ".")


def test_the_same_script_without_refusals_delivers() -> None:
    script = Script({})
    with raw_server(script) as port, scripted(port) as session:
        assert session.send_one(parcel()).facts["answer"] == "250 2.0.0 taken"
    assert script.mails == 1


@pytest.mark.parametrize("pipelining", [False, True])
def test_after_a_refusal_the_next_mail_starts_afresh(pipelining: bool) -> None:
    offers = {"EHLO": "250-here\r\n250-PIPELINING\r\n250 AUTH PLAIN"} if pipelining else {}
    script = Script(offers | {"RCPT": "550 5.1.1 nobody"})
    with raw_server(script) as port, scripted(port) as session:
        (refused,) = session.send([parcel()])
        script.answers["RCPT"] = "250 ok"
        (accepted,) = session.send([parcel()])
    assert isinstance(refused.error, RecipientRefused)
    assert accepted.evidence is not None
    assert script.mails == 1


def test_a_refusal_before_the_end_is_no_unknown_outcome() -> None:
    script = Script({"DATA": "354 go on\r\n421 4.3.0 going down"})
    stages = RecordingStages()
    with (
        raw_server(script) as port,
        scripted(port, stages=stages) as session,
        pytest.raises(ServerTrouble),
    ):
        session.send_one(parcel())
    assert stages.seen == []
    assert script.mails == 0


def test_a_line_lost_before_the_end_is_no_unknown_outcome() -> None:
    gone = threading.Event()

    class Leaving(Script):
        def _say(self, stream: Any, what: str) -> None:
            super()._say(stream, what)
            if what == "DATA":
                connected[0].shutdown(socket.SHUT_WR)
                gone.set()

        def __call__(self, connection: socket.socket) -> None:
            connected.append(connection)
            super().__call__(connection)

    class WaitsUntilItLeft:
        def raise_if_cancelled(self) -> None:
            assert gone.wait(10)

    connected: list[socket.socket] = []
    script, stages = Leaving({}), RecordingStages()
    with (
        raw_server(script) as port,
        scripted(port, stages=stages, cancel=WaitsUntilItLeft()) as session,
        pytest.raises(ConnectionTrouble),
    ):
        session.send_one(parcel())
    assert stages.seen == []
    assert script.mails == 0


def test_commands_travel_together_where_the_server_allows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written: list[bytes] = []
    send = Line.send

    def recorded(line: Line, content: bytes) -> None:
        written.append(content)
        send(line, content)

    monkeypatch.setattr(Line, "send", recorded)
    script = Script({"EHLO": "250-here\r\n250-PIPELINING\r\n250 AUTH PLAIN"})
    with raw_server(script) as port, scripted(port) as session:
        session.send_one(parcel())
    assert [one.count(b"\r\n") for one in written if one.startswith(b"MAIL")] == [3]
    assert script.mails == 1


def test_login_where_plain_is_not_offered() -> None:
    asked = {"AUTH": "334 VXNlcm5hbWU6", NAME_SENT: "334 UGFzc3dvcmQ6", PASSWORD_SENT: "235 ok"}
    script = Script({"EHLO": "250-here\r\n250 AUTH LOGIN"} | asked)
    with raw_server(script) as port, scripted(port) as session:
        session.send_one(parcel())
    assert script.heard[1:4] == ["AUTH LOGIN", NAME_SENT, PASSWORD_SENT]
    assert script.mails == 1


@pytest.mark.parametrize("offer", ["250 here", "250-here\r\n250 AUTH CRAM-MD5 XOAUTH2"])
def test_a_method_we_do_not_know_sees_no_password(offer: str) -> None:
    script = Script({"EHLO": offer})
    with raw_server(script) as port, scripted(port) as session, pytest.raises(SignInMethodRefused):
        session.send_one(parcel())
    assert [one.split()[0] for one in script.heard] == ["EHLO"]


def flood(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"220-hello\r\n" * 1000)


def trickle(connection: socket.socket) -> None:
    """Every byte comes in time, the line never."""
    while True:
        connection.sendall(b"2")
        time.sleep(0.02)


@pytest.mark.parametrize("talk", [garbage, hangs_up, flood, trickle])
def test_a_server_that_is_none(talk: Callable[[socket.socket], None]) -> None:
    started = time.monotonic()
    with (
        raw_server(talk) as port,
        scripted(port, read_timeout=0.5) as session,
        pytest.raises(ConnectionTrouble),
    ):
        session.send_one(parcel())
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_silent_server_times_out(security: str) -> None:
    with (
        raw_server(silent) as port,
        scripted(port, security=security, read_timeout=0.2) as session,
        pytest.raises(TimedOut),
    ):
        session.send_one(parcel())


def test_tls_on_a_port_without_it(smtp_server: SmtpServer, connect: Open) -> None:
    with pytest.raises(ConnectionTrouble):
        connect(values={"mail_security": "tls"}).send_one(parcel())
    assert smtp_server.counters.sign_ins == 0


def test_what_was_said_before_encryption_counts_for_nothing(tmp_path: Path) -> None:
    """An answer slipped in behind STARTTLS, in the clear, must not pass for the server's."""
    authority = Authority()
    tls = authority.server_context(tmp_path, "127.0.0.1")

    class Greeted(Script):
        def _say(self, stream: Any, what: str) -> None:
            if what:
                super()._say(stream, what)

    script = Greeted({"EHLO": "250-here\r\n250 AUTH PLAIN"})

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"220 ready\r\n")
        connection.recv(1000)
        connection.sendall(b"250-here\r\n250 STARTTLS\r\n")
        connection.recv(1000)
        connection.sendall(b"220 go\r\n250-evil\r\n250 AUTH XOAUTH2\r\n")
        with tls.wrap_socket(connection, server_side=True) as encrypted:
            script(encrypted)

    with (
        raw_server(talk) as port,
        scripted(port, security="starttls", ca_pem=authority.ca_pem) as session,
    ):
        session.send_one(parcel())
    assert script.mails == 1


def test_old_encryption_is_refused(tmp_path: Path) -> None:
    authority = Authority()
    tls = authority.server_context(tmp_path, "127.0.0.1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        tls.minimum_version = ssl.TLSVersion.TLSv1
        tls.maximum_version = ssl.TLSVersion.TLSv1_1
    tls.set_ciphers("DEFAULT@SECLEVEL=0")

    def talk(connection: socket.socket) -> None:
        tls.wrap_socket(connection, server_side=True)

    with raw_server(talk) as port, pytest.raises(ServerTooOld):
        scripted(port, security="tls", ca_pem=authority.ca_pem).send_one(parcel())


def test_the_name_of_this_computer_is_not_told() -> None:
    script = Script({})
    with raw_server(script) as port, scripted(port) as session:
        session.send_one(parcel())
    assert script.heard[0] == "EHLO [127.0.0.1]"

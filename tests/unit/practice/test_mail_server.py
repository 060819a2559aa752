"""The practice mail server, seen by a real client."""

from __future__ import annotations

import smtplib
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgerdesk.practice.mail_server import MailServer

MAIL = (
    b"From: office@ledgerdesk.example\r\nSubject: =?utf-8?q?Facture_=C3=A9?=\r\n\r\n"
    b"caf\xe9\r\n.a line that starts with a dot\r\n\r\nend\r\n"
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with MailServer(tmp_path / "mail") as running:
        yield running


def encrypted(server: MailServer) -> smtplib.SMTP:
    client = smtplib.SMTP(server.host, server.port, timeout=30)
    client.starttls(context=ssl.create_default_context(cadata=server.ca_pem))
    return client


def send(server: MailServer, *recipients: str) -> None:
    with encrypted(server) as client:
        client.login(server.username, server.password)
        client.sendmail(server.username, recipients, MAIL)


def test_a_mail_is_kept_byte_for_byte(server: MailServer) -> None:
    send(server, "in@package.example")
    assert server.mailboxes.mails("in@package.example") == [MAIL]


def test_every_recipient_has_a_mailbox(server: MailServer) -> None:
    send(server, "one@package.example", "Two@package.example")
    send(server, "two@package.example")
    assert server.mailboxes.addresses() == ["one@package.example", "two@package.example"]
    assert len(server.mailboxes.mails("one@package.example")) == 1
    assert len(server.mailboxes.mails("two@package.example")) == 2


def test_an_address_is_never_a_path(server: MailServer, tmp_path: Path) -> None:
    before = {path for path in tmp_path.rglob("*")}
    send(server, "../../x@package.example")
    made = {path for path in tmp_path.rglob("*")} - before
    assert server.mailboxes.addresses() == ["../../x@package.example"]
    assert all(path.is_relative_to(server.mailboxes.folder) for path in made)


def test_nothing_is_taken_without_a_sign_in(server: MailServer) -> None:
    with encrypted(server) as client, pytest.raises(smtplib.SMTPSenderRefused):
        client.sendmail(server.username, ["in@package.example"], MAIL)
    assert server.mailboxes.addresses() == []


def test_a_wrong_password_is_refused(server: MailServer) -> None:
    with encrypted(server) as client, pytest.raises(smtplib.SMTPAuthenticationError):
        client.login(server.username, "wrong")


def test_there_is_no_sign_in_before_starttls(server: MailServer) -> None:
    client = smtplib.SMTP(server.host, server.port, timeout=30)
    with client, pytest.raises(smtplib.SMTPException):
        client.login(server.username, server.password)


def test_only_its_own_authority_vouches_for_it(server: MailServer) -> None:
    client = smtplib.SMTP(server.host, server.port, timeout=30)
    with client, pytest.raises(ssl.SSLCertVerificationError):
        client.starttls(context=ssl.create_default_context())


def test_something_that_is_no_address_is_refused(server: MailServer) -> None:
    with encrypted(server) as client:
        client.login(server.username, server.password)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail(server.username, ["nobody"], MAIL)
    assert server.mailboxes.addresses() == []


def test_a_mail_the_disk_refuses_is_not_accepted(server: MailServer) -> None:
    (server.mailboxes.folder / "in@package.example").write_text("in the way")
    with encrypted(server) as client:
        client.login(server.username, server.password)
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail(server.username, ["in@package.example"], MAIL)
    assert refused.value.smtp_code == 452


def test_it_is_the_same_server_the_next_time(tmp_path: Path) -> None:
    with MailServer(tmp_path / "mail") as first:
        send(first, "in@package.example")
    with MailServer(tmp_path / "mail") as second:
        send(second, "in@package.example")
        assert second.mailboxes.mails("in@package.example") == [MAIL, MAIL]
    assert (first.ca_pem, first.password) == (second.ca_pem, second.password)
    assert first.port == second.port


def test_closing_ends_its_thread_and_every_connection(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    server = MailServer(tmp_path / "mail")
    assert all(thread.daemon for thread in set(threading.enumerate()) - before)
    client = encrypted(server)
    server.close()
    server.close()
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()
    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP(server.host, server.port, timeout=30)

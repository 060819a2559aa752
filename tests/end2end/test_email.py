"""Delivery by mail through the firm's own account; what counts is the server's mailbox."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MakeSmtp
from tests.helpers.command_line import Cli, Json
from tests.helpers.intake import Papers
from tests.helpers.office import Office, sha256
from tests.helpers.smtp import Received, SmtpServer

SECRET = {"MAIL_PASSWORD": SmtpServer.password}


def account(cli: Cli, server: SmtpServer, *more: str, **change: str) -> Json:
    values: dict[str, Any] = {"host": server.host, "port": server.port}
    values |= {"security": "tls" if server.mode == "tls" else "starttls"}
    values |= {"username": server.username, "from_address": server.username} | change
    given = [part for name, value in values.items() for part in ("--set", f"{name}={value}")]
    secret = ("--secret", "password=env:MAIL_PASSWORD")
    kept = cli("mail-account", "set", *given, *secret, *more, env=SECRET)
    return dict(kept["mail_account"])


ADDRESSES = (
    *("--set", "purchase_address=[accounting_file_id]-in@box.example"),
    *("--set", "sales_address=[accounting_file_id]-out@box.example"),
)
ADD = ("configurations", "add", "email", "--name", "Mail", "--kind", "invoices", "--accept-terms")


@pytest.fixture
def mailing(office: Office, smtp_server: SmtpServer) -> str:
    """A package that is mailed to and one linked client, ``K1``; the id of the package."""
    account(office.cli, smtp_server, "--ca-file", str(smtp_server.ca_file))
    configuration = str(office.cli(*ADD, *ADDRESSES)["configuration"]["id"])
    office.link(office.client(office.papers.who[0], "K1"), configuration)
    return configuration


def attachment(mail: Received) -> bytes:
    (part,) = mail.message.iter_attachments()
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


# --- the account ----------------------------------------------------------------------------------


def test_the_account_is_shown_without_its_password(cli: Cli, smtp_server: SmtpServer):
    assert cli("mail-account", "show") == {"mail_account": None}
    cli.canaries.append(smtp_server.password)

    kept = account(cli, smtp_server)

    assert kept == cli("mail-account", "show")["mail_account"]
    assert kept["host"] == smtp_server.host and kept["username"] == smtp_server.username
    assert kept["provider"] == "smtp" and "password" not in kept
    assert smtp_server.counters.connections == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"security": "none", "host": "mail.example"}, "security"),
        ({"security": "ssl"}, "security"),
        ({"port": "0"}, "port"),
        ({"from_address": "nobody"}, "from_address"),
        ({"password": "secret-on-the-line"}, "password"),
    ],
)
def test_a_wrong_field_is_named(
    change: dict[str, str], field: str, cli: Cli, smtp_server: SmtpServer
):
    given = [part for name, value in change.items() for part in ("--set", f"{name}={value}")]
    base = ("--set", f"host={smtp_server.host}", "--set", f"username={smtp_server.username}")
    secret = ("--secret", "password=env:MAIL_PASSWORD")

    error = cli.fails("mail-account", "set", *base, *secret, *given, env=SECRET)

    assert error["field"] == field
    assert "secret-on-the-line" not in error["text"]
    assert cli("mail-account", "show") == {"mail_account": None}


def test_without_a_mail_account_nothing_is_mailed(cli: Cli):
    error = cli.fails(*ADD, *ADDRESSES)
    assert error["field"] == "mail_account"
    assert cli("configurations", "list") == {"configurations": []}


@pytest.mark.parametrize(
    ("mode", "certificate", "trusted", "code"),
    [
        ("plain-only", "good", True, "starttls_missing"),
        ("starttls", "good", False, "certificate_untrusted"),
        ("starttls", "other-name", True, "certificate_untrusted"),
        ("tls", "expired", True, "certificate_untrusted"),
        ("tls", "other-authority", True, "certificate_untrusted"),
    ],
)
def test_an_unsafe_server_gets_no_password(
    mode: str, certificate: str, trusted: bool, code: str, cli: Cli, make_smtp: MakeSmtp
):
    server = make_smtp(mode, certificate)
    account(cli, server, *(("--ca-file", str(server.ca_file)) if trusted else ()))

    assert cli.fails(*ADD, *ADDRESSES)["code"] == code

    counted = server.counters
    assert (counted.sign_ins, counted.wrong_passwords, counted.messages) == (0, 0, 0)
    assert cli("configurations", "list") == {"configurations": []}


@pytest.mark.parametrize("mode", ["starttls", "tls"])
def test_an_own_authority_is_trusted_from_its_file(mode: str, cli: Cli, make_smtp: MakeSmtp):
    server = make_smtp(mode)
    account(cli, server, "--ca-file", str(server.ca_file))
    server.ca_file.unlink()  # its content is what is kept

    assert all(one["ok"] for one in cli(*ADD, *ADDRESSES)["checks"])
    assert server.counters.sign_ins == 1 and server.messages() == []


def test_a_wrong_password_is_tried_once(cli: Cli, smtp_server: SmtpServer):
    account(cli, smtp_server, "--ca-file", str(smtp_server.ca_file))
    secret = ("--secret", "password=-")
    cli("mail-account", "set", *secret, stdin="Wrong-Password-7731\n")

    assert cli.fails(*ADD, *ADDRESSES)["code"] == "credentials_rejected"
    assert smtp_server.counters.wrong_passwords == 1
    assert cli("configurations", "list") == {"configurations": []}


# --- sending --------------------------------------------------------------------------------------


def test_the_first_day_by_mail(
    script: Cli, smtp_server: SmtpServer, papers: Papers, tmp_path: Path
):
    office = Office(script, papers, tmp_path)
    script.canaries.append(smtp_server.password)
    account(script, smtp_server, "--ca-file", str(smtp_server.ca_file))
    configuration = script(*ADD, *ADDRESSES)["configuration"]["id"]
    business, other = papers.who[0], papers.others[0]
    office.link(office.client(business, "K1"), configuration)
    bought, sold = papers.invoice(other, business), papers.invoice(business, other)
    office.write("bought.xml", bought)
    office.write("sold.xml", sold)
    script("sources", "add", office.arriving)

    assert office.counts(code=0) == {"taken_in": 2, "delivered": 2}

    mails = {one.recipients: one for one in smtp_server.messages()}
    assert sorted(mails) == [("K1-in@box.example",), ("K1-out@box.example",)]
    assert attachment(mails["K1-in@box.example",]) == bought
    assert attachment(mails["K1-out@box.example",]) == sold
    assert {one.mail_from for one in mails.values()} == {smtp_server.username}
    assert {one["assurance"] for one in office.deliveries()} == {"blind"}
    assert office.counts(code=0) == {}
    assert len(smtp_server.messages()) == 2


def test_statements_go_to_their_own_address(office: Office, mailing: str, smtp_server: SmtpServer):
    address = ("--set", "statement_address=bank@box.example")
    office.cli(
        "configurations", "edit", mailing, "--kind", "statements", *address, "--accept-terms"
    )
    client = office.cli("clients", "list")["clients"][0]["id"]
    office.link(client, mailing, "--kind", "statements")
    content = office.papers.bank_file(office.papers.who[0])
    office.add("bank.cod", content)

    office.sync(code=0)

    (mail,) = smtp_server.messages()
    assert mail.recipients == ("bank@box.example",)
    assert sha256(attachment(mail)) == sha256(content)


def test_the_clients_own_address_wins(office: Office, mailing: str, smtp_server: SmtpServer):
    business = office.papers.who[1]
    own = ("--set", "purchase_address=own@client.example")
    office.link(office.client(business, "K2"), mailing, *own)
    office.add("a.xml", office.purchase(business))

    office.sync(code=0)

    assert [one.recipients for one in smtp_server.messages()] == [("own@client.example",)]


def test_a_missing_address_stops_only_that_client(
    office: Office, mailing: str, smtp_server: SmtpServer
):
    sales = ("configurations", "add", "email", "--name", "Sales", "--kind", "invoices")
    only = office.cli(*sales, "--set", "sales_address=out@box.example", "--accept-terms")
    client = office.client(office.papers.who[1], "K2")
    office.link(client, only["configuration"]["id"])
    office.add("1.xml", office.purchase(office.papers.who[0]))
    office.add("2.xml", office.purchase(office.papers.who[1]))

    assert office.counts(code=1) == {"delivered": 1, "blocked": 1}
    (blocked,) = office.deliveries("--state", "blocked")
    assert (blocked["client_id"], blocked["error"]["code"]) == (client, "address_missing")

    own = ("--set", "purchase_address=own@client.example", "--replace")
    office.link(client, only["configuration"]["id"], *own)
    assert office.counts(code=0) == {"delivered": 1}
    assert smtp_server.messages()[-1].recipients == ("own@client.example",)


def test_a_refused_address_stops_only_that_client(
    office: Office, mailing: str, smtp_server: SmtpServer
):
    office.link(office.client(office.papers.who[1], "K2"), mailing)
    smtp_server.set_faults(refuse_recipient=["K2-in@box.example"])
    office.add("1.xml", office.purchase(office.papers.who[0]))
    office.add("2.xml", office.purchase(office.papers.who[1]))

    assert office.counts(code=1) == {"delivered": 1, "blocked": 1}
    assert len(smtp_server.messages()) == 1


def test_a_busy_server_gets_it_later_and_once(
    office: Office, mailing: str, smtp_server: SmtpServer
):
    smtp_server.set_faults(temp_fail=1)
    office.add("a.xml", office.purchase(office.papers.who[0]))
    assert office.counts(code=1) == {"retrying": 1}

    office.cli("deliveries", "retry", office.delivery()["id"])
    assert office.counts(code=0) == {"delivered": 1}
    assert len(smtp_server.messages()) == 1


@pytest.fixture
def lost(office: Office, mailing: str, smtp_server: SmtpServer) -> Callable[[], str]:
    """Sends one mail whose answer never comes; the id of the delivery."""

    def lose() -> str:
        smtp_server.set_faults(drop_after_data=True)
        office.add("a.xml", office.purchase(office.papers.who[0]))
        assert office.counts(code=1) == {"unknown": 1}
        smtp_server.set_faults(drop_after_data=False)
        return str(office.delivery()["id"])

    return lose


def test_a_lost_answer_is_possibly_sent_and_never_repeated_by_itself(
    office: Office, lost: Callable[[], str], smtp_server: SmtpServer
):
    lost()

    assert office.counts(code=1) == {"unknown": 1}
    assert len(smtp_server.messages()) == 1
    assert office.cli.fails("deliveries", "retry", office.delivery()["id"])["code"] == (
        "not_possible_now"
    )


def test_a_person_who_saw_it_there_says_delivered(
    office: Office, lost: Callable[[], str], smtp_server: SmtpServer
):
    resolved = office.cli("deliveries", "resolve", lost(), "--as", "delivered")

    assert resolved["deliveries"][0]["state"] == "delivered"
    assert office.counts(code=0) == {}
    assert len(smtp_server.messages()) == 1


def test_a_person_who_did_not_sends_the_same_mail_again(
    office: Office, lost: Callable[[], str], smtp_server: SmtpServer
):
    office.cli("deliveries", "resolve", lost(), "--as", "RESEND")

    assert office.counts(code=0) == {"delivered": 1}
    first, second = smtp_server.messages()
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert first.content == second.content


@pytest.mark.parametrize("content", ["", "not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA"])
def test_a_file_without_a_certificate_is_refused(
    content: str, cli: Cli, smtp_server: SmtpServer, tmp_path: Path
):
    file = tmp_path / "ca.pem"
    file.write_text(content)
    given = ("--set", f"host={smtp_server.host}", "--set", f"username={smtp_server.username}")
    secret = ("--secret", "password=env:MAIL_PASSWORD", "--ca-file", str(file))

    error = cli.fails("mail-account", "set", *given, *secret, env=SECRET)

    assert error["code"] == "invalid_value" and str(file) in error["text"]
    assert cli("mail-account", "show") == {"mail_account": None}

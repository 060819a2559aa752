"""What may be given as the firm's mail account, and what follows from the provider."""

from __future__ import annotations

import pytest

from ledgerdesk.errors import InvalidValue, LedgerDeskError, MissingValue
from ledgerdesk.setup.mail_account import (
    MAIL_ACCOUNT_FIELDS,
    clean_mail_account,
    is_this_computer,
    reads_answers,
    signs_in_in_browser,
)

GIVEN = {
    "host": "smtp.provider.example",
    "username": "office@firm.example",
    "password": "geheim 1 ",
}


def kept(**more: str) -> dict[str, str]:
    values, errors = clean_mail_account({**GIVEN, **more})
    assert errors == []
    return values


def only_error(**more: str) -> LedgerDeskError:
    _, errors = clean_mail_account({**GIVEN, **more})
    (error,) = errors
    return error


def test_little_is_enough() -> None:
    assert kept() == {
        "provider": "smtp",
        "host": "smtp.provider.example",
        "security": "starttls",
        "port": "587",
        "username": "office@firm.example",
        "password": "geheim 1 ",
        "from_address": "office@firm.example",
    }


@pytest.mark.parametrize(
    ("given", "port"),
    [
        ({"security": "starttls"}, "587"),
        ({"security": "TLS"}, "465"),
        ({"security": "tls", "port": "2465"}, "2465"),
        ({"security": "none", "host": "127.0.0.1"}, "25"),
        ({"provider": "google", "host": ""}, "587"),
        ({"provider": "google", "host": "", "security": "tls"}, "465"),
    ],
)
def test_the_port_follows_the_encryption(given: dict[str, str], port: str) -> None:
    assert kept(**given)["port"] == port


def test_google_brings_its_own_server() -> None:
    values = kept(provider="Google", host="")
    assert (values["host"], values["security"]) == ("smtp.gmail.com", "starttls")
    assert kept(provider="google", host="relay.example")["host"] == "relay.example"


def test_microsoft_365_brings_its_servers_and_takes_no_password() -> None:
    values = kept(provider="microsoft365", host="")
    assert (values["host"], values["port"]) == ("smtp.office365.com", "587")
    assert "password" not in values
    assert signs_in_in_browser(values)


def test_google_is_signed_in_to_in_the_browser_unless_there_is_an_app_password() -> None:
    assert signs_in_in_browser(kept(provider="google", host="", password=""))
    assert not signs_in_in_browser(kept(provider="google", host=""))


def test_what_comes_back_is_read_only_where_that_is_asked_for() -> None:
    assert not reads_answers(kept())
    reading = kept(imap_host="imap.provider.example")
    assert reads_answers(reading)
    assert (reading["imap_security"], reading["imap_port"]) == ("tls", "993")
    values = kept(provider="microsoft365", host="", answers="read")
    assert values["imap_host"] == "outlook.office365.com"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1", "127.8.9.10", "::1"])
def test_no_encryption_on_this_computer(host: str) -> None:
    assert is_this_computer(host)
    assert kept(host=host, security="none")["security"] == "none"


@pytest.mark.parametrize(
    "host", ["smtp.provider.example", "192.0.2.1", "localhost.evil.example", "127.0.0.1.example"]
)
def test_no_encryption_to_anybody_else(host: str) -> None:
    error = only_error(host=host, security="none")
    assert isinstance(error, InvalidValue)
    assert error.field == "security"


@pytest.mark.parametrize("field", ["host", "username", "password"])
def test_what_cannot_be_guessed_is_asked_for(field: str) -> None:
    _, errors = clean_mail_account({**GIVEN, "from_address": "a@firm.example", field: ""})
    assert [(type(error), error.field) for error in errors] == [(MissingValue, field)]


def test_a_user_name_that_is_no_address_needs_a_sender() -> None:
    assert only_error(username="office").field == "from_address"
    assert kept(username="office", from_address="a@firm.example")["username"] == "office"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("security", "ssl"),
        ("port", "0"),
        ("provider", "other"),
        ("from_address", "a@b.example, c@d.example"),
        ("from_address", "office"),
        ("host", "smtp://provider.example"),
        ("no_such_field", "x"),
    ],
)
def test_the_field_at_fault_is_named(field: str, value: str) -> None:
    assert only_error(**{field: value}).field == field


def test_only_the_password_is_secret() -> None:
    assert [one.name for one in MAIL_ACCOUNT_FIELDS if one.secret] == ["password", "client_secret"]
    assert all(one.help and one.label for one in MAIL_ACCOUNT_FIELDS)

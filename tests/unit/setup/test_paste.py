"""Pasting what a provider wrote: the right fields are filled, secrets apart, nothing guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerdesk import connectors
from ledgerdesk.setup.paste import FINGERPRINT, parse

FINGER = "SHA256:" + "aB3/" * 10 + "xyz"
KEY = """-----BEGIN OPENSSH PRIVATE KEY-----
bm90IGEga2V5
-----END OPENSSH PRIVATE KEY-----"""


@pytest.mark.parametrize(
    ("text", "values", "secrets"),
    [
        (
            "sftp://ann@files.example:2222/in/box",
            {
                "host": "files.example",
                "port": "2222",
                "username": "ann",
                "upload_path": "/in/box",
            },
            {},
        ),
        (
            "sftp://ann:p%40ss@files.example/~/in",
            {"host": "files.example", "username": "ann", "upload_path": "in"},
            {"password": "p@ss"},
        ),
        ("files.example:22", {"host": "files.example", "port": "22"}, {}),
        ("see https://api.vendor.example/v1/.", {"url": "https://api.vendor.example/v1"}, {}),
        ("https://u:pw@api.example/x", {"url": "https://api.example/x"}, {}),
        ("write to ann@box.example, please", {"email": "ann@box.example"}, {}),
        (r"C:\Import\Invoices", {"path": r"C:\Import\Invoices"}, {}),
        (r"\\server\share\in", {"path": r"\\server\share\in"}, {}),
        (f"fingerprint {FINGER}=", {FINGERPRINT: FINGER}, {}),
        ("files.example:99999", {}, {}),
        ("just some words", {}, {}),
        ("", {}, {}),
    ],
)
def test_single_things_are_recognised(
    text: str, values: dict[str, str], secrets: dict[str, str]
) -> None:
    found = parse(text)

    assert (found.values, found.secrets) == (values, secrets)


@pytest.mark.parametrize(
    "text",
    [
        "Host: files.example\nPort: 2222\nUsername: ann\nPassword: s3 cret",
        "Serveur SFTP : files.example\nPort : 2222\n"
        "Nom d’utilisateur : ann\nMot de passe : s3 cret",
        "Server = files.example\nPoort = 2222\nGebruikersnaam = ann\nWachtwoord = s3 cret",
        "Hostname: files.example:2222\nBenutzername: ann\nPasswort: s3 cret",
    ],
    ids=["en", "fr", "nl", "de"],
)
def test_a_provider_s_mail_fills_the_form(text: str) -> None:
    found = parse(f"Dear customer,\n\n{text}\n\nKind regards")

    assert found.values == {"host": "files.example", "port": "2222", "username": "ann"}
    assert found.secrets == {"password": "s3 cret"}


def test_a_private_key_is_a_secret_and_never_shown() -> None:
    found = parse(f"your key:\n{KEY}\nfor files.example:22")

    assert found.secrets == {"private_key": KEY + "\n"}
    assert found.values["host"] == "files.example"
    assert "bm90" not in repr(found)


def test_only_what_the_form_asks_is_filled_in() -> None:
    found = parse(f"sftp://ann@files.example/in and boss@office.example\n{FINGER}")

    fitting = found.fitting(connectors.get("sftp").fields)

    assert fitting.values == {
        "host": "files.example",
        "username": "ann",
        "upload_path": "/in",
        FINGERPRINT: FINGER,
    }


def test_a_folder_goes_to_the_only_folder_field() -> None:
    fitting = parse("/srv/import/[vat]").fitting(connectors.get("folder").fields)

    assert fitting.values == {"path": "/srv/import/[vat]"}


@given(st.text(max_size=300))
def test_no_text_is_too_strange(text: str) -> None:
    parse(text)


def test_a_long_text_takes_no_time() -> None:
    parse("a." * 50_000 + ":" + "-----BEGIN PRIVATE KEY-----" * 500 + "x: " * 20_000)

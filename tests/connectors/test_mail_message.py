"""The mail a document travels in: what a strict parser of another make reads in it."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerdesk.connectors._mail_message import Envelope, ascii_address, build, one_line

DELIVERY = "0190c0de-0000-7000-8000-00000badcafe"
SENDER, PURCHASES = "office@ledgerdesk.example", "aankoop@box.example"
ENVELOPE = Envelope(
    sender=SENDER,
    recipient=PURCHASES,
    subject="F-1",
    date="Tue, 31 Mar 2026 22:30:00 +0000",
    message_id=f"<{DELIVERY}@ledgerdesk.example>",
    boundary=f"ledgerdesk-{DELIVERY}",
    delivery_id=DELIVERY,
)
STRICT = email.policy.SMTP.clone(raise_on_defect=True)


def parsed(subject: str, name: str, body: bytes) -> EmailMessage:
    raw = build(replace(ENVELOPE, subject=subject), name, body)
    assert raw.isascii()
    assert raw.endswith(b"\r\n")
    assert b"\r" not in raw.replace(b"\r\n", b"") and b"\n" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    message = email.message_from_bytes(raw.replace(b"\r\n..", b"\r\n."), policy=STRICT)
    assert isinstance(message, EmailMessage)
    return message


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(TEXT, TEXT, st.binary(max_size=400))
def test_strict_parsers_read_what_was_meant(subject: str, stem: str, body: bytes) -> None:
    name = f"{stem[:60]}.xml"
    message = parsed(subject, name, body)
    assert message["Subject"] == one_line(subject)
    (part,) = message.iter_attachments()
    assert part.get_filename() == one_line(name)
    assert part.get_payload(decode=True) == body
    assert sorted(message.keys()) == sorted(parsed("plain", "a.xml", b"").keys())


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "x" * 300,
        "Café – Zoë " * 20,
        "=?utf-8?q?x?=",
        "a\r\nBcc: evil@x.example",
        "\u202eabc",
        "😀" * 40,
    ],
)
def test_subjects(subject: str) -> None:
    message = parsed(subject, "a.xml", b"x")
    assert message["Subject"] == one_line(subject)
    assert message["Bcc"] is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("2026-03-31_F-1_0badcafe.xml", "application/xml"),
        ("factuur.PDF", "application/pdf"),
        ("2026-021.cod", "application/octet-stream"),
        ("without ending", "application/octet-stream"),
        ('quote"d\\.xml', "application/xml"),
        ("reçu élevé.xml", "application/xml"),
        ("a.xml\r\nX-Evil: 1", "application/octet-stream"),
    ],
)
def test_attachment_names(name: str, kind: str) -> None:
    message = parsed("s", name, b"body")
    (part,) = message.iter_attachments()
    assert part.get_filename() == one_line(name)
    assert part.get_content_type() == kind
    assert part["X-Evil"] is None and message["X-Evil"] is None


def test_no_copy_to_anybody() -> None:
    assert {"Bcc", "Cc", "Reply-To"}.isdisjoint(parsed("s", "a.xml", b"").keys())


@given(st.text())
def test_an_address_is_one_plain_word(text: str) -> None:
    address = ascii_address(f"{text}@box.example")
    assert address == "" or (address.isascii() and len(address.split()) == 1)
    assert address.count("@") in (0, 1)
    assert not set(address) & set('<>,;:"()[]\\')

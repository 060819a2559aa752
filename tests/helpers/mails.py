"""Mails as senders write them: ordinary ones and strange ones. All of it is ours and invented."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import uuid4

SENT = datetime(2026, 10, 5, 8, 30, tzinfo=UTC)


def mail(
    *attachments: tuple[str, bytes],
    subject: str = "Factuur",
    sender: str = "jan@supplier.example",
    text: str = "In bijlage.",
    html: str = "",
    headers: Mapping[str, str] | None = None,
    sent: datetime = SENT,
) -> bytes:
    """A mail with these files attached."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "docs@office.example"
    message["Subject"] = subject
    message["Date"] = format_datetime(sent)
    message["Message-ID"] = f"<{uuid4()}@supplier.example>"
    for name, value in (headers or {}).items():
        del message[name]
        message[name] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, content in attachments:
        kind = {"xml": "xml", "pdf": "pdf", "zip": "zip"}.get(name.rpartition(".")[2])
        message.add_attachment(
            content, maintype="application", subtype=kind or "octet-stream", filename=name
        )
    return message.as_bytes()


def raw(lines: Sequence[str], body: bytes = b"") -> bytes:
    """A mail written line by line, for what no library would write."""
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def forwarded(inner: bytes, *, depth: int = 1, sender: str = "an@office.example") -> bytes:
    """``inner`` attached as a mail (.eml), ``depth`` times."""
    for level in range(depth):
        boundary = f"forward-{level}"
        head = [
            f"From: {sender}",
            "To: docs@office.example",
            f"Subject: FW {level}",
            f"Message-ID: <{uuid4()}@office.example>",
            "Date: Mon, 05 Oct 2026 09:00:00 +0200",
            f'Content-Type: multipart/mixed; boundary="{boundary}"',
        ]
        body = (
            f"--{boundary}\r\nContent-Type: text/plain\r\n\r\nzie bijlage\r\n--{boundary}\r\n"
            "Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n"
        ).encode() + inner
        inner = raw(head, body + f"\r\n--{boundary}--\r\n".encode())
    return inner


def nested(depth: int) -> bytes:
    """Multiparts inside each other."""
    head = ["From: x@y.example", "Subject: deep", 'Content-Type: multipart/mixed; boundary="b0"']
    levels = (
        f'--b{level}\r\nContent-Type: multipart/mixed; boundary="b{level + 1}"\r\n\r\n'
        for level in range(depth)
    )
    return raw(head, "".join(levels).encode() + f"--b{depth}\r\n\r\nthe end\r\n".encode())


def tnef(*attachments: tuple[str, bytes], long_names: bool = True) -> bytes:
    """``winmail.dat`` as Outlook writes it (MS-OXTNEF)."""
    found = b"\x78\x9f\x3e\x22" + b"\x01\x00"
    found += _attribute(1, 0x00089006, (0x00010000).to_bytes(4, "little"))
    for name, content in attachments:
        found += _attribute(2, 0x00069002, bytes(14))
        found += _attribute(
            2, 0x00018010, (name[:8] + "~1.DAT").encode("cp1252", "replace") + b"\0"
        )
        found += _attribute(2, 0x0006800F, content)
        if long_names:
            text = (name + "\0").encode("utf-16-le")
            padding = bytes(-len(text) % 4)
            tag = b"\x1f\x00\x07\x37" + (1).to_bytes(4, "little") + len(text).to_bytes(4, "little")
            found += _attribute(2, 0x00069005, (1).to_bytes(4, "little") + tag + text + padding)
    return found


def _attribute(level: int, id: int, data: bytes) -> bytes:
    head = bytes([level]) + id.to_bytes(4, "little") + len(data).to_bytes(4, "little")
    return head + data + (sum(data) & 0xFFFF).to_bytes(2, "little")


def encoded(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")

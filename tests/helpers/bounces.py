"""What mail servers and packages write back: made by us after the RFCs and the servers' habits."""

from __future__ import annotations

from dataclasses import dataclass

from tests.helpers.mails import raw


@dataclass(frozen=True)
class Sent:
    """The mail that comes back, as far as answers repeat it."""

    message_id: str
    delivery_id: str
    recipient: str
    sender: str = "office@firm.example"
    subject: str = "Bakkerij - AP 2026-1"

    def header(self, *, with_id: bool = True) -> str:
        lines = [
            f"From: {self.sender}",
            f"To: {self.recipient}",
            f"Subject: {self.subject}",
            f"X-LedgerDesk-Delivery: {self.delivery_id}",
        ]
        return "\r\n".join([*lines, *([f"Message-ID: {self.message_id}"] if with_id else []), ""])


def report(
    sent: Sent,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <in@package.example>: Recipient address rejected: "
    "User unknown in virtual mailbox table",
    outer: str = 'multipart/report; report-type=delivery-status; boundary="dsn"',
    final: str = "",
    returned: str = "text/rfc822-headers",
    sender: str = "MAILER-DAEMON@mx.firm.example (Mail Delivery System)",
    subject: str = "Undelivered Mail Returned to Sender",
    text: str = "This is the mail system at host mx.firm.example.\r\n",
    envelope_id: str = "",
    header: str | None = None,
) -> bytes:
    """A notice with a machine-readable part (RFC 3464)."""
    head = [
        "Return-Path: <>",
        f"From: {sender}",
        f"To: {sent.sender}",
        f"Subject: {subject}",
        "Message-ID: <bounce-1@mx.firm.example>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        f"Content-Type: {outer}",
    ]
    per_message = ["Reporting-MTA: dns; mx.firm.example"]
    if envelope_id:
        per_message.append(f"Original-Envelope-Id: {envelope_id}")
    per_recipient = [
        f"Final-Recipient: {final or f'rfc822; {sent.recipient}'}",
        f"Action: {action}",
        *([f"Status: {status}"] if status else []),
        *([f"Diagnostic-Code: {diagnostic}"] if diagnostic else []),
    ]
    body = "\r\n".join(
        [
            *("--dsn", "Content-Type: text/plain; charset=utf-8", "", text),
            *("--dsn", "Content-Type: message/delivery-status", ""),
            *per_message,
            "",
            *per_recipient,
            "",
            *("--dsn", f"Content-Type: {returned}", ""),
            sent.header() if header is None else header,
            "--dsn--",
            "",
        ]
    )
    return raw(head, body.encode("utf-8"))


def plain(
    sent: Sent,
    text: str,
    *,
    sender: str,
    subject: str,
    headers: tuple[str, ...] = (),
    reply: bool = False,
) -> bytes:
    """An answer that is text only."""
    head = [
        f"From: {sender}",
        f"To: {sent.sender}",
        f"Subject: {subject}",
        "Message-ID: <answer-1@there.example>",
        *([f"In-Reply-To: {sent.message_id}"] if reply else []),
        *headers,
        "Content-Type: text/plain; charset=utf-8",
    ]
    lines = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return raw(head, lines.encode("utf-8"))


def qmail(sent: Sent) -> bytes:
    text = (
        "Hi. This is the qmail-send program at mx.provider.example.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        f"<{sent.recipient}>:\n192.0.2.9 does not like recipient.\n"
        "Remote host said: 550 5.1.1 No such user here\nGiving up on 192.0.2.9.\n\n"
        f"--- Below this line is a copy of the message.\n\n{sent.header()}"
    )
    return plain(
        sent,
        text,
        sender="MAILER-DAEMON@mx.provider.example",
        subject="failure notice",
        headers=("Return-Path: <>",),
    )


def gateway(sent: Sent) -> bytes:
    """A filter in front of a mail server, as some security products write."""
    text = (
        f'Your message could not be delivered.\n\nServer "mx.package.example" returned an error:\n'
        f"[{sent.recipient}]: 550 5.7.1 Sender not authorized\n"
    )
    return plain(
        sent,
        text,
        sender="postmaster@gateway.example",
        subject=f"Undeliverable: {sent.subject}",
        reply=True,
    )


def gmail(sent: Sent, *, delay: bool = False) -> bytes:
    kind = "Delay" if delay else "Failure"
    text = (
        f"Delivery incomplete. There was a temporary problem delivering your message to "
        f"{sent.recipient}. Gmail will retry for 46 more hours. You'll be notified if the delivery "
        "fails permanently; it will be retried."
        if delay
        else f"Address not found\n\nYour message wasn't delivered to {sent.recipient} because the "
        "address couldn't be found, or is unable to receive mail.\n\nThe response was:\n\n"
        "550 5.1.1 The email account that you tried to reach does not exist."
    )
    return plain(
        sent,
        text,
        sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        subject=f"Delivery Status Notification ({kind})",
        headers=(f"X-Failed-Recipients: {sent.recipient}", "Auto-Submitted: auto-replied"),
        reply=True,
    )

"""What comes back to a mail: bounces, delays, receipts, automatic and real answers. Pure.

RFC 3461–3464, 3834, 6522, 8098, read leniently: servers put the report into the wrong container,
forget fields, or write plain text only. Whom it is about is told with how sure that is: a bounce
can be forged by anyone, but not without the Message-ID of a mail it never saw.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from ledgerdesk.documents.findings import Refused, shown
from ledgerdesk.documents.mail import body_text
from ledgerdesk.documents.mail_head import Head, decoded_text, read_head
from ledgerdesk.documents.mail_phrases import (
    Fault,
    fault_of,
    tells_challenge,
    tells_delay,
    tells_failure,
    verdict_in,
)
from ledgerdesk.documents.mail_walk import MAIL_TYPES, Leaf, leaves

_OURS = re.compile(r"<([0-9a-f]{20})@[^<>\s]{1,255}>")
_ENVELOPE = re.compile(r"[0-9a-f]{20}")
_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_RETURNED_TYPES = (*MAIL_TYPES, "text/rfc822-headers", "message/global-headers")
_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:]{1,64}@[A-Za-z0-9.-]{1,253}[A-Za-z0-9]")
_CODE = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_SENTENCE = re.compile(r"\b[45]\d\d[ -](?:#?[45]\.\d{1,3}\.\d{1,3})?[^\r\n]{3,}")
_DAEMON = re.compile(r"mailer-daemon|postmaster|mail delivery|microsoftexchange", re.IGNORECASE)
_AUTOMATIC = re.compile(
    r"^(automatic reply|auto(matische)? ?reply|out of office|réponse automatique|"
    r"automatisch antwoord|abwesenheit)",
    re.IGNORECASE,
)
_LONGEST = 64 * 1024


class AnswerKind(StrEnum):
    FAILURE = "failure"
    DELAY = "delay"
    RELAYED = "relayed"
    READ_RECEIPT = "read_receipt"
    AUTOMATIC = "automatic"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    CHALLENGE = "challenge"
    HUMAN = "human"


class Sure(StrEnum):
    """Where our Message-ID was found, the surest first; ``TEXT`` proposes only."""

    ORIGINAL = "original"
    ENVELOPE = "envelope"
    REPLY = "reply"
    HEADER = "header"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class About:
    """The delivery it seems to be about. ``message_id`` is empty where only the delivery's own
    number was found."""

    delivery_id: str
    sure: Sure
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """``sentence`` is the other side's own, bounded and on one line; ``addresses`` those it says it
    is about, lower case."""

    kind: AnswerKind
    about: tuple[About, ...]
    sender: str = ""
    subject: str = ""
    message_id: str = ""
    addresses: tuple[str, ...] = ()
    status: str = ""
    sentence: str = ""
    fault: Fault = Fault.OTHER
    until: str = ""


def answer_in(content: bytes) -> Answer | None:
    """What ``content`` says about a mail of ours; None for a mail that answers none, and for one
    beyond the bounds. Never raises."""
    if b"@" not in content[:_LONGEST]:
        return None
    try:
        head = read_head(content, 0, len(content))
        found = list(leaves(content))
        report = _report(content, found)
        about = _about(content, head, found, report)
        return _classified(content, head, found, report, about) if about else None
    except Refused:
        return None


@dataclass(frozen=True, slots=True)
class _Report:
    """The fields of a delivery-status part: lower-case name, value; in order, of all recipients."""

    fields: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        return next((value for key, value in self.fields if key == name), "")

    def all(self, *names: str) -> list[str]:
        return [value for key, value in self.fields if key in names]


def _report(raw: bytes, found: list[Leaf]) -> _Report:
    fields: list[tuple[str, str]] = []
    for leaf in found:
        if leaf.head.content_type not in _STATUS_TYPES:
            continue
        text = decoded_text(leaf.content(raw)[:_LONGEST], "utf-8").replace("\r\n", "\n")
        for line in re.sub(r"\n[ \t]+", " ", text).split("\n"):
            name, colon, value = line.partition(":")
            if colon and len(fields) < 500:
                fields.append((name.strip().lower(), value.strip()))
    return _Report(tuple(fields))


# --- whom it is about -----------------------------------------------------------------------------


def _about(raw: bytes, head: Head, found: list[Leaf], report: _Report) -> tuple[About, ...]:
    known: dict[str, About] = {}

    def note(text: str, sure: Sure) -> None:
        for match in _OURS.finditer(text):
            known.setdefault(match[1], About(match[1], sure, match[0]))

    returned = [_returned(raw, leaf) for leaf in found if _is_returned(leaf)]
    for one in returned:
        note(one.get("message-id"), Sure.ORIGINAL)
    envelope = _ENVELOPE.fullmatch(report.get("original-envelope-id"))
    if envelope:
        known.setdefault(envelope[0], About(envelope[0], Sure.ENVELOPE))
    note(head.get("in-reply-to"), Sure.REPLY)
    note(head.get("references"), Sure.REPLY)
    for one in (*returned, head):
        own = _ENVELOPE.fullmatch(one.get("x-ledgerdesk-delivery"))
        if own and one is not head:
            known.setdefault(own[0], About(own[0], Sure.HEADER))
    note(body_text(raw, found), Sure.TEXT)
    return tuple(known.values())


def _is_returned(leaf: Leaf) -> bool:
    return leaf.head.content_type in _RETURNED_TYPES


def _returned(raw: bytes, leaf: Leaf) -> Head:
    content = leaf.content(raw)[: 4 * _LONGEST]
    return read_head(content, 0, len(content))


# --- what it says ---------------------------------------------------------------------------------


def _classified(
    raw: bytes, head: Head, found: list[Leaf], report: _Report, about: tuple[About, ...]
) -> Answer:
    text = body_text(raw, found)
    subject = head.text("subject")
    status = report.get("status").split(" ")[0] or _code(report.get("diagnostic-code") or text)
    sentence = _sentence(report, text, subject)
    return Answer(
        kind=_kind(head, found, report, subject, text),
        about=about,
        sender=head.sender,
        subject=subject,
        message_id=head.get("message-id")[:255],
        addresses=_addresses(head, report, text),
        status=status,
        sentence=sentence,
        fault=fault_of(status, f"{sentence}\n{text[:_LONGEST]}"),
        until=shown(report.get("will-retry-until")),
    )


def _kind(head: Head, found: list[Leaf], report: _Report, subject: str, text: str) -> AnswerKind:
    action = report.get("action").lower()
    if action in ("failed", "error"):
        return AnswerKind.FAILURE
    if action == "delayed":
        return AnswerKind.DELAY
    if action in ("delivered", "relayed", "expanded"):
        return AnswerKind.RELAYED
    if any(leaf.head.content_type.endswith("disposition-notification") for leaf in found):
        return AnswerKind.READ_RECEIPT
    told = f"{subject}\n{text}"
    if _is_from_a_server(head):
        if tells_delay(told):
            return AnswerKind.DELAY
        if tells_failure(told) or _SENTENCE.search(text):
            return AnswerKind.FAILURE
    if tells_challenge(told):
        return AnswerKind.CHALLENGE
    # What the answer itself says, without our mail quoted below it.
    verdict = verdict_in(f"{subject}\n{_unquoted(text)}")
    if verdict is not None:
        return AnswerKind.ACCEPTED if verdict else AnswerKind.REFUSED
    return AnswerKind.AUTOMATIC if _is_automatic(head, subject) else AnswerKind.HUMAN


def _is_from_a_server(head: Head) -> bool:
    nobody = head.get("return-path").strip() == "<>" or bool(head.get("x-failed-recipients"))
    return nobody or bool(_DAEMON.search(head.text("from")))


def _is_automatic(head: Head, subject: str) -> bool:
    automatic = head.get("auto-submitted").lower() or "no"
    marks = ("x-auto-response-suppress", "x-autoreply", "x-autorespond")
    in_bulk = head.get("precedence").lower() in ("bulk", "junk", "auto_reply")
    marked = automatic != "no" or in_bulk or any(head.get(one) for one in marks)
    return marked or bool(_AUTOMATIC.match(subject))


def _addresses(head: Head, report: _Report, text: str) -> tuple[str, ...]:
    told = [
        *report.all("original-recipient", "final-recipient"),
        *head.values.get("x-failed-recipients", ()),
    ]
    found = [one for value in told for one in _ADDRESS.findall(value.partition(";")[2] or value)]
    found = found or _ADDRESS.findall(text[:_LONGEST])[:50]
    return tuple(dict.fromkeys(one.lower().rstrip(".") for one in found))


def _code(text: str) -> str:
    found = _CODE.search(text)
    return found[1] if found else ""


def _sentence(report: _Report, text: str, subject: str) -> str:
    diagnostic = report.get("diagnostic-code")
    kind, semicolon, rest = diagnostic.partition(";")
    if diagnostic:
        return shown(rest if semicolon and len(kind) < 20 else diagnostic)
    found = _SENTENCE.search(text)
    if found:
        return shown(found[0])
    lines = [line.strip() for line in _unquoted(text).splitlines() if line.strip()]
    return shown(" ".join(lines[:3]) or subject)


def _unquoted(text: str) -> str:
    """The answer without what it quotes."""
    kept = []
    for line in text.splitlines():
        if re.match(r"-{2,} ?original message|-{5,}|_{10,}|>", line.strip(), re.IGNORECASE):
            if line.strip().startswith(">"):
                continue
            break
        kept.append(line)
    return "\n".join(kept)

"""The proof of a delivery and its life line in words: for the screen, and to be copied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Assurance, DeliveryState, Receipt
from ledgerdesk.ui.deliveries import words
from ledgerdesk.ui.texts import labelled

if TYPE_CHECKING:
    from ledgerdesk.delivery.browse import Attempt, Detail, Entry

Line = tuple[str, str]

_FACTS = {
    "server": N_("Server"),
    "host": N_("Server"),
    "host_key": N_("Host key"),
    "path": N_("Where it is"),
    "remote": N_("Where it is"),
    "recipients": N_("Sent to"),
    "sender": N_("Sent by"),
    "answer": N_("Answer"),
    "message_id": N_("Message-ID"),
    "size": N_("Size"),
    "mail_size": N_("Size of the mail"),
    "sha256": N_("Hash (SHA-256)"),
    "content_hash": N_("Hash at the destination"),
    "checked": N_("Checked by"),
    "said_by": N_("Said by"),
    "refused": N_("Refused afterwards"),
    "answered_by": N_("Answered by"),
    "answers_read": N_("What comes back"),
}
_ORDER = tuple(_FACTS)
_SIZES = ("size", "mail_size")
_CHECKED = {
    "sha256": N_("reading it back, hash compared"),
    "content_hash": N_("the hash the destination tells"),
    "size": N_("its size"),
}


def confirmations(found: Sequence[Receipt]) -> Iterator[Line]:
    """How the proof grew, oldest first; nothing where there is one only."""
    if len(found) < 2:
        return
    for one in found:
        yield words.moment(one.at), _said(one)


def _said(one: Receipt) -> str:
    refused = one.evidence.get("refused")
    if not refused:
        return translate(words.ASSURANCES[one.assurance])
    return labelled(translate(_FACTS["refused"]), _value("refused", refused, one.evidence))


def receipts(found: Sequence[Receipt]) -> Iterator[Line]:
    """All proofs, the newest first, with a gap between two."""
    for number, one in enumerate(reversed(found)):
        if number:
            yield "", ""
        yield from receipt(one)


def receipt(one: Receipt) -> Iterator[Line]:
    """What a receipt says, the most telling first."""
    yield translate(N_("Proof")), translate(words.ASSURANCES[one.assurance])
    yield translate(N_("When")), words.exact(one.at)
    facts = dict(one.evidence)
    if facts.get("remote") in (facts.get("path"), facts.get("message_id")):
        facts.pop("remote", None)
    known = [name for name in _ORDER if name in facts]
    for name in (*known, *sorted(set(facts) - set(known))):
        yield translate(_FACTS.get(name, name)), _value(name, facts[name], facts)


def _value(name: str, value: Any, facts: Mapping[str, Any]) -> str:
    if name == "refused":
        params = {key: each for key, each in facts.items() if key not in ("refused", "remote")}
        found = words.told({"code": str(value), "params": params})
        return found.problem if found else str(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    if name in _SIZES and isinstance(value, int):
        return translate(N_("{count} bytes")).format(count=words.number(value))
    if name == "checked":
        return translate(_CHECKED.get(str(value), str(value)))
    if name == "answers_read":
        return translate(N_("is read") if value else N_("is not read: a refusal cannot be seen"))
    if name == "said_by":
        return translate(N_("a person, in LedgerDesk"))
    return str(value)


def attempt(one: Attempt) -> Line:
    """When it began, and what came of it."""
    if one.ended_at is None:
        return words.moment(one.started_at), translate(N_("on its way"))
    return words.moment(one.started_at), _outcome(one.outcome, one.detail)


def _outcome(outcome: str, detail: Mapping[str, Any]) -> str:
    found = words.told(detail)
    said = translate(words.STATES[DeliveryState(outcome)]) if outcome in _STATES else outcome
    return labelled(said, found.problem) if found else said


def event(one: Entry) -> Line:
    """A line of the journal: when, and what happened."""
    from datetime import datetime

    at = words.moment(datetime.fromisoformat(str(one.facts["at"])))
    return at, " ".join(_told(one))


def _told(one: Entry) -> Iterator[str]:
    name = one.what.removeprefix("delivery.")
    if "resent" in one.facts:
        yield translate(N_("Sent again on purpose."))
    if one.facts.get("resolved") == "delivered":
        yield translate(N_("A person said that it arrived."))
    elif one.facts.get("resolved") == "resend":
        yield translate(N_("A person said that it did not arrive."))
    assurance = str(one.facts.get("assurance", ""))
    if assurance in _ASSURANCES:
        yield translate(words.ASSURANCES[Assurance(assurance)])
    elif name in _STATES:
        yield translate(words.STATES[DeliveryState(name)])
    elif name == "answered":
        kind = str(one.facts.get("kind", ""))
        yield translate(N_("An answer to the mail came: {kind}.")).format(
            kind=translate(_ANSWERS.get(kind, kind))
        )
    elif name == "waits":
        days = words.number(int(one.facts.get("days", 0)))
        yield translate(N_("Waits for {days} days.")).format(days=days)
    else:
        yield one.what


_ANSWERS = {
    "failure": N_("it came back"),
    "delay": N_("it is still being tried"),
    "relayed": N_("it was passed on"),
    "read_receipt": N_("a receipt"),
    "automatic": N_("an automatic reply"),
    "accepted": N_("it was received"),
    "refused": N_("it was not accepted"),
    "challenge": N_("a filter keeps it"),
    "human": N_("somebody wrote"),
}
_STATES = frozenset(state.value for state in DeliveryState)
_ASSURANCES = frozenset(one.value for one in Assurance)


def as_text(detail: Detail) -> str:
    """The whole proof, one fact a line, to be pasted into a mail."""
    row = detail.row
    lines: list[Line] = [
        (translate(N_("Client")), row.client),
        (translate(N_("Document")), words.document(row)),
        (translate(N_("File")), row.file_name),
        (translate(N_("Accounting package")), row.package),
        (translate(N_("State")), words.state(row.delivery)),
        (translate(N_("Delivery")), row.delivery.id),
    ]
    for one in detail.receipts:
        lines += receipt(one)
    return "\n".join(f"{name}: {value}" for name, value in lines) + "\n"

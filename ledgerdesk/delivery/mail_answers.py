"""What an answer to a mail changes in the books: design.md §8, "Confirmation".

Only an answer that knows the Message-ID of our mail, and names an address it went to, changes a
delivery; anything less is written down for a person. What is final never goes back because an older
notice comes late.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from ledgerdesk.connectors.base import MAIL_LANE
from ledgerdesk.delivery import first_mail, outcomes
from ledgerdesk.delivery.outcomes import Failure
from ledgerdesk.documents.mail_answers import About, Answer, AnswerKind, Sure
from ledgerdesk.documents.mail_phrases import TOLD
from ledgerdesk.errors import MailBounced, MailRefusedByPackage, MailsBlocked, UnknownId
from ledgerdesk.i18n import translate
from ledgerdesk.model import Assurance, Delivery, DeliveryState, Evidence
from ledgerdesk.store import deliveries, journal
from ledgerdesk.store.journal import Entry

log = logging.getLogger(__name__)

_OPEN = (DeliveryState.DELIVERED, DeliveryState.UNKNOWN)
_ASKED = (Assurance.BLIND, Assurance.VERIFIED, "")


class Effect(StrEnum):
    """What became of an answer."""

    NOT_OURS = "not_ours"
    NOTED = "noted"
    REJECTED = "rejected"
    ACKNOWLEDGED = "acknowledged"


def apply(c: sa.Connection, answer: Answer, at: datetime) -> Effect:
    """In the caller's transaction; the same answer once more changes nothing."""
    found = next(
        ((delivery, one) for one in answer.about if (delivery := _delivery(c, one)) is not None),
        None,
    )
    if found is None:
        return Effect.NOT_OURS
    delivery, about = found
    if about.sure is Sure.TEXT or not _is_open(delivery):
        return _noted(c, delivery, answer, about, at)
    if answer.kind is AnswerKind.FAILURE and _names(answer, delivery):
        return _bounced(c, delivery, answer, about, at)
    if _is_from_there(answer, delivery):
        if answer.kind is AnswerKind.REFUSED:
            error = MailRefusedByPackage(address=_place(delivery), answer=answer.sentence)
            return _rejected(c, delivery, error, answer, about, at)
        if answer.kind is AnswerKind.ACCEPTED:
            return _acknowledged(c, delivery, answer, about, at)
    return _noted(c, delivery, answer, about, at)


def _delivery(c: sa.Connection, about: About) -> Delivery | None:
    """The delivery, where the Message-ID is really the one its mail had."""
    try:
        delivery = deliveries.get(c, about.delivery_id)
    except UnknownId:
        return None
    if delivery.lane != MAIL_LANE or delivery.target is None:
        return None
    sent = delivery.target.extra.get("message_id", "")
    return delivery if not about.message_id or about.message_id == sent else None


def _is_open(delivery: Delivery) -> bool:
    return delivery.state in _OPEN and delivery.assurance in _ASKED


def _names(answer: Answer, delivery: Delivery) -> bool:
    """Whether the address that failed is the one the mail went to."""
    return _place(delivery) in answer.addresses


def _is_from_there(answer: Answer, delivery: Delivery) -> bool:
    """Whether somebody at the receiving domain wrote it."""
    there = _place(delivery).rpartition("@")[2]
    here = answer.sender.rpartition("@")[2]
    same = here == there or here.endswith(f".{there}") or there.endswith(f".{here}")
    return bool(here) and "." in here and same


def _bounced(
    c: sa.Connection, delivery: Delivery, answer: Answer, about: About, at: datetime
) -> Effect:
    reason = translate(TOLD[answer.fault])
    error = MailBounced(address=_place(delivery), answer=answer.sentence, reason=reason)
    effect = _rejected(c, delivery, error, answer, about, at)
    if answer.fault.stops_the_account:
        stop = MailsBlocked(answer=answer.sentence, reason=reason)
        outcomes.signed_out(c, delivery, Failure(stop, reached=True, by_mail=True), at)
    return effect


def _rejected(
    c: sa.Connection,
    delivery: Delivery,
    error: MailBounced | MailRefusedByPackage,
    answer: Answer,
    about: About,
    at: datetime,
) -> Effect:
    outcomes.refused_afterwards(c, delivery.id, error, at, facts=_facts(answer, about))
    log.info("delivery %s: %s", delivery.id, error.code)
    return Effect.REJECTED


def _acknowledged(
    c: sa.Connection, delivery: Delivery, answer: Answer, about: About, at: datetime
) -> Effect:
    evidence = Evidence(Assurance.ACKNOWLEDGED, delivery.remote, _facts(answer, about))
    if delivery.state is DeliveryState.UNKNOWN:
        outcomes.delivered(c, delivery.id, evidence, at)
    else:
        outcomes.confirmed(c, delivery.id, evidence, at)
    first_mail.arrived(c, _place(delivery), at)
    return Effect.ACKNOWLEDGED


def _noted(
    c: sa.Connection, delivery: Delivery, answer: Answer, about: About, at: datetime
) -> Effect:
    """No change of state; the journal of the delivery tells it, once."""
    mark = hashlib.sha256(f"{answer.message_id} {answer.kind}".encode()).hexdigest()[:16]
    facts = {
        "delivery": delivery.id,
        "kind": answer.kind.value,
        "sure": about.sure.value,
        "answer": mark,
    }
    if not journal.recent(c, {"delivery": delivery.id, "answer": mark}, 1):
        journal.append(c, Entry("delivery.answered", facts, _facts(answer, about)), at=at)
    return Effect.NOTED


def _facts(answer: Answer, about: About) -> dict[str, Any]:
    told = {
        "answer": answer.sentence,
        "answer_kind": answer.kind.value,
        "answered_by": answer.sender,
        "answer_subject": answer.subject,
        "message_id": answer.message_id,
        "matched_by": about.sure.value,
        "status": answer.status,
        "until": answer.until,
    }
    return {name: value for name, value in told.items() if value}


def _place(delivery: Delivery) -> str:
    return delivery.target.place.lower() if delivery.target else ""

"""What the end of an attempt changes in the books: each function is one transaction's work.

``delivered`` is written only here, together with its receipt and its line in the journal.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from ledgerdesk.connectors.base import MAIL_LANE
from ledgerdesk.delivery import policy
from ledgerdesk.delivery.outbox import entry_of, withdrawn_now
from ledgerdesk.errors import (
    ConnectionTrouble,
    CredentialsRejected,
    Disposition,
    InvalidValue,
    LedgerDeskError,
    MissingValue,
    OutcomeUnknown,
    RateLimited,
    Scope,
    ServerTrouble,
    UnknownId,
    to_record,
)
from ledgerdesk.model import (
    Assurance,
    ConnectionState,
    Delivery,
    DeliveryState,
    DocumentState,
    Evidence,
    Receipt,
    Stage,
)
from ledgerdesk.store import (
    configurations,
    confirmations,
    deliveries,
    documents,
    journal,
    lanes,
)
from ledgerdesk.store.ids import new_id
from ledgerdesk.store.journal import Entry
from ledgerdesk.store.lanes import LaneState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt. ``reached``: the session it used had worked before. ``by_mail``: it went
    through the firm's mail account. ``begun``: it may be there, so its stage is kept.
    ``own_keys``: it signed in with what a client or a configuration brings along."""

    error: LedgerDeskError
    reached: bool
    by_mail: bool = False
    begun: bool = False
    own_keys: str = ""

    @property
    def scope(self) -> Scope:
        """What the error stops. Sign-ins belong to the connection, or to the mail account."""
        if self.own_keys and isinstance(self.error, CredentialsRejected):
            # One client's wrong key stops nobody else's documents.
            return Scope.LINK if self.own_keys.startswith("link:") else Scope.CONFIGURATION
        faulty_set_up = isinstance(self.error, MissingValue | InvalidValue)
        if faulty_set_up or self.error.scope in (Scope.ACCOUNT, Scope.CONNECTION):
            return Scope.ACCOUNT if self.by_mail else Scope.CONNECTION
        return self.error.scope


# --- good ends ----------------------------------------------------------------------------------


def delivered(
    c: sa.Connection,
    delivery_id: str,
    evidence: Evidence,
    at: datetime,
    *,
    asked_for: timedelta | None = None,
) -> None:
    """It is there, and this proves it. ``asked_for``: how long the destination can be asked."""
    before = deliveries.get(c, delivery_id)
    now = replace(
        _settled(before, DeliveryState.DELIVERED),
        assurance=evidence.assurance,
        remote=evidence.remote,
        delivered_at=at,
    )
    kept = Receipt(
        new_id(), now.id, evidence.assurance, at, {"remote": evidence.remote, **evidence.facts}
    )
    deliveries.update(c, now, before)
    deliveries.insert_receipt(c, kept)
    deliveries.end_attempt(c, now.id, now.state, at)
    lanes.clear_lanes(c, [now.lane])
    if asked_for and evidence.remote and evidence.assurance not in policy.FINAL:
        confirmations.begin(c, now, at + asked_for)
    _signed_in(c, now, at)
    journal.append(c, entry_of(now, receipt=kept.id, assurance=kept.assurance), at=at)


def absent(c: sa.Connection, delivery_id: str, at: datetime) -> None:
    """Proven not there: queued again."""
    _put(c, _settled(deliveries.get(c, delivery_id), DeliveryState.QUEUED), at)


def put_back(c: sa.Connection, delivery_id: str, error: LedgerDeskError, at: datetime) -> None:
    """A person stopped the work before it was there: queued, as if it had not begun."""
    deliveries.end_attempt(c, delivery_id, error.code, at)
    absent(c, delivery_id, at)


def unknown(c: sa.Connection, delivery_id: str, error: OutcomeUnknown, at: datetime) -> None:
    """Possibly there, and nobody can tell: a person decides."""
    now = _settled(deliveries.get(c, delivery_id), DeliveryState.UNKNOWN, to_record(error))
    _put(c, now, at)


# --- what the destination says afterwards ---------------------------------------------------------


def confirmed(c: sa.Connection, delivery_id: str, evidence: Evidence, at: datetime) -> None:
    """The destination was asked, and said this: a further receipt where it tells more."""
    before = deliveries.get(c, delivery_id)
    arrived = before.state is DeliveryState.DELIVERED
    if not arrived or not policy.raises(evidence.assurance, before.assurance):
        return
    remote = evidence.remote or before.remote
    now = replace(before, assurance=evidence.assurance, remote=remote)
    kept = Receipt(new_id(), now.id, evidence.assurance, at, {"remote": remote, **evidence.facts})
    deliveries.update(c, now, before)
    deliveries.insert_receipt(c, kept)
    if evidence.assurance in policy.FINAL:
        confirmations.end(c, delivery_id)
    entry = entry_of(now, receipt=kept.id, assurance=kept.assurance)
    journal.append(c, replace(entry, what="delivery.confirmed"), at=at)


def refused_afterwards(
    c: sa.Connection,
    delivery_id: str,
    error: LedgerDeskError,
    at: datetime,
    *,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """It had arrived, or may have, and turned out badly: rejected. The proof of the arrival stays,
    beside that of the refusal, which ``facts`` tell more of."""
    confirmations.end(c, delivery_id)
    before = deliveries.get(c, delivery_id)
    settled = (DeliveryState.DELIVERED, DeliveryState.UNKNOWN)
    if before.state not in settled or before.assurance == Assurance.BOOKED:
        return
    record = to_record(error)
    told = {**record["params"], "remote": before.remote, "refused": error.code}
    assurance = Assurance(before.assurance or Assurance.BLIND)
    kept = Receipt(new_id(), before.id, assurance, at, {**told, **(facts or {})})
    deliveries.insert_receipt(c, kept)
    _put(c, _settled(before, DeliveryState.REJECTED, record), at, receipt=kept.id)


def signed_out(c: sa.Connection, like: Delivery, failure: Failure, at: datetime) -> None:
    """A question was refused because of the sign-in: what waits for that account stops, before
    the same password is tried for a document."""
    record = to_record(failure.error)
    others = deliveries.stop(c, like, failure.scope, DeliveryState.BLOCKED, record)
    _needs_a_person(c, like, failure, record)
    facts = {"connection": like.connection_id, "error": failure.error.code, "stops": len(others)}
    journal.append(c, Entry("connection.refused", facts), at=at)


# --- bad ends -----------------------------------------------------------------------------------


def failed(
    c: sa.Connection, delivery_id: str, failure: Failure, at: datetime, jitter: Random
) -> bool:
    """Does what the error's disposition says; whether the lane may go on in this run."""
    before = deliveries.get(c, delivery_id)
    error = failure.error
    if error.disposition is Disposition.RETRY:
        return _try_again(c, before, failure, at, jitter)
    if error.disposition is Disposition.REJECT:
        _put(c, _settled(before, DeliveryState.REJECTED, to_record(error)), at)
    elif error.disposition is Disposition.UNKNOWN:
        _put(c, _settled(before, DeliveryState.UNKNOWN, to_record(error)), at)
        return _lost_an_answer(c, before, at, jitter)
    else:
        _block(c, before, failure, at)
    return True


def _try_again(
    c: sa.Connection, before: Delivery, failure: Failure, at: datetime, jitter: Random
) -> bool:
    """Trouble on the way is the lane's: it pauses at once when the server was not even reached,
    and after five failures in a row; the rest stays queued. Any other reason to wait makes what
    shares it wait as well, without an attempt."""
    error, record = failure.error, to_record(failure.error)
    # One administration's limit is no trouble of the others.
    on_the_way = isinstance(error, ConnectionTrouble) and failure.scope is not Scope.LINK
    failures = lanes.lane_state(c, before.lane).failures + 1 if on_the_way else 0
    wait = policy.delay(max(before.attempts, failures, 1), jitter, error.retry_after)
    now = _settled(before, DeliveryState.RETRYING, record)
    now = replace(now, next_attempt_at=at + wait, stage=_stage(before, failure))
    pauses = on_the_way and _pauses(failure, failures)
    if on_the_way:
        open_until = at + wait if pauses else None
        lanes.set_lane_state(c, LaneState(before.lane, failures, open_until))
    elif failure.scope is not Scope.DELIVERY:
        deliveries.stop(
            c, before, failure.scope, DeliveryState.RETRYING, record, now.next_attempt_at
        )
    _announce(c, before, failure, at)
    _put(c, now, at)
    return not pauses


def _lost_an_answer(c: sa.Connection, before: Delivery, at: datetime, jitter: Random) -> bool:
    """A server that goes on losing answers would leave every document in doubt: such a loss counts
    as trouble on the way."""
    failures = lanes.lane_state(c, before.lane).failures + 1
    opens = policy.opens(failures)
    open_until = at + policy.delay(failures, jitter) if opens else None
    lanes.set_lane_state(c, LaneState(before.lane, failures, open_until))
    return not opens


def _pauses(failure: Failure, failures: int) -> bool:
    if isinstance(failure.error, RateLimited) or policy.opens(failures):
        return True
    return not failure.reached and not isinstance(failure.error, ServerTrouble)


def _block(c: sa.Connection, before: Delivery, failure: Failure, at: datetime) -> None:
    record, scope = to_record(failure.error), failure.scope
    others = deliveries.stop(c, before, scope, DeliveryState.BLOCKED, record)
    if scope in (Scope.CONNECTION, Scope.ACCOUNT):
        _needs_a_person(c, before, failure, record)
    now = _settled(before, DeliveryState.BLOCKED, record)
    now = replace(now, block_scope=scope, stage=_stage(before, failure))
    _put(c, now, at, stops=scope, others=len(others))


def _stage(before: Delivery, failure: Failure) -> Stage:
    return before.stage if failure.begun else Stage.NONE


def _announce(c: sa.Connection, before: Delivery, failure: Failure, at: datetime) -> None:
    tries = deliveries.attempts(c, before.id)
    previous = tries[-2].started_at if len(tries) > 1 else None
    if policy.announces(before.created_at, previous, at):
        days = (at - before.created_at).days
        log.warning("delivery %s waits for %d days: %s", before.id, days, failure.error.code)
        facts = {"delivery": before.id, "days": days, "error": failure.error.code}
        journal.append(c, Entry("delivery.waits", facts), at=at)


# --- shared -------------------------------------------------------------------------------------


def _settled(
    before: Delivery, state: DeliveryState, error: Mapping[str, Any] | None = None
) -> Delivery:
    return replace(
        before,
        state=state,
        stage=Stage.NONE,
        error=error or {},
        block_scope="",
        next_attempt_at=None,
    )


def _put(c: sa.Connection, now: Delivery, at: datetime, **more: str | int) -> None:
    if now.stage is Stage.NONE and now.state in deliveries.WAITING and not _is_wanted(c, now):
        now = withdrawn_now(now)
    deliveries.update(c, now)
    deliveries.end_attempt(c, now.id, now.state, at, now.error)
    journal.append(c, entry_of(now, **more), at=at)


def _is_wanted(c: sa.Connection, delivery: Delivery) -> bool:
    """Not when the document was set aside, or given to another client, while it was on its way."""
    try:
        document = documents.get(c, delivery.document_id)
    except UnknownId:
        return False
    return document.state is DocumentState.READY and document.client_id == delivery.client_id


def _needs_a_person(
    c: sa.Connection, before: Delivery, failure: Failure, record: Mapping[str, Any]
) -> None:
    refused = failure.error.disposition is Disposition.REAUTHENTICATE
    state = ConnectionState.REAUTHENTICATE if refused else ConnectionState.BLOCKED
    if failure.by_mail:
        account = configurations.mail_account(c)
        if account is not None:
            configurations.set_mail_account(c, replace(account, state=state))
        return
    used = configurations.connection(c, before.connection_id)
    configurations.update_connection(c, replace(used, state=state, error=record))


def _signed_in(c: sa.Connection, now: Delivery, at: datetime) -> None:
    """A document that arrived proves the sign-in, whatever was known before."""
    configurations.delivered_through(c, now.connection_id, at)
    used = configurations.connection(c, now.connection_id)
    if used.state is not ConnectionState.OK:
        proven = replace(used, state=ConnectionState.OK, error={}, verified_at=at)
        configurations.update_connection(c, proven)
    if now.lane == MAIL_LANE:
        account = configurations.mail_account(c)
        if account is not None and account.state is not ConnectionState.OK:
            configurations.set_mail_account(c, replace(account, state=ConnectionState.OK))

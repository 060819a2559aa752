"""Where one delivery goes and why it may not leave yet: computed when it is made, then frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ledgerdesk.connectors.base import MAIL_LANE, TargetRequest
from ledgerdesk.delivery.naming import naming_for
from ledgerdesk.delivery.routes import Route
from ledgerdesk.errors import (
    DocumentError,
    FormatDiffers,
    LedgerDeskError,
    MissingValue,
    Scope,
    SecretMissing,
    to_record,
)
from ledgerdesk.model import (
    ConnectionState,
    Delivery,
    DeliveryState,
    Document,
    Profile,
    Target,
)
from ledgerdesk.setup.contexts import needed

_NEEDS_A_PERSON = (ConnectionState.REAUTHENTICATE, ConnectionState.BLOCKED)


@dataclass(frozen=True, slots=True)
class Aim:
    """What became of computing a target. ``error`` (a kept one) says why the delivery is blocked,
    ``scope`` what that stops."""

    lane: str
    target: Target | None = None
    warning: str = ""
    error: Mapping[str, Any] = field(default_factory=dict)
    scope: str = ""


def aim(route: Route, document: Document, delivery_id: str, at: datetime) -> Aim:
    """The target of a delivery made ``at``, or what a person has to change first. Pure."""
    values, connector = route.values, route.connector
    lane = MAIL_LANE if route.by_mail else ""
    try:
        if route.by_mail:
            needed(route.mail)
        elif connector.asks_whose or connector.authorization == "oauth":
            lane = f"{connector.id}:{route.connection.id}"
        else:
            lane = connector.lane_key(values)
        naming = naming_for(route.client, document, delivery_id, at)
        request = TargetRequest(
            values,
            naming,
            document.facts.kind,
            document.direction,
            route.client.name,
            delivery_id,
            at,
        )
        target = connector.target(request)
    except LedgerDeskError as error:
        return Aim(lane, error=to_record(error), scope=_scope(error))
    return _format_checked(route, document, Aim(lane, target))


def _scope(error: LedgerDeskError) -> Scope:
    """A target is computed from the set-up, so what is wrong is wrong there; or the document lacks
    what it needs."""
    if isinstance(error, DocumentError):
        return Scope.DELIVERY
    if isinstance(error, MissingValue) and error.field == "mail_account":
        return Scope.ACCOUNT
    return Scope.CONFIGURATION if error.scope is Scope.DELIVERY else error.scope


def _format_checked(route: Route, document: Document, found: Aim) -> Aim:
    wanted = route.connector.format(route.link.kind, route.setup.format)
    facts = document.facts
    if wanted is None or wanted.fits(facts.format, facts.profile):
        return found
    if not route.setup.only_this_format:
        return Aim(found.lane, found.target, warning=FormatDiffers.code)
    named = facts.format if facts.profile is Profile.NONE else facts.profile
    error = FormatDiffers(found=named, wanted=wanted.label)
    return Aim(found.lane, found.target, error=to_record(error), scope=Scope.DELIVERY)


# --- the delivery ---------------------------------------------------------------------------------


def aimed(delivery: Delivery, route: Route, document: Document) -> Delivery:
    """Queued with its target, or blocked: by its own aim, or by a sign-in that needs a person."""
    found = aim(route, document, delivery.id, delivery.created_at)
    made = replace(
        queued(delivery),
        connection_id=route.connection.id,
        lane=found.lane,
        target=found.target,
        warning=found.warning,
        error=found.error,
        block_scope=found.scope,
        state=DeliveryState.BLOCKED if found.error else DeliveryState.QUEUED,
    )
    return made if found.error else _waits_for_sign_in(made, route)


def _waits_for_sign_in(delivery: Delivery, route: Route) -> Delivery:
    account = route.connection if route.mail is None else route.mail
    if account.state not in _NEEDS_A_PERSON:
        return delivery
    known = route.connection.error if route.mail is None else {}
    return replace(
        delivery,
        state=DeliveryState.BLOCKED,
        error=known or to_record(SecretMissing()),
        block_scope=Scope.CONNECTION if route.mail is None else Scope.ACCOUNT,
    )


def queued(delivery: Delivery) -> Delivery:
    """``delivery`` as it goes out at the next run."""
    return replace(
        delivery,
        state=DeliveryState.QUEUED,
        error={},
        block_scope="",
        next_attempt_at=None,
    )

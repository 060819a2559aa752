"""Sign-ins that end by themselves: told ahead, while signing in again is still a small matter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ledgerdesk import connectors
from ledgerdesk.errors import SignInEndsSoon, SignInExpired, UnknownId, to_record
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Connection

TOLD_AHEAD = 30
TOLD_AHEAD_WHEN_IDLE = 10
"""Days before a sign-in ends."""


def ending_of(account: Connection, now: datetime) -> Mapping[str, Any] | None:
    """A kept error about a sign-in that ends within 30 days or did so already; None: nothing to
    tell. One that lasts as long as it is used is told of only when it has not been for long."""
    if account.expires_at is None:
        return None
    host, ends = account.account, account.expires_at.astimezone()
    days = (ends.date() - now.astimezone().date()).days
    if account.expires_at <= now:
        reason = translate(N_("It was valid until {date}.")).format(date=ends.date())
        return to_record(SignInExpired(host=host, reason=reason))
    if days > TOLD_AHEAD or (days > TOLD_AHEAD_WHEN_IDLE and _renews_itself(account)):
        return None
    return to_record(SignInEndsSoon(host=host, date=ends.date(), days=days))


def _renews_itself(account: Connection) -> bool:
    """Every use makes such a sign-in last longer."""
    try:
        return connectors.get(account.connector_id).authorization == "oauth"
    except UnknownId:
        return False

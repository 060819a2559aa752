"""Exact Online's apps, users and chains of tokens, and what the token address answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from ledgerdesk.practice.vendors.server import Answer

ACCESS_TOKEN_LIFE = timedelta(seconds=600)
EARLIEST_REFRESH = timedelta(seconds=570)
REFRESH_TOKEN_LIFE = timedelta(days=30)
CODE_LIFE = timedelta(minutes=3)
TOKEN_CALLS_A_DAY = 200

TOO_EARLY = Answer.of_json(
    {
        "error": "access_denied",
        "error_description": "Rate limit exceeded: access_token not expired",
    },
    400,
    {"Reason": "TooEarlyToRefreshTokens: the access token has not expired"},
)
OLD_TOKEN = Answer.of_json(
    {"error": "invalid_grant", "error_description": "Old refresh token used."}, 400
)
NO_CHAIN = Answer.of_json(
    {
        "error": "invalid_grant",
        "error_description": "Token is not allowed, because of invalid or empty chainId",
    },
    400,
)
NO_CODE = Answer(400)
"""A code that was used, is too old or was never given: nothing is said."""


def expired(then: datetime, now: datetime) -> Answer:
    """What a refresh token answers that nobody used for 30 days."""
    shown = [re.sub(r"\b0(\d)", r"\1", one.strftime("%m/%d/%Y %H:%M")) for one in (then, now)]
    text = f"The refresh token expired at {shown[0]} and it is now {shown[1]}."
    return Answer.of_json({"error": "invalid_request", "error_description": text}, 400)


@dataclass(frozen=True)
class ExactApp:
    """An app as a firm registered it. The vendor takes only public https addresses; apps from
    before that rule may still return to this computer (``older``)."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    name: str = "Practice office"
    older: bool = False

    def __post_init__(self) -> None:
        parts = urlsplit(self.redirect_uri)
        here = parts.hostname in (None, "localhost") or (parts.hostname or "").startswith("127.")
        if not self.older and (parts.scheme != "https" or here):
            raise ValueError("the redirect URI must be a public https address")


@dataclass
class ExactUser:
    """Invented. ``divisions``: those the user may reach; None: all."""

    user_id: str
    user_name: str
    full_name: str
    email: str
    current_division: int
    divisions: frozenset[int] | None = None


@dataclass
class Chain:
    """What one authorization began. ``divisions``: the chosen ones; None: current and future."""

    app: ExactApp
    user: ExactUser
    divisions: frozenset[int] | None
    ended: bool = False
    refresh: str = ""
    issued_at: datetime | None = None
    spent: set[str] = field(default_factory=set)

    def covers(self, division: int) -> bool:
        chosen = self.divisions is None or division in self.divisions
        return chosen and (self.user.divisions is None or division in self.user.divisions)

"""The token endpoint (RFC 6749 §5): asked, and its answers told apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ledgerdesk.errors import (
    CredentialsRejected,
    LedgerDeskError,
    RateLimited,
    ServerTrouble,
    UnreadableAnswer,
)
from ledgerdesk.model import Clock, Tokens
from ledgerdesk.net.http import Http, retry_after, text_of
from ledgerdesk.net.oauth_server import AuthorizationServer

if TYPE_CHECKING:
    from requests import Response

_UNTOLD_LIFE = 3600.0
"""RFC 6749 only recommends ``expires_in``: without one an hour is assumed, and a 401 decides."""

_NOT_US = frozenset({"invalid_client", "unauthorized_client"})
_KEPT_APART = frozenset({"access_token", "refresh_token", "expires_in", "token_type", "id_token"})


class TokensRefused(Exception):
    """The vendor's no. ``error`` is what it means; None: only the caller can tell what is over.

    ``given`` holds what the answer carried all the same, ``told`` the vendor's own words.
    """

    def __init__(self, error: LedgerDeskError | None, told: str, given: Mapping[str, Any]) -> None:
        self.error = error
        self.told = told
        self.given = given
        super().__init__(type(error).__name__)


def ask(
    http: Http, server: AuthorizationServer, grant: Mapping[str, str], clock: Clock
) -> dict[str, Any]:
    """One token call: the answer's members. Raises TokensRefused, UnreadableAnswer, or what
    Http.request raises."""
    form = {**grant, "client_id": server.client_id}
    if server.client_secret:
        form["client_secret"] = server.client_secret
    answer = http.request(
        "POST", server.token_url, data=form, headers={"Accept": "application/json"}
    )
    given = _members(answer)
    if answer.status_code != 200:
        told = _told(answer, given, form)
        raise TokensRefused(_meaning(server, answer, given, told, clock), told, given)
    kind = str(given.get("token_type", "bearer")).lower()
    if not _text(given, "access_token") or kind != "bearer":
        raise UnreadableAnswer(host=server.host, answer=f"HTTP 200, {sorted(given)}")
    return given


def tokens_of(
    given: Mapping[str, Any], server: AuthorizationServer, at: datetime, before: Tokens | None
) -> Tokens:
    """``given`` as tokens received ``at``. Where it brings no refresh token, the one of ``before``
    goes on; being used, its time starts anew."""
    lifetime = server.rules.lifetime
    extra = {
        name: str(value)
        for name, value in given.items()
        if name not in _KEPT_APART and isinstance(value, str | int | float)
    }
    return Tokens(
        access=_text(given, "access_token"),
        refresh=_text(given, "refresh_token") or (before.refresh if before else ""),
        received_at=at,
        expires_in=_seconds(given.get("expires_in")),
        refresh_until=at + lifetime if lifetime else None,
        extra={**(before.extra if before else {}), **extra},
    )


def _members(answer: Response) -> dict[str, Any]:
    try:
        given = json.loads(answer.content)
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


def _meaning(
    server: AuthorizationServer,
    answer: Response,
    given: Mapping[str, Any],
    told: str,
    clock: Clock,
) -> LedgerDeskError | None:
    status = answer.status_code
    body = answer.content[:20_000].decode("utf-8", "replace")
    explained = server.rules.explain(status, body, answer.headers)
    if explained is not None:
        return explained
    if status == 429:
        return RateLimited(host=server.host, retry_after=retry_after(answer, clock))
    if status >= 500:
        return ServerTrouble(host=server.host, answer=told, retry_after=retry_after(answer, clock))
    if given.get("error") in _NOT_US:
        return CredentialsRejected(host=server.host, username=server.client_id)
    if status in (400, 401, 403):
        return None
    return UnreadableAnswer(host=server.host, answer=told)


def _told(answer: Response, given: Mapping[str, Any], form: Mapping[str, str]) -> str:
    """The vendor's sentence; what we sent in confidence does not come back in it."""
    sentence = _text(given, "error_description") or _text(given, "error") or text_of(answer)
    for name in ("code", "code_verifier", "refresh_token", "client_secret"):
        if form.get(name):
            sentence = sentence.replace(form[name], "…")
    line = " ".join("".join(c if c.isprintable() else " " for c in sentence).split())
    return line[:300]


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    return value if isinstance(value, str) else ""


def _seconds(value: Any) -> float:
    """Exact gives a string (its sample shows "600")."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return _UNTOLD_LIFE
    return seconds if 0 < seconds < 10**9 else _UNTOLD_LIFE

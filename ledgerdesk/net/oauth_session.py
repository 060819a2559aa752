"""A signed-in account at work: hands out access tokens, renews them when, and only when, due."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ledgerdesk.errors import (
    ConnectionTrouble,
    RateLimited,
    RenewedTooEarly,
    SignInExpired,
)
from ledgerdesk.failpoint import failpoint
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Clock, TokenKeeper, Tokens
from ledgerdesk.net.http import Http
from ledgerdesk.net.oauth_answers import TokensRefused, ask, tokens_of
from ledgerdesk.net.oauth_server import AuthorizationServer

KEEP_ALIVE_AFTER = timedelta(days=20)
"""An idle refresh token is renewed at this age, before it ends unused (Exact: 30 days)."""

_TOO_EARLY_PAUSE = 30.0


class SignedIn:
    """One per session; not shared between threads.

    ``keeper`` makes it safe that several sessions, threads and processes use one account: a
    renewal happens under its lock, from what is kept at that moment, and is kept before its first
    use.
    """

    def __init__(
        self, http: Http, server: AuthorizationServer, keeper: TokenKeeper, clock: Clock
    ) -> None:
        self._http = http
        self._server = server
        self._keeper = keeper
        self._clock = clock
        self._held: Tokens | None = None
        self._good_until: datetime | None = None
        self._tried: set[str] = set()

    def bearer(self) -> str:
        """An access token for the next call, renewed first when that is due.

        Raises SignInExpired or CredentialsRejected when a person must sign in again; ServerTrouble,
        RateLimited, ConnectionTrouble or UnreadableAnswer when the vendor could not be asked; the
        keeper's errors.
        """
        self._tried.clear()
        if self._held is None or self._is_due(self._held):
            self._held = self._kept()
        if self._is_due(self._held):
            with self._keeper.locked():
                # Somebody else may have renewed it while this one waited.
                self._held = self._kept()
                if self._is_due(self._held):
                    self._held = self._renewed(self._held)
        return self._held.access

    def refused(self, token: str) -> str:
        """After an answer 401 to ``token``: the token to try again with.

        A young one is tried once more as it is: to renew it would be refused as well, and counted.
        Call it at every 401 of one call (``bearer`` begins the next) until it raises
        SignInExpired, or what bearer raises.
        """
        with self._keeper.locked():
            kept = self._kept()
            if kept.access != token:
                self._held = self._renewed(kept) if self._is_due(kept) else kept
            elif token in self._tried:
                raise self._expired(translate(_NOT_ACCEPTED))
            else:
                self._held = kept if self._is_young(kept) else self._renewed(kept)
                # Refused once more, this one is no use: neither renewed nor tried for ever.
                self._tried = {token, self._held.access}
        return self._held.access

    def keep_alive(self) -> bool:
        """Renews a refresh token that lay idle for long; whether it did. Raises as bearer."""
        with self._keeper.locked():
            kept = self._keeper.read()
            if kept is None or not due_for_keep_alive(kept, self._clock.now()):
                return False
            self._held = self._renewed(kept)
        return True

    # --- when -------------------------------------------------------------------------------------

    def _age(self, tokens: Tokens) -> float:
        """Seconds since receipt; negative when the clock was set back meanwhile."""
        return (self._clock.now() - tokens.received_at).total_seconds()

    def _is_due(self, tokens: Tokens) -> bool:
        if self._good_until is not None and self._clock.now() < self._good_until:
            return False
        rules = self._server.rules
        return self._age(tokens) >= max(rules.not_before, tokens.expires_in - rules.early)

    def _is_young(self, tokens: Tokens) -> bool:
        """Too young to be renewed. After the clock was set back nobody knows: then it is tried."""
        return 0 <= self._age(tokens) < self._server.rules.not_before

    # --- how --------------------------------------------------------------------------------------

    def _kept(self) -> Tokens:
        kept = self._keeper.read()
        if kept is None:
            raise self._expired(translate(_NEVER))
        return kept

    def _renewed(self, kept: Tokens) -> Tokens:
        """Under the lock. The new tokens are kept when this returns; only then are they used."""
        self._good_until = None
        if not kept.refresh:
            raise self._expired(translate(_NO_RENEWAL))
        try:
            given = self._ask(kept)
        except TokensRefused as refusal:
            return self._after(refusal, kept)
        fresh = tokens_of(given, self._server, self._clock.now(), kept)
        failpoint("oauth.before_keeping")
        self._keeper.save(fresh)
        failpoint("oauth.after_keeping")
        return fresh

    def _ask(self, kept: Tokens) -> dict[str, Any]:
        """Once more with the same token when the outcome is open: the vendor may have spent it."""
        grant = {"grant_type": "refresh_token", "refresh_token": kept.refresh}
        try:
            return ask(self._http, self._server, grant, self._clock)
        except (ConnectionTrouble, TokensRefused) as trouble:
            error = trouble.error if isinstance(trouble, TokensRefused) else trouble
            if isinstance(error, RateLimited) or not isinstance(error, ConnectionTrouble):
                raise
        return ask(self._http, self._server, grant, self._clock)

    def _after(self, refusal: TokensRefused, kept: Tokens) -> Tokens:
        spare = refusal.given.get("refresh_token")
        if isinstance(spare, str) and spare and spare != kept.refresh:
            # Whatever else the answer says: a token it carries may be the only one still good.
            access = refusal.given.get("access_token")
            if isinstance(access, str) and access:
                kept = tokens_of(refusal.given, self._server, self._clock.now(), kept)
            else:
                kept = replace(kept, refresh=spare)
            self._keeper.save(kept)
        error = refusal.error
        if isinstance(error, RenewedTooEarly):
            self._good_until = self._clock.now() + timedelta(seconds=_TOO_EARLY_PAUSE)
            return kept
        if error is None:
            error = self._expired(refusal.told)
        if isinstance(error, SignInExpired):
            # Once more what is kept: a person may have signed in again this very moment.
            now_kept = self._kept()
            if now_kept.refresh != kept.refresh:
                return now_kept
        raise error

    def _expired(self, reason: str) -> SignInExpired:
        return SignInExpired(host=self._server.host, reason=reason)


def due_for_keep_alive(tokens: Tokens, now: datetime) -> bool:
    """Whether the refresh token ends when it is not used, and lay idle for long."""
    ends = tokens.refresh_until is not None and tokens.refresh_until > now
    return ends and bool(tokens.refresh) and now - tokens.received_at > KEEP_ALIVE_AFTER


_NEVER = N_("Nobody has signed in here yet.")
_NO_RENEWAL = N_("The account gave no permission that can be renewed.")
_NOT_ACCEPTED = N_("It does not accept the sign-in any more.")

"""Yuki's session: lasts a day, is kept like a token, so that a day needs one sign-in.

It stands in one domain at a time. Where a key sees several (a portal's), the domain it stands in is
kept with it, and the door stays locked while a call needs that domain.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta

from ledgerdesk.connectors import _yuki_faults as faults
from ledgerdesk.connectors._yuki_faults import Meaning
from ledgerdesk.connectors._yuki_line import Line, refused_key
from ledgerdesk.connectors._yuki_soap import Fault, text
from ledgerdesk.connectors.base import Context
from ledgerdesk.errors import (
    AdministrationLimitReached,
    CredentialsRejected,
    Forbidden,
    LedgerDeskError,
    LimitReached,
    MissingValue,
    ServerTrouble,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Tokens

LIFE = timedelta(hours=23)
"""The vendor's own sessions end after 24 hours."""

GO_TO = "SetCurrentDomain"
_DOMAIN, _KEY = "domain", "key"


class InMemory:
    """Implements TokenKeeper where nothing is kept yet: while an account is being set up."""

    def __init__(self) -> None:
        self._tokens: Tokens | None = None
        self._lock = threading.Lock()

    def read(self) -> Tokens | None:
        return self._tokens

    def locked(self) -> AbstractContextManager[bool]:
        return self._lock

    def save(self, tokens: Tokens) -> None:
        self._tokens = tokens


class KeptSession:
    """``used`` is the id of the last one that was handed out, ``is_new`` whether it was opened
    for that."""

    def __init__(self, line: Line, context: Context) -> None:
        self._line = line
        self._context = context
        self._keeper = context.tokens or InMemory()
        self._over: set[str] = set()
        self._refusal: LedgerDeskError | None = None
        self.used = ""
        self.is_new = False

    @contextmanager
    def standing_in(self, domain: str = "") -> Iterator[str]:
        """The id of a session, opened where needed; with ``domain``, one that stands there until
        the block ends.

        Raises Fault when the domain is refused; MissingValue, CredentialsRejected, Forbidden,
        LimitReached, the trouble on the way, and what the keeper raises.
        """
        self.is_new = False
        tokens = self._keeper.read()
        if domain or tokens is None or not self._is_good(tokens):
            with self._keeper.locked():
                tokens = self._opened()
                self.used = tokens.access
                if domain:
                    yield self._gone_to(tokens, domain).access
                    return
        self.used = tokens.access
        yield tokens.access

    def is_over(self) -> None:
        """The vendor said so of the one that was used last."""
        self._over.add(self.used)

    def _is_good(self, tokens: Tokens) -> bool:
        age = self._context.clock.now() - tokens.received_at
        fresh = timedelta(0) <= age < LIFE
        return fresh and tokens.access not in self._over and tokens.extra.get(_KEY) == self._mark()

    def _opened(self) -> Tokens:
        """As kept now: somebody else may have opened one while this waited for the lock."""
        tokens = self._keeper.read()
        if tokens is None or not self._is_good(tokens):
            tokens = self._authenticated()
            self._keeper.save(tokens)
        return tokens

    def _authenticated(self) -> Tokens:
        if self._refusal is not None:
            # A wrong key is offered once: whoever goes on trying is locked out.
            raise self._refusal
        key = self._key()
        if not key:
            raise MissingValue(field="access_key", name=translate(N_("Yuki API key")))
        try:
            session_id = text(self._line.ask("Authenticate", {"accessKey": key}))
        except Fault as fault:
            self._refusal = self._refused(fault)
            raise self._refusal from None
        except CredentialsRejected as refusal:
            self._refusal = refusal
            raise
        if not session_id:
            answer = translate(N_("It opened no session."))
            raise ServerTrouble(host=self._line.host, answer=answer)
        self.is_new = True
        now = self._context.clock.now()
        return Tokens(session_id, "", now, LIFE.total_seconds(), extra={_KEY: self._mark()})

    def _refused(self, fault: Fault) -> LedgerDeskError:
        host, said = self._line.host, faults.sentence(fault.text)
        meaning = faults.meaning(fault.text, signing_in=True)
        if meaning is Meaning.LIMIT:
            return limit_reached(self._context, host, said)
        if meaning is Meaning.KEY:
            return refused_key(host, said)
        return Forbidden(host=host, what=said)

    def _gone_to(self, tokens: Tokens, domain: str) -> Tokens:
        if tokens.extra.get(_DOMAIN) == domain:
            return tokens
        # Nowhere, until the vendor has answered: a crash in between must not leave a wrong domain.
        self._keeper.save(_in(tokens, ""))
        asked = {"sessionID": tokens.access, "domainID": domain}
        self._line.ask(GO_TO, asked, domain)
        there = _in(tokens, domain)
        self._keeper.save(there)
        return there

    def _mark(self) -> str:
        """A session opened with an earlier key is not this account's any more."""
        return hashlib.sha256(self._key().encode()).hexdigest()[:16]

    def _key(self) -> str:
        """Without the blanks that come along when it is copied."""
        return self._context.secrets.get("access_key", "").strip()


def limit_reached(context: Context, host: str, said: str, scope: str = "") -> LimitReached:
    """The vendor counted further than we did: no call to the domain until its next day."""
    seconds = faults.until_tomorrow(context.clock.now())
    context.budget.closed(scope, seconds)
    if not scope:
        return LimitReached(host=host, limit=said, retry_after=seconds)
    return AdministrationLimitReached(
        host=host, administration=scope, limit=said, retry_after=seconds
    )


def _in(tokens: Tokens, domain: str) -> Tokens:
    return replace(tokens, extra={**tokens.extra, _DOMAIN: domain})

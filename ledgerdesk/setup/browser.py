"""A sign-in in the browser from its address to its account: begun, waited for, finished.

Whoever signs in as an account that is connected already renews that connection at once: at some
vendors only the newest sign-in of a person stays valid, whatever becomes of this set-up.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa

from ledgerdesk.connectors.base import Connector
from ledgerdesk.log import register_secret
from ledgerdesk.model import Cancel, Connection, ConnectionState, Tokens, Whose
from ledgerdesk.net.http import Http
from ledgerdesk.net.loopback import Listener
from ledgerdesk.net.oauth import PATIENCE, Begun, begin, code_in, redeem, state_in
from ledgerdesk.setup.answers import Answers
from ledgerdesk.setup.contexts import connection_owner, context_for
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.sign_in import prepare_vault
from ledgerdesk.setup.tokens import HeldTokens, KeptTokens, keep_tokens
from ledgerdesk.store import configurations as books_of
from ledgerdesk.store import journal
from ledgerdesk.store.ids import new_id


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a sign-in gave. ``known`` is the connection that has been renewed with it; empty for an
    account that is not connected yet, whose tokens are held until it is."""

    whose: Whose
    tokens: HeldTokens = field(repr=False)
    known: str = ""


class BrowserSignIn:
    """One sign-in on its way; close it when it is given up.

    ``url`` is for the browser, ``expires_at`` when it is over. This computer listens for the answer
    where the browser brings it here, and with ``hands_over`` also where the firm's own page does; a
    person may paste it in any case. ``begun`` goes on with one begun before, without listening.
    Raises MissingValue or InvalidValue from the connector's own answers.
    """

    def __init__(
        self,
        services: Services,
        connector: Connector,
        answers: Answers,
        *,
        hands_over: bool = True,
        begun: Begun | None = None,
        ca_pem: str = "",
    ) -> None:
        self._services = services
        self._connector = connector
        self._answers = answers
        self._ca_pem = ca_pem
        self._server = connector.authorization_server(answers.values, answers.secrets)
        self._spent = False
        self._listener: Listener | None = None
        if begun is None and (hands_over or self._server.answers_here):
            self._listener = self._listening()
        self.begun = begun or self._begin()
        register_secret(self.begun.verifier)

    @property
    def url(self) -> str:
        return self.begun.url

    @property
    def expires_at(self) -> datetime:
        return self.begun.expires_at

    @property
    def client_id(self) -> str:
        """Of our registration at the vendor."""
        return self._server.client_id

    @property
    def answers_here(self) -> bool:
        """Whether the browser brings the answer by itself, without a person's help."""
        return self._server.answers_here and self._listener is not None

    @property
    def is_listening(self) -> bool:
        return self._listener is not None and not self._listener.ended

    @property
    def is_over(self) -> bool:
        """Whether no answer can finish it any more."""
        late = self.expires_at <= self._services.clock.now()
        return self._spent or late or (self._listener is not None and self._listener.ended)

    def wait(self, cancel: Cancel) -> str:
        """The address the browser ended at; for a background thread.

        Raises SignInTimedOut, or Cancelled, also when it is closed meanwhile.
        """
        if self._listener is None:
            raise RuntimeError("this sign-in does not listen")
        return self._listener.wait(self.begun.state, cancel, PATIENCE.total_seconds())

    def finish(self, redirect_url: str) -> Fresh:
        """Redeems the answer and asks whose sign-in it is.

        Raises StateMismatch, ConsentDenied, InvalidValue for what is no answer (it can still be
        finished then), and what redeeming or asking raises.
        """
        services = self._services
        self._spent = self._spent or state_in(redirect_url) == self.begun.state
        register_secret(code_in(redirect_url, self.begun))
        self.close()
        http = Http(services.network, services.cancel, ca_pem=self._ca_pem)
        try:
            tokens = redeem(http, self._server, self.begun, redirect_url, services.clock)
        finally:
            http.close()
        held = HeldTokens(tokens)
        whose = self._whose(held)
        known = self._renewed(whose, held.read())
        return Fresh(whose, held, known)

    def close(self) -> None:
        if self._listener is not None:
            self._listener.close()

    # --- how ------------------------------------------------------------------------------------

    def _listening(self) -> Listener | None:
        """None when every registered port is taken: then a person pastes the answer."""
        if not self._server.answers_here:
            # The firm's own page may hand the answer over to any port.
            return Listener()
        first = [self._server.redirect_uri] if self._server.redirect_uri else []
        with suppress(OSError):
            return Listener((*first, *self._server.spare_redirects))
        return None

    def _begin(self) -> Begun:
        server, listener, now = self._server, self._listener, self._services.clock.now()
        if listener is None:
            return begin(server, server.redirect_uri, now)
        if server.answers_here:
            return begin(server, listener.redirect_uri, now)
        return begin(server, server.redirect_uri, now, hand_over_port=listener.port)

    def _whose(self, held: HeldTokens) -> Whose:
        answers, connector = self._answers, self._connector
        nobody = Connection(new_id(), connector.id, "", "", {}, self._services.clock.now())
        context = context_for(
            connector,
            replace(nobody, ca_pem=self._ca_pem),
            answers.values,
            answers.secrets,
            self._services.doors,
            tokens=held,
        )
        with connector.open(context) as session:
            return session.whose()

    def _renewed(self, whose: Whose, tokens: Tokens) -> str:
        """The id of the connection this account has already, with the new tokens in place."""
        services = self._services
        with services.books.read() as c:
            known = books_of.find_account(c, self._connector.id, whose.account_key)
        if known is None:
            return ""
        keeper = KeptTokens(services.books, services.vault, known.id)
        prepare_vault(services)
        with keeper.locked():
            keeper.replace()
            services.books.write(lambda c: self._renew(c, known.id, whose, tokens))
        return known.id

    def _renew(self, c: sa.Connection, connection_id: str, whose: Whose, tokens: Tokens) -> None:
        services, at = self._services, self._services.clock.now()
        kept = replace(
            books_of.connection(c, connection_id),
            account=whose.account,
            values=dict(self._answers.sign_in),
            state=ConnectionState.OK,
            error={},
            verified_at=at,
        )
        books_of.update_connection(c, kept)
        services.vault.forget(c, connection_owner(kept.id))
        services.vault.seal(c, connection_owner(kept.id), self._answers.sign_in_secrets)
        keep_tokens(c, services.vault, kept.id, tokens)
        facts = {"connection": kept.id, "connector": kept.connector_id, "state": kept.state}
        entry = journal.Entry("connection.signed_in_again", facts, {"account": kept.account})
        journal.append(c, entry, at=at)
        services.consequences.unblock(c, at, kept.id)

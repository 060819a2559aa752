"""A sign-in in the browser for mail: of the firm's mail account, or of a mailbox to be read."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from ledgerdesk.errors import SignInOver
from ledgerdesk.log import register_secret
from ledgerdesk.model import Cancel, Clock, Network, NeverCancelled
from ledgerdesk.net.http import Http
from ledgerdesk.net.loopback import Listener
from ledgerdesk.net.oauth import PATIENCE, AuthorizationServer, begin, code_in, redeem
from ledgerdesk.setup.tokens import HeldTokens


class MailSignIn:
    """One on its way; close it when it is given up. ``url`` is for the browser, whose answer comes
    to this computer. Raises SignInOver when every registered port here is taken."""

    def __init__(
        self, network: Network, clock: Clock, server: AuthorizationServer, *, ca_pem: str = ""
    ) -> None:
        self._network = network
        self._clock = clock
        self._server = server
        self._ca_pem = ca_pem
        self._listener = self._listening()
        self.begun = begin(server, self._listener.redirect_uri, clock.now())
        register_secret(self.begun.verifier)

    @property
    def url(self) -> str:
        return self.begun.url

    @property
    def expires_at(self) -> datetime:
        return self.begun.expires_at

    def wait(self, cancel: Cancel | None = None) -> str:
        """The address the browser ended at. Raises SignInTimedOut or Cancelled."""
        patience = PATIENCE.total_seconds()
        return self._listener.wait(self.begun.state, cancel or NeverCancelled(), patience)

    def finish(self, redirect_url: str, cancel: Cancel | None = None) -> HeldTokens:
        """Raises StateMismatch, ConsentDenied, and what redeeming raises."""
        register_secret(code_in(redirect_url, self.begun))
        self.close()
        http = Http(self._network, cancel or NeverCancelled(), ca_pem=self._ca_pem)
        try:
            return HeldTokens(redeem(http, self._server, self.begun, redirect_url, self._clock))
        finally:
            http.close()

    def close(self) -> None:
        self._listener.close()

    def _listening(self) -> Listener:
        server = self._server
        first = [server.redirect_uri] if server.redirect_uri else []
        with suppress(OSError):
            return Listener((*first, *server.spare_redirects))
        raise SignInOver(host=server.host, reason="ports")

"""The browser as a step of a flow: shown, answered, shown anew when it went wrong."""

from __future__ import annotations

from collections.abc import Mapping

from ledgerdesk.connectors.base import Connector
from ledgerdesk.errors import SignInTimedOut
from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.answers import Answers
from ledgerdesk.setup.browser import BrowserSignIn, Fresh
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.steps import Browser

_TITLE = N_("Sign in in your browser")


class BrowserStep:
    """``sign_in`` is the one on its way, ``fresh`` what the last one gave."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._asked: tuple[Connector, Answers] | None = None
        self.sign_in: BrowserSignIn | None = None
        self.fresh: Fresh | None = None
        self._redeemed = ""

    def show(self, connector: Connector, answers: Answers) -> None:
        """Begins a sign-in with these answers. Raises what the connector says about them."""
        self.close()
        self._asked = (connector, answers)
        self.sign_in = BrowserSignIn(self._services, connector, answers)

    def view(self) -> Browser:
        if self.sign_in is None or self._asked is None:
            raise RuntimeError("no sign-in was begun")
        return Browser(
            "browser",
            translate(_TITLE),
            self.sign_in.url,
            translate(self._asked[0].help),
            self.sign_in.expires_at,
            self.sign_in.is_listening,
            self.sign_in.answers_here,
            self.account,
            translate(self._asked[0].warning),
        )

    @property
    def account(self) -> str:
        """Who signed in; empty: nobody yet."""
        return self.fresh.whose.account if self.fresh else ""

    def answer(self, values: Mapping[str, str]) -> Fresh:
        """What the sign-in gave. Raises what BrowserSignIn.finish raises, SignInTimedOut."""
        redirect_url = values.get("redirect_url", "").strip()
        if self.fresh is not None and redirect_url in ("", self._redeemed):
            self.close()
            return self.fresh
        if self.sign_in is None:
            raise RuntimeError("no sign-in was begun")
        if self.sign_in.expires_at <= self._services.clock.now():
            raise SignInTimedOut()
        self.fresh = self.sign_in.finish(redirect_url)
        self._redeemed = redirect_url
        return self.fresh

    def again(self) -> None:
        """Another sign-in in place of one that is over; its address is in the next view."""
        if self.sign_in is not None and self.sign_in.is_over:
            self.anew()

    def anew(self) -> None:
        """Another sign-in in place of this one; who signed in before stays so until it is done."""
        if self._asked is not None:
            self.show(*self._asked)

    def close(self) -> None:
        """Nobody waits for an answer any more; what was signed in stays."""
        if self.sign_in is not None:
            self.sign_in.close()

    def forget(self) -> None:
        self.close()
        self.sign_in = self.fresh = self._asked = None

"""Signing in again as a flow of its own: a form or the browser, then the connection with its new
secrets."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from ledgerdesk.errors import LedgerDeskError, UsageError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Check
from ledgerdesk.setup import pages
from ledgerdesk.setup.answers import asked
from ledgerdesk.setup.browser import BrowserSignIn
from ledgerdesk.setup.browser_step import BrowserStep
from ledgerdesk.setup.connections import Connections
from ledgerdesk.setup.fields import FieldScope
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.sign_in import stored_secrets
from ledgerdesk.setup.steps import Abort, Browser, Done, Form, Refused

_YES = "yes"

View = Form | Browser | Done | Abort


class SignInFlow:
    """The mode "sign in again" of the set-up; has the same face as SetupFlow.

    Where one signs in in the browser, that comes at once; going back leads to the form.
    """

    signs_in_again = True

    def __init__(self, services: Services, connection_id: str) -> None:
        self._connections = Connections(services)
        kept = self._connections.get(connection_id)
        connector = services.connector(kept.connector_id)
        fields = asked(connector, FieldScope.CONNECTION)
        stored = stored_secrets(services, connection_id)
        self._secret = {one.name for one in fields if one.secret}
        self._id = connection_id
        self._given: dict[str, str] = {}
        self._browser = BrowserStep(services)
        self._form = pages.form("sign_in", connector, fields, kept.values, stored)
        self._view: View = self._form
        self._in_browser = connector.authorization == "oauth"
        if self._in_browser:
            # Something that is asked for may be missing: then the form comes first.
            with suppress(UsageError):
                self._show_browser()

    @property
    def current(self) -> View:
        return self._browser.view() if isinstance(self._view, Browser) else self._view

    @property
    def browser(self) -> BrowserSignIn | None:
        """The sign-in that is shown now; its ``wait`` gives the answer to submit."""
        return self._browser.sign_in if isinstance(self._view, Browser) else None

    @property
    def connects(self) -> bool:
        """Whether the answer to this step is the last one: it signs in or connects."""
        return isinstance(self._view, Browser) or (
            isinstance(self._view, Form) and not self._in_browser
        )

    @property
    def signed_in_as(self) -> str:
        """Who signed in in the browser on this walk; empty: nobody yet."""
        return self._browser.account

    def sign_in_anew(self) -> View:
        """Another sign-in in the browser in place of the one that is shown."""
        self._browser.anew()
        return self.current

    @property
    def can_go_back(self) -> bool:
        return isinstance(self._view, Browser) and bool(self._form.fields)

    def submit(self, values: Mapping[str, str], seen: list[Check] | None = None) -> View | Refused:
        """Fields as the form asks them, or the browser's ``redirect_url``; beside them
        ``other_account`` and ``untested`` (``yes``), ``accept_host_key`` and ``ca_pem``. A secret
        left empty stays as it was. ``seen`` is filled with the check list line by line."""
        seen = [] if seen is None else seen
        try:
            if isinstance(self._view, Form):
                names = {one.name for one in self._view.fields}
                self._given = {name: value for name, value in values.items() if name in names}
                if self._in_browser:
                    self._show_browser()
                    return self.current
            elif isinstance(self._view, Browser):
                self._browser.answer(values)
            else:
                return self._view
            self._view = self._signed_in(values, seen)
        except LedgerDeskError as error:
            self._browser.again()
            failed = Check(translate(N_("This did not work")), False, error.text())
            return Refused((error,), (*seen, failed) if seen else ())
        self._browser.forget()
        return self._view

    def back(self) -> View:
        if self.can_go_back:
            self._browser.forget()
            self._view = self._form
        return self._view

    def cancel(self) -> View:
        self._browser.forget()
        if isinstance(self._view, Form | Browser):
            self._view = Abort("abort", translate(N_("Stopped. Nothing was saved.")))
        return self._view

    def _show_browser(self) -> None:
        """Raises MissingValue or InvalidValue about the form's answers."""
        needed = self._connections.to_sign_in(self._id, *self._apart())
        if needed is not None:
            self._browser.forget()
            self._browser.show(*needed)
            self._view = self._browser.view()

    def _signed_in(self, values: Mapping[str, str], seen: list[Check]) -> Done:
        plain, secrets = self._apart()
        connection, checks = self._connections.reconnect(
            self._id,
            values=plain,
            secrets=secrets,
            accept_host_key=values.get("accept_host_key", ""),
            ca_pem=values.get("ca_pem", ""),
            other_account=values.get("other_account") == _YES,
            untested=values.get("untested") == _YES,
            fresh=self._browser.fresh,
            seen=seen,
        )
        return Done("done", translate(N_("Signed in again")), checks, None, connection)

    def _apart(self) -> tuple[dict[str, str], dict[str, str]]:
        """Plain values, and the secrets that were typed."""
        return (
            {name: one for name, one in self._given.items() if name not in self._secret},
            {name: one for name, one in self._given.items() if name in self._secret and one},
        )

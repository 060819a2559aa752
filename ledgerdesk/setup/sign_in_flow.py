"""Signing in again as a flow of its own: one form, then the connection with its new secrets."""

from __future__ import annotations

from collections.abc import Mapping

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Check
from ledgerdesk.setup import pages
from ledgerdesk.setup.answers import asked
from ledgerdesk.setup.connections import Connections
from ledgerdesk.setup.fields import FieldScope
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.sign_in import stored_secrets
from ledgerdesk.setup.steps import Abort, Done, Form, Refused

_YES = "yes"


class SignInFlow:
    """The mode "sign in again" of the set-up; has the same face as SetupFlow."""

    can_go_back = False

    def __init__(self, services: Services, connection_id: str) -> None:
        self._connections = Connections(services)
        kept = self._connections.get(connection_id)
        connector = services.connector(kept.connector_id)
        fields = asked(connector, FieldScope.CONNECTION)
        stored = stored_secrets(services, connection_id)
        self._secret = {one.name for one in fields if one.secret}
        self._id = connection_id
        self._view: Form | Done | Abort = pages.form(
            "sign_in", connector, fields, kept.values, stored
        )

    @property
    def current(self) -> Form | Done | Abort:
        return self._view

    def submit(
        self, values: Mapping[str, str], seen: list[Check] | None = None
    ) -> Form | Done | Abort | Refused:
        """Fields as the form asks them; beside them ``other_account`` and ``untested`` (``yes``),
        ``accept_host_key`` and ``ca_pem``. A secret left empty stays as it was. ``seen`` is filled
        with the check list line by line."""
        if not isinstance(self._view, Form):
            return self._view
        names = {one.name for one in self._view.fields}
        given = {name: value for name, value in values.items() if name in names}
        seen = [] if seen is None else seen
        try:
            connection, checks = self._connections.reconnect(
                self._id,
                values={one: value for one, value in given.items() if one not in self._secret},
                secrets={one: given[one] for one in self._secret if given.get(one)},
                accept_host_key=values.get("accept_host_key", ""),
                ca_pem=values.get("ca_pem", ""),
                other_account=values.get("other_account") == _YES,
                untested=values.get("untested") == _YES,
                seen=seen,
            )
        except LedgerDeskError as error:
            failed = Check(translate(N_("This did not work")), False, error.text())
            return Refused((error,), (*seen, failed) if seen else ())
        self._view = Done("done", translate(N_("Signed in again")), checks, None, connection)
        return self._view

    def back(self) -> Form | Done | Abort:
        return self._view

    def cancel(self) -> Form | Done | Abort:
        if isinstance(self._view, Form):
            self._view = Abort("abort", translate(N_("Stopped. Nothing was saved.")))
        return self._view

"""The accounting packages that are set up: listed, and taken out of use."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from ledgerdesk.connectors.base import Connector
from ledgerdesk.errors import AlreadyExists, StillInUse
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Configuration
from ledgerdesk.setup.contexts import setup_owner
from ledgerdesk.setup.fields import FieldScope
from ledgerdesk.setup.installer import require_free_name
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.sign_in import retire
from ledgerdesk.store import clients, journal
from ledgerdesk.store import configurations as books_of

_NAMED = 10


class Configurations:
    """Adding and changing them is the Installer's."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def get(self, configuration_id: str) -> Configuration:
        """Raises UnknownId."""
        with self._services.books.read() as c:
            return books_of.get(c, configuration_id)

    def listed(self, *, limit: int | None = 1000, offset: int = 0) -> list[Configuration]:
        with self._services.books.read() as c:
            return books_of.listed(c, limit=limit, offset=offset)

    def affected(self, configuration_id: str) -> list[str]:
        """The names of the clients whose documents still go there."""
        with self._services.books.read() as c:
            return _affected(c, configuration_id, self._services)

    def remove(self, configuration_id: str) -> Configuration:
        """Takes it out of use; its sign-in can be used again, receipts stay.

        Raises UnknownId, or StillInUse naming the clients that are still linked: their documents
        would silently lose their destination. Links that ended do not count.
        """
        services, at = self._services, self._services.clock.now()

        def work(c: sa.Connection) -> Configuration:
            configuration = books_of.get(c, configuration_id)
            users = _affected(c, configuration_id, services)
            if users:
                more = "" if len(users) <= _NAMED else f" … ({len(users)})"
                raise StillInUse(what=configuration.name, users=", ".join(users[:_NAMED]) + more)
            books_of.remove(c, configuration_id, at)
            for setup in configuration.kinds.values():
                services.vault.forget(c, setup_owner(configuration_id, setup.kind))
            for connection_id in {one.connection_id for one in configuration.kinds.values()}:
                retire(c, services, connection_id, at)
            facts = {"configuration": configuration_id}
            entry = journal.Entry("configuration.removed", facts, {"name": configuration.name})
            journal.append(c, entry, at=at)
            services.consequences.reroute(c, at)
            return configuration

        return services.books.write(work)

    def restore(self, configuration_id: str) -> Configuration:
        """Takes a removal back. Secrets that were its own are gone for good: what needs them is not
        tested any more. Nothing is sent by it: no client was linked when it was removed.

        Raises UnknownId, or AlreadyExists when its name or its sign-in was set up anew meanwhile.
        """
        services, at = self._services, self._services.clock.now()

        def work(c: sa.Connection) -> Configuration:
            configuration = books_of.get(c, configuration_id, removed=True)
            require_free_name(c, configuration.name, configuration.id)
            books_of.restore(c, configuration_id)
            for connection_id in {one.connection_id for one in configuration.kinds.values()}:
                _take_back(c, connection_id)
            if _has_own_secrets(services.connector(configuration.connector_id)):
                untested = {
                    kind: replace(setup, tested=False)
                    for kind, setup in configuration.kinds.items()
                }
                configuration = replace(configuration, kinds=untested)
                books_of.update(c, configuration)
            facts = {"configuration": configuration_id}
            entry = journal.Entry("configuration.restored", facts, {"name": configuration.name})
            journal.append(c, entry, at=at)
            services.consequences.reroute(c, at)
            return configuration

        return services.books.write(work)


def _take_back(c: sa.Connection, connection_id: str) -> None:
    """The connection that went with its last use; one that stayed stays."""
    kept = books_of.connection(c, connection_id)
    now = books_of.find_account(c, kept.connector_id, kept.account_key)
    if now is not None and now.id != kept.id:
        raise AlreadyExists(what=translate(N_("Connected account")), name=kept.account)
    books_of.restore_connection(c, connection_id)


def _has_own_secrets(connector: Connector) -> bool:
    return any(one.secret and one.scope is not FieldScope.CONNECTION for one in connector.fields)


def _affected(c: sa.Connection, configuration_id: str, services: Services) -> list[str]:
    today = services.today()
    ids = {
        one.client_id
        for one in clients.links_of_configuration(c, configuration_id)
        if one.until is None or one.until > today
    }
    return sorted(clients.get(c, id).name for id in ids)

"""Sign-ins that nobody uses for weeks: renewed before they end unused."""

from __future__ import annotations

import logging

from ledgerdesk.connectors.base import Connector
from ledgerdesk.errors import LedgerDeskError, UnknownId
from ledgerdesk.model import Connection, ConnectionState
from ledgerdesk.net.http import Http
from ledgerdesk.net.oauth import SignedIn, due_for_keep_alive
from ledgerdesk.setup.connections import Connections
from ledgerdesk.setup.contexts import stored_context
from ledgerdesk.setup.services import Services
from ledgerdesk.store import configurations as books_of

log = logging.getLogger(__name__)

_GOOD = (ConnectionState.OK, ConnectionState.UNTESTED)


def keep_alive(services: Services) -> int:
    """How many were renewed. One that has ended shows it from now on; trouble on the way is left
    for the next time, there is more than a week for it."""
    with services.books.read() as c:
        kept = books_of.connections(c, limit=None)
    return sum(_kept_alive(services, one) for one in kept if one.state in _GOOD and one.expires_at)


def _kept_alive(services: Services, kept: Connection) -> bool:
    try:
        connector = services.connector(kept.connector_id)
    except UnknownId:
        return False
    if connector.authorization != "oauth":
        return False
    try:
        return _renewed(services, connector, kept)
    except LedgerDeskError as error:
        log.info("%s: not kept alive: %s", kept.id, error.code)
        Connections(services).note(connector, kept, error)
        return False


def _renewed(services: Services, connector: Connector, kept: Connection) -> bool:
    keeper = services.doors.tokens(connector, kept, services.vault)
    tokens = keeper.read() if keeper else None
    if keeper is None or tokens is None or not due_for_keep_alive(tokens, services.clock.now()):
        return False
    context = stored_context(connector, kept, services.doors, services.vault)
    server = connector.authorization_server(context.values, context.secrets)
    http = Http.of(context)
    try:
        return SignedIn(http, server, keeper, services.clock).keep_alive()
    finally:
        http.close()

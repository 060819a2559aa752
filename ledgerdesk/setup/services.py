"""What the services of this room share: the books, the vault, and what a change means elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa

from ledgerdesk import connectors
from ledgerdesk.connectors.base import Connector
from ledgerdesk.model import Cancel, Clock, Network, NeverCancelled, SystemClock
from ledgerdesk.setup.contexts import Doors
from ledgerdesk.store import Books
from ledgerdesk.vault import Vault


class Consequences:
    """What a change of the set-up means for documents and deliveries that wait.

    The rooms that know are imported when they are asked: set-up alone stays light.
    """

    def reroute(self, c: sa.Connection, at: datetime) -> None:
        """Every waiting document is looked at again; blocked targets are computed again."""
        from ledgerdesk.intake import routing

        routing.reroute(c, at)

    def unblock(self, c: sa.Connection, at: datetime, connection_id: str) -> None:
        """The sign-in works again: what waited for it is queued."""
        from ledgerdesk.delivery import outbox

        outbox.unblock(c, at, connection_id=connection_id)

    def unblock_place(self, c: sa.Connection, at: datetime, configuration_id: str) -> None:
        """The package's place was tried and works: what waited for that is queued."""
        from ledgerdesk.delivery import outbox

        outbox.unblock(c, at, configuration_id=configuration_id)

    def unblock_link(self, c: sa.Connection, at: datetime, link_id: str) -> None:
        """What is the client's own was put right: what waited for that is queued."""
        from ledgerdesk.delivery import outbox

        outbox.unblock(c, at, link_id=link_id)

    def reaim(self, c: sa.Connection, at: datetime, configuration_id: str) -> None:
        """The package may take another way now: what still waits goes that way."""
        from ledgerdesk.delivery import outbox

        outbox.reaim(c, at, configuration_id)

    def unblock_mail(self, c: sa.Connection, at: datetime) -> None:
        """The firm's mail account changed or works again: what waited for it is queued."""
        from ledgerdesk.delivery import outbox

        outbox.unblock(c, at, lane=outbox.MAIL_LANE)


@dataclass(frozen=True, slots=True)
class Services:
    """Handed to every service of this room by the composition root."""

    books: Books
    vault: Vault
    network: Network
    clock: Clock = field(default_factory=SystemClock)
    cancel: Cancel = field(default_factory=NeverCancelled)
    consequences: Consequences = field(default_factory=Consequences)
    connector: Callable[[str], Connector] = connectors.get
    all_connectors: Callable[[], tuple[Connector, ...]] = connectors.all_connectors

    @property
    def doors(self) -> Doors:
        return Doors(self.network, self.clock, cancel=self.cancel, books=self.books)

    def today(self) -> date:
        """The day on this computer's own calendar, as an accountant means it."""
        return self.clock.now().astimezone().date()

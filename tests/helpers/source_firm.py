"""An office whose sources are reached over the network, with their secrets kept in memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ledgerdesk.intake.desk import SourceForm, Sources
from ledgerdesk.intake.look import Doors, Report, look
from ledgerdesk.intake.source_secrets import SourceSecrets
from ledgerdesk.model import Source
from ledgerdesk.net.sockets import Sockets
from tests.helpers.intake import Office


class Secrets(SourceSecrets):
    """The sealing has tests of its own."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, str]] = {}

    def open(self, source_id: str) -> dict[str, str]:
        return self.kept.get(source_id, {})

    def prepare(self) -> None:
        return None

    def seal(self, c: Any, source_id: str, secrets: Mapping[str, str], tokens: Any) -> None:
        self.kept[source_id] = dict(secrets)


class SourceFirm:
    def __init__(self, office: Office, secrets: Secrets | None = None) -> None:
        self.office = office
        # What lies on servers carries the wall clock's time.
        office.clock.at = datetime.now(UTC)
        self.secrets = secrets or Secrets()
        self.doors = Doors(Sockets(), self.secrets)
        self.sources = Sources(office.books, office.clock, self.doors)

    def add(
        self, type: str, values: Mapping[str, str], secrets: Mapping[str, str], **form: Any
    ) -> Source:
        made = SourceForm(type=type, values=values, secrets=secrets, **form)
        return self.sources.add(made).source

    def look(self, **how: Any) -> Report:
        self.office.clock.at = max(self.office.clock.at, datetime.now(UTC))
        return look(self.office.intake, doors=self.doors, **how)

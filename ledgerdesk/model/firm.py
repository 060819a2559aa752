"""What the firm set up: connections, accounting packages, clients, links, sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ledgerdesk.model.kinds import ConnectionState, ExportKind, LinkRole, SourceState


@dataclass(frozen=True, slots=True)
class Administration:
    id: str
    name: str
    vat_number: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the check list shown while connecting."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """One signed-in account at a destination. Its secrets lie sealed in the vault.

    ``account`` is what a person reads (whose sign-in), ``account_key`` what makes two the same.
    ``host_key`` is the approved SSH fingerprint, ``error`` a kept error (errors.base.to_record).
    """

    id: str
    connector_id: str
    account: str
    account_key: str
    values: Mapping[str, str]
    created_at: datetime
    host_key: str = ""
    ca_pem: str = ""
    state: ConnectionState = ConnectionState.UNTESTED
    error: Mapping[str, Any] = field(default_factory=dict)
    verified_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KindSetup:
    """How a configuration sends one kind of document; ``values`` are its configuration- and
    client-scope fields (the latter as defaults)."""

    kind: ExportKind
    connection_id: str
    format: str
    only_this_format: bool = False
    administration_id: str = ""
    administration_name: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    tested: bool = False
    terms_version: str = ""
    terms_accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Configuration:
    """An accounting package set up for use."""

    id: str
    name: str
    connector_id: str
    created_at: datetime
    kinds: Mapping[ExportKind, KindSetup] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Client:
    """A business whose books the firm keeps. ``company_numbers`` (``BE0123456789``) and ``ibans``
    are normalised; each belongs to one client only."""

    id: str
    name: str
    created_at: datetime
    company_numbers: tuple[str, ...] = ()
    ibans: tuple[str, ...] = ()
    file_number: str = ""
    language: str = ""
    share: bool = False
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Client to configuration for one kind, valid ``since`` .. ``until`` (both included)."""

    id: str
    client_id: str
    configuration_id: str
    kind: ExportKind
    created_at: datetime
    role: LinkRole = LinkRole.MAIN
    since: date | None = None
    until: date | None = None
    administration_id: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    def covers(self, day: date) -> bool:
        """Whether a document of this day takes the link."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


@dataclass(frozen=True, slots=True)
class MailAccount:
    """The firm's own mail account. The password lies in the vault."""

    values: Mapping[str, str]
    changed_at: datetime
    ca_pem: str = ""
    state: ConnectionState = ConnectionState.UNTESTED


@dataclass(frozen=True, slots=True)
class Source:
    """A place LedgerDesk looks in. ``starting_point`` is ``all``, ``now`` or an ISO date."""

    id: str
    type: str
    path: str
    created_at: datetime
    values: Mapping[str, str] = field(default_factory=dict)
    client_id: str = ""
    kind: str = ""
    direction: str = ""
    pattern: str = ""
    preset: str = ""
    starting_point: str = "all"
    after: str = "leave"
    cursor: Mapping[str, Any] = field(default_factory=dict)
    state: SourceState = SourceState.UNTESTED
    error: Mapping[str, Any] = field(default_factory=dict)
    last_look_at: datetime | None = None
    last_document_at: datetime | None = None

"""One document on its way: what a connector is handed, what it answers, what is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ledgerdesk.model.kinds import (
    Assurance,
    DeliveryState,
    Direction,
    DocumentFormat,
    DocumentKind,
    ExportKind,
    Profile,
    Stage,
)


@dataclass(frozen=True, slots=True)
class Variables:
    """The values of the path and name variables for one document of one client (design.md §10)."""

    enterprise_name: str
    enterprise_identifier: str
    vat: str
    uen_number: str
    accounting_file_id: str
    invoice_type: str
    document_number: str
    issue_date: str
    sync_date: str
    year: str
    file_type: str
    iban: str
    uid: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where one delivery goes, frozen when the delivery is made.

    ``place`` is a folder or an address, ``name`` the file name there, ``extra`` what else a repeat
    must hit again (a mail's Message-ID, date and subject).
    """

    place: str
    name: str
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery as a connector sees it: frozen bytes and a frozen target.

    ``so_far`` is what an earlier attempt already made at the destination (a remote id).
    """

    delivery_id: str
    attempt: int
    kind: DocumentKind
    direction: Direction | None
    format: DocumentFormat
    file_name: str
    size: int
    sha256: str
    target: Target
    administration_id: str
    values: Mapping[str, str]
    stage: Stage
    open: Callable[[], bytes]
    so_far: str = ""
    profile: Profile = Profile.NONE

    @property
    def uid(self) -> str:
        """Eight hex digits that belong to this delivery alone."""
        return self.delivery_id[-8:]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves an arrival: becomes the receipt. ``remote`` is the remote path or id."""

    assurance: Assurance
    remote: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one attempt: evidence, or the error that stopped it."""

    delivery_id: str
    evidence: Evidence | None = None
    error: Exception | None = None


class Found(StrEnum):
    """The answer of a probe after a crash or a lost connection."""

    THERE = "there"
    ABSENT = "absent"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Probe:
    found: Found
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One document on its way to one configuration.

    ``target`` is None while a variable is missing (the delivery is then blocked). ``reason`` is
    empty for the first delivery and a person's words for a deliberate re-send. ``block_scope``
    says what a blocking error stops. ``error`` is a kept error (errors.base.to_record).
    """

    id: str
    document_id: str
    link_id: str
    client_id: str
    configuration_id: str
    connection_id: str
    kind: ExportKind
    lane: str
    state: DeliveryState
    created_at: datetime
    stage: Stage = Stage.NONE
    so_far: str = ""
    target: Target | None = None
    attempts: int = 0
    next_attempt_at: datetime | None = None
    assurance: str = ""
    reason: str = ""
    error: Mapping[str, Any] = field(default_factory=dict)
    block_scope: str = ""
    warning: str = ""
    remote: str = ""
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The evidence that a delivery arrived."""

    id: str
    delivery_id: str
    assurance: Assurance
    at: datetime
    evidence: Mapping[str, Any] = field(default_factory=dict)

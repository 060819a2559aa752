"""What a sample document is, and what must become of it: the manifest the demo compares with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from ledgerdesk.model import Direction, DocumentKind
from ledgerdesk.practice.destinations import Destination
from ledgerdesk.practice.firm import SampleClient

# The two places the sample documents arrive in. What lies in the second says whose it is only by
# its folders, and that it is an invoice by the source's own hint.
INBOX = "inbox"
SCANS = "scans"
SCANS_PATTERN = "{file_number}/{direction}/*"


class Result(StrEnum):
    """What becomes of a document. ``waiting``: its server is down, it is tried again."""

    DELIVERED = "delivered"
    WAITING = "waiting"
    DUPLICATE = "duplicate"
    UNASSIGNED = "unassigned"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Expected:
    """One document that a file becomes.

    ``content`` is, byte for byte, what its server must have when it is delivered; ``member`` the
    name inside a zip; ``reason`` a HeldReason for what is held.
    """

    result: Result
    kind: DocumentKind
    content: bytes
    client: SampleClient | None = None
    direction: Direction | None = None
    reason: str = ""
    member: str = ""

    @property
    def destination(self) -> Destination | None:
        """Where it must be now; None for what nobody may have received."""
        if self.result is not Result.DELIVERED or self.client is None:
            return None
        return self.client.destination


@dataclass(frozen=True, slots=True)
class PlannedDocument:
    """One file that arrives. ``path`` has slashes and starts with INBOX or SCANS; ``story`` is an
    English text for the catalogues; ``expected`` what it becomes, in the order of the file."""

    path: str
    content: bytes
    story: str
    expected: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All documents, in the order they have to be taken in: by path, the inbox first."""

    documents: tuple[PlannedDocument, ...]

    def expected(self) -> list[Expected]:
        return [one for document in self.documents for one in document.expected]

    def arrivals(self, destination: Destination) -> list[Expected]:
        """What this destination must have received, and nothing else."""
        return [one for one in self.expected() if one.destination == destination]

    def lay_out(self, folder: Path, at: datetime) -> None:
        """Writes the files below ``folder``, an hour old at ``at``: a fresh file might still be
        growing, so a look leaves it for the next one."""
        age = at.timestamp() - 3600
        for document in self.documents:
            path = folder.joinpath(*document.path.split("/"))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(document.content)
            os.utime(path, (age, age))

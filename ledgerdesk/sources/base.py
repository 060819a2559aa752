"""The contract of a source: a declaration, and a session that looks, fetches and acknowledges.

A declaration keeps no state. What was taken in already is not the session's business: it tells
what is there, and the intake compares.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, ClassVar, Self

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.model import (
    Cancel,
    Check,
    Clock,
    Hints,
    Network,
    NeverCancelled,
    Source,
    SystemClock,
)
from ledgerdesk.setup.fields import Field


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a source holds. ``version`` changes whenever its content may have.

    ``path`` is its way below the source, with /, which patterns read; ``shown`` the whole way, for
    a person. ``changed_at`` is when it was last written; None: it never changes once it is there.
    ``place`` is what the session needs to fetch it again; it is never kept.
    """

    key: str
    version: str
    path: str
    size: int
    changed_at: datetime | None = None
    place: str = ""
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An item's content. ``content`` is None for one that is too large to be kept; only then
    ``sha256`` is given.

    ``pdf_is_copy``: in this place a PDF only repeats a bank file beside it.
    """

    content: bytes | None
    sha256: str
    size: int
    hints: Hints = field(default_factory=Hints)
    pdf_is_copy: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """All a source sees of us."""

    source: Source
    secrets: Mapping[str, str] = field(default_factory=dict)
    clock: Clock = field(default_factory=SystemClock)
    cancel: Cancel = field(default_factory=NeverCancelled)
    network: Network | None = None


class Session(ABC):
    """An open line to one source. Not shared between threads.

    ``troubles`` are what could not be looked into during the last look; the rest went on.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.troubles: list[LedgerDeskError] = []
        self.cursor: Mapping[str, Any] = context.source.cursor

    @abstractmethod
    def verify(self) -> Iterator[Check]:
        """Yields the check list line by line; raises the error of the first line that fails."""

    @abstractmethod
    def look(self, cursor: Mapping[str, Any]) -> Iterator[Item]:
        """What is there since ``cursor``; ``self.cursor`` is the next one once all is told.

        Raises PlaceMissing and the like when the whole source is out of reach.
        """

    @abstractmethod
    def fetch(self, item: Item) -> Fetched:
        """Raises ItemGone, ItemChanging or ItemUnreadable: this item only."""

    @abstractmethod
    def acknowledge(self, item: Item) -> None:
        """The item is durably kept: does what the source's ``after`` asks. May be repeated.

        Nothing is ever deleted. Raises ItemUnreadable when it cannot be done.
        """

    def close(self) -> None:  # noqa: B027 – most have nothing to let go of
        """Lets go of the line. Never raises."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class SourceKind(ABC):
    """Declaration of one kind of source. Subclasses fill the class variables."""

    id: ClassVar[str]
    label: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]
    help: ClassVar[str] = ""

    @abstractmethod
    def path(self, values: Mapping[str, str]) -> str:
        """Where it is, in one line for a person; two sources with the same line are the same."""

    @abstractmethod
    def open(self, context: Context) -> Session:
        """Raises BadTemplate for a pattern that cannot be read."""

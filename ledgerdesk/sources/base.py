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
from typing import TYPE_CHECKING, Any, ClassVar, Self

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
    TokenKeeper,
)
from ledgerdesk.setup.fields import Field

if TYPE_CHECKING:
    from ledgerdesk.net.oauth_server import AuthorizationServer


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

    ``pdf_is_copy``: in this place a PDF only repeats a bank file beside it. ``is_mail``: it is a
    whole mail; what is attached to it are the documents. ``sender_doubted``: the receiving server
    found that it does not come from where it says.
    """

    content: bytes | None
    sha256: str
    size: int
    hints: Hints = field(default_factory=Hints)
    pdf_is_copy: bool = False
    is_mail: bool = False
    sender_doubted: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """All a source sees of us."""

    source: Source
    secrets: Mapping[str, str] = field(default_factory=dict)
    clock: Clock = field(default_factory=SystemClock)
    cancel: Cancel = field(default_factory=NeverCancelled)
    network: Network | None = None
    tokens: TokenKeeper | None = None


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

    def start(self) -> Mapping[str, Any] | None:
        """For a source that keeps to its starting point by itself: the first cursor. None: what is
        there from before that point is told by ``look`` and remembered one by one."""
        return None

    def survey(self) -> Iterator[Item]:
        """What ``look`` would tell from the very beginning; only for counting."""
        return self.look({})

    def wait(self, seconds: float) -> bool:
        """Until the source says that something is new, at most ``seconds``; whether it did.

        A source that cannot tell answers at once. Raises what ``look`` raises.
        """
        return False

    @abstractmethod
    def fetch(self, item: Item) -> Fetched:
        """Raises ItemGone, ItemChanging or ItemUnreadable: this item only."""

    @property
    def acknowledges(self) -> bool:
        """Whether the firm asked for anything to be done once an item is kept."""
        return self.context.source.after != "leave"

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

    def implied(self, given: Mapping[str, str]) -> dict[str, str]:
        """What follows from ``given`` for fields that were left empty."""
        return {}

    def in_browser(self, values: Mapping[str, str]) -> bool:
        """Whether one signs in in the browser; the session then reads ``Context.tokens``."""
        return False

    def authorization_server(
        self, values: Mapping[str, str], secrets: Mapping[str, str]
    ) -> AuthorizationServer:
        """Where one signs in in the browser. Raises MissingValue or InvalidValue."""
        raise NotImplementedError(f"{self.id} has no sign-in in the browser")

    @abstractmethod
    def path(self, values: Mapping[str, str]) -> str:
        """Where it is, in one line for a person; two sources with the same line are the same."""

    @abstractmethod
    def open(self, context: Context) -> Session:
        """Raises BadTemplate for a pattern that cannot be read."""

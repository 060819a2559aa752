"""What a vendor's service imposes: tokens that expire, and limits on how often it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in gave. ``received_at`` is our own clock's; ``expires_in`` is in seconds.

    ``refresh_until`` is when an unused refresh token ends, ``extra`` what the vendor said beside.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    received_at: datetime
    expires_in: float
    refresh_until: datetime | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` calls in ``seconds``, rolling; with a ``zone`` per calendar day there.

    ``per_scope``: each administration or domain has its own; ``errors``: only refused calls count.
    """

    count: int
    seconds: float
    per_scope: bool = False
    errors: bool = False
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose sign-in it is: ``account`` for people, ``account_key`` for what makes two the same."""

    account: str
    account_key: str


class TokenKeeper(Protocol):
    """One connection's tokens, sealed."""

    def read(self) -> Tokens | None:
        """As they are kept now: another process may have renewed them."""
        ...

    def locked(self) -> AbstractContextManager[None]:
        """One at a time, across threads and processes."""
        ...

    def save(self, tokens: Tokens) -> None:
        """Returns after they are durably kept; only then may they be used."""
        ...


class Budget(Protocol):
    """How often one account may still be asked; kept across restarts.

    ``scope`` is the administration or domain a call concerns, where the vendor counts those apart.
    """

    def spend(self, scope: str = "") -> None:
        """Counts one call before it is made. Raises LimitReached with ``retry_after``."""
        ...

    def refused(self, scope: str = "") -> None:
        """Counts an answer the vendor holds against the account."""
        ...

    def closed(self, scope: str, seconds: float) -> None:
        """The vendor wants no call for so long."""
        ...


class Unlimited:
    """Implements Budget for what nobody counts."""

    def spend(self, scope: str = "") -> None:
        return None

    def refused(self, scope: str = "") -> None:
        return None

    def closed(self, scope: str, seconds: float) -> None:
        return None

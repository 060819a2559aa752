"""What a lower room needs from a higher one: Protocols that ``app`` fills in."""

from __future__ import annotations

import socket
from datetime import datetime
from typing import Protocol

from ledgerdesk.model.kinds import Stage


class Clock(Protocol):
    def now(self) -> datetime:
        """The wall clock, aware UTC; it may jump."""
        ...


class Cancel(Protocol):
    def raise_if_cancelled(self) -> None:
        """Raises errors.Cancelled once a person stopped the work."""
        ...


class Stages(Protocol):
    def reached(self, delivery_id: str, stage: Stage, so_far: str = "") -> None:
        """Returns after the stage is durably kept; only then may the step be taken.

        ``so_far`` is what the destination has made of it already (a remote id): the next attempt
        finds it in its parcel and goes on from there.
        """
        ...


class Network(Protocol):
    """The only door to other computers: it enforces the practice folder's loopback rule."""

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """A connected TCP socket with TCP_NODELAY set.

        Raises HostNotFound, ConnectionRefused, TimedOut, ConnectionTrouble or LoopbackOnly.
        """
        ...


class Naming(Protocol):
    """Expands templates for one delivery (design.md §10); raises EmptyVariable or BadTemplate."""

    def path(self, template: str) -> str:
        """Every variable becomes one safe path segment or part of one; the text around it stays."""
        ...

    def text(self, template: str) -> str:
        """For subjects and addresses: values without control characters."""
        ...

    def file_name(self) -> str:
        """The delivery's own file name: date, number, uid and the file's extension."""
        ...


class Progress(Protocol):
    def step(self, label: str, done: int, total: int | None) -> None: ...


class SystemClock:
    def now(self) -> datetime:
        from datetime import UTC

        return datetime.now(UTC)


class NeverCancelled:
    def raise_if_cancelled(self) -> None:
        return None

"""What the gap radar speaks of: a client's accounts, the statements that came, what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class AccountSupplier(StrEnum):
    """Who brings an account's statements to the books."""

    LEDGERDESK = "ledgerdesk"
    PACKAGE = "package"
    ENDED = "ended"


class GapKind(StrEnum):
    """A hole is proven, silence is probable, an overlap is a day that came twice."""

    HOLE = "hole"
    SILENT = "silent"
    OVERLAP = "overlap"


class Proof(StrEnum):
    NUMBERS = "numbers"
    BALANCES = "balances"
    RHYTHM = "rhythm"


@dataclass(frozen=True, slots=True)
class BankAccount:
    """An account of a client as the radar watches it.

    ``ended_on``: closed that day; nothing is expected afterwards. ``baseline_day`` and
    ``baseline_balance``: a closing balance a person typed, from which the chain must hold; without
    them the first statement that came is the beginning.
    """

    client_id: str
    account: str
    currency: str = "EUR"
    supplier: AccountSupplier = AccountSupplier.LEDGERDESK
    ended_on: date | None = None
    baseline_day: date | None = None
    baseline_balance: Decimal | None = None

    @property
    def is_watched(self) -> bool:
        return self.supplier is not AccountSupplier.PACKAGE


@dataclass(frozen=True, slots=True)
class Arrival:
    """One statement as it came. ``number`` is 0 where the bank gives none.

    ``road`` is the source it came by, "" by hand; ``counts`` is false for a recognised duplicate.
    A balance that cannot be trusted (the file is held as damaged) is None.
    """

    document_id: str
    sha256: str
    client_id: str
    account: str
    currency: str
    format: str
    road: str
    number: int
    day: date
    opening: Decimal | None
    closing: Decimal | None
    core: str = ""
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Gap:
    """One finding about an account.

    A hole lies after the statement of ``after`` and before that of ``before`` (both are there);
    ``numbers`` are the missing ones as ranges, ``difference`` what the missing statements moved.
    Silence begins after ``after``; ``usual`` and ``waited`` count bank working days. An overlap
    reaches from ``after`` to ``before``; ``settled``: LedgerDesk keeps one of each only.
    ``documents`` are those on either side.
    """

    kind: GapKind
    client_id: str
    account: str
    currency: str
    after: date
    before: date | None = None
    numbers: tuple[tuple[int, int], ...] = ()
    difference: Decimal | None = None
    proofs: tuple[Proof, ...] = ()
    usual: int = 0
    waited: int = 0
    days: int = 0
    settled: bool = False
    documents: tuple[str, ...] = ()
    roads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberGap:
    """Missing sales numbers of one series: ``first`` to ``last`` as the client writes them."""

    client_id: str
    series: str
    first: str
    last: str
    count: int
    after: date
    before: date
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SoldNumber:
    """The number of one sales document of a client."""

    document_id: str
    client_id: str
    number: str
    day: date

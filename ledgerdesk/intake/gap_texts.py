"""How a person reads what the radar found: one sentence each, or one for all of an account."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ledgerdesk.errors import (
    LedgerDeskError,
    SalesNumbersMissing,
    StatementsMissing,
    StatementsSilent,
    StatementsTwice,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model.radar import Gap, GapKind, NumberGap

_SHOWN = 12


def of_gaps(found: Sequence[Gap]) -> LedgerDeskError:
    """One for findings of the same kind about the same account."""
    first, last = found[0], found[-1]
    account = grouped(first.account)
    if first.kind is GapKind.SILENT:
        return StatementsSilent(
            account=account, after=first.after, usual=first.usual, waited=first.waited
        )
    if first.kind is GapKind.OVERLAP:
        days = sum(one.days for one in found)
        return StatementsTwice(account=account, after=first.after, before=last.before, days=days)
    return StatementsMissing(
        account=account, after=first.after, before=last.before, reason=_proof(found)
    )


def of_sales(client: str, found: Sequence[NumberGap]) -> LedgerDeskError:
    """One for all missing numbers of a client."""
    ranges = [one.first if one.count == 1 else f"{one.first} – {one.last}" for one in found]
    return SalesNumbersMissing(client=client, numbers=_listed(ranges))


def grouped(account: str) -> str:
    """An IBAN in groups of four, as it is printed."""
    return " ".join(account[at : at + 4] for at in range(0, len(account), 4))


def money(value: Decimal | None) -> str:
    """Two digits; more only where they say something (banks write thousandths)."""
    if value is None:
        return ""
    short = f"{value:.2f}"
    return short if Decimal(short) == value else f"{value:f}"


def numbers_of(found: Sequence[Gap]) -> str:
    ranges = [pair for one in found for pair in one.numbers]
    return _listed([str(a) if a == b else f"{a}–{b}" for a, b in ranges])


def _proof(found: Sequence[Gap]) -> str:
    numbers = numbers_of(found)
    if numbers:
        return translate(N_("These numbers were skipped: {numbers}.")).format(numbers=numbers)
    moved = [one for one in found if one.difference is not None]
    if len(moved) == 1:
        told = translate(N_("The balance moved by {amount} {currency} in between."))
        return told.format(amount=money(moved[0].difference), currency=moved[0].currency)
    told = translate(N_("The balances do not go on, in {count} places."))
    return told.format(count=len(found))


def _listed(parts: Sequence[str]) -> str:
    more = ["…"] if len(parts) > _SHOWN else []
    return ", ".join([*parts[:_SHOWN], *more])

"""The gap radar: what is missing of an account, pure. Statements in, findings out.

Three findings that are never mixed: a *hole* is proven, by a number that was skipped or a balance
that does not go on; *silent* is only probable: longer without a statement than this account's own
rhythm allows; an *overlap* is the same day by two roads. A day without a statement is none of them
as long as numbers and balances go on: where nothing moves, banks write nothing.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from ledgerdesk.intake import gap_chain, gap_numbers
from ledgerdesk.intake.bank_days import bank_days_between
from ledgerdesk.intake.gap_chain import Break
from ledgerdesk.intake.gap_numbers import Jump
from ledgerdesk.intake.gap_overlaps import overlaps
from ledgerdesk.model.radar import AccountSupplier, Arrival, BankAccount, Gap, GapKind, Proof

_RHYTHM = 40
"""The intervals that make an account's rhythm: the newest so many."""
_LOOKED_AT = 10 * _RHYTHM
_ENOUGH = 3
_LONGEST_OF = 0.9
_PATIENCE = 1.25
_ON_THE_WAY = 2
"""Bank working days a statement may need to arrive."""


def find(account: BankAccount, arrivals: Iterable[Arrival], today: date) -> list[Gap]:
    """Everything that is missing, silent or twice; oldest first. ``arrivals`` are the account's."""
    if not account.is_watched:
        return []
    ordered = sorted(arrivals, key=lambda one: (one.day, one.number, one.document_id))
    watched = [one for one in ordered if _is_watched(one, account)]
    counted = [one for one in watched if one.counts]
    chain = gap_chain.follow(counted, _start(account))
    found = _holes(account, chain.breaks, gap_numbers.jumps(counted), counted)
    found = [one for one in found if account.ended_on is None or one.after < account.ended_on]
    silence = _silence(account, counted, found, today)
    found += [silence] if silence else []
    found += overlaps(account, watched, chain.spanning)
    return sorted(found, key=lambda one: (one.after, one.kind))


def rhythm(account: BankAccount, days: Sequence[date], holes: Sequence[Gap]) -> tuple[int, int]:
    """(usual, longest) interval between two statements in bank working days; zeros where too few
    are known. ``days`` are in order; an interval with a hole in it says nothing."""
    known: list[int] = []
    for second, first in pairwise(reversed(days[-_LOOKED_AT:])):
        if len(known) == _RHYTHM:
            break
        if not any(one.after < second and first < (one.before or one.after) for one in holes):
            known.append(bank_days_between(first, second, account.account[:2]))
    if len(known) < _ENOUGH:
        return 0, 0
    ordered = sorted(known)
    return ordered[len(ordered) // 2], ordered[math.ceil(len(ordered) * _LONGEST_OF) - 1]


def _start(account: BankAccount) -> tuple[date, Decimal] | None:
    if account.baseline_day is None or account.baseline_balance is None:
        return None
    return account.baseline_day, account.baseline_balance


def _is_watched(one: Arrival, account: BankAccount) -> bool:
    """What is older than the balance a person typed is no longer asked about."""
    return account.baseline_day is None or one.day > account.baseline_day


# --- holes ----------------------------------------------------------------------------------------


def _holes(
    account: BankAccount,
    breaks: Sequence[Break],
    jumps: Sequence[Jump],
    arrivals: Sequence[Arrival],
) -> list[Gap]:
    """One hole for what numbers and balances both tell."""
    found: list[Gap] = []
    told_by: dict[Break, str] = {}
    ends = [one.before for one in breaks]
    days = [one.day for one in arrivals]
    for jump in jumps:
        first, last = jump.days
        span = slice(bisect_left(ends, first), bisect_right(ends, last))
        inside = [one for one in breaks[span] if one.after >= first]
        others = {told_by.setdefault(one, jump.after.format) for one in inside} - {
            jump.after.format
        }
        # Another format may have told of it already, or have brought what this one lacks.
        span = slice(bisect_left(days, first), bisect_right(days, last))
        if inside:
            if not others:
                found.append(_skipped(account, jump, inside))
        elif all(one.format == jump.after.format for one in arrivals[span]):
            found.append(_skipped(account, jump, ()))
    found += [_broken(account, one) for one in breaks if one not in told_by]
    return found


def _skipped(account: BankAccount, jump: Jump, breaks: Sequence[Break]) -> Gap:
    had, has = jump.after.closing, jump.before.opening
    return Gap(
        GapKind.HOLE,
        account.client_id,
        account.account,
        account.currency,
        *jump.days,
        numbers=((jump.first, jump.last),),
        difference=None if had is None or has is None else has - had,
        proofs=(Proof.NUMBERS, Proof.BALANCES) if breaks else (Proof.NUMBERS,),
        documents=(jump.after.document_id, jump.before.document_id),
    )


def _broken(account: BankAccount, one: Break) -> Gap:
    return Gap(
        GapKind.HOLE,
        account.client_id,
        account.account,
        account.currency,
        one.after,
        one.before,
        difference=one.has - one.had,
        proofs=(Proof.BALANCES,),
        documents=one.documents,
    )


# --- silence --------------------------------------------------------------------------------------


def _silence(
    account: BankAccount, arrivals: Sequence[Arrival], holes: Sequence[Gap], today: date
) -> Gap | None:
    """Probably something is missing: the account was never quiet for so long."""
    if account.supplier is AccountSupplier.ENDED:
        return None
    days = sorted({one.day for one in arrivals})
    usual, longest = rhythm(account, days, holes)
    if not longest:
        return None
    waited = bank_days_between(days[-1], today, account.account[:2])
    if waited <= math.ceil(longest * _PATIENCE) + _ON_THE_WAY:
        return None
    return Gap(
        GapKind.SILENT,
        account.client_id,
        account.account,
        account.currency,
        days[-1],
        usual=usual,
        waited=waited,
        proofs=(Proof.RHYTHM,),
        documents=(arrivals[-1].document_id,),
    )

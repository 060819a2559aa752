"""What can be wrong with a CODA statement, in the order it is looked for.

Three groups. A damaged file – cut off, wrong lengths, records out of order – is not well formed. A
file whose sums, balances or account contradict themselves is held too, but a person may release it.
The rest warns: banks do send such files. Each check tells its first offence only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from ledgerdesk.documents import coda_records as records
from ledgerdesk.documents.bank_text import Line
from ledgerdesk.documents.coda_records import LENGTH, Block, part
from ledgerdesk.documents.findings import fatal, warning
from ledgerdesk.documents.identifiers import WrongNumber, find_company_number, find_iban
from ledgerdesk.i18n import N_
from ledgerdesk.model import Finding, HeldReason

Problem = tuple[HeldReason | None, Finding]
Check = Callable[[Block], Iterator[Finding]]

_ORDER = re.compile(r"01[23]*8?4*9?")
_NO_DATE = ("000000", "      ")
_NO_NUMBER = re.compile(r"[0 ]*")


def problems(block: Block, *, last: bool) -> Iterator[Problem]:
    """Every problem of one statement; ``last`` is true for the last one of the file.

    Sums are not compared in a damaged statement: they would only repeat that it is damaged.
    """
    damaged = False
    for check in _FORM:
        for finding in check(block):
            damaged = True
            yield HeldReason.NOT_WELL_FORMED, finding
    if not damaged:
        for check in _SUMS:
            for finding in check(block):
                yield HeldReason.SCHEMA_INVALID, finding
        for check in _ODDITIES:
            for finding in check(block):
                yield None, finding
        for finding in _announced(block, last):
            yield None, finding


# --- 1: is it whole -------------------------------------------------------------------------------


def _header(block: Block) -> Iterator[Finding]:
    line = block.lines[0]
    if not line.text.startswith("0"):
        yield _at(line, "LD-CODA-HEADER", N_("Line {line}: the header record (0) is missing."))
        return
    if part(line, 2, 5).strip("0 ") or records.day(line, 6) is None:
        told = N_("Line {line}: the header record has no valid creation date.")
        yield _at(line, "LD-CODA-HEADER", told)
    if part(line, LENGTH, LENGTH) != "2":
        told = N_("Line {line}: only version 2 of CODA is read; the file says “{version}”.")
        yield _at(line, "LD-CODA-VERSION", told, version=part(line, LENGTH, LENGTH))


def _length(block: Block) -> Iterator[Finding]:
    for line in block.lines:
        if len(line.text) != LENGTH:
            told = N_("Line {line} has {length} characters instead of 128: the file was cut.")
            yield _at(line, "LD-CODA-LENGTH", told, length=len(line.text))
            return


def _order(block: Block) -> Iterator[Finding]:
    if not block.types.startswith("0"):
        return
    fits = _ORDER.match(block.types)
    reached = fits.end() if fits else 1
    if reached < len(block.types):
        told = N_("Line {line}: a record of type “{type}” may not stand here.")
        line = block.lines[reached]
        yield _at(line, "LD-CODA-ORDER", told, type=line.text[:1])
    elif fits is None:
        told = N_("After line {line} the record with the old balance (1) is missing.")
        yield _at(block.lines[0], "LD-CODA-ORDER", told)


def _complete(block: Block) -> Iterator[Finding]:
    last = block.lines[-1]
    if block.new_balance is None and "2" in block.types:
        told = N_("Line {line}: the record with the new balance (8) is missing.")
        yield _at(last, "LD-CODA-NEW-BALANCE", told)
    if block.trailer is None:
        told = N_("Line {line}: the last record (9) is missing; the download was cut off.")
        yield _at(last, "LD-CODA-TRAILER", told)


def _amounts(block: Block) -> Iterator[Finding]:
    for line in block.lines:
        kind = line.text[:1]
        signs = {"1": 43, "8": 42}.get(kind, 32 if line.text.startswith("21") else 0)
        wrong = bool(signs) and records.signed(line, signs) is None
        if kind == "9":
            wrong = None in (records.amount(line, 23), records.amount(line, 38))
        if wrong:
            yield _at(line, "LD-CODA-AMOUNT", N_("Line {line} has no valid amount."))
            return


# --- 2: does it agree with itself -----------------------------------------------------------------


def _count(block: Block) -> Iterator[Finding]:
    trailer = block.trailer
    if trailer is None:
        return
    counted = sum(block.types.count(kind) for kind in "1238")
    if part(trailer, 17, 22) != f"{counted:06d}":
        told = N_("Line {line} announces {said} records; there are {found}.")
        yield _at(trailer, "LD-CODA-COUNT", told, said=part(trailer, 17, 22), found=counted)


def _totals(block: Block) -> Iterator[Finding]:
    if block.trailer is None:
        return
    said = (records.amount(block.trailer, 23), records.amount(block.trailer, 38))
    for rule, expected, found in zip(("debit", "credit"), said, _turnover(block), strict=True):
        if expected != found:
            told = N_(
                "Line {line}: the {side} total is {said}, but the movements add up to {found}."
            )
            yield _at(block.trailer, "LD-CODA-TOTAL", told, side=rule, said=expected, found=found)


def _balance(block: Block) -> Iterator[Finding]:
    old, new = block.old_balance, block.new_balance
    if old is None or new is None or block.separate_application:
        return
    debit, credit = _turnover(block)
    before, after = records.signed(old, 43), records.signed(new, 42)
    if before is not None and after is not None and before + credit - debit != after:
        told = N_("The old balance {old} and the movements make {found}, not the new one {new}.")
        found = before + credit - debit
        yield _at(new, "LD-CODA-BALANCE", told, old=before, found=found, new=after)


def _account(block: Block) -> Iterator[Finding]:
    old, new = block.old_balance, block.new_balance
    if old is None:
        return
    structure = part(old, 2, 2)
    account, currency = records.account_of(old, structure, 6)
    if new is not None and records.account_of(new, structure, 5) != (account, currency):
        told = N_("Line {line}: the new balance is of another account than the old one.")
        yield _at(new, "LD-CODA-ACCOUNT", told)
    if not _right_number(structure, account):
        told = N_(
            "Line {line}: the account number {account} is wrong: its check digits do not fit."
        )
        yield _at(old, "LD-CODA-IBAN", told, account=account)


def _right_number(structure: str, account: str) -> bool:
    if structure in ("2", "3"):
        return bool(find_iban(account))
    if structure != "0":
        return bool(account)
    if not re.fullmatch(r"[0-9]{12}", account):
        return False
    return (int(account[:10]) % 97 or 97) == int(account[10:])


def _dates(block: Block) -> Iterator[Finding]:
    for line in block.lines:
        kind = line.text[:1]
        places = {"1": (59,), "8": (58,)}.get(kind, (48, 116) if line.text[:2] == "21" else ())
        for first in places:
            written = part(line, first, first + 5)
            if (kind == "8" or written not in _NO_DATE) and records.day(line, first) is None:
                told = N_("Line {line}: “{written}” is no date.")
                yield _at(line, "LD-CODA-DATE", told, written=written)
                return


# --- 3: what banks do -----------------------------------------------------------------------------


def _duplicate(block: Block) -> Iterator[Finding]:
    if block.header is not None and part(block.header, 17, 17) == "D":
        told = N_("The bank marks this statement as a duplicate.")
        yield _odd(block.header, "LD-CODA-DUPLICATE", told)


def _holder(block: Block) -> Iterator[Finding]:
    number = part(block.header, 72, 82) if block.header else ""
    if _NO_NUMBER.fullmatch(number):
        return
    try:
        find_company_number(number, "0208")
    except WrongNumber:
        told = N_("Line {line}: the enterprise number {number} of the holder is wrong.")
        yield _odd(block.lines[0], "LD-CODA-HOLDER", told, number=number)


def _next_codes(block: Block) -> Iterator[Finding]:
    for line, following in zip(block.lines, block.lines[1:], strict=False):
        if line.text[:2] not in ("21", "22", "31", "32"):
            continue
        goes_on = following.text[:1] == line.text[:1] and following.text[1:2] > line.text[1:2]
        if (part(line, 126, 126) == "1") != goes_on:
            told = N_("Line {line} says otherwise than the next one whether it goes on there.")
            yield _odd(line, "LD-CODA-NEXT", told)
            return


def _announced(block: Block, last: bool) -> Iterator[Finding]:
    """Most public files have code 1 in the last trailer: it cannot be an error."""
    if block.trailer is not None and (part(block.trailer, LENGTH, LENGTH) == "1") is last:
        told = N_("Line {line} says otherwise than the file whether another statement follows.")
        yield _odd(block.trailer, "LD-CODA-FOLLOWS", told)


def _turnover(block: Block) -> tuple[Decimal, Decimal]:
    """(debit, credit) of the movements."""
    signed = [records.signed(line, 32) or Decimal(0) for line in block.movements]
    return (
        -sum((value for value in signed if value < 0), Decimal(0)),
        sum((value for value in signed if value > 0), Decimal(0)),
    )


def _at(line: Line, rule: str, text: str, **params: object) -> Finding:
    return fatal(rule, text, line=line.number, **params)


def _odd(line: Line, rule: str, text: str, **params: object) -> Finding:
    return warning(rule, text, line=line.number, **params)


_FORM: Iterable[Check] = (_header, _length, _order, _complete, _amounts)
_SUMS: Iterable[Check] = (_count, _totals, _balance, _account, _dates)
_ODDITIES: Iterable[Check] = (_duplicate, _holder, _next_codes)

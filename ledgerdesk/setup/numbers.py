"""What is to be said about a company or account number while it is typed: complete, right, or why
not. The check digits are explained, never filled in: a person compares with a paper.

Belgian enterprise numbers end in two digits (97 minus the rest of the first eight), an IBAN begins
with two (ISO 13616, mod 97-10); a Dutch VAT number ends in B and two digits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from ledgerdesk.documents import identifiers
from ledgerdesk.i18n import N_, translate


class Standing(StrEnum):
    EMPTY = "empty"
    UNFINISHED = "unfinished"
    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Told:
    """``number`` is the normalised one, empty until it is right; ``text`` is translated."""

    standing: Standing
    text: str = ""
    number: str = ""


_IBAN_LENGTHS = {"BE": 16, "NL": 18, "LU": 20, "DE": 22, "GB": 22, "FR": 27}
_EMPTY = Told(Standing.EMPTY)
_BELGIAN_DIGITS = 10


def company_number(text: str) -> Told:
    """For a VAT or enterprise number. Pure and quick."""
    bare = _bare(text)
    if not bare:
        return _EMPTY
    try:
        key = identifiers.find_company_number(text)
    except identifiers.WrongNumber:
        key = ""
    if re.fullmatch(r"NL[0-9]*(B[0-9]*)?", bare):
        return _dutch(bare, key)
    if key:
        is_checked = key.startswith("BE")
        return _right(key) if is_checked else _right(key, N_("Taken as it is: {number}"))
    if re.fullmatch(r"(BE)?[0-9]*", bare):
        return _belgian(bare.removeprefix("BE"))
    if re.fullmatch(r"[A-Z]{1,2}[0-9]?", bare):
        return Told(Standing.UNFINISHED, translate(N_("Go on typing: country, then the number.")))
    return _wrong(N_("Give it with its country, like BE0123456749 or NL123456789B01."))


def iban(text: str) -> Told:
    """For an account number. Pure and quick."""
    bare = _bare(text)
    if not bare:
        return _EMPTY
    found = identifiers.find_iban(text)
    if found:
        return _right(found, N_("The check digits fit: {number}"))
    if not re.fullmatch(r"[A-Z]{1,2}([0-9][0-9A-Z]*)?", bare):
        return _wrong(N_("An IBAN begins with its country and two check digits, like BE68…"))
    length = _IBAN_LENGTHS.get(bare[:2])
    if length is None:
        return Told(Standing.UNFINISHED, translate(N_("Not complete, or a digit is mistyped.")))
    if len(bare) < length:
        return _missing(length - len(bare))
    if len(bare) > length:
        return _wrong(
            N_("An IBAN of {country} has {length} characters; this one has {given}."),
            country=bare[:2],
            length=length,
            given=len(bare),
        )
    return _wrong(
        N_(
            "The check digits {digits} do not belong to this number: a digit is mistyped or two "
            "are swapped. Compare it with a bank statement."
        ),
        digits=bare[2:4],
    )


def _belgian(digits: str) -> Told:
    # Older papers leave out the leading zero.
    padded = digits.zfill(_BELGIAN_DIGITS) if len(digits) == _BELGIAN_DIGITS - 1 else digits
    if len(padded) < _BELGIAN_DIGITS:
        return _missing(_BELGIAN_DIGITS - len(padded))
    if len(padded) > _BELGIAN_DIGITS:
        return _wrong(
            N_("A Belgian number has 10 digits; this one has {given}."), given=len(digits)
        )
    if padded[0] not in "01":
        return _wrong(N_("A Belgian number begins with 0 or 1."))
    if len(digits) < _BELGIAN_DIGITS:
        return _missing(1)
    return _wrong(
        N_(
            "The last two digits {digits} are computed from the first eight, and do not fit them: "
            "a digit is mistyped or two are swapped. Compare it with an invoice or the register."
        ),
        digits=padded[-2:],
    )


def _dutch(bare: str, key: str) -> Told:
    if key and re.fullmatch(r"NL[0-9]{8}", key):
        return _right(key, N_("A KvK number, without check digits: {number}"))
    if key and re.fullmatch(r"NL[0-9]{9}B[0-9]{2}", key):
        return _right(key)
    if len(bare) < len("NL123456789B01"):
        return _missing(len("NL123456789B01") - len(bare))
    return _wrong(
        N_(
            "This is not a Dutch VAT number: it has nine digits, B and two digits, and the check "
            "digits must fit. Compare it with an invoice or the register."
        )
    )


def _right(number: str, text: str = N_("The number is right: {number}")) -> Told:
    return Told(Standing.RIGHT, translate(text).format(number=number), number)


def _wrong(text: str, **values: object) -> Told:
    return Told(Standing.WRONG, translate(text).format(**values))


def _missing(how_many: int) -> Told:
    text = N_("1 more to come.") if how_many == 1 else N_("{count} more to come.")
    return Told(Standing.UNFINISHED, translate(text).format(count=how_many))


def _bare(text: str) -> str:
    return re.sub(r"[\s.\-/:]", "", text).upper()

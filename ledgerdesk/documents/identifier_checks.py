"""Check digits of the identifiers that e-invoices name: each answers whether a text is right.

Sources: GS1 (GLN), the registers of the countries, as the Peppol rules COMMON-R040 to R057 ask.
"""

from __future__ import annotations

import re

from ledgerdesk.documents import fields

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TAX_CODE = re.compile(r"[A-Za-z]{6}[0-9]{2}[A-Za-z][0-9]{2}.{3}[0-9][A-Za-z]|[0-9]{11}")


def _digits(text: str, length: int = 0) -> bool:
    return text.isascii() and text.isdigit() and (not length or len(text) == length)


def gln(text: str) -> bool:
    """GS1's weights 3 and 1 from the right; any length."""
    if not _digits(text):
        return False
    weighted = sum(int(d) * (3, 1)[at % 2] for at, d in enumerate(reversed(text[:-1])))
    return (10 - weighted % 10) % 10 == int(text[-1])


def norwegian(text: str) -> bool:
    """Nine digits, weights 2 to 7 from the right, mod 11."""
    if not _digits(text, 9) or not int(text):
        return False
    weighted = sum(int(d) * (at % 6 + 2) for at, d in enumerate(reversed(text[:-1])))
    return (11 - weighted % 11) % 11 == int(text[-1])


def belgian(text: str) -> bool:
    """Ten digits; the last two are 97 less the rest of the first eight."""
    return _digits(text, 10) and 97 - int(text[:8]) % 97 == int(text[8:])


def swedish(text: str) -> bool:
    """Ten digits of which the last is Luhn's check digit."""
    if not _digits(text, 10):
        return False
    doubled = (int(d) * (2 - at % 2) for at, d in enumerate(text[:9]))
    return (10 - sum(d // 10 + d % 10 for d in doubled) % 10) % 10 == int(text[9])


def australian(text: str) -> bool:
    """Eleven digits, the first less one, mod 89."""
    if not _digits(text, 11):
        return False
    weights = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
    numbers = [int(text[0]) - 1, *(int(d) for d in text[1:])]
    return sum(w * n for w, n in zip(weights, numbers, strict=True)) % 89 == 0


def italian_tax_code(text: str) -> bool:
    """The form only: sixteen characters of a person, eleven digits of a company."""
    return _TAX_CODE.fullmatch(text) is not None


def italian_vat(text: str) -> bool:
    """A number of another country is not judged here."""
    if not text.upper().startswith("IT"):
        return True
    number = text[2:]
    if not _digits(number, 11):
        return False
    doubled = (int(d) * (1 + at % 2) for at, d in enumerate(number))
    return sum(d // 10 + d % 10 for d in doubled) % 10 == 0


def day(text: str) -> bool:
    """A day of the calendar, written 2026-01-31 and nothing else."""
    return _DAY.fullmatch(text) is not None and fields.day(text) is not None

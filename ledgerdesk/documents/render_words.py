"""The words of a readable page in French, Dutch, English and German.

A page is a document of its own that is printed and sent on: its language is chosen for its reader,
whatever the window speaks. So its words stand here and not in the catalogues.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from ledgerdesk import paths

LANGUAGES = ("fr", "nl", "en", "de")

_PIECES = ("C62", "EA", "H87", "XPP", "NAR", "ZZ")
_SEPARATORS = {"fr": ("\u00a0", ","), "nl": (".", ","), "en": (",", "."), "de": (".", ",")}


@functools.cache
def words() -> Mapping[str, Mapping[str, str]]:
    """Every word by its key and language."""
    text = (paths.resources() / "readable.txt").read_text(encoding="utf-8")
    rows = (line.split("|") for line in text.splitlines() if line and not line.startswith("#"))
    return {key: dict(zip(LANGUAGES, said, strict=True)) for key, *said in rows}


def word(key: str, language: str) -> str:
    """The word for ``key``; the key itself where there is none."""
    said = words().get(key)
    return said.get(language, said["en"]) if said else key


def amount(value: Decimal | None, language: str, *, digits: int = 2) -> str:
    """As the language writes it: 1 234,56 · 1.234,56 · 1,234.56. More digits than ``digits`` stay
    where the document has them."""
    if value is None:
        return ""
    exponent = value.normalize().as_tuple().exponent
    places = max(digits, -exponent if isinstance(exponent, int) else 0)
    thousands, comma = _SEPARATORS.get(language, _SEPARATORS["en"])
    text = f"{value:,.{places}f}"
    return text.replace(",", "\0").replace(".", comma).replace("\0", thousands)


def day(value: date | None, language: str) -> str:
    if value is None:
        return ""
    mark = "." if language == "de" else "/"
    return mark.join((f"{value.day:02}", f"{value.month:02}", f"{value.year:04}"))


def unit(code: str, language: str) -> str:
    """The unit of a quantity; nothing for pieces, the code itself for a rare one."""
    if code in _PIECES:
        return ""
    return word(f"unit_{code}", language) if f"unit_{code}" in words() else code


def vat_category(code: str, language: str) -> str:
    return word(f"vat_{code}", language) if f"vat_{code}" in words() else code

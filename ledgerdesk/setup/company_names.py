"""How alike two names of businesses are, whatever their legal form, order and spelling. Pure."""

from __future__ import annotations

import re
import unicodedata

_JOINED = re.compile(r"[.'’]")
_BETWEEN = re.compile(r"[^a-z0-9]+")
_FORMS = {
    *("bv", "bvba", "ebvba", "nv", "cv", "cvba", "cvoa", "vof", "commv", "gcv", "vzw", "ivzw"),
    *("srl", "sprl", "sprlu", "sa", "sc", "scrl", "scri", "snc", "scs", "scomm", "asbl", "aisbl"),
    *("maatschap", "eenmanszaak", "ltd", "gmbh", "io"),
}
"""Belgian (old and new, both languages), Dutch, and the commonest of the neighbours."""
_LONG_FORMS = {
    "gewone commanditaire vennootschap": "commv",
    "besloten vennootschap": "bv",
    "naamloze vennootschap": "nv",
    "societe anonyme": "sa",
    "societe a responsabilite limitee": "srl",
    "comm v": "commv",
}
_AND = {"en", "et", "and", "und"}
_NUMBER_IN_FRONT = re.compile(r"^\d{3,}$")
_DIGITS = re.compile(r"\d+")
_YEAR = re.compile(r"^(19|20)\d\d$")


def bare(name: str) -> str:
    """``name`` in lower-case letters and digits, without its legal form and its "and", without a
    dossier number in front and a year behind."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = _BETWEEN.sub(" ", _JOINED.sub("", plain)).strip()
    for long, short in _LONG_FORMS.items():
        plain = re.sub(rf"\b{long}\b", short, plain)
    words = [one for one in plain.split() if one not in _AND]
    while len(words) > 1 and (words[-1] in _FORMS or _YEAR.match(words[-1])):
        words.pop()
    while len(words) > 1 and (words[0] in _FORMS or _NUMBER_IN_FRONT.match(words[0])):
        words.pop(0)
    return " ".join(words)


def likeness(one: str, other: str) -> float:
    """From 0 to 100, for two bare names: by their words in any order, or as one word. Names with
    other numbers in them are not alike at all."""
    from rapidfuzz import fuzz

    if not (one and other) or _numbers(one) != _numbers(other):
        return 0.0
    in_any_order = fuzz.token_sort_ratio(one, other)
    return max(in_any_order, fuzz.ratio(one.replace(" ", ""), other.replace(" ", "")))


def _numbers(name: str) -> set[str]:
    return set(_DIGITS.findall(name))

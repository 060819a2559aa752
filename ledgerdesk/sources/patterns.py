"""Patterns: what the folders a document lies in say about it.

``{file_number}/{year}/{iban}/*.cod`` reads three folders; ``*`` stands for any name or part of
one, ``**`` for any number of folders. A folder called Verkoop, Ventes or Sales in a pattern says
the direction; ``{direction}`` reads any such word. Compared without case and with composed
letters. A path that does not fit gives no hints: a pattern never hides a document.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledgerdesk.errors import BadTemplate
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Direction, DocumentKind, Hints, Source

_WORDS: Mapping[Direction, tuple[str, ...]] = {
    Direction.SALE: (
        *("verkoop", "verkopen", "verkoopfacturen", "uitgaand", "uitgaande"),
        *("vente", "ventes", "sortant", "sortants", "sale", "sales", "outgoing", "out"),
        *("verkauf", "ausgang", "ausgangsrechnungen"),
    ),
    Direction.PURCHASE: (
        *("aankoop", "aankopen", "aankoopfacturen", "inkoop", "inkopen", "inkomend", "inkomende"),
        *("achat", "achats", "entrant", "entrants", "purchase", "purchases", "incoming", "in"),
        *("einkauf", "eingang", "eingangsrechnungen"),
    ),
}
DIRECTION_WORDS = {word: side for side, words in _WORDS.items() for word in words}

_VARIABLES = {
    "client": r"[^/]+",
    "file_number": r"[^/]+",
    "vat": r"[A-Za-z]{0,2}[ ]?[0-9][0-9A-Za-z .\-]*",
    "year": r"[0-9]{4}",
    "iban": r"[A-Za-z]{2}[ ]?[0-9]{2}[A-Za-z0-9 ]{11,42}",
    "direction": "|".join(sorted(map(re.escape, DIRECTION_WORDS), key=len, reverse=True)),
}
_TOKEN = re.compile(r"\{([^{}]*)\}|(\*)|([^{}*]+)|([{}])")


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern and what it adds by itself. ``pdf_is_copy``: see sources.base.Fetched."""

    pattern: str
    kind: str = ""
    direction: str = ""
    pdf_is_copy: bool = False


PRESETS: Mapping[str, tuple[Rule, ...]] = {
    # Folders and their meaning: CodaBox's own pages. File names are not published: never used.
    "codabox": (
        Rule("{file_number}/{year}/{iban}/*", DocumentKind.STATEMENT, pdf_is_copy=True),
        Rule("{file_number}/{year}/SODA-from-*/*", DocumentKind.PAYROLL),
        Rule("{file_number}/{year}/CARO/*", DocumentKind.CARD),
        Rule("{file_number}/{year}/Invoices-IN-*/*", DocumentKind.INVOICE, Direction.PURCHASE),
        Rule("{file_number}/{year}/Invoices-OUT-*/*", DocumentKind.INVOICE, Direction.SALE),
    ),
    "per-client": (
        Rule("{client}/**/{direction}/**"),
        Rule("{client}/**"),
    ),
    "scanner": (Rule("**"),),
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that was read and can be compared with paths."""

    rule: Rule
    expression: re.Pattern[str]
    direction: str

    def hints(self, path: str) -> Hints | None:
        """What ``path`` (with /, below the source's root) says; None when it does not fit."""
        found = self.expression.fullmatch(unicodedata.normalize("NFC", path))
        if found is None:
            return None
        values = found.groupdict()
        word = values.get("direction")
        direction = DIRECTION_WORDS[word.casefold()].value if word else self.direction
        return Hints(
            kind=self.rule.kind,
            direction=direction,
            file_number=(values.get("file_number") or "").strip(),
            iban=re.sub(r"\s", "", values.get("iban") or "").upper(),
            client=(values.get("client") or values.get("vat") or "").strip(),
        )


def parse(pattern: str, rule: Rule | None = None) -> Pattern:
    """Raises BadTemplate: an unknown or repeated variable, a loose brace, a way out of the root."""
    rule = rule or Rule(pattern)
    segments = pattern.strip().replace("\\", "/").split("/")
    if not pattern.strip():
        raise _bad(pattern, N_("It is empty."))
    if re.search(r"[\x00-\x1f\x7f]", pattern):
        raise _bad(pattern, N_("It contains control characters."))
    if re.match(r"[A-Za-z]:|[\\/]", pattern) or any(s in ("", ".", "..") for s in segments):
        raise _bad(pattern, N_("Give folders below the source, without “..” and without gaps."))
    seen: set[str] = set()
    text = ""
    for at, segment in enumerate(segments):
        last = at == len(segments) - 1
        if segment == "**":
            text += ".+" if last else "(?:[^/]+/)*"
            continue
        text += _segment(pattern, segment, seen) + ("" if last else "/")
    words = [DIRECTION_WORDS.get(segment.casefold(), "") for segment in segments[:-1]]
    said = [word for word in words if word]
    if len(set(said)) > 1:
        raise _bad(pattern, N_("It names both directions."))
    direction = rule.direction or (str(said[0]) if said else "")
    return Pattern(rule, re.compile(text, re.IGNORECASE | re.DOTALL), direction)


def read_rules(source: Source) -> tuple[Pattern, ...]:
    """The source's own pattern, then those of its preset. Raises BadTemplate."""
    rules: list[Rule] = [Rule(source.pattern)] if source.pattern else []
    if source.preset:
        if source.preset not in PRESETS:
            raise _bad(source.preset, N_("This preset is not known."))
        rules += PRESETS[source.preset]
    return tuple(parse(rule.pattern, rule) for rule in rules)


def hints_of(source: Source, rules: Iterable[Pattern], path: str) -> tuple[Hints, bool]:
    """What the source knows of an item: what a person fixed wins over what its path says.

    The second value tells whether a PDF there is only a copy.
    """
    found, copy = Hints(), False
    for rule in rules:
        read = rule.hints(path)
        if read is not None:
            found, copy = read, rule.rule.pdf_is_copy
            break
    return (
        Hints(
            client_id=source.client_id,
            kind=source.kind or found.kind,
            direction=source.direction or found.direction,
            file_number=found.file_number,
            iban=found.iban,
            client=found.client,
        ),
        copy,
    )


def _segment(pattern: str, segment: str, seen: set[str]) -> str:
    text = ""
    for variable, star, literal, brace in _TOKEN.findall(segment):
        if star:
            text += "[^/]*"
        elif literal:
            text += re.escape(unicodedata.normalize("NFC", literal))
        elif brace:
            raise _bad(pattern, N_("A brace { or } stands alone."))
        else:
            name = variable.strip().lower()
            if name not in _VARIABLES:
                reason = translate(N_("The variable {{{name}}} is not known; use {known}."))
                known = ", ".join(f"{{{each}}}" for each in _VARIABLES)
                raise BadTemplate(
                    template=pattern, reason=reason.format(name=variable, known=known)
                )
            if name in seen:
                raise _bad(pattern, N_("A variable stands in it twice."))
            seen.add(name)
            text += f"(?P<{name}>{_VARIABLES[name]})"
    return text


def _bad(pattern: str, reason: str) -> BadTemplate:
    return BadTemplate(template=pattern, reason=translate(reason))

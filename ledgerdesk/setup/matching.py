"""Whose dossier is whose: by company number, then by name, for all clients at once. Pure.

A number decides; a name only proposes, and says so; where several fit, none is chosen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Administration, Client
from ledgerdesk.setup.company_names import bare, likeness

NAME_SCORE = 94.0
"""Below it two names are more likely two businesses (company_names.likeness). In the middle of the
gap between the two kinds of pairs the tests know."""
_CLOSE = 2.0
"""Names that differ by no more fit equally well."""


class Why(StrEnum):
    VAT_NUMBER = "vat_number"
    NAME = "name"
    AMBIGUOUS = "ambiguous"
    NOTHING = "nothing"
    READY = "ready"
    INCOMPLETE = "incomplete"


_TEXTS = {
    Why.VAT_NUMBER: N_("same company number"),
    Why.NAME: N_("similar name: please check"),
    Why.AMBIGUOUS: N_("more than one fits: please choose"),
    Why.NOTHING: N_("none found: please choose"),
    Why.READY: N_("not linked yet"),
    Why.INCOMPLETE: N_("not linked yet, and something is still missing"),
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``score`` is 100 for a number and less for a name; ``missing`` names what the paths and
    addresses of the package use and the client lacks. ``candidates`` are the dossiers among which a
    person has to choose, or whose other client fits as well."""

    client: Client
    why: Why
    administration: Administration | None = None
    score: int = 100
    missing: tuple[str, ...] = ()
    candidates: tuple[Administration, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        found = self.administration
        why = translate(_TEXTS[self.why])
        if self.candidates:
            why = f"{why} ({', '.join(one.name for one in self.candidates)})"
        return {
            "client_id": self.client.id,
            "client_name": self.client.name,
            "administration_id": found.id if found else None,
            "administration_name": found.name if found else None,
            "reason": self.why,
            "why": why,
            "score": self.score,
            "missing": list(self.missing),
            "candidates": [{"id": one.id, "name": one.name} for one in self.candidates],
        }


def match(
    clients: Sequence[Client],
    found: Sequence[Administration],
    held: Mapping[str, str] | None = None,
) -> list[Suggestion]:
    """At most one dossier per client and one client per dossier. ``held`` says whose a dossier is
    already (its id to a client's). Pure."""
    held = held or {}
    suggestions = {one.client.id: one for one in _by_number(clients, found, held)}
    taken = {one.administration.id for one in suggestions.values() if one.administration}
    rest = [one for one in clients if one.id not in suggestions]
    suggestions |= _by_name(_alike(rest, found, taken, held))
    return [suggestions[one.id] for one in clients if one.id in suggestions]


@dataclass(frozen=True, slots=True)
class _Pair:
    score: float
    client: Client
    administration: Administration

    def contradicts(self, other: _Pair) -> bool:
        """Whether only one of the two can be right."""
        same_client = self.client.id == other.client.id
        return same_client != (self.administration.id == other.administration.id)


def _by_number(
    clients: Iterable[Client], found: Iterable[Administration], held: Mapping[str, str]
) -> Iterator[Suggestion]:
    by_number: dict[str, list[Administration]] = {}
    for one in found:
        by_number.setdefault(_number(one.vat_number), []).append(one)
    for client in clients:
        same = [
            one
            for number in client.company_numbers
            for one in by_number.get(number, ())
            if held.get(one.id, client.id) == client.id
        ]
        if len(same) == 1:
            yield Suggestion(client, Why.VAT_NUMBER, same[0])
        elif same:
            yield Suggestion(client, Why.AMBIGUOUS, candidates=tuple(same))


def _by_name(pairs: Sequence[_Pair]) -> dict[str, Suggestion]:
    """The best first; one that another contradicts is only told, unless that one is out by now."""
    chosen: dict[str, Suggestion] = {}
    taken: set[str] = set()
    for pair in sorted(pairs, key=lambda one: -one.score):
        client, one = pair.client, pair.administration
        if client.id in chosen or one.id in taken:
            continue
        rivals = [
            other
            for other in pairs
            if pair.contradicts(other)
            and other.score >= pair.score - _CLOSE
            and other.administration.id not in taken
            and not _is_settled(chosen.get(other.client.id))
        ]
        # Only a number is certain.
        score = min(99, round(pair.score))
        if rivals:
            own = [each.administration for each in rivals if each.client.id == client.id]
            candidates = tuple({each.id: each for each in (one, *own)}.values())
            chosen[client.id] = Suggestion(
                client, Why.AMBIGUOUS, score=score, candidates=candidates
            )
        else:
            chosen[client.id] = Suggestion(client, Why.NAME, one, score)
            taken.add(one.id)
    return chosen


def _is_settled(made: Suggestion | None) -> bool:
    return made is not None and made.administration is not None


def _alike(
    clients: Iterable[Client],
    found: Iterable[Administration],
    taken: Collection[str],
    held: Mapping[str, str],
) -> list[_Pair]:
    """Pairs of similar names. Where both sides give a number, the numbers have spoken."""
    names = [
        (one, bare(one.name), bool(_number(one.vat_number))) for one in found if one.id not in taken
    ]
    pairs = []
    for client in clients:
        own = bare(client.name)
        for one, name, has_number in names:
            if client.company_numbers and has_number:
                continue
            score = likeness(own, name)
            if score >= NAME_SCORE and held.get(one.id, client.id) == client.id:
                pairs.append(_Pair(score, client, one))
    return pairs


def _number(text: str) -> str:
    from ledgerdesk.documents import identifiers

    try:
        return identifiers.find_company_number(text)
    except identifiers.WrongNumber:
        return ""

"""Which clients may belong to an accounting package, and to which of its dossiers.

A number decides; a name only proposes, and says so. Nothing is linked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Administration, Client, Configuration, ExportKind, LinkRole
from ledgerdesk.setup.connections import Connections
from ledgerdesk.setup.links import is_active
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.templates import CLIENT_VARIABLES, Variable, parse
from ledgerdesk.store import clients as books_of
from ledgerdesk.store import configurations

_NAME_SCORE = 88
"""Below it two names are more likely two businesses (0–100, rapidfuzz's WRatio)."""


class Why(StrEnum):
    VAT_NUMBER = "vat_number"
    NAME = "name"
    READY = "ready"
    INCOMPLETE = "incomplete"


_TEXTS = {
    Why.VAT_NUMBER: N_("same company number"),
    Why.NAME: N_("similar name: please check"),
    Why.READY: N_("not linked yet"),
    Why.INCOMPLETE: N_("not linked yet, and something is still missing"),
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``score`` is 100 for a number and less for a name; ``missing`` names what the paths and
    addresses of the package use and the client lacks."""

    client: Client
    why: Why
    administration: Administration | None = None
    score: int = 100
    missing: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        found = self.administration
        return {
            "client_id": self.client.id,
            "client_name": self.client.name,
            "administration_id": found.id if found else None,
            "administration_name": found.name if found else None,
            "reason": self.why,
            "why": translate(_TEXTS[self.why]),
            "score": self.score,
            "missing": list(self.missing),
        }


class Suggestions:
    def __init__(self, services: Services) -> None:
        self._services = services

    def for_configuration(self, configuration_id: str) -> list[Suggestion]:
        """For clients without a main link for one of the package's kinds, by name.

        Where the package has dossiers, they are asked for and matched by company number, then by
        name; else every such client is named with what is still missing. Raises UnknownId, or what
        signing in raises.
        """
        services = self._services
        with services.books.read() as c:
            configuration = configurations.get(c, configuration_id)
            every = books_of.listed(c, limit=None)
            today = services.today()
            linked = {
                (one.client_id, one.kind)
                for one in books_of.all_links(c)
                if one.role is LinkRole.MAIN and is_active(one, today)
            }
        free = [one for one in every if _lacks(one, configuration.kinds, linked)]
        connector = services.connector(configuration.connector_id)
        if connector.has_administrations:
            return match(free, self._administrations(configuration))
        templates = {
            setup.values.get(field.name, "")
            for setup in configuration.kinds.values()
            for field in connector.fields
            if field.template
        }
        used = _variables(templates)
        return [_by_identifiers(one, used) for one in free]

    def _administrations(self, configuration: Configuration) -> list[Administration]:
        ids = {setup.connection_id for setup in configuration.kinds.values()}
        found = [
            one for id in sorted(ids) for one in Connections(self._services).administrations(id)
        ]
        return [one for one in found if one.active]


def match(clients: Sequence[Client], found: Sequence[Administration]) -> list[Suggestion]:
    """At most one dossier per client and one client per dossier. Pure."""
    by_number = {_number(one.vat_number): one for one in found if _number(one.vat_number)}
    suggestions: dict[str, Suggestion] = {}
    taken: set[str] = set()
    for client in clients:
        same = next((by_number[n] for n in client.company_numbers if n in by_number), None)
        if same is not None and same.id not in taken:
            suggestions[client.id] = Suggestion(client, Why.VAT_NUMBER, same)
            taken.add(same.id)
    rest = [one for one in clients if one.id not in suggestions]
    for score, client, one in sorted(_alike(rest, found, taken), key=lambda row: -row[0]):
        if client.id not in suggestions and one.id not in taken:
            suggestions[client.id] = Suggestion(client, Why.NAME, one, score)
            taken.add(one.id)
    return [suggestions[one.id] for one in clients if one.id in suggestions]


def _alike(
    clients: Iterable[Client], found: Iterable[Administration], taken: set[str]
) -> list[tuple[int, Client, Administration]]:
    """Pairs of similar names. Where both sides give a number, the numbers have spoken."""
    from rapidfuzz import fuzz, utils

    pairs = []
    for client in clients:
        for one in found:
            if one.id in taken or (client.company_numbers and _number(one.vat_number)):
                continue
            score = fuzz.WRatio(client.name, one.name, processor=utils.default_process)
            if score >= _NAME_SCORE:
                # Only a number is certain.
                pairs.append((min(99, round(score)), client, one))
    return pairs


def _number(text: str) -> str:
    from ledgerdesk.documents import identifiers

    try:
        return identifiers.find_company_number(text)
    except identifiers.WrongNumber:
        return ""


def _lacks(
    client: Client, kinds: Mapping[ExportKind, object], linked: set[tuple[str, ExportKind]]
) -> bool:
    return any((client.id, kind) not in linked for kind in kinds)


def _variables(templates: Iterable[str]) -> set[str]:
    parts = (part for template in templates for part in parse(template))
    return {one.name for one in parts if isinstance(one, Variable)} & CLIENT_VARIABLES


def _by_identifiers(client: Client, used: set[str]) -> Suggestion:
    filled = {"enterprise_name": bool(client.name), "accounting_file_id": bool(client.file_number)}
    has_number = bool(client.company_numbers)
    missing = tuple(sorted(one for one in used if not filled.get(one, has_number)))
    return Suggestion(client, Why.INCOMPLETE if missing else Why.READY, missing=missing)

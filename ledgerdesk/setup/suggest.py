"""Which clients may belong to an accounting package, and to which of its dossiers.

Nothing is linked here: that takes a person's yes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ledgerdesk.model import Administration, Client, Configuration, ExportKind, LinkRole
from ledgerdesk.setup.connections import Connections
from ledgerdesk.setup.links import is_active
from ledgerdesk.setup.matching import Suggestion, Why, match
from ledgerdesk.setup.services import Services
from ledgerdesk.setup.templates import CLIENT_VARIABLES, Variable, parse
from ledgerdesk.store import clients as books_of
from ledgerdesk.store import configurations

__all__ = ["Suggestion", "Suggestions", "Why", "match"]


class Suggestions:
    def __init__(self, services: Services) -> None:
        self._services = services

    def for_configuration(
        self, configuration_id: str, *, everybody: bool = False
    ) -> list[Suggestion]:
        """For clients without a main link for one of the package's kinds, by name.

        Where the package has dossiers, they are asked for and matched by company number, then by
        name (with ``everybody`` also those nothing was found for); else every such client is named
        with what is still missing. Raises UnknownId, or what signing in raises.
        """
        services = self._services
        with services.books.read() as c:
            configuration = configurations.get(c, configuration_id)
            every = books_of.listed(c, limit=None)
            today = services.today()
            links = [one for one in books_of.all_links(c) if is_active(one, today)]
            ids = [setup.connection_id for setup in configuration.kinds.values()]
            used_values = [configurations.connection(c, id).values for id in ids]
        linked = {(one.client_id, one.kind) for one in links if one.role is LinkRole.MAIN}
        free = [one for one in every if _lacks(one, configuration.kinds, linked)]
        connector = services.connector(configuration.connector_id)
        if any(connector.lists(values) for values in used_values):
            held = {
                one.administration_id: one.client_id
                for one in links
                if one.configuration_id == configuration.id and one.administration_id
            }
            found = {
                one.client.id: one
                for one in match(free, self._administrations(configuration), held)
            }
            if not everybody:
                return list(found.values())
            return [found.get(one.id) or Suggestion(one, Why.NOTHING, score=0) for one in free]
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
        return list({one.id: one for one in found if one.active}.values())


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

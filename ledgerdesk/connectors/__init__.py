"""The registry: every module here without a leading underscore, except base, is one connector."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from ledgerdesk.connectors.base import Connector
from ledgerdesk.errors import UnknownId


@cache
def all_connectors() -> tuple[Connector, ...]:
    """One instance of every connector, ordered by label."""
    found: list[Connector] = []
    for module in pkgutil.iter_modules(__path__):
        if module.name == "base" or module.name.startswith("_") or module.ispkg:
            continue
        found.append(_only_connector(module.name))
    return tuple(sorted(found, key=lambda one: one.label.casefold()))


def get(connector_id: str) -> Connector:
    """The connector by id, compared without case. Raises UnknownId."""
    wanted = connector_id.lower()
    for one in all_connectors():
        if one.id == wanted:
            return one
    raise UnknownId(what="connector", id=connector_id)


def _only_connector(name: str) -> Connector:
    module = import_module(f"{__name__}.{name}")
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Connector)
        and value.__module__ == module.__name__
    ]
    if len(classes) != 1:
        raise TypeError(f"{module.__name__} must hold exactly one connector, not {len(classes)}")
    return classes[0]()

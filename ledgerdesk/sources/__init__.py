"""The registry: every module here without a leading underscore, except base, patterns and watch, is
one kind of source."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from ledgerdesk.errors import UnknownId
from ledgerdesk.sources.base import SourceKind

_NO_KIND = ("base", "patterns", "watch")


@cache
def all_kinds() -> tuple[SourceKind, ...]:
    """One instance of every kind, ordered by id."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(
        _only_kind(name) for name in names if name not in _NO_KIND and not name.startswith("_")
    )


def get(kind_id: str) -> SourceKind:
    """The kind by id, compared without case. Raises UnknownId."""
    wanted = kind_id.lower()
    for one in all_kinds():
        if one.id == wanted:
            return one
    raise UnknownId(what="type of source", id=kind_id)


def _only_kind(name: str) -> SourceKind:
    module = import_module(f"{__name__}.{name}")
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, SourceKind)
        and value.__module__ == module.__name__
    ]
    if len(classes) != 1:
        raise TypeError(f"{module.__name__} must hold exactly one source, not {len(classes)}")
    return classes[0]()

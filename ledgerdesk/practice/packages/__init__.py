"""The accounting packages of the practice world: every module here without a leading underscore,
except base, is one that a sample client uses. Its id is the module's name."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from ledgerdesk.practice.packages.base import PracticePackage


@cache
def all_packages() -> tuple[type[PracticePackage], ...]:
    """By id."""
    names = sorted(one.name for one in pkgutil.iter_modules(__path__))
    return tuple(_only(name) for name in names if name != "base" and not name.startswith("_"))


def _only(name: str) -> type[PracticePackage]:
    module = import_module(f"{__name__}.{name}")
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, PracticePackage)
        and value.__module__ == module.__name__
    ]
    if len(found) != 1 or found[0].id != name:
        raise TypeError(f"{module.__name__} must hold exactly one package, with its name as id")
    return found[0]

"""A page as the navigation knows it: its name, its title, its icon; its module is loaded when it is
first shown, so that ten pages cost the start no more than one."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ledgerdesk.ui.page import Page


class Entry(NamedTuple):
    """``title`` is marked with N_. ``place`` is the class, or ``module:Class``."""

    name: str
    title: str
    icon: str
    place: type[Page] | str

    def page_class(self) -> type[Page]:
        if not isinstance(self.place, str):
            return self.place
        module, _, name = self.place.partition(":")
        found: type[Page] = getattr(import_module(module), name)
        return found


def entry_of(page: type[Page]) -> Entry:
    return Entry(page.name, page.title, page.icon, page)

"""The pages in the order of the navigation. One file each; see ``ui/page.py`` for the contract."""

from __future__ import annotations

from importlib.util import find_spec

from ledgerdesk.i18n import N_
from ledgerdesk.ui.entry import Entry


def _here(name: str, title: str, icon: str, kind: str) -> Entry:
    return Entry(name, title, icon, f"{__name__}.{name}:{kind}")


_ALL = (
    _here("overview", N_("Overview"), "overview", "OverviewPage"),
    _here("packages", N_("Accounting packages"), "packages", "PackagesPage"),
    _here("clients", N_("Clients"), "clients", "ClientsPage"),
    _here("documents", N_("Documents"), "documents", "DocumentsPage"),
    _here("deliveries", N_("Deliveries"), "deliveries", "DeliveriesPage"),
    _here("settings", N_("Settings"), "settings", "SettingsPage"),
)
ENTRIES = tuple(one for one in _ALL if find_spec(f"{__name__}.{one.name}") is not None)

"""What the project itself registered at vendors: public keys that ship with LedgerDesk, no secrets.

``registrations.toml`` among the resources, one table per connector (``[dropbox]``,
``app_key = "…"``). Without the file every firm registers for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ledgerdesk import paths


@cache
def registration(connector_id: str) -> Mapping[str, str]:
    """The registration for this connector; empty where the project has none."""
    file = paths.resources() / "registrations.toml"
    if not file.is_file():
        return {}
    # Only where there is something to read: listing the connectors stays cheap.
    import tomllib

    found = tomllib.loads(file.read_text(encoding="utf-8")).get(connector_id, {})
    return {str(name): str(value) for name, value in found.items()}

"""Where a vendor's service is reached: its own address, or a stand-in on this computer."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

from ledgerdesk.errors import InvalidValue
from ledgerdesk.i18n import N_, translate


def base(connector_id: str, vendor: str) -> str:
    """``vendor``, or what ``LEDGERDESK_ENDPOINT_<ID>`` says at this moment; no slash at its end.

    Raises InvalidValue for an address that is not on this computer: the variable is for tests and
    practice, and must never lead documents elsewhere (design.md §9).
    """
    name = f"LEDGERDESK_ENDPOINT_{connector_id.upper()}"
    given = os.environ.get(name, "").strip()
    if not given:
        return vendor.rstrip("/")
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not is_loopback(parts.hostname or ""):
        hint = translate(N_("Only an address on this computer (http://127.0.0.1:port) may stand."))
        raise InvalidValue(field=name, value=given, name=name, hint=hint)
    return given.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether the name or address is this computer's own, without asking anybody."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_private(host: str) -> bool:
    """Loopback, or an address of an office network (RFC 1918, RFC 4193, link-local)."""
    if is_loopback(host):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.lower().endswith((".local", ".lan", ".internal"))

"""Stand-ins for the inboxes of Peppol access points, one for each profile in the wheel."""

from __future__ import annotations

from ledgerdesk.practice.vendors._peppol_billit import BillitServer, Order
from ledgerdesk.practice.vendors._peppol_recommand import Received, RecommandServer

__all__ = ["BillitServer", "Order", "Received", "RecommandServer"]

"""In which states a delivery can be retried, sent again, resolved, cancelled, marked as booked.

Apart from the service, so that the window offers the same without loading it.
"""

from __future__ import annotations

from ledgerdesk.model import DeliveryState

RETRIED = (
    DeliveryState.QUEUED,
    DeliveryState.RETRYING,
    DeliveryState.BLOCKED,
    DeliveryState.REJECTED,
)
CANCELLED = (DeliveryState.QUEUED, DeliveryState.RETRYING, DeliveryState.BLOCKED)
RESENT = (DeliveryState.DELIVERED, DeliveryState.REJECTED, DeliveryState.CANCELLED)
RESOLVED = (DeliveryState.UNKNOWN,)
BOOKED = (DeliveryState.DELIVERED,)

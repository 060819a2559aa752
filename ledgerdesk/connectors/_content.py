"""A document's bytes on their way out: the very ones that were taken in, or none."""

from __future__ import annotations

import hashlib

from ledgerdesk.errors import ContentGone
from ledgerdesk.model import Cancel, Parcel

_PIECE = 64 * 1024


def checked_content(parcel: Parcel, cancel: Cancel) -> bytes:
    """Raises ContentGone when the stored copy is missing or damaged, and Cancelled."""
    content = parcel.open()
    digest = hashlib.sha256()
    for start in range(0, len(content), _PIECE):
        cancel.raise_if_cancelled()
        digest.update(content[start : start + _PIECE])
    if digest.hexdigest() != parcel.sha256:
        raise ContentGone()
    return content

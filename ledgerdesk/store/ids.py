"""Ids: 20 hex digits, the time in milliseconds first, so that order of making is order of id."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import datetime

_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """A new id. Within one process ids only rise, also when the wall clock steps back."""
    global _last
    with _lock:
        _last = max(_last + 1, time.time_ns() // 1_000_000)
        return f"{_last:012x}{secrets.token_hex(4)}"


def lowest_at(moment: datetime) -> str:
    """No id that was made at ``moment`` or later is lower."""
    return f"{int(moment.timestamp() * 1000):012x}"

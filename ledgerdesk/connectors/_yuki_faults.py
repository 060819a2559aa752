"""What a fault of Yuki's services means: ``yuki_faults.toml`` holds the words to look for."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

ZONE = "Europe/Brussels"
"""The vendor's day, in Belgium and the Netherlands alike."""

_JUST_AFTER_MIDNIGHT = time(0, 5)
_LONGEST = 300


class Meaning(StrEnum):
    KEY = "key"
    SESSION = "session"
    LIMIT = "limit"
    RIGHTS = "rights"
    INACTIVE = "inactive"
    ADMINISTRATION = "administration"
    OTHER = "other"


def meaning(text: str, *, signing_in: bool = False) -> Meaning:
    """Of a fault's text. While signing in, what fits nothing is about the key."""
    table = _table()
    said = sentence(text).casefold()
    for name in table["signing_in" if signing_in else "working"]:
        if any(word in said for word in table["words"][name]):
            return Meaning(name)
    return Meaning.KEY if signing_in else Meaning.OTHER


def sentence(text: str) -> str:
    """The vendor's own words: one line, bounded, without what its web server puts before them."""
    own = " ".join(text.rpartition("--->")[2].split())
    return own if len(own) <= _LONGEST else f"{own[:_LONGEST]}…"


def until_tomorrow(now: datetime) -> float:
    """Seconds until a new day has begun for the vendor's count."""
    # zoneinfo reads files; most processes never need them.
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(ZONE)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    begins = datetime.combine(tomorrow, _JUST_AFTER_MIDNIGHT, zone)
    return (begins.astimezone(UTC) - now).total_seconds()


@cache
def _table() -> dict[str, Any]:
    file = resources.files(__package__ or "").joinpath("yuki_faults.toml")
    return tomllib.loads(file.read_text("utf-8"))

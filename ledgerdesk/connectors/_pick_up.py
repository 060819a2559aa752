"""Watching whether the package takes the files away: a folder that never empties means that
nobody imports them."""

from __future__ import annotations

from collections.abc import Mapping

from ledgerdesk.i18n import N_
from ledgerdesk.setup.fields import Field, FieldScope

WATCH = Field(
    "watch_days",
    N_("Days until the package has taken a file"),
    required=False,
    scope=FieldScope.CONFIGURATION,
    pattern=r"[1-9]\d?",
    advanced=True,
    help=N_(
        "Only for packages that take the files away. LedgerDesk looks whether they are gone: then "
        "the proof says “picked up”. When one still lies there after so many days, you are told. "
        "Give a number from 1 to 99; leave it empty where files stay."
    ),
)


def watched_days(values: Mapping[str, str]) -> int:
    """0: nothing is watched."""
    given = values.get(WATCH.name, "")
    return int(given) if given.isdigit() else 0

"""When LedgerDesk runs by itself, as the books keep it: rules, slots that ran, the pause.

Rules are kept as plain values; ``delivery.schedules`` knows what they mean. Functions work inside
the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledgerdesk.store import tables as t

OVERALL = ""
"""In the place of a configuration's id: the rule of all that have none of their own."""

_PAUSE, _ZONE = "pause", "schedule_zone"
"""In the table of settings, which a person changes elsewhere than on the settings page."""
_r = t.schedule.c
_s = t.schedule_slot.c


@dataclass(frozen=True, slots=True)
class Rule:
    """``since`` is when it was made or switched on: older slots never were promised."""

    values: Mapping[str, Any]
    since: datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing runs by itself from ``since`` until ``until``; None: until somebody resumes."""

    since: datetime
    until: datetime | None


# --- rules --------------------------------------------------------------------------------------


def rules(connection: sa.Connection) -> dict[str, Rule]:
    """By configuration, those of packages in use only; the overall one under OVERALL."""
    in_use = sa.select(t.configuration.c.id).where(t.configuration.c.removed_at.is_(None))
    wanted = sa.or_(_r.configuration_id == OVERALL, _r.configuration_id.in_(in_use))
    rows = connection.execute(sa.select(t.schedule).where(wanted))
    return {row.configuration_id: Rule(row.rule, row.since) for row in rows}


def put(connection: sa.Connection, configuration_id: str, rule: Rule) -> None:
    """Keeps the rule instead of the former one, whose slots are forgotten."""
    remove(connection, configuration_id)
    connection.execute(
        t.schedule.insert().values(
            configuration_id=configuration_id, rule=dict(rule.values), since=rule.since
        )
    )


def remove(connection: sa.Connection, configuration_id: str) -> None:
    """The package follows the overall rule again."""
    for table in (t.schedule, t.schedule_slot):
        connection.execute(table.delete().where(table.c.configuration_id == configuration_id))


# --- slots that ran -------------------------------------------------------------------------------


def slots(connection: sa.Connection) -> dict[str, dict[str, datetime]]:
    """The moment of every slot that ran, by its key, by configuration."""
    found: dict[str, dict[str, datetime]] = {}
    for row in connection.execute(sa.select(t.schedule_slot)):
        found.setdefault(row.configuration_id, {})[row.key] = row.at
    return found


def ran(connection: sa.Connection, configuration_id: str, key: str, at: datetime) -> None:
    """The slot ran. Raises sqlite3.IntegrityError for one that did before."""
    given = {"configuration_id": configuration_id, "key": key, "at": at}
    connection.execute(t.schedule_slot.insert(), given)


def forget_slots(connection: sa.Connection, gone: Iterable[tuple[str, str]]) -> None:
    """``gone`` are pairs of configuration and key."""
    for configuration_id, key in gone:
        connection.execute(
            t.schedule_slot.delete().where(_s.configuration_id == configuration_id, _s.key == key)
        )


# --- the pause, the calendar ----------------------------------------------------------------------


def pause(connection: sa.Connection) -> Pause | None:
    """The kept one, also when it is over."""
    kept = _kept(connection, _PAUSE)
    if not kept:
        return None
    until, since = kept["until"], datetime.fromisoformat(kept["since"])
    return Pause(since, datetime.fromisoformat(until) if until else None)


def set_pause(connection: sa.Connection, wanted: Pause | None) -> None:
    """None: resumed."""
    value = None
    if wanted is not None:
        until = None if wanted.until is None else wanted.until.isoformat()
        value = {"since": wanted.since.isoformat(), "until": until}
    _keep(connection, _PAUSE, value)


def zone(connection: sa.Connection) -> str:
    """The calendar a person named; "": this computer's."""
    return str(_kept(connection, _ZONE) or "")


def set_zone(connection: sa.Connection, name: str) -> None:
    _keep(connection, _ZONE, name or None)


def _kept(connection: sa.Connection, key: str) -> Any:
    return connection.scalar(sa.select(t.setting.c.value).where(t.setting.c.key == key))


def _keep(connection: sa.Connection, key: str, value: Any) -> None:
    connection.execute(t.setting.delete().where(t.setting.c.key == key))
    if value is not None:
        connection.execute(t.setting.insert().values(key=key, value=value))

"""The values of the settings in the books. What is not kept there has its default."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any, TypeVar

from ledgerdesk.errors import InvalidValue
from ledgerdesk.settings import ALL, Setting
from ledgerdesk.store.engine import bare

if TYPE_CHECKING:
    import sqlalchemy as sa

T = TypeVar("T", str, int)


def get(connection: sa.Connection | sqlite3.Connection, setting: Setting[T]) -> T:
    """The value in force: the kept one, else the default.

    A kept value that this version does not allow counts as not kept: a program does not stop
    because of a setting.
    """
    below = connection if isinstance(connection, sqlite3.Connection) else bare(connection)
    kept = below.execute("SELECT value FROM setting WHERE key = ?", (setting.key,)).fetchone()
    if kept is None:
        return setting.default
    try:
        # SQLite keeps a number as a number, even where JSON is declared.
        value = kept[0]
        return setting.parse(str(json.loads(value) if isinstance(value, str) else value))
    except InvalidValue:
        return setting.default


def put(connection: sa.Connection, setting: Setting[T], text: str) -> T:
    """Keeps what a person typed and returns the value. Raises InvalidValue; nothing is kept then.

    The default is kept as well: it stays what the person chose when a later version has another.
    """
    from ledgerdesk.store import tables as t

    value = setting.parse(text)
    connection.execute(t.setting.delete().where(t.setting.c.key == setting.key))
    connection.execute(t.setting.insert().values(key=setting.key, value=value))
    return value


def clear(connection: sa.Connection, setting: Setting[Any]) -> None:
    """Back to the default."""
    from ledgerdesk.store import tables as t

    connection.execute(t.setting.delete().where(t.setting.c.key == setting.key))


def everything(connection: sa.Connection | sqlite3.Connection) -> dict[str, str | int]:
    """The value in force of every setting, by key, in the order of declaration."""
    return {one.key: get(connection, one) for one in ALL}

"""Small shared helpers of the repositories: paging, and a row that must be there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa

from ledgerdesk.errors import UnknownId


def one(connection: sa.Connection, query: sa.Select[Any], what: str, id: str) -> sa.Row[Any]:
    """The one row of ``query``. Raises UnknownId, naming ``what`` and ``id``."""
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UnknownId(what=what, id=id)
    return row


def page(query: sa.Select[Any], limit: int | None, offset: int) -> sa.Select[Any]:
    """``limit`` None: all rows."""
    return query if limit is None else query.limit(limit).offset(offset)


def changed(connection: sa.Connection, table: sa.Table, id: str, values: Mapping[str, Any]) -> None:
    """Updates the row with ``id``. Raises UnknownId when there is none."""
    done = connection.execute(_update(table, tuple(values)), {**values, _ID: id})
    if done.rowcount == 0:
        raise UnknownId(what=table.name, id=id)


_ID = "id_of_the_row"


@cache
def _update(table: sa.Table, columns: tuple[str, ...]) -> sa.Update:
    """Made once: building a wide statement costs more than running it."""
    values = {name: sa.bindparam(name, type_=table.c[name].type) for name in columns}
    return table.update().where(table.c.id == sa.bindparam(_ID)).values(values)

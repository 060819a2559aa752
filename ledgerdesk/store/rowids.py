"""Lists as SQLite's rowids: read straight from the driver, and combined as sorted arrays.

Each condition of a list is one statement that an index answers alone; what fits all of them is
found here. A million keys are 8 MB.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from itertools import chain, compress, islice
from operator import le
from typing import Any

import sqlalchemy as sa

from ledgerdesk.store import tables as t

_MANY = 100_000
_ALIKE = 30
"""Looking one key up costs as much as walking past so many."""


def rowid(table: sa.Table) -> sa.ColumnElement[int]:
    return sa.literal_column(f"{table.name}.rowid", sa.Integer)


def saying(text: str, *columns: Any) -> sa.ColumnElement[bool]:
    """Where one of ``columns`` contains ``text``, upper or lower case."""
    # SQLite folds the case of ASCII letters only.
    spellings = {text} if text.isascii() else {text, text.lower(), text.upper(), text.title()}
    return sa.or_(
        *(each.contains(said, autoescape=True) for each in columns for said in sorted(spellings))
    )


# --- reading ------------------------------------------------------------------------------------


def everything(c: sa.Connection, table: sa.Table) -> array[int]:
    """All rowids, ascending. Rows are hardly ever removed: without gaps they need not be read."""
    keys = sa.select(rowid(table)).select_from(table)
    number = sa.select(sa.func.count()).select_from(table)
    ends = (sa.select(each(rowid(table))).select_from(table) for each in (sa.func.min, sa.func.max))
    count, low, high = (c.execute(one).scalar() or 0 for one in (number, *ends))
    if count == 0:
        return array("q")
    if high - low + 1 == count:
        return array("q", range(low, high + 1))
    return ascending(read(c, keys.order_by(table.c.id)))


def read(c: sa.Connection, query: sa.Select[Any]) -> array[int]:
    done = query.compile(c, compile_kwargs={"render_postcompile": True})
    values = [done.params[name] for name in done.positiontup or ()]
    return _fetch(c, str(done), values)


def documents_saying(c: sa.Connection, text: str) -> array[int]:
    """The documents whose number, parties, account or file contain ``text``, ascending."""
    says = t.document.c.searched.contains(text.casefold(), autoescape=True)
    keys = sa.select(rowid(t.document)).order_by(t.document.c.id)
    found = ascending(read(c, keys.where(says).limit(_MANY)))
    if len(found) < _MANY:
        return found
    # Fetching them costs more than looking: of those that nearly all say, the others are fewer.
    return without(everything(c, t.document), ascending(read(c, keys.where(sa.not_(says)))))


def given(keys: array[int]) -> sa.Select[Any]:
    """``keys`` as a set for SQL; they are too many to be bound one by one."""
    values = sa.func.json_each(str(keys.tolist())).table_valued("value")
    return sa.select(values.c.value)


def read_each(
    c: sa.Connection, column: sa.Column[Any], values: Collection[str], order: Any
) -> array[int]:
    """The keys of each value in turn, by one statement that is made once."""
    query = sa.select(rowid(column.table)).select_from(column.table)
    statement = str(query.where(column == sa.bindparam("value")).order_by(order).compile(c))
    found: array[int] = array("q")
    for value in values:
        found.extend(_fetch(c, statement, [value]))
    return found


def _fetch(c: sa.Connection, statement: str, values: Sequence[Any]) -> array[int]:
    """Straight from the driver: a million rows as objects would cost more than reading them."""
    bare = c.connection.driver_connection
    assert bare is not None
    cursor = bare.cursor()
    try:
        return array("q", chain.from_iterable(cursor.execute(statement, values)))
    finally:
        cursor.close()


# --- combining ----------------------------------------------------------------------------------


def without(these: array[int], gone: array[int]) -> array[int]:
    """Both are ascending."""
    if 4 * len(gone) > len(these):
        held = bytearray(b"\1") * (max(chain(these[-1:], gone[-1:]), default=0) + 1)
        for key in gone:
            held[key] = 0
        return array("q", compress(these, map(held.__getitem__, these)))
    found: array[int] = array("q")
    start = 0
    for key in gone:
        end = bisect_left(these, key, start)
        found.extend(these[start:end])
        start = end + (end < len(these) and these[end] == key)
    found.extend(these[start:])
    return found


def ascending(found: array[int]) -> array[int]:
    if all(map(le, found, islice(found, 1, None))):
        return found
    return array("q", sorted(found))


def union(found: Iterable[array[int]]) -> array[int]:
    """All are ascending; each key once. The smaller ones decide how long it takes."""
    whole: array[int] = array("q")
    for one in sorted(found, key=len, reverse=True):
        whole = _merged(whole, one) if whole else one
    return whole


def _merged(large: array[int], small: array[int]) -> array[int]:
    if len(large) < _ALIKE * len(small) and len(large) + len(small) <= _MANY:
        # Objects for a while: too many of them would cost more memory than a list may.
        return array("q", dict.fromkeys(sorted(chain(large, small))))
    found: array[int] = array("q")
    start = 0
    for key in small:
        end = bisect_left(large, key, start)
        found.extend(large[start:end])
        found.append(key)
        start = end + (end < len(large) and large[end] == key)
    found.extend(large[start:])
    return found


def intersection(found: Sequence[array[int]]) -> array[int]:
    """All are ascending; the smallest decides how long it takes."""
    smallest, *others = sorted(found, key=len)
    for other in others:
        smallest = array("q", (one for one in smallest if _holds(other, one)))
    return smallest


def only(ordered: array[int], wanted: array[int]) -> array[int]:
    """Those of ``ordered`` that are in ``wanted``, in their order."""
    # A byte per row: a set of a million would be eighty times as large.
    held = bytearray(max(chain(ordered, wanted), default=0) + 1)
    for key in wanted:
        held[key] = 1
    return array("q", compress(ordered, map(held.__getitem__, ordered)))


def _holds(these: array[int], key: int) -> bool:
    place = bisect_left(these, key)
    return place < len(these) and these[place] == key

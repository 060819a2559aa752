"""The journal: append-only, hash-chained, written in the transaction of the change it tells.

A row's hash covers the previous hash, the facts, and a salted digest of the personal part. The
personal part stands apart with its salt, so it can be erased while the chain stays valid. The head
(newest number and hash) is kept beside it and in every backup and export, so that a cut tail shows.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ledgerdesk.store import tables as t

_HEAD_KEY = "journal_head"
_CLOCKS_DIFFER = timedelta(hours=1)

# Built once: a row is written with nearly every change.
_READ_HEAD = sa.select(t.meta.c.value).where(t.meta.c.key == _HEAD_KEY)
_MOVE_HEAD = t.meta.update().where(t.meta.c.key == _HEAD_KEY).values(value=sa.bindparam("head"))
_ADD = t.journal.insert()
_ADD_PERSONAL = t.journal_personal.insert()


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. ``facts`` holds ids, hashes and states; ``personal`` holds names."""

    what: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    ok: bool
    rows: int
    first_bad: int | None


def canonical(value: object) -> str:
    """JSON with one spelling only: sorted keys, no spaces, ASCII (names of files that are no valid
    Unicode can be told as well)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)


def row_hash(prev_hash: str, seq: int, at: str, what: str, facts: str, digest: str) -> str:
    text = canonical([prev_hash, seq, at, what, facts, digest])
    return hashlib.sha256(text.encode()).hexdigest()


def personal_digest(salt: str, personal: str) -> str:
    return hashlib.sha256(f"{salt}:{personal}".encode()).hexdigest()


def append(connection: sa.Connection, *entries: Entry, at: datetime) -> None:
    """Adds rows to the chain inside the caller's transaction."""
    if not entries:
        return
    seq, last = head(connection)
    rows, personals = [], []
    when = at.astimezone(UTC).isoformat(timespec="milliseconds")
    for entry in entries:
        seq += 1
        digest = ""
        if entry.personal:
            salt, personal = secrets.token_hex(16), canonical(entry.personal)
            digest = personal_digest(salt, personal)
            personals.append({"seq": seq, "salt": salt, "personal": personal})
        facts = canonical(entry.facts)
        this = row_hash(last, seq, when, entry.what, facts, digest)
        rows.append(
            {
                "seq": seq,
                "at": when,
                "what": entry.what,
                "facts": facts,
                "personal_digest": digest,
                "prev_hash": last,
                "hash": this,
            }
        )
        last = this
    connection.execute(_ADD, rows)
    if personals:
        connection.execute(_ADD_PERSONAL, personals)
    _keep_head(connection, seq, last)


def head(connection: sa.Connection) -> tuple[int, str]:
    """Number and hash of the newest row as kept beside the chain; (0, "") at the beginning."""
    kept = connection.execute(_READ_HEAD).scalar()
    if kept is None:
        return 0, ""
    seq, _, hash_ = str(kept).partition(":")
    return (int(seq) if seq.isascii() and seq.isdecimal() else 0), hash_


def _keep_head(connection: sa.Connection, seq: int, hash_: str) -> None:
    value = f"{seq}:{hash_}"
    changed = connection.execute(_MOVE_HEAD, {"head": value})
    if changed.rowcount == 0:
        connection.execute(t.meta.insert().values(key=_HEAD_KEY, value=value))


def verify(connection: sa.Connection) -> Verdict:
    """Walks the chain. ``first_bad`` is the number of the first row that does not fit."""
    last, expected, rows = "", 0, 0
    for row in _walk(connection):
        expected += 1
        rows += 1
        fits = (
            row.seq == expected
            and row.prev_hash == last
            and row.hash
            == row_hash(last, row.seq, row.at, row.what, row.facts, row.personal_digest)
            and (row.salt is None or personal_digest(row.salt, row.personal) == row.personal_digest)
        )
        if not fits:
            return Verdict(False, _count(connection), min(row.seq, expected))
        last = row.hash
    kept, hash_ = head(connection)
    if (kept, hash_) == (expected, last):
        return Verdict(True, rows, None)
    # A tail that was cut or added to begins to differ where the shorter of the two ends.
    return Verdict(False, rows, expected if kept == expected else min(kept, expected) + 1)


def erase_personal(connection: sa.Connection, seqs: Collection[int]) -> None:
    """Forgets the names in these rows, with their salt; the chain stays valid without them."""
    connection.execute(t.journal_personal.delete().where(t.journal_personal.c.seq.in_(list(seqs))))


def export(connection: sa.Connection) -> Iterator[str]:
    """One JSON line per row, then the head."""
    for row in _walk(connection):
        yield canonical(
            {
                "seq": row.seq,
                "at": row.at,
                "what": row.what,
                "facts": _told(row.facts),
                "personal": _told(row.personal) if row.personal else None,
                "personal_digest": row.personal_digest,
                "prev_hash": row.prev_hash,
                "hash": row.hash,
            }
        )
    seq, hash_ = head(connection)
    yield canonical({"head": {"seq": seq, "hash": hash_}})


def _told(kept: str) -> Any:
    """Also a row that somebody changed by hand is exported, as it stands."""
    try:
        return json.loads(kept)
    except ValueError:
        return kept


def recent(
    connection: sa.Connection,
    facts: Mapping[str, str],
    limit: int,
    *,
    since: datetime | None = None,
) -> Sequence[Entry]:
    """The newest entries whose facts hold the given ids, oldest first: a life line. ``since``
    spares reading what was written before whatever it is about was made."""
    like = [t.journal.c.facts.contains(f'"{key}":"{value}"') for key, value in facts.items()]
    first = 0 if since is None else _first_at(connection, since)
    rows = connection.execute(
        sa.select(t.journal)
        .where(t.journal.c.seq >= first, *like)
        .order_by(t.journal.c.seq.desc())
        .limit(limit)
    )
    found = [
        Entry(row.what, {"seq": row.seq, "at": row.at, **json.loads(row.facts)}) for row in rows
    ]
    return found[::-1]


def _first_at(connection: sa.Connection, moment: datetime) -> int:
    """The number of the first row of ``moment`` or later: numbers rise with time, so halving finds
    it. Looks an hour further back, for a wall clock that was set back meanwhile."""
    wanted = (moment - _CLOCKS_DIFFER).astimezone(UTC).isoformat(timespec="milliseconds")
    low, high = 1, head(connection)[0] + 1
    while low < high:
        middle = (low + high) // 2
        at = connection.execute(sa.select(t.journal.c.at).where(t.journal.c.seq == middle)).scalar()
        if at is not None and at < wanted:
            low = middle + 1
        else:
            high = middle
    return low


def _walk(connection: sa.Connection) -> Iterator[Any]:
    joined = t.journal.outerjoin(t.journal_personal, t.journal.c.seq == t.journal_personal.c.seq)
    query = (
        sa.select(t.journal, t.journal_personal.c.salt, t.journal_personal.c.personal)
        .select_from(joined)
        .order_by(t.journal.c.seq)
        .execution_options(yield_per=1000)
    )
    yield from connection.execute(query)


def _count(connection: sa.Connection) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(t.journal)).scalar_one())

"""How far the reading of what comes back to mails got, and how it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa

from ledgerdesk.store import tables as t

_KEY = "mail_answers"


@dataclass(frozen=True, slots=True)
class AnswersRead:
    """``cursors`` by folder; ``read_at`` is when it last worked (ISO), ``error`` a kept error."""

    cursors: Mapping[str, Any] = field(default_factory=dict)
    read_at: str = ""
    error: Mapping[str, Any] = field(default_factory=dict)


def get(connection: sa.Connection) -> AnswersRead:
    value = connection.execute(sa.select(t.meta.c.value).where(t.meta.c.key == _KEY)).scalar()
    return AnswersRead(**json.loads(value)) if value else AnswersRead()


def put(connection: sa.Connection, now: AnswersRead) -> None:
    connection.execute(t.meta.delete().where(t.meta.c.key == _KEY))
    connection.execute(t.meta.insert().values(key=_KEY, value=json.dumps(asdict(now))))

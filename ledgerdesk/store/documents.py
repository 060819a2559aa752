"""Documents in the books: inside the caller's transaction, without a line in the journal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from ledgerdesk.model import (
    DeliveryState,
    Direction,
    Document,
    DocumentFormat,
    DocumentKind,
    DocumentState,
    ExportKind,
    Facts,
    Finding,
    HeldReason,
    Hints,
    Party,
    Profile,
    Severity,
    Statement,
)
from ledgerdesk.store import deliveries
from ledgerdesk.store import tables as t
from ledgerdesk.store.rows import changed, one, page

_d = t.document.c


@dataclass(frozen=True, slots=True)
class Known:
    """What the search for duplicates asks about a document that is in the books.

    ``logical_key`` is empty where the file itself is at fault (see ``is_faulty``). ``balances`` are
    the opening and closing ones of a bank file's statements.
    """

    id: str
    sha256: str
    client_id: str
    direction: str
    logical_key: str
    content_key: str
    format: str = ""
    balances: tuple[str, ...] = ()


# --- reading ------------------------------------------------------------------------------------


def get(connection: sa.Connection, document_id: str) -> Document:
    """Raises UnknownId."""
    query = sa.select(t.document).where(_d.id == document_id)
    return _document(one(connection, query, "document", document_id))


def by_ids(connection: sa.Connection, ids: Iterable[str]) -> list[Document]:
    """In the order given, each once. Raises UnknownId for the first that is not there."""
    return [get(connection, id) for id in dict.fromkeys(ids)]


def listed(
    connection: sa.Connection,
    *,
    state: DocumentState | None = None,
    client_id: str = "",
    source_id: str = "",
    limit: int | None = 1000,
    offset: int = 0,
) -> list[Document]:
    """Oldest first."""
    query = sa.select(t.document).order_by(_d.id)
    if state is not None:
        query = query.where(_d.state == state)
    if client_id:
        query = query.where(_d.client_id == client_id)
    if source_id:
        query = query.where(_d.source_id == source_id)
    return [_document(row) for row in connection.execute(page(query, limit, offset))]


def counts(connection: sa.Connection) -> dict[DocumentState, int]:
    """How many documents stand in each state; every state is there."""
    rows = connection.execute(sa.select(_d.state, sa.func.count()).group_by(_d.state))
    found = {DocumentState(state): number for state, number in rows}
    return {state: found.get(state, 0) for state in DocumentState}


def waiting(
    connection: sa.Connection, states: Collection[DocumentState], *, portion: int = 500
) -> Iterator[Document]:
    """Every document in one of ``states``, oldest first. The caller may change them meanwhile."""
    after = ""
    while True:
        query = sa.select(t.document).where(_d.state.in_(states), _d.id > after)
        rows = connection.execute(query.order_by(_d.id).limit(portion)).all()
        if not rows:
            return
        yield from (_document(row) for row in rows)
        after = rows[-1].id


def to_look_at_again(connection: sa.Connection) -> list[Document]:
    """Ready documents that a changed link concerns, oldest first: those with a delivery that did
    not leave yet, and those that a link covers by its kind and its days without a delivery."""
    delivery, link = t.delivery.c, t.link.c
    unsent = (DeliveryState.QUEUED, DeliveryState.RETRYING, DeliveryState.BLOCKED)
    has_unsent = sa.select(delivery.document_id).where(delivery.state.in_(unsent))
    day = sa.func.coalesce(_d.issue_date, sa.func.date(_d.taken_in_at))
    export = sa.case(
        (_d.kind.in_(_kinds_of(ExportKind.INVOICES)), ExportKind.INVOICES.value),
        (_d.kind.in_(_kinds_of(ExportKind.STATEMENTS)), ExportKind.STATEMENTS.value),
        else_="",
    )
    has_delivery = sa.exists().where(
        delivery.document_id == _d.id,
        delivery.link_id == link.id,
        sa.text("delivery.reason = ''"),
        delivery.state != DeliveryState.CANCELLED,
    )
    uncovered = (
        sa.select(_d.id)
        .join(t.link, link.client_id == _d.client_id)
        .where(
            _d.state == DocumentState.READY,
            link.kind == export,
            sa.or_(link.since.is_(None), link.since <= day),
            sa.or_(link.until.is_(None), link.until >= day),
            sa.not_(has_delivery),
        )
    )
    query = sa.select(t.document).where(
        _d.state == DocumentState.READY, sa.or_(_d.id.in_(has_unsent), _d.id.in_(uncovered))
    )
    return [_document(row) for row in connection.execute(query.order_by(_d.id))]


def known(
    connection: sa.Connection, sha256s: Collection[str], logical_keys: Collection[str]
) -> list[Known]:
    """The originals (no duplicates) that have one of these hashes or keys, oldest first."""
    columns = (
        *(_d.id, _d.sha256, _d.client_id, _d.direction, _d.logical_key, _d.content_key),
        *(_d.state, _d.reason, _d.format, _d.statements),
    )
    found: dict[str, Known] = {}
    keys = [key for key in logical_keys if key]
    for column, values in ((_d.sha256, list(sha256s)), (_d.logical_key, keys)):
        for start in range(0, len(values), 500):
            query = sa.select(*columns).where(
                column.in_(values[start : start + 500]), _d.state != DocumentState.DUPLICATE
            )
            for row in connection.execute(query):
                found[row.id] = Known(
                    row.id,
                    row.sha256,
                    row.client_id or "",
                    row.direction,
                    "" if is_faulty(row.state, row.reason) else row.logical_key,
                    row.content_key,
                    row.format,
                    balances_of(_statement(each) for each in row.statements or ()),
                )
    return [found[id] for id in sorted(found)]


def balances_of(statements: Iterable[Statement]) -> tuple[str, ...]:
    """As two formats of one bank file would tell them alike."""
    return tuple(
        "?" if one is None else f"{one.normalize():f}"
        for each in statements
        for one in (each.opening_balance, each.closing_balance)
    )


def is_faulty(state: str, reason: str) -> bool:
    """Whether a document is held for what is wrong with its file. A sound file that tells the same
    story must not go under as its duplicate: it is the one the books are waiting for."""
    return state == DocumentState.HELD and reason in _FAULTS


_FAULTS = (
    HeldReason.UNSAFE,
    HeldReason.NOT_WELL_FORMED,
    HeldReason.UNKNOWN_KIND,
    HeldReason.SCHEMA_INVALID,
    HeldReason.TOO_LARGE,
)


def decided(connection: sa.Connection, sha256: str) -> bool:
    """Whether a person said whose one of the documents with this content is."""
    query = sa.select(_d.id).where(_d.sha256 == sha256, _d.assigned).limit(1)
    return connection.execute(query).first() is not None


def went_out(connection: sa.Connection, document_id: str) -> str:
    """The state of a delivery of this document that left, or may have; "" when none did."""
    gone = (DeliveryState.SENDING, DeliveryState.DELIVERED, DeliveryState.UNKNOWN)
    query = sa.select(t.delivery.c.state).where(deliveries.is_of(document_id))
    return next((str(one) for one in connection.scalars(query) if one in gone), "")


def _kinds_of(export: ExportKind) -> list[str]:
    return [kind.value for kind in DocumentKind if kind.export is export]


# --- changes ------------------------------------------------------------------------------------


def insert(connection: sa.Connection, documents: Sequence[Document]) -> None:
    """All at once: a batch costs one statement."""
    if documents:
        connection.execute(t.document.insert(), [_columns(each) for each in documents])


def update(connection: sa.Connection, document: Document) -> None:
    """Raises UnknownId."""
    columns = _columns(document)
    del columns["id"]
    changed(connection, t.document, document.id, columns)


def _columns(document: Document) -> dict[str, Any]:
    facts = document.facts
    return {
        "id": document.id,
        "sha256": document.sha256,
        "size": document.size,
        "path": document.path,
        "member": document.member,
        "file_name": document.file_name,
        "kind": facts.kind.value,
        "format": facts.format.value,
        "profile": facts.profile.value,
        "direction": document.direction.value if document.direction else "",
        "number": facts.number,
        "issue_date": facts.issue_date,
        "supplier": _party_columns(facts.supplier),
        "customer": _party_columns(facts.customer),
        "holder": _party_columns(facts.holder),
        "account": facts.account,
        "total": "" if facts.total is None else f"{facts.total:f}",
        "currency": facts.currency,
        "statements": [_statement_columns(each) for each in facts.statements],
        "client_id": document.client_id or None,
        "state": document.state.value,
        "reason": document.reason,
        "assigned": document.assigned,
        "released": document.released,
        "hints": _hint_columns(document.hints),
        "findings": [_finding_columns(each) for each in document.findings],
        "logical_key": facts.logical_key,
        "content_key": facts.content_key,
        "duplicate_of": document.duplicate_of or None,
        "source_id": document.source_id or None,
        "taken_in_at": document.taken_in_at,
        "searched": _searched(document),
    }


def _searched(document: Document) -> str:
    """What a search looks in: number, parties, account and file, without case."""
    facts = document.facts
    parties = (facts.supplier, facts.customer, facts.holder)
    said = [facts.number, facts.account, *(one.name for one in parties), document.path]
    if document.file_name not in document.path:
        said.append(document.file_name)
    return "\n".join(one for one in said if one).casefold()


def _document(row: sa.Row[Any]) -> Document:
    facts = Facts(
        kind=DocumentKind(row.kind),
        format=DocumentFormat(row.format),
        profile=Profile(row.profile),
        number=row.number,
        issue_date=row.issue_date,
        supplier=_party(row.supplier),
        customer=_party(row.customer),
        account=row.account,
        holder=_party(row.holder),
        total=Decimal(row.total) if row.total else None,
        currency=row.currency,
        statements=tuple(_statement(each) for each in row.statements or ()),
        logical_key=row.logical_key,
        content_key=row.content_key,
    )
    return Document(
        id=row.id,
        sha256=row.sha256,
        size=row.size,
        path=row.path,
        member=row.member,
        file_name=row.file_name,
        facts=facts,
        state=DocumentState(row.state),
        taken_in_at=row.taken_in_at,
        direction=Direction(row.direction) if row.direction else None,
        client_id=row.client_id or "",
        reason=row.reason,
        assigned=row.assigned,
        released=row.released,
        hints=Hints(**row.hints),
        findings=tuple(_finding(each) for each in row.findings or ()),
        duplicate_of=row.duplicate_of or "",
        source_id=row.source_id or "",
    )


# --- the parts that are kept as JSON --------------------------------------------------------------


def _party_columns(party: Party) -> dict[str, Any]:
    if not party.name and not party.identifiers:
        return {}
    return {"name": party.name, "identifiers": list(party.identifiers)}


def _party(kept: Mapping[str, Any]) -> Party:
    return Party(kept["name"], tuple(kept["identifiers"])) if kept else Party()


def _hint_columns(hints: Hints) -> dict[str, str]:
    values = {name: getattr(hints, name) for name in Hints.__dataclass_fields__}
    return {name: value for name, value in values.items() if value}


def _finding_columns(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "text": finding.text,
        "params": dict(finding.params),
    }


def _finding(kept: Mapping[str, Any]) -> Finding:
    return Finding(kept["rule"], Severity(kept["severity"]), kept["text"], kept["params"])


def _statement_columns(statement: Statement) -> dict[str, Any]:
    return {
        "account": statement.account,
        "currency": statement.currency,
        "holder": _party_columns(statement.holder),
        "sequence": statement.sequence,
        "closing_date": _text(statement.closing_date),
        "opening_balance": _text(statement.opening_balance),
        "closing_balance": _text(statement.closing_balance),
        "start": statement.start,
        "end": statement.end,
        "core_sha256": statement.core_sha256,
    }


def _statement(kept: Mapping[str, Any]) -> Statement:
    return Statement(
        account=kept["account"],
        currency=kept["currency"],
        holder=_party(kept["holder"]),
        sequence=kept["sequence"],
        closing_date=date.fromisoformat(kept["closing_date"]) if kept["closing_date"] else None,
        opening_balance=_decimal(kept["opening_balance"]),
        closing_balance=_decimal(kept["closing_balance"]),
        start=kept["start"],
        end=kept["end"],
        core_sha256=kept["core_sha256"],
    )


def _text(value: object | None) -> str:
    return "" if value is None else str(value)


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None

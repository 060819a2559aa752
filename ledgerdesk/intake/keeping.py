"""From drafts to documents in the books: a batch in one transaction, with what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from ledgerdesk.intake.decisions import decide, with_kind
from ledgerdesk.intake.drafts import Draft
from ledgerdesk.intake.duplicates import Originals, originals_of
from ledgerdesk.intake.firm import Firm, read_firm
from ledgerdesk.intake.pairing import Pairs, keep_changes, marks_of
from ledgerdesk.intake.pdf_triage import by_rule
from ledgerdesk.intake.routing import dispatch, entry_of
from ledgerdesk.intake.watch import watched
from ledgerdesk.model import Document
from ledgerdesk.store import documents, journal, marks
from ledgerdesk.store.ids import new_id


def keep(
    connection: sa.Connection, drafts: Sequence[Draft], at: datetime, firm: Firm | None = None
) -> list[Document]:
    """Places the drafts of one batch and keeps them, with journal lines and deliveries. ``firm`` is
    read here unless it was read in the same transaction."""
    firm = firm or read_firm(connection)
    marked: dict[str, tuple[str, ...]] = {}
    fresh: list[Document] = []
    for draft in drafts:
        placed = place(draft, at, firm)
        marked.update((one.id, marks_of(draft)) for one in placed)
        fresh += placed
    originals = originals_of(connection, fresh)
    kept = watched(connection, [_settled(document, originals) for document in fresh], at)
    kept, changes = Pairs(connection, firm, marked).settle(kept)
    # What another one names must be there first.
    documents.insert(connection, sorted(kept, key=lambda one: bool(one.duplicate_of)))
    marks.insert(connection, marked)
    keep_changes(connection, changes, at)
    journal.append(connection, *(entry_of(one, "document.taken_in") for one in kept), at=at)
    dispatch(connection, kept, at)
    _tell(connection, drafts, at)
    return kept


def _tell(connection: sa.Connection, drafts: Sequence[Draft], at: datetime) -> None:
    """What came back to mails of ours, to the deliveries it is about."""
    answers = [one.origin.answer for one in drafts if one.origin.answer is not None]
    if answers:
        from ledgerdesk.delivery import mail_answers

        for answer in dict.fromkeys(answers):
            mail_answers.apply(connection, answer, at)


def rehearse(
    connection: sa.Connection, drafts: Sequence[Draft], at: datetime, earlier: Originals
) -> list[Document]:
    """What ``keep`` would keep. ``earlier`` remembers the batches rehearsed before this one."""
    firm = read_firm(connection)
    fresh = [document for draft in drafts for document in place(draft, at, firm)]
    originals = originals_of(connection, fresh)
    found = []
    for document in fresh:
        checked = earlier.checked(originals.checked(document))
        earlier.add(checked)
        found.append(checked)
    return found


def place(draft: Draft, at: datetime, firm: Firm) -> list[Document]:
    """One document per client in the draft; duplicates are not looked for yet."""
    origin = draft.origin
    reading, hints = by_rule(draft.reading, origin.hints, firm)
    facts = with_kind(reading, hints)
    return [
        Document(
            id=new_id(),
            sha256=draft.sha256,
            size=draft.size,
            path=origin.path,
            member=draft.member,
            file_name=_file_name(draft),
            facts=facts,
            state=one.state,
            taken_in_at=at,
            direction=one.direction,
            client_id=one.client_id,
            reason=one.reason,
            hints=hints,
            findings=reading.findings,
            source_id=origin.source_id,
        )
        for one in decide(reading, hints, firm, at.date())
    ]


def _file_name(draft: Draft) -> str:
    return draft.member.replace("\\", "/").rpartition("/")[2] or draft.origin.name


def _settled(document: Document, originals: Originals) -> Document:
    checked = originals.checked(document)
    originals.add(checked)
    return checked

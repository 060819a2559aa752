"""The same reading and checking as an intake, with nothing kept: no books, no client, no lock."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING

from ledgerdesk import documents
from ledgerdesk.errors import ItemUnreadable, LedgerDeskError
from ledgerdesk.i18n import N_
from ledgerdesk.intake import files
from ledgerdesk.intake.ahead import ahead
from ledgerdesk.intake.drafts import Draft, Drafter
from ledgerdesk.intake.firm import Firm
from ledgerdesk.intake.keeping import place
from ledgerdesk.intake.taking_in import draft_file, readers, unreadable_document
from ledgerdesk.model import (
    Document,
    DocumentState,
    HeldReason,
    Hints,
    NeverCancelled,
    Progress,
    Reading,
    SystemClock,
)
from ledgerdesk.store.clients import Owners

if TYPE_CHECKING:
    from ledgerdesk.documents.en16931 import RuleEngine

_NOBODY = Firm(Owners({}, {}, {}, {}), {}, {})


def check_files(
    paths: Sequence[str | os.PathLike[str]],
    *,
    progress: Progress | None = None,
    engine: RuleEngine | None = None,
) -> list[Document]:
    """One document without id per file, ``ready`` or ``held``, with the rules of its profile, and
    with ``engine`` those of EN 16931. Raises UsageError for a path that is not there."""
    at = SystemClock().now()
    found: list[Document] = []

    def trouble(error: LedgerDeskError) -> None:
        found.append(unreadable_document(error, Hints(), at))

    def read(content: bytes, name: str) -> Reading:
        return documents.check_rules(content, documents.read(content, name), engine)

    given = files.gather(paths, trouble)
    with readers() as pool:
        drafter = Drafter(None, lambda: _NOBODY, pool, read)

        def start(one: files.Given) -> Future[list[Draft]]:
            return draft_file(one, Hints(), drafter)

        for number, (_, drafts) in enumerate(ahead(given, start, NeverCancelled())):
            try:
                for draft in drafts.result():
                    found += [_checked(draft, one) for one in place(draft, at, _NOBODY)]
            except ItemUnreadable as error:
                trouble(error)
            if progress is not None:
                progress.step(N_("Checking"), number + 1, len(given))
    return found


def _checked(draft: Draft, document: Document) -> Document:
    """What is not for the books cannot be routed either: to a script that asks, it is held."""
    held = draft.reading.held
    if held is None and draft.reading.set_aside:
        held = HeldReason.NOT_FOR_BOOKS
    state = DocumentState.READY if held is None else DocumentState.HELD
    return replace(document, id="", state=state, reason=held.value if held else "")

"""Who mails what: a person's rules decide, what was learnt from decisions proposes.

The document's own numbers win over both. A rule decides nothing for a mail of which the receiving
server found that its sender is forged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from ledgerdesk.errors import InvalidValue, UnknownId
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Clock, Direction, Document, DocumentKind, DocumentState, Hints
from ledgerdesk.store import Books, clients, journal, senders
from ledgerdesk.store.senders import SenderRule

SENDER_IGNORED = "sender_ignored"
"""Set aside: a person said that nothing from this sender is for the books."""

Rules = Mapping[str, SenderRule]


class Senders:
    """Service for the window and the command line."""

    def __init__(self, books: Books, clock: Clock) -> None:
        self._books = books
        self._clock = clock

    def listed(self, *, limit: int | None = 1000, offset: int = 0) -> list[SenderRule]:
        with self._books.read() as c:
            return senders.listed(c, limit=limit, offset=offset)

    def set(
        self,
        address: str,
        *,
        client_id: str = "",
        kind: DocumentKind | None = None,
        direction: Direction | None = None,
        ignored: bool = False,
    ) -> SenderRule:
        """What comes from ``address`` (or ``@domain``) from now on is this client's, or nobody's.

        Raises InvalidValue, UnknownId.
        """
        at = self._clock.now()
        rule = SenderRule(_address(address), at, client_id, kind or "", direction or "", ignored)

        def work(c: sa.Connection) -> None:
            if client_id:
                clients.get(c, client_id)
            senders.put(c, rule)
            facts = {"client": client_id, "ignored": ignored}
            entry = journal.Entry("sender.rule_set", facts, {"address": rule.address})
            journal.append(c, entry, at=at)

        self._books.write(work)
        return rule

    def forget(self, address: str) -> None:
        """Raises UnknownId."""
        wanted, at = _address(address), self._clock.now()

        def work(c: sa.Connection) -> None:
            if not senders.remove(c, wanted):
                raise UnknownId(what="sender", id=wanted)
            entry = journal.Entry("sender.rule_forgotten", {}, {"address": wanted})
            journal.append(c, entry, at=at)

        self._books.write(work)

    def proposals(self, found: Iterable[Document]) -> dict[str, str]:
        """Document → client, for those that wait for one and whose sender is known."""
        waiting = [
            one for one in found if one.state is DocumentState.UNASSIGNED and one.hints.sender
        ]
        if not waiting:
            return {}
        with self._books.read() as c:
            rules = senders.everything(c)
            kept = {one.id for one in clients.listed(c, limit=None)}
        known = {one.id: rule_of(rules, one.hints.sender) for one in waiting}
        return {id: rule.client_id for id, rule in known.items() if rule and rule.client_id in kept}


def rule_of(rules: Rules, sender: str) -> SenderRule | None:
    """The address's own rule, else that of its domain."""
    return rules.get(sender) or rules.get("@" + sender.rpartition("@")[2])


def hints_by(rules: Rules, hints: Hints, *, doubted: bool) -> tuple[Hints, str]:
    """``hints`` with what a person's rule adds, and why the mail is set aside ("": it is not)."""
    rule = rule_of(rules, hints.sender) if hints.sender else None
    if rule is None or not rule.said or doubted:
        return hints, ""
    added = replace(
        hints,
        client_id=hints.client_id or rule.client_id,
        kind=hints.kind or rule.kind,
        direction=hints.direction or rule.direction,
    )
    return added, SENDER_IGNORED if rule.ignored else ""


def learn(c: sa.Connection, assigned: Sequence[Document], at: datetime) -> None:
    """A person said whose these are: their senders propose that client from now on."""
    for document in assigned:
        sender = document.hints.sender
        known = senders.find(c, sender) if sender else None
        if not sender or (known is not None and known.said):
            continue
        direction = document.direction or ""
        senders.put(c, SenderRule(sender, at, document.client_id, "", direction, said=False))


def _address(text: str) -> str:
    address = text.strip().lower()
    if not re.fullmatch(r"[^\s@<>,;]*@[^\s@<>,;]+", address):
        hint = translate(N_("Give one address, or @domain for everybody there."))
        raise InvalidValue(field="address", value=text, name=translate(N_("Sender")), hint=hint)
    return address

"""Whose a document is, and what becomes of it: the rules, pure.

Company numbers decide for invoices, in either direction; for statements the account decides, then
its holder's company number. The place a document came from fills gaps; where it contradicts what
the document says, the document is held. Names never count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from ledgerdesk.intake.firm import Firm, account_key
from ledgerdesk.model import (
    Direction,
    DocumentFormat,
    DocumentKind,
    DocumentState,
    ExportKind,
    Facts,
    HeldReason,
    Hints,
    Party,
    Reading,
    Statement,
)

DIRECTION_UNKNOWN = "direction_unknown"
SEVERAL_CLIENTS = "several_clients"
"""A bank file with accounts of several clients that was not split (yet)."""

FETCHED_BY_PACKAGE = "fetched_by_package"
"""Set aside: the accounting package brings the statements of this account itself."""

_DOUBTS = (HeldReason.OTHER_CLIENT, HeldReason.CONFLICT)


@dataclass(frozen=True, slots=True)
class Placement:
    """One client's share in a file. A file between two clients has two."""

    client_id: str = ""
    direction: Direction | None = None
    state: DocumentState = DocumentState.UNASSIGNED
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Whose:
    client_id: str = ""
    direction: Direction | None = None
    doubt: str = ""


def decide(
    reading: Reading, hints: Hints, firm: Firm, day: date, *, released: bool = False
) -> list[Placement]:
    """At least one placement. ``day`` counts where the document has no date of its own;
    ``released``: a person overruled every hold."""
    facts = with_kind(reading, hints)
    found = _whose(facts, hints, firm)
    if reading.set_aside:
        first = found[0]
        return [
            Placement(first.client_id, first.direction, DocumentState.SET_ASIDE, reading.set_aside)
        ]
    return [_placed(one, facts, reading.held, hints, firm, day, released) for one in found]


def settled(
    client_id: str, direction: Direction | None, facts: Facts, hints: Hints, firm: Firm, day: date
) -> Placement:
    """The placement when a person said whose it is."""
    whose = _Whose(client_id if client_id in firm.clients else "", direction)
    return _placed(whose, facts, None, hints, firm, day, True)


def with_kind(reading: Reading, hints: Hints) -> Facts:
    """The facts with the kind the place knows, where the document does not say it.

    A direction is only said of invoices, so it makes an invoice of a PDF.
    """
    facts = reading.facts
    if facts.kind is not DocumentKind.OTHER or reading.set_aside:
        return facts
    kind = DocumentKind(hints.kind) if hints.kind else DocumentKind.OTHER
    if kind is DocumentKind.OTHER and not hints.kind and hints.direction:
        kind = DocumentKind.INVOICE if facts.format is DocumentFormat.PDF else kind
    return replace(facts, kind=kind)


def own_direction(facts: Facts, numbers: tuple[str, ...]) -> Direction | None:
    """The direction an invoice has for the owner of ``numbers``; None when it does not say."""
    if set(numbers) & set(facts.supplier.identifiers):
        return Direction.SALE
    return Direction.PURCHASE if set(numbers) & set(facts.customer.identifiers) else None


def needs_direction(kind: DocumentKind, hints: Hints) -> bool:
    """Invoices do; so does what may be one."""
    return kind.export is ExportKind.INVOICES or (kind is DocumentKind.OTHER and not hints.kind)


def _placed(
    whose: _Whose,
    facts: Facts,
    held: HeldReason | None,
    hints: Hints,
    firm: Firm,
    day: date,
    released: bool,
) -> Placement:
    client, direction = whose.client_id, whose.direction
    if not released and (held is not None or whose.doubt in _DOUBTS):
        return Placement(client, direction, DocumentState.HELD, str(held or whose.doubt))
    if not client:
        reason = SEVERAL_CLIENTS if whose.doubt == SEVERAL_CLIENTS else ""
        return Placement("", direction, DocumentState.UNASSIGNED, reason)
    if direction is None and needs_direction(facts.kind, hints):
        return Placement(client, None, DocumentState.UNASSIGNED, DIRECTION_UNKNOWN)
    if _is_fetched(facts, firm):
        return Placement(client, direction, DocumentState.SET_ASIDE, FETCHED_BY_PACKAGE)
    reason = firm.no_destination(client, facts.kind, facts.issue_date or day)
    state = DocumentState.NO_DESTINATION if reason else DocumentState.READY
    return Placement(client, direction, state, reason)


def _whose(facts: Facts, hints: Hints, firm: Firm) -> list[_Whose]:
    if facts.kind.export is ExportKind.INVOICES or facts.kind is DocumentKind.OTHER:
        found = _invoice(facts, hints, firm)
    else:
        found = [_statement(facts, hints, firm)]
    if _other_kind(facts.kind, hints):
        return [replace(one, doubt=HeldReason.CONFLICT) for one in found]
    return found


def _other_kind(kind: DocumentKind, hints: Hints) -> bool:
    """A place for invoices may hold credit notes, but no statements."""
    if not hints.kind or kind is DocumentKind.OTHER:
        return False
    expected = DocumentKind(hints.kind)
    return expected is not kind and (expected.export is not kind.export or kind.export is None)


# --- invoices -----------------------------------------------------------------------------------


def _invoice(facts: Facts, hints: Hints, firm: Firm) -> list[_Whose]:
    sides = {Direction.SALE: facts.supplier, Direction.PURCHASE: facts.customer}
    hinted = firm.hinted(hints)
    found = [one for side, party in sides.items() if (one := _owner_of(party, side, hinted, firm))]
    expected = Direction(hints.direction) if hints.direction else None
    if not found:
        return [_by_place(hinted, expected, sides, firm)]
    mine = [one for one in found if one.client_id == hinted] if hinted else found
    if not mine:
        return [_Whose(hinted, expected, HeldReason.OTHER_CLIENT)]
    if expected is not None and all(one.direction is not expected for one in mine):
        return [replace(mine[0], doubt=HeldReason.OTHER_CLIENT)]
    return found


def _owner_of(party: Party, side: Direction, hinted: str, firm: Firm) -> _Whose | None:
    """The client a side names. Numbers of two clients on one side contradict each other, unless the
    place says which is meant: members of a VAT unit share its number beside their own."""
    owners = firm.company_owners(party.identifiers)
    if not owners:
        return None
    if hinted in owners:
        return _Whose(hinted, side)
    return _Whose(owners[0], side, HeldReason.OTHER_CLIENT if len(owners) > 1 else "")


def _by_place(
    hinted: str,
    expected: Direction | None,
    sides: Mapping[Direction, Party],
    firm: Firm,
) -> _Whose:
    """No side names a client: the place says whose it is, unless the sides speak against it."""
    if not hinted or not firm.clients[hinted].company_numbers:
        return _Whose(hinted, expected)
    silent = [side for side, party in sides.items() if not party.identifiers]
    if not silent or (expected is not None and expected not in silent):
        return _Whose(hinted, expected, HeldReason.OTHER_CLIENT)
    if expected is None and len(silent) == 1:
        # The other side has numbers, and they are not this client's.
        expected = silent[0]
    return _Whose(hinted, expected)


# --- statements ---------------------------------------------------------------------------------


def statement_owners(facts: Facts, hints: Hints, firm: Firm) -> list[str]:
    """The client of each statement of a file, in order; "" where nobody knows."""
    hinted = _hinted_holder(hints, firm)
    return [
        _owner(one, firm) or ("" if _differs(one, hinted, firm) else hinted)
        for one in _statements(facts)
    ]


def _statement(facts: Facts, hints: Hints, firm: Firm) -> _Whose:
    hinted = _hinted_holder(hints, firm)
    statements = _statements(facts)
    named = {owner for one in statements if (owner := _owner(one, firm))}
    accounts = {account_key(one.account) for one in statements if one.account}
    if hints.iban and accounts and account_key(hints.iban) not in accounts:
        return _Whose(hinted or min(named, default=""), doubt=HeldReason.OTHER_CLIENT)
    if hinted and named and hinted not in named:
        return _Whose(hinted, doubt=HeldReason.OTHER_CLIENT)
    owners = set(statement_owners(facts, hints, firm))
    if len(owners) > 1:
        return _Whose(doubt=SEVERAL_CLIENTS)
    owner = owners.pop()
    if hinted and not owner:
        return _Whose(hinted, doubt=HeldReason.OTHER_CLIENT)
    return _Whose(owner)


def _is_fetched(facts: Facts, firm: Firm) -> bool:
    return facts.kind is DocumentKind.STATEMENT and all(
        firm.is_fetched(one.account, one.currency) for one in _statements(facts)
    )


def _statements(facts: Facts) -> tuple[Statement, ...]:
    if facts.statements:
        return facts.statements
    whole = Statement(facts.account, "", facts.holder, "", None, None, None, 0, 0, "")
    return (whole,)


def _hinted_holder(hints: Hints, firm: Firm) -> str:
    return firm.hinted(hints) or firm.account_owner(hints.iban)


def _owner(statement: Statement, firm: Firm) -> str:
    owner = firm.account_owner(statement.account)
    return owner or firm.company_owner(statement.holder.identifiers)


def _differs(statement: Statement, client_id: str, firm: Firm) -> bool:
    """The client's accounts are known and this is none of them; else its numbers."""
    if not client_id:
        return False
    client = firm.clients[client_id]
    if statement.account and client.ibans:
        return True
    return bool(statement.holder.identifiers and client.company_numbers)

"""PDFs that only a person can read: the numbers in their text, compared with the firm's clients,
propose whose they are and which way they go.

Exactly one client and one other company on a page make a proposal. A person confirms it; without
one only where the firm switched that on, and then only where the account to pay on decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from ledgerdesk.documents.pdf_numbers import Numbers, numbers_in
from ledgerdesk.i18n import N_
from ledgerdesk.intake.firm import Firm
from ledgerdesk.model import (
    Direction,
    Document,
    DocumentFormat,
    DocumentKind,
    DocumentState,
    Finding,
    Hints,
    Reading,
    Severity,
)

NUMBERS = "LD-PDF-NUMBERS"
"""The finding that keeps what the page names."""

_BY_RULE = "LD-PDF-RULE"


class Basis(StrEnum):
    """What the direction of a proposal rests on."""

    ACCOUNT = "account"
    """The account to pay on is the client's, or is not."""
    WORDS = "words"
    """The page says whose number is the customer's."""
    PLACE = "place"
    """The place it came from says it."""
    SENDER = "sender"
    """What its sender mailed before."""
    NONE = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """``direction`` is None where nothing says it: then a person has to."""

    client_id: str
    direction: Direction | None = None
    basis: Basis = Basis.NONE


def noticed(content: bytes, reading: Reading, text: Callable[[bytes], str]) -> Reading:
    """``reading`` of a PDF without data inside, with the numbers that its text names."""
    facts = reading.facts
    is_plain = facts.format is DocumentFormat.PDF and facts.kind is DocumentKind.OTHER
    if not is_plain or reading.held is not None or reading.set_aside:
        return reading
    found = numbers_in(text(content))
    if not (found.companies or found.accounts):
        return reading
    params = {
        "numbers": " ".join(found.companies),
        "accounts": " ".join(found.accounts),
        "customer": found.customer,
    }
    told = N_("The text of the PDF names: {numbers} {accounts}")
    finding = Finding(NUMBERS, Severity.INFO, told, params)
    return replace(reading, findings=(*reading.findings, finding))


def proposed(document: Document, firm: Firm) -> Proposal | None:
    """For a PDF that waits for its client or its direction; None where nothing can be said."""
    if document.state is not DocumentState.UNASSIGNED or document.assigned:
        return None
    return _proposal(document.findings, document.hints, firm)


def by_rule(reading: Reading, hints: Hints, firm: Firm) -> tuple[Reading, Hints]:
    """What the firm's own rule decides; the same two where it decides nothing."""
    if not firm.assigns_pdfs or (hints.client_id and hints.direction):
        return reading, hints
    found = _proposal(reading.findings, hints, firm)
    if found is None or found.direction is None or found.basis is not Basis.ACCOUNT:
        return reading, hints
    if hints.direction and hints.direction != found.direction:
        return reading, hints
    told = N_("Assigned by the rule for PDFs that your office switched on.")
    finding = Finding(_BY_RULE, Severity.INFO, told)
    decided = replace(hints, client_id=found.client_id, direction=found.direction.value)
    return replace(reading, findings=(*reading.findings, finding)), decided


def _proposal(findings: tuple[Finding, ...], hints: Hints, firm: Firm) -> Proposal | None:
    numbers = _kept(findings)
    if numbers is None:
        return None
    owners = {one: firm.company_owner((one,)) for one in numbers.companies}
    payees = {one: firm.account_owner(one) for one in numbers.accounts}
    clients = {one for one in (*owners.values(), *payees.values()) if one}
    others = [number for number, owner in owners.items() if not owner]
    if len(clients) != 1 or len(others) != 1:
        return None
    client_id = clients.pop()
    hinted = firm.hinted(hints)
    if hinted and hinted != client_id:
        return None
    direction, basis = _direction(numbers, owners, payees, hints)
    return Proposal(client_id, direction, basis)


def _direction(
    numbers: Numbers, owners: dict[str, str], payees: dict[str, str], hints: Hints
) -> tuple[Direction | None, Basis]:
    """Nothing where two signs contradict each other."""
    signs: list[tuple[Direction, Basis]] = []
    if payees and (all(payees.values()) or not any(payees.values())):
        mine = all(payees.values())
        signs.append((Direction.SALE if mine else Direction.PURCHASE, Basis.ACCOUNT))
    if numbers.customer:
        bought = bool(owners[numbers.customer])
        signs.append((Direction.PURCHASE if bought else Direction.SALE, Basis.WORDS))
    if hints.direction:
        signs.append((Direction(hints.direction), Basis.PLACE))
    if not signs or len({direction for direction, _ in signs}) > 1:
        return None, Basis.NONE
    return signs[0]


def _kept(findings: tuple[Finding, ...]) -> Numbers | None:
    for one in findings:
        if one.rule == NUMBERS:
            companies, accounts = one.params["numbers"], one.params["accounts"]
            return Numbers(
                tuple(companies.split()), tuple(accounts.split()), one.params["customer"]
            )
    return None

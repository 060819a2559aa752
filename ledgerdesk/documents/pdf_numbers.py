"""Company numbers and accounts in the text of a page, and whose number stands as the customer's.

Only numbers whose check digits fit count. Nothing is read into them here: who is who is decided by
comparing them with the firm's clients.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ledgerdesk.documents.identifiers import WrongNumber, find_company_number, find_iban

MOST = 40
"""A list of customers is no invoice: what names more numbers is not looked at further."""

_LONGEST = 100_000
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){10,34}")
# How long an IBAN is (ISO 13616 registry): what follows it on the line does not belong to it.
_LENGTHS = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "NL"), 18),
    **dict.fromkeys(("SI",), 19),
    **dict.fromkeys(("AT", "EE", "LT", "LU"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "DE", "GB", "IE"), 22),
    **dict.fromkeys(("CZ", "ES", "RO", "SE", "SK"), 24),
    **dict.fromkeys(("PT",), 25),
    **dict.fromkeys(("FR", "GR", "IT", "MC"), 27),
    **dict.fromkeys(("CY", "HU", "PL"), 28),
    **dict.fromkeys(("MT",), 31),
}
_BELGIAN = r"[01]?[0-9]{3}[ .\-]?[0-9]{3}[ .\-]?[0-9]{3}"
_NUMBERS = (
    re.compile(rf"(?<![A-Z0-9])BE[ .\-:]{{0,3}}{_BELGIAN}(?![0-9])"),
    re.compile(
        r"(?<![A-Z0-9])NL[ .]?[0-9]{4}[ .]?[0-9]{2}[ .]?[0-9]{3}[ .]?B[ .]?[0-9]{2}(?![0-9])"
    ),
    # Without its country only where the line says what it is, or in the form of the register.
    re.compile(r"(?<![0-9A-Z.])[01][0-9]{3}\.[0-9]{3}\.[0-9]{3}(?![0-9.])"),
    re.compile(
        r"(?:TVA|BTW|VAT|KBO|BCE|RPR|RPM|ONDERNEMINGSNUMMER|NUM[EÉ]RO D'ENTREPRISE)[^0-9A-Z]{0,12}"
        rf"({_BELGIAN})(?![0-9])"
    ),
)
_FOREIGN = re.compile(
    r"(?<![A-Z0-9])(?:AT|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|PL|PT|RO|SE|SI|SK)"
    r"(?: ?[0-9A-Z]){8,14}"
)
_SHORTEST_FOREIGN = 10
_CUSTOMER = re.compile(
    r"KLANT|CLIENT|CUSTOMER|KUNDE|BILL(?:ED)? TO|INVOICE TO|FACTUUR AAN|FACTURATIEADRES"
    r"|GEFACTUREERD|FACTUR[EÉ] [AÀ]|ADRESSE DE FACTURATION|DESTINATAIRE|BESTEMMELING|T\.A\.V\."
    r"|(?:UW|VOTRE|YOUR|IHRE) (?:BTW|TVA|VAT|UST|NUM|N[RO°])"
)
_BEFORE = 120
"""So many characters before a number may say whose it is."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """``customer`` is the number beside which the page says that it is the customer's; "" where it
    says so of none, or of several."""

    companies: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    customer: str = ""


def numbers_in(text: str) -> Numbers:
    """Each once, in the order of the page. Linear in the length of ``text``."""
    page = re.sub(r"[^\S\n]+", " ", text[:_LONGEST].replace("\u00a0", " ")).upper()
    accounts: dict[str, None] = {}
    page = _without_accounts(page, accounts)
    companies: dict[str, list[int]] = {}
    for place, number in sorted(_companies(page)):
        companies.setdefault(number, []).append(place)
        if len(companies) > MOST:
            return Numbers()
    customers = [one for one, places in companies.items() if _is_customers(page, places, companies)]
    customer = customers[0] if len(customers) == 1 else ""
    return Numbers(tuple(companies), tuple(accounts)[:MOST], customer)


def _without_accounts(page: str, accounts: dict[str, None]) -> str:
    """The page with its accounts noted and blanked: their digits must not be read as anything
    else. What only begins like an account may hide a real one: the search goes on behind it."""
    parts: list[str] = []
    done = at = 0
    while found := _IBAN.search(page, at):
        length = _account(found[0], accounts)
        at = found.start() + (length or len("BE"))
        if length:
            parts += [page[done : found.start()], " " * length]
            done = at
    return "".join([*parts, page[done:]])


def _account(text: str, accounts: dict[str, None]) -> int:
    """How many characters of ``text`` are an account; 0 for none."""
    compact = text.replace(" ", "")
    account = find_iban(compact[: _LENGTHS.get(compact[:2], len(compact))])
    if not account:
        return 0
    accounts[account] = None
    letters = [at for at, letter in enumerate(text) if letter != " "]
    return letters[len(account) - 1] + 1


def _companies(page: str) -> Iterator[tuple[int, str]]:
    for pattern in _NUMBERS:
        for found in pattern.finditer(page):
            number = _checked(found[found.lastindex or 0])
            if number:
                yield found.start(found.lastindex or 0), number
    at = 0
    while match := _FOREIGN.search(page, at):
        at = match.start() + 2
        number = _foreign(match[0])
        if number:
            yield match.start(), number


def _checked(text: str) -> str:
    try:
        return find_company_number(text)
    except WrongNumber:
        return ""


def _foreign(text: str) -> str:
    from stdnum.eu import vat
    from stdnum.exceptions import ValidationError

    compact = text.replace(" ", "")
    # Where it ends the line does not say: the check digits do.
    for length in range(len(compact), _SHORTEST_FOREIGN - 1, -1):
        try:
            vat.validate(compact[:length])
        except (ValidationError, ValueError):
            continue
        return _checked(compact[:length])
    return ""


def _is_customers(page: str, places: list[int], companies: dict[str, list[int]]) -> bool:
    """The page says so closer to this number than any other number stands."""
    every = sorted(place for each in companies.values() for place in each)
    for place in places:
        earlier = [one for one in every if one < place]
        start = max(place - _BEFORE, earlier[-1] + 10 if earlier else 0)
        if _CUSTOMER.search(page[max(start, 0) : place]):
            return True
    return False

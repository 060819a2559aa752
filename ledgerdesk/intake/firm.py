"""What routing asks about the firm's clients and links, read once per batch of documents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from ledgerdesk import settings
from ledgerdesk.model import Client, DocumentKind, ExportKind, Hints, Link
from ledgerdesk.store import bank_accounts, clients, configurations
from ledgerdesk.store.clients import Owners
from ledgerdesk.store.settings import get as setting

SHARING_OFF = "sharing_off"
NO_LINK = "no_link"
KIND_NOT_CONFIGURED = "kind_not_configured"
BEFORE_START = "before_start"
"""Why a document whose client is known has no destination."""

EURO = "EUR"
"""Where a statement does not say its currency."""

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
# The shortest national account number that may stand for the end of an IBAN.
_SHORTEST_ACCOUNT = 7


@dataclass(frozen=True, slots=True)
class Firm:
    """A snapshot: clients in use by id, their links, and who owns which number.

    ``open_ways`` are the (configuration, kind) pairs that are set up: a link to anything else
    leads nowhere. ``fetched`` are the (account, currency) pairs the packages bring themselves.
    ``assigns_pdfs``: the firm switched on that PDFs are assigned without asking.
    """

    owners: Owners
    clients: Mapping[str, Client]
    links: Mapping[str, tuple[Link, ...]]
    open_ways: frozenset[tuple[str, ExportKind]] = frozenset()
    fetched: frozenset[tuple[str, str]] = frozenset()
    assigns_pdfs: bool = False

    def company_owner(self, numbers: Iterable[str]) -> str:
        """The client that one of these company numbers belongs to, the first that matches."""
        return next(iter(self.company_owners(numbers)), "")

    def company_owners(self, numbers: Iterable[str]) -> list[str]:
        """All clients that these company numbers belong to, in the order of the numbers."""
        owners = self.owners.company
        return list(dict.fromkeys(owners[number] for number in numbers if number in owners))

    def is_fetched(self, account: str, currency: str) -> bool:
        """Whether the accounting package brings this account's statements itself."""
        return (account_key(account), currency or EURO) in self.fetched

    def account_owner(self, account: str) -> str:
        """The client whose account this is. A bank file may hold the end of an IBAN only
        (MT940): that counts when it fits one client's accounts alone."""
        wanted = account_key(account)
        if not wanted:
            return ""
        if wanted in self.owners.iban:
            return self.owners.iban[wanted]
        if _IBAN.fullmatch(wanted) or len(wanted) < _SHORTEST_ACCOUNT:
            return ""
        found = {owner for iban, owner in self.owners.iban.items() if iban.endswith(wanted)}
        return found.pop() if len(found) == 1 else ""

    def hinted(self, hints: Hints) -> str:
        """The client a place means; "" when it names none that the firm keeps books for."""
        if hints.client_id in self.clients:
            return hints.client_id
        if hints.file_number:
            return self.owners.file_number.get(_word(hints.file_number), "")
        return self._called(_word(hints.client)) if hints.client else ""

    def _called(self, word: str) -> str:
        found = self.owners.file_number.get(word) or self.owners.name.get(word.casefold())
        if found:
            return found
        from ledgerdesk.documents.identifiers import WrongNumber, find_company_number

        try:
            return self.owners.company.get(find_company_number(word), "")
        except WrongNumber:
            return ""

    def no_destination(self, client_id: str, kind: DocumentKind, day: date) -> str:
        """Why a document of this day goes nowhere; "" when a link takes it."""
        if not self.clients[client_id].share:
            return SHARING_OFF
        links = self.links.get(client_id, ())
        if not links:
            return NO_LINK
        fitting = [
            link
            for link in links
            if link.kind is kind.export and (link.configuration_id, link.kind) in self.open_ways
        ]
        if not fitting:
            return KIND_NOT_CONFIGURED
        if any(link.covers(day) for link in fitting):
            return ""
        early = any(link.since is not None and day < link.since for link in fitting)
        return BEFORE_START if early else NO_LINK


def read_firm(connection: sa.Connection) -> Firm:
    kept = {one.id: one for one in clients.listed(connection, limit=None)}
    links: dict[str, list[Link]] = {}
    for link in clients.all_links(connection):
        links.setdefault(link.client_id, []).append(link)
    ways = (
        (one.id, kind)
        for one in configurations.listed(connection, limit=None)
        for kind in one.kinds
    )
    return Firm(
        clients.owners(connection),
        kept,
        {owner: tuple(each) for owner, each in links.items()},
        frozenset(ways),
        bank_accounts.fetched_by_package(connection),
        setting(connection, settings.ASSIGN_PDFS) == "yes",
    )


def account_key(account: str) -> str:
    """An account as it is compared: upper case, no spaces, dots or dashes."""
    return re.sub(r"[\s.\-/]", "", account).upper()


def _word(text: str) -> str:
    """Composed letters: a folder made on macOS spells é as two."""
    return unicodedata.normalize("NFC", text).strip()

"""Clients: added, changed, archived. Every change is journaled and waiting documents look again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from ledgerdesk.errors import IdentifierTaken, InvalidValue, MissingValue
from ledgerdesk.i18n import LANGUAGES, N_, translate
from ledgerdesk.model import Client, Link
from ledgerdesk.setup.services import Services
from ledgerdesk.store import clients as books_of
from ledgerdesk.store import journal
from ledgerdesk.store import tables as t
from ledgerdesk.store.ids import new_id

_FILE_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}")
_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class ClientForm:
    """What a person fills in about a client; None: not asked, stays as it is.

    ``vat`` holds VAT or enterprise numbers, written in any usual way.
    """

    name: str | None = None
    vat: Sequence[str] | None = None
    iban: Sequence[str] | None = None
    file_number: str | None = None
    language: str | None = None
    share: bool | None = None

    def applied(self, client: Client) -> Client:
        """``client`` with what is filled in, checked and normalised.

        Raises MissingValue or InvalidValue, naming the field.
        """
        from ledgerdesk.documents import identifiers

        changes: dict[str, object] = {}
        if self.name is not None:
            changes["name"] = _name(self.name)
        if self.vat is not None:
            changes["company_numbers"] = _each(self.vat, identifiers.company_number)
        if self.iban is not None:
            changes["ibans"] = _each(self.iban, identifiers.iban)
        if self.file_number is not None:
            changes["file_number"] = _file_number(self.file_number)
        if self.language is not None:
            changes["language"] = _language(self.language)
        if self.share is not None:
            changes["share"] = self.share
        return replace(client, **changes)  # type: ignore[arg-type]


class Clients:
    """The firm's clients. Two may share a name (see ``namesakes``); a number, an account or a file
    number belongs to one of them only."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def add(self, form: ClientForm) -> Client:
        """Raises MissingValue, InvalidValue or IdentifierTaken."""
        return self._write(lambda c, at: add_in(c, form, at))

    def edit(self, client_id: str, form: ClientForm) -> Client:
        """Raises UnknownId, MissingValue, InvalidValue or IdentifierTaken."""
        return self._write(lambda c, at: edit_in(c, client_id, form, at))

    def archive(self, client_id: str) -> Client:
        """The client takes no documents any more; its links end today. Raises UnknownId."""
        today = self._services.today()

        def work(c: sa.Connection, at: datetime) -> Client:
            client = books_of.get(c, client_id)
            if client.archived_at is not None:
                return client
            for link in books_of.links_of(c, client_id):
                if link.until is None or link.until > today:
                    books_of.update_link(c, replace(link, until=today))
            archived = replace(client, archived_at=at)
            books_of.update(c, archived)
            tell(c, "client.archived", archived, at)
            return archived

        return self._write(work)

    def restore(self, client_id: str, links: Sequence[Link] = ()) -> Client:
        """Takes an archived client back; its links stay ended but for ``links``: as they were
        before, for whoever undoes it at once. Raises UnknownId."""

        def work(c: sa.Connection, at: datetime) -> Client:
            restored = replace(books_of.get(c, client_id), archived_at=None)
            _require_free_file_number(c, restored)
            books_of.update(c, restored)
            for link in links:
                books_of.update_link(c, replace(books_of.link(c, link.id), until=link.until))
            tell(c, "client.restored", restored, at)
            return restored

        return self._write(work)

    def get(self, client_id: str) -> Client:
        """Raises UnknownId."""
        with self._services.books.read() as c:
            return books_of.get(c, client_id)

    def listed(
        self, *, archived: bool = False, limit: int | None = 1000, offset: int = 0
    ) -> list[Client]:
        with self._services.books.read() as c:
            return books_of.listed(c, archived=archived, limit=limit, offset=offset)

    def namesakes(self, client: Client) -> list[Client]:
        """Other clients with the same name: allowed, and worth a warning."""
        wanted = client.name.casefold()
        return [
            one
            for one in self.listed(limit=None)
            if one.id != client.id and one.name.casefold() == wanted
        ]

    def _write(self, work: Callable[[sa.Connection, datetime], Client]) -> Client:
        at = self._services.clock.now()

        def change(c: sa.Connection) -> Client:
            client = work(c, at)
            self._services.consequences.reroute(c, at)
            return client

        return self._services.books.write(change)


# --- inside the caller's transaction --------------------------------------------------------------


def add_in(c: sa.Connection, form: ClientForm, at: datetime) -> Client:
    client = form.applied(Client(new_id(), "", at))
    if not client.name:
        raise MissingValue(field="name", name=translate(N_("Name")))
    _require_free_file_number(c, client)
    books_of.insert(c, client)
    tell(c, "client.added", client, at)
    return client


def edit_in(c: sa.Connection, client_id: str, form: ClientForm, at: datetime) -> Client:
    before = books_of.get(c, client_id)
    client = form.applied(before)
    if client == before:
        return before
    if client.file_number != before.file_number:
        _require_free_file_number(c, client)
    books_of.update(c, client)
    tell(c, "client.changed", client, at)
    return client


def tell(c: sa.Connection, what: str, client: Client, at: datetime) -> None:
    """Names and numbers of a one-man business are personal: they can be erased."""
    facts = {"client": client.id, "share": client.share}
    personal: Mapping[str, object] = {
        "name": client.name,
        "company_numbers": client.company_numbers,
        "ibans": client.ibans,
        "file_number": client.file_number,
    }
    journal.append(c, journal.Entry(what, facts, personal), at=at)


def day_before(day: date) -> date:
    return day - timedelta(days=1)


def _require_free_file_number(c: sa.Connection, client: Client) -> None:
    """Two clients with one number would share a folder, also where case does not count."""
    if not client.file_number:
        return
    same = sa.select(t.client.c.name).where(
        sa.func.lower(t.client.c.file_number) == client.file_number.lower(),
        t.client.c.archived_at.is_(None),
        t.client.c.id != client.id,
    )
    name = c.execute(same.limit(1)).scalar()
    if name is not None:
        raise IdentifierTaken(field="file_number", value=client.file_number, client=name)


# --- what a field may hold ------------------------------------------------------------------------


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise MissingValue(field="name", name=translate(N_("Name")))
    if len(name) > _NAME_LENGTH or not name.isprintable():
        hint = translate(N_("Give the name as on the invoices, in one line."))
        shown = "".join(sign for sign in name if sign.isprintable())[:40]
        raise InvalidValue(field="name", value=shown, name=translate(N_("Name")), hint=hint)
    return name


def _each(given: Sequence[str], normalised: Callable[[str], str]) -> tuple[str, ...]:
    """In the order given, each once; empty ones are left out."""
    return tuple(dict.fromkeys(normalised(one) for one in given if one.strip()))


def _file_number(text: str) -> str:
    number = text.strip()
    if number and not _FILE_NUMBER.fullmatch(number):
        hint = translate(
            N_("Use letters, digits, dots, dashes and underscores; 50 characters at most.")
        )
        name = translate(N_("File number"))
        raise InvalidValue(field="file_number", value=number, name=name, hint=hint)
    return number


def _language(text: str) -> str:
    code = text.strip().lower()
    if code and code not in LANGUAGES:
        name = translate(N_("Language"))
        raise InvalidValue(field="language", value=text, name=name, hint=", ".join(LANGUAGES))
    return code

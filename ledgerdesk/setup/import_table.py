"""Clients out of a CSV file, row by row, each with its verdict.

Columns: ``name`` (needed), ``vat``, ``iban``, ``file_number``, ``language``; for links
``configuration`` (name or id), ``kind``, ``administration``, ``start`` and every field that is a
client's own at some integration. Several numbers in one cell are separated by ``|`` or spaces.

Importing again is safe. A row is taken for the client with one of its company numbers, else with
its file number; a row with neither, for the one client of that name. What the row fills in replaces
what was there, an empty cell leaves it as it is; a link that is there already stays. A row at fault
changes nothing and is told; the others are kept. A dry run does all of it and undoes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ledgerdesk.errors import BadTable, InvalidValue, LedgerDeskError, UnknownId
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Client, Configuration, ExportKind
from ledgerdesk.setup import table
from ledgerdesk.setup.clients import ClientForm, add_in, edit_in
from ledgerdesk.setup.fields import FieldScope
from ledgerdesk.setup.links import LinkForm, is_active, link_in
from ledgerdesk.setup.services import Services
from ledgerdesk.store import clients as books_of
from ledgerdesk.store import configurations

_CLIENT_COLUMNS = ("name", "vat", "iban", "file_number", "language")
_LINK_COLUMNS = ("configuration", "kind", "administration", "start")


_BATCH = 250
"""Rows kept together: nobody else can write meanwhile, so not too many."""


class Verdict(StrEnum):
    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """What became of one row; ``error`` says what to correct, ``client`` is None then."""

    line: int
    verdict: Verdict
    name: str
    client: Client | None = None
    error: LedgerDeskError | None = None

    def as_dict(self) -> dict[str, Any]:
        """For the command line: what is wrong in the current language."""
        told = None
        if self.error is not None:
            texts = {"code": self.error.code, "text": self.error.text()}
            told = {**texts, "field": self.error.field, "owner": self.error.owner}
        return {
            "line": self.line,
            "verdict": self.verdict,
            "name": self.name,
            "client_id": self.client.id if self.client else None,
            "error": told,
        }


def content_of(path: str | Path) -> bytes:
    """Raises BadTable when the file cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BadTable(path=str(path), reason=error.strerror or "") from error


class ClientImport:
    """``clients import``."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def run(self, path: str | Path, *, dry_run: bool = False) -> tuple[RowVerdict, ...]:
        """One verdict per row. Raises BadTable when the file cannot be read as a client list:
        nothing is imported then."""
        return self.read(content_of(path), str(path), dry_run=dry_run)

    def read(self, content: bytes, name: str, *, dry_run: bool = False) -> tuple[RowVerdict, ...]:
        """As run, for content that is there already."""
        own = self._own_fields()
        known = (*_CLIENT_COLUMNS, *_LINK_COLUMNS, *own)
        rows = table.read(content, name, known, needed=("name",)).rows
        at = self._services.clock.now()
        with self._services.books.read() as c:
            matches = _Matches.of(c)

        def keep(batch: Sequence[table.Row], c: sa.Connection) -> tuple[RowVerdict, ...]:
            done = tuple(self._row(c, row, own, matches, at) for row in batch)
            if dry_run:
                raise _Undo(done)
            if any(one.verdict in (Verdict.ADDED, Verdict.UPDATED) for one in done):
                self._services.consequences.reroute(c, at)
            return done

        verdicts: list[RowVerdict] = []
        size = max(1, len(rows)) if dry_run else _BATCH
        try:
            for start in range(0, len(rows), size):
                batch = rows[start : start + size]
                verdicts += self._services.books.write(partial(keep, batch))
        except _Undo as undone:
            return undone.result
        return tuple(verdicts)

    def _own_fields(self) -> tuple[str, ...]:
        """Fields of client scope; secrets do not belong in a table."""
        names = [
            one.name
            for connector in self._services.all_connectors()
            for one in connector.fields
            if one.scope is FieldScope.CLIENT and not one.secret
        ]
        return tuple(dict.fromkeys(name for name in names if name not in _CLIENT_COLUMNS))

    def _row(
        self,
        c: sa.Connection,
        row: table.Row,
        own: tuple[str, ...],
        matches: _Matches,
        at: datetime,
    ) -> RowVerdict:
        name = row.cells.get("name", "")
        try:
            if row.too_many:
                hint = translate(N_("There are more cells than columns: put text in quotes."))
                raise InvalidValue(value=name, name=translate(N_("This line")), hint=hint)
            form = _client_form(row)
            with c.begin_nested():
                client, verdict = _kept(c, form, matches, row.line, at)
                linked = self._link(c, client, row, own, at)
        except LedgerDeskError as error:
            return RowVerdict(row.line, Verdict.ERROR, name, error=error)
        if linked and verdict is Verdict.UNCHANGED:
            verdict = Verdict.UPDATED
        if linked:
            client = books_of.get(c, client.id)
        matches.add(client, row.line)
        return RowVerdict(row.line, verdict, client.name, client)

    def _link(
        self, c: sa.Connection, client: Client, row: table.Row, own: tuple[str, ...], at: datetime
    ) -> bool:
        """Whether a link was made; the one that is there already stays."""
        cells = row.cells
        wanted = cells.get("configuration", "")
        values = {name: cells[name] for name in own if cells.get(name)}
        if not wanted:
            beside = [one for one in ("kind", "administration", "start", *values) if cells.get(one)]
            if beside:
                hint = translate(N_("Name the accounting package in the column configuration."))
                raise InvalidValue(
                    field=beside[0], value=cells[beside[0]], name=beside[0], hint=hint
                )
            return False
        configuration = _configuration(c, wanted)
        kind = _kind(cells.get("kind", ""))
        today = self._services.today()
        there = {
            one.kind
            for one in books_of.links_of(c, client.id, kind)
            if one.configuration_id == configuration.id and is_active(one, today)
        }
        missing = [one for one in configuration.kinds if kind in (None, one) and one not in there]
        if there and not missing:
            return False
        form = LinkForm(
            configuration.id,
            kind,
            cells.get("administration", ""),
            values,
            start=cells.get("start", "") or "all",
        )
        for each in [replace(form, kind=one) for one in missing] or [form]:
            link_in(c, self._services, client, each, at)
        return True


class _Undo(Exception):
    """Ends a dry run: everything it did is rolled back."""

    def __init__(self, result: tuple[RowVerdict, ...]) -> None:
        super().__init__("dry run")
        self.result = result


@dataclass(slots=True)
class _Matches:
    """Which client a row means; ``line`` remembers rows of this file, so that none is overwritten
    by a later one."""

    company: dict[str, str]
    file_number: dict[str, str]
    name: dict[str, str]
    lines: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, c: sa.Connection) -> _Matches:
        owners = books_of.owners(c)
        by_number = {key.casefold(): id for key, id in owners.file_number.items()}
        return cls(dict(owners.company), by_number, dict(owners.name))

    def find(self, form: Client) -> str:
        for number in form.company_numbers:
            if number in self.company:
                return self.company[number]
        if form.file_number:
            return self.file_number.get(form.file_number.casefold(), "")
        return "" if form.company_numbers else self.name.get(form.name.casefold(), "")

    def add(self, client: Client, line: int) -> None:
        self.company.update(dict.fromkeys(client.company_numbers, client.id))
        if client.file_number:
            self.file_number[client.file_number.casefold()] = client.id
        self.name[client.name.casefold()] = client.id
        self.lines[client.id] = line


def _kept(
    c: sa.Connection, form: ClientForm, matches: _Matches, line: int, at: datetime
) -> tuple[Client, Verdict]:
    wanted = form.applied(Client("", "", at))
    id = matches.find(wanted)
    if not id:
        return add_in(c, form, at), Verdict.ADDED
    if id in matches.lines:
        hint = translate(N_("It is the same client as on line {line}: put them on one line."))
        raise InvalidValue(
            field="name",
            value=wanted.name,
            name=translate(N_("a client")),
            hint=hint.format(line=matches.lines[id]),
        )
    before = books_of.get(c, id)
    after = edit_in(c, id, form, at)
    return after, Verdict.UNCHANGED if after == before else Verdict.UPDATED


def _client_form(row: table.Row) -> ClientForm:
    from ledgerdesk.documents import identifiers

    cells = row.cells
    vat = _several(cells.get("vat", ""), identifiers.company_number)
    iban = _several(cells.get("iban", ""), identifiers.iban)
    return ClientForm(
        name=_not_a_formula(cells.get("name", "")),
        vat=vat or None,
        iban=iban or None,
        file_number=cells.get("file_number") or None,
        language=cells.get("language") or None,
    )


def _several(cell: str, normalised: Callable[[str], str]) -> list[str]:
    """The values of one cell. Numbers are written with spaces inside, too: the shortest run of
    words that makes a number is one, and what makes none is told as it stands."""
    if "|" in cell:
        return [one.strip() for one in cell.split("|") if one.strip()]
    words, found = cell.split(), []
    while words:
        for length in range(1, len(words) + 1):
            if _is_one(" ".join(words[:length]), normalised):
                break
        found.append(" ".join(words[:length]))
        words = words[length:]
    return found


def _is_one(text: str, normalised: Callable[[str], str]) -> bool:
    try:
        normalised(text)
    except InvalidValue:
        return False
    return True


def _not_a_formula(name: str) -> str:
    if re.match(r"[=@]", name):
        hint = translate(N_("It looks like a formula of a spreadsheet: write the name itself."))
        raise InvalidValue(field="name", value=name, name=translate(N_("Name")), hint=hint)
    return name


def _configuration(c: sa.Connection, wanted: str) -> Configuration:
    """By id or by name, compared without case. Raises UnknownId."""
    for one in configurations.listed(c, limit=None):
        if wanted in (one.id, one.name) or one.name.casefold() == wanted.casefold():
            return one
    raise UnknownId(field="configuration", what="configuration", id=wanted)


def _kind(text: str) -> ExportKind | None:
    if not text:
        return None
    try:
        return ExportKind(text.lower())
    except ValueError:
        hint = ", ".join(ExportKind)
        raise InvalidValue(field="kind", value=text, name="kind", hint=hint) from None

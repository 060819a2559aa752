"""What the books keep for the radar, the watch and the pairing of invoices with their PDFs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ledgerdesk.model.radar import AccountSupplier, BankAccount
from ledgerdesk.store import bank_accounts, marks, suppliers
from ledgerdesk.store.suppliers import SeenAccount
from tests.helpers.intake import Office, Papers, pdf

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
IBAN = "BE68539007547034"


@pytest.fixture
def office(data_dir: Path) -> Iterator[Office]:
    made = Office(data_dir)
    yield made
    made.close()


def _put(account: BankAccount, connection: sa.Connection) -> None:
    bank_accounts.put(connection, account)


def test_an_account_comes_back_as_it_was_said(office: Office) -> None:
    client = office.client()
    said = BankAccount(
        *(client.id, IBAN, "USD", AccountSupplier.ENDED),
        *(date(2026, 1, 31), date(2025, 12, 31), Decimal("-0.005")),
    )
    euro = BankAccount(client.id, IBAN)
    for one in (said, euro, said):
        office.books.write(partial(_put, one))
    with office.books.read() as c:
        assert bank_accounts.listed(c) == [euro, said]
        assert bank_accounts.listed(c, office.client().id) == []
        assert bank_accounts.fetched_by_package(c) == frozenset()


def test_what_packages_fetch_is_known_by_account_and_currency(office: Office) -> None:
    client = office.client()
    fetched = BankAccount(client.id, IBAN, supplier=AccountSupplier.PACKAGE)
    office.books.write(lambda c: bank_accounts.put(c, fetched))
    with office.books.read() as c:
        assert bank_accounts.fetched_by_package(c) == {(IBAN, "EUR")}


def test_the_accounts_of_a_supplier_come_oldest_first(office: Office) -> None:
    later = AT + timedelta(days=1)
    rows = [
        SeenAccount("BE0123456749", "B", 2, later, later),
        SeenAccount("BE0123456749", "A", 1, AT, later, later),
        SeenAccount("BE0999999922", "C", 1, AT, AT),
    ]
    office.books.write(lambda c: suppliers.put(c, rows))
    changed = SeenAccount("BE0123456749", "B", 3, later, later)
    office.books.write(lambda c: suppliers.put(c, [changed]))
    with office.books.read() as c:
        assert suppliers.seen(c, {"BE0123456749"}) == [rows[1], changed]
        assert suppliers.seen(c, set()) == []


def test_marks_lead_to_their_documents(office: Office, tmp_path: Path) -> None:
    [one] = office.take(tmp_path, pdf("one"), name="one.pdf")
    [two] = office.take(tmp_path, pdf("two"), name="two.pdf")
    many = {f"pdf:{at}" for at in range(1_000)}
    marked = {one.id: ["pdf:a", "pdf:a", "pdf:7"], two.id: ["pdf:a"]}
    office.books.write(lambda c: marks.insert(c, marked))
    with office.books.read() as c:
        assert marks.documents_with(c, {*many, "pdf:a"}) == {
            "pdf:a": [one.id, two.id],
            "pdf:7": [one.id],
        }
        assert marks.pdfs_with(c, {one.sha256, "other"}) == {one.sha256: [one.id]}


def test_only_statements_are_read_however_many_documents_there_are(
    office: Office, seed: int, tmp_path: Path
) -> None:
    papers = Papers(seed)
    client = office.client(papers.who[0])
    office.take(tmp_path, papers.bank_file(papers.who[0]), name="x.cod")
    asked: list[str] = []

    def listen(connection: Any, cursor: Any, statement: str, parameters: Any, *more: Any) -> None:
        if "FROM document" in statement and not statement.startswith("EXPLAIN"):
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            asked.extend(row[3] for row in plan)

    with office.books.read() as c:
        sa.event.listen(c, "before_cursor_execute", listen)
        assert len(list(bank_accounts.arrivals(c))) == 1
        assert bank_accounts.sold(c, date(2025, 1, 1)) == []
        assert len(list(bank_accounts.arrivals(c, client.id))) == 1
    assert asked
    assert [one for one in asked if one.startswith("SCAN")] == []

"""What is missing, who supplies what, and documents as pages, by the command line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ledgerdesk.intake.bank_days import is_bank_day
from ledgerdesk.practice.coda import coda
from ledgerdesk.practice.statements import BankStatement
from tests.helpers.command_line import Json
from tests.helpers.intake import pdf
from tests.helpers.office import Office

KEYS = {"subject", "kind", "client_id", "client", "after", "before", "settled", "documents", "text"}


def chain(office: Office, count: int, ending: date | None = None) -> list[BankStatement]:
    """A statement for each of the last ``count`` bank working days."""
    days: list[date] = []
    day = ending or date.today() - timedelta(days=1)
    while len(days) < count:
        days += [day] if is_bank_day(day) else []
        day -= timedelta(days=1)
    opening, found = Decimal(500), []
    # The year begins at 1: a chain over New Year would begin again.
    for number, closed in enumerate(reversed(days), 1):
        made = office.papers.statement(office.papers.who[0])
        moved = tuple(replace(one, day=closed) for one in made.movements)
        made = replace(
            made,
            sequence=number,
            opened=closed - timedelta(days=1),
            closed=closed,
            opening=opening,
            movements=moved,
        )
        found.append(made)
        opening = made.closing
    return found


@pytest.fixture
def statements(office: Office) -> list[BankStatement]:
    return chain(office, 12, date(2026, 6, 30))


@pytest.fixture
def client(office: Office) -> str:
    return office.client(office.papers.who[0], "K1")


def add(office: Office, *some: BankStatement) -> None:
    for one in some:
        name = f"{office.papers.who[0].iban}-{one.sequence}-{one.closed}.cod"
        office.cli("documents", "add", office.write(name, coda([one])), code=None)


def gaps(office: Office, *more: str, code: int = 1) -> list[Json]:
    return list(office.cli("gaps", "list", *more, code=code)["gaps"])


def test_a_hole_is_listed_and_told_by_status(
    office: Office, client: str, statements: list[BankStatement]
) -> None:
    add(office, *statements[:4], *statements[6:])
    hole = next(one for one in gaps(office) if one["kind"] == "hole")
    assert set(hole) >= KEYS
    assert (hole["numbers"], hole["client_id"]) == ([[5, 6]], client)
    assert (hole["after"], hole["before"]) == (str(statements[3].closed), str(statements[6].closed))
    status = office.cli("status", code=1)
    assert hole in status["gaps"]
    assert "statements_missing" in [one.get("code") for one in status["attention"]]


@pytest.mark.usefixtures("client")
def test_a_whole_account_has_no_gap(office: Office) -> None:
    add(office, *chain(office, 3))
    assert gaps(office, code=0) == []
    assert office.cli("status", code=None)["gaps"] == []


@pytest.mark.usefixtures("client")
def test_an_account_says_what_came_and_who_supplies_it(
    office: Office, statements: list[BankStatement]
) -> None:
    iban = office.papers.who[0].iban
    add(office, *statements)
    office.cli("accounts", "set", iban, "--ended", "2026-07-01")
    [told] = office.cli("accounts", "list")["accounts"]
    assert (told["account"], told["statements"], told["last"]) == (iban, 12, "2026-06-30")
    assert (told["supplier"], told["ended_on"], told["gaps"]) == ("ended", "2026-07-01", 0)


@pytest.mark.usefixtures("client")
def test_an_earlier_balance_is_typed_and_forgotten(
    office: Office, statements: list[BankStatement]
) -> None:
    iban = office.papers.who[0].iban
    add(office, *statements)
    office.cli("accounts", "set", iban, "--ended", "2026-07-01")
    typed = ("--balance", "400,00", "--balance-date", "2026-05-29")
    account = office.cli("accounts", "set", iban, *typed)["account"]
    assert (account["baseline_balance"], account["baseline_day"]) == ("400.00", "2026-05-29")
    assert [one["difference"] for one in gaps(office)] == ["100.00"]
    office.cli("accounts", "set", iban, "--no-balance")
    assert gaps(office, code=0) == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("BE68539007547034", "--supplier", "package"), "unknown_id"),
        (("{iban}", "--balance", "12"), "missing_value"),
        (("{iban}", "--balance", "much", "--balance-date", "2026-01-01"), "invalid_value"),
        (("{iban}", "--ended", "soon"), "invalid_value"),
        (("{iban}", "--client", "nobody"), "unknown_id"),
    ],
)
@pytest.mark.usefixtures("client")
def test_what_cannot_be_right_is_refused(
    office: Office, arguments: tuple[str, ...], code: str
) -> None:
    iban = office.papers.who[0].iban
    given = [one.format(iban=iban) for one in arguments]
    assert office.cli.fails("accounts", "set", *given)["code"] == code


def test_what_the_package_fetches_is_set_aside(
    office: Office, client: str, statements: list[BankStatement]
) -> None:
    iban = office.papers.who[0].iban
    add(office, statements[0])
    office.cli("accounts", "set", iban, "--supplier", "package")
    add(office, statements[3])
    found = office.cli("documents", "list", "--client", client)["documents"]
    assert {(one["state"], one["reason"]) for one in found} == {("set_aside", "fetched_by_package")}
    assert gaps(office, code=0) == []


@pytest.mark.usefixtures("client")
def test_the_calendar_has_every_day(office: Office, statements: list[BankStatement]) -> None:
    add(office, *statements[:4], *statements[6:])
    iban = office.papers.who[0].iban
    period = ("--from", "2026-06-01", "--to", "2026-06-30")
    days = office.cli("gaps", "calendar", iban, *period)["days"]
    assert len(days) == 30
    missing = [one["day"] for one in days if one["state"] == "missing"]
    assert missing == [str(one.closed) for one in statements[4:6]]


def test_a_message_asks_for_what_is_missing(
    office: Office, client: str, statements: list[BankStatement]
) -> None:
    add(office, *statements[:4], *statements[6:])
    asked = ("gaps", "message", "--client", client)
    made = office.cli(*asked, "--to", "codabox", "--language", "nl")["message"]
    assert (made["to"], made["language"]) == ("codabox", "nl")
    assert "5–6" in made["body"]
    told = office.cli.tells(*asked, "--to", "bank", "--language", "fr").out
    assert "extrait" in told


def test_where_nothing_is_missing_there_is_no_message(office: Office, client: str) -> None:
    error = office.cli.fails("gaps", "message", "--client", client)
    assert error["code"] == "nothing_missing"


# --- documents as pages ---------------------------------------------------------------------------


@pytest.mark.usefixtures("client")
def test_a_document_is_written_as_a_page(office: Office, tmp_path: Path) -> None:
    place = office.write("a.xml", office.purchase(office.papers.who[0]))
    [found] = office.cli("documents", "add", place, code=None)["documents"]
    page = tmp_path / "page.html"
    shown = office.cli("documents", "show", found["id"], "--html", page, "--language", "fr")
    assert shown["documents"][0]["id"] == found["id"]
    assert found["number"] in page.read_text(encoding="utf-8")
    assert office.cli("documents", "attachments", found["id"])["attachments"] == []


def test_what_has_no_page_is_refused(office: Office, tmp_path: Path) -> None:
    place = office.write("a.pdf", pdf())
    [found] = office.cli("documents", "add", place, code=None)["documents"]
    page = tmp_path / "page.html"
    error = office.cli.fails("documents", "show", found["id"], "--html", page)
    assert error["code"] == "not_readable"
    assert not page.exists()


def test_two_documents_stand_side_by_side(office: Office) -> None:
    contents = (office.purchase(office.papers.who[0]), office.purchase(office.papers.who[0]))
    ids = []
    for at, content in enumerate(contents):
        place = office.write(f"{at}.xml", content)
        [found] = office.cli("documents", "add", place, code=None)["documents"]
        ids.append(found["id"])
    compared = office.cli("documents", "compare", ids[1], ids[0])
    assert [compared["first"]["id"], compared["second"]["id"]] == ids
    assert {one["name"] for one in compared["rows"]} >= {"number", "total", "supplier"}
    assert office.cli.fails("documents", "compare", ids[0])["code"] == "nothing_to_compare"

"""The gap radar over the books: what came, what a person said, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ledgerdesk import upkeep
from ledgerdesk.errors import MissingValue, NothingMissing, UnknownId
from ledgerdesk.intake.gap_calendar import DayState
from ledgerdesk.intake.gap_message import Recipient
from ledgerdesk.intake.radar import AccountForm, Radar
from ledgerdesk.model import Hints
from ledgerdesk.model.radar import AccountSupplier, GapKind
from ledgerdesk.practice.camt import camt053
from ledgerdesk.practice.coda import coda
from ledgerdesk.practice.firm import Business
from ledgerdesk.practice.markup import document
from ledgerdesk.practice.mt940 import mt940
from ledgerdesk.practice.statements import BankStatement
from tests.helpers.intake import START, Office, Papers, states

FIRST = START.date() - timedelta(days=14)


@pytest.fixture
def radar(office: Office) -> Radar:
    return Radar(office.books, office.clock)


def days(papers: Papers, holder: Business, count: int = 10) -> list[BankStatement]:
    """A chain of statements, one each bank working day up to the last working day before now."""
    return list(_chain(papers, holder, count))


def _chain(papers: Papers, holder: Business, count: int) -> Iterator[BankStatement]:
    opening, day = Decimal("1000.00"), FIRST
    for number in range(1, count + 1):
        while day.weekday() > 4:
            day += timedelta(days=1)
        made = papers.statement(holder)
        moved = tuple(replace(one, day=day) for one in made.movements)
        yield (
            made := replace(
                made,
                sequence=number,
                opened=day - timedelta(days=1),
                closed=day,
                opening=opening,
                movements=moved,
            )
        )
        opening, day = made.closing, day + timedelta(days=1)


def take(office: Office, place: Path, statements: Iterable[BankStatement]) -> None:
    for one in statements:
        office.take(place, coda([one]), name=f"{one.sequence}.cod")


def kinds(radar: Radar) -> list[GapKind]:
    return [one.kind for one in radar.report().gaps]


# --- what came ------------------------------------------------------------------------------------


def test_a_hole_between_files_is_found(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    client = office.client(papers.who[0])
    whole = days(papers, papers.who[0])
    take(office, tmp_path, [*whole[:4], *whole[6:]])
    [hole] = radar.report().gaps
    assert (hole.client_id, hole.account) == (client.id, papers.who[0].iban)
    assert (hole.after, hole.before) == (whole[3].closed, whole[6].closed)
    assert (hole.numbers, hole.difference) == (((5, 6),), whole[6].opening - whole[3].closing)


def test_a_whole_account_shows_its_rhythm_and_nothing_else(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    office.client(papers.who[0])
    whole = days(papers, papers.who[0])
    take(office, tmp_path, whole)
    [told] = radar.report().accounts
    assert (told.statements, told.first, told.last) == (10, whole[0].closed, whole[-1].closed)
    assert (told.usual, told.gaps) == (1, ())


def test_statements_that_come_late_close_the_hole(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    office.client(papers.who[0])
    whole = days(papers, papers.who[0])
    take(office, tmp_path, [*whole[:4], *whole[6:]])
    assert kinds(radar) == [GapKind.HOLE]
    take(office, tmp_path, whole[4:6])
    assert kinds(radar) == []


def test_one_file_of_many_statements_is_looked_into(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    office.client(papers.who[0])
    whole = days(papers, papers.who[0])
    office.take(tmp_path, coda([*whole[:2], *whole[3:]]), name="all.cod")
    assert [one.numbers for one in radar.report().gaps] == [((3, 3),)]


def test_the_end_of_an_iban_in_another_format_is_the_same_account(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    office.client(papers.who[0])
    whole = days(papers, papers.who[0])
    iban = papers.who[0].iban
    take(office, tmp_path, whole[:5])
    for one in whole[5:]:
        short = mt940(one).replace(iban.encode(), iban[4:].encode(), 1)
        office.take(tmp_path, short, name="x.sta")
    assert len(radar.report().accounts) == 1
    assert radar.report().gaps == []


def test_two_accounts_are_not_mixed(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    one, other = papers.who[0], papers.who[1]
    office.client(company_numbers=(one.number,), ibans=(one.iban, other.iban))
    mine, others = days(papers, one), days(papers, other)
    take(office, tmp_path, [*mine[:3], *mine[4:], *others])
    assert [gap.account for gap in radar.report().gaps] == [one.iban]


def test_another_clients_statement_in_the_wrong_place_counts_for_nobody(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    client = office.client(papers.who[0])
    office.client(papers.who[1])
    [wrong] = days(papers, papers.who[1], 1)
    found = office.take(tmp_path, coda([wrong]), Hints(client.id), name="x.cod")
    assert states(found) == [("held", "other_client")]
    assert [one.statements for one in radar.report().accounts] == [0, 0]


def test_an_account_falls_silent(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    office.client(papers.who[0])
    take(office, tmp_path, days(papers, papers.who[0]))
    office.clock.forward(days=14)
    assert kinds(radar) == [GapKind.SILENT]


def test_the_same_statement_in_another_format_is_its_duplicate_and_an_overlap(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    office.client(papers.who[0])
    whole = days(papers, papers.who[0])
    take(office, tmp_path, whole)
    [second] = office.take(tmp_path, document(camt053(whole[3])), name="x.xml")
    assert second.state == "duplicate"
    assert [(one.kind, one.settled) for one in radar.report().gaps] == [(GapKind.OVERLAP, True)]


def test_missing_sales_numbers_are_told_with_the_statements(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    client = office.client(papers.who[0])
    for at, number in enumerate(("2026-001", "2026-002", "2026-004")):
        story = replace(
            papers.story(papers.who[0], papers.others[0]),
            number=number,
            issued=FIRST + timedelta(days=at),
        )
        office.take(tmp_path, _xml(story))
    [gap] = radar.report().sales
    assert (gap.client_id, gap.first, gap.last, gap.count) == (
        client.id,
        "2026-003",
        "2026-003",
        1,
    )


def _xml(story: object) -> bytes:
    from tests.helpers.intake import xml

    return xml(story)  # type: ignore[arg-type]


# --- what a person says ---------------------------------------------------------------------------


def test_what_is_said_of_an_account_is_kept(office: Office, papers: Papers, radar: Radar) -> None:
    office.client(papers.who[0])
    iban = papers.who[0].iban
    radar.set_account(AccountForm(iban, ended_on=date(2026, 9, 30)))
    radar.set_account(
        AccountForm(iban, baseline_day=date(2025, 12, 31), baseline_balance=Decimal("-12.50"))
    )
    [told] = Radar(office.books, office.clock).report().accounts
    account = told.account
    assert (account.supplier, account.ended_on) == (AccountSupplier.ENDED, date(2026, 9, 30))
    assert (account.baseline_day, account.baseline_balance) == (
        date(2025, 12, 31),
        Decimal("-12.50"),
    )


def test_a_balance_without_its_day_is_refused(office: Office, papers: Papers, radar: Radar) -> None:
    office.client(papers.who[0])
    with pytest.raises(MissingValue):
        radar.set_account(AccountForm(papers.who[0].iban, baseline_balance=Decimal(1)))


def test_an_account_of_nobody_is_refused(radar: Radar, papers: Papers) -> None:
    with pytest.raises(UnknownId):
        radar.set_account(AccountForm(papers.who[0].iban))


def test_a_typed_balance_shows_what_is_missing_before_the_first_statement(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    office.client(papers.who[0])
    take(office, tmp_path, days(papers, papers.who[0]))
    assert kinds(radar) == []
    before = AccountForm(
        papers.who[0].iban,
        baseline_day=FIRST - timedelta(days=3),
        baseline_balance=Decimal("900.00"),
    )
    radar.set_account(before)
    assert [one.difference for one in radar.report().gaps] == [Decimal("100.00")]


def test_statements_that_the_package_fetches_are_neither_sent_nor_watched(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    client = office.client(papers.who[0])
    office.link(client, office.configuration(tmp_path / "out"))
    whole = days(papers, papers.who[0])
    take(office, tmp_path, [whole[0], whole[2]])
    radar.set_account(AccountForm(papers.who[0].iban, supplier=AccountSupplier.PACKAGE))
    assert {one.state for one in office.deliveries()} == {"cancelled"}
    take(office, tmp_path, whole[5:6])
    assert set(states(office.documents())) == {("set_aside", "fetched_by_package")}
    assert radar.report().gaps == []


def test_of_a_file_with_several_accounts_only_the_own_ones_are_sent(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    """Bytes unchanged: the part is what the bank wrote."""
    one, other = papers.who[0], papers.who[1]
    client = office.client(company_numbers=(one.number,), ibans=(one.iban, other.iban))
    office.link(client, office.configuration(tmp_path / "out"))
    radar.set_account(AccountForm(other.iban, supplier=AccountSupplier.PACKAGE))
    [mine], [fetched] = days(papers, one, 1), days(papers, other, 1)
    content = coda([mine, fetched])
    found = office.take(tmp_path / "in", content, name="x.cod")
    assert states(found) == [("ready", ""), ("set_aside", "fetched_by_package")]
    assert b"".join(office.blobs.read(part.sha256) for part in found) == content


def test_an_account_of_the_package_does_not_stop_other_accounts(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    office.client(papers.who[0])
    office.client(papers.who[1])
    radar.set_account(AccountForm(papers.who[0].iban, supplier=AccountSupplier.PACKAGE))
    found = office.take(tmp_path, papers.bank_file(papers.who[1]), name="x.cod")
    assert states(found) == [("no_destination", "no_link")]


# --- calendar and message -------------------------------------------------------------------------


def test_the_calendar_shows_each_day(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    office.client(papers.who[0])
    whole = days(papers, papers.who[0])
    take(office, tmp_path, [*whole[:2], *whole[3:]])
    period = (FIRST - timedelta(days=1), FIRST + timedelta(days=5))
    found = radar.calendar(papers.who[0].iban, *period)
    shown = {one.day: one.state for one in found}
    assert shown[FIRST - timedelta(days=1)] is DayState.OUTSIDE
    assert shown[whole[0].closed] is DayState.RECEIVED
    assert shown[whole[2].closed] is DayState.MISSING
    assert shown[FIRST + timedelta(days=5)] is DayState.CLOSED
    assert all(bool(one.documents) is (one.state is DayState.RECEIVED) for one in found)


def test_a_calendar_of_an_unknown_account_is_refused(radar: Radar) -> None:
    with pytest.raises(UnknownId):
        radar.calendar("BE68539007547034", FIRST, FIRST)


@pytest.mark.parametrize(
    ("language", "word"), [("fr", "extrait"), ("nl", "uittreksel"), ("en", "statement")]
)
def test_the_message_is_in_the_clients_language(
    language: str, word: str, office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    client = office.client(papers.who[0], language=language)
    whole = days(papers, papers.who[0])
    take(office, tmp_path, [*whole[:4], *whole[6:]])
    for recipient in Recipient:
        made = radar.message(client.id, recipient)
        assert word in made.body
        assert "5–6" in made.body
        assert made.language == language


def test_only_the_client_is_asked_for_sales(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    client = office.client(papers.who[0])
    for at, number in enumerate(("V-1", "V-3")):
        story = papers.story(papers.who[0], papers.others[0])
        issued = FIRST + timedelta(days=at)
        office.take(tmp_path, _xml(replace(story, number=number, issued=issued)))
    assert "V-2" in radar.message(client.id, Recipient.CLIENT).body
    with pytest.raises(NothingMissing):
        radar.message(client.id, Recipient.BANK)


# --- where it is told -----------------------------------------------------------------------------


def told(office: Office, radar: Radar) -> Sequence[str]:
    found = upkeep.problems(office.books, office.clock.now(), radar)
    assert upkeep.status(office.books, office.clock.now(), radar).attention == found
    return [one.error["code"] for one in found]


def test_an_account_with_holes_is_one_problem(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    client = office.client(papers.who[0])
    whole = days(papers, papers.who[0])
    take(office, tmp_path, [*whole[:2], *whole[3:6], *whole[7:]])
    assert told(office, radar) == ["statements_missing"]
    [problem] = upkeep.problems(office.books, office.clock.now(), radar)
    assert (problem.what, problem.client_id) == ("gap", client.id)
    assert "3, 7" in problem.error["params"]["reason"]


def test_what_is_whole_is_no_problem(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    office.client(papers.who[0])
    whole = days(papers, papers.who[0])
    take(office, tmp_path, whole)
    office.take(tmp_path, document(camt053(whole[3])), name="x.xml")
    assert told(office, radar) == []


def test_silence_is_told_as_probable(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    office.client(papers.who[0])
    take(office, tmp_path, days(papers, papers.who[0]))
    office.clock.forward(days=20)
    assert told(office, radar) == ["statements_silent"]


def test_an_archived_client_is_no_longer_watched(
    office: Office, papers: Papers, radar: Radar, tmp_path: Path
) -> None:
    client = office.client(papers.who[0])
    whole = days(papers, papers.who[0])
    take(office, tmp_path, [whole[0], whole[2]])
    assert told(office, radar) == ["statements_missing"]
    office.change(client, archived_at=office.clock.now())
    assert told(office, Radar(office.books, office.clock)) == []

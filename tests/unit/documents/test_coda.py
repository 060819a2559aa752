"""CODA version 2: each check with a file it must find fault with, and the ones it must not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ledgerdesk.documents import coda, read
from ledgerdesk.documents.bank_text import decoded_lines, encoding_of
from ledgerdesk.model import DocumentFormat, DocumentKind, HeldReason, Reading, Severity
from tests.unit.documents import made
from tests.unit.documents.made import rules

NOT_WELL_FORMED, SCHEMA_INVALID = HeldReason.NOT_WELL_FORMED, HeldReason.SCHEMA_INVALID
# Lines of the sample: header, old balance, two movements of three records, new balance, trailer.
OLD, FIRST, NEW, TRAILER = 2, 3, 9, 10


def test_a_statement_tells_everything_routing_and_lists_need() -> None:
    content = made.coda()
    facts = read(content).facts
    assert (facts.kind, facts.format) == (DocumentKind.STATEMENT, DocumentFormat.CODA)
    assert (facts.number, facts.issue_date) == ("2026-001", date(2026, 1, 15))
    assert (facts.account, facts.currency) == ("BE68539007547034", "EUR")
    assert (facts.holder.name, facts.holder.identifier) == ("Voorbeeld Client BV", "BE0400000185")
    assert facts.total == Decimal("1096.000")
    (statement,) = facts.statements
    assert statement.opening_balance == Decimal(1000)
    assert statement.closing_balance == Decimal(1096)
    assert (statement.sequence, statement.closing_date) == ("001", date(2026, 1, 15))
    assert (statement.start, statement.end) == (0, len(content))


@pytest.mark.parametrize("name", made.every("coda-made/ok-*.cod") + made.every("coda-made/seq*"))
def test_a_correct_file_is_not_held(name: str) -> None:
    reading = read(made.load(name))
    assert reading.held is None
    assert set(rules(reading)) <= {"LD-CODA-DUPLICATE"}


@pytest.mark.parametrize("name", made.every("coda-made/bad-*.cod"))
def test_a_bad_file_is_held(name: str) -> None:
    assert read(made.load(name)).held is not None


@pytest.mark.parametrize(
    ("patch", "held", "rule"),
    [
        ((1, 6, "320126"), NOT_WELL_FORMED, "LD-CODA-HEADER"),
        ((1, 128, "1"), NOT_WELL_FORMED, "LD-CODA-VERSION"),
        ((1, 128, "2 "), NOT_WELL_FORMED, "LD-CODA-LENGTH"),
        ((FIRST, 1, "5"), NOT_WELL_FORMED, "LD-CODA-ORDER"),
        ((FIRST, 33, "00000000012A000"), NOT_WELL_FORMED, "LD-CODA-AMOUNT"),
        ((FIRST, 32, "2"), NOT_WELL_FORMED, "LD-CODA-AMOUNT"),
        ((OLD, 44, "-00000001000000"), NOT_WELL_FORMED, "LD-CODA-AMOUNT"),
        ((TRAILER, 23, "00000000002500x"), NOT_WELL_FORMED, "LD-CODA-AMOUNT"),
        ((TRAILER, 17, "000009"), SCHEMA_INVALID, "LD-CODA-COUNT"),
        ((TRAILER, 23, "000000000026000"), SCHEMA_INVALID, "LD-CODA-TOTAL"),
        ((TRAILER, 38, "000000000122000"), SCHEMA_INVALID, "LD-CODA-TOTAL"),
        ((NEW, 43, "000000001096010"), SCHEMA_INVALID, "LD-CODA-BALANCE"),
        ((NEW, 42, "1"), SCHEMA_INVALID, "LD-CODA-BALANCE"),
        ((NEW, 5, "BE15001559627230"), SCHEMA_INVALID, "LD-CODA-ACCOUNT"),
        ((NEW, 39, "USD"), SCHEMA_INVALID, "LD-CODA-ACCOUNT"),
        ((NEW, 58, "310226"), SCHEMA_INVALID, "LD-CODA-DATE"),
        ((NEW, 58, "000000"), SCHEMA_INVALID, "LD-CODA-DATE"),
        ((FIRST, 48, "991326"), SCHEMA_INVALID, "LD-CODA-DATE"),
        ((1, 17, "D"), None, "LD-CODA-DUPLICATE"),
        ((1, 72, "00400000186"), None, "LD-CODA-HOLDER"),
        ((FIRST, 126, "0"), None, "LD-CODA-NEXT"),
        ((TRAILER, 128, "1"), None, "LD-CODA-FOLLOWS"),
    ],
)
def test_each_defect_is_told_alone(
    patch: tuple[int, int, str], held: HeldReason | None, rule: str
) -> None:
    reading = read(made.coda(patch))
    assert (reading.held, rules(reading)) == (held, [rule])
    expected = Severity.WARNING if held is None else Severity.FATAL
    assert reading.findings[0].severity is expected


@pytest.mark.parametrize(
    ("missing", "rule"),
    [
        ((1,), "LD-CODA-HEADER"),
        ((OLD,), "LD-CODA-ORDER"),
        ((NEW,), "LD-CODA-NEW-BALANCE"),
        ((TRAILER,), "LD-CODA-TRAILER"),
    ],
)
def test_each_missing_record_is_not_well_formed(missing: tuple[int, ...], rule: str) -> None:
    reading = read(made.coda_without(*missing))
    assert (reading.held, rules(reading)) == (NOT_WELL_FORMED, [rule])


def test_a_wrong_iban_in_both_balances_is_told() -> None:
    wrong = made.coda((OLD, 6, "BE68539007547035"), (NEW, 5, "BE68539007547035"))
    assert rules(read(wrong)) == ["LD-CODA-IBAN"]


def test_a_wrong_old_account_number_is_told() -> None:
    name = "coda-made/ok-bban-structure0.cod"
    wrong = made.coda((OLD, 6, "539007547035"), (NEW, 5, "539007547035"), name=name)
    assert rules(read(wrong)) == ["LD-CODA-IBAN"]


def test_an_old_account_number_routes_like_its_iban() -> None:
    facts = read(made.load("coda-made/ok-bban-structure0.cod")).facts
    assert facts.account == "BE68539007547034"


def test_dates_a_bank_leaves_empty_are_no_defect() -> None:
    assert read(made.coda((OLD, 59, "000000"), (FIRST, 48, "000000"))).findings == ()


def test_a_separate_application_has_no_balances_to_compare() -> None:
    name = "coda-made/ok-separate-application.cod"
    assert read(made.load(name)).findings == ()
    as_everything = made.coda((1, 84, "00000"), name=name)
    assert rules(read(as_everything)) == ["LD-CODA-BALANCE"]


def test_a_day_without_movements_keeps_its_balance() -> None:
    content = made.coda((TRAILER, 17, "000001" + "0" * 30)).splitlines(keepends=True)
    reading = read(content[0] + content[1] + content[TRAILER - 1])
    assert reading.held is None
    assert reading.facts.total == Decimal(1000)
    assert reading.facts.issue_date == date(2026, 1, 14)


def test_a_debit_balance_is_negative() -> None:
    assert read(made.load("coda-made/ok-negative-balance.cod")).facts.total == Decimal(-404)


def test_a_file_cut_in_the_middle_of_a_line_is_not_well_formed() -> None:
    content = made.coda()
    for end in range(140, len(content) - 2, 97):
        assert read(content[:end]).held is NOT_WELL_FORMED, end


def test_free_communication_may_stand_between_new_balance_and_trailer() -> None:
    lines = made.coda().splitlines(keepends=True)
    free = b"4 00010000" + b" " * 117 + b"0\r\n"
    assert read(b"".join([*lines[:NEW], free, lines[-1]])).findings == ()
    misplaced = read(b"".join([*lines[:3], free, *lines[3:]]))
    assert rules(misplaced) == ["LD-CODA-ORDER"]


def test_a_page_of_html_is_no_coda() -> None:
    reading = read(made.load("coda-made/bad-html.cod"), "bad-html.cod")
    assert reading.held is HeldReason.UNKNOWN_KIND


# --- several statements in one file ---------------------------------------------------------------

TWO = "coda-made/ok-two-clients-one-file.cod"


def second(sequence: str = "002") -> bytes:
    return made.coda((OLD, 126, sequence))


def test_every_statement_of_a_file_has_its_own_account_and_holder() -> None:
    first, other = read(made.load(TWO)).facts.statements
    assert first.holder.identifier != other.holder.identifier
    assert first.end == other.start


def test_a_split_gives_the_unchanged_bytes_of_the_chosen_statements() -> None:
    content = made.coda((TRAILER, 128, "1")) + second() + second("003")
    one, two, three = read(content).facts.statements
    parts = [coda.split(content, [s]) for s in (one, two, three)]
    assert b"".join(parts) == content
    assert coda.split(content, [three, one]) == parts[0] + parts[2]
    assert coda.split(content, [one, one]) == parts[0]


def test_a_split_part_reads_as_the_statement_it_was() -> None:
    content = made.load(TWO)
    for statement in read(content).facts.statements:
        part = read(coda.split(content, [statement]))
        assert part.held is None
        assert part.facts.account == statement.account
        assert part.facts.holder == statement.holder
        assert part.facts.statements[0].core_sha256 == statement.core_sha256


def test_one_bad_statement_holds_the_whole_file() -> None:
    reading = read(made.coda((TRAILER, 128, "1")) + made.coda((TRAILER, 17, "000009")))
    assert (reading.held, rules(reading)) == (SCHEMA_INVALID, ["LD-CODA-COUNT"])


def test_a_file_of_nothing_but_defects_tells_a_readable_number_of_them() -> None:
    bad = made.coda((TRAILER, 17, "000009"))
    assert len(read(bad * 200).findings) == 20


# --- encodings and line ends ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\r\n", "\n").encode("cp1252"),
        lambda text: text.encode("utf-8"),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("cp1252") + b"\x1a",
        lambda text: text.encode("cp1252") + b"\r\n\r\n  \r\n",
        lambda text: text.encode("cp1252").rstrip(b"\r\n"),
    ],
    ids=["lf", "utf-8", "bom", "ctrl-z", "blank-lines", "no-last-line-end"],
)
def test_line_ends_and_encodings_change_nothing(change: object) -> None:
    text = made.coda().decode("cp1252")
    assert callable(change)
    plain, other = read(text.encode("cp1252")), read(change(text))
    assert other.held is None
    assert other.facts.statements[0].core_sha256 == plain.facts.statements[0].core_sha256


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        ("Compte", "ascii", "ascii"),
        ("Compte à vue €", "cp1252", "cp1252"),
        ("Compte à vue", "utf-8", "utf-8"),
        ("été à Liège", "cp850", "cp850"),
        ("100 €", "cp1252", "cp1252"),
    ],
)
def test_the_encoding_is_found_from_the_bytes(text: str, encoding: str, found: str) -> None:
    assert encoding_of(text.encode(encoding)) == found


def test_lines_know_their_place_in_the_bytes() -> None:
    content = "é\r\nb\n\n".encode()
    assert [(line.start, line.end) for line in decoded_lines(content)] == [(0, 4), (4, 6)]


# --- one statement, two files ---------------------------------------------------------------------


def keys(reading: Reading) -> tuple[str, str]:
    return reading.facts.logical_key, reading.facts.content_key


def test_a_second_portal_only_changes_the_header_and_is_a_duplicate() -> None:
    other = made.coda((1, 6, "160126"), (1, 25, "OTHERREF00"), (TRAILER, 128, "1"))
    assert keys(read(other)) == keys(read(made.coda()))
    assert all(keys(read(other)))


def test_the_paper_number_is_no_key() -> None:
    same = read(made.coda((OLD, 3, "002")))
    assert same.facts.logical_key == read(made.coda()).facts.logical_key


def test_a_corrected_statement_is_a_conflict() -> None:
    corrected = made.coda((FIRST, 63, "Corrected text"))
    mine, other = read(made.coda()), read(corrected)
    assert mine.facts.logical_key == other.facts.logical_key
    assert mine.facts.content_key != other.facts.content_key


@pytest.mark.parametrize("patch", [(OLD, 126, "002"), (NEW, 58, "160126")])
def test_another_day_or_number_is_another_statement(patch: tuple[int, int, str]) -> None:
    assert read(made.coda(patch)).facts.logical_key != read(made.coda()).facts.logical_key


def test_without_a_sequence_number_the_balances_tell_statements_apart() -> None:
    first = read(made.coda((OLD, 126, "000")))
    assert first.facts.number == ""
    assert first.facts.logical_key
    assert first.facts.logical_key != read(made.coda()).facts.logical_key

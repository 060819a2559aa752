"""The gap radar's core: every hole that is made is found, and none that is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerdesk.intake import gaps
from ledgerdesk.model.radar import AccountSupplier, Arrival, Gap, GapKind, Proof
from tests.helpers import bank_years as made
from tests.helpers.bank_years import ACCOUNT, NUMBERINGS, RHYTHMS, arrival

TABLE = list(product(NUMBERINGS, RHYTHMS))


def found(
    arrivals: Sequence[Arrival], kind: GapKind = GapKind.HOLE, **account: object
) -> list[Gap]:
    today = max(one.day for one in arrivals)
    watched = replace(ACCOUNT, **account)  # type: ignore[arg-type]
    return [one for one in gaps.find(watched, arrivals, today) if one.kind is kind]


def spans(holes: Sequence[Gap | made.Hole]) -> list[tuple[date, date | None]]:
    return [(one.after, one.before) for one in holes]


# --- holes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("numbering", "rhythm"), TABLE)
def test_a_whole_account_has_no_hole(numbering: str, rhythm: str, seed: int) -> None:
    chance = Random(f"{seed}/whole/{numbering}/{rhythm}")
    for _ in range(10):
        arrivals = made.year(chance, numbering, rhythm)
        assert gaps.find(ACCOUNT, arrivals, arrivals[-1].day) == []


@pytest.mark.parametrize(("numbering", "rhythm"), TABLE)
def test_every_hole_is_found_and_none_is_invented(numbering: str, rhythm: str, seed: int) -> None:
    chance = Random(f"{seed}/holes/{numbering}/{rhythm}")
    for _ in range(15):
        whole = made.year(chance, numbering, rhythm)
        arrivals, holes = made.with_holes(chance, whole, max(2, len(whole) // 25))
        chance.shuffle(arrivals)
        assert spans(found(arrivals)) == spans(holes)


@pytest.mark.parametrize("numbering", ["yearly", "for ever"])
def test_a_hole_names_the_numbers_that_are_missing(numbering: str, seed: int) -> None:
    chance = Random(f"{seed}/named/{numbering}")
    whole = [one for one in made.year(chance, numbering) if one.day.year == 2025]
    arrivals, holes = made.with_holes(chance, whole, 4)
    told = [one.numbers for one in found(arrivals)]
    assert told == [((h.removed[0].number, h.removed[-1].number),) for h in holes]


def test_a_hole_tells_what_the_missing_statements_moved(seed: int) -> None:
    chance = Random(f"{seed}/moved")
    arrivals, holes = made.with_holes(chance, made.year(chance, "zeros"), 3)
    for gap, hole in zip(found(arrivals), holes, strict=True):
        first, last = hole.removed[0].opening, hole.removed[-1].closing
        assert first is not None
        assert last is not None
        assert gap.difference == last - first
        assert gap.proofs == (Proof.BALANCES,)


def test_a_skipped_number_is_a_hole_although_the_balances_go_on() -> None:
    """What the missing statement brought, it took away again."""
    arrivals = [_step(1, 100, 120), _step(2, 120, 90), _step(4, 90, 50)]
    [hole] = found(arrivals)
    assert (hole.numbers, hole.proofs, hole.difference) == (((3, 3),), (Proof.NUMBERS,), Decimal(0))


def test_consecutive_numbers_with_another_balance_are_a_hole() -> None:
    [hole] = found([_step(1, 100, 120), _step(2, 130, 90)])
    assert (hole.numbers, hole.proofs, hole.difference) == ((), (Proof.BALANCES,), Decimal(10))


def test_the_new_year_begins_again_at_one_without_a_hole() -> None:
    old = [_step(n, n, n + 1, date(2025, 12, 20 + n)) for n in (7, 8, 9)]
    new = [_step(n, n + 9, n + 10, date(2026, 1, n + 4)) for n in (1, 2, 3)]
    assert found([*old, *new]) == []


def test_what_is_missing_at_the_beginning_of_a_year_is_named() -> None:
    old = [_step(n, n, n + 1, date(2025, 12, 20 + n)) for n in (7, 8, 9)]
    new = [_step(n, n + 9, n + 10, date(2026, 1, n + 4)) for n in (3, 4)]
    [hole] = found([*old, *new])
    assert (hole.numbers, hole.after, hole.before) == (
        ((1, 2),),
        date(2025, 12, 29),
        date(2026, 1, 7),
    )


def test_several_holes_on_one_day_are_all_told() -> None:
    day = date(2026, 5, 4)
    arrivals = [_step(n, n, n + 1, day) for n in (1, 2, 4, 5, 7)]
    assert [one.numbers for one in found(arrivals)] == [((3, 3),), ((6, 6),)]


@pytest.mark.parametrize("numbering", NUMBERINGS)
def test_a_corrected_statement_makes_no_hole(numbering: str, seed: int) -> None:
    chance = Random(f"{seed}/corrected/{numbering}")
    arrivals = made.year(chance, numbering, "quiet")
    # From the end on: a correction before it moves none of the others.
    for at in sorted(chance.sample(range(5, len(arrivals) - 5, 2), 4), reverse=True):
        arrivals = made.corrected(chance, arrivals, at)
    assert found(arrivals) == []


def test_a_hole_beside_a_corrected_statement_is_still_found(seed: int) -> None:
    chance = Random(f"{seed}/corrected hole")
    whole = made.corrected(chance, made.year(chance, "zeros"), 50)
    arrivals = whole[:54] + whole[56:]
    assert spans(found(arrivals)) == [(whole[53].day, whole[56].day)]


def test_what_one_format_lacks_and_another_brought_is_no_hole(seed: int) -> None:
    chance = Random(f"{seed}/two formats")
    whole = made.year(chance)
    arrivals = whole[:30] + whole[33:] + made.in_other_format(whole[20:40])
    assert found(arrivals) == []


def test_what_both_formats_lack_is_one_hole(seed: int) -> None:
    chance = Random(f"{seed}/both formats")
    whole = made.year(chance)
    there = whole[:30] + whole[33:]
    holes = found([*there, *made.in_other_format(there)])
    assert spans(holes) == [(whole[29].day, whole[33].day)]


def test_statements_of_a_month_beside_daily_ones_break_nothing(seed: int) -> None:
    whole = made.year(Random(f"{seed}/months"))
    assert found([*whole, *made.of_months(whole)]) == []


def test_a_damaged_statement_is_neither_a_proof_nor_a_hole(seed: int) -> None:
    arrivals = made.year(Random(f"{seed}/damaged"), "zeros")
    arrivals[40] = replace(arrivals[40], opening=None, closing=None)
    assert found(arrivals) == []


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.sampled_from(NUMBERINGS), st.sampled_from(RHYTHMS))
def test_an_order_of_arrival_changes_nothing(number: int, numbering: str, rhythm: str) -> None:
    chance = Random(number)
    whole = made.year(chance, numbering, rhythm)
    arrivals, _ = made.with_holes(chance, whole, 2)
    first = gaps.find(ACCOUNT, arrivals, date(2026, 9, 15))
    chance.shuffle(arrivals)
    assert gaps.find(ACCOUNT, arrivals, date(2026, 9, 15)) == first


_AMOUNTS = st.one_of(st.none(), st.integers(-3, 3).map(Decimal))


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 40),
            st.integers(0, 6),
            _AMOUNTS,
            _AMOUNTS,
            st.sampled_from("ab"),
            st.booleans(),
        ),
        max_size=25,
    )
)
def test_whatever_comes_the_radar_answers_in_order(
    rows: list[tuple[int, int, Decimal | None, Decimal | None, str, bool]],
) -> None:
    arrivals = [
        replace(
            arrival(date(2025, 12, 20) + timedelta(days=day), number, Decimal(1), Decimal(1)),
            document_id=str(at),
            opening=opening,
            closing=closing,
            format=format,
            counts=counts,
        )
        for at, (day, number, opening, closing, format, counts) in enumerate(rows)
    ]
    told = gaps.find(ACCOUNT, arrivals, date(2026, 3, 1))
    assert [one.after for one in told] == sorted(one.after for one in told)
    assert all(one.before is None or one.after <= one.before for one in told)


# --- the beginning, the end, and who supplies it --------------------------------------------------


def test_a_typed_balance_before_the_first_statement_shows_what_is_missing_there() -> None:
    arrivals = [_step(4, 90, 50), _step(5, 50, 70)]
    day = date(2026, 4, 30)
    [hole] = found(arrivals, baseline_day=day, baseline_balance=Decimal(100))
    assert (hole.after, hole.difference) == (day, Decimal(-10))


def test_the_first_statement_is_the_beginning_where_nothing_was_typed() -> None:
    assert found([_step(4, 90, 50), _step(5, 50, 70)]) == []


def test_what_is_older_than_the_typed_balance_is_no_longer_asked_about() -> None:
    arrivals = [_step(1, 10, 20), _step(4, 90, 50), _step(5, 50, 70)]
    assert len(found(arrivals)) == 1
    assert found(arrivals, baseline_day=date(2026, 5, 3), baseline_balance=Decimal(90)) == []


def test_an_account_that_the_package_fetches_itself_is_not_watched(seed: int) -> None:
    chance = Random(f"{seed}/package")
    arrivals, _ = made.with_holes(chance, made.year(chance), 3)
    account = replace(ACCOUNT, supplier=AccountSupplier.PACKAGE)
    assert gaps.find(account, arrivals, date(2030, 1, 1)) == []


def test_an_account_that_ended_is_never_silent_and_keeps_its_holes() -> None:
    arrivals = [_step(n, n, n + 1) for n in (1, 2, 3, 4, 5, 7, 8)]
    ended = replace(ACCOUNT, supplier=AccountSupplier.ENDED, ended_on=date(2026, 5, 20))
    told = gaps.find(ended, arrivals, date(2026, 12, 1))
    assert [(one.kind, one.numbers) for one in told] == [(GapKind.HOLE, ((6, 6),))]


# --- silence --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_an_account_is_silent_after_its_own_rhythm(rhythm: str, seed: int) -> None:
    arrivals = made.year(Random(f"{seed}/silent/{rhythm}"), "yearly", rhythm)
    last = arrivals[-1].day
    soon = {"daily": 3, "quiet": 3, "weekly": 8, "monthly": 36}[rhythm]
    late = {"daily": 10, "quiet": 25, "weekly": 21, "monthly": 56}[rhythm]
    assert gaps.find(ACCOUNT, arrivals, last + timedelta(days=soon)) == []
    [silence] = gaps.find(ACCOUNT, arrivals, last + timedelta(days=late))
    assert (silence.kind, silence.after, silence.before) == (GapKind.SILENT, last, None)


def test_days_on_which_banks_are_closed_are_not_waited_for() -> None:
    """Between Christmas and New Year few days are bank working days."""
    days = [d for d in range(1, 25) if date(2025, 12, d).weekday() < 5]
    arrivals = [_step(n, n, n + 1, date(2025, 12, day)) for n, day in enumerate(days, 1)]
    assert gaps.find(ACCOUNT, arrivals, date(2026, 1, 2)) == []
    assert [one.kind for one in gaps.find(ACCOUNT, arrivals, date(2026, 1, 9))] == [GapKind.SILENT]


def test_a_hole_makes_no_slower_rhythm() -> None:
    days = [*range(1, 7), *range(20, 23)]
    arrivals = [_step(n, n, n + 1, date(2026, 6, day)) for n, day in enumerate(days, 1)]
    arrivals[6:] = [replace(one, number=one.number + 9) for one in arrivals[6:]]
    kinds = [one.kind for one in gaps.find(ACCOUNT, arrivals, date(2026, 7, 1))]
    assert kinds == [GapKind.HOLE, GapKind.SILENT]


def test_too_few_statements_have_no_rhythm() -> None:
    arrivals = [_step(n, n, n + 1) for n in (1, 2, 3)]
    assert gaps.find(ACCOUNT, arrivals, date(2030, 1, 1)) == []


# --- overlaps -------------------------------------------------------------------------------------


def test_the_same_days_by_two_roads_are_one_overlap(seed: int) -> None:
    whole = made.year(Random(f"{seed}/overlap"))
    [overlap] = found([*whole, *made.in_other_format(whole[50:60])], GapKind.OVERLAP)
    assert (overlap.after, overlap.before) == (whole[50].day, whole[59].day)
    assert (overlap.days, overlap.settled) == (10, False)


def test_an_overlap_of_which_only_one_is_kept_is_settled(seed: int) -> None:
    whole = made.year(Random(f"{seed}/settled"))
    copy = replace(whole[9], document_id="copy", sha256="other envelope", counts=False)
    [overlap] = found([*whole, copy], GapKind.OVERLAP)
    assert (overlap.after, overlap.settled) == (whole[9].day, True)


def test_two_statements_of_one_day_by_two_roads_are_no_overlap() -> None:
    day = date(2026, 5, 4)
    arrivals = [_step(1, 1, 2, day), replace(_step(2, 2, 3, day), road="other")]
    assert found(arrivals, GapKind.OVERLAP) == []


def test_the_same_file_given_twice_is_no_second_road(seed: int) -> None:
    whole = made.year(Random(f"{seed}/same file"))
    again = replace(whole[9], document_id="again", counts=False)
    assert found([*whole, again], GapKind.OVERLAP) == []


def test_a_month_beside_its_days_is_an_overlap(seed: int) -> None:
    whole = made.year(Random(f"{seed}/month"), days=100)
    told = found([*whole, *made.of_months(whole)], GapKind.OVERLAP)
    assert len(told) >= 3
    assert not any(one.settled for one in told)


def _step(number: int, opening: int, closing: int, day: date | None = None) -> Arrival:
    own = day or date(2026, 5, 1) + timedelta(days=number)
    return arrival(own, number, Decimal(opening), Decimal(closing))

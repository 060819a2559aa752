"""Sorted arrays of rowids against what sets say of them."""

from __future__ import annotations

import random
from array import array

from ledgerdesk.store import rowids


def some(dice: random.Random) -> array[int]:
    number = dice.choice([0, 1, 5, 60])
    return array("q", sorted(dice.sample(range(1, 100), number)))


def test_arrays_combine_as_sets_do(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(200):
        found = [some(dice) for _ in range(dice.randint(1, 4))]
        sets = [set(one) for one in found]
        before = [one[:] for one in found]
        assert list(rowids.union(found)) == sorted(set().union(*sets))
        assert list(rowids.intersection(found)) == sorted(set.intersection(*sets))
        assert list(rowids.without(found[0], found[-1])) == sorted(sets[0] - sets[-1])
        assert found == before


def test_no_array_at_all_is_an_empty_union() -> None:
    assert list(rowids.union([])) == []


def test_what_is_wanted_keeps_its_order(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(100):
        ordered = array("q", dice.sample(range(1, 100), 50))
        wanted = some(dice)
        chosen = set(wanted)
        assert list(rowids.only(ordered, wanted)) == [one for one in ordered if one in chosen]


def test_keys_out_of_order_are_sorted_and_others_left_alone() -> None:
    in_order = array("q", [1, 3, 8])
    assert rowids.ascending(in_order) is in_order
    assert list(rowids.ascending(array("q", [3, 1, 8]))) == [1, 3, 8]

"""Company and account numbers explained while they are typed."""

from __future__ import annotations

import pytest

from ledgerdesk.setup.numbers import Standing, company_number, iban


@pytest.mark.parametrize(
    "typed", ["BE0123456749", "be 0123.456.749", "0123456749", "123456749", "TVA BE 0123.456.749"]
)
def test_a_belgian_number_is_right_however_it_is_written(typed: str) -> None:
    told = company_number(typed)
    assert (told.standing, told.number) == (Standing.RIGHT, "BE0123456749")


def test_every_beginning_of_a_right_number_is_unfinished() -> None:
    whole = "BE0123456749"
    standings = {company_number(whole[:length]).standing for length in range(1, len(whole))}
    assert standings == {Standing.UNFINISHED}


def test_how_many_digits_are_missing_is_said() -> None:
    assert "6" in company_number("BE0123").text
    assert "12" in iban("BE68").text


def test_wrong_check_digits_are_named() -> None:
    told = company_number("BE0123456748")
    assert told.standing is Standing.WRONG
    assert "48" in told.text


def test_the_right_check_digits_are_never_given_away() -> None:
    """Whoever gets them told would take them, and with them a wrong number."""
    assert "49" not in company_number("BE0123456748").text


@pytest.mark.parametrize("typed", ["BE01234567499", "9999999999", "hello", "0123456749x"])
def test_what_can_never_become_a_number_is_wrong(typed: str) -> None:
    assert company_number(typed).standing is Standing.WRONG


@pytest.mark.parametrize(
    ("typed", "standing"),
    [
        ("NL12", Standing.UNFINISHED),
        ("NL12345678", Standing.RIGHT),
        ("NL899266290B01", Standing.RIGHT),
        ("NL123456789B01", Standing.WRONG),
    ],
)
def test_dutch_numbers(typed: str, standing: Standing) -> None:
    assert company_number(typed).standing is standing


def test_a_number_of_another_country_is_taken_as_it_is() -> None:
    assert company_number("FR12345678901").number == "FR12345678901"


def test_an_account_is_right_with_spaces() -> None:
    assert iban("BE68 5390 0754 7034").number == "BE68539007547034"


@pytest.mark.parametrize(
    ("typed", "said"),
    [("BE68539007547035", "68"), ("BE685390075470341", "17"), ("12", "country")],
)
def test_a_wrong_account_says_why(typed: str, said: str) -> None:
    told = iban(typed)
    assert told.standing is Standing.WRONG
    assert said in told.text


def test_nothing_is_said_about_an_empty_line() -> None:
    assert company_number("  ").standing is iban("").standing is Standing.EMPTY

"""Company numbers and IBANs: many ways to write one, one key to compare."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerdesk.documents.identifiers import (
    WrongNumber,
    belgian_iban,
    company_number,
    find_company_number,
    find_iban,
    iban,
)
from ledgerdesk.errors import InvalidValue


def belgian(first_eight: int) -> str:
    return f"{first_eight:08d}{97 - first_eight % 97:02d}"


enterprise_numbers = st.integers(min_value=1_000_000, max_value=19_999_999).map(belgian)


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        ("0400000185", "0208"),
        ("BE0400000185", "9925"),
        ("BE0400000185", "BE:VAT"),
        ("0400000185", "BE:CBE"),
        ("BE0400000185", "BE:EN"),
        ("0400.000.185", "9956"),
        ("400000185", "0208"),
        ("00400000185", "0208"),
        ("BE 0400.000.185", ""),
        ("be0400000185", ""),
        ("BE (0)400.000.185", ""),
        ("TVA BE 0400.000.185", "VAT"),
        ("BTW: BE0400000185", ""),
        ("0400 000 185", ""),
        ("EID_0400000185", "0193"),
        ("0400000185", "iso6523-actorid-upis::0208"),
    ],
)
def test_every_way_to_write_a_belgian_number_is_one_key(text: str, scheme: str) -> None:
    assert find_company_number(text, scheme) == "BE0400000185"


@given(enterprise_numbers)
def test_a_belgian_number_survives_any_decoration(number: str) -> None:
    key = "BE" + number
    dotted = f"{number[:4]}.{number[4:7]}.{number[7:]}"
    assert {find_company_number(t) for t in (key, dotted, f"BE {dotted}", number)} == {key}


@given(enterprise_numbers, st.integers(min_value=2, max_value=9), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(number: str, at: int, by: int) -> None:
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    with pytest.raises(WrongNumber):
        find_company_number(wrong, "0208")


@given(st.text(max_size=60), st.sampled_from(["", "0208", "9944", "0106", "0190", "0088", "VAT"]))
def test_any_text_is_a_key_or_none_or_wrong(text: str, scheme: str) -> None:
    try:
        key = find_company_number(text, scheme)
    except WrongNumber:
        return
    assert key == "" or (key[:2].isalpha() and key.isascii() and " " not in key)


@given(enterprise_numbers)
def test_a_key_is_its_own_key(number: str) -> None:
    key = find_company_number(number, "0208")
    assert find_company_number(key) == key


@pytest.mark.parametrize(
    ("text", "scheme", "key"),
    [
        ("NL004495445B01", "", "NL004495445B01"),
        ("NL 0044.95.445.B.01", "9944", "NL004495445B01"),
        ("12345678", "0106", "NL12345678"),
        ("12345678", "NL:KVK", "NL12345678"),
        ("00000001234567890000", "0190", "NL00000001234567890000"),
        ("FR40303265045", "", "FR40303265045"),
        ("DE 136 695 976", "9930", "DE136695976"),
        ("NO 123 456 789 MVA", "", "NO123456789"),
        ("CHE-123.456.788", "", "CHE123456788"),
        ("XI123456789", "", "XI123456789"),
    ],
)
def test_numbers_of_other_countries_keep_their_country(text: str, scheme: str, key: str) -> None:
    assert find_company_number(text, scheme) == key


@pytest.mark.parametrize(
    ("text", "scheme", "country"),
    [
        ("5412345000013", "0088", ""),
        ("INR_85073003328", "0193", ""),
        ("0400000185", "", "SE"),
        ("0400000185", "0007", ""),
        ("0400000186", "", ""),
        ("BELGIUM", "0088", ""),
        ("", "", ""),
        ("x" * 10_000, "", ""),
    ],
)
def test_what_is_no_company_number_is_none(text: str, scheme: str, country: str) -> None:
    assert find_company_number(text, scheme, country) == ""


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        ("0400000186", "0208"),
        ("BE0400000186", ""),
        ("NL004495446B01", ""),
        ("1234567", "0106"),
        ("BE2400000185", ""),
        ("BE040000018", ""),
    ],
)
def test_wrong_check_digits_and_lengths_are_told(text: str, scheme: str) -> None:
    with pytest.raises(WrongNumber):
        find_company_number(text, scheme)


def test_a_typed_number_with_wrong_check_digits_is_explained() -> None:
    with pytest.raises(InvalidValue) as caught:
        company_number("BE0400000186")
    assert caught.value.field == "vat"
    assert "check digits" in caught.value.text()


def test_a_typed_text_that_is_no_number_asks_for_the_country() -> None:
    with pytest.raises(InvalidValue) as caught:
        company_number("bakery")
    assert "BE0123456789" in caught.value.text()


def test_a_typed_number_becomes_its_key() -> None:
    assert company_number(" be 0400.000.185 ") == "BE0400000185"


@pytest.mark.parametrize("text", ["BE68 5390 0754 7034", "be68539007547034", "BE68-5390-0754-7034"])
def test_every_way_to_write_an_iban_is_one(text: str) -> None:
    assert iban(text) == find_iban(text) == "BE68539007547034"


@pytest.mark.parametrize("text", ["BE68539007547035", "BE6853900754703", "hello", "", "IT60", "é"])
def test_a_wrong_iban_is_none_and_typed_is_explained(text: str) -> None:
    assert find_iban(text) == ""
    with pytest.raises(InvalidValue) as caught:
        iban(text)
    assert caught.value.field == "iban"


@given(st.integers(min_value=0, max_value=9_999_999_999))
def test_an_old_belgian_account_number_becomes_a_right_iban(first_ten: int) -> None:
    bban = f"{first_ten:010d}{first_ten % 97 or 97:02d}"
    assert find_iban(belgian_iban(bban)) == belgian_iban(bban)

"""Company numbers and accounts on a page: found however they are written, and no others."""

from __future__ import annotations

import pytest

from ledgerdesk.documents.pdf_numbers import MOST, Numbers, numbers_in

A, B = "BE0403170701", "BE0203201340"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BTW BE 0403.170.701", [A]),
        ("TVA: BE0403170701", [A]),
        ("be 403 170 701", [A]),
        ("BE-0403.170.701", [A]),
        ("RPR Brussel 0403.170.701", [A]),
        ("RPM 0403170701", [A]),
        ("Ondernemingsnummer: 0403 170 701", [A]),
        ("Numéro d'entreprise : 0403.170.701", [A]),
        ("BE\u00a00403.170.701", [A]),
        ("NL 8201.26.985 B01 en NL004495445B01", ["NL004495445B01"]),
        ("TVA FR 40 303 265 045 Paris", ["FR40303265045"]),
        ("USt-IdNr. DE136695976 Berlin", ["DE136695976"]),
        ("LU 150 274 42", ["LU15027442"]),
        ("IE 12345678 FR 40 303 265 045", ["FR40303265045"]),
        (f"{A} {A} BE 0203.201.340", [A, B]),
    ],
)
def test_company_numbers(text: str, expected: list[str]):
    assert list(numbers_in(text).companies) == expected


@pytest.mark.parametrize(
    "text",
    [
        "BE 0403.170.702",  # wrong check digits
        "0403170701",  # a bare number says nothing
        "Tel. 0403 170 701",
        "+++403/1707/01234+++",
        "Order 10403170701999",
        "GBE0403170701",
        "",
    ],
)
def test_what_is_no_company_number(text: str):
    assert numbers_in(text) == Numbers()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IBAN BE68 5390 0754 7034 BIC KREDBEBB", ["BE68539007547034"]),
        ("BE68539007547034", ["BE68539007547034"]),
        ("NL91 ABNA 0417 1643 00", ["NL91ABNA0417164300"]),
        (
            "be68 5390 0754 7034\nLU28 0019 4006 4475 0000",
            ["BE68539007547034", "LU280019400644750000"],
        ),
        ("BE69 5390 0754 7034", []),
        ("BE69 5390 0754 7034 BE68 5390 0754 7034", ["BE68539007547034"]),
    ],
)
def test_accounts(text: str, expected: list[str]):
    found = numbers_in(text)
    assert (list(found.accounts), found.companies) == (expected, ())


def test_an_account_beside_a_number_hides_it_not():
    found = numbers_in(f"BE68 5390 0754 7034 BTW {A}")
    assert (found.accounts, found.companies) == (("BE68539007547034",), (A,))


@pytest.mark.parametrize(
    ("text", "customer"),
    [
        (f"Bakkerij NV, BTW {A}\nFactuur aan: De Smet, BTW {B}", B),
        (f"Votre TVA : {B}\nNotre TVA : {A}", B),
        (f"Bill to: X {B}\nFrom {A}", B),
        (f"{A} {B}", ""),
        (f"Klant {A} Klant {B}", ""),
        (f"Klant\n{'x' * 200}\n{B} {A}", ""),
    ],
)
def test_whose_number_stands_as_the_customers(text: str, customer: str):
    assert numbers_in(text).customer == customer


def test_a_list_of_many_companies_is_no_invoice():
    numbers = []
    for start in range(1000_0000, 1000_0000 + MOST + 1):
        numbers.append(f"BE {start:08}{97 - start % 97:02}")
    assert len(numbers_in("\n".join(numbers[:MOST])).companies) == MOST
    assert numbers_in("\n".join(numbers)) == Numbers()


@pytest.mark.parametrize(
    "piece", ["BE ", "A", "BE68 ", "0403.170.", "FR 40 ", "BTW ", " \n", "BE0 4"]
)
def test_hostile_text_costs_no_more_than_its_length(piece: str):
    import time

    started = time.process_time()
    numbers_in(piece * 200_000)
    assert time.process_time() - started < 5

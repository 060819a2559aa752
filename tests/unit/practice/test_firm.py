"""The sample firm: fictional, but everything that is checked about a real one is right."""

from __future__ import annotations

import re
from collections import Counter
from random import Random

import pytest
from stdnum import iban
from stdnum.be import vat
from stdnum.nl import btw

from ledgerdesk.practice import numbers
from ledgerdesk.practice.destinations import DESTINATIONS
from ledgerdesk.practice.firm import Business, Firm, make_firm


@pytest.fixture(params=range(5))
def firm(seed: int, request: pytest.FixtureRequest) -> Firm:
    return make_firm(seed + request.param)


def businesses(firm: Firm) -> list[Business]:
    return [client.business for client in firm.clients] + list(firm.suppliers + firm.customers)


def test_clients_speak_both_languages_and_live_in_both_countries(firm: Firm) -> None:
    spoken = Counter((c.business.country, c.business.language) for c in firm.clients)
    assert spoken == {("BE", "nl"): 8, ("BE", "fr"): 8, ("NL", "nl"): 2}


def test_every_destination_has_a_belgian_client(firm: Firm) -> None:
    at_home = [c.destination for c in firm.clients if c.business.country == "BE"]
    assert set(at_home) == set(DESTINATIONS) and len(at_home) == len(DESTINATIONS)


def test_the_dutch_clients_send_statements_by_two_ways(firm: Firm) -> None:
    abroad = [c.destination for c in firm.clients if c.business.country == "NL"]
    assert [one.id for one in abroad] == ["sftp", "email"]
    assert all(one.statements for one in abroad)


def test_one_client_has_a_server_that_is_down(firm: Firm) -> None:
    down = [client for client in firm.clients if not client.destination.answers]
    assert down == firm.clients_of("down") and len(down) == 1


def test_company_numbers_have_right_check_digits(firm: Firm) -> None:
    for business in businesses(firm):
        checker = vat if business.country == "BE" else btw
        assert f"{business.country}{checker.validate(business.number)}" == business.number


def test_account_numbers_have_right_check_digits(firm: Firm) -> None:
    for business in businesses(firm):
        assert iban.validate(business.iban) == business.iban


def test_no_number_belongs_to_a_range_in_use(firm: Firm) -> None:
    for business in businesses(firm):
        assert business.number.startswith(("BE01", "BE19", "NL899"))
        assert business.iban[4:].startswith(("99", "PRAC"))


def test_nothing_is_given_to_two_businesses(firm: Firm) -> None:
    everybody = businesses(firm)
    for value in ("name", "number", "iban", "email"):
        assert len({getattr(one, value) for one in everybody}) == len(everybody), value
    assert len({client.file_number for client in firm.clients}) == len(firm.clients)


def test_addresses_lead_nowhere(firm: Firm) -> None:
    assert all(re.fullmatch(r"[a-z.]+@ledgerdesk\.example", one.email) for one in businesses(firm))


def test_file_numbers_are_plain(firm: Firm) -> None:
    assert all(re.fullmatch(r"K[0-9]{4}", client.file_number) for client in firm.clients)


def test_everybody_has_somebody_to_trade_with_at_home(firm: Firm) -> None:
    for client in firm.clients:
        for others in (firm.suppliers, firm.customers):
            assert any(other.country == client.business.country for other in others)


def test_the_same_seed_gives_the_same_firm(seed: int) -> None:
    assert make_firm(seed) == make_firm(seed)


def test_another_seed_gives_other_names_and_numbers(seed: int) -> None:
    one, other = make_firm(seed), make_firm(seed + 1)
    assert {b.number for b in businesses(one)}.isdisjoint(b.number for b in businesses(other))
    assert [b.name for b in businesses(one)] != [b.name for b in businesses(other)]


def test_numbers_hold_for_many_seeds(seed: int) -> None:
    chance = Random(seed)
    for _ in range(500):
        assert vat.is_valid(numbers.belgian_company(chance))
        assert btw.is_valid(numbers.dutch_company(chance))
        assert iban.is_valid(numbers.belgian_account(chance))
        assert iban.is_valid(numbers.dutch_account(chance))


def test_payment_references_add_up(seed: int) -> None:
    chance = Random(seed)
    for _ in range(500):
        reference = numbers.payment_reference(chance)
        assert len(reference) == 12
        assert int(reference[10:]) == (int(reference[:10]) % 97 or 97)

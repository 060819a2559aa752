"""Sample bank statements, read by position: Febelfin's CODA version 2, MT940, camt.053."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from lxml import etree
from stdnum import iban
from stdnum.be import vat

from ledgerdesk.practice import hostile
from ledgerdesk.practice.camt import camt053
from ledgerdesk.practice.coda import blocks, coda
from ledgerdesk.practice.firm import Firm, make_firm
from ledgerdesk.practice.invoices import Ledger
from ledgerdesk.practice.markup import document
from ledgerdesk.practice.mt940 import mt940
from ledgerdesk.practice.statements import BankStatement, make_statement

GRAMMAR = re.compile(r"0 1 (?:2 )*(?:8 )(?:4 )*9 ")
CAMT = {"c": "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"}


@pytest.fixture(scope="module")
def firm(seed: int) -> Firm:
    return make_firm(seed)


def statements(firm: Firm, country: str, count: int = 40) -> list[BankStatement]:
    chance = Random(f"{firm.seed}/statements")
    holders = [c.business for c in firm.clients if c.business.country == country]
    others = firm.suppliers + firm.customers
    return [make_statement(chance, chance.choice(holders), others) for _ in range(count)]


def at(line: str, first: int, last: int) -> str:
    """Positions as the standard counts them: from 1, both included."""
    return line[first - 1 : last]


def amount(line: str, sign: int) -> Decimal:
    """The amount after the sign at this position: thousandths, 1 is a debit."""
    value = Decimal(at(line, sign + 1, sign + 15)) / 1000
    return -value if at(line, sign, sign) == "1" else value


def faults(block: bytes, *, last: bool = True) -> list[str]:
    """What is wrong with one CODA statement, checked as a receiver checks it."""
    lines = block.decode("cp1252").split("\r\n")
    assert lines.pop() == ""
    header, old, *moved, new, trailer = lines
    firsts = [line for line in moved if line.startswith("21")]
    amounts = [amount(line, 32) for line in firsts]
    paid = -sum(value for value in amounts if value < 0)
    received = sum(value for value in amounts if value > 0)
    checks = {
        "width": all(len(line) == 128 for line in lines),
        "order": bool(GRAMMAR.fullmatch("".join(f"{line[0]} " for line in lines))),
        "version": at(header, 128, 128) == "2" and at(header, 15, 16) == "05",
        "holder": vat.is_valid(at(header, 73, 82)),
        "account": iban.is_valid(at(old, 6, 39).strip()) and at(old, 6, 42) == at(new, 5, 41),
        "numbers": [at(line, 3, 6) for line in firsts]
        == [f"{number:04}" for number in range(1, len(firsts) + 1)],
        "count": at(trailer, 17, 22) == f"{len(lines) - 2:06}",
        "paid": Decimal(at(trailer, 23, 37)) / 1000 == paid,
        "received": Decimal(at(trailer, 38, 52)) / 1000 == received,
        "balance": amount(old, 43) + sum(amounts) == amount(new, 42),
        "last": at(trailer, 128, 128) == ("2" if last else "1"),
        "next": all(chained(moved)),
    }
    return [name for name, right in checks.items() if not right]


def chained(moved: list[str]) -> list[bool]:
    """Each record says whether another of the same movement follows."""
    following = [*moved[1:], " " * 128]
    return [
        (at(line, 126, 126) == "1") == (at(line, 3, 6) == at(after, 3, 6))
        for line, after in zip(moved, following, strict=True)
    ]


def test_coda_satisfies_every_check(firm: Firm) -> None:
    for statement in statements(firm, "BE"):
        assert faults(coda([statement])) == []


@pytest.mark.parametrize(
    ("damage", "noticed"),
    [
        (lambda s: hostile.wrong_balance(s[0], s[1]).content, ["balance"]),
        (lambda s: coda([s[1]]).replace(b"\r\n9 ", b" \r\n9 "), ["width"]),
        (lambda s: coda([s[1]])[:-3] + b"1\r\n", ["last"]),
    ],
)
def test_the_checks_notice_a_damaged_file(
    firm: Firm, damage: Callable[..., bytes], noticed: list[str]
) -> None:
    (statement,) = statements(firm, "BE", 1)
    invoice = Ledger(Random(firm.seed)).invoice(firm.suppliers[0], statement.holder)
    assert faults(damage((invoice, statement))) == noticed


def test_negative_balances_are_debits(firm: Firm) -> None:
    (statement,) = statements(firm, "BE", 1)
    overdrawn = replace(statement, opening=Decimal("-12.34"))
    lines = coda([overdrawn]).decode("cp1252").splitlines()
    assert at(lines[1], 43, 58) == "1000000000012340"
    assert faults(coda([overdrawn])) == []


def test_accents_are_one_byte_each(firm: Firm) -> None:
    (statement,) = statements(firm, "BE", 1)
    holder = replace(statement.holder, name="Épicerie Rêveur")
    content = coda([replace(statement, holder=holder)])
    assert "Épicerie Rêveur".encode("cp1252") in content
    assert {len(line) for line in content.splitlines()} == {128}


def test_one_file_can_hold_several_accounts(firm: Firm) -> None:
    several = statements(firm, "BE", 3)
    pieces = blocks(coda(several))
    assert b"".join(pieces) == coda(several)
    assert [faults(piece, last=False) for piece in pieces[:-1]] == [[], []]
    assert faults(pieces[-1]) == []
    accounts = [at(piece.decode("cp1252").splitlines()[1], 6, 21) for piece in pieces]
    assert accounts == [one.holder.iban for one in several]


def mt940_amount(text: str) -> Decimal:
    value = Decimal(text[1:].replace(",", "."))
    return -value if text[0] == "D" else value


def test_mt940_adds_up(firm: Firm) -> None:
    for statement in statements(firm, "NL"):
        text = mt940(statement).decode("ascii")
        (opening,) = re.findall(r"^:60F:([CD])\d{6}EUR([\d,]+)\r$", text, re.MULTILINE)
        (closing,) = re.findall(r"^:62F:([CD])\d{6}EUR([\d,]+)\r$", text, re.MULTILINE)
        moved = re.findall(r"^:61:\d{10}([CD])([\d,]+)NTRF", text, re.MULTILINE)
        total = sum(mt940_amount("".join(one)) for one in moved)
        assert len(moved) == len(statement.movements)
        assert mt940_amount("".join(opening)) + total == mt940_amount("".join(closing))
        assert f":25:{statement.holder.iban}EUR\r\n" in text


def test_camt_adds_up(firm: Firm) -> None:
    def money(one: etree._Element) -> Decimal:
        value = Decimal(one.findtext("c:Amt", "", CAMT))
        return -value if one.findtext("c:CdtDbtInd", "", CAMT) == "DBIT" else value

    for statement in statements(firm, "NL"):
        root = etree.fromstring(document(camt053(statement)))
        balances = {
            one.findtext("c:Tp/c:CdOrPrtry/c:Cd", "", CAMT): money(one)
            for one in root.iterfind(".//c:Bal", CAMT)
        }
        moved = [money(entry) for entry in root.iterfind(".//c:Ntry", CAMT)]
        assert len(moved) == len(statement.movements)
        assert balances["OPBD"] + sum(moved) == balances["CLBD"] == statement.closing
        assert root.findtext(".//c:Acct/c:Id/c:IBAN", "", CAMT) == statement.holder.iban

"""MT940 (Dutch and other foreign banks): recognised and routed by its fields 25, 28C, 60 and 62."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from ledgerdesk.documents import statement_facts
from ledgerdesk.documents.bank_text import check_length, encoding_of
from ledgerdesk.documents.fields import day
from ledgerdesk.documents.findings import fatal, warning
from ledgerdesk.documents.identifiers import find_iban
from ledgerdesk.i18n import N_
from ledgerdesk.model import (
    DocumentFormat,
    DocumentKind,
    Facts,
    Finding,
    HeldReason,
    Party,
    Reading,
    Statement,
)

_MARKS = dict.fromkeys((0, 1, 2, 3, 0x1A, 0xFEFF))
_BLOCK = re.compile(r"(\{4:)(?=:20:)")
_TAG = re.compile(r"^:(\d{2}[A-Z]?):", re.MULTILINE)
_BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})(\d{1,15}(?:,\d{0,3})?)")
_ENTRY = re.compile(r"\d{6}(?:\d{4})?(R?[CD])[A-Z]?(\d{1,15}(?:,\d{0,3})?)")
_CURRENCY = re.compile(r"\s*([A-Z]{3})$")
_MAX_FINDINGS = 20
_Field = tuple[str, str]


def read(content: bytes) -> Reading:
    """The verdict on one MT940 file. Raises Refused when it is endless."""
    check_length(content)
    text = _lines(content)
    statements: list[Statement] = []
    findings: list[Finding] = []
    incomplete = False
    for start, end, fields in _messages(text):
        statement = _statement(fields, text[start:end])
        if statement is None:
            incomplete = True
            continue
        statements.append(statement)
        if len(statements) > statement_facts.MAX_STATEMENTS:
            raise statement_facts.too_many()
        findings += _check(statement, fields)
    if not statements:
        told = N_("No statement in the file has an account, an old and a new balance.")
        facts = Facts(kind=DocumentKind.STATEMENT, format=DocumentFormat.MT940)
        return Reading(facts, (fatal("LD-MT940", told),), HeldReason.NOT_WELL_FORMED)
    if incomplete:
        told = N_("A part of the file is no whole statement: its balances or account are missing.")
        findings.insert(0, warning("LD-MT940-PART", told))
    facts = statement_facts.of(DocumentFormat.MT940, tuple(statements))
    return Reading(facts, tuple(findings[:_MAX_FINDINGS]))


def intraday() -> Reading:
    """MT942 reports what is under way: never a statement."""
    return Reading(Facts(format=DocumentFormat.MT940), set_aside=N_("intraday report"))


def _lines(content: bytes) -> str:
    """The text, one field a line: without the marks some banks and editors write around messages,
    and with the first field on a line of its own where a SWIFT block opens before it."""
    text = content.decode(encoding_of(content), "replace").translate(_MARKS)
    return _BLOCK.sub(r"\1\n", text.replace("\r\n", "\n").replace("\r", "\n"))


def _messages(text: str) -> Iterator[tuple[int, int, list[_Field]]]:
    """(start, end, fields) of each message: a field 20 begins one."""
    tags = list(_TAG.finditer(text))
    starts = [i for i, tag in enumerate(tags) if tag[1] == "20"]
    for first, after in zip(starts, [*starts[1:], len(tags)], strict=False):
        fields = []
        for i in range(first, after):
            end = tags[i + 1].start() if i + 1 < len(tags) else len(text)
            fields.append((tags[i][1], text[tags[i].end() : end].strip()))
        stop = tags[after].start() if after < len(tags) else len(text)
        yield tags[first].start(), stop, fields


def _statement(fields: list[_Field], block: str) -> Statement | None:
    account, currency = _account(_first(fields, "25", "25P"))
    opening, closing = _first(fields, "60F", "60M"), _last(fields, "62F", "62M")
    opened, closed = _BALANCE.match(opening), _BALANCE.match(closing)
    if not account or opened is None or closed is None:
        return None
    return Statement(
        account=account,
        currency=closed[3] or currency,
        holder=Party(),
        sequence=_first(fields, "28C", "28").split("/")[0].strip(),
        closing_date=_day(closed[2]),
        opening_balance=_amount(opened[1], opened[4]),
        closing_balance=_amount(closed[1], closed[4]),
        start=0,
        end=0,
        core_sha256=hashlib.sha256("\n".join(block.split()).encode("utf-8", "replace")).hexdigest(),
    )


def _account(text: str) -> tuple[str, str]:
    """(account, currency): an IBAN where it is one, else the number without bank and currency."""
    line = text.split("\n")[0].strip()
    found = find_iban(line)
    if found:
        return found, ""
    currency = _CURRENCY.search(line)
    number = line[: currency.start()] if currency else line
    account = find_iban(number) or number.rpartition("/")[2]
    return re.sub(r"[\s.]", "", account).upper(), currency[1] if currency else ""


def _check(statement: Statement, fields: list[_Field]) -> list[Finding]:
    """Only warns: public samples are cut and anonymised, and the bank's own word is the balance."""
    if statement.opening_balance is None or statement.closing_balance is None:
        return []
    moved = Decimal(0)
    for tag, value in fields:
        entry = _ENTRY.match(value) if tag == "61" else None
        if entry is not None:
            # RC takes a credit back, RD a debit.
            moved += _amount("C" if entry[1] in ("C", "RD") else "D", entry[2]) or Decimal(0)
    found = statement.opening_balance + moved
    if found == statement.closing_balance:
        return []
    told = N_("The old balance {old} and the movements make {found}, not the new one {new}.")
    return [
        warning(
            "LD-MT940-BALANCE",
            told,
            old=statement.opening_balance,
            found=found,
            new=statement.closing_balance,
        )
    ]


def _first(fields: list[_Field], *tags: str) -> str:
    return next((value for tag, value in fields if tag in tags), "")


def _last(fields: list[_Field], *tags: str) -> str:
    return next((value for tag, value in reversed(fields) if tag in tags), "")


def _amount(sign: str, text: str) -> Decimal | None:
    value = Decimal(text.replace(",", ".").rstrip(".") or "0")
    return -value if sign == "D" else value


def _day(digits: str) -> date | None:
    return day("20" + digits)

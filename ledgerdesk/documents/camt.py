"""camt.053 statements of every version; camt.052 and camt.054 are named and set aside.

No ISO schema comes with the product: what every version demands of a statement is checked here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from ledgerdesk.documents import statement_facts
from ledgerdesk.documents.fields import day, elements, local_name, money, namespace, text_at
from ledgerdesk.documents.findings import clean, fatal, warning
from ledgerdesk.documents.identifiers import WrongNumber, find_company_number, find_iban
from ledgerdesk.i18n import N_
from ledgerdesk.model import DocumentFormat, Facts, Finding, HeldReason, Party, Reading, Statement

if TYPE_CHECKING:
    from lxml import etree

_FAMILY = "urn:iso:std:iso:20022:tech:xsd:camt.05"
_STATEMENT = "BkToCstmrStmt"
_NOT_STATEMENTS = {
    "BkToCstmrAcctRpt": N_("intraday report"),
    "BkToCstmrDbtCdtNtfctn": N_("booking notification"),
}
# What no version leaves out, in the order all versions share.
_IN_STATEMENT = ("Id", "Acct", "Bal")
_IN_ENTRY = ("Amt", "CdtDbtInd", "Sts", "BkTxCd")
_MAX_FINDINGS = 20


def belongs(root: etree._Element) -> bool:
    return local_name(root) == "Document" and namespace(root).startswith(_FAMILY)


def read(root: etree._Element) -> Reading:
    """The verdict on one camt document. Raises Refused when it is endless."""
    message = next(iter(elements(root)), None)
    # Version 1 wrote its number behind the name.
    name = local_name(message).removesuffix("V01") if message is not None else ""
    if name in _NOT_STATEMENTS:
        return Reading(Facts(), set_aside=_NOT_STATEMENTS[name])
    if message is None or name != _STATEMENT:
        told = N_("The camt message “{name}” is no bank statement.")
        return Reading(Facts(), (fatal("LD-KIND", told, name=name),), HeldReason.UNKNOWN_KIND)
    found = message.findall("{*}Stmt")
    if len(found) > statement_facts.MAX_STATEMENTS:
        raise statement_facts.too_many()
    facts = statement_facts.of(DocumentFormat.CAMT_053, tuple(_statement(s) for s in found))
    broken = tuple(_broken(message, found))[:_MAX_FINDINGS]
    if broken:
        return Reading(facts, broken, HeldReason.SCHEMA_INVALID)
    odd = tuple(finding for s in found for finding in _oddities(s))
    return Reading(facts, odd[:_MAX_FINDINGS])


def _broken(message: etree._Element, statements: list[etree._Element]) -> Iterator[Finding]:
    if message.find("{*}GrpHdr/{*}MsgId") is None or not statements:
        yield _lacks(message, "GrpHdr/MsgId" if statements else "Stmt")
    for statement in statements:
        yield from _demand(statement, _IN_STATEMENT)
        for entry in statement.iterfind("{*}Ntry"):
            yield from _demand(entry, _IN_ENTRY)
            if money(text_at(entry, "{*}Amt")) is None:
                yield _lacks(entry, "Amt")


def _demand(element: etree._Element, names: tuple[str, ...]) -> Iterator[Finding]:
    """The elements ``names`` are there, in this order."""
    order = [local_name(child) for child in elements(element)]
    at = 0
    for name in names:
        if name not in order[at:]:
            yield _lacks(element, name)
            return
        at = order.index(name, at)


def _lacks(element: etree._Element, name: str) -> Finding:
    told = N_("Line {line}: {element} lacks {name}, or has it in the wrong place.")
    return fatal(
        "LD-CAMT-XSD", told, line=element.sourceline, element=local_name(element), name=name
    )


def _statement(element: etree._Element) -> Statement:
    from lxml import etree as xml

    account = text_at(element, "{*}Acct/{*}Id/{*}IBAN")
    other = text_at(element, "{*}Acct/{*}Id/{*}Othr/{*}Id")
    opening = _balance_of(element, "OPBD", "PRCD")
    closing = _balance_of(element, "CLBD")
    sequence = (
        text_at(element, "{*}ElctrncSeqNb")
        or text_at(element, "{*}LglSeqNb")
        or text_at(element, "{*}Id")
    )
    return Statement(
        account=find_iban(account) or (account or other).upper(),
        currency=_currency(element, closing),
        holder=_holder(element),
        sequence=sequence,
        closing_date=_closing_day(element, closing),
        opening_balance=_signed(opening),
        closing_balance=_signed(closing),
        start=0,
        end=0,
        core_sha256=hashlib.sha256(xml.tostring(element, method="c14n")).hexdigest(),
    )


def _holder(element: etree._Element) -> Party:
    owner = element.find("{*}Acct/{*}Ownr")
    found: dict[str, None] = {}
    for id_ in owner.iterfind("{*}Id/{*}OrgId/{*}Othr") if owner is not None else ():
        scheme = text_at(id_, "{*}SchmeNm/{*}Cd") or text_at(id_, "{*}SchmeNm/{*}Prtry")
        try:
            known = scheme if scheme.upper() in ("KBO", "BCE", "CBE") else ""
            found[find_company_number(text_at(id_, "{*}Id"), known)] = None
        except WrongNumber:
            continue
    found.pop("", None)
    return Party(clean(text_at(owner, "{*}Nm")), tuple(found))


def _balance_of(element: etree._Element, *codes: str) -> etree._Element | None:
    """The first balance of the first of ``codes`` that the statement has."""
    balances = element.findall("{*}Bal")
    for code in codes:
        for balance in balances:
            if text_at(balance, "{*}Tp/{*}CdOrPrtry/{*}Cd") == code:
                return balance
    return None


def _currency(element: etree._Element, closing: etree._Element | None) -> str:
    written = text_at(element, "{*}Acct/{*}Ccy")
    amount = closing.find("{*}Amt") if closing is not None else None
    return written or (amount.get("Ccy", "") if amount is not None else "")


def _closing_day(element: etree._Element, closing: etree._Element | None) -> date | None:
    """The day of the closing balance, else the last day of the period, else of its making."""
    places = (
        (closing, "{*}Dt/{*}Dt"),
        (closing, "{*}Dt/{*}DtTm"),
        (element, "{*}FrToDt/{*}ToDtTm"),
        (element, "{*}CreDtTm"),
    )
    return next((found for where, path in places if (found := day(text_at(where, path)))), None)


def _signed(element: etree._Element | None) -> Decimal | None:
    """The amount of a balance or an entry, negative when it is a debit."""
    if element is None:
        return None
    value = money(text_at(element, "{*}Amt"))
    return -value if value is not None and text_at(element, "{*}CdtDbtInd") == "DBIT" else value


def _oddities(element: etree._Element) -> Iterator[Finding]:
    if text_at(element, "{*}CopyDplctInd"):
        told = N_("The bank marks this statement as a duplicate.")
        yield warning("LD-CAMT-DUPLICATE", told)
    written = text_at(element, "{*}Acct/{*}Id/{*}IBAN")
    if written and not find_iban(written):
        told = N_("The account number {account} is wrong: its check digits do not fit.")
        yield warning("LD-CAMT-IBAN", told, account=written)
    yield from _balance(element)


def _balance(element: etree._Element) -> Iterator[Finding]:
    """Opening balance + booked entries = closing balance; a warning, as public files show."""
    opening = _signed(_balance_of(element, "OPBD", "PRCD"))
    closing = _signed(_balance_of(element, "CLBD"))
    if opening is None or closing is None:
        return
    moved = sum(
        (_signed(entry) or Decimal(0) for entry in element.iterfind("{*}Ntry") if _booked(entry)),
        Decimal(0),
    )
    if opening + moved != closing:
        told = N_("The old balance {old} and the movements make {found}, not the new one {new}.")
        yield warning("LD-CAMT-BALANCE", told, old=opening, found=opening + moved, new=closing)


def _booked(entry: etree._Element) -> bool:
    """``Sts`` holds the code itself up to version 7, below ``Cd`` from version 8."""
    return (text_at(entry, "{*}Sts/{*}Cd") or text_at(entry, "{*}Sts")) == "BOOK"

"""camt.053 in version 8, ISO 20022's bank statement."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ledgerdesk.practice.markup import Tag, tag
from ledgerdesk.practice.statements import BankStatement, Movement

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
_CURRENCY = "EUR"


def camt053(statement: BankStatement) -> Tag:
    number = f"LD-{statement.closed:%Y%m%d}-{statement.sequence}"
    made = f"{statement.closed.isoformat()}T22:00:00"
    header = tag("GrpHdr", tag("MsgId", number), tag("CreDtTm", made))
    content = tag(
        "Stmt",
        tag("Id", number),
        tag("ElctrncSeqNb", str(statement.sequence)),
        tag("CreDtTm", made),
        _account(statement),
        _balance("OPBD", statement.opening, statement.opened),
        _balance("CLBD", statement.closing, statement.closed),
        *(_entry(number, movement) for number, movement in enumerate(statement.movements, 1)),
    )
    report = tag("BkToCstmrStmt", header, content)
    return Tag("Document", (report,), {"xmlns": _NAMESPACE})


def _account(statement: BankStatement) -> Tag:
    holder = statement.holder
    return tag(
        "Acct",
        tag("Id", tag("IBAN", holder.iban)),
        tag("Ccy", _CURRENCY),
        tag("Ownr", tag("Nm", holder.name)),
        tag("Svcr", tag("FinInstnId", tag("BICFI", holder.bic))),
    )


def _balance(code: str, amount: Decimal, day: date) -> Tag:
    kind = tag("Tp", tag("CdOrPrtry", tag("Cd", code)))
    return tag("Bal", kind, *_money(amount), tag("Dt", tag("Dt", day.isoformat())))


def _entry(number: int, movement: Movement) -> Tag:
    day = tag("Dt", movement.day.isoformat())
    family = "RCDT" if movement.amount > 0 else "ICDT"
    code = tag("Fmly", tag("Cd", family), tag("SubFmlyCd", "ESCT"))
    return tag(
        "Ntry",
        tag("NtryRef", str(number)),
        *_money(movement.amount),
        tag("Sts", tag("Cd", "BOOK")),
        tag("BookgDt", day),
        tag("ValDt", day),
        tag("BkTxCd", tag("Domn", tag("Cd", "PMNT"), code)),
        tag("NtryDtls", tag("TxDtls", *_details(number, movement))),
    )


def _details(number: int, movement: Movement) -> tuple[Tag, ...]:
    side = "Dbtr" if movement.amount > 0 else "Cdtr"
    return (
        tag("Refs", tag("EndToEndId", f"E2E-{number:04}")),
        *_money(movement.amount),
        tag(
            "RltdPties",
            tag(side, tag("Pty", tag("Nm", movement.other.name))),
            tag(f"{side}Acct", tag("Id", tag("IBAN", movement.other.iban))),
        ),
        tag("RmtInf", tag("Ustrd", movement.text)),
    )


def _money(amount: Decimal) -> tuple[Tag, Tag]:
    side = "DBIT" if amount < 0 else "CRDT"
    return tag("Amt", f"{abs(amount):.2f}", Ccy=_CURRENCY), tag("CdtDbtInd", side)

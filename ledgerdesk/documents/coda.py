"""CODA version 2 (Febelfin): every statement of a file, its place in the bytes, and what is wrong.

Nothing is corrected and nothing rewritten: a file is forwarded, or split at its header records,
byte by byte. The checks and their order: coda_checks.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from ledgerdesk.documents import coda_checks, coda_records, statement_facts
from ledgerdesk.documents.bank_text import decoded_lines
from ledgerdesk.documents.coda_records import Block, part
from ledgerdesk.documents.findings import clean, fatal
from ledgerdesk.documents.identifiers import (
    WrongNumber,
    belgian_iban,
    find_company_number,
    find_iban,
)
from ledgerdesk.i18n import N_
from ledgerdesk.model import DocumentFormat, Finding, HeldReason, Party, Reading, Statement

_MAX_FINDINGS = 20


def read(content: bytes) -> Reading:
    """The verdict on one CODA file. Raises Refused when it is endless."""
    blocks = coda_records.blocks(decoded_lines(content))
    if len(blocks) > statement_facts.MAX_STATEMENTS:
        raise statement_facts.too_many()
    findings: list[Finding] = []
    reasons: set[HeldReason | None] = set()
    for block in blocks:
        for reason, finding in coda_checks.problems(block, last=block is blocks[-1]):
            reasons.add(reason)
            if len(findings) < _MAX_FINDINGS:
                findings.append(finding)
    statements = tuple(_statement(block) for block in blocks if block.old_balance is not None)
    facts = statement_facts.of(DocumentFormat.CODA, statements)
    if not statements and not reasons:
        findings.append(fatal("LD-CODA", N_("The file holds no statement.")))
        reasons.add(HeldReason.NOT_WELL_FORMED)
    return Reading(facts, tuple(findings), _worst(reasons))


def split(content: bytes, statements: Iterable[Statement]) -> bytes:
    """The blocks of the chosen ``statements`` of ``content``, in their order, bytes unchanged.

    The trailer's "another file follows" (position 128) stays as the bank wrote it.
    """
    chosen = sorted({(statement.start, statement.end) for statement in statements})
    return b"".join(content[start:end] for start, end in chosen)


def _worst(reasons: set[HeldReason | None]) -> HeldReason | None:
    for reason in (HeldReason.NOT_WELL_FORMED, HeldReason.SCHEMA_INVALID):
        if reason in reasons:
            return reason
    return None


def _statement(block: Block) -> Statement:
    old, new = block.old_balance, block.new_balance
    assert old is not None
    structure = part(old, 2, 2)
    account, currency = coda_records.account_of(old, structure, 6)
    # An empty day has no new balance: nothing moved.
    closing_date = coda_records.day(new, 58) if new else coda_records.day(old, 59)
    return Statement(
        account=_key(structure, account),
        currency=currency,
        holder=_holder(block, clean(part(old, 65, 90))),
        sequence=part(old, 126, 128).strip(),
        closing_date=closing_date,
        opening_balance=coda_records.signed(old, 43),
        closing_balance=coda_records.signed(new or old, 42 if new else 43),
        start=block.start,
        end=block.end,
        core_sha256=_core(block),
    )


def _key(structure: str, account: str) -> str:
    if structure == "0" and len(account) == 12 and account.isascii() and account.isdigit():
        return belgian_iban(account)
    return find_iban(account) or account.upper()


def _holder(block: Block, name: str) -> Party:
    number = part(block.header, 72, 82) if block.header else ""
    if not number.strip("0 "):
        return Party(name)
    try:
        found = find_company_number(number, "0208")
    except WrongNumber:
        return Party(name)
    return Party(name, (found,) if found else ())


def _core(block: Block) -> str:
    """The hash of records 1 to 8: a second portal only changes header and trailer."""
    core = "\n".join(line.text.rstrip() for line in block.lines if line.text[:1] in tuple("1238"))
    return hashlib.sha256(core.encode("utf-8", "replace")).hexdigest()

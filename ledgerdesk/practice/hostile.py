"""Files that somebody made to do harm, and files that arrived broken: one of each per seed.

Nothing here harms a program that reads as LedgerDesk does; no name in them leads anywhere real.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO

from ledgerdesk.i18n import N_
from ledgerdesk.model import HeldReason, Profile
from ledgerdesk.practice.coda import coda
from ledgerdesk.practice.invoices import Invoice
from ledgerdesk.practice.markup import document
from ledgerdesk.practice.statements import BankStatement
from ledgerdesk.practice.ubl import ubl

# The oldest time a zip can tell; the same in every file, so that equal seeds give equal bytes.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file that must be held; ``name`` without a number, ``story`` what is wrong with it."""

    name: str
    content: bytes
    reason: HeldReason
    story: str


def zipped(members: dict[str, bytes]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name, _ZIP_TIME)
            # Otherwise the file tells on which system it was made.
            member.create_system = 3
            archive.writestr(member, content)
    return stream.getvalue()


# --- made to do harm -----------------------------------------------------------------------------


def reads_a_file(invoice: Invoice) -> BadFile:
    entity = '<!ENTITY stolen SYSTEM "file:///etc/passwd">'
    content = _with_doctype(invoice, entity, "&stolen;")
    story = N_("An invoice that tries to read a file of this computer")
    return BadFile("reads-a-file.xml", content, HeldReason.UNSAFE, story)


def billion_laughs(invoice: Invoice) -> BadFile:
    levels = ['<!ENTITY l0 "ha">']
    levels += [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)]
    content = _with_doctype(invoice, "".join(levels), "&l9;")
    story = N_("An invoice that unfolds into a billion words")
    return BadFile("billion-laughs.xml", content, HeldReason.UNSAFE, story)


def zip_slip(invoice: Invoice) -> BadFile:
    inside = document(ubl(invoice, Profile.PEPPOL_BIS_3))
    content = zipped({"invoice.xml": inside, "../../outside.xml": inside})
    story = N_("A zip file that tries to write outside its folder")
    return BadFile("zip-slip.zip", content, HeldReason.UNSAFE, story)


MALICIOUS: tuple[Callable[[Invoice], BadFile], ...] = (reads_a_file, billion_laughs, zip_slip)


def _with_doctype(invoice: Invoice, declared: str, used: str) -> bytes:
    """The invoice, with ``declared`` entities, and ``used`` in place of its buyer reference."""
    text = document(ubl(invoice, Profile.PEPPOL_BIS_3)).decode()
    head, newline, body = text.partition("\n")
    body = body.replace(f">{invoice.order}<", f">{used}<", 1)
    return f"{head}{newline}<!DOCTYPE Invoice [{declared}]>{newline}{body}".encode()


# --- arrived broken ------------------------------------------------------------------------------


def cut_invoice(invoice: Invoice, statement: BankStatement) -> BadFile:
    whole = document(ubl(invoice, Profile.PEPPOL_BIS_3))
    story = N_("An invoice of which the end is missing")
    content = whole[: len(whole) * 2 // 3]
    return BadFile("cut-invoice.xml", content, HeldReason.NOT_WELL_FORMED, story)


def undated_invoice(invoice: Invoice, statement: BankStatement) -> BadFile:
    root = ubl(invoice, Profile.PEPPOL_BIS_3)
    kept = tuple(
        child
        for child in root.content
        if not isinstance(child, str) and child.name != "cbc:IssueDate"
    )
    content = document(replace(root, content=kept))
    story = N_("An invoice without its date")
    return BadFile("undated-invoice.xml", content, HeldReason.SCHEMA_INVALID, story)


def cut_statement(invoice: Invoice, statement: BankStatement) -> BadFile:
    lines = coda([statement]).splitlines(keepends=True)
    story = N_("A bank statement of which the end is missing")
    content = b"".join(lines[:-1])
    return BadFile("cut-statement.cod", content, HeldReason.NOT_WELL_FORMED, story)


def wrong_balance(invoice: Invoice, statement: BankStatement) -> BadFile:
    """The new balance is that of another day; all the rest is right."""
    lines = coda([statement]).splitlines(keepends=True)
    other = replace(statement, opening=statement.opening + 1)
    lines[-2] = coda([other]).splitlines(keepends=True)[-2]
    story = N_("A bank statement that does not add up")
    content = b"".join(lines)
    return BadFile("wrong-balance.cod", content, HeldReason.SCHEMA_INVALID, story)


BROKEN: tuple[Callable[[Invoice, BankStatement], BadFile], ...] = (
    cut_invoice,
    undated_invoice,
    cut_statement,
    wrong_balance,
)

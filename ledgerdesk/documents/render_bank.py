"""Bank files as statements to read: CODA, camt.053 and MT940, with every movement."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from ledgerdesk.documents import coda_records
from ledgerdesk.documents.bank_text import Line, decoded_lines, encoding_of
from ledgerdesk.documents.coda_records import Block, part
from ledgerdesk.documents.fields import day, money, text_at
from ledgerdesk.documents.findings import clean
from ledgerdesk.documents.render_views import MOST_LINES, MovementView, StatementView, texts
from ledgerdesk.model import Statement

if TYPE_CHECKING:
    from lxml import etree

_STRUCTURED = ("101", "102")
_TAG = re.compile(r"^:(\d{2}[A-Z]?):", re.MULTILINE)
_ENTRY = re.compile(r"(\d{6})(\d{4})?(R?[CD])[A-Z]?(\d{1,15}(?:,\d{0,3})?)(.*)", re.DOTALL)


def view(statement: Statement, movements: Sequence[MovementView]) -> StatementView:
    """``movements`` may be more than are shown."""
    return StatementView(
        account=clean(statement.account),
        holder=clean(statement.holder.name),
        currency=clean(statement.currency),
        sequence=clean(statement.sequence),
        closed=statement.closing_date,
        opening=statement.opening_balance,
        closing=statement.closing_balance,
        movements=tuple(movements[:MOST_LINES]),
        more_movements=max(0, len(movements) - MOST_LINES),
    )


# --- CODA -----------------------------------------------------------------------------------------


def of_coda(content: bytes) -> list[list[MovementView]]:
    """The movements of each statement of the file, in order."""
    blocks = coda_records.blocks(decoded_lines(content))
    return [list(_coda_movements(one)) for one in blocks if one.old_balance is not None]


def _coda_movements(block: Block) -> Iterator[MovementView]:
    """A movement is a record 2.1 with what follows under the same numbers; information (records 3)
    belongs to the movement of its number."""
    found: dict[tuple[str, str], list[Line]] = {}
    for line in block.lines:
        if line.text[:1] in ("2", "3"):
            found.setdefault((part(line, 3, 6), part(line, 7, 10)), []).append(line)
    yield from (_coda_movement(each) for each in found.values() if each[0].text.startswith("21"))


def _coda_movement(lines: Sequence[Line]) -> MovementView:
    first = lines[0]
    told = {line.text[:2]: line for line in reversed(lines)}
    name = account = ""
    said = [part(first, 63, 115)]
    if "22" in told:
        said.append(part(told["22"], 11, 63))
    if "23" in told:
        account, name = part(told["23"], 11, 44).strip(), part(told["23"], 48, 82)
        said.append(part(told["23"], 83, 125))
    whole = "".join(said)
    more = [_information(line) for line in lines if line.text.startswith("3")]
    return MovementView(
        day=coda_records.day(first, 116),
        value_day=coda_records.day(first, 48),
        amount=coda_records.signed(first, 32),
        name=clean(name),
        account=clean(account),
        texts=texts(_communication(first, whole), *more),
        is_detail=part(first, 7, 10) != "0000",
    )


def _communication(first: Line, said: str) -> str:
    """A payment reference as people know it: +++123/4567/89012+++."""
    digits = said[3:15]
    if part(first, 62, 62) == "1" and said[:3] in _STRUCTURED and digits.isdigit():
        return f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"
    return clean(said)


def _information(line: Line) -> str:
    last = {"31": (41, 113), "32": (11, 115), "33": (11, 100)}.get(line.text[:2])
    return clean(part(line, *last)) if last else ""


# --- camt.053 -------------------------------------------------------------------------------------


def of_camt(root: etree._Element) -> list[list[MovementView]]:
    return [
        [movement for entry in one.iterfind("{*}Ntry") for movement in _camt_movements(entry)]
        for one in root.iterfind("{*}*/{*}Stmt")
    ]


def _camt_movements(entry: etree._Element) -> Iterator[MovementView]:
    """An entry; where it collects several transactions, those below it."""
    details = entry.findall("{*}NtryDtls/{*}TxDtls")
    alone = details[0] if len(details) == 1 else None
    yield _camt_movement(entry, alone, is_detail=False)
    if len(details) > 1:
        yield from (_camt_movement(entry, one, is_detail=True) for one in details)


def _camt_movement(
    entry: etree._Element, details: etree._Element | None, *, is_detail: bool
) -> MovementView:
    amount = text_at(details, "{*}Amt") if is_detail else ""
    debit = (text_at(details, "{*}CdtDbtInd") if is_detail else "") or text_at(
        entry, "{*}CdtDbtInd"
    )
    side = "Cdtr" if debit == "DBIT" else "Dbtr"
    parties = details.find("{*}RltdPties") if details is not None else None
    name = text_at(parties, f"{{*}}{side}/{{*}}Nm") or text_at(
        parties, f"{{*}}{side}/{{*}}Pty/{{*}}Nm"
    )
    remittance = details.find("{*}RmtInf") if details is not None else None
    said = remittance.iterfind("{*}Ustrd") if remittance is not None else ()
    value = money(amount or text_at(entry, "{*}Amt"))
    return MovementView(
        day=_camt_day(entry, "BookgDt"),
        value_day=_camt_day(entry, "ValDt"),
        amount=-value if value is not None and debit == "DBIT" else value,
        name=clean(name),
        account=clean(text_at(parties, f"{{*}}{side}Acct/{{*}}Id/{{*}}IBAN")),
        texts=texts(
            clean(text_at(remittance, "{*}Strd/{*}CdtrRefInf/{*}Ref")),
            *(clean(one.text or "") for one in said),
            "" if is_detail else clean(text_at(entry, "{*}AddtlNtryInf")),
        ),
        is_detail=is_detail,
    )


def _camt_day(entry: etree._Element, name: str) -> date | None:
    return day(text_at(entry, f"{{*}}{name}/{{*}}Dt") or text_at(entry, f"{{*}}{name}/{{*}}DtTm"))


# --- MT940 ----------------------------------------------------------------------------------------


def of_mt940(content: bytes) -> list[list[MovementView]]:
    """The movements of each message that has an account and both balances."""
    text = content.decode(encoding_of(content), "replace").replace("\r\n", "\n").replace("\r", "\n")
    found: list[list[MovementView]] = []
    for fields in _messages(text.replace("{4::20:", "{4:\n:20:")):
        names = {name[:2] for name, _ in fields}
        if {"25", "60", "62"} <= names:
            found.append(list(_mt940_movements(fields)))
    return found


def _messages(text: str) -> Iterator[list[tuple[str, str]]]:
    tags = list(_TAG.finditer(text))
    fields: list[tuple[str, str]] = []
    for tag, after in zip(tags, [*tags[1:], None], strict=True):
        if tag[1] == "20" and fields:
            yield fields
            fields = []
        end = after.start() if after is not None else len(text)
        fields.append((tag[1], text[tag.end() : end].strip("\n -}")))
    if fields:
        yield fields


def _mt940_movements(fields: Sequence[tuple[str, str]]) -> Iterator[MovementView]:
    for at, (name, value) in enumerate(fields):
        entry = _ENTRY.match(value) if name == "61" else None
        if entry is None:
            continue
        follows = fields[at + 1] if at + 1 < len(fields) else ("", "")
        said = follows[1] if follows[0] == "86" else ""
        amount = Decimal(entry[4].replace(",", ".").rstrip(".") or "0")
        year, short = entry[1][:2], entry[2]
        yield MovementView(
            day=day(f"20{year}{short}") if short else day("20" + entry[1]),
            value_day=day("20" + entry[1]),
            # RC takes a credit back, RD a debit.
            amount=amount if entry[3] in ("C", "RD") else -amount,
            texts=texts(*(clean(line) for line in said.split("\n")), clean(entry[5])),
        )

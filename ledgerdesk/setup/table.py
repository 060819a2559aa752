"""Reading a client list as spreadsheets save it: CSV with any usual separator and encoding.

Only text comes out: a cell is never evaluated, and ``="0123"`` (how a spreadsheet keeps a leading
zero) is taken for what it shows.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ledgerdesk.errors import BadTable
from ledgerdesk.i18n import N_, translate

_MOST_BYTES = 20_000_000
_SEPARATORS = ";,\t"
_AS_TEXT = re.compile(r'="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Row:
    """``line`` is the row's last line in the file, counted from 1; ``cells`` are trimmed."""

    line: int
    cells: Mapping[str, str]
    too_many: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[Row, ...] = field(default_factory=tuple)


def read(content: bytes, path: str, known: Collection[str], needed: Collection[str]) -> Table:
    """The table with its columns in our spelling; empty lines are left out.

    Raises BadTable for anything but a CSV whose header holds ``needed`` and nothing but ``known``.
    """
    if len(content) > _MOST_BYTES:
        raise _bad(path, N_("It is larger than 20 MB."))
    text = _decoded(content)
    if "\0" in text:
        raise _bad(path, N_("It is not a text file."))
    text, separator = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        first_line = next((cells for cells in reader if any(map(str.strip, cells))), None)
        if first_line is None:
            raise _bad(path, N_("It is empty."))
        columns = _columns(path, first_line, known, needed)
        rows = []
        for cells in reader:
            trimmed = [_shown(one) for one in cells]
            if any(trimmed):
                named = dict(zip(columns, trimmed, strict=False))
                too_many = any(trimmed[len(columns) :])
                rows.append(Row(reader.line_num, named, too_many))
    except csv.Error as error:
        reason = translate(N_("Line {line} is not valid CSV.")).format(line=reader.line_num)
        raise BadTable(path=path, reason=reason) from error
    return Table(columns, tuple(rows))


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What spreadsheets on Windows call "CSV" without a word about the encoding.
        return content.decode("cp1252", errors="replace")


def _separator(text: str) -> tuple[str, str]:
    """The text without a spreadsheet's ``sep=;`` line, and the separator of its header."""
    head, _, rest = text.lstrip("\r\n").partition("\n")
    if re.fullmatch(r"sep=[;,\t]\r?", head.lower()):
        return rest, head[4]
    return text, max(_SEPARATORS, key=head.count)


def _columns(
    path: str, header: list[str], known: Collection[str], needed: Collection[str]
) -> tuple[str, ...]:
    columns = tuple(re.sub(r"[\s-]+", "_", one.strip().lower()) for one in header)
    while columns and not columns[-1]:
        columns = columns[:-1]
    unknown = [one or "?" for one in columns if one not in known]
    if unknown:
        reason = translate(N_("Unknown columns: {unknown}. Known: {known}."))
        names = {"unknown": ", ".join(unknown), "known": ", ".join(known)}
        raise BadTable(path=path, reason=reason.format(**names))
    for one in needed:
        if one not in columns:
            reason = translate(N_("The column {name} is missing."))
            raise BadTable(path=path, reason=reason.format(name=one))
    twice = {one for one in columns if columns.count(one) > 1}
    if twice:
        reason = translate(N_("A column stands there twice: {names}."))
        raise BadTable(path=path, reason=reason.format(names=", ".join(sorted(twice))))
    return columns


def _shown(cell: str) -> str:
    text = cell.strip()
    quoted = _AS_TEXT.fullmatch(text)
    return quoted.group(1).strip() if quoted else text


def _bad(path: str, reason: str) -> BadTable:
    return BadTable(path=path, reason=translate(reason))

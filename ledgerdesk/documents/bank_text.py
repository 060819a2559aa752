"""Text files of banks: no bank says which encoding it writes, so the bytes decide.

For reading and measuring only; the bytes themselves travel unchanged. Facts: ASCII, Latin-1 or
cp1252, UTF-8 after somebody's editor, and cp850 from DOS-era tools.
"""

from __future__ import annotations

from typing import NamedTuple

from ledgerdesk.documents.findings import Refused, fatal
from ledgerdesk.i18n import N_
from ledgerdesk.model import HeldReason

MAX_LINES = 1_000_000

_BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line: its number from 1, its text without the line end, its place in the bytes."""

    number: int
    text: str
    start: int
    end: int


def check_length(content: bytes) -> None:
    """Raises Refused above a million lines: years of statements have fewer."""
    if content.count(b"\n") + content.count(b"\r") > 2 * MAX_LINES:
        told = N_("The file has more than {limit} lines.")
        raise Refused(HeldReason.TOO_LARGE, fatal("LD-LINES", told, limit=MAX_LINES))


def encoding_of(content: bytes) -> str:
    """The Python codec that reads ``content`` best."""
    if content.isascii():
        return "ascii"
    try:
        content.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        pass
    high = [byte for byte in content if byte >= 0x80]
    dos = sum(byte <= 0x97 for byte in high)
    # One lone 0x80 is cp1252's euro; in DOS files most accented letters lie below 0x98.
    return "cp850" if dos >= 2 and dos * 2 > len(high) else "cp1252"


def decoded_lines(content: bytes) -> list[Line]:
    """The lines of a file; a byte order mark, blank last lines and a DOS end mark are left out.

    Raises Refused.
    """
    check_length(content)
    encoding = encoding_of(content)
    lines: list[Line] = []
    start = 0
    for number, raw in enumerate(content.splitlines(keepends=True), 1):
        end = start + len(raw)
        bare = raw.rstrip(b"\r\n")
        if number == 1:
            bare = bare.removeprefix(_BOM)
        lines.append(Line(number, bare.decode(encoding, "replace"), start, end))
        start = end
    while lines and not lines[-1].text.strip(" \t\x1a"):
        lines.pop()
    return lines

"""The leaves of a mail's tree, told one by one: RFC 2046, within bounds that hold before decoding.

A mail is refused as a whole when it is nested deeper than twenty levels, has more than 200 parts or
lines that look like borders without end: time and memory stay linear in its size.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ledgerdesk.documents.mail_head import Head, read_head, refused
from ledgerdesk.i18n import N_

DEEPEST = 20
MOST_PARTS = 200
_MOST_LOOKS = 20_000
LARGEST = 50 * 1024 * 1024
"""Of a whole mail; decoding only makes it smaller."""

MAIL_TYPES = ("message/rfc822", "message/global")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One part that is no container: its header, and where its content stands in the mail.

    ``forwarded`` counts the mails around it; a mail inside a mail is a leaf as well.
    """

    head: Head
    start: int
    end: int
    depth: int

    def content(self, raw: bytes) -> bytes:
        """Decoded, whatever of it can be decoded."""
        return _decoded(raw[self.start : self.end], self.head.encoding)


class _Budget:
    """What is left of the bounds, over the whole mail."""

    def __init__(self) -> None:
        self.parts = MOST_PARTS
        self.looks = _MOST_LOOKS

    def part(self) -> None:
        self.parts -= 1
        if self.parts < 0:
            raise refused(N_("This mail has more than {limit} parts."), MOST_PARTS)

    def look(self) -> None:
        self.looks -= 1
        if self.looks < 0:
            raise refused(N_("This mail has more than {limit} parts."), MOST_PARTS)


def leaves(raw: bytes) -> Iterator[Leaf]:
    """In order. Raises Refused."""
    if len(raw) > LARGEST:
        raise refused(N_("This mail has more than {limit} bytes."), LARGEST)
    yield from _walk(raw, 0, len(raw), 0, _Budget())


def _walk(raw: bytes, start: int, end: int, depth: int, budget: _Budget) -> Iterator[Leaf]:
    if depth > DEEPEST:
        raise refused(N_("This mail is nested deeper than {limit} levels."), DEEPEST)
    budget.part()
    head = read_head(raw, start, end)
    boundary = head.boundary if head.content_type.startswith("multipart/") else b""
    if not boundary:
        yield Leaf(head, head.body, end, depth)
        return
    for first, last in _between(raw, head.body, end, boundary, budget):
        yield from _walk(raw, first, last, depth + 1, budget)


def _between(
    raw: bytes, start: int, end: int, boundary: bytes, budget: _Budget
) -> Iterator[tuple[int, int]]:
    """Where the parts of a multipart stand. A missing last border ends with the multipart."""
    border = b"--" + boundary
    began: int | None = None
    at = start
    while True:
        at = raw.find(border, at, end)
        if at < 0:
            break
        budget.look()
        after = at + len(border)
        closes = raw[after : after + 2] == b"--"
        line_end = raw.find(b"\n", after, min(end, after + 200))
        rest = raw[after : line_end if line_end >= 0 else min(end, after + 200)]
        if not _at_line_start(raw, at, start) or rest.strip(b" \t\r-"):
            at = after
            continue
        if began is not None:
            yield began, _before_line_end(raw, began, at)
        if closes or line_end < 0:
            return
        began = at = line_end + 1
    if began is not None:
        yield began, end


def _at_line_start(raw: bytes, at: int, start: int) -> bool:
    return at == start or raw[at - 1 : at] == b"\n"


def _before_line_end(raw: bytes, began: int, at: int) -> int:
    """The line end before a border belongs to the border."""
    if at > began and raw[at - 1 : at] == b"\n":
        at -= 1
        if at > began and raw[at - 1 : at] == b"\r":
            at -= 1
    return max(began, at)


def _decoded(content: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return _base64(content)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(content)
    return content


def _base64(content: bytes) -> bytes:
    try:
        return binascii.a2b_base64(content)
    except binascii.Error:
        pass
    # Cut short, or with something after its end: what is whole counts.
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", content)
    return binascii.a2b_base64(letters[: len(letters) // 4 * 4])

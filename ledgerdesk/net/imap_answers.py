"""What an IMAP server answers, taken apart: the items of FETCH, and its words for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

_UID = re.compile(rb"\bUID (\d+)")
_ITEM = re.compile(
    rb"([A-Z0-9.]+(?:\[[^\]]*\])?)(?:<\d+>)? (?:\{(\d+)\}\Z|\"((?:[^\"\\]|\\.)*)\"|(\d+))"
)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_DATE = re.compile(
    r"\s*(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})"
)


def fetched(answers: Iterable[Any]) -> Iterator[tuple[int, dict[str, bytes]]]:
    """(uid, item → value) of each mail. Servers interleave what they were not asked for."""
    uid, items = 0, dict[str, bytes]()
    for answer in answers:
        text, literal = answer if isinstance(answer, tuple) else (answer, None)
        if not isinstance(text, bytes):
            continue
        begins = re.match(rb"\d+ \(", text)
        if begins is not None and uid:
            yield uid, items
        if begins is not None:
            uid, items = 0, {}
        found = _UID.search(text)
        uid = int(found[1]) if found else uid
        for item in _ITEM.finditer(text):
            name = item[1].decode("ascii")
            name = "HEADER" if name.startswith("BODY[HEADER") else name
            if item[2] is not None:
                items[name] = literal if isinstance(literal, bytes) else b""
            else:
                items[name] = item[3] if item[3] is not None else item[4]
    if uid:
        yield uid, items


def internal_date(value: bytes) -> datetime | None:
    """``22-Nov-2026 10:00:00 +0100``; None for what is no date."""
    found = _DATE.match(value.decode("ascii", "replace"))
    month = _MONTHS.get(found[2].lower()) if found else None
    if found is None or month is None:
        return None
    offset = f"{found[7]}{found[8]}:{found[9]}"
    text = f"{found[3]}-{month:02}-{int(found[1]):02}T{found[4]}:{found[5]}:{found[6]}{offset}"
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def search_day(day: Any) -> str:
    """A day as SEARCH wants it: ``22-Nov-2026``."""
    name = next(name for name, number in _MONTHS.items() if number == day.month)
    return f"{day.day}-{name.capitalize()}-{day.year}"


def readable(answer: Any) -> str:
    """The server's words on one line."""
    pieces = answer if isinstance(answer, list | tuple) else [answer]
    texts = [
        one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in pieces
    ]
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", " ".join(texts)).strip()[:300]

"""``winmail.dat``: the attachments in what Outlook sends as "rich text" (MS-OXTNEF), nothing else.

A stream of (level, attribute, length, data, checksum). Read front to back once; whatever does not
add up ends it. Only attachments are looked for: their data, and their short and long names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

SIGNATURE = b"\x78\x9f\x3e\x22"
MOST_BYTES = 25 * 1024 * 1024
MOST_ATTACHMENTS = 100
_MOST_ATTRIBUTES = 5_000

_ATTACHMENT_LEVEL = 2
_BEGINS = 0x00069002  # attAttachRendData: the first attribute of every attachment
_TITLE = 0x00018010
_DATA = 0x0006800F
_PROPERTIES = 0x00069005
_LONG_NAME = 0x3707
_STRING, _UNICODE = 0x001E, 0x001F


@dataclass(slots=True)
class Attachment:
    name: str = ""
    content: bytes = field(default=b"", repr=False)


def is_tnef(content: bytes) -> bool:
    return content.startswith(SIGNATURE)


def attachments(content: bytes) -> list[Attachment]:
    """What could be read. Never raises; a damaged rest is left out."""
    found: list[Attachment] = []
    for attribute, data in _attributes(content):
        if attribute == _BEGINS:
            if len(found) == MOST_ATTACHMENTS:
                break
            found.append(Attachment())
        elif found and attribute == _TITLE:
            found[-1].name = found[-1].name or _text(data.tobytes(), _STRING)
        elif found and attribute == _DATA:
            found[-1].content = data.tobytes()
        elif found and attribute == _PROPERTIES:
            found[-1].name = _long_name(data.tobytes()) or found[-1].name
    return [one for one in found if one.content]


def _attributes(content: bytes) -> Iterator[tuple[int, memoryview]]:
    if not is_tnef(content) or len(content) > MOST_BYTES:
        return
    view, at = memoryview(content), 6
    for _ in range(_MOST_ATTRIBUTES):
        if at + 9 > len(view):
            return
        level = view[at]
        attribute = int.from_bytes(view[at + 1 : at + 5], "little")
        length = int.from_bytes(view[at + 5 : at + 9], "little")
        first = at + 9
        if first + length + 2 > len(view):
            return
        if level == _ATTACHMENT_LEVEL:
            yield attribute, view[first : first + length]
        at = first + length + 2


def _long_name(properties: bytes) -> str:
    """The property PR_ATTACH_LONG_FILENAME, found by its tag: one value, its length, its text.

    Looked for rather than counted to: the properties before it have a dozen shapes of their own.
    """
    for kind in (_UNICODE, _STRING):
        tag = kind.to_bytes(2, "little") + _LONG_NAME.to_bytes(2, "little") + b"\x01\0\0\0"
        at = properties.find(tag)
        if at < 0:
            continue
        first = at + len(tag) + 4
        length = int.from_bytes(properties[first - 4 : first], "little")
        if 0 < length <= 1024 and first + length <= len(properties):
            return _text(properties[first : first + length], kind)
    return ""


def _text(data: bytes, kind: int) -> str:
    encoding = "utf-16-le" if kind == _UNICODE else "cp1252"
    return data.decode(encoding, "replace").rstrip("\0")

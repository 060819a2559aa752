"""XML written from nested tags, with prefixes as they stand: the same tags, the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr


@dataclass(frozen=True, slots=True)
class Tag:
    name: str
    content: tuple[Tag, ...] | str = ()
    attributes: Mapping[str, str] = field(default_factory=dict)


def tag(name: str, *content: Tag | str | None, **attributes: str) -> Tag:
    """One element: a text, or child elements; None is left out, so that what is optional reads
    like the rest."""
    given = [part for part in content if part is not None]
    text = "".join(part for part in given if isinstance(part, str))
    children = tuple(part for part in given if isinstance(part, Tag))
    return Tag(name, children or text, attributes)


def document(root: Tag, indent: str = "  ", newline: str = "\n") -> bytes:
    """UTF-8; ``indent`` and ``newline`` only change the white space between elements."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return newline.join([head, *_lines(root, "", indent), ""]).encode()


def _lines(one: Tag, margin: str, indent: str) -> list[str]:
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in one.attributes.items())
    opening = f"{margin}<{one.name}{attributes}>"
    if isinstance(one.content, str):
        return [f"{opening}{escape(one.content)}</{one.name}>"]
    inside = [line for child in one.content for line in _lines(child, margin + indent, indent)]
    return [opening, *inside, f"{margin}</{one.name}>"]

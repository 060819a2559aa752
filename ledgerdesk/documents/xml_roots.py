"""Which reader an XML document belongs to: by its root, inside a Peppol envelope by its payload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledgerdesk.documents import camt, cii, ubl
from ledgerdesk.documents.envelope import HEADER, ROOT
from ledgerdesk.documents.fields import elements, local_name
from ledgerdesk.documents.findings import Refused, fatal
from ledgerdesk.i18n import N_
from ledgerdesk.model import HeldReason, Reading

if TYPE_CHECKING:
    from lxml import etree


def read(root: etree._Element, size: int) -> Reading:
    """The verdict on a document that was parsed from ``size`` bytes.

    Raises Refused when no reader knows its root.
    """
    inner = payload(root)
    if ubl.belongs(inner):
        return ubl.read(inner, size)
    if cii.belongs(inner):
        return cii.read(inner)
    if camt.belongs(inner):
        return camt.read(inner)
    told = N_("This XML (root “{name}”) is no invoice and no bank statement.")
    raise Refused(HeldReason.UNKNOWN_KIND, fatal("LD-KIND", told, name=local_name(inner)))


def payload(root: etree._Element) -> etree._Element:
    """What the envelope of an access point holds; ``root`` itself where there is none.

    Raises Refused when it holds none or several.
    """
    if root.tag != ROOT:
        return root
    inside = [child for child in elements(root) if local_name(child) != HEADER]
    if len(inside) != 1:
        told = N_("The envelope holds {count} documents instead of one.")
        raise Refused(HeldReason.UNKNOWN_KIND, fatal("LD-SBDH", told, count=len(inside)))
    return inside[0]

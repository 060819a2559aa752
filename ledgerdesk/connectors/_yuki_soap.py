"""SOAP 1.1 as Yuki's services want it: one envelope per call, one result or fault per answer.

The services are described by ``https://api.yukiworks.be/ws/Archive.asmx?WSDL``: document/literal,
elements qualified and in the description's order, lists of results in no namespace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from lxml import etree

NAMESPACE = "http://www.theyukicompany.com/"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


class Fault(Exception):
    """The service says no to ``operation``; ``text`` is its faultstring."""

    def __init__(self, operation: str, text: str) -> None:
        super().__init__(operation)
        self.operation = operation
        self.text = text


class NotUnderstood(Exception):
    """The answer is no SOAP, or belongs to another call."""


def headers(operation: str) -> dict[str, str]:
    return {
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": f'"{NAMESPACE}{operation}"',
    }


def envelope(operation: str, values: Mapping[str, str]) -> bytes:
    """``values`` in the order of the description."""
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
    return (
        f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{_SOAP}"><soap:Body>'
        f'<{operation} xmlns="{NAMESPACE}">{inside}</{operation}></soap:Body></soap:Envelope>'
    ).encode()


def result(content: bytes, operation: str) -> etree._Element | None:
    """The call's result; None where the operation gives none. Raises Fault or NotUnderstood."""
    from ledgerdesk.documents import xml_door
    from ledgerdesk.documents.findings import Refused

    try:
        root = xml_door.parse(content)
    except Refused:
        raise NotUnderstood(operation) from None
    inside = root.find(f"{{{_SOAP}}}Body")
    if inside is None or len(inside) == 0:
        raise NotUnderstood(operation)
    fault = inside.find(f"{{{_SOAP}}}Fault")
    if fault is not None:
        raise Fault(operation, text(fault, "faultstring"))
    response = inside.find(f"{{{NAMESPACE}}}{operation}Response")
    if response is None:
        raise NotUnderstood(operation)
    return response.find(f"{{{NAMESPACE}}}{operation}Result")


def rows(listed: etree._Element | None, name: str) -> Iterator[etree._Element]:
    """The elements called ``name`` of a list, which the vendor writes in no namespace."""
    return iter(()) if listed is None else listed.iter(f"{{*}}{name}")


def text(element: etree._Element | None, name: str = "") -> str:
    """What stands in ``element``, or in its child called ``name``; empty where it is not there."""
    if element is None:
        return ""
    found = element.findtext(f"{{*}}{name}") if name else element.text
    return (found or "").strip()

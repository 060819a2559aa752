"""SOAP 1.1 as Yuki's services speak it: strict in reading, with the vendor's forms in answering."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from ledgerdesk.documents import xml_door
from ledgerdesk.documents.findings import Refused
from ledgerdesk.practice.vendors.server import Answer, Request

NAMESPACE = "http://www.theyukicompany.com/"
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_CONTENT_TYPE = "text/xml; charset=utf-8"
_SORT_ORDERS = ("CreatedDesc", "CreatedAsc", "ModifiedDesc", "ModifiedAsc")
_PREFIX = "System.Web.Services.Protocols.SoapException: Server was unable to process request. ---> "

Given = Mapping[str, Any]


class SoapFault(Exception):
    """``client``: the call itself is at fault, so nobody looked at what it asks for."""

    def __init__(self, text: str, *, client: bool = False) -> None:
        super().__init__(text)
        self.text = text if client else f"{_PREFIX}{text}"
        self.code = "soap:Client" if client else "soap:Server"


@dataclass(frozen=True, slots=True)
class Call:
    operation: str
    given: Given


# --- the kinds of values --------------------------------------------------------------------------


def _integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,9}", text):
        raise ValueError
    return int(text)


def _binary(text: str) -> bytes:
    content = base64.b64decode(text, validate=True)
    if base64.b64encode(content).decode() != text:
        raise ValueError
    return content


def _moment(text: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", text):
        raise ValueError
    return text


def _sort_order(text: str) -> str:
    if text not in _SORT_ORDERS:
        raise ValueError
    return text


_Reader = Callable[[str], Any]
_SESSION: dict[str, _Reader] = {"sessionID": str}
GENERAL: Mapping[str, Mapping[str, _Reader]] = {
    "Authenticate": {"accessKey": str},
    "Domains": _SESSION,
    "Administrations": _SESSION,
    "SetCurrentDomain": {**_SESSION, "domainID": str},
    "GetCurrentDomain": _SESSION,
}
"""On every service; each with its elements in the order of the description."""

ARCHIVE: Mapping[str, Mapping[str, _Reader]] = {
    "DocumentFolders": _SESSION,
    "DocumentsInFolder": {
        **_SESSION,
        "folderID": _integer,
        "sortOrder": _sort_order,
        "startDate": _moment,
        "endDate": _moment,
        "numberOfRecords": _integer,
        "startRecord": _integer,
    },
    "FindDocument": {**_SESSION, "documentID": str},
    "UploadDocument": {
        **_SESSION,
        "fileName": str,
        "data": _binary,
        "folder": _integer,
        "administrationID": str,
    },
}


# --- reading --------------------------------------------------------------------------------------


def read_call(request: Request, known: Mapping[str, Mapping[str, _Reader]]) -> Call:
    """Raises SoapFault unless header, body and every element are as the description has them."""
    action = request.headers.get("soapaction", "")
    operation = action.removeprefix(f'"{NAMESPACE}').removesuffix('"')
    if action != f'"{NAMESPACE}{operation}"' or operation not in known:
        raise SoapFault(
            f"Server did not recognize the value of HTTP Header SOAPAction: {action}.", client=True
        )
    asked = _asked(request.body)
    if asked.tag != f"{{{NAMESPACE}}}{operation}":
        raise SoapFault(f"The body holds no {operation} of this service.", client=True)
    return Call(operation, _values(asked, known[operation]))


def _asked(body: bytes) -> etree._Element:
    try:
        envelope = xml_door.parse(body)
    except Refused:
        raise SoapFault(
            "Server was unable to read request. ---> There is an error in XML document.",
            client=True,
        ) from None
    inside = envelope.find(f"{{{_ENVELOPE}}}Body")
    if envelope.tag != f"{{{_ENVELOPE}}}Envelope" or inside is None or len(inside) != 1:
        raise SoapFault("Possible SOAP version mismatch: no SOAP 1.1 envelope.", client=True)
    return inside[0]


def _values(asked: etree._Element, readers: Mapping[str, _Reader]) -> dict[str, Any]:
    named = [etree.QName(one) for one in asked]
    names = [one.localname for one in named if one.namespace == NAMESPACE]
    for name in readers:
        if name not in names:
            raise SoapFault(f"Missing parameter: {name}.", client=True)
    if names != list(readers) or len(names) != len(named):
        raise SoapFault("The parameters are not those of the description.", client=True)
    values = {}
    for element, (name, reader) in zip(asked, readers.items(), strict=True):
        try:
            values[name] = reader(element.text or "")
        except ValueError:
            raise SoapFault(
                "Server was unable to read request. ---> There is an error in XML document. ---> "
                f"Input string was not in a correct format: {name}.",
                client=True,
            ) from None
    return values


# --- answering ------------------------------------------------------------------------------------


def answer(operation: str, result: str | etree._Element | None) -> Answer:
    """A text, a list in no namespace, or (None) nothing at all."""
    content = _written(result) if isinstance(result, etree._Element) else escape(result or "")
    inside = "" if result is None else f"<{operation}Result>{content}</{operation}Result>"
    response = f"{operation}Response"
    return _sent(f'<{response} xmlns="{NAMESPACE}">{inside}</{response}>', 200)


def refusal(fault: SoapFault) -> Answer:
    return _sent(
        f"<soap:Fault><faultcode>{fault.code}</faultcode>"
        f"<faultstring>{escape(fault.text)}</faultstring><detail /></soap:Fault>",
        500,
    )


def rows(name: str, found: list[etree._Element]) -> etree._Element:
    every = etree.Element(name)
    every.extend(found)
    return every


def row(name: str, values: Mapping[str, str], **attributes: str) -> etree._Element:
    one = etree.Element(name, attributes)
    for each, text in values.items():
        etree.SubElement(one, each).text = text
    return one


def _written(result: etree._Element) -> str:
    """lxml leaves ``xmlns=""`` to the place an element stands in; here it is always said."""
    text = etree.tostring(result, encoding="unicode")
    return text.replace(f"<{result.tag}", f'<{result.tag} xmlns=""', 1)


def _sent(inside: str, status: int) -> Answer:
    body = (
        f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{_ENVELOPE}">'
        f"<soap:Body>{inside}</soap:Body></soap:Envelope>"
    )
    return Answer(status, body.encode(), {"Content-Type": _CONTENT_TYPE})

"""How a document stands in a request: every other way is refused."""

from __future__ import annotations

import base64
from email import message_from_bytes
from email.message import Message
from typing import Any

from ledgerdesk.practice.vendors._rest_profile_ways import Refused
from ledgerdesk.practice.vendors.server import Request

_FILE, _NAME, _SENDER = "file", "fileName", "sender"
SENDER = "LedgerDesk"
"""Every request has to say which program sends it."""


def body_of(kind: str, request: Request) -> tuple[str, bytes]:
    """The name and the content of the document. Raises Refused."""
    return {
        "multipart": _multipart,
        "json_base64": _base64,
        "json_string": _string,
        "raw": _raw,
    }[kind](request)


def _multipart(request: Request) -> tuple[str, bytes]:
    _wanted(request, "multipart/form-data")
    head = f"Content-Type: {request.content_type}\r\n\r\n".encode()
    parts: dict[str, Message] = {}
    for part in message_from_bytes(head + request.body).walk():
        if not part.is_multipart():
            parts[str(part.get_param("name", "", "content-disposition"))] = part
    _fields(set(parts))
    file = parts[_FILE]
    if not file.get_filename():
        raise Refused(400, "The part file is not a file.")
    _said_by(_text(parts[_SENDER]))
    return _text(parts[_NAME]), _bytes(file)


def _base64(request: Request) -> tuple[str, bytes]:
    given = _object(request)
    try:
        content = base64.b64decode(given[_FILE], validate=True)
    except ValueError as error:
        raise Refused(400, "The field file is not base64.") from error
    return given[_NAME], content


def _string(request: Request) -> tuple[str, bytes]:
    given = _object(request)
    return given[_NAME], given[_FILE].encode()


def _raw(request: Request) -> tuple[str, bytes]:
    _wanted(request, "application/xml")
    given = {name: value for name, value in request.query.items() if name != "key"}
    _fields({*given, _FILE})
    _said_by(given[_SENDER])
    return given[_NAME], request.body


def _object(request: Request) -> dict[str, str]:
    _wanted(request, "application/json")
    try:
        given: Any = request.json()
    except ValueError as error:
        raise Refused(400, "The body is not JSON.") from error
    if not isinstance(given, dict):
        raise Refused(400, "The body is not an object.")
    _fields(set(given))
    if not all(isinstance(value, str) for value in given.values()):
        raise Refused(400, "Every field is a text.")
    _said_by(given[_SENDER])
    return given


def _fields(given: set[str]) -> None:
    for name in sorted(given ^ {_FILE, _NAME, _SENDER}):
        what = "not known" if name in given else "missing"
        raise Refused(400, f"The field {name} is {what}.")


def _said_by(sender: str) -> None:
    if sender != SENDER:
        raise Refused(400, "The field sender is wrong.")


def _wanted(request: Request, kind: str) -> None:
    if request.content_type.partition(";")[0].strip() != kind:
        raise Refused(415, f"Send {kind}.")


def _text(part: Message) -> str:
    return _bytes(part).decode("utf-8")


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""

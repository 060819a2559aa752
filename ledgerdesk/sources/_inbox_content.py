"""From an access point's answer to the bytes of the document in it."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from ledgerdesk.connectors._pointer import at
from ledgerdesk.connectors._rest_answers import content_of
from ledgerdesk.documents.identifiers import WrongNumber, find_company_number
from ledgerdesk.i18n import N_, translate
from ledgerdesk.sources._inbox_profile import InboxFetch

if TYPE_CHECKING:
    from requests import Response

_DECLARED = re.compile(r"""\s*<\?xml[^>]{0,100}?\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,30})["']""")


class Unusable(Exception):
    """The text says why."""


def content_in(answer: Response, fetch: InboxFetch) -> bytes | None:
    """None as long as the document is not there. Raises Unusable, UnreadableAnswer."""
    if fetch.kind == "body":
        return answer.content or None
    value = at(content_of(answer), fetch.value)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise Unusable(f"{fetch.value}: {type(value).__name__}")
    if fetch.kind == "text":
        return as_declared(value)
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unusable(f"base64: {error}") from error


def as_declared(text: str) -> bytes:
    """XML that travelled as text, in the bytes its own first line names; UTF-8 where it names none.

    Raises Unusable when it cannot be written so: other bytes would be read as other letters.
    """
    declared = _DECLARED.match(text)
    encoding = declared.group(1) if declared else "utf-8"
    try:
        return text.encode(encoding)
    except (LookupError, UnicodeError) as error:
        said = translate(N_("It says it is written in {encoding}, and cannot be."))
        raise Unusable(said.format(encoding=encoding)) from error


def company_of(participant: str) -> str:
    """The company number in a Peppol participant (``0208:0403170701``, with or without
    ``iso6523-actorid-upis::``); "" for what is none."""
    scheme, colon, number = participant.rpartition("::")[2].partition(":")
    try:
        return find_company_number(number, scheme) if colon else ""
    except WrongNumber:
        return ""

"""From a profile and the values of one document to one request: addresses, bodies, who asks."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any
from urllib.parse import quote, urlsplit

from ledgerdesk.connectors._profile import Auth, RestProfile, Upload
from ledgerdesk.connectors._profile_rules import PLACEHOLDER
from ledgerdesk.errors import FormatDiffers, InvalidValue, MissingValue
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import DocumentKind, Parcel
from ledgerdesk.net import endpoints

_TYPES = {".xml": "application/xml", ".pdf": "application/pdf"}
_TEXTS = (".cod", ".coda", ".sta", ".940", ".mt940", ".swi", ".txt")
Values = Mapping[str, str]


@dataclass
class Body:
    """What ``Http.request`` takes beside method and address."""

    params: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str | bytes] = field(default_factory=dict)
    json: Any = None
    data: Any = None
    files: Any = None


# --- filling in -----------------------------------------------------------------------------------


def address(connector_id: str, profile: RestProfile, path: str, values: Values) -> str:
    """The whole address of ``path``; every value in it is percent-encoded.

    Raises MissingValue, InvalidValue.
    """
    filled = PLACEHOLDER.sub(lambda match: quote(_needed(match.group(1), values), safe=""), path)
    whole = filled if "://" in path else _needed(profile.base_field, values).rstrip("/") + filled
    parts = urlsplit(whole)
    if any(segment in (".", "..") for segment in parts.path.split("/")):
        hint = translate(N_("It would lead to another address of the vendor."))
        raise InvalidValue(value=parts.path, name=translate(N_("The address")), hint=hint)
    origin = f"{parts.scheme}://{parts.netloc}"
    return endpoints.base(connector_id, origin) + whole[len(origin) :]


def filled(content: Any, values: Values) -> Any:
    """``content`` with every {name} in its texts replaced; a value that is empty stays empty."""
    if isinstance(content, str):
        return PLACEHOLDER.sub(lambda match: values.get(match.group(1), ""), content)
    if isinstance(content, Mapping):
        return {key: filled(one, values) for key, one in content.items()}
    if isinstance(content, list):
        return [filled(one, values) for one in content]
    return content


def _needed(name: str, values: Values) -> str:
    if not values.get(name):
        raise MissingValue(field=name, name=name)
    return values[name]


# --- who asks -------------------------------------------------------------------------------------


def sign(body: Body, profile: RestProfile, values: Values, token: str = "") -> None:
    """Adds what shows who asks. Texts travel as UTF-8 (RFC 7617). Raises MissingValue."""
    auth = profile.auth
    if auth.scheme == "basic":
        user = _needed(profile.username_field, values)
        both = f"{user}:{_needed(profile.secret_field, values)}"
        body.headers["Authorization"] = b"Basic " + base64.b64encode(both.encode())
    elif auth.scheme == "query":
        body.params[auth.header] = _needed(profile.secret_field, values)
    elif auth.scheme in ("bearer", "header"):
        name, prefix = _header(auth)
        body.headers[name] = f"{prefix}{_needed(profile.secret_field, values)}".encode()
    elif auth.scheme == "login":
        name, prefix = _header(auth)
        body.headers[name] = f"{prefix}{token}".encode()


def _header(auth: Auth) -> tuple[str, str]:
    """A bare token stands behind its scheme; in a header of the vendor's own it stands alone."""
    name = auth.header or "Authorization"
    return name, auth.prefix or ("Bearer " if name.lower() == "authorization" else "")


# --- the document ---------------------------------------------------------------------------------


def upload_values(parcel: Parcel, upload: Upload, values: Values) -> dict[str, str]:
    """What may stand in an upload beside the profile's fields. Raises MissingValue."""
    direction = str(parcel.direction or "")
    return {
        **values,
        "direction": str(filled(upload.direction_map.get(direction, direction), values)),
        "kind": "invoice" if parcel.kind is DocumentKind.INVOICE else str(parcel.kind),
        "administration": parcel.administration_id,
        "file_name": parcel.target.name,
    }


def upload_body(upload: Upload, parcel: Parcel, content: bytes, values: Values) -> Body:
    """Raises FormatDiffers for content that cannot stand in a text."""
    given = filled(upload.values, values)
    name = {upload.filename_field: parcel.target.name} if upload.filename_field else {}
    if upload.body == "multipart":
        kind = content_type(parcel.target.name)
        files = {upload.file_field: (parcel.target.name, content, kind)}
        return Body(data={**_flat(given), **name}, files=files)
    if upload.body == "json_base64":
        text = base64.b64encode(content).decode("ascii")
        return Body(json={**given, **name, upload.file_field: text})
    if upload.body == "json_string":
        text = _text(parcel, content)
        if upload.file_field:
            return Body(json={**given, **name, upload.file_field: text})
        headers: dict[str, str | bytes] = {"Content-Type": "application/json"}
        return Body({**_flat(given), **name}, headers, data=json.dumps(text).encode())
    headers = {"Content-Type": content_type(parcel.target.name)}
    return Body({**_flat(given), **name}, headers, data=content)


def content_type(name: str) -> str:
    ending = PurePath(name).suffix.lower()
    return _TYPES.get(ending, "text/plain" if ending in _TEXTS else "application/octet-stream")


def _flat(values: Mapping[str, Any]) -> dict[str, str]:
    """As text, the way JSON writes it: true, not True."""
    return {
        key: one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)
        for key, one in values.items()
    }


def _text(parcel: Parcel, content: bytes) -> str:
    """Never a guess about what the bytes mean: a statement of a bank has one byte per sign."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if parcel.kind is DocumentKind.STATEMENT:
            return content.decode("latin-1")
        found = translate(N_("not UTF-8"))
        raise FormatDiffers(found=found, wanted="UTF-8") from error

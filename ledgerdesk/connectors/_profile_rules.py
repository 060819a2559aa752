"""What must hold across a whole profile, beyond the type of each key. Raises ProfileInvalid."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ledgerdesk.connectors._pointer import is_pointer
from ledgerdesk.connectors._profile import ONE_SECRET, RestProfile, Upload
from ledgerdesk.errors import ProfileInvalid
from ledgerdesk.i18n import N_, translate
from ledgerdesk.net.endpoints import is_private

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
OURS = ("direction", "kind", "administration", "file_name")
"""What may stand in an upload beside the profile's own fields."""

_SLUG = re.compile(r"[a-z][a-z0-9_]*")
_SECRET = re.compile(r"password|passwd|pwd|secret|token|api.?key|apikey|authorization", re.I)


def check(profile: RestProfile) -> None:
    _check_head(profile)
    _check_auth(profile)
    own = tuple(one.key for one in profile.fields)
    login, listed, poll = profile.auth.login, profile.administrations, profile.status_poll
    if login:
        _address(profile, "auth.login.path", login.path, own)
        _content("auth.login.json", login.json, own)
        _pointers({"auth.login.token": login.token, "auth.login.expires_in": login.expires_in})
    if profile.test:
        _address(profile, "test.path", profile.test.path, own)
    if listed:
        _address(profile, "administrations.path", listed.path, own)
        _pointers(
            {
                "administrations.items": listed.items,
                "administrations.id": listed.id,
                "administrations.label": listed.label,
            }
        )
    for kind, upload in profile.uploads.items():
        _check_upload(profile, f"upload.{kind}", upload, (*own, *OURS))
    if poll:
        _address(profile, "status_poll.path", poll.path, (*own, "administration", "remote_id"))
        _pointers({"status_poll.state": poll.state})
        _check_poll(profile)


def _check_head(profile: RestProfile) -> None:
    keys = [one.key for one in profile.fields]
    for key in (profile.id, *keys):
        if not _SLUG.fullmatch(key) or key in (*OURS, "remote_id"):
            raise _wrong(key, N_("A name of small letters, digits and _ is needed, not taken yet."))
    for key in {one for one in keys if keys.count(one) > 1}:
        raise _wrong(f"field.{key}", N_("It stands there twice."))
    for one in profile.fields:
        if one.secret and one.default:
            raise _wrong(f"field.{one.key}.default", N_("Nothing secret may stand in a profile."))
    for kind in profile.uploads:
        if kind not in profile.kinds:
            raise _wrong(f"upload.{kind}", N_("The profile's kinds do not name it."))


def _check_auth(profile: RestProfile) -> None:
    auth = profile.auth
    secret = [one.key for one in profile.fields if one.secret]
    if auth.scheme in (*ONE_SECRET, "basic") and len(secret) != 1:
        raise _wrong("auth.scheme", N_("It needs exactly one [[field]] with secret = true."))
    if auth.scheme == "basic" and not profile.username_field:
        raise _wrong("auth.scheme", N_("It needs a [[field]] for the user name."))
    if auth.scheme in ("header", "query") and not auth.header:
        raise _wrong("auth.header", N_("It is missing."))
    if auth.header and not re.fullmatch(r"[A-Za-z0-9_-]+", auth.header):
        raise _wrong("auth.header", N_("Give the bare name of the header."))
    if auth.scheme == "login" and auth.login is None:
        raise _wrong("auth.login", N_("It is missing."))
    if re.search(r"\S{16}", auth.prefix):
        raise _wrong("auth.prefix", N_("Nothing secret may stand in a profile."))


def _check_upload(profile: RestProfile, place: str, upload: Upload, names: tuple[str, ...]) -> None:
    _address(profile, f"{place}.path", upload.path, names)
    _content(f"{place}.values", upload.values, names)
    _pointers({f"{place}.remote_id": upload.remote_id, f"{place}.error": upload.error})
    if upload.path and upload.body in ("multipart", "json_base64") and not upload.file_field:
        raise _wrong(f"{place}.file_field", N_("It is missing."))
    for direction, word in upload.direction_map.items():
        if direction not in ("purchase", "sale") or not isinstance(word, str):
            raise _wrong(f"{place}.direction_map", N_("It maps purchase and sale to a text each."))
        _placeholders(f"{place}.direction_map", word, tuple(one.key for one in profile.fields))
    if set(upload.ok) & set(upload.duplicate_codes):
        raise _wrong(f"{place}.duplicate_codes", N_("A status cannot mean both."))
    if not all(200 <= one < 300 for one in upload.ok):
        raise _wrong(f"{place}.ok", N_("Only statuses from 200 to 299 say that all is well."))
    if upload.body in ("raw", "json_string") and not upload.file_field:
        _flat(f"{place}.values", upload.values)


def _check_poll(profile: RestProfile) -> None:
    poll = profile.status_poll
    if poll is None or not poll.path:
        return
    if "{remote_id}" not in poll.path:
        raise _wrong("status_poll.path", N_("It must hold {remote_id}."))
    if not poll.done:
        raise _wrong("status_poll.done", N_("It is missing."))
    for kind, upload in profile.uploads.items():
        if not upload.remote_id:
            raise _wrong(f"upload.{kind}.remote_id", N_("Asking afterwards needs it."))


# --- one value ------------------------------------------------------------------------------------


def _address(profile: RestProfile, place: str, path: str, names: tuple[str, ...]) -> None:
    """A whole https address, or a path that is appended to the address the firm gives."""
    if not path:
        return
    _placeholders(place, path, names)
    if path.startswith("/"):
        if not profile.base_field:
            raise _wrong(place, N_('Give a whole https address, or a [[field]] of type "url".'))
        return
    if re.search(r"[\s\\]", path):
        raise _wrong(place, N_("An address contains no spaces."))
    parts = urlsplit(path)
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not host or "{" in parts.netloc:
        raise _wrong(place, N_("Begin with https:// and the name of the vendor's server, or /."))
    if parts.scheme == "http" and not is_private(host):
        raise _wrong(place, N_("Outside your own network only https:// is possible."))
    literal = [(n, v) for n, v in parse_qsl(parts.query) if not PLACEHOLDER.search(v)]
    if parts.username or parts.password or any(_SECRET.search(name) for name, _ in literal):
        raise _wrong(place, N_("Nothing secret may stand in a profile."))


def _content(place: str, content: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for key, value in _leaves(place, content):
        if not isinstance(value, str):
            if not isinstance(value, bool | int | float):
                raise _wrong(key, N_("A text, a number, true or false is needed."))
            continue
        _placeholders(key, value, names)
        if value and _SECRET.search(key.rpartition(".")[2]) and not PLACEHOLDER.search(value):
            raise _wrong(key, N_("Nothing secret may stand in a profile."))


def _leaves(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _leaves(f"{place}.{key}", one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(place, one)
    else:
        yield place, value


def _flat(place: str, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, Mapping | list):
            raise _wrong(f"{place}.{key}", N_("It becomes part of the address: one value each."))


def _placeholders(place: str, text: str, names: tuple[str, ...]) -> None:
    for name in PLACEHOLDER.findall(text):
        if name not in names:
            known = ", ".join(f"{{{one}}}" for one in names)
            reason = translate(N_("{{{name}}} is not known here. Known: {known}."))
            raise ProfileInvalid(key=place, reason=reason.format(name=name, known=known))
    if re.search(r"[{}]", PLACEHOLDER.sub("", text)):
        raise _wrong(place, N_("A brace { or } stands alone."))


def _pointers(pointers: Mapping[str, str]) -> None:
    for place, pointer in pointers.items():
        if not is_pointer(pointer):
            raise _wrong(place, N_("A JSON Pointer is needed, as in /result/id (RFC 6901)."))


def _wrong(key: str, reason: str) -> ProfileInvalid:
    return ProfileInvalid(key=key, reason=translate(reason))

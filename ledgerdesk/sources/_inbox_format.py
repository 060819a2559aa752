"""Reads an inbox profile from TOML: every key is known, every value is what it must be.

Raises ProfileInvalid throughout, naming the place in the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ledgerdesk.connectors._pointer import is_pointer
from ledgerdesk.connectors._profile import STANDINGS
from ledgerdesk.connectors._profile_format import toml
from ledgerdesk.connectors._profile_rules import PLACEHOLDER
from ledgerdesk.connectors._profile_table import Table
from ledgerdesk.errors import ProfileInvalid
from ledgerdesk.i18n import N_, translate
from ledgerdesk.sources._inbox_profile import (
    VALUES,
    InboxAcknowledge,
    InboxAuth,
    InboxFetch,
    InboxList,
    InboxProfile,
    leaves,
)

BUILT_IN = Path(__file__).parent / "peppol_profiles"

_OURS = ("since", "page", "each")
_ITEM = ("id", "part")
_SCHEMES = ("none", "basic", "bearer", "headers")
_NEXT = ("none", "page", "link")
_CONTENTS = ("body", "text", "base64")
_FORMATS = ("datetime", "date")
_METHODS = ("POST", "PUT", "PATCH")


@cache
def built_in() -> Mapping[str, InboxProfile]:
    """Those in the wheel, by id."""
    found = (read(path.read_text("utf-8")) for path in sorted(BUILT_IN.glob("*.toml")))
    return {one.id: one for one in found}


def read(text: str) -> InboxProfile:
    root = Table("", toml(text))
    head, since = root.table("profile", required=True), root.table("since")
    profile = InboxProfile(
        id=head.text("id", required=True),
        title=head.text("title", required=True),
        status=head.choice("status", tuple(STANDINGS), "user_completed"),
        auth=_auth(root.table("auth", required=True)),
        list=_list(root.table("list", required=True)),
        fetch=_fetch(root.table("fetch", required=True)),
        acknowledge=root.optional("acknowledge", _acknowledge),
        since_format=since.choice("format", _FORMATS, "datetime"),
        overlap_days=since.number("overlap_days") or 1,
    )
    for each in (head, since, root):
        each.done()
    _check(profile)
    return profile


def _auth(given: Table) -> InboxAuth:
    made = InboxAuth(
        scheme=given.choice("scheme", _SCHEMES, "none"),
        username=given.text("username"),
        secret=given.text("secret"),
        headers=_texts(given, "headers"),
    )
    given.done()
    return made


def _list(given: Table) -> InboxList:
    following = given.table("next")
    made = InboxList(
        path=given.text("path", required=True),
        params=_texts(given, "params"),
        items=given.text("items"),
        id=given.text("id", required=True),
        ok=given.text("ok"),
        at=given.text("at"),
        sender=given.text("sender"),
        receiver=given.text("receiver"),
        done=given.text("done"),
        each=given.texts("each", ("",)),
        parts=given.text("parts"),
        part_id=given.text("part_id"),
        part_name=given.text("part_name"),
        part_pattern=given.text("part_pattern", "*"),
        wait_days=given.number("wait_days"),
        next=following.choice("kind", _NEXT, "none"),
        total=following.text("total"),
        link=following.text("link"),
    )
    following.done()
    given.done()
    return made


def _fetch(given: Table) -> InboxFetch:
    made = InboxFetch(
        path=given.text("path", required=True),
        kind=given.choice("kind", _CONTENTS, "body"),
        value=given.text("value"),
        ok=given.text("ok"),
        headers=_texts(given, "headers"),
    )
    given.done()
    return made


def _acknowledge(given: Table) -> InboxAcknowledge:
    made = InboxAcknowledge(
        method=given.choice("method", _METHODS, "POST"),
        path=given.text("path", required=True),
        effect=given.text("effect", required=True),
        json=given.content("json"),
        ok=given.statuses("ok", (200, 204)),
    )
    given.done()
    return made


def _texts(given: Table, key: str) -> dict[str, str]:
    content = given.content(key)
    for name, value in content.items():
        if not isinstance(value, str) or not re.fullmatch(r"[\x21-\x7e]+", name):
            raise given.wrong(f"{key}.{name}", N_("A text in quotes is needed."))
    return content


# --- what must hold across the whole --------------------------------------------------------------


def _check(profile: InboxProfile) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", profile.id):
        raise _wrong("profile.id", N_("A name of small letters, digits and _ is needed."))
    told, fetch, acknowledge = profile.list, profile.fetch, profile.acknowledge
    _address("list.path", told.path, VALUES)
    _placeholders("list.params", told.params, (*VALUES, *_OURS))
    _address("fetch.path", fetch.path, (*VALUES, *_ITEM))
    if acknowledge is not None:
        _address("acknowledge.path", acknowledge.path, (*VALUES, *_ITEM))
    auth = profile.auth
    _placeholders("auth", [auth.username, auth.secret, *auth.headers.values()], VALUES)
    for place, text in (("auth.secret", auth.secret), *auth.headers.items()):
        if text and not PLACEHOLDER.search(text):
            raise _wrong(place, N_("Nothing secret may stand in a profile."))
    pointers = [told.items, told.id, told.ok, told.at, told.sender, told.receiver, told.done]
    pointers += [told.parts, told.part_id, told.part_name, told.total, told.link]
    for pointer in (*pointers, fetch.value, fetch.ok):
        if not is_pointer(pointer):
            raise _wrong(pointer, N_("A JSON Pointer is needed, as in /result/id (RFC 6901)."))
    needs = {
        "fetch.value": fetch.kind == "body" or fetch.value,
        "list.next.total": told.next != "page" or told.total,
        "list.next.link": told.next != "link" or told.link,
        "list.part_id": not told.parts or told.part_id,
        "auth.secret": auth.scheme not in ("basic", "bearer") or auth.secret,
        "auth.headers": auth.scheme != "headers" or auth.headers,
    }
    for place, fine in needs.items():
        if not fine:
            raise _wrong(place, N_("It is missing."))


def _address(place: str, path: str, names: tuple[str, ...]) -> None:
    _placeholders(place, path, names)
    if path.startswith("/"):
        return
    parts = urlsplit(path)
    if parts.scheme not in ("https", "http") or not parts.hostname or "{" in parts.netloc:
        raise _wrong(place, N_("Begin with https:// and the name of the vendor's server, or /."))


def _placeholders(place: str, content: Any, names: tuple[str, ...]) -> None:
    for text in leaves(content):
        for name in PLACEHOLDER.findall(text):
            if name not in names:
                known = ", ".join(f"{{{one}}}" for one in names)
                reason = translate(N_("{{{name}}} is not known here. Known: {known}."))
                raise ProfileInvalid(key=place, reason=reason.format(name=name, known=known))


def _wrong(key: str, reason: str) -> ProfileInvalid:
    return ProfileInvalid(key=key, reason=translate(reason))

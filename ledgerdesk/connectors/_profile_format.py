"""Reads a REST profile from TOML: every key is known, every value is what it must be.

A mistake is told with its place in the file. Nothing secret may stand in a profile: firms share
them. Raises ProfileInvalid throughout.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from ledgerdesk.connectors import _profile_rules as rules
from ledgerdesk.connectors._profile import (
    BODIES,
    KINDS,
    OK,
    RETRY,
    SCHEMES,
    STANDINGS,
    AdministrationList,
    Auth,
    Login,
    ProfileField,
    RestLimits,
    RestProfile,
    SignInTest,
    StatusPoll,
    Upload,
)
from ledgerdesk.connectors._profile_table import Table
from ledgerdesk.errors import ProfileInvalid
from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.fields import FieldKind

LARGEST = 256 * 1024
_READS = ("GET", "POST")
_WRITES = ("POST", "PUT", "PATCH")


def toml(text: str) -> dict[str, Any]:
    """The file's tables. Raises ProfileInvalid."""
    if len(text.encode("utf-8", "replace")) > LARGEST:
        raise ProfileInvalid(key="TOML", reason=translate(N_("The file is too large.")))
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProfileInvalid(key="TOML", reason=str(error)) from error


def from_table(content: Mapping[str, Any]) -> RestProfile:
    """Raises ProfileInvalid, naming the place."""
    root = Table("", content)
    head = root.table("profile", required=True)
    profile = RestProfile(
        id=head.text("id", required=True),
        title=head.text("title", required=True),
        status=head.choice("status", tuple(STANDINGS), "user_completed"),
        kinds=head.choices("kinds", KINDS, ("invoice",)),
        fields=tuple(_field(one) for one in root.tables("field")),
        auth=_auth(root.table("auth")),
        test=root.optional("test", _test),
        administrations=root.optional("administrations", _administrations),
        uploads=_uploads(root.table("upload")),
        status_poll=root.optional("status_poll", _status_poll),
        limits=_limits(root.table("limits")),
    )
    head.done()
    root.done()
    rules.check(profile)
    return profile


def _field(given: Table) -> ProfileField:
    made = ProfileField(
        key=given.text("key", required=True),
        scope=given.choice("scope", ("config", "client"), "config"),
        type=given.choice("type", tuple(FieldKind), "text"),
        required=given.flag("required", True),
        secret=given.flag("secret", False),
        default=given.text("default"),
    )
    given.done()
    return made


def _auth(given: Table) -> Auth:
    made = Auth(
        scheme=given.choice("scheme", SCHEMES),
        header=given.text("header"),
        prefix=given.text("prefix"),
        login=given.optional("login", _login),
    )
    given.done()
    return made


def _login(given: Table) -> Login:
    made = Login(
        method=given.choice("method", _WRITES, "POST"),
        path=given.text("path"),
        json=given.content("json"),
        token=given.text("token"),
        expires_in=given.text("expires_in"),
    )
    given.done()
    return made


def _test(given: Table) -> SignInTest:
    made = SignInTest(
        method=given.choice("method", _READS, "GET"),
        path=given.text("path"),
        ok=given.statuses("ok", (200,)),
    )
    given.done()
    return made


def _administrations(given: Table) -> AdministrationList:
    made = AdministrationList(
        method=given.choice("method", _READS, "GET"),
        path=given.text("path"),
        items=given.text("items"),
        id=given.text("id", "/id"),
        label=given.text("label", "/name"),
        page=given.choice("page", ("none", "skip_count"), "none"),
    )
    given.done()
    return made


def _uploads(given: Table) -> dict[str, Upload]:
    found = {}
    for kind in given.names():
        if kind not in KINDS:
            raise given.wrong(kind, N_("This kind of document is not known."))
        found[kind] = _upload(given.table(kind))
    return found


def _upload(given: Table) -> Upload:
    made = Upload(
        method=given.choice("method", _WRITES, "POST"),
        path=given.text("path"),
        ok=given.statuses("ok", OK),
        body=given.choice("body", BODIES, "multipart"),
        file_field=given.text("file_field"),
        filename_field=given.text("filename_field"),
        values=given.content("values"),
        direction_map=given.content("direction_map"),
        remote_id=given.text("remote_id"),
        error=given.text("error"),
        duplicate_codes=given.statuses("duplicate_codes", ()),
    )
    given.done()
    return made


def _status_poll(given: Table) -> StatusPoll:
    made = StatusPoll(
        method=given.choice("method", _READS, "GET"),
        path=given.text("path"),
        state=given.text("state"),
        done=given.texts("done"),
        failed=given.texts("failed"),
    )
    given.done()
    return made


def _limits(given: Table) -> RestLimits:
    made = RestLimits(
        max_bytes=given.number("max_bytes"),
        per_minute=given.number("per_minute"),
        retry=given.statuses("retry", RETRY),
    )
    given.done()
    return made

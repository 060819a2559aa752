"""A REST profile in words: what LedgerDesk would do with it, for whoever decides to use it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from ledgerdesk.connectors._profile import Auth, RestProfile, Upload
from ledgerdesk.connectors.base import Connector
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Standing
from ledgerdesk.net.endpoints import is_loopback

Line = tuple[str, str]

_SIGN_INS = {
    "none": N_("None: the service asks for nothing."),
    "basic": N_("A user name and a password go with every request."),
    "bearer": N_("A key goes with every request."),
    "header": N_("A key goes with every request, as {header}."),
    "query": N_("A key stands in the address of every request."),
    "login": N_("Signs in at {path}; what it gets there goes with every request."),
}
_KINDS = {
    "invoice": N_("Invoices"),
    "credit_note": N_("Credit notes"),
    "statement": N_("Bank statements"),
}
_BODIES = {
    "multipart": N_("as a file in a form"),
    "json_base64": N_("inside JSON, as base64"),
    "json_string": N_("inside JSON, as text"),
    "raw": N_("as it is"),
}
_NOT_YET = N_("Still to be asked from the vendor.")


@dataclass(frozen=True, slots=True)
class ProfilePreview:
    """What a file would bring. ``lines`` say it, ``missing`` what the vendor still has to tell.

    ``replaces``: the firm has one of its own already; ``users``: connected accounts that go through
    it and would have to be tried again; ``unencrypted``: hosts reached without encryption.
    """

    id: str
    title: str
    standing: Standing
    lines: tuple[Line, ...]
    missing: tuple[str, ...] = ()
    replaces: bool = False
    users: int = 0
    unencrypted: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.missing


def lines_of(profile: RestProfile, connector: Connector) -> tuple[Line, ...]:
    """In the current language, a name and what is said of it each."""
    labels = {one.name: translate(one.label) for one in connector.fields}
    return tuple(_lines(profile, labels))


def missing_of(profile: RestProfile) -> tuple[str, ...]:
    """What the vendor still has to tell, in the current language."""
    named = {
        "auth.scheme": N_("how one signs in"),
        "auth.login.path": N_("where one signs in"),
        "auth.login.token": N_("where the answer holds the key"),
        "upload.invoice.path": N_("where invoices go"),
        "upload.credit_note.path": N_("where credit notes go"),
        "upload.statement.path": N_("where bank statements go"),
    }
    return tuple(translate(named.get(one, one)) for one in profile.missing)


def unencrypted_hosts(profile: RestProfile) -> tuple[str, ...]:
    """Beyond this computer."""
    parts = [urlsplit(one) for one in profile.addresses]
    hosts = dict.fromkeys(one.hostname or "" for one in parts if one.scheme == "http")
    return tuple(one for one in hosts if not is_loopback(one))


def _lines(profile: RestProfile, labels: dict[str, str]) -> Iterator[Line]:
    hosts = dict.fromkeys(host for one in profile.addresses if (host := urlsplit(one).hostname))
    base = labels.get(profile.base_field, profile.base_field)
    where = [translate(N_("the address you give as “{field}”")).format(field=base)] if base else []
    if hosts or where:
        yield translate(N_("Talks to")), ", ".join([*hosts, *where])
    yield translate(N_("Sign-in")), _sign_in(profile.auth)
    asked = [(one, labels.get(one.key, one.key)) for one in profile.fields]
    for text, scope in ((N_("Asked from you"), "config"), (N_("Asked per client"), "client")):
        names = [label for one, label in asked if one.scope == scope]
        if names:
            yield translate(text), ", ".join(names)
    yield translate(N_("Tried out by")), _trial(profile)
    listed = profile.administrations
    if listed is not None and listed.path:
        yield translate(N_("Dossiers")), translate(N_("The list is read from the service."))
    for kind in profile.kinds:
        yield translate(_KINDS[kind]), _upload(profile.upload(kind))
    yield from _afterwards(profile)


def _sign_in(auth: Auth) -> str:
    if not auth.scheme:
        return translate(_NOT_YET)
    path = auth.login.path if auth.login else ""
    return translate(_SIGN_INS[auth.scheme]).format(header=auth.header, path=path)


def _trial(profile: RestProfile) -> str:
    if profile.test is not None and profile.test.path:
        return f"{profile.test.method} {profile.test.path}"
    return translate(N_("Nothing: the first document will show whether it works."))


def _upload(upload: Upload) -> str:
    if not upload.path:
        return translate(_NOT_YET)
    how = translate(_BODIES[upload.body])
    return f"{upload.method} {upload.path}, {how}"


def _afterwards(profile: RestProfile) -> Iterator[Line]:
    asks = profile.status_poll is not None
    text = (
        N_("The service is asked what became of each document.")
        if asks
        else N_("Nothing is asked; what gets lost on the way cannot be looked up.")
    )
    yield translate(N_("Afterwards")), translate(text)
    limits: Sequence[str] = ()
    if profile.limits.per_minute:
        text = N_("{count} requests a minute")
        limits = [translate(text).format(count=profile.limits.per_minute)]
    if profile.limits.max_bytes:
        text = N_("files up to {size} MiB")
        size = f"{profile.limits.max_bytes / 2**20:.0f}"
        limits = [*limits, translate(text).format(size=size)]
    if limits:
        yield translate(N_("Limits")), ", ".join(limits)

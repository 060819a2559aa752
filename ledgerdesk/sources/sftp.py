"""A folder on an SFTP server, read over the connector's own transport. Nothing there is deleted."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ledgerdesk.connectors.sftp import DEFAULT_PORT, SftpConnector
from ledgerdesk.documents.xml_door import MAX_BYTES
from ledgerdesk.errors import ItemChanging, ItemGone, ItemUnreadable, MissingValue
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Check
from ledgerdesk.net.ssh import Login, as_fingerprint
from ledgerdesk.setup.fields import Field
from ledgerdesk.sources import patterns
from ledgerdesk.sources._sftp_tree import RemoteFile, SftpTree
from ledgerdesk.sources._walk import DONE, shown
from ledgerdesk.sources.base import Context, Fetched, Item, Session, SourceKind

_ACCOUNT = {one.name: one for one in SftpConnector.fields}
_HERE = "."


class SftpSource(SourceKind):
    id = "sftp"
    label = N_("SFTP")
    fields = (
        _ACCOUNT["host"],
        _ACCOUNT["port"],
        _ACCOUNT["username"],
        _ACCOUNT["password"],
        Field(
            "path",
            N_("Folder"),
            default=_HERE,
            help=N_(
                "A folder of the server; its sub-folders belong to it. A single dot is the folder "
                "in which the account arrives."
            ),
        ),
        Field(
            "host_key",
            N_("Approved host key"),
            required=False,
            advanced=True,
            help=N_(
                "The SHA-256 fingerprint of the server, as its provider tells it. Before it is "
                "given nothing is sent, not even the user name."
            ),
        ),
        _ACCOUNT["private_key"],
    )
    help = N_(
        "Takes the documents from a folder of an SFTP server. Nothing there is changed or deleted."
    )

    def path(self, values: Mapping[str, str]) -> str:
        host, port = values["host"].lower(), values.get("port") or DEFAULT_PORT
        return f"sftp://{values['username']}@{host}:{port}/{_folder(values).lstrip('/')}"

    def open(self, context: Context) -> SftpSession:
        """Connects at the first request. Raises MissingValue without password and key."""
        return SftpSession(context)


class SftpSession(Session):
    """Items are files: the key is the path below the folder, the version size and time."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._rules = patterns.read_rules(context.source)
        if context.network is None:
            raise MissingValue(field="network", name=translate(N_("Network")))
        self._tree = SftpTree(_login(context), context.network)
        self._root = ""

    def verify(self) -> Iterator[Check]:
        """Raises HostKeyUnknown, HostKeyChanged, ServerTooOld, CredentialsRejected,
        PrivateKeyUnusable, PlaceMissing, ItemUnreadable or ConnectionTrouble."""
        self._tree.reach()
        facts = self._tree.facts
        yield Check(N_("The server answers"), True, facts["host"])
        yield Check(N_("It is the server you approved"), True, facts["host_key"])
        self._tree.sign_in()
        yield Check(N_("Signed in"), True, self.context.source.values["username"])
        root = self._enter()
        next(self._tree.walk(root, lambda _: None, self._tick), None)
        yield Check(N_("The folder can be read"), True, root)

    def look(self, cursor: Mapping[str, Any]) -> Iterator[Item]:
        """Raises what ``verify`` raises."""
        root = self._enter()
        self.troubles = []
        for file in self._tree.walk(root, self.troubles.append, self._tick):
            yield _item(file)

    def fetch(self, item: Item) -> Fetched:
        hints, copy = patterns.hints_of(self.context.source, self._rules, item.path)
        if item.size > MAX_BYTES:
            # Never fetched: it is told of by what the server says of it.
            known = hashlib.sha256(f"{item.key}\0{item.version}".encode()).hexdigest()
            return Fetched(None, known, item.size, hints, copy)
        content, *versions = self._tree.read(item.place, item.size + 1, self._tick)
        if len(content) != item.size or any(one != item.version for one in versions):
            raise ItemChanging(path=item.shown)
        return Fetched(content, "", len(content), hints, copy)

    def acknowledge(self, item: Item) -> None:
        if not self.acknowledges:
            return
        try:
            item.place.encode()
        except UnicodeEncodeError as error:
            reason = translate(N_("Its name is not written in UTF-8; it stays where it is."))
            raise ItemUnreadable(path=item.shown, reason=reason) from error
        try:
            self._move(item)
        except ItemGone:
            return  # moved already, or taken away by somebody: it is in the books

    def close(self) -> None:
        self._tree.close()

    def _move(self, item: Item) -> None:
        """To LedgerDesk/done, under its own path."""
        if self._tree.version(item.place) != item.version:
            return  # somebody wrote it anew: that one has not been taken in
        root = self._enter()
        target = posixpath.join(root, *DONE, posixpath.relpath(item.place, root))
        stem, suffix = posixpath.splitext(target)
        number = 1
        while not self._tree.move(item.place, target):
            number += 1
            target = f"{stem} ({number}){suffix}"

    def _enter(self) -> str:
        if not self._root:
            self._root = self._tree.full(_folder(self.context.source.values))
        return self._root

    def _tick(self) -> None:
        self.context.cancel.raise_if_cancelled()


def _folder(values: Mapping[str, str]) -> str:
    """As SFTP writes paths: slashes, and no ``~``, which servers do not know."""
    path = (values.get("path") or _HERE).replace("\\", "/")
    return posixpath.normpath(path.removeprefix("~/") or _HERE)


def _login(context: Context) -> Login:
    values, given = context.source.values, context.secrets
    password, key = given.get("password", ""), given.get("private_key", "")
    if not password and not key:
        raise MissingValue(field="password", name=translate(N_("Password")))
    return Login(
        host=values["host"],
        port=int(values.get("port") or DEFAULT_PORT),
        username=values["username"],
        password=password,
        private_key=key,
        approved=as_fingerprint(values.get("host_key", "")),
    )


def _item(file: RemoteFile) -> Item:
    return Item(
        key=shown(file.relative),
        version=file.version,
        path=shown(file.relative),
        size=file.size,
        changed_at=datetime.fromtimestamp(file.changed_at, UTC),
        place=file.path,
        shown=shown(file.path),
    )

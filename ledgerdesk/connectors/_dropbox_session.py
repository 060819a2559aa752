"""A session at Dropbox: sends once, and finds again what it sent."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterator

from dropbox.content_hash import DropboxContentHasher

from ledgerdesk.connectors._dropbox_answers import HOST
from ledgerdesk.connectors._dropbox_files import DropboxFiles
from ledgerdesk.connectors._dropbox_paths import DEFAULT_FOLDER, rooted
from ledgerdesk.connectors._dropbox_upload import upload
from ledgerdesk.connectors._publish import CHUNK, literal_root
from ledgerdesk.connectors.base import Context, Session
from ledgerdesk.errors import ContentDiffers, ContentGone, DamagedOnTheWay, NameTaken
from ledgerdesk.failpoint import failpoint
from ledgerdesk.i18n import N_
from ledgerdesk.model import Assurance, Check, Evidence, Found, Parcel, Probe, Stage, Whose
from ledgerdesk.net.oauth import AuthorizationServer

_ATTEMPTS_DAMAGED = 3


class DropboxSession(Session):
    def __init__(self, context: Context, server: AuthorizationServer) -> None:
        super().__init__(context)
        self._server = server
        self._open: DropboxFiles | None = None

    def verify(self) -> Iterator[Check]:
        """Raises SignInExpired, PermissionMissing, Forbidden, NameTaken or ConnectionTrouble."""
        yield Check(N_("Signed in"), True, self.whose().account)
        folder = self.context.values.get("folder") or DEFAULT_FOLDER
        root = rooted(literal_root(folder))
        found = self._files.look(root) if root != "/" else None
        if found is not None and found.kind == "file":
            raise NameTaken(path=root)
        if found is not None and found.kind == "folder":
            root = found.path
        yield Check(N_("The folder is there, or is made with the first document"), True, root)
        # Needs the permission to write, and leaves nothing that anybody can see.
        self._files.start(close=True)
        yield Check(N_("LedgerDesk may upload"), True)

    def whose(self) -> Whose:
        account = self._files.account()
        return Whose(account.email, account.account_id)

    def send_one(self, parcel: Parcel) -> Evidence:
        """Raises NameTaken, ContentGone, ContentDiffers, DamagedOnTheWay, OutcomeUnknown, Cancelled
        and what the vendor refuses."""
        path = _path(parcel)
        body, content_hash = self._checked(parcel)
        self._files.sign_in()
        failpoint("dropbox.connected")
        # An earlier attempt may have got further than its answer.
        there = self._arrived(parcel, path, content_hash) if parcel.attempt > 1 else None
        if there is not None:
            return there
        try:
            written = upload(self._files, self.context.stages, parcel, path, body)
        except NameTaken:
            there = self._arrived(parcel, path, content_hash)
            if there is None:
                raise
            return there
        except ContentDiffers as error:
            if parcel.attempt >= _ATTEMPTS_DAMAGED:
                raise DamagedOnTheWay(host=HOST, path=path) from error
            raise
        failpoint("dropbox.published")
        if written.content_hash != content_hash:
            raise ContentDiffers(path=path)
        return _evidence(parcel, written.path or path, content_hash)

    def probe(self, parcel: Parcel) -> Probe:
        """The vendor remembers what was removed: also a package that took the document away
        leaves the proof that it was there, and a name that never was is proven absent."""
        path = _path(parcel)
        _, content_hash = self._checked(parcel)
        there = self._arrived(parcel, path, content_hash)
        if there is not None:
            return Probe(Found.THERE, there)
        if parcel.stage is Stage.PUBLISHING and self._files.look(path) is not None:
            return Probe(Found.CANNOT_TELL)
        return Probe(Found.ABSENT)

    def close(self) -> None:
        files, self._open = self._open, None
        if files is not None:
            files.close()

    # --- how --------------------------------------------------------------------------------------

    @property
    def _files(self) -> DropboxFiles:
        if self._open is None:
            self._open = DropboxFiles(self.context, self._server)
        return self._open

    def _checked(self, parcel: Parcel) -> tuple[bytes, str]:
        """The frozen bytes and the hash by which the vendor knows them. Raises ContentGone."""
        body = parcel.open()
        ours, theirs = hashlib.sha256(), DropboxContentHasher()
        for at in range(0, len(body), CHUNK):
            self.context.cancel.raise_if_cancelled()
            ours.update(body[at : at + CHUNK])
            theirs.update(body[at : at + CHUNK])
        if ours.hexdigest() != parcel.sha256:
            raise ContentGone()
        return body, str(theirs.hexdigest())

    def _arrived(self, parcel: Parcel, path: str, content_hash: str) -> Evidence | None:
        """The proof when our content has this name, or had it before somebody changed or took it.

        The name belongs to this delivery alone.
        """
        found = self._files.look(path)
        if found is None or found.kind == "folder":
            return None
        if found.content_hash != content_hash and content_hash not in self._files.hashes(path):
            return None
        return _evidence(parcel, found.path or path, content_hash)


def _path(parcel: Parcel) -> str:
    return posixpath.join(parcel.target.place, parcel.target.name)


def _evidence(parcel: Parcel, path: str, content_hash: str) -> Evidence:
    facts = {"path": path, "size": parcel.size, "sha256": parcel.sha256}
    checked = {"content_hash": content_hash, "checked": "content_hash"}
    return Evidence(Assurance.VERIFIED, path, {**facts, **checked})

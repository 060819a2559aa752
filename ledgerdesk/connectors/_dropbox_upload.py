"""How a document's bytes get to Dropbox: in one request, or in parts when it is large.

Nothing can be seen there before the last request, which gives the content its name; the stage is
kept before that one. Parts belong to an upload session whose id is kept with the delivery: after
an interruption the next attempt goes on where the vendor says the session stands.
"""

from __future__ import annotations

from ledgerdesk.connectors._dropbox_answers import HOST
from ledgerdesk.connectors._dropbox_files import DropboxFiles, Entry, OffsetDiffers, SessionGone
from ledgerdesk.errors import ServerTrouble
from ledgerdesk.failpoint import failpoint
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Parcel, Stage, Stages

LARGEST_REQUEST = 150 * 1024 * 1024
"""The vendor's limit for one request, in bytes."""

PART = 8 * 1024 * 1024
_NEW_SESSIONS = 2


def upload(files: DropboxFiles, stages: Stages, parcel: Parcel, path: str, body: bytes) -> Entry:
    """Brings ``body`` to ``path``. Raises what DropboxFiles raises; NameTaken where other content
    has that name."""
    if len(body) > LARGEST_REQUEST:
        return _InParts(files, stages, parcel, path, body).run()
    _publishing(stages, parcel)
    return files.upload(path, body)


def _publishing(stages: Stages, parcel: Parcel) -> None:
    stages.reached(parcel.delivery_id, Stage.PUBLISHING)
    failpoint("dropbox.publishing_committed")


class _InParts:
    """One upload session, resumed when the parcel knows one; begun anew when it is gone."""

    def __init__(
        self, files: DropboxFiles, stages: Stages, parcel: Parcel, path: str, body: bytes
    ) -> None:
        self._files = files
        self._stages = stages
        self._parcel = parcel
        self._path = path
        self._body = body

    def run(self) -> Entry:
        """Raises ServerTrouble when sessions vanish again and again."""
        session_id = self._parcel.so_far
        for _ in range(_NEW_SESSIONS):
            try:
                # Where a resumed one stands, only the vendor knows: it corrects a wrong guess.
                return self._through(session_id or self._begun(), 0)
            except SessionGone:
                session_id = ""
        raise ServerTrouble(host=HOST, answer=translate(N_("It forgets what was begun.")))

    def _begun(self) -> str:
        id = self._files.start()
        self._stages.reached(self._parcel.delivery_id, Stage.SENDING, so_far=id)
        return id

    def _through(self, session_id: str, offset: int) -> Entry:
        """From ``offset`` to the end. A correction is followed as long as it leads further."""
        seen: set[int] = set()
        while True:
            try:
                while offset < len(self._body):
                    part = self._body[offset : offset + PART]
                    self._files.append(part, session_id, offset, self._path)
                    offset += len(part)
                _publishing(self._stages, self._parcel)
                return self._files.finish(session_id, offset, self._path)
            except OffsetDiffers as differs:
                if differs.correct in seen or differs.correct > len(self._body):
                    raise SessionGone from differs
                seen.add(differs.correct)
                offset = differs.correct

"""What LedgerDesk asks of Dropbox: who it is, what is there, and to take a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dropbox import Dropbox, files

from ledgerdesk.connectors._dropbox_answers import meaning, members
from ledgerdesk.connectors._dropbox_line import DropboxLine, Refused
from ledgerdesk.connectors.base import Context
from ledgerdesk.net.oauth import AuthorizationServer

_MOST_REVISIONS = 100
_NEVER_OVER_ANOTHER: dict[str, Any] = {
    "mode": files.WriteMode.add,
    "autorename": False,
    # The same content again is a success, which makes a repeat harmless.
    "strict_conflict": False,
    # No desktop of the account pops up a message for every document.
    "mute": True,
}


class OffsetDiffers(Exception):
    """An upload session stands elsewhere than thought; ``correct`` is in bytes."""

    def __init__(self, correct: int) -> None:
        self.correct = correct
        super().__init__(f"the session stands at {correct}")


class SessionGone(Exception):
    """An upload session has ended, or was finished."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands at a path: ``kind`` is ``file``, ``folder``, or ``removed`` for what once did.

    ``path`` is spelt as it is there; ``content_hash`` and ``rev`` are a file's.
    """

    kind: str
    path: str
    content_hash: str = ""
    rev: str = ""


class DropboxFiles:
    """One account's files. Not shared between threads; close it at the end.

    Every method raises what DropboxLine.ask raises, with refusals told by ``meaning``.
    """

    def __init__(self, context: Context, server: AuthorizationServer) -> None:
        self._line = DropboxLine(context, server)
        self._clock = context.clock
        self._known = False

    def close(self) -> None:
        self._line.close()

    def sign_in(self) -> None:
        """Asks who it is, once: no document is the first thing said on a line, since a line that
        breaks under a document leaves that one in doubt."""
        if not self._known:
            self.account()

    # --- who and what is there --------------------------------------------------------------------

    def account(self) -> Any:
        """The SDK's ``users.FullAccount``."""
        found = self._ask(_call(Dropbox.users_get_current_account))
        self._known = True
        return found

    def look(self, path: str) -> Entry | None:
        """None when there never was anything at ``path``."""
        ask = _call(Dropbox.files_get_metadata, path, include_deleted=True)
        try:
            return _entry(self._line.ask(ask))
        except Refused as refused:
            if refused.tags[:2] == ("path", "not_found"):
                return None
            raise self._told(refused, path) from refused

    def hashes(self, path: str) -> list[str]:
        """The content hashes of all that stands or stood at ``path``, the latest first."""
        ask = _call(Dropbox.files_list_revisions, path, limit=_MOST_REVISIONS)
        try:
            return [one.content_hash for one in self._line.ask(ask).entries]
        except Refused as refused:
            if refused.tags[:1] == ("path",):
                return []
            raise self._told(refused, path) from refused

    # --- writing ----------------------------------------------------------------------------------

    def upload(self, path: str, body: bytes) -> Entry:
        """Writes a file unless its name is taken by other content.

        Raises NameTaken then, and OutcomeUnknown when the line broke once the upload had begun.
        """
        ask = _call(Dropbox.files_upload, body, path, **_NEVER_OVER_ANOTHER)
        return _file(self._ask(ask, path, len(body), delivers=True))

    def start(self, body: bytes = b"", *, close: bool = False) -> str:
        """Begins an upload session and gives its id; nothing of it can be seen until it is
        finished."""
        ask = _call(Dropbox.files_upload_session_start, body, close=close)
        return str(self._ask(ask, size=len(body)).session_id)

    def append(self, body: bytes, session_id: str, offset: int, path: str) -> None:
        """Raises OffsetDiffers or SessionGone."""
        cursor = files.UploadSessionCursor(session_id, offset)
        ask = _call(Dropbox.files_upload_session_append_v2, body, cursor)
        self._in_session(ask, path, len(body))

    def finish(self, session_id: str, offset: int, path: str) -> Entry:
        """Gives the session's content its name, as ``upload`` does. Raises OffsetDiffers,
        SessionGone, and OutcomeUnknown when the line broke once that had begun."""
        cursor = files.UploadSessionCursor(session_id, offset)
        commit = files.CommitInfo(path, **_NEVER_OVER_ANOTHER)
        ask = _call(Dropbox.files_upload_session_finish, b"", cursor, commit)
        return _file(self._in_session(ask, path, delivers=True))

    # --- asking -----------------------------------------------------------------------------------

    def _ask(
        self,
        ask: Callable[[Dropbox], Any],
        path: str = "",
        size: int = 0,
        *,
        delivers: bool = False,
    ) -> Any:
        try:
            return self._line.ask(ask, delivers=delivers)
        except Refused as refused:
            raise self._told(refused, path, size) from refused

    def _in_session(
        self,
        ask: Callable[[Dropbox], Any],
        path: str,
        size: int = 0,
        *,
        delivers: bool = False,
    ) -> Any:
        try:
            return self._line.ask(ask, delivers=delivers)
        except Refused as refused:
            _check_session(refused)
            raise self._told(refused, path, size) from refused

    def _told(self, refused: Refused, path: str, size: int = 0) -> Exception:
        return meaning(refused.answer, path, size, self._clock)


def _call(method: Callable[..., Any], *given: Any, **named: Any) -> Callable[[Dropbox], Any]:
    return lambda dropbox: method(dropbox, *given, **named)


def _check_session(refused: Refused) -> None:
    """Raises OffsetDiffers or SessionGone where that is what the answer says."""
    where = refused.tags[1:2] if refused.tags[:1] == ("lookup_failed",) else refused.tags[:1]
    if where in (("not_found",), ("closed",)):
        raise SessionGone from refused
    if where == ("incorrect_offset",):
        error = members(refused.answer)["error"]
        correct = error.get("lookup_failed", error).get("correct_offset")
        if not isinstance(correct, int):
            raise SessionGone from refused
        raise OffsetDiffers(correct) from refused


def _entry(found: Any) -> Entry:
    path = found.path_display or found.path_lower or ""
    if isinstance(found, files.FileMetadata):
        return _file(found)
    return Entry("folder" if isinstance(found, files.FolderMetadata) else "removed", path)


def _file(found: Any) -> Entry:
    path = found.path_display or found.path_lower or ""
    return Entry("file", path, found.content_hash or "", found.rev)

"""Uploads in one call, and in parts: the stand-in's ``files/upload`` and upload sessions."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ledgerdesk.practice.vendors._dropbox_arguments import commit, content_hash, fields
from ledgerdesk.practice.vendors._dropbox_files import Drive, WriteRefused, hash_of

LARGEST_REQUEST = 150 * 1024 * 1024
_SESSION_LIFE = timedelta(days=7)
_CURSOR: dict[str, type] = {"session_id": str, "offset": int}


class CallRefused(Exception):
    """An answer 409; ``error`` is its ``error``, ``summary`` its ``error_summary``."""

    def __init__(self, summary: str, error: dict[str, Any]) -> None:
        self.error = error
        self.summary = f"{summary}/."
        super().__init__(summary)


class _Unusable(Exception):
    """``error`` is an ``UploadSessionLookupError`` as it stands in the vendor's JSON."""

    def __init__(self, tag: str, **more: Any) -> None:
        self.error = {".tag": tag, **more}
        super().__init__(tag)


@dataclass
class _UploadSession:
    until: datetime
    drive: Drive
    content: bytearray = field(default_factory=bytearray)
    closed: bool = False
    finished: bool = False


class Uploads:
    """``largest_request`` is the vendor's limit in bytes, smaller where a test wants it."""

    def __init__(self) -> None:
        self.largest_request = LARGEST_REQUEST
        self._sessions: dict[str, _UploadSession] = {}

    def upload(self, drive: Drive, argument: Any, body: bytes, now: datetime) -> dict[str, Any]:
        wanted, expected = commit(argument, with_hash=True)
        self._check(body, expected)
        try:
            return drive.write(wanted, body, now).metadata()
        except WriteRefused as refused:
            # The vendor keeps what it got: a session can commit it under another name.
            kept = self._keep(drive, body, now, closed=True)
            error = {".tag": "path", "reason": refused.reason, "upload_session_id": kept}
            raise CallRefused(f"path/{_summary(refused.reason)}", error) from None

    def start(self, drive: Drive, argument: Any, body: bytes, now: datetime) -> dict[str, Any]:
        known = {"close": bool, "session_type": dict, "content_hash": str}
        given = fields(argument, known)
        self._check(body, content_hash(given))
        closed = given.get("close", False)
        return {"session_id": self._keep(drive, body, now, closed=closed)}

    def append(self, drive: Drive, argument: Any, body: bytes, now: datetime) -> None:
        known = {"cursor": dict, "close": bool, "content_hash": str}
        given = fields(argument, known, ("cursor",))
        self._check(body, content_hash(given))
        try:
            session = self._session(drive, given["cursor"], now)
            if session.closed:
                raise _Unusable("closed")
        except _Unusable as why:
            raise CallRefused(why.error[".tag"], why.error) from None
        session.content += body
        session.closed = given.get("close", False)

    def finish(self, drive: Drive, argument: Any, body: bytes, now: datetime) -> dict[str, Any]:
        known = {"cursor": dict, "commit": dict, "content_hash": str}
        given = fields(argument, known, ("cursor", "commit"))
        wanted, _ = commit(given["commit"], with_hash=False)
        self._check(body, content_hash(given))
        try:
            session = self._session(drive, given["cursor"], now)
        except _Unusable as why:
            error = {".tag": "lookup_failed", "lookup_failed": why.error}
            raise CallRefused(f"lookup_failed/{why.error['.tag']}", error) from None
        whole = bytes(session.content) + body
        try:
            written = drive.write(wanted, whole, now)
        except WriteRefused as refused:
            error = {".tag": "path", "path": refused.reason}
            raise CallRefused(f"path/{_summary(refused.reason)}", error) from None
        session.finished = True
        return written.metadata()

    # --- how ------------------------------------------------------------------------------------

    def _check(self, body: bytes, expected: str) -> None:
        if len(body) > self.largest_request:
            raise CallRefused("payload_too_large", {".tag": "payload_too_large"})
        if expected and hash_of(body) != expected:
            raise CallRefused("content_hash_mismatch", {".tag": "content_hash_mismatch"})

    def _keep(self, drive: Drive, body: bytes, now: datetime, *, closed: bool) -> str:
        id = secrets.token_urlsafe(24)
        session = _UploadSession(now + _SESSION_LIFE, drive, bytearray(body), closed)
        self._sessions[id] = session
        return id

    def _session(self, drive: Drive, cursor: Any, now: datetime) -> _UploadSession:
        given = fields(cursor, _CURSOR, ("session_id", "offset"))
        session = self._sessions.get(given["session_id"])
        if session is None or session.drive is not drive or session.until < now:
            raise _Unusable("not_found")
        if session.finished:
            raise _Unusable("closed")
        if given["offset"] != len(session.content):
            raise _Unusable("incorrect_offset", correct_offset=len(session.content))
        return session


def _summary(reason: dict[str, Any]) -> str:
    tag = str(reason[".tag"])
    inner = reason.get(tag)
    return f"{tag}/{inner['.tag']}" if isinstance(inner, dict) else tag

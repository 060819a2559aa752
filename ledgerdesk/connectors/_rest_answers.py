"""What a vendor's answer means. Only what the profile knows as good counts as delivered."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ledgerdesk.connectors._pointer import at, text_at
from ledgerdesk.connectors._profile import RestProfile, Upload
from ledgerdesk.errors import (
    AdministrationRefused,
    CredentialsRejected,
    Forbidden,
    LedgerDeskError,
    OutcomeUnknown,
    RateLimited,
    RefusedByPackage,
    ServerTrouble,
    ServiceMissing,
    UnreadableAnswer,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Assurance, Clock, Evidence, Parcel
from ledgerdesk.net.http import host_of, retry_after, text_of

if TYPE_CHECKING:
    from requests import Response

_NOT_THERE = (404, 405, 410)
_SHORTEST_SECRET = 4
_SHOWN = 300


@dataclass(frozen=True)
class Reader:
    """Reads the answers of one vendor. ``secrets`` never appear in what is told; ``username`` is
    who signed in."""

    profile: RestProfile
    clock: Clock
    username: str
    secrets: Collection[str] = field(default=(), repr=False)

    # --- a question ---------------------------------------------------------------------------

    def refusal(self, answer: Response, ok: Collection[int]) -> LedgerDeskError | None:
        """Why a question was not answered; None when it was."""
        status, host = answer.status_code, host_of(answer.url)
        said = self.sentence(answer)
        if status in ok:
            return None
        if status == 401:
            return self.rejected(answer)
        if status == 403:
            return Forbidden(host=host, what=said)
        if status == 429:
            return RateLimited(host=host, retry_after=retry_after(answer, self.clock))
        if status == 408 or status >= 500:
            wait = retry_after(answer, self.clock)
            return ServerTrouble(host=host, answer=said, retry_after=wait)
        if 200 <= status < 300:
            return UnreadableAnswer(host=host, answer=f"{status} {said}")
        return ServiceMissing(host=host, status=status, answer=said)

    def rejected(self, answer: Response) -> CredentialsRejected:
        return CredentialsRejected(host=host_of(answer.url), username=self.username)

    # --- a document ---------------------------------------------------------------------------

    def verdict(
        self, upload: Upload, parcel: Parcel, answer: Response, *, one_client: bool
    ) -> Evidence:
        """The proof, or the error of a document that was not taken.

        ``one_client``: the address holds something of the client's own, so that a refusal of the
        address concerns that client.
        """
        status = answer.status_code
        content = _json(answer)
        remote = text_at(content, upload.remote_id)
        if status in upload.duplicate_codes:
            return self._evidence(parcel, answer, remote, already_there=True)
        if status not in upload.ok:
            raise self._refused(upload, answer, parcel, one_client=one_client)
        problem = at(content, upload.error) if upload.error else None
        if problem and not remote:
            raise RefusedByPackage(host=host_of(answer.url), answer=self.sentence(answer, upload))
        needs_json = bool(upload.remote_id or upload.error)
        is_page = "html" in answer.headers.get("Content-Type", "").lower()
        if (upload.remote_id and not remote) or (needs_json and content is None) or is_page:
            raise self._unknown(answer)
        return self._evidence(parcel, answer, remote)

    def _refused(
        self, upload: Upload, answer: Response, parcel: Parcel, *, one_client: bool
    ) -> LedgerDeskError:
        status, host = answer.status_code, host_of(answer.url)
        said = self.sentence(answer, upload)
        if one_client and status in (403, *_NOT_THERE):
            whose = parcel.administration_id or parcel.target.place
            return AdministrationRefused(host=host, administration=whose, answer=said)
        if status == 403:
            return Forbidden(host=host, what=said)
        if status in _NOT_THERE:
            return ServiceMissing(host=host, status=status, answer=said)
        if status == 429:
            return RateLimited(host=host, retry_after=retry_after(answer, self.clock))
        if status in self.profile.limits.retry:
            wait = retry_after(answer, self.clock)
            return ServerTrouble(host=host, answer=said, retry_after=wait)
        if status == 401:
            return self.rejected(answer)
        if 400 <= status < 500:
            return RefusedByPackage(host=host, answer=said)
        return self._unknown(answer)

    def _unknown(self, answer: Response) -> OutcomeUnknown:
        said = f"{answer.status_code} {self.sentence(answer)}"
        return OutcomeUnknown(reason=f"{host_of(answer.url)}: {said}")

    def _evidence(
        self, parcel: Parcel, answer: Response, remote: str, *, already_there: bool = False
    ) -> Evidence:
        facts = {
            "server": host_of(answer.url),
            "status": answer.status_code,
            "remote_id": remote,
            "file_name": parcel.target.name,
            "size": parcel.size,
            "sha256": parcel.sha256,
        }
        if already_there:
            facts["answer"] = translate(N_("It was there already."))
        known = bool(remote) or already_there
        assurance = Assurance.ACKNOWLEDGED if known else Assurance.BLIND
        return Evidence(assurance, remote or parcel.target.name, facts)

    # --- what it says -------------------------------------------------------------------------

    def sentence(self, answer: Response, upload: Upload | None = None) -> str:
        """The vendor's own words: bounded, without markup, without our secrets."""
        said = at(_json(answer), upload.error) if upload and upload.error else None
        if isinstance(said, dict | list):
            said = json.dumps(said, ensure_ascii=False)
        text = " ".join(str(said).split())[:_SHOWN] if said else text_of(answer, _SHOWN)
        for secret in self.secrets:
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, "…")
        return text


def _json(answer: Response) -> Any:
    """None for what is no JSON."""
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        return None


def content_of(answer: Response) -> Any:
    """The JSON of an answer. Raises UnreadableAnswer."""
    content = _json(answer)
    if content is None:
        raise UnreadableAnswer(host=host_of(answer.url), answer=text_of(answer))
    return content

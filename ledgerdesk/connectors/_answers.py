"""What an HTTP answer that is no success means by its status, where a vendor tells no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledgerdesk.errors import (
    CredentialsRejected,
    Forbidden,
    LedgerDeskError,
    RateLimited,
    RefusedByPackage,
    ServerTrouble,
    UnreadableAnswer,
)
from ledgerdesk.model import Clock
from ledgerdesk.net.http import host_of, retry_after, text_of

if TYPE_CHECKING:
    from requests import Response

_REFUSALS = (400, 405, 406, 409, 410, 413, 415, 422)


def error_of(
    answer: Response, clock: Clock, *, said: str = "", username: str = ""
) -> LedgerDeskError:
    """``said`` is the vendor's own sentence, where it was found inside the answer."""
    host, status = host_of(answer.url), answer.status_code
    said = said or text_of(answer)
    if status == 401:
        return CredentialsRejected(host=host, username=username)
    if status == 403:
        return Forbidden(host=host, what=said)
    if status in (408, 425, 429):
        return RateLimited(host=host, retry_after=retry_after(answer, clock))
    if status >= 500:
        return ServerTrouble(host=host, answer=said, retry_after=retry_after(answer, clock))
    if status in _REFUSALS:
        return RefusedByPackage(host=host, answer=said)
    return UnreadableAnswer(host=host, answer=f"HTTP {status}: {said}")

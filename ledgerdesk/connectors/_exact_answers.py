"""What Exact Online's REST service answers, row by row, and how long it asks to wait."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ledgerdesk.errors import (
    AdministrationClosed,
    AdministrationLimitReached,
    Forbidden,
    LedgerDeskError,
    NoSuchService,
    RateLimited,
    RefusedByPackage,
    RequestRefused,
    ServerTrouble,
    UnreadableAnswer,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Clock
from ledgerdesk.net.http import retry_after, text_of

if TYPE_CHECKING:
    from requests import Response

COUNTED = (400, 401, 403, 404)
"""Ten such answers in an hour, and the vendor shuts the endpoint for an hour or longer."""

_MINUTE = "X-RateLimit-Minutely"
_DAY = "X-RateLimit"
_A_MINUTE = 61.0
_UNTOLD = 3_600.0
"""A refusal without any header: a minute, a day or a punishment, nobody can tell. An hour costs at
most 24 vain questions a day."""
_ZONE = "Europe/Brussels"


def checked(answer: Response, host: str, division: str, clock: Clock) -> Response:
    """``answer`` where it is good. Raises what it means otherwise."""
    if 200 <= answer.status_code < 300:
        if answer.request.method == "GET" and not answer.content.lstrip().startswith(b"{"):
            raise UnreadableAnswer(host=host, answer=text_of(answer))
        return answer
    raise meaning(answer, host, division, clock)


def meaning(answer: Response, host: str, division: str, clock: Clock) -> LedgerDeskError:
    """One dossier that is refused stops that dossier only; a refused document only itself."""
    status, told = answer.status_code, _told(answer)
    delivers = answer.request.method == "POST"
    if status == 429:
        return _too_many(answer, host, division, clock)
    if status in (403, 404) and division:
        return AdministrationClosed(host=host, administration=division, answer=told)
    if status == 403:
        return Forbidden(host=host, what=told)
    if status == 404:
        return NoSuchService(host=host)
    if delivers and (400 <= status < 500 or (status == 500 and _sentence(answer))):
        # With 500 and a sentence the vendor says what its own rules have against the content.
        return RefusedByPackage(host=host, answer=told)
    if 400 <= status < 500:
        return RequestRefused(host=host, answer=told)
    if status >= 500:
        return ServerTrouble(host=host, answer=told, retry_after=retry_after(answer, clock))
    return UnreadableAnswer(host=host, answer=told)


def pause(answer: Response, clock: Clock) -> float:
    """For how many seconds the vendor wants no call: after a 429, or when nothing is left."""
    headers, now = answer.headers, clock.now()
    if answer.status_code != 429:
        if headers.get(f"{_MINUTE}-Remaining", "").strip() == "0":
            return _until(headers, _MINUTE, now, _A_MINUTE, _A_MINUTE)
        if headers.get(f"{_DAY}-Remaining", "").strip() == "0":
            return _until(headers, _DAY, now, _to_midnight(now), 86_400.0)
        return 0.0
    if asked := retry_after(answer, clock):
        return asked
    if any(name.lower().startswith(_MINUTE.lower()) for name in headers):
        return _until(headers, _MINUTE, now, _A_MINUTE, _A_MINUTE)
    if any(name.lower().startswith(_DAY.lower()) for name in headers):
        return _until(headers, _DAY, now, _to_midnight(now), 86_400.0)
    return _UNTOLD


def _too_many(answer: Response, host: str, division: str, clock: Clock) -> RateLimited:
    wait = pause(answer, clock)
    if not division:
        return RateLimited(host=host, retry_after=wait)
    asked = answer.headers.get(f"{_MINUTE}-Limit") or answer.headers.get(f"{_DAY}-Limit")
    limit = translate(N_("{count} requests")).format(count=asked or "?")
    return AdministrationLimitReached(
        host=host, administration=division, limit=limit, retry_after=wait
    )


def _until(
    headers: Mapping[str, str], family: str, now: datetime, untold: float, most: float
) -> float:
    """Seconds until the family's reset (milliseconds since 1970, by the vendor's clock) and one
    more; ``untold`` where it is missing or already over by ours."""
    try:
        reset = datetime.fromtimestamp(int(headers.get(f"{family}-Reset", "")) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return untold
    left = (reset - now).total_seconds() + 1
    return min(left, most) if left > 1 else untold


def _to_midnight(now: datetime) -> float:
    local = now.astimezone(ZoneInfo(_ZONE))
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight.astimezone(UTC) - now).total_seconds() + 1


def _told(answer: Response) -> str:
    """The vendor's own words: in the body, in the header Reason, or nowhere but in the status."""
    reason = " ".join(answer.headers.get("Reason", "").split())[:300]
    return _sentence(answer) or (reason if not answer.content else "") or text_of(answer)


def _sentence(answer: Response) -> str:
    """``{"error": {"message": {"value": …}}}``."""
    try:
        value = json.loads(answer.content)["error"]["message"]["value"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return " ".join(str(value).split())[:300] if value else ""

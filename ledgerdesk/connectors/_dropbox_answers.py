"""What Dropbox's answers mean: the vendor's table of errors in our own words.

Errors are told by the tags of the answer's JSON, from the outside in (``path``, ``conflict``,
``file``); the vendor asks not to read anything out of ``error_summary``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ledgerdesk.errors import (
    ContentDiffers,
    DocumentTooLarge,
    Forbidden,
    LedgerDeskError,
    NameRefused,
    NameTaken,
    PermissionMissing,
    PlaceFull,
    PlaceNotWritable,
    RateLimited,
    RegistrationRefused,
    RequestRefused,
    ServerTrouble,
    SignInExpired,
    UnreadableAnswer,
)
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Clock
from ledgerdesk.net.http import retry_after, text_of

if TYPE_CHECKING:
    from requests import Response

HOST = "Dropbox"
API = "https://api.dropboxapi.com"
_AN_HOUR = 3600.0

_FULL = {
    *("insufficient_space", "team_folder_insufficient_space"),
    *("member_folder_insufficient_space", "upload_traffic_limit_reached"),
}
_NOT_WRITABLE = {
    *("no_write_permission", "access_restricted", "operation_suppressed", "team_folder"),
    "encryption_not_supported",
}
_NAMES = {"malformed_path", "disallowed_name"}
RENEWABLE = (("expired_access_token",), ("invalid_access_token",))
"""Tags of a 401 after which another token may help."""


def tags_of(answer: Response) -> tuple[str, ...]:
    """The tags of its error, from the outside in; none for an answer without any."""
    error = members(answer).get("error")
    found: list[str] = []
    while isinstance(error, Mapping) and isinstance(error.get(".tag"), str):
        found.append(error[".tag"])
        # A structure stands beside its tag: an upload's ``reason``, a limit's too.
        error = error.get(found[-1], error.get("reason"))
    # Without a value a tag may stand alone.
    return (*found, error) if isinstance(error, str) and not found else tuple(found)


def members(answer: Response) -> Mapping[str, Any]:
    """The members of its JSON; nothing for any other answer."""
    try:
        given = json.loads(answer.content)
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


def meaning(answer: Response, path: str, size: int, clock: Clock) -> LedgerDeskError:
    """What an answer means that was no success, or none the vendor is known to give.

    ``path`` is what it was about, ``size`` how many bytes were sent there.
    """
    status, told = answer.status_code, _told(answer)
    if answer.ok:
        return UnreadableAnswer(host=HOST, answer=_shown(answer))
    if status == 400 or status == 422:
        return RequestRefused(host=HOST, answer=told)
    if status == 401:
        return _sign_in(answer, told)
    if status == 403:
        return Forbidden(host=HOST, what=told)
    if status == 409:
        return _conflict(answer, path, size, told)
    if status == 429:
        return RateLimited(host=HOST, retry_after=_wait(answer, clock))
    if status >= 500:
        return ServerTrouble(host=HOST, answer=told, retry_after=retry_after(answer, clock))
    return UnreadableAnswer(host=HOST, answer=_shown(answer))


def registration_trouble(
    status: int, body: str, headers: Mapping[str, str]
) -> LedgerDeskError | None:
    """The token endpoint's refusals (net.oauth_server.Explain): only ``invalid_grant`` is about
    the sign-in, any other 400 is about how LedgerDesk is registered."""
    if status != 400:
        return None
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict) or given.get("error") in (None, "invalid_grant"):
        return None
    told = given.get("error_description") or given["error"]
    return RegistrationRefused(host=HOST, answer=str(told)[:300])


# --- how ------------------------------------------------------------------------------------------


def _sign_in(answer: Response, told: str) -> LedgerDeskError:
    tags = tags_of(answer)
    if not tags:
        return UnreadableAnswer(host=HOST, answer=_shown(answer))
    if tags[0] == "missing_scope":
        permission = members(answer)["error"].get("required_scope", "")
        return PermissionMissing(host=HOST, permission=permission)
    suspended = tags[0] == "user_suspended"
    reason = translate(N_("The account is suspended there.")) if suspended else told
    return SignInExpired(host=HOST, reason=reason)


def _conflict(answer: Response, path: str, size: int, told: str) -> LedgerDeskError:
    """An answer 409: the vendor understood, and says why not."""
    tags = tags_of(answer)
    if not tags:
        return UnreadableAnswer(host=HOST, answer=_shown(answer))
    tag = tags[1] if tags[0] == "path" and len(tags) > 1 else tags[0]
    if tag == "conflict":
        return NameTaken(path=path)
    if tag in _FULL:
        return PlaceFull(path=path, retry_after=_AN_HOUR)
    if tag in _NOT_WRITABLE:
        return PlaceNotWritable(path=path)
    if tag in _NAMES:
        return NameRefused(host=HOST, path=path)
    if tag == "too_many_write_operations":
        return RateLimited(host=HOST)
    if tag == "content_hash_mismatch":
        return ContentDiffers(path=path)
    if tag == "payload_too_large":
        return DocumentTooLarge(size=size, limit="150 MiB")
    return RequestRefused(host=HOST, answer=told)


def _wait(answer: Response, clock: Clock) -> float | None:
    error = members(answer).get("error")
    seconds = error.get("retry_after") if isinstance(error, Mapping) else None
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        return float(seconds)
    return retry_after(answer, clock)


def _told(answer: Response) -> str:
    """The vendor's own sentence in one line: what it wrote for people, else its tags."""
    message = members(answer).get("user_message")
    sentence = message.get("text") if isinstance(message, Mapping) else None
    if not isinstance(sentence, str) or not sentence.strip():
        return "/".join(tags_of(answer)) or _shown(answer)
    return " ".join("".join(c if c.isprintable() else " " for c in sentence).split())[:300]


def _shown(answer: Response) -> str:
    """An answer nobody expected: its status, and what it says unless that is for programs."""
    status = f"HTTP {answer.status_code}"
    text = text_of(answer, 100)
    return status if text == status or text.startswith(("{", "[")) else f"{status}: {text}"

"""What the stand-in accepts as a request: content types and arguments, field by field.

A wrong one is answered with 400 and a sentence, as the vendor does: that is a fault of the client.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ledgerdesk.practice.vendors._dropbox_files import Commit
from ledgerdesk.practice.vendors.server import Answer, Request

_HEX_64 = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_MODES = {"add", "overwrite", "update"}


class BadInput(Exception):
    """The sentence of a 400."""


def bad_input(route: str, problem: BadInput) -> Answer:
    return Answer.of_text(f'Error in call to API function "{route}": {problem}', 400)


def json_argument(request: Request) -> Any:
    """The argument of a call whose body is JSON."""
    if request.content_type not in ("application/json", "application/json; charset=utf-8"):
        raise BadInput(f'Bad HTTP "Content-Type" header: "{request.content_type}"')
    if "dropbox-api-arg" in request.headers:
        raise BadInput("the argument is given both as header and as body")
    try:
        return request.json()
    except ValueError:
        raise BadInput("request body: could not decode input as JSON") from None


def header_argument(request: Request) -> Any:
    """The argument of a call whose body is a file."""
    if request.content_type != "application/octet-stream":
        raise BadInput(f'Bad HTTP "Content-Type" header: "{request.content_type}"')
    text = request.headers.get("dropbox-api-arg")
    if text is None:
        raise BadInput('Must provide HTTP header "Dropbox-API-Arg"')
    if not text.isascii():
        raise BadInput('HTTP header "Dropbox-API-Arg": only ASCII, the rest escaped')
    try:
        return json.loads(text)
    except ValueError:
        raise BadInput('HTTP header "Dropbox-API-Arg": could not decode input as JSON') from None


def fields(
    argument: Any, known: Mapping[str, type], required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """``argument`` as an object with these fields only, each of its type; null means left out."""
    if not isinstance(argument, dict):
        raise BadInput("request body: expected object")
    for name, value in argument.items():
        if name not in known:
            raise BadInput(f"unknown field '{name}'")
        if value is not None and type(value) is not known[name]:
            raise BadInput(f"{name}: expected {known[name].__name__}")
    for name in required:
        if name not in argument:
            raise BadInput(f"missing required field '{name}'")
    return {name: value for name, value in argument.items() if value is not None}


def content_hash(given: Mapping[str, Any]) -> str:
    wanted = str(given.get("content_hash", ""))
    if wanted and not _HEX_64.fullmatch(wanted):
        raise BadInput("content_hash: expected 64 hexadecimal digits")
    return wanted


_COMMIT: dict[str, type] = {
    "path": str,
    "mode": dict,
    "autorename": bool,
    "client_modified": str,
    "mute": bool,
    "strict_conflict": bool,
}


def commit(argument: Any, *, with_hash: bool) -> tuple[Commit, str]:
    """A ``CommitInfo``; an upload's own argument carries the content hash beside it."""
    known = {**_COMMIT, "content_hash": str} if with_hash else _COMMIT
    given = fields(argument, known, ("path",))
    if not re.match(r"/(.|[\r\n])*\Z", given["path"]):
        raise BadInput(f"path: '{given['path']}' did not match pattern '(/(.|[\\r\\n])*)'")
    mode, rev = _mode(given.get("mode", {".tag": "add"}))
    made = Commit(
        given["path"],
        mode,
        rev,
        autorename=given.get("autorename", False),
        strict_conflict=given.get("strict_conflict", False),
        client_modified=_time(given["client_modified"]) if "client_modified" in given else None,
    )
    return made, content_hash(given)


def _mode(given: Mapping[str, Any]) -> tuple[str, str]:
    mode = given.get(".tag")
    if mode not in _MODES:
        raise BadInput(f"mode: invalid tag '{mode}'")
    extra = {"update"} if mode == "update" else set()
    if set(given) != {".tag"} | extra:
        raise BadInput("mode: unknown or missing field")
    rev = given.get("update", "")
    if mode == "update" and not re.fullmatch(r"[0-9a-f]{9,}", str(rev)):
        raise BadInput("mode: update: expected a revision")
    return mode, rev


def _time(text: str) -> datetime:
    if not _TIME.fullmatch(text):
        raise BadInput("client_modified: expected YYYY-MM-DDTHH:MM:SSZ")
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise BadInput("client_modified: no such time") from None

"""The variants of the stand-in for undocumented vendors, and how it knows who asks."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledgerdesk.practice.vendors.server import Request


@dataclass(frozen=True, slots=True)
class Ways:
    """How the vendor does it.

    ``auth``: none basic bearer header query login. ``body``: multipart json_base64 json_string raw.
    ``page``: none skip_count. ``polls``: documents are processed later and can be asked for.
    ``errors_in_200``: refusals of a document come with status 200; ``pages``: as web pages.
    """

    auth: str = "basic"
    body: str = "multipart"
    page: str = "none"
    polls: bool = True
    knows_doubles: bool = True
    errors_in_200: bool = False
    pages: bool = False
    token_seconds: int = 900


@dataclass
class Account:
    username: str = "Wings8123"
    password: str = field(default="Geheim-Wachtwoord-42", repr=False)
    key: str = field(default="4f1c2a90-8a53-4c0e-9d0b-5a7d1e2f3a4b", repr=False)
    companies: dict[str, str] = field(
        default_factory=lambda: {
            "BE0403170701": "Bakkerij De Smet",
            "BE0417497106": "Garage Peeters",
        }
    )


@dataclass
class StoredDocument:
    """``state`` becomes DONE or FAILED some time later."""

    uuid: str
    company: str
    direction: str
    name: str
    content: bytes = field(repr=False)
    state: str = "PENDING"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    account: Account
    until: float


class Refused(Exception):
    """``page``: a web page says so, as what stands before a service does."""

    def __init__(
        self, status: int, sentence: str, *, page: bool = False, more: Mapping[str, Any] = {}
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.page = page
        self.more = more


def known_caller(
    auth: str, request: Request, accounts: Sequence[Account], tokens: Mapping[str, Account]
) -> Account:
    """The account a request comes from. Raises Refused with 401."""
    if auth == "none":
        return accounts[0]
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if auth == "login":
        found = tokens.get(rest) if scheme == "Bearer" else None
    else:
        offered = {
            "basic": _decoded(rest) if scheme == "Basic" else "",
            "bearer": rest if scheme == "Bearer" else "",
            "header": request.headers.get("x-api-key", ""),
            "query": request.query.get("key", ""),
        }[auth]
        found = next((one for one in accounts if _is(one, auth, offered)), None)
    if found is None:
        raise Refused(401, "You are not signed in.", page=auth == "basic")
    return found


def _is(account: Account, auth: str, offered: str) -> bool:
    right = f"{account.username}:{account.password}" if auth == "basic" else account.key
    return secrets.compare_digest(right.encode(), offered.encode())


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except ValueError:
        return ""

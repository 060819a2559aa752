"""What an inbox profile says: how one access point's inbox is listed, read and acknowledged
(docs/peppol-profiles.md). Read from TOML by ``_inbox_format``; nothing here knows a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledgerdesk.connectors._profile import STANDINGS
from ledgerdesk.connectors._profile_rules import PLACEHOLDER
from ledgerdesk.model import Standing

VALUES = ("base_url", "username", "api_key", "company")
"""What a firm may be asked for, by the names that stand in a profile in braces."""


@dataclass(frozen=True, slots=True)
class InboxAuth:
    """``username`` and ``secret`` of basic, ``secret`` of bearer, else ``headers``."""

    scheme: str
    username: str = ""
    secret: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InboxList:
    """Pointers into the answer (``items``, ``ok``), into each item (``id`` to ``done``, ``parts``),
    and into each part. ``each``: the list is asked for once with each of these words."""

    path: str
    params: Mapping[str, str]
    items: str
    id: str
    ok: str = ""
    at: str = ""
    sender: str = ""
    receiver: str = ""
    done: str = ""
    each: tuple[str, ...] = ("",)
    parts: str = ""
    part_id: str = ""
    part_name: str = ""
    part_pattern: str = "*"
    wait_days: int = 0
    next: str = "none"
    total: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class InboxFetch:
    """``kind``: the whole body, or a text or base64 at ``value``."""

    path: str
    kind: str = "body"
    value: str = ""
    ok: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InboxAcknowledge:
    """``effect`` is told to the firm before it switches it on."""

    method: str
    path: str
    effect: str
    json: Mapping[str, Any] = field(default_factory=dict)
    ok: tuple[int, ...] = (200, 204)


@dataclass(frozen=True, slots=True)
class InboxProfile:
    id: str
    title: str
    status: str
    auth: InboxAuth
    list: InboxList
    fetch: InboxFetch
    acknowledge: InboxAcknowledge | None = None
    since_format: str = "datetime"
    overlap_days: int = 1

    @property
    def standing(self) -> Standing:
        return STANDINGS[self.status]

    @property
    def asked(self) -> frozenset[str]:
        """The values the firm may give."""
        return self.needed | (_names(self.list.params) & frozenset(VALUES))

    @property
    def needed(self) -> frozenset[str]:
        """The values without which nothing works; what only narrows the list is not one."""
        auth, acknowledge = self.auth, self.acknowledge
        texts = [auth.username, auth.secret, *auth.headers.values(), *self.fetch.headers.values()]
        paths = [self.list.path, self.fetch.path, acknowledge.path if acknowledge else ""]
        found = _names(texts) | _names(paths)
        if any(path.startswith("/") for path in paths):
            found |= {"base_url"}
        return found & frozenset(VALUES)


def _names(content: Any) -> frozenset[str]:
    return frozenset(name for text in leaves(content) for name in PLACEHOLDER.findall(text))


def leaves(content: Any) -> Iterator[str]:
    """Every text in a table or list of a profile."""
    if isinstance(content, Mapping):
        content = content.values()
    elif isinstance(content, str):
        content = [content]
    yield from (one for one in content if isinstance(one, str))

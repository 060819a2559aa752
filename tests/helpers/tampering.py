"""Hands that meddle with what practice servers keep: something else, nothing, twice, elsewhere.

Each undoes what it did, so that one played day serves for all of them.
"""

from __future__ import annotations

import base64
import email
import email.policy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ledgerdesk.practice.office import Office
from ledgerdesk.practice.packages._mail import content_of
from ledgerdesk.practice.vendors._dropbox_files import Commit, Drive
from ledgerdesk.practice.vendors._exact_books import ExactDocument

FAULTS = ("changed", "missing", "twice", "elsewhere")


class OnDisk:
    """The first file below ``folder``."""

    def __init__(self, folder: Path, suffix: str = "") -> None:
        self._suffix = suffix
        self.path = min(one for one in folder.rglob(f"*{suffix}") if one.is_file())
        self.content = self.path.read_bytes()
        self.beside = self.path.with_name(f"9999-{self.path.name}")
        self.elsewhere_ = self.path.parent.with_name(f"x{self.path.parent.name}") / self.path.name

    def changed(self) -> None:
        self.path.write_bytes(self.content + b" ")

    def missing(self) -> None:
        self.path.unlink()

    def twice(self) -> None:
        self.beside.write_bytes(self.content)

    def elsewhere(self) -> None:
        self.elsewhere_.parent.mkdir()
        self.path.rename(self.elsewhere_)

    def undo(self) -> None:
        self.beside.unlink(missing_ok=True)
        if self.elsewhere_.exists():
            self.elsewhere_.unlink()
            self.elsewhere_.parent.rmdir()
        self.path.write_bytes(self.content)


class InMailbox(OnDisk):
    """The first mail to ``domain``; its attachment is what is changed."""

    def __init__(self, office: Office, domain: str) -> None:
        folder = office.post.server.mailboxes.folder
        mailbox = min(one for one in folder.iterdir() if one.name.endswith(f"@{domain}"))
        super().__init__(mailbox, ".eml")

    def changed(self) -> None:
        mail = email.message_from_bytes(self.content, policy=email.policy.default)
        sent = base64.b64encode(content_of(mail))[:40]
        assert self.content.count(sent) == 1
        self.path.write_bytes(self.content.replace(sent, sent.swapcase()))


class InList:
    """The first of a vendor's ``kept`` documents; ``other`` files it elsewhere."""

    def __init__(self, kept: list[Any], **other: Any) -> None:
        self._kept, self._before, self._other = kept, list(kept), other

    def changed(self) -> None:
        self._kept[0] = _altered(self._kept[0])

    def missing(self) -> None:
        del self._kept[0]

    def twice(self) -> None:
        self._kept.append(self._kept[0])

    def elsewhere(self) -> None:
        self._kept[0] = replace(self._kept[0], **self._other)

    def undo(self) -> None:
        self._kept[:] = self._before


class InDrive:
    """The first file of a practice account."""

    def __init__(self, drive: Drive) -> None:
        self._drive = drive
        self._before = dict(drive.contents)
        self._path, self._content = min(self._before.items())

    def changed(self) -> None:
        self._put(self._path, self._content + b" ")

    def missing(self) -> None:
        self._drive.remove(self._path)

    def twice(self) -> None:
        self._put(f"{self._path}-again", self._content)

    def elsewhere(self) -> None:
        self._drive.remove(self._path)
        self._put(f"/Elsewhere/{self._path.rpartition('/')[2]}", self._content)

    def undo(self) -> None:
        for path in set(self._drive.contents) - set(self._before):
            self._drive.remove(path)
        self._put(self._path, self._content)

    def _put(self, path: str, content: bytes) -> None:
        self._drive.write(Commit(path, mode="overwrite"), content, datetime.now(UTC))


def _altered(one: Any) -> Any:
    if isinstance(one, ExactDocument):
        files = [replace(file, content=file.content + b" ") for file in one.files]
        return replace(one, files=files)
    more = " " if isinstance(one.content, str) else b" "
    return replace(one, content=one.content + more)


@dataclass(frozen=True)
class Hand:
    """``package`` is whose server ``make`` reaches into."""

    package: str
    make: Callable[[Office], OnDisk | InList | InDrive]

    @contextmanager
    def meddling(self, office: Office, fault: str) -> Iterator[None]:
        one = self.make(office)
        try:
            getattr(one, fault)()
            yield
        finally:
            one.undo()


def _disk(package: str) -> Hand:
    return Hand(package, lambda office: OnDisk(office.packages[package].root))  # type: ignore[attr-defined]


def _mail(package: str, domain: str) -> Hand:
    return Hand(package, lambda office: InMailbox(office, domain))


def _list(package: str, kept: str, **other: Any) -> Hand:
    def make(office: Office) -> InList:
        found: Any = office.packages[package].server  # type: ignore[attr-defined]
        for name in kept.split("."):
            found = getattr(found, name)
        return InList(found, **other)

    return Hand(package, make)


HANDS: Mapping[str, Hand] = {
    "sftp": _disk("sftp"),
    "folder": _disk("folder"),
    "bocount": _disk("bocount"),
    "count_e": _disk("count_e"),
    "email": _mail("email", "package.example"),
    "lyanthe": _mail("lyanthe", "lyanthe.example"),
    "octopus by mail": _mail("octopus", "octopus.example"),
    "wings_online": _mail("wings_online", "wings.example"),
    "zenvoices": _mail("zenvoices", "zenvoices.example"),
    "octopus": _list("octopus", "statements", dossier="999"),
    "onea": _list("onea", "documents", direction="sideways"),
    "clearfacts": _list("clearfacts", "files", type="OTHER"),
    "pingwin": _list("pingwin", "documents", direction="sideways"),
    "yuki": _list("yuki", "office.documents", folder=7),
    "exact_online": _list("exact_online", "books.documents", division=100001),
    "exact_online by postbox": _list("exact_online", "books.messages", division=100001),
    "dropbox": Hand(
        "dropbox",
        lambda office: InDrive(office.packages["dropbox"].server.account.drive),  # type: ignore[attr-defined]
    ),
}

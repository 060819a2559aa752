"""How a file appears complete or not at all, and never over another: shared by folder and SFTP.

The bytes go to a temporary name beside the final one, are checked there, and only then get the
final name, by a rename that refuses to overwrite. The temporary name belongs to the delivery, so
every repeat meets and reuses its own leftovers. The check is made before the rename, because
packages empty their folders: afterwards nothing may be left to look at.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from ledgerdesk.connectors.base import Context
from ledgerdesk.errors import (
    ConnectionTrouble,
    ContentDiffers,
    ContentGone,
    LedgerDeskError,
    NameTaken,
    OutcomeUnknown,
    PlaceMissing,
    SizeDiffers,
)
from ledgerdesk.failpoint import failpoint
from ledgerdesk.i18n import translate
from ledgerdesk.model import Assurance, Evidence, Found, Parcel, Probe, Stage, Target
from ledgerdesk.setup.templates import Literal, parse

# One SFTP write request: servers answer larger ones in two parts.
CHUNK = 32_000
_TEST = b"LedgerDesk"


class Disk(Protocol):
    """A disk, here or far away. Every method raises from the error tree only.

    ``id`` prefixes the failpoints, ``reads_back`` says whether a copy is read again before it is
    published, ``facts`` name the disk on the receipt.
    """

    id: str
    reads_back: bool

    @property
    def facts(self) -> Mapping[str, str]: ...

    def enter(self, target: Target, *, create: bool) -> str:
        """The full path of the target's folder. Raises PlaceMissing or PlaceNotWritable."""
        ...

    def join(self, folder: str, name: str) -> str: ...

    def size(self, path: str) -> int | None:
        """None when there is no such file."""
        ...

    def sha256(self, path: str) -> str: ...

    def write(self, path: str, chunks: Iterator[bytes]) -> None:
        """Writes the whole file, over an older one. Raises PlaceFull and PlaceNotWritable too."""
        ...

    def publish(self, temporary: str, final: str) -> None:
        """Renames in one step. Raises NameTaken, and then has changed nothing."""
        ...

    def remove(self, path: str) -> bool:
        """Whether it was there; afterwards it is not."""
        ...


class Publisher:
    """Delivers to one disk and finds again what it delivered."""

    def __init__(self, disk: Disk, context: Context) -> None:
        self._disk = disk
        self._context = context

    def send(self, parcel: Parcel) -> Evidence:
        """Publishes one file; a repeat finds the first one and sends nothing.

        Raises NameTaken, SizeDiffers, ContentDiffers, ContentGone, OutcomeUnknown, Cancelled and
        what the disk raises. Whenever the disk still answers, no temporary file stays behind.
        """
        temporary, final = self._paths(parcel, create=True)
        self._pass("connected")
        there = self._ours(parcel, final)
        if there is not None:
            self._discard(temporary)
            return there
        try:
            self._upload(parcel, temporary)
        except ConnectionTrouble:
            raise
        except LedgerDeskError:
            self._discard(temporary)
            raise
        self._context.stages.reached(parcel.delivery_id, Stage.PUBLISHING)
        self._pass("publishing_committed")
        return self._publish(parcel, temporary, final)

    def probe(self, parcel: Parcel) -> Probe:
        """Is it there? Removing the temporary file proves that it was not published, and that a
        rename still on its way can do nothing any more."""
        temporary, final = self._paths(parcel, create=False)
        with suppress(NameTaken):
            evidence = self._ours(parcel, final)
            if evidence is not None:
                self._disk.remove(temporary)
                return Probe(Found.THERE, evidence)
        if self._disk.remove(temporary) or parcel.stage is not Stage.PUBLISHING:
            return Probe(Found.ABSENT)
        return Probe(Found.CANNOT_TELL)

    def picked_up(self, parcel: Parcel, remote: str) -> Evidence | None:
        """The proof that the package took the file away; None as long as it lies there.

        Raises PlaceMissing where the folder itself is gone: a drive may be unplugged, and that
        proves nothing.
        """
        folder = self._disk.enter(parcel.target, create=False)
        path = self._disk.join(folder, parcel.target.name)
        if path != remote or self._disk.size(path) is not None:
            return None
        facts = {"path": path, "size": parcel.size, "sha256": parcel.sha256}
        return Evidence(Assurance.PICKED_UP, path, {**self._disk.facts, **facts})

    # --- the steps ---------------------------------------------------------------------------

    def _paths(self, parcel: Parcel, *, create: bool) -> tuple[str, str]:
        folder = self._disk.enter(parcel.target, create=create)
        return (
            self._disk.join(folder, f".{parcel.uid}.part"),
            self._disk.join(folder, parcel.target.name),
        )

    def _ours(self, parcel: Parcel, final: str) -> Evidence | None:
        """The proof when our content has the final name. Raises NameTaken when another's has."""
        size = self._disk.size(final)
        if size is None:
            return None
        if size != parcel.size or self._disk.sha256(final) != parcel.sha256:
            raise NameTaken(path=final)
        return self._evidence(parcel, final, "sha256")

    def _upload(self, parcel: Parcel, temporary: str) -> None:
        body = parcel.open()
        if hashlib.sha256(body).hexdigest() != parcel.sha256:
            raise ContentGone()
        self._disk.write(temporary, self._chunks(body))
        self._pass("body_sent")
        size = self._disk.size(temporary)
        if size != parcel.size:
            raise SizeDiffers(path=temporary, found=size or 0, expected=parcel.size)
        if self._disk.reads_back and self._disk.sha256(temporary) != parcel.sha256:
            raise ContentDiffers(path=temporary)
        self._pass("size_checked")

    def _chunks(self, body: bytes) -> Iterator[bytes]:
        half = len(body) // 2
        yield from self._pieces(body[:half])
        self._pass("half_body")
        yield from self._pieces(body[half:])

    def _pieces(self, part: bytes) -> Iterator[bytes]:
        for at in range(0, len(part), CHUNK):
            self._context.cancel.raise_if_cancelled()
            yield part[at : at + CHUNK]

    def _publish(self, parcel: Parcel, temporary: str, final: str) -> Evidence:
        try:
            self._disk.publish(temporary, final)
        except (ConnectionTrouble, PlaceMissing) as error:
            return self._settled(parcel, error)
        except NameTaken:
            self._discard(temporary)
            there = self._ours(parcel, final)
            if there is None:
                raise
            return there
        except LedgerDeskError:
            self._discard(temporary)
            raise
        self._pass("published")
        return self._evidence(parcel, final, "sha256" if self._disk.reads_back else "size")

    def _settled(self, parcel: Parcel, error: LedgerDeskError) -> Evidence:
        """The rename was asked for and no answer came: looks once, and never guesses."""
        try:
            probe = self.probe(replace(parcel, stage=Stage.PUBLISHING))
        except LedgerDeskError:
            probe = Probe(Found.CANNOT_TELL)
        if probe.evidence is not None:
            return probe.evidence
        if probe.found is Found.ABSENT:
            raise error
        reason = error.params.get("reason") or translate(error.problem).format_map(error.params)
        raise OutcomeUnknown(reason=reason) from error

    def _discard(self, temporary: str) -> None:
        """Best effort: the error on its way says more than a failed clean-up."""
        with suppress(LedgerDeskError):
            self._disk.remove(temporary)

    def _evidence(self, parcel: Parcel, final: str, checked: str) -> Evidence:
        """``checked`` says what was read back: ``size``, or the content too (``sha256``)."""
        facts = {"path": final, "size": parcel.size, "sha256": parcel.sha256, "checked": checked}
        return Evidence(Assurance.VERIFIED, final, {**self._disk.facts, **facts})

    def _pass(self, place: str) -> None:
        failpoint(f"{self._disk.id}.{place}")


def try_out(disk: Disk, root: str) -> None:
    """A harmless test: writes a small file in ``root``, looks at it, takes it away.

    Raises what the disk raises, and SizeDiffers.
    """
    path = disk.join(root, f".ledgerdesk-test-{secrets.token_hex(4)}")
    try:
        disk.write(path, iter([_TEST]))
        found = disk.size(path)
        if found != len(_TEST):
            raise SizeDiffers(path=path, found=found or 0, expected=len(_TEST))
    finally:
        with suppress(LedgerDeskError):
            disk.remove(path)


def literal_root(template: str) -> str:
    """The folder every document of this template lands in or below: all before the first variable
    segment, the whole path when there is none. Raises BadTemplate."""
    parts = parse(template)
    if all(isinstance(part, Literal) for part in parts):
        return template
    head = parts[0].text if isinstance(parts[0], Literal) else ""
    return head[: max(head.rfind("/"), head.rfind("\\")) + 1]

"""Zip files: unpacked in memory within limits, or refused as a whole.

Office files are zips too, but no archives of documents. An archive inside an archive stays closed:
it comes out as a member, and ``read`` holds it.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from dataclasses import dataclass

from ledgerdesk.documents.findings import Refused, fatal
from ledgerdesk.i18n import N_
from ledgerdesk.model import Finding, HeldReason

MAX_MEMBERS = 100
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 100
# Below this size a high ratio harms nobody: blank-padded bank files compress well.
_RATIO_FROM = 1024 * 1024
_MAX_DIRECTORY = 1024 * 1024
_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_END = b"PK\x05\x06"
_ESCAPES = re.compile(r"(^|[/\\])\.\.([/\\]|$)|^[/\\]|^[A-Za-z]:|[\x00-\x1f]")
_LITTER = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|~\$)", re.IGNORECASE)
_OFFICE = frozenset({"[Content_Types].xml", "META-INF/manifest.xml", "META-INF/MANIFEST.MF"})


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive. ``name`` is what the archive says: data, never a path."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came out; ``held`` and ``findings`` say why nothing did."""

    members: tuple[Member, ...] = ()
    held: HeldReason | None = None
    findings: tuple[Finding, ...] = ()


def is_archive(content: bytes) -> bool:
    """Whether ``content`` is a zip to be unpacked: an office file is none."""
    if not content.startswith(_MAGIC):
        return False
    try:
        with _opened(content) as archive:
            return _OFFICE.isdisjoint(archive.namelist())
    except Refused:
        return True


def unpack(content: bytes) -> Unpacked:
    """The files of a zip, folders and the litter of file managers left out. Never raises.

    At most 100 files and 200 MiB unpacked, no file above 1 MiB that grew more than a hundredfold,
    no name that leaves its folder, no link, no password: one offence holds the whole archive.
    """
    try:
        with _opened(content) as archive:
            wanted = _wanted(archive)
            return Unpacked(tuple(_member(archive, entry) for entry in wanted))
    except Refused as refused:
        return Unpacked(held=refused.held, findings=refused.findings)


def _opened(content: bytes) -> zipfile.ZipFile:
    # The directory's size, before zipfile builds an object for each of a million entries. Every
    # end record in the tail counts: which one zipfile believes is not for an attacker to choose.
    tail = content[-22 - 0xFFFF :]
    for end in re.finditer(_END, tail):
        size = tail[end.start() + 12 : end.start() + 16]
        if int.from_bytes(size, "little") > _MAX_DIRECTORY:
            raise _too_many()
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise _damaged(error) from None


def _wanted(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    entries = archive.infolist()
    for entry in entries:
        _vet(entry)
    wanted = [e for e in entries if not e.is_dir() and not _LITTER.search(e.filename)]
    if len(wanted) > MAX_MEMBERS:
        raise _too_many()
    if sum(entry.file_size for entry in wanted) > MAX_UNPACKED:
        told = N_("The archive unpacks to more than {limit} bytes.")
        raise Refused(HeldReason.TOO_LARGE, fatal("LD-ZIP-SIZE", told, limit=MAX_UNPACKED))
    return wanted


def _vet(entry: zipfile.ZipInfo) -> None:
    # orig_filename: zipfile cuts a name at its first NUL and turns separators round.
    if _ESCAPES.search(entry.orig_filename):
        told = N_("The archive holds a file that wants to be written elsewhere: “{name}”.")
        raise Refused(HeldReason.UNSAFE, fatal("LD-ZIP-PATH", told, name=entry.orig_filename))
    if stat.S_ISLNK(entry.external_attr >> 16):
        told = N_("The archive holds a link instead of a file: “{name}”.")
        raise Refused(HeldReason.UNSAFE, fatal("LD-ZIP-LINK", told, name=entry.filename))
    if entry.flag_bits & 1:
        told = N_("The archive is locked with a password. Unpack it and add the files.")
        raise Refused(HeldReason.UNKNOWN_KIND, fatal("LD-ZIP-PASSWORD", told))
    if entry.file_size > _RATIO_FROM and entry.file_size > MAX_RATIO * entry.compress_size:
        told = N_("“{name}” in the archive grows more than {limit} times when unpacked.")
        raise Refused(
            HeldReason.UNSAFE, fatal("LD-ZIP-RATIO", told, name=entry.filename, limit=MAX_RATIO)
        )


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Member:
    try:
        # Reads what the directory announces and no byte more, then compares the checksum.
        return Member(entry.filename, archive.read(entry))
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise _damaged(error) from None


def _damaged(error: Exception) -> Refused:
    told = N_("The archive is damaged: {detail}")
    return Refused(HeldReason.NOT_WELL_FORMED, fatal("LD-ZIP", told, detail=error))


def _too_many() -> Refused:
    told = N_("The archive holds more than {limit} files.")
    return Refused(HeldReason.TOO_LARGE, fatal("LD-ZIP-MEMBERS", told, limit=MAX_MEMBERS))

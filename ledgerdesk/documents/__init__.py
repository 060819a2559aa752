"""The room of documents: bytes in, dataclasses out. Pure: no clock, no disk, no network.

read(content)                what a file is, what it says, why it must be held
check_rules(content, …)      the rules of its profile and of EN 16931, when somebody asks
is_archive, unpack           zips: intake reads their members one by one
coda.split                   the statements of one client out of a file of several
identifiers                  company numbers and IBANs as the keys routing compares
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ledgerdesk.documents.archive import Member, Unpacked, is_archive, unpack
from ledgerdesk.documents.booking import changes_booking
from ledgerdesk.documents.findings import Refused, fatal
from ledgerdesk.documents.recognise import Family, family
from ledgerdesk.i18n import N_
from ledgerdesk.model import Facts, HeldReason, Reading

if TYPE_CHECKING:
    from ledgerdesk.documents.en16931 import RuleEngine

__all__ = [
    "Member",
    "Unpacked",
    "changes_booking",
    "check_rules",
    "is_archive",
    "read",
    "unpack",
]

_log = logging.getLogger(__name__)


def read(content: bytes, name: str = "") -> Reading:
    """The verdict on one file. Never raises, follows nothing inside it, keeps nothing.

    ``name`` is a hint none of the formats of today needs: the bytes decide what a file is.
    """
    try:
        return _read(content, family(content))
    except Refused as refused:
        return Reading(Facts(), refused.findings, refused.held)
    except Exception:
        # A bug of ours must not stop an intake of a thousand others; the file waits, visibly.
        _log.exception("reading a document failed")
        told = N_("LedgerDesk could not read this file. Please report it.")
        return Reading(Facts(), (fatal("LD-READER", told),), HeldReason.NOT_WELL_FORMED)


def check_rules(content: bytes, reading: Reading, engine: RuleEngine | None = None) -> Reading:
    """``reading`` of ``content`` with the findings of its profile's rules, and ``facts.verified``.

    ``engine`` adds EN 16931 by the official rules, where the schema is kept: seconds for the first
    document, milliseconds afterwards. Never raises, never holds a document.
    """
    from ledgerdesk.documents import profile_rules

    try:
        return profile_rules.check(content, reading, engine)
    except Exception:
        _log.exception("checking the rules of a document failed")
        return reading


def _read(content: bytes, kind: Family) -> Reading:
    if kind is Family.XML:
        # Asking the package for modules costs as much as reading an invoice's fields.
        from ledgerdesk.documents.xml_door import parse
        from ledgerdesk.documents.xml_roots import read as read_xml

        return read_xml(parse(content), len(content))
    from ledgerdesk.documents import coda, mt940, pdf, xml_door

    if kind is Family.CODA:
        return coda.read(content)
    if kind is Family.MT940:
        return mt940.read(content)
    if kind is Family.MT942:
        return mt940.intraday()
    if kind is Family.PDF:
        return pdf.read(content)
    if kind is Family.ARCHIVE:
        return _closed_archive(content)
    if kind is Family.TOO_LARGE:
        raise xml_door.too_large(len(content))
    if kind is Family.EMPTY:
        raise Refused(HeldReason.NOT_WELL_FORMED, fatal("LD-EMPTY", N_("The file is empty.")))
    told = N_("LedgerDesk does not know this kind of file.")
    raise Refused(HeldReason.UNKNOWN_KIND, fatal("LD-KIND", told))


def _closed_archive(content: bytes) -> Reading:
    """An archive that nobody unpacks (one inside another), or that must not be."""
    if not is_archive(content):
        told = N_("This is an office file, not an invoice or a statement.")
        raise Refused(HeldReason.UNKNOWN_KIND, fatal("LD-KIND", told))
    unpacked = unpack(content)
    if unpacked.held is not None:
        return Reading(Facts(), unpacked.findings, unpacked.held)
    told = N_("An archive inside another is not opened. Unpack it and add the files.")
    raise Refused(HeldReason.UNKNOWN_KIND, fatal("LD-ZIP-INSIDE", told))

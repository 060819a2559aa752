"""PDF: an invoice with its data inside (Factur-X, ZUGFeRD), or a picture only a person can read."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

from ledgerdesk.documents import cii, xml_door
from ledgerdesk.documents.findings import Refused, info, warning
from ledgerdesk.i18n import N_
from ledgerdesk.model import DocumentFormat, Facts, HeldReason, Profile, Reading

# Names by standard: Factur-X and ZUGFeRD 2.1, ZUGFeRD 2.0, ZUGFeRD 1, XRechnung.
_NAMES = frozenset({"factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml"})
# Taking a damaged file apart costs time for every byte and every object.
_MAX_PDF = 32 * 1024 * 1024
_MAX_OBJECTS = 200_000
_MAX_XML = 20 * 1024 * 1024
# Where none of these stands, nothing can be embedded: a scan is not taken apart for nothing.
_MAY_EMBED = (b"/EmbeddedFile", b"/ObjStm", b"/Filespec")

# pypdf tells of every untidy file; what matters of it becomes a finding here.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def read(content: bytes) -> Reading:
    """The verdict on one PDF. Never held for being a plain or an untidy one."""
    plain = Facts(format=DocumentFormat.PDF)
    if not any(mark in content for mark in _MAY_EMBED):
        return Reading(plain)
    if len(content) > _MAX_PDF or content.count(b"obj") > _MAX_OBJECTS:
        told = N_("The PDF is too large to look for invoice data in it.")
        return Reading(plain, (info("LD-PDF", told),))
    try:
        embedded = invoice_data(content)
    except Exception as error:
        # pypdf raises whatever a broken file makes Python raise; the PDF still is a document.
        told = N_("The PDF is damaged or locked; whether it carries invoice data is unknown.")
        return Reading(plain, (info("LD-PDF", told, detail=type(error).__name__),))
    if embedded is None:
        return Reading(plain)
    return _with_data(embedded)


def invoice_data(content: bytes) -> bytes | None:
    """The embedded invoice XML, unpacked; None where there is none. Raises what pypdf raises."""
    import io

    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(content))
    attachments: Any = reader.attachments
    for name in attachments:
        if name.strip().lower() in _NAMES:
            data = bytes(attachments[name][0])
            return data if len(data) <= _MAX_XML else None
    return None


def _with_data(data: bytes) -> Reading:
    try:
        root = xml_door.parse(data)
        reading = cii.read(root) if cii.belongs(root) else None
    except Refused as refused:
        if refused.held is HeldReason.UNSAFE:
            return Reading(Facts(format=DocumentFormat.PDF), refused.findings, HeldReason.UNSAFE)
        reading = None
    if reading is None or reading.held is HeldReason.SCHEMA_INVALID:
        told = N_("The invoice data inside the PDF cannot be read.")
        return Reading(Facts(format=DocumentFormat.PDF), (warning("LD-FACTURX", told),))
    profile = reading.facts.profile
    if profile not in (Profile.ZUGFERD_1, Profile.XRECHNUNG):
        profile = Profile.FACTUR_X
    facts = dataclasses.replace(reading.facts, format=DocumentFormat.PDF, profile=profile)
    return dataclasses.replace(reading, facts=facts)

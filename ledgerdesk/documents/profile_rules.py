"""All rules for one document, when somebody asks: those of its profile, and those of EN 16931.

A document *claims* a profile; it is *verified* when it keeps that profile's rules. The rules of
Peppol, UBL.BE, e-FFF and NLCIUS are ours and quick; those of EN 16931 need the engine.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ledgerdesk.documents import belgian_rules, booking, nlcius_rules, peppol_rules
from ledgerdesk.documents.findings import Refused, info
from ledgerdesk.documents.own_rules import RuleBook
from ledgerdesk.documents.recognise import Family, family
from ledgerdesk.i18n import N_
from ledgerdesk.model import DocumentFormat, Finding, HeldReason, Profile, Reading, Severity

if TYPE_CHECKING:
    from lxml import etree

    from ledgerdesk.documents.en16931 import RuleEngine

_MOST = 200_000
"""Elements, of some ten thousand lines: more would take more than a few seconds."""

_BOOKS: dict[Profile, RuleBook] = {
    Profile.PEPPOL_BIS_3: peppol_rules.BILLING,
    Profile.PEPPOL_SELFBILLING_3: peppol_rules.SELF_BILLING,
    Profile.UBL_BE: belgian_rules.UBL_BE,
    Profile.E_FFF_3: belgian_rules.E_FFF,
    Profile.NLCIUS: nlcius_rules.NLCIUS,
}
# Older than EN 16931: its rules would only find what these never promised.
_BEFORE_EN16931 = frozenset(
    {
        Profile.E_FFF_1,
        Profile.E_FFF_3,
        Profile.PEPPOL_BIS_2,
        Profile.SI_UBL_1,
        Profile.ZUGFERD_1,
    }
)
# Factur-X has the rules of each of its levels in the engine.
_VERIFIED_BY_ENGINE = frozenset({Profile.EN16931, Profile.FACTUR_X})


def check(content: bytes, reading: Reading, engine: RuleEngine | None = None) -> Reading:
    """``reading`` with everything the rules say, and the profile it keeps.

    ``engine`` adds EN 16931, for documents that stand on it and passed the schema. Nothing that is
    found here holds a document. Raises nothing.
    """
    root = _invoice(content, reading)
    if root is None:
        return reading
    if _elements()(root) > _MOST:
        return replace(reading, findings=(*reading.findings, _too_large()))
    claimed = reading.facts.profile
    book = _BOOKS.get(claimed) if reading.facts.format is DocumentFormat.UBL else None
    own = book.check(root) if book else []
    official: list[Finding] = []
    asked = engine is not None and reading.held is None and claimed not in _BEFORE_EN16931
    if engine is not None and asked:
        official = engine.check_tree(root)
    findings = booking.as_told([*official, *own, *reading.findings])
    verified = Profile.NONE if reading.held else _kept(claimed, book, own, official, asked)
    return replace(
        reading, findings=tuple(findings), facts=replace(reading.facts, verified=verified)
    )


def _kept(
    claimed: Profile,
    book: RuleBook | None,
    own: list[Finding],
    official: list[Finding],
    asked: bool,
) -> Profile:
    if claimed in _BEFORE_EN16931:
        return claimed if book is not None and not _breaks(own) else Profile.NONE
    unknown = any(finding.rule == "LD-RULES" for finding in official)
    if not asked or unknown or _breaks(official):
        return Profile.NONE
    if claimed in _VERIFIED_BY_ENGINE or (book is not None and not _breaks(own)):
        return claimed
    return Profile.EN16931


def _too_large() -> Finding:
    told = N_("The invoice is so large that its rules are not checked.")
    return info("LD-RULES", told)


@functools.cache
def _elements() -> Any:
    from lxml import etree as xml

    return xml.XPath("count(descendant-or-self::*)")


def _breaks(findings: list[Finding]) -> bool:
    return any(finding.severity is Severity.FATAL for finding in findings)


def _invoice(content: bytes, reading: Reading) -> etree._Element | None:
    """The invoice in XML that ``content`` is, wraps or carries; None where there is none."""
    from ledgerdesk.documents import pdf, xml_door, xml_roots

    if reading.held not in (None, HeldReason.SCHEMA_INVALID) or reading.set_aside:
        return None
    kind = family(content)
    try:
        if kind is Family.PDF and reading.facts.profile is not Profile.NONE:
            data = pdf.invoice_data(content)
            return xml_door.parse(data) if data is not None else None
        if kind is Family.XML and reading.facts.format in (DocumentFormat.UBL, DocumentFormat.CII):
            return xml_roots.payload(xml_door.parse(content))
    except Refused:
        return None
    return None

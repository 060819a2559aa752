"""The two sides of a UBL invoice: their names, and every company number they give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledgerdesk.documents.fields import first, text_of
from ledgerdesk.documents.findings import clean, fatal, warning
from ledgerdesk.documents.identifiers import WrongNumber, find_company_number
from ledgerdesk.i18n import N_
from ledgerdesk.model import Finding, Party, Profile

if TYPE_CHECKING:
    from lxml import etree

_A = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
_B = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
_PARTY = _A + "Party"
_ENDPOINT = _B + "EndpointID"
_IDENTIFICATION = _A + "PartyIdentification"
_NAME = _A + "PartyName"
_ADDRESS = _A + "PostalAddress"
_TAX_SCHEME = _A + "PartyTaxScheme"
_LEGAL_ENTITY = _A + "PartyLegalEntity"
_COMPANY = _B + "CompanyID"
_REGISTRATION = _B + "RegistrationName"
_ID = _B + "ID"


def read(
    role: etree._Element | None, profile: Profile
) -> tuple[Party, tuple[Finding, ...], etree._Element | None]:
    """The party of ``role`` with its company numbers, the strongest first; the wrong ones as
    findings; its element, None where there is none."""
    element = first(role, _PARTY) if role is not None else None
    if element is None:
        return Party(), (), None
    name, country, numbers = _said(element)
    found: dict[str, None] = {}
    wrong: dict[tuple[str, str], Finding] = {}
    for number in numbers:
        text, scheme = (number.text or "").strip(), number.get("schemeID", "")
        try:
            key = find_company_number(text, scheme, country)
        except WrongNumber:
            wrong[text, scheme] = _wrong(text, scheme, profile)
        else:
            if key:
                found[key] = None
    return Party(clean(name), tuple(found)), tuple(wrong.values()), element


def has_vat_number(element: etree._Element | None) -> bool:
    """Whether the party gives a number to any tax office."""
    schemes = element.iterchildren(_TAX_SCHEME) if element is not None else ()
    return any(first(scheme, _COMPANY) is not None for scheme in schemes)


def _said(party: etree._Element) -> tuple[str, str, list[etree._Element]]:
    """(name, country, numbers): VAT number, other tax numbers, legal entity, end point, others.

    One walk over the children: asking for each by a path of its own takes longer than the parser.
    """
    registered = trading = country = ""
    vat: list[etree._Element | None] = []
    taxes: list[etree._Element | None] = []
    legal: list[etree._Element | None] = []
    rest: list[etree._Element | None] = []
    endpoint = None
    for child in party:
        tag = child.tag
        if tag == _TAX_SCHEME:
            (vat if _is_vat(child) else taxes).append(first(child, _COMPANY))
        elif tag == _LEGAL_ENTITY:
            registered = registered or text_of(child, _REGISTRATION)
            legal.append(first(child, _COMPANY))
        elif tag == _ENDPOINT:
            endpoint = child if endpoint is None else endpoint
        elif tag == _IDENTIFICATION:
            rest.append(first(child, _ID))
        elif tag == _NAME:
            trading = trading or text_of(child, _B + "Name")
        elif tag == _ADDRESS:
            country = _country(child)
    numbers = [n for n in (*vat, *taxes, *legal, endpoint, *rest) if n is not None]
    return registered or trading, country, numbers


def _is_vat(scheme: etree._Element) -> bool:
    inner = first(scheme, _A + "TaxScheme")
    return inner is not None and text_of(inner, _ID).upper() == "VAT"


def _country(address: etree._Element) -> str:
    inner = first(address, _A + "Country")
    return text_of(inner, _B + "IdentificationCode") if inner is not None else ""


def _wrong(text: str, scheme: str, profile: Profile) -> Finding:
    peppol = profile in (Profile.PEPPOL_BIS_3, Profile.PEPPOL_SELFBILLING_3)
    told = N_("The company number {number} is wrong: its check digits do not fit.")
    if peppol and scheme.strip() == "0208":
        return fatal("PEPPOL-COMMON-R043", told, number=text)
    return warning("LD-COMPANY-NUMBER", told, number=text)

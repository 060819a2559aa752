"""Which profile a UBL invoice claims: CustomizationID, ProfileID, UBLVersionID, secondary marks.

Compared trimmed, without case, by what the identifier contains: old UBL.BE files write
``#Conformant#``, and Peppol's own rule R004 is a starts-with test. A claim is no proof: the rules
of the profile are checked elsewhere. Sources of the identifiers: Peppol BIS 3 rules, GLOBALUBL.BE
1.31, the Peppol code lists (e-FFF 3.0), e-FFF v1, Simplerinvoicing, KoSIT.
"""

from __future__ import annotations

from collections.abc import Iterable

from ledgerdesk.model import Profile

# The first one contained wins: the more specific stand first.
_CONTAINED = (
    ("e-fff:ver3.0", Profile.E_FFF_3),
    ("urn:fdc:peppol.eu:2017:poacc:selfbilling:", Profile.PEPPOL_SELFBILLING_3),
    ("urn:fdc:peppol.eu:2017:poacc:billing:", Profile.PEPPOL_BIS_3),
    ("urn:ubl.be:", Profile.UBL_BE),
    ("urn:fdc:nen.nl:nlcius:", Profile.NLCIUS),
    ("simplerinvoicing.org:si:si-ubl:ver2", Profile.NLCIUS),
    ("simplerinvoicing.org:si:si-ubl:", Profile.SI_UBL_1),
    ("simplerinvoicing.org:si-ubl:", Profile.SI_UBL_1),
    (":kosit:xrechnung", Profile.XRECHNUNG),
    (":xoev-de:kosit:standard:xrechnung", Profile.XRECHNUNG),
    ("urn:www.peppol.eu:bis:peppol", Profile.PEPPOL_BIS_2),
    ("urn:cen.eu:en16931:2017", Profile.EN16931),
)
_MARKS = {"efff": Profile.E_FFF_3, "ubl.be": Profile.UBL_BE}


def claimed(
    customization: str, profile_id: str, ubl_version: str, references: Iterable[str]
) -> Profile:
    """The profile a document claims. ``references``: IDs of its AdditionalDocumentReferences."""
    custom = customization.strip().casefold()
    process = profile_id.strip().casefold()
    for part, profile in _CONTAINED:
        if part in custom:
            return profile
    if process.startswith(("e-fff", "fff.be")):
        return Profile.E_FFF_1
    for reference in references:
        mark = _MARKS.get(reference.strip().casefold())
        if mark is not None:
            return mark
    if custom == "1.0" and ubl_version.strip() == "2.0":
        return Profile.E_FFF_1
    return Profile.NONE

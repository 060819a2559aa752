"""What packages ask of the mails they take, as data (shared/facts/belgian-packages.md §2.4, §2.9).

One document travels in each mail, to one address, never as a blind copy: that holds for all. What a
package wants beyond it stands here, with where it is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from ledgerdesk.connectors.base import TargetRequest
from ledgerdesk.errors import AddressUnusable, DocumentTooLarge, FormatDiffers
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Direction, DocumentKind, Parcel, Target
from ledgerdesk.setup.fields import Choice, Field, FieldKind, FieldScope

RULES = "rules"
"""In a frozen target: which of these it was made for."""

_MIB = 1024 * 1024
_PDF_INSIDE = re.compile(
    rb"<(?:[\w.-]+:)?(?:Embedded|Attachment)(?:Document)?BinaryObject\b[^>]*"
    rb"mimeCode\s*=\s*[\"']application/pdf[\"']",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class MailProfile:
    """``subjects`` by direction, or by ``credit_note-direction``; ``endings`` of the file names
    that are taken (empty: all); ``xml_alone``: an XML is taken without a PDF, ``xml_with_pdf``:
    with one inside it; ``largest`` document in bytes (0: not known); ``knows_senders``: a mail is
    thrown away unless the sender was made known; ``source`` says where it is written."""

    id: str
    label: str
    source: str = ""
    subjects: Mapping[str, str] = field(default_factory=dict)
    endings: frozenset[str] = frozenset()
    xml_alone: bool = True
    xml_with_pdf: bool = True
    largest: int = 0
    knows_senders: bool = False
    address: str = ""
    suffixes: Mapping[Direction, str] = field(default_factory=dict)


ANY = MailProfile("any", N_("Another package"))
LYANTHE = MailProfile(
    "lyanthe",
    N_("Lyanthe"),
    "lyanthe.zendesk.com 11940283447058, 19384680558994",
    subjects={
        "purchase": "Purchase",
        "sale": "Sales",
        "credit_note-purchase": "#RBP",
        "credit_note-sale": "#RBS",
    },
    xml_alone=False,
    address=r"\d{10}-99",
    suffixes={Direction.PURCHASE: "p", Direction.SALE: "s"},
)
PROFILES = (
    ANY,
    MailProfile(
        "accountingplatform",
        N_("accountingplatform.eu"),
        "support.accountingplatform.eu 9000173654",
        endings=frozenset({".pdf", ".jpg", ".jpeg", ".xml", ".zip"}),
        largest=20 * _MIB,
    ),
    MailProfile("admisol", N_("Admisol"), "support.okioki.be 4415016039953", knows_senders=True),
    MailProfile(
        "basecone",
        N_("Basecone (Twinfield)"),
        "support.basecone.com, basecone.be 1139366",
        xml_alone=False,
    ),
    MailProfile(
        "exact_online", N_("Exact Online"), "support.okioki.be 4415016039953", knows_senders=True
    ),
    MailProfile("horus", N_("Horus (one address per journal)"), "timetrack.net"),
    LYANTHE,
    MailProfile("odoo", N_("Odoo (one address per journal)"), "timetrack.net"),
    MailProfile("snelstart", N_("SnelStart"), "kennispleinweb.snelstart.nl"),
    MailProfile(
        "trifact365",
        N_("TriFact365"),
        "trifact365.com/en/support-en/mailbox-en",
        xml_alone=False,
        xml_with_pdf=False,
    ),
    MailProfile("winauditor", N_("Winauditor (one address per journal)"), "timetrack.net"),
    MailProfile("winbooks", N_("WinBooks on Web"), "billit.eu, winbooks-connect-on-web"),
)

RECEIVER = Field(
    "receiver",
    N_("Receiving package"),
    FieldKind.CHOICE,
    default=ANY.id,
    scope=FieldScope.CONFIGURATION,
    choices=tuple(Choice(one.id, one.label) for one in PROFILES),
    advanced=True,
    help=N_(
        "Some packages are particular about mails: the subject they read, the files they take, the "
        "senders they know. Choose yours, and LedgerDesk keeps to its rules."
    ),
)


def profile(id: str) -> MailProfile:
    """The rules by id; those for any package where the id is unknown."""
    return next((one for one in PROFILES if one.id == id), ANY)


def ruled(target: Target, request: TargetRequest, rules: MailProfile) -> Target:
    """``target`` with the package's own subject and ending of the address. Raises
    AddressUnusable."""
    direction = request.direction
    extra = {**target.extra, RULES: rules.id}
    if direction is not None:
        credit = request.kind is DocumentKind.CREDIT_NOTE
        wanted = rules.subjects.get(f"credit_note-{direction}") if credit else None
        extra["subject"] = wanted or rules.subjects.get(direction) or extra["subject"]
    return replace(target, place=_address(target.place, request, rules), extra=extra)


def check(parcel: Parcel, body: bytes) -> None:
    """Raises DocumentTooLarge or FormatDiffers for what the package would silently throw away."""
    rules = profile(parcel.target.extra.get(RULES, ""))
    ending = PurePath(parcel.target.name).suffix.lower()
    if rules.largest and parcel.size > rules.largest:
        raise DocumentTooLarge(size=parcel.size, limit=rules.largest)
    if rules.endings and ending not in rules.endings:
        wanted = ", ".join(sorted(one.lstrip(".") for one in rules.endings))
        raise FormatDiffers(found=ending.lstrip(".") or "?", wanted=wanted)
    if ending == ".xml" and not rules.xml_alone:
        if not rules.xml_with_pdf:
            raise FormatDiffers(found="XML", wanted="PDF")
        if not _PDF_INSIDE.search(body):
            without = translate(N_("XML without a PDF inside"))
            raise FormatDiffers(found=without, wanted=translate(N_("XML with the PDF inside")))


def _address(place: str, request: TargetRequest, rules: MailProfile) -> str:
    if not rules.address:
        return place
    local, _, domain = place.partition("@")
    endings = "".join({*rules.suffixes.values(), "d"})
    match = re.fullmatch(f"({rules.address})[{endings}]?", local)
    if match is None:
        raise AddressUnusable(field="mailbox", address=place, client=request.client_name)
    suffix = rules.suffixes.get(request.direction, "") if request.direction else ""
    return f"{match[1]}{suffix}@{domain}"

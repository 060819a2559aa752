"""What changes the booking of an invoice: sums that do not fit, no VAT number, no PDF to look at.

These few are looked for in every invoice as it comes in, whatever its profile; everything else the
rules of profiles say waits until somebody asks (profile_rules.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import floor

from ledgerdesk.documents.en16931_texts import text_of
from ledgerdesk.documents.findings import fatal, info
from ledgerdesk.i18n import N_
from ledgerdesk.model import Finding, Severity

_ZERO, _HALF, _HUNDRED = Decimal(0), Decimal("0.5"), Decimal(100)
_TERMS = re.compile(
    r"terms|conditions|voorwaarden|\b(?:cgv|agb)\b|geschäftsbedingungen", re.IGNORECASE
)
# Rules about what is booked: sums, the VAT and its numbers, the PDF, wrong company numbers.
_BOOKED = re.compile(
    r"""LD-(?!RULES|ATTACHMENT-NAME).*
    | BR-CO-(?:09|1\d|26) | BR-(?:S|Z|E|AE|IC|G|O|B)-(?:0[1-4]|0[89]) | BR-0[2-5]
    | PEPPOL-COMMON-R043 | PEPPOL-EN16931-(?:R0(?:40|46|5[1345])|R12[01])
    | EFFF-T10-R0(?:01|07|15|16) | ubl-BE-(?:02|10|14|15)""",
    re.VERBOSE,
)


def changes_booking(finding: Finding) -> bool:
    """Whether a person who books the invoice has to know it. The others are for who asks."""
    return _BOOKED.fullmatch(finding.rule) is not None


def totals(said: Mapping[str, Decimal | None], lines: Decimal | None) -> Iterator[Finding]:
    """BR-CO-10, 13, 15 and 16: the totals follow from each other. What is not said is not judged.

    ``said``: ``lines allowances charges exclusive vat inclusive prepaid rounding payable``;
    ``lines`` beside it is what the lines add up to.
    """
    of_lines, exclusive = said.get("lines"), said.get("exclusive")
    inclusive, vat = said.get("inclusive"), said.get("vat")
    if lines is not None:
        yield from _follows("BR-CO-10", of_lines, lines)
    if of_lines is not None:
        less, more = said.get("allowances") or _ZERO, said.get("charges") or _ZERO
        yield from _follows("BR-CO-13", exclusive, of_lines - less + more)
    if exclusive is not None and vat is not None:
        yield from _follows("BR-CO-15", inclusive, exclusive + vat)
    if inclusive is not None:
        less, more = said.get("prepaid") or _ZERO, said.get("rounding") or _ZERO
        yield from _follows("BR-CO-16", said.get("payable"), inclusive - less + more)


def _follows(rule: str, said: Decimal | None, made: Decimal) -> Iterator[Finding]:
    # As the rules round: to cents, halves upwards.
    if said is not None and said != made and said != floor(made * 100 + _HALF) / _HUNDRED:
        yield fatal(rule, text_of(rule), said=said, found=made)


def vat_number() -> Finding:
    """BR-S-02, for an invoice with VAT of a supplier without a VAT number."""
    return fatal("BR-S-02", text_of("BR-S-02"))


def pictures(names: list[str], has_pdf: bool) -> Iterator[Finding]:
    """Whether there is something to look at. ``names``: what each attachment is called."""
    if has_pdf and (not names or not all(_TERMS.search(name) for name in names)):
        return
    if has_pdf or (names and all(_TERMS.search(name) for name in names)):
        told = N_("Only general terms are attached, no PDF of the invoice itself.")
        yield info("LD-ONLY-TERMS", told)
        return
    told = N_("No PDF is attached: the invoice is shown from its data.")
    yield info("LD-NO-PDF", told)


def as_told(findings: list[Finding]) -> list[Finding]:
    """Fatal ones first, each rule once."""
    once = {finding.rule: finding for finding in reversed(findings)}
    kept = [finding for finding in findings if once[finding.rule] is finding]
    order = (Severity.FATAL, Severity.WARNING, Severity.INFO)
    return sorted(kept, key=lambda finding: order.index(finding.severity))

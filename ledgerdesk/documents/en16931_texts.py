"""The rules of EN 16931 in the words of an accountant: what is wrong, and what to do about it.

The standard has some 900 rules. Those that change what is booked have a sentence of their own; the
others share one per family. ``{detail}`` is the official English sentence of the rule.
"""

from __future__ import annotations

import re

from ledgerdesk.i18n import N_

_LINES = N_(
    "The lines do not add up to the total of the lines. Compare with the PDF and ask the supplier "
    "for a correct invoice."
)
_EXCLUSIVE = N_(
    "The total without VAT is not that of lines, discounts and charges. Compare with the PDF and "
    "ask the supplier for a correct invoice."
)
_INCLUSIVE = N_(
    "The total with VAT is not the total without VAT plus the VAT. Compare with the PDF and ask "
    "the supplier for a correct invoice."
)
_PAYABLE = N_(
    "The amount to pay is not the total with VAT less what was paid before. Look at it before you "
    "pay."
)
_VAT_TOTAL = N_(
    "The VAT is not the sum of the VAT per rate. Compare with the PDF and ask the supplier for a "
    "correct invoice."
)
_VAT_AMOUNT = N_(
    "The VAT of a rate is not its base times the rate. Compare with the PDF before you deduct it."
)
_VAT_BASE = N_(
    "The base of a VAT rate is not the sum of its lines. Compare with the PDF before you deduct it."
)
_DISCOUNTS = N_("The discounts or charges do not add up to their total. Compare with the PDF.")
_VAT_NUMBER = N_(
    "A VAT number that this kind of VAT needs is missing. Without it the VAT cannot be deducted: "
    "ask the supplier for a correct invoice."
)
_VAT_PREFIX = N_("A VAT number does not begin with its country. Check it before you book.")
_VAT_RATE = N_("The VAT rate does not fit the kind of VAT. Check it before you book.")
_VAT_REASON = N_("VAT of zero or none needs a reason, and has none. Ask why no VAT is due.")
_VAT_MISSING = N_("A kind of VAT used in a line is missing from the VAT summary, or has no line.")
_SELLER = N_("The supplier's name or address is not complete.")
_BUYER = N_("The buyer's name or address is not complete.")
_DECIMALS = N_("An amount has more than two decimals. Nothing needs to be done.")
_CODE = N_(
    "A code is not in its official list; the accounting package may not know it. Rule: {detail}"
)
_EXTRA = N_(
    "The invoice says more than the standard provides for. It does no harm, nothing needs to be "
    "done. Rule: {detail}"
)
_REPEATED = N_("Something stands more often in the invoice than it may. Rule: {detail}")
_OTHER = N_(
    "A rule of the European standard for invoices is not kept. The supplier's software has to "
    "correct it. Rule: {detail}"
)

_BY_RULE = {
    "BR-CO-10": _LINES,
    "BR-CO-11": _DISCOUNTS,
    "BR-CO-12": _DISCOUNTS,
    "BR-CO-13": _EXCLUSIVE,
    "BR-CO-14": _VAT_TOTAL,
    "BR-CO-15": _INCLUSIVE,
    "BR-CO-16": _PAYABLE,
    "BR-CO-17": _VAT_AMOUNT,
    "BR-CO-09": _VAT_PREFIX,
    "BR-06": _SELLER,
    "BR-08": _SELLER,
    "BR-09": _SELLER,
    "BR-07": _BUYER,
    "BR-10": _BUYER,
    "BR-11": _BUYER,
    "BR-01": N_("The invoice does not say which standard it follows."),
    "BR-02": N_("The invoice has no number. Ask the supplier for a correct invoice."),
    "BR-03": N_("The invoice has no date. Ask the supplier for a correct invoice."),
    "BR-04": N_("The invoice does not say whether it is an invoice or a credit note."),
    "BR-05": N_("The invoice does not say in which currency its amounts are."),
}
_KIND_OF_VAT = r"BR-(?:S|Z|E|AE|IC|G|O|AF|AG|B)-"
_FAMILIES = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (_KIND_OF_VAT + "01", _VAT_MISSING),
        (_KIND_OF_VAT + "0[234]", _VAT_NUMBER),
        (_KIND_OF_VAT + "0[567]", _VAT_RATE),
        (_KIND_OF_VAT + "08", _VAT_BASE),
        (_KIND_OF_VAT + "09", _VAT_AMOUNT),
        (_KIND_OF_VAT + "10", _VAT_REASON),
        (r"BR-DEC-\d+", _DECIMALS),
        (r"BR-CL-\d+", _CODE),
        (r"(?:UBL|CII)-(?:CR|DT)-\d+", _EXTRA),
        (r"(?:UBL|CII)-SR-\d+", _REPEATED),
    )
)


def text_of(rule: str) -> str:
    """The sentence for ``rule``; most take ``{detail}``."""
    if rule in _BY_RULE:
        return _BY_RULE[rule]
    return next((text for pattern, text in _FAMILIES if pattern.fullmatch(rule)), _OTHER)

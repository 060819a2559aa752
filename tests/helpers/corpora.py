"""The big collection of documents beside the checkout (``../shared/corpora``), where there is one.

``manifest.csv`` holds one row per file with what was measured about it. Without the collection the
tests that need it are skipped, visibly; everything they guard is also tested on our own documents.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

FOLDER = Path(__file__).parents[3] / "shared" / "corpora"
_MANIFEST = FOLDER / "manifest.csv"


@dataclass(frozen=True, slots=True)
class Row:
    """One file of the collection: what it is, and what was measured."""

    path: str
    kind: str
    expected: str
    note: str
    xsd: str
    en16931: str = ""
    peppol: str = ""
    ublbe: str = ""
    efff: str = ""

    def read(self) -> bytes:
        return (FOLDER / self.path).read_bytes()


def rows(*kinds: str, valid: bool = False) -> list[Row]:
    """The rows of whole documents that are there, of ``kinds`` or of all; empty without manifest.

    ``valid`` leaves out what a schema refuses.

    Rule fragments (``ubl-fragment``) are no documents and never in it.
    """
    return [
        row
        for row in _all()
        if row.kind != "ubl-fragment"
        and (not kinds or row.kind in kinds)
        and (not valid or row.xsd in ("", "ok"))
    ]


def fragments() -> list[Row]:
    """The pieces of invoices, each made for one rule; its name says whether it keeps it."""
    return [row for row in _all() if row.kind == "ubl-fragment"]


def _all() -> list[Row]:
    if not _MANIFEST.is_file():
        return []
    with _MANIFEST.open(encoding="utf-8", newline="") as file:
        found = [Row(**{name: row[name] for name in Row.__slots__}) for row in csv.DictReader(file)]
    return [row for row in found if (FOLDER / row.path).is_file()]


def parameters(*kinds: str, valid: bool = False) -> list[ParameterSet]:
    """``rows`` for ``pytest.mark.parametrize``; one skipped parameter without the collection."""
    found = rows(*kinds, valid=valid)
    if not found:
        reason = f"no collection of documents at {FOLDER}"
        return [pytest.param(None, id="corpora", marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(row, id=row.path) for row in found]

"""What a path says: patterns, direction words, presets."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerdesk.errors import BadTemplate
from ledgerdesk.model import Hints, Source
from ledgerdesk.sources.patterns import DIRECTION_WORDS, PRESETS, hints_of, parse, read_rules

IBAN = "BE68539007547034"


def source(**values) -> Source:
    return Source("s", "folder", "/in", datetime(2026, 1, 1, tzinfo=UTC), **values)


def said(path: str, **values) -> Hints:
    one = source(**values)
    return hints_of(one, read_rules(one), path)[0]


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        (
            "{file_number}/{year}/{iban}/*.cod",
            f"K7/2026/{IBAN}/a.cod",
            Hints(file_number="K7", iban=IBAN),
        ),
        (
            "{file_number}/{year}/{iban}/*.cod",
            f"K7/2026/{IBAN.lower()}/A.COD",
            Hints(file_number="K7", iban=IBAN),
        ),
        ("{iban}/*", "BE68 5390 0754 7034/a.cod", Hints(iban=IBAN)),
        (
            "*/{client}/Verkoop/*",
            "2026/Bakkerij/verkoop/f.pdf",
            Hints(client="Bakkerij", direction="sale"),
        ),
        ("{client}/{direction}/**", "A/Achats/x/y.pdf", Hints(client="A", direction="purchase")),
        ("{vat}/**", "BE 0123.456.749/y.pdf", Hints(client="BE 0123.456.749")),
        ("klant-{file_number}_*/*", "klant-12_Jan/y.pdf", Hints(file_number="12")),
        ("**/{client}/*", "a/b/c/y.pdf", Hints(client="c")),
        ("**/{client}/*", "c/y.pdf", Hints(client="c")),
        ("{client}/*", "Zaak (oud) + co/y.pdf", Hints(client="Zaak (oud) + co")),
    ],
)
def test_a_path_says_what_the_pattern_reads(pattern: str, path: str, expected: Hints):
    assert parse(pattern).hints(path) == expected


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("{file_number}/{year}/{iban}/*.cod", f"K7/2026/{IBAN}/a.pdf"),
        ("{file_number}/{year}/{iban}/*.cod", f"K7/26/{IBAN}/a.cod"),
        ("{file_number}/{year}/{iban}/*.cod", "K7/2026/CARO/a.cod"),
        ("{client}/*", "A/B/c.pdf"),
        ("{client}/*", "c.pdf"),
        ("{client}/{direction}/*", "A/Divers/c.pdf"),
        ("a.b/*", "axb/c.pdf"),
    ],
)
def test_a_path_that_does_not_fit_says_nothing(pattern: str, path: str):
    assert parse(pattern).hints(path) is None


@pytest.mark.parametrize(
    "pattern",
    [
        *("", "  ", "/abs/*", "C:\\x\\*", "\\\\server\\x", "a/../b", "a//b", "./a"),
        *("{unknown}/*", "{client/*", "client}/*", "{client}/{client}", "a\x00b", "{}/x"),
        "Verkoop/Aankoop/*",
    ],
)
def test_a_pattern_that_cannot_be_read_is_refused(pattern: str):
    with pytest.raises(BadTemplate):
        parse(pattern)


@pytest.mark.parametrize("word", sorted(DIRECTION_WORDS))
def test_every_direction_word_is_read_in_any_case(word: str):
    found = parse("{direction}/*").hints(f"{word.upper()}/x.pdf")
    assert found is not None
    assert found.direction == DIRECTION_WORDS[word]


def test_composed_and_decomposed_letters_are_the_same():
    name = "Café"
    found = parse(f"{unicodedata.normalize('NFC', name)}/{{client}}/*").hints(
        unicodedata.normalize("NFD", f"{name}/Étoile/x.pdf")
    )
    assert found == Hints(client="Étoile")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"K7/2026/{IBAN}/x.cod", Hints(file_number="K7", iban=IBAN, kind="statement")),
        ("K7/2026/SODA-from-acerta/x.xml", Hints(file_number="K7", kind="payroll")),
        ("K7/2026/CARO/x.pdf", Hints(file_number="K7", kind="card")),
        (
            "K7/2026/Invoices-IN-01/x.xml",
            Hints(file_number="K7", kind="invoice", direction="purchase"),
        ),
        (
            "K7/2026/Invoices-OUT-02/x.xml",
            Hints(file_number="K7", kind="invoice", direction="sale"),
        ),
        ("elsewhere/x.xml", Hints()),
    ],
)
def test_the_codabox_tree(path: str, expected: Hints):
    assert said(path, preset="codabox") == expected


def test_a_pdf_is_only_a_copy_beside_bank_files():
    one = source(preset="codabox")
    rules = read_rules(one)
    assert hints_of(one, rules, f"K7/2026/{IBAN}/x.pdf")[1]
    assert not hints_of(one, rules, "K7/2026/CARO/x.pdf")[1]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Bakkerij/x.pdf", Hints(client="Bakkerij")),
        ("Bakkerij/2026/x.pdf", Hints(client="Bakkerij")),
        ("Bakkerij/2026/Verkoop/x.pdf", Hints(client="Bakkerij", direction="sale")),
        ("x.pdf", Hints()),
    ],
)
def test_one_folder_per_client(path: str, expected: Hints):
    assert said(path, preset="per-client") == expected


def test_the_scanner_only_says_what_a_person_fixed():
    assert said("a/b.pdf", preset="scanner", kind="invoice", direction="sale") == Hints(
        kind="invoice", direction="sale"
    )


def test_what_a_person_fixed_wins_over_the_path():
    hints = said("A/Verkoop/x.pdf", preset="per-client", client_id="c1", direction="purchase")
    assert hints == Hints(client_id="c1", client="A", direction="purchase")


def test_a_sources_own_pattern_stands_before_its_preset():
    hints = said("A/B/x.pdf", pattern="*/{client}/*", preset="per-client")
    assert hints.client == "B"


def test_every_preset_can_be_read():
    for name in PRESETS:
        assert read_rules(source(preset=name))


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_pattern_and_no_path_breaks_it(pattern: str, path: str):
    try:
        read = parse(pattern)
    except BadTemplate:
        return
    found = read.hints(path)
    assert found is None or isinstance(found, Hints)

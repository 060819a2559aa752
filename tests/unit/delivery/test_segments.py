"""One name that every disk takes; two texts never become one name."""

from __future__ import annotations

import random
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from ledgerdesk.delivery.segments import LIMIT, plain_text, safe_segment

# Whatever a client's name or a document's number may hold, with what hurts disks more often.
PIECES = [
    *'<>:"/\\|?*.~ \t\n\0',
    *("..", "CON", "aux.", "nul.txt", "COM¹", "LPT9", "desktop.ini", "a" * 90),
    *("\u202e", "\u200b", "\ud800", "e\u0301", "é", "ﬁ", "\u2028", "💶"),
]
TEXTS = st.lists(st.text(max_size=12) | st.sampled_from(PIECES), max_size=8).map("".join)
DEVICES = {"con", "prn", "aux", "nul"} | {f"{p}{d}" for p in ("com", "lpt") for d in "123456789"}


@pytest.mark.parametrize("text", ["Bakkerij De Smet", "F-2026/001".replace("/", "-"), "Café", "1"])
def test_a_safe_name_stays_as_it_is(text: str) -> None:
    assert safe_segment(text) == text


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("A/S Skov", "A_S Skov-"),
        ("..", "_-"),
        ("", "_-"),
        ("NUL", "_NUL-"),
        ("com1.xml", "_com1.xml-"),
        ("Peeters bv.", "Peeters bv-"),
        (" .hidden", "_hidden-"),
        ("~$open", "_$open-"),
        ("evil\u202egpj", "evilgpj-"),
        ("thumbs.DB", "_thumbs.DB-"),
    ],
)
def test_an_unsafe_name_is_changed_and_marked(text: str, begins: str) -> None:
    safe = safe_segment(text)
    assert safe.startswith(begins)
    assert len(safe) == len(begins) + 8


def test_a_long_name_is_cut_between_characters() -> None:
    safe = safe_segment("€" * 60)
    assert len(safe.encode()) <= LIMIT
    assert set(safe[:-9]) == {"€"}


def check(text: str) -> str:
    safe = safe_segment(text)
    assert PurePosixPath("base", safe).parts == ("base", safe)
    assert PureWindowsPath("C:\\base", safe).parts == ("C:\\", "base", safe)
    assert safe not in (".", "..")
    assert not set(safe) & set('<>:"/\\|?*')
    assert not safe.endswith((".", " ")) and not safe.startswith((".", " ", "~"))
    assert safe.lower().split(".")[0].rstrip() not in DEVICES
    assert 0 < len(safe.encode()) <= LIMIT
    assert unicodedata.is_normalized("NFC", safe)
    assert not {"Cc", "Cf", "Cs", "Zl", "Zp"} & {unicodedata.category(one) for one in safe}
    assert safe_segment(safe) == safe
    return safe


@given(TEXTS)
@example("nul .x")
@example("con" + " " * 80 + "x")
@settings(max_examples=600)
def test_every_name_is_one_segment_everywhere(text: str) -> None:
    check(text)


@given(TEXTS, st.integers(20, LIMIT))
@settings(max_examples=600)
def test_a_safe_name_is_safe_already(text: str, limit: int) -> None:
    safe = safe_segment(text, limit)
    assert safe_segment(safe, limit) == safe
    assert len(safe.encode()) <= limit


@given(TEXTS, TEXTS)
@settings(max_examples=600)
def test_two_texts_never_become_one_name(one: str, other: str) -> None:
    # A text that is another's safe name stays as it is, so it has to be left out here.
    assume(one != other and safe_segment(one) != other and safe_segment(other) != one)
    assert safe_segment(one) != safe_segment(other)


def test_twenty_thousand_names_are_safe_and_different(seed: int) -> None:
    dice = random.Random(seed)
    letters = [*PIECES, *map(chr, range(32, 0x500)), "A", "b", "C"]
    texts = {"".join(dice.choices(letters, k=dice.randrange(9))) for _ in range(20_000)}
    names: dict[str, str] = {}
    for text in texts:
        safe = check(text)
        if text != safe:
            assert names.setdefault(safe, text) == text


@given(TEXTS)
@settings(max_examples=300)
def test_plain_text_is_one_visible_line(text: str) -> None:
    plain = plain_text(text)
    assert not {"Cc", "Cf", "Cs", "Zl", "Zp"} & {unicodedata.category(one) for one in plain}
    assert plain.splitlines() in ([], [plain])

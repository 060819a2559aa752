"""Settings: what may be typed, what is kept, and what is in force."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgerdesk import settings
from ledgerdesk.errors import InvalidValue
from ledgerdesk.paths import DataFolder
from ledgerdesk.settings import BRAKE, KEEP_DOCUMENTS_MONTHS, LANGUAGE, STABLE_SECONDS
from ledgerdesk.store import Books, open_books
from ledgerdesk.store import settings as kept
from ledgerdesk.store import tables as t


@pytest.fixture
def books(data_dir: Path) -> Iterator[Books]:
    with open_books(DataFolder(data_dir)) as opened:
        yield opened


def test_what_was_never_set_has_its_default(books: Books) -> None:
    with books.read() as c:
        assert kept.everything(c) == {one.key: one.default for one in settings.ALL}


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("language", "FR", "fr"),
        ("language", "", ""),
        ("log_level", " debug ", "debug"),
        ("keep_documents_months", "12", 12),
        ("stable_seconds", "0", 0),
    ],
)
def test_what_is_set_is_in_force(books: Books, key: str, text: str, value: object) -> None:
    setting = settings.by_key(key)
    assert setting is not None
    assert books.write(lambda c: kept.put(c, setting, text)) == value
    with books.read() as c:
        assert kept.get(c, setting) == value


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("language", "klingon"),
        ("log_level", ""),
        ("brake", "0"),
        ("brake", "many"),
        ("brake", ""),
        ("brake", "-5"),
        ("brake", "٣"),
        ("keep_documents_months", "241"),
        ("keep_documents_months", "1.5"),
    ],
)
def test_what_is_not_allowed_is_refused_and_nothing_changes(
    books: Books, key: str, text: str
) -> None:
    setting = settings.by_key(key)
    assert setting is not None
    with pytest.raises(InvalidValue) as caught:
        books.write(lambda c: kept.put(c, setting, text))
    assert caught.value.field == key
    with books.read() as c:
        assert kept.get(c, setting) == setting.default


def test_a_second_value_replaces_the_first(books: Books) -> None:
    for text in ("30", "40"):
        books.write(lambda c, text=text: kept.put(c, BRAKE, text))  # type: ignore[misc]
    with books.read() as c:
        assert kept.get(c, BRAKE) == 40


def test_a_cleared_setting_has_its_default_again(books: Books) -> None:
    books.write(lambda c: kept.put(c, BRAKE, "30"))
    books.write(lambda c: kept.clear(c, BRAKE))
    with books.read() as c:
        assert kept.get(c, BRAKE) == 100


def test_a_kept_value_that_is_no_longer_allowed_stops_nothing(books: Books) -> None:
    rows: list[dict[str, object]] = [
        {"key": "language", "value": "eo"},
        {"key": "brake", "value": {"odd": 1}},
    ]
    books.write(lambda c: c.execute(t.setting.insert(), rows))
    with books.read() as c:
        assert kept.get(c, LANGUAGE) == ""
        assert kept.get(c, BRAKE) == 100


def test_an_unknown_key_is_no_setting() -> None:
    assert settings.by_key("colour") is None


@pytest.mark.parametrize("setting", settings.ALL, ids=lambda setting: setting.key)
def test_every_default_is_allowed(setting: settings.Setting[str]) -> None:
    assert setting.parse(str(setting.default)) == setting.default
    assert setting.label


def test_defaults_are_those_of_the_design() -> None:
    assert (KEEP_DOCUMENTS_MONTHS.default, BRAKE.default, STABLE_SECONDS.default) == (24, 100, 10)

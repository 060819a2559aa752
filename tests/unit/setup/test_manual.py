"""The integrations' pages are those of the declarations as they are now."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledgerdesk import connectors
from ledgerdesk.connectors.base import Connector
from ledgerdesk.setup.manual import page
from tests.docs import LANGUAGES, pages

FOLDER = Path(__file__).parents[3] / "docs" / "integrations"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_a_language_are_fresh(language: str) -> None:
    """Otherwise ``make docs`` was forgotten."""
    kept = {one.name: one.read_text(encoding="utf-8") for one in (FOLDER / language).glob("*.md")}
    assert kept == pages(language)


@pytest.mark.parametrize("connector", connectors.all_connectors(), ids=lambda one: one.id)
def test_a_page_tells_every_field_and_where_it_is_found(connector: Connector) -> None:
    text = page(connector)
    assert [one.name for one in connector.fields if f"**{one.label}**" not in text] == []


@pytest.mark.parametrize("connector", connectors.all_connectors(), ids=lambda one: one.id)
def test_every_required_field_says_where_a_person_finds_it(
    connector: Connector,
) -> None:
    assert [one.name for one in connector.fields if one.required and not one.help] == []

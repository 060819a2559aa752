"""Colours with enough contrast, icons in the colour of the text, texts of Qt in the language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QMessageBox, QToolButton
from pytestqt.qtbot import QtBot

from ledgerdesk import paths
from ledgerdesk.ui import icons, style, texts
from ledgerdesk.ui.entry import Entry
from ledgerdesk.ui.pages import ENTRIES
from ledgerdesk.ui.style import DARK_COLOURS, LIGHT_COLOURS, Colours

BOTH = pytest.mark.parametrize("c", [LIGHT_COLOURS, DARK_COLOURS], ids=["light", "dark"])


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""

    def luminance(colour: str) -> float:
        shown = QColor(colour)
        parts = [
            part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
            for part in (shown.redF(), shown.greenF(), shown.blueF())
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_ratio_is_computed_as_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@BOTH
def test_text_stands_out_from_what_is_behind_it(c: Colours) -> None:
    pairs = [
        (front, back)
        for front in (c.text, c.faint, c.error, c.good, c.warning, c.grey, c.accent)
        for back in (c.window, c.base, c.stripe)
    ]
    pairs += [(c.on_accent, c.accent), (c.on_chosen, c.chosen), (c.text, c.banner)]
    pairs += [(c.text, c.button), (c.text, c.chosen)]
    assert [(f, b) for f, b in pairs if contrast(f, b) < 4.5] == []


@BOTH
def test_borders_and_the_focus_ring_are_seen(c: Colours) -> None:
    pairs = [(front, back) for front in (c.border, c.accent) for back in (c.window, c.base)]
    assert [(f, b) for f, b in pairs if contrast(f, b) < 3] == []


def test_every_icon_is_drawn_in_one_colour_of_the_palette() -> None:
    drawn = [p for p in (paths.resources() / "icons").glob("*.svg") if p.stem != "ledgerdesk"]
    assert len(drawn) > 30
    for path in drawn:
        source = path.read_text(encoding="utf-8")
        assert "currentColor" in source, path.name
        assert not re.search(r"#[0-9a-fA-F]{3,6}", source), path.name


def test_every_icon_that_the_code_names_is_there(qtbot: QtBot) -> None:
    named = set()
    for path in Path(icons.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r'\bicon(?:: ClassVar\[str\])? ?= ?"([a-z_]+)"', text))
        named |= set(re.findall(r'set_icon\([^,()]+, "([a-z_]+)"', text))
    assert {"settings", "folder", "send"} <= named
    for name in named:
        assert not icons.icon(name).isNull(), name


def test_an_icon_changes_with_the_colours(qtbot: QtBot, qapp: QApplication) -> None:
    button = QToolButton()
    qtbot.addWidget(button)
    icons.set_icon(button, "send")

    def colour() -> QColor:
        image = button.icon().pixmap(48, 48).toImage()
        solid = [
            image.pixelColor(x, y)
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() == 255
        ]
        return solid[0]

    assert colour().lightness() < 100
    style.use(qapp, style.DARK)
    icons.recolour(button.window())
    icons.set_icon(button, "send")
    assert colour().lightness() > 150


def test_appearance_is_what_was_chosen(qapp: QApplication) -> None:
    style.use(qapp, style.DARK)
    assert style.colours() is DARK_COLOURS
    style.use(qapp, style.LIGHT)
    assert style.colours() is LIGHT_COLOURS


@pytest.mark.parametrize(
    ("language", "cancel", "amount"),
    [("fr", "Annuler", "1 234,50"), ("nl", "Annuleren", "1.234,50"), ("en", "Cancel", "1,234.50")],
)
def test_qts_own_texts_and_numbers_follow_the_language(
    qtbot: QtBot, language: str, cancel: str, amount: str
) -> None:
    texts.use_language(language)
    box = QMessageBox()
    qtbot.addWidget(box)
    box.setStandardButtons(QMessageBox.StandardButton.Cancel)
    assert box.buttons()[0].text().replace("&", "") == cancel
    written = QLocale().toString(1234.5, "f", 2)
    assert re.sub(r"\s", " ", written) == amount


def test_a_plain_label_reads_no_html(qtbot: QtBot) -> None:
    label = texts.plain_label("<b>x</b>")
    qtbot.addWidget(label)
    assert label.textFormat() is Qt.TextFormat.PlainText


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_navigation_and_the_page_agree(entry: Entry) -> None:
    page = entry.page_class()
    assert (entry.name, entry.title, entry.icon) == (page.name, page.title, page.icon)

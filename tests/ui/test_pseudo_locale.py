"""No text on screen escapes translation: with a language that marks every text, none is unmarked.

What is left unmarked must come from the books (names, numbers, addresses), or be a name that is the
same in every language.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QTableView,
    QTabWidget,
    QWidget,
    QWizard,
)
from pytestqt.qtbot import QtBot

from ledgerdesk import __version__, i18n, settings
from ledgerdesk.ui import texts
from ledgerdesk.ui.application import Program
from tests.ui.tour import Tour

pytestmark = pytest.mark.long

# The same in every language.
NAMES = """
LedgerDesk PDF UBL XML CII CODA SFTP SSH URL VAT IBAN EUR MT940 camt.053 Peppol BIS e-FFF Factur-X
Microsoft 365 Google SMTP IMAP STARTTLS TLS Dropbox Ctrl Shift Alt Del Return Enter today
"""
_MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
_WORD = re.compile(r"[^\W\d_]{3,}")
Shown = Iterator[tuple[str, str]]


class Pseudo:
    """Marks every text. The marks stay outside of ``{placeholders}`` and access keys."""

    def gettext(self, text: str) -> str:
        # Before and after a colon by itself: what you allow is taken apart there to be shown.
        return re.sub(r"[^:\n]+", lambda part: f"⟦{part[0]}⟧", text)

    def ngettext(self, one: str, many: str, number: int) -> str:
        return self.gettext(one if number == 1 else many)


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "catalogue", lambda code: Pseudo())
    monkeypatch.setattr(texts, "wanted", lambda code: "en")
    texts.use_language("en")


def without_marked(text: str) -> str:
    """What stands outside of marks; one text may stand inside another one."""
    while _MARKED.search(text):
        text = _MARKED.sub(" ", text)
    return text


def known_words(folder: Path) -> str:
    """All that may stand on screen as it is: what the books hold, names, and Qt's own words."""
    said = [NAMES, __version__, str(folder), *(label for s in settings.ALL for label in s.labels)]
    locale = QLocale("en_GB")
    for form in (QLocale.FormatType.LongFormat, QLocale.FormatType.ShortFormat):
        said += [locale.monthName(number, form) for number in range(1, 13)]
        said += [locale.dayName(number, form) for number in range(1, 8)]
    with closing(sqlite3.connect(folder / "ledgerdesk.db")) as raw:
        tables = raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            for row in raw.execute(f'SELECT * FROM "{table}"'):
                said += [_readable(cell) for cell in row if isinstance(cell, str)]
    return "\n".join(said).casefold()


def _readable(cell: str) -> str:
    """JSON keeps é as \\u00e9."""
    try:
        return json.dumps(json.loads(cell), ensure_ascii=False)
    except ValueError:
        return cell


def shown(root: QWidget) -> Shown:
    """Every text below ``root`` that somebody sees or hears, with where it is."""
    yield "title", root.windowTitle()
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or widget.objectName().startswith("qt_"):
            continue
        where = f"{type(widget).__name__} {widget.objectName()}"
        yield f"{where} spoken", widget.accessibleName()
        yield f"{where} described", widget.accessibleDescription()
        yield f"{where} tip", re.sub(r"<[^>]+>", "", widget.toolTip())
        for text in texts_of(widget):
            yield where, text


def texts_of(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel | QGroupBox | QAbstractButton):
        yield widget.title() if isinstance(widget, QGroupBox) else widget.text()
    elif isinstance(widget, QLineEdit | QPlainTextEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QComboBox):
        yield from (widget.itemText(number) for number in range(widget.count()))
    elif isinstance(widget, QTabWidget):
        yield from (widget.tabText(number) for number in range(widget.count()))
    elif isinstance(widget, QMenu):
        yield from (one.text() for one in widget.actions())
    elif isinstance(widget, QAbstractItemView):
        yield from cells_of(widget)


def cells_of(view: QAbstractItemView) -> Iterator[str]:
    model = view.model()
    if model is None:
        return
    if isinstance(view, QTableView):
        for column in range(model.columnCount()):
            yield str(model.headerData(column, Qt.Orientation.Horizontal) or "")
    columns = model.columnCount() if isinstance(view, QTableView) else 1
    for row in range(min(model.rowCount(), 20)):
        for column in range(columns):
            yield str(model.index(row, column).data() or "")


def unmarked(root: QWidget, known: str) -> list[str]:
    found = []
    for where, text in shown(root):
        rest = without_marked(text.replace("&", ""))
        words = [word for word in _WORD.findall(rest) if word.casefold() not in known]
        if words:
            found.append(f"{where}: {text!r}")
    return found


def test_every_text_of_every_page_and_dialog_is_translated(
    demo_window: Program, pseudo: None
) -> None:
    known = known_words(Path(demo_window.desk.desk.folder.root))  # type: ignore[union-attr]
    found: set[str] = set()
    qts = " ok cancel close yes no back next finish help browse show hide details apply"

    def look(name: str, widget: QWidget) -> None:
        own = qts if isinstance(widget, QMessageBox | QWizard) else ""
        found.update(f"{name}: {one}" for one in unmarked(widget, known + own))

    seen = Tour(demo_window).walk(look)
    assert len(seen) >= 30
    assert not found, "\n".join(sorted(found))


def unkeyed(text: str) -> list[str]:
    """Unmarked words that are not the name of a shortcut."""
    return _WORD.findall(
        re.sub(r"\((Ctrl|Alt|Shift|Del|Return|F\d)[^()]*\)$", "", without_marked(text))
    )


def test_every_command_of_every_menu_is_translated(demo_window: Program, pseudo: None) -> None:
    window = demo_window.window
    for one in window.entries:
        window.go_to(one.name)
    actions = window.findChildren(QAction)
    spoken = [a.text() for a in actions] + [a.toolTip() for a in actions]
    assert len(spoken) > 60
    assert [s for s in spoken if unkeyed(s)] == []


def test_the_sweep_finds_a_text_that_nobody_marked(qtbot: QtBot, pseudo: None) -> None:
    root = QWidget()
    qtbot.addWidget(root)
    label = QLabel("Forgotten: Bakkerij", root)
    root.show()
    assert unmarked(root, "bakkerij") == ["QLabel : 'Forgotten: Bakkerij'"]
    label.setText(f"{i18n.translate('Remembered')}: Bakkerij")
    assert unmarked(root, "bakkerij") == []

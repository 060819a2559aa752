"""The whole window for those who do not use a mouse, or listen to it: names, keyboard, contrast."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ledgerdesk.ui import style
from ledgerdesk.ui.application import Program
from tests.ui.conftest import unnamed
from tests.ui.test_style import contrast
from tests.ui.tour import Tour

pytestmark = pytest.mark.long

_CONTROLS = (QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit)


def unreachable(root: QWidget) -> list[str]:
    """Controls on screen that the Tab key never comes to."""
    found = []
    for widget in root.findChildren(QWidget):
        if not isinstance(widget, _CONTROLS) or not widget.isVisible() or not widget.isEnabled():
            continue
        if widget.objectName().startswith("qt_") or _is_part(widget):
            continue
        if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            found.append(f"{type(widget).__name__} {widget.objectName()}")
    return found


def _is_part(widget: QWidget) -> bool:
    """Inside another control, which is what the keyboard comes to."""
    parent = widget.parentWidget()
    while parent is not None and not parent.isWindow():
        if isinstance(parent, _CONTROLS):
            return True
        parent = parent.parentWidget()
    return False


def silent(tree: Any, path: str = "") -> list[str]:
    """What the tree that a screen reader walks holds without a name, though it takes the focus."""
    if tree is None:
        return []
    found = []
    role = tree.role().name
    here = f"{path}/{role}"
    state = tree.state()
    if state.invisible:
        return []
    is_item = role in ("Cell", "ListItem", "TreeItem", "RowHeader", "ColumnHeader", "Row")
    if (
        state.focusable
        and not is_item
        and role not in ("Window", "Client", "Pane")
        and not tree.text(QAccessible.Text.Name)
    ):
        found.append(here)
    if is_item or role in ("Table", "List", "Tree"):
        return found
    for number in range(tree.childCount()):
        found += silent(tree.child(number), here)
    return found


def test_everything_that_takes_the_focus_has_a_name_and_is_reached_by_keyboard(
    demo_window: Program,
) -> None:
    faults: list[str] = []

    def look(name: str, widget: QWidget) -> None:
        faults.extend(f"{name}: no name: {one}" for one in unnamed(widget))
        faults.extend(f"{name}: not reached by Tab: {one}" for one in unreachable(widget))

    seen = Tour(demo_window).walk(look)
    assert len(seen) >= 30
    assert faults == []


def test_the_tree_that_a_screen_reader_walks_has_no_silent_control(demo_window: Program) -> None:
    faults: list[str] = []
    QAccessible.setActive(True)

    def look(name: str, widget: QWidget) -> None:
        tree = QAccessible.queryAccessibleInterface(widget)
        faults.extend(f"{name}: {one}" for one in silent(tree))

    try:
        Tour(demo_window).walk(look)
    finally:
        QAccessible.setActive(False)
    assert faults == []


def test_the_sweep_finds_a_control_without_name_and_one_out_of_reach(qtbot: QtBot) -> None:
    root = QWidget()
    qtbot.addWidget(root)
    button = QPushButton("", root)
    other = QPushButton("Named", root)
    other.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    root.show()
    assert unnamed(root) == ["QPushButton "]
    assert unreachable(root) == ["QPushButton "]
    assert silent(QAccessible.queryAccessibleInterface(root)) != []
    button.setText("Named too")
    other.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    assert unnamed(root) == unreachable(root) == []
    assert silent(QAccessible.queryAccessibleInterface(root)) == []


@pytest.mark.parametrize("appearance", [style.LIGHT, style.DARK])
def test_texts_of_the_palette_have_a_contrast_of_4_5(appearance: str) -> None:
    colours = style.LIGHT_COLOURS if appearance == style.LIGHT else style.DARK_COLOURS
    made = style.palette(colours)
    role = QPalette.ColorRole
    pairs = [
        (role.WindowText, role.Window),
        (role.Text, role.Base),
        (role.Text, role.AlternateBase),
        (role.ButtonText, role.Button),
        (role.HighlightedText, role.Highlight),
        (role.PlaceholderText, role.Base),
        (role.Link, role.Window),
        (role.ToolTipText, role.ToolTipBase),
    ]
    ratios = {
        f"{front.name} on {back.name}": contrast(made.color(front).name(), made.color(back).name())
        for front, back in pairs
    }
    assert {name: ratio for name, ratio in ratios.items() if ratio < 4.5} == {}

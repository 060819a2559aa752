"""Small things every file of the window uses."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QPushButton, QWidget

W = TypeVar("W", bound=QWidget)


def named(widget: W, name: str) -> W:
    """``widget`` with an object name: style sheet and tests find it by that."""
    widget.setObjectName(name)
    return widget


def push_button(name: str, *, primary: bool = False) -> QPushButton:
    """A button without text yet; ``primary`` is the one thing to do, and stands out."""
    button = named(QPushButton(), name)
    button.setProperty("primary", primary)
    return button


def repolish(widget: QWidget) -> None:
    """Has the style sheet looked at again: a property it asks for changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)

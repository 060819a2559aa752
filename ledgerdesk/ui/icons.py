"""Our own icons: simple drawings in one colour, which is the palette's.

An SVG says ``currentColor``; it is drawn in the colour of the text it stands beside, so light, dark
and high contrast need no second drawing. ``set_icon`` remembers the name, ``recolour`` draws all of
a window's anew.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPalette, QPixmap

from ledgerdesk import paths

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QAbstractButton, QWidget

_SIZES = (16, 20, 40)
_PROPERTY = "iconName"
_kept: dict[tuple[str, str, str, tuple[int, ...]], QIcon] = {}


def icon(
    name: str,
    role: QPalette.ColorRole = QPalette.ColorRole.WindowText,
    sizes: tuple[int, ...] = _SIZES,
) -> QIcon:
    """The icon ``resources/icons/<name>.svg`` in the colours of now. Made once per colour.

    ``name`` may say a colour of ``style.Colours`` after a colon (``ok:good``); a word has to stand
    beside such an icon.
    """
    name, _, tint = name.partition(":")
    palette = QGuiApplication.palette()
    normal = _tinted(tint) if tint else palette.color(QPalette.ColorGroup.Active, role)
    faint = palette.color(QPalette.ColorGroup.Disabled, role)
    key = (name, normal.name(), faint.name(), sizes)
    if key not in _kept:
        made = QIcon()
        for size in sizes:
            drawn = _draw(name, size, normal)
            made.addPixmap(drawn, QIcon.Mode.Normal)
            made.addPixmap(_draw(name, size, faint), QIcon.Mode.Disabled)
            # A chosen line has the text's colour too, not the tint Qt would give the picture.
            made.addPixmap(drawn, QIcon.Mode.Selected)
        _kept[key] = made
    return _kept[key]


def pixmap(name: str, size: int, colour: QColor | None = None) -> QPixmap:
    """One icon as a picture, ``size`` device-independent pixels wide."""
    name, _, tint = name.partition(":")
    faint = QGuiApplication.palette().color(QPalette.ColorRole.PlaceholderText)
    chosen = colour or (_tinted(tint) if tint else faint)
    return _draw(name, size, chosen)


def promise_icon(target: QAction | QAbstractButton, name: str) -> None:
    """Gives ``target`` the icon when ``recolour`` is called: nobody sees it before."""
    target.setProperty(_PROPERTY, name)


def set_icon(target: QAction | QAbstractButton, name: str) -> None:
    """Gives ``target`` the icon, now and whenever the colours change."""
    promise_icon(target, name)
    target.setIcon(icon(name))


def recolour(root: QWidget) -> None:
    """Draws every icon below ``root`` in the colours of now."""
    from PySide6.QtCore import QObject
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QAbstractButton

    for child in root.findChildren(QObject):
        name = child.property(_PROPERTY)
        if name and isinstance(child, QAction | QAbstractButton):
            child.setIcon(icon(name))


def _tinted(name: str) -> QColor:
    from ledgerdesk.ui import style

    return QColor(getattr(style.colours(), name))


def _draw(name: str, size: int, colour: QColor) -> QPixmap:
    ratio = _ratio()
    pixels = round(size * ratio)
    source = _source(name).replace("currentColor", colour.name())
    # Through the picture itself: QSvgRenderer and QPainter would cost the first paint 4 ms.
    source = source.replace("<svg ", f'<svg width="{pixels}" height="{pixels}" ', 1)
    drawn = QPixmap()
    drawn.loadFromData(source.encode(), "SVG")
    drawn.setDevicePixelRatio(ratio)
    return drawn


def _ratio() -> float:
    application = QGuiApplication.instance()
    assert isinstance(application, QGuiApplication)
    return application.devicePixelRatio()


@cache
def _source(name: str) -> str:
    return (paths.resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def window_icon() -> QIcon:
    """The program's own icon, in its own colours."""
    return QIcon(str(paths.resources() / "icons" / "ledgerdesk.svg"))

"""How the window looks: Fusion on every system, one light and one dark set of colours.

Contrast: text at least 4.5 to 1 against what is behind it, borders of controls and the focus ring
at least 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11); a test computes them.
"""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from ledgerdesk import paths

SYSTEM, LIGHT, DARK = "system", "light", "dark"


class Colours(NamedTuple):
    window: str
    base: str
    stripe: str
    text: str
    faint: str
    disabled: str
    border: str
    line: str
    button: str
    accent: str
    on_accent: str
    chosen: str
    on_chosen: str
    error: str
    good: str
    warning: str
    grey: str
    banner: str


LIGHT_COLOURS = Colours(
    window="#f5f6f8",
    base="#ffffff",
    stripe="#f8f9fb",
    text="#1b1f24",
    faint="#57606a",
    disabled="#868e96",
    border="#858c94",
    line="#d9dde2",
    button="#ffffff",
    accent="#1a5f93",
    on_accent="#ffffff",
    chosen="#d6e6f3",
    on_chosen="#10222f",
    error="#b3261e",
    good="#1b6e3a",
    warning="#8a5300",
    grey="#5f6871",
    banner="#fdf3d8",
)
DARK_COLOURS = Colours(
    window="#1d2024",
    base="#25292e",
    stripe="#2a2e34",
    text="#eceff2",
    faint="#aab2bb",
    disabled="#7b838c",
    border="#7d8691",
    line="#3a4047",
    button="#2f343a",
    accent="#6db3e8",
    on_accent="#0c1a24",
    chosen="#274a65",
    on_chosen="#ffffff",
    error="#ff9a90",
    good="#7fd6a0",
    warning="#f2c063",
    grey="#aab2bb",
    banner="#40371f",
)

_FONTS = ("Segoe UI Variable Text", "Segoe UI", "SF Pro Text", "Cantarell", "Noto Sans")
_POINTS = 10.0


def is_dark(appearance: str) -> bool:
    """Whether ``appearance`` (system, light, dark) means dark colours now.

    Fusion's own palette follows the system, whatever ours is. (Asking for the colour scheme itself
    would cost the first paint 16 ms: its type brings all enums of the namespace ``Qt``.)
    """
    if appearance in (LIGHT, DARK):
        return appearance == DARK
    systems = QApplication.style().standardPalette()
    return systems.color(QPalette.ColorRole.Window).lightness() < 128


def colours() -> Colours:
    """The set in use."""
    return DARK_COLOURS if _window_colour().lightness() < 128 else LIGHT_COLOURS


def _window_colour() -> QColor:
    return QGuiApplication.palette().color(QPalette.ColorRole.Window)


def prepare(application: QApplication) -> None:
    """Once, before the first widget: style and font."""
    if application.style().objectName() != "fusion":
        application.setStyle("Fusion")
    font = QFont(application.font())
    font.setFamilies([*_FONTS, *application.font().families()])
    font.setPointSizeF(max(_POINTS, font.pointSizeF()))
    application.setFont(font)


def use(application: QApplication, appearance: str) -> None:
    """The colours of ``appearance``; every widget follows at once."""
    chosen = DARK_COLOURS if is_dark(appearance) else LIGHT_COLOURS
    application.setPalette(palette(chosen))
    application.setStyleSheet(sheet(chosen))


def palette(c: Colours) -> QPalette:
    roles = QPalette.ColorRole
    made = QPalette()
    for role, colour in {
        roles.Window: c.window,
        roles.WindowText: c.text,
        roles.Base: c.base,
        roles.AlternateBase: c.stripe,
        roles.Text: c.text,
        roles.Button: c.button,
        roles.ButtonText: c.text,
        roles.BrightText: c.error,
        roles.PlaceholderText: c.faint,
        roles.Highlight: c.chosen,
        roles.HighlightedText: c.on_chosen,
        roles.Accent: c.accent,
        roles.Link: c.accent,
        roles.LinkVisited: c.accent,
        roles.ToolTipBase: c.base,
        roles.ToolTipText: c.text,
        roles.Light: c.base,
        roles.Midlight: c.line,
        roles.Mid: c.border,
        roles.Dark: c.border,
        roles.Shadow: c.border,
    }.items():
        made.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText, roles.HighlightedText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(c.disabled))
    return made


def _tick(c: Colours) -> str:
    """A style sheet draws pictures from files only."""
    name = "dark" if c is DARK_COLOURS else "light"
    return (paths.resources() / "style" / f"tick-{name}.svg").as_posix()


def _inputs(c: Colours) -> str:
    """What is typed in, ticked and pressed."""
    return f"""
QLineEdit, QPlainTextEdit, QComboBox, QDateEdit {{ background: {c.base}; color: {c.text};
    border: 1px solid {c.border}; border-radius: 5px; padding: 5px 7px;
    selection-background-color: {c.accent}; selection-color: {c.on_accent}; }}
QComboBox, QDateEdit {{ padding-right: 22px; }}
QComboBox::drop-down, QDateEdit::drop-down {{ border: none; width: 22px; }}
QComboBox::down-arrow, QDateEdit::down-arrow {{ image: none; width: 0; height: 0; margin-right: 8px;
    border-left: 4px solid {c.base}; border-right: 4px solid {c.base};
    border-top: 5px solid {c.text}; }}
QComboBox QAbstractItemView {{ background: {c.base}; border: 1px solid {c.border}; outline: 0; }}
QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus, QDateEdit:focus {{
    border: 2px solid {c.accent};
    padding: 4px 6px; }}
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled,
QDateEdit:disabled {{ color: {c.disabled}; }}
QPushButton, QToolButton {{ background: {c.button}; color: {c.text}; border: 1px solid {c.border};
    border-radius: 5px; padding: 5px 12px; min-height: 18px; }}
QToolButton {{ padding: 5px 9px; }}
QToolButton::menu-indicator {{ image: none; }}
QPushButton:hover, QToolButton:hover {{ background: {c.stripe}; }}
QPushButton:pressed, QToolButton:pressed, QToolButton:checked {{ background: {c.chosen}; }}
QPushButton:focus, QToolButton:focus {{ border: 2px solid {c.accent}; padding: 4px 11px; }}
QToolButton:focus {{ padding: 4px 8px; }}
QPushButton:disabled, QToolButton:disabled {{ color: {c.disabled}; border-color: {c.line}; }}
QPushButton[primary="true"], QToolButton[primary="true"] {{ background: {c.accent};
    color: {c.on_accent}; border-color: {c.accent}; }}
QPushButton[primary="true"]:focus, QToolButton[primary="true"]:focus {{
    border: 2px solid {c.text}; }}
QPushButton[primary="true"]:disabled, QToolButton[primary="true"]:disabled {{
    background: {c.line}; color: {c.disabled}; border-color: {c.line}; }}
QToolButton[flat="true"] {{ border-color: transparent; background: transparent; }}
QToolButton[flat="true"]:focus {{ border: 2px solid {c.accent}; }}
QCheckBox, QRadioButton {{ spacing: 8px; }}
QRadioButton::indicator {{ width: 13px; height: 13px; background: {c.base};
    border: 1px solid {c.border}; border-radius: 7px; }}
QRadioButton::indicator:hover, QRadioButton::indicator:focus {{ border-color: {c.accent}; }}
QRadioButton::indicator:checked {{ width: 5px; height: 5px; border: 5px solid {c.accent}; }}
QRadioButton:focus {{ color: {c.accent}; }}
QCheckBox::indicator, QTableView::indicator {{ width: 15px; height: 15px; background: {c.base};
    border: 1px solid {c.border}; border-radius: 3px; }}
QCheckBox::indicator:hover, QCheckBox::indicator:focus {{ border-color: {c.accent}; }}
QCheckBox::indicator:checked, QTableView::indicator:checked {{ background: {c.accent};
    border-color: {c.accent}; image: url({_tick(c)}); }}
QCheckBox::indicator:disabled {{ background: {c.line}; border-color: {c.line}; }}
QCheckBox:focus {{ color: {c.accent}; }}
"""


def _tabs_and_scroll_bars(c: Colours) -> str:
    return f"""QTabBar {{ background: transparent; }}
QTabBar::tab {{ background: transparent; color: {c.faint}; border: 2px solid transparent;
    border-bottom: 3px solid transparent; border-radius: 4px; padding: 6px 12px;
    margin-right: 4px; }}
QTabBar::tab:hover {{ background: {c.stripe}; }}
QTabBar::tab:selected {{ color: {c.text}; border-bottom-color: {c.accent}; }}
QTabBar:focus::tab:selected {{ border-color: {c.accent}; }}
QScrollBar {{ background: transparent; border: none; margin: 0; }}
QScrollBar:vertical {{ width: 12px; }}
QScrollBar:horizontal {{ height: 12px; }}
QScrollBar::handle {{ background: {c.border}; border-radius: 4px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::handle:hover {{ background: {c.faint}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}"""


def sheet(c: Colours) -> str:
    """What the palette cannot say: rings, margins, the one button that stands out."""
    return f"""{_inputs(c)}
QWidget#navigation {{ background: {c.base}; border: none; border-right: 1px solid {c.line};
    padding: 10px 8px; outline: 0; }}
QWidget#navigation::item {{ padding: 8px 10px; border-radius: 6px; margin: 1px 0;
    border: 2px solid transparent; color: {c.text}; }}
QWidget#navigation::item:hover {{ background: {c.stripe}; }}
QWidget#navigation::item:selected {{ background: {c.chosen}; color: {c.on_chosen}; }}
QWidget#navigation::item:focus {{ border-color: {c.accent}; }}
QLabel#pageTitle {{ font-size: 17pt; font-weight: 600; }}
QLabel[fieldLabel="true"] {{ font-weight: 600; }}
QLabel[section="true"] {{ font-size: 12pt; font-weight: 600; }}
QLabel[help="true"], QLabel#stateSentence {{ color: {c.faint}; }}
QLabel[error="true"] {{ color: {c.error}; }}
QLabel[badge="true"] {{ color: {c.faint}; border: 1px solid {c.border}; border-radius: 9px;
    padding: 1px 9px; }}
QLabel[good="true"] {{ color: {c.good}; }}
QLabel#banner {{ background: {c.banner}; color: {c.text}; padding: 8px 14px;
    border-bottom: 1px solid {c.line}; }}
QFrame[notice="true"] {{ background: {c.banner}; border: 1px solid {c.line}; border-radius: 8px; }}
QFrame[card="true"] {{ background: {c.base}; border: 1px solid {c.line}; border-radius: 8px; }}
QTableView {{ background: {c.base}; border: 1px solid {c.line}; border-radius: 6px; }}
QTableView::item {{ padding: 0 8px; }}
QTableView::item:selected {{ background: {c.chosen}; color: {c.on_chosen}; }}
QTableView:focus {{ border: 2px solid {c.accent}; }}
QListWidget[options="true"] {{ background: {c.base}; border: 1px solid {c.border};
    border-radius: 6px; padding: 3px; outline: 0; }}
QListWidget[options="true"]:focus {{ border: 2px solid {c.accent}; padding: 2px; }}
QLabel#crumbs {{ color: {c.faint}; }}
QLabel[fingerprint="true"] {{ font-family: monospace; background: {c.stripe};
    border: 1px solid {c.line}; border-radius: 5px; padding: 6px 8px; }}
QHeaderView {{ background: {c.window}; }}
QHeaderView::section {{ background: {c.window}; color: {c.faint}; border: none;
    border-bottom: 1px solid {c.line}; padding: 6px 8px; font-weight: 600; }}
QScrollArea {{ border: none; background: transparent; }}
{_tabs_and_scroll_bars(c)}
QScrollArea > QWidget > QWidget#scrolled {{ background: transparent; }}
QStatusBar::item {{ border: none; }}
QProgressBar {{ border: none; border-radius: 3px; background: {c.line}; max-height: 6px; }}
QProgressBar::chunk {{ border-radius: 3px; background: {c.accent}; }}
"""

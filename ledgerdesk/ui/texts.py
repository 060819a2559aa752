"""Texts on screen: labels that never read HTML, and the languages of our texts and of Qt's own."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from ledgerdesk import i18n

_COUNTRY = "BE"
_qt_texts = QTranslator()


def plain_label(
    text: str = "", *, name: str = "", selectable: bool = False, parent: QWidget | None = None
) -> QLabel:
    """A label for any text, also from outside: it is shown as it is, never read as HTML."""
    from PySide6.QtCore import Qt

    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setObjectName(name)
    label.setText(text)
    if selectable:
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return label


def labelled(name: str, value: str) -> str:
    """A value with its name before it, as the language in use writes that."""
    return i18n.translate(i18n.N_("{name}: {value}")).format(name=name, value=value)


def use_language(code: str) -> None:
    """Our texts, Qt's own buttons and the locale's numbers and dates; ``code`` "": the computer's.

    Widgets that are there get a LanguageChange event from Qt and fetch their texts anew.
    """
    i18n.use(code or i18n.from_environment())
    language = i18n.language()
    QLocale.setDefault(locale())
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    application = QApplication.instance()
    if application is not None:
        # Replacing the translator, with or without a catalogue, sends LanguageChange to everybody.
        application.removeTranslator(_qt_texts)
        if _qt_texts.load(f"qtbase_{language}", folder):
            application.installTranslator(_qt_texts)


def wanted(code: str) -> str:
    """The language that ``use_language(code)`` would bring."""
    code = code or i18n.from_environment()
    return code if code in i18n.LANGUAGES else "en"


def in_use() -> str:
    """The language the widgets speak now."""
    return QLocale().name().split("_")[0]


def locale() -> QLocale:
    """How numbers, amounts and dates are written in the language in use."""
    language = i18n.language()
    country = "GB" if language == "en" else _COUNTRY
    return QLocale(f"{language}_{country}")

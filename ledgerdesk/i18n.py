"""Texts for people: the source language is English, catalogues are gettext files per language.

The language is a setting, else the environment's (LANGUAGE, LC_ALL, LANG), else English.
A text that a catalogue lacks falls back to English, so a new connector is never mute.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping

from ledgerdesk import paths

LANGUAGES = ("fr", "nl", "en", "de")

_catalogue: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def N_(text: str) -> str:
    """Marks a text for the catalogues; it is translated where it is shown."""
    return text


def translate(text: str) -> str:
    """``text`` in the current language."""
    return _catalogue.gettext(text) if text else ""


def language() -> str:
    """The language in use: one of LANGUAGES."""
    return _language


def from_environment(environment: Mapping[str, str] | None = None) -> str:
    """The first language of LANGUAGE, LC_ALL, LANG that LedgerDesk speaks, else English."""
    environment = os.environ if environment is None else environment
    for name in ("LANGUAGE", "LC_ALL", "LANG"):
        for value in environment.get(name, "").split(":"):
            code = value.split(".")[0].split("_")[0].lower()
            if code in LANGUAGES:
                return code
            if code in ("c", "posix"):
                return "en"
    return "en"


def use(code: str) -> None:
    """Switches to ``code``; unknown languages mean English."""
    global _catalogue, _language
    _language = code if code in LANGUAGES else "en"
    _catalogue = catalogue(_language)


def catalogue(code: str) -> gettext.NullTranslations:
    """The catalogue of one language: for texts in a client's language beside the user's."""
    if code == "en":
        return gettext.NullTranslations()
    return gettext.translation(
        "ledgerdesk", localedir=paths.resources() / "locale", languages=[code], fallback=True
    )

"""One name that every disk takes: Windows, macOS, Linux, Dropbox (facts/reliability.md §7)."""

from __future__ import annotations

import hashlib
import re
import unicodedata

LIMIT = 80
"""Bytes of UTF-8 in one segment, its suffix included."""

_SUFFIX = 9
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
# Control and format characters (also those that turn the reading direction), halves of surrogate
# pairs, line and paragraph separators: invisible at best.
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Devices on Windows with any extension; files that Dropbox or a system keeps for itself.
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"}
    | {f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"}
)
_SYSTEM = frozenset({"desktop.ini", "thumbs.db", "icon"})


def safe_segment(text: str, limit: int = LIMIT) -> str:
    """``text`` as one segment of a path, at most ``limit`` bytes long and never empty.

    A text that is safe already stays as it is; any other gets eight hex digits of its hash at the
    end, so that two texts do not become one name. Applied again it changes nothing.
    """
    cleaned = _cleaned(text)
    if cleaned == text and _fits(cleaned, limit):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[: _SUFFIX - 1]
    if _is_reserved(cleaned):
        cleaned = f"_{cleaned}"
    return f"{_cut(cleaned, limit - _SUFFIX) or '_'}-{digest}"


def plain_text(text: str) -> str:
    """``text`` on one line, without characters that a reader cannot see."""
    spaced = re.sub(r"[\s\u2028\u2029]+", " ", text)
    return _without_invisible(spaced).strip()


def _cleaned(text: str) -> str:
    visible = _without_invisible(unicodedata.normalize("NFC", _without_invisible(text)))
    mapped = _FORBIDDEN.sub("_", visible).strip(" ").rstrip(". ")
    # A leading dot hides the file, a leading tilde means a home or a temporary file.
    return f"_{mapped[1:]}" if mapped[:1] in (".", "~") else mapped


def _without_invisible(text: str) -> str:
    return "".join(one for one in text if unicodedata.category(one) not in _DROPPED)


def _fits(text: str, limit: int) -> bool:
    return bool(text) and len(text.encode()) <= limit and not _is_reserved(text)


def _is_reserved(text: str) -> bool:
    lowered = text.lower()
    return lowered in _SYSTEM or lowered.split(".")[0].rstrip(" ") in _DEVICES


def _cut(text: str, limit: int) -> str:
    return text.encode()[:limit].decode("utf-8", "ignore").rstrip(". ")

"""JSON Pointer (RFC 6901): one place in an answer. Twelve lines are less than a dependency."""

from __future__ import annotations

import re
from typing import Any

_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")


def is_pointer(text: str) -> bool:
    return _POINTER.fullmatch(text) is not None


def at(value: Any, pointer: str) -> Any:
    """What stands there; None where nothing does. The empty pointer is the whole value."""
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list):
            # "-" and leading zeros name no element that exists.
            is_index = re.fullmatch(r"0|[1-9][0-9]*", key) is not None and len(key) < 10
            value = value[int(key)] if is_index and int(key) < len(value) else None
        else:
            return None
    return value


def text_at(value: Any, pointer: str) -> str:
    """What stands there as text; empty where nothing useful does."""
    found = at(value, pointer) if pointer else None
    if isinstance(found, str):
        return found.strip()
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    return str(found) if is_number else ""

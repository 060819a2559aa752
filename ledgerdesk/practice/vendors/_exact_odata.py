"""The part of OData that Exact Online speaks, as strictly as the stand-in needs it."""

from __future__ import annotations

import base64
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

PAGE = 60

Row = dict[str, Any]


class Refused(Exception):
    """Answered with this status and sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(frozen=True)
class Property:
    """``kind``: guid, int32, int64, double, string, date, bool, binary. Binary is write-only."""

    kind: str = "string"
    writable: bool = False
    mandatory: bool = False


@dataclass(frozen=True)
class Resource:
    """One collection. ``methods`` are those it takes; ``key`` is one of its properties."""

    path: str
    type: str
    key: str
    properties: Mapping[str, Property]
    methods: frozenset[str] = frozenset({"GET"})


# --- asking ---------------------------------------------------------------------------------------

_OPTIONS = {"$select", "$filter", "$top", "$skiptoken"}
_TERM = re.compile(
    r"\s*(\w+) eq (guid'[^']*'|datetime'[^']*'|'(?:[^']|'')*'|-?\d+L?|true|false)\s*(?:and|$)"
)


def found(
    resource: Resource, rows: list[Row], query: Mapping[str, str], unfilterable: Container[str] = ()
) -> list[Row]:
    """The rows asked for, in order. Raises Refused."""
    if unknown := sorted(set(query) - _OPTIONS):
        raise Refused(400, f"The query parameter '{unknown[0]}' is not supported.")
    wanted = dict(_terms(resource, query.get("$filter", ""), unfilterable))
    return [row for row in rows if all(row.get(name) == one for name, one in wanted.items())]


def selected(resource: Resource, select: str) -> list[str]:
    """The names of the properties asked for: all, unless some are named. Raises Refused."""
    shown = [name for name, one in resource.properties.items() if one.kind != "binary"]
    if not select:
        return shown
    names = select.split(",")
    for name in names:
        if name not in resource.properties:
            raise Refused(400, f"The property '{name}' does not exist on {resource.type}.")
    return [name for name in names if name in shown]


def _terms(
    resource: Resource, text: str, unfilterable: Container[str]
) -> Iterator[tuple[str, Any]]:
    at = 0
    while at < len(text):
        term = _TERM.match(text, at)
        if term is None:
            raise Refused(400, f"The filter cannot be read at position {at}.")
        name, literal = term.groups()
        if name not in resource.properties or f"{resource.path}/{name}" in unfilterable:
            raise Refused(400, f"The property '{name}' cannot be filtered on.")
        yield name, _literal(resource.properties[name].kind, literal)
        at = term.end()


_SHAPES: Mapping[str, tuple[str, ...]] = {
    "guid": ("guid'",),
    "date": ("datetime'",),
    "string": ("'",),
    "bool": ("true", "false"),
}


def _literal(kind: str, text: str) -> Any:
    numbers = tuple("-0123456789")
    if not text.startswith(_SHAPES.get(kind, numbers)):
        raise Refused(400, f"A value of type {kind} is written differently: {text}")
    if kind == "guid":
        return _guid(text[5:-1])
    if kind == "date":
        return _date(text[9:-1])
    if kind == "bool":
        return text == "true"
    return text[1:-1].replace("''", "'") if kind == "string" else int(text.rstrip("L"))


# --- being given ----------------------------------------------------------------------------------


def accepted(resource: Resource, given: Any) -> Row:
    """A new row out of a POST. Raises Refused: 400 for what cannot be read, 500 for what is
    missing (Exact Online says so with 500)."""
    if not isinstance(given, dict):
        raise Refused(400, "The body must be one object.")
    row: Row = {}
    for name, value in given.items():
        one = resource.properties.get(name)
        if one is None or not one.writable:
            raise Refused(400, f"The property '{name}' is not valid for {resource.type}.")
        row[name] = _value(name, one.kind, value)
    for name, one in resource.properties.items():
        if one.mandatory and row.get(name) in (None, "", b""):
            raise Refused(500, f"Mandatory: {name}")
    return row


_PYTHON: Mapping[str, tuple[type[Any], ...]] = {
    "int32": (int,),
    "int64": (int,),
    "double": (int, float),
    "bool": (bool,),
}


def _value(name: str, kind: str, value: Any) -> Any:
    if value is None:
        return None
    right = _PYTHON.get(kind, (str,))
    if not isinstance(value, right) or (isinstance(value, bool) and kind != "bool"):
        raise Refused(400, f"The value of '{name}' has the wrong type.")
    try:
        if kind == "guid":
            return _guid(value)
        if kind == "date":
            return _date(value)
        if kind == "binary":
            return base64.b64decode(value, validate=True)
    except ValueError:
        raise Refused(400, f"The value of '{name}' cannot be read.") from None
    return value


def _guid(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        raise Refused(400, f"Not a guid: {text}")
    return str(UUID(text))


def _date(text: str) -> datetime:
    try:
        if "T" not in text:
            raise ValueError
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, f"Not a date: {text}") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


# --- answering ------------------------------------------------------------------------------------


def shown(resource: Resource, row: Row, names: list[str], base: str) -> Row:
    """A row as it travels: dates as ``/Date(ms)/``, 64-bit numbers quoted."""
    key = row.get(resource.key)
    literal = f"guid'{key}'" if resource.properties[resource.key].kind == "guid" else key
    uri = f"{base}/{resource.path}({literal})"
    out: Row = {"__metadata": {"uri": uri, "type": f"Exact.Web.Api.Models.{resource.type}"}}
    for name in names:
        kind, value = resource.properties[name].kind, row.get(name)
        if value is not None and kind == "date":
            out[name] = f"/Date({int(value.timestamp() * 1000)})/"
        elif value is not None and kind == "int64":
            out[name] = str(value)
        else:
            out[name] = value
    return out

"""One table of a profile's file, read key by key: what nobody asked for is a mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ledgerdesk.errors import ProfileInvalid
from ledgerdesk.i18n import N_, translate

_STATUSES = range(200, 600)
_Part = TypeVar("_Part")


class Table:
    """One table of the file; what was not asked for when it is ``done`` is not known."""

    def __init__(self, name: str, content: Mapping[str, Any]) -> None:
        self._name = name
        self._left = dict(content)

    def wrong(self, key: str, reason: str) -> ProfileInvalid:
        return ProfileInvalid(key=self._place(key), reason=translate(reason))

    def done(self) -> None:
        for key in self._left:
            raise self.wrong(key, N_("This key is not known here."))

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        value = self._left.pop(key, default)
        if not isinstance(value, str):
            raise self.wrong(key, N_("A text in quotes is needed."))
        if required and not value.strip():
            raise self.wrong(key, N_("It is missing."))
        return value

    def choice(self, key: str, known: tuple[str, ...], default: str = "") -> str:
        value = self.text(key, default)
        if value != default and value not in known:
            hint = translate(N_("Choose one of: {known}.")).format(known=", ".join(known))
            raise ProfileInvalid(key=self._place(key), reason=hint)
        return value

    def choices(
        self, key: str, known: tuple[str, ...], default: tuple[str, ...]
    ) -> tuple[str, ...]:
        values = self.texts(key, default)
        if not values or not set(values) <= set(known):
            hint = translate(N_("Choose one of: {known}.")).format(known=", ".join(known))
            raise ProfileInvalid(key=self._place(key), reason=hint)
        return values

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        values = self._left.pop(key, list(default))
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise self.wrong(key, N_("A list of texts is needed."))
        return tuple(values)

    def flag(self, key: str, default: bool) -> bool:
        value = self._left.pop(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, N_("Either true or false is needed."))
        return value

    def number(self, key: str) -> int:
        value = self._left.pop(key, 0)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong(key, N_("A number from 0 on is needed."))
        return value

    def statuses(self, key: str, default: tuple[int, ...]) -> tuple[int, ...]:
        values = self._left.pop(key, list(default))
        if not isinstance(values, list) or not all(one in _STATUSES for one in values):
            raise self.wrong(key, N_("A list of HTTP statuses is needed, as in [200, 201]."))
        return tuple(values)

    def content(self, key: str) -> dict[str, Any]:
        """A table whose keys are the vendor's own."""
        value = self._left.pop(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, N_("A table is needed."))
        return value

    def table(self, key: str, *, required: bool = False) -> Table:
        if required and key not in self._left:
            raise self.wrong(key, N_("It is missing."))
        return Table(self._place(key), self.content(key))

    def optional(self, key: str, read: Callable[[Table], _Part]) -> _Part | None:
        return read(self.table(key)) if key in self._left else None

    def tables(self, key: str) -> list[Table]:
        values = self._left.pop(key, [])
        if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
            raise self.wrong(key, N_("A list of tables is needed, as in [[field]]."))
        return [Table(f"{self._place(key)}.{at}", one) for at, one in enumerate(values, 1)]

    def names(self) -> list[str]:
        return list(self._left)

    def _place(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key

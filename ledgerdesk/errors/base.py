"""The root of the error tree: what every error can say, and what the queue does with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from ledgerdesk.i18n import N_, translate


class Disposition(StrEnum):
    """What the queue does with a delivery that met the error (design.md §8)."""

    RETRY = "retry"
    REAUTHENTICATE = "reauthenticate"
    BLOCK = "block"
    REJECT = "reject"
    UNKNOWN = "unknown"
    DONE = "done"


class Owner(StrEnum):
    """Who must act before it goes on."""

    YOU = "you"
    CLIENT = "client"
    BANK = "bank"
    PACKAGE = "package"
    IT = "it"


class Scope(StrEnum):
    """What a blocking error stops: nothing wider than this."""

    ACCOUNT = "account"
    CONNECTION = "connection"
    CONFIGURATION = "configuration"
    LINK = "link"
    DELIVERY = "delivery"


class LedgerDeskError(Exception):
    """Base of all errors a person may read.

    ``params`` fill the sentences and travel as ``detail`` in JSON; never put a secret in them.
    ``field`` names the form field at fault, where there is one. ``retry_after`` is in seconds.
    """

    code: ClassVar[str] = "error"
    problem: ClassVar[str] = N_("Something did not work.")
    cause: ClassVar[str] = ""
    remedy: ClassVar[str] = ""
    owner: ClassVar[Owner] = Owner.YOU
    disposition: ClassVar[Disposition] = Disposition.BLOCK
    scope: ClassVar[Scope] = Scope.CONNECTION
    exit_code: ClassVar[int] = 2

    def __init__(
        self, *, field: str | None = None, retry_after: float | None = None, **params: object
    ) -> None:
        self.field = field
        self.retry_after = retry_after
        self.params: Mapping[str, object] = params
        super().__init__(self.code)

    def text(self) -> str:
        """The sentences in the current language: problem, cause, remedy."""
        return render(type(self), self.params)

    def sentences(self) -> tuple[str, str, str]:
        """Problem, cause and remedy apart, in the current language; what is not told is empty."""
        return _sentences(type(self), self.params)

    def __str__(self) -> str:
        return f"{self.code}: {self.text()}"


@dataclass(frozen=True, slots=True)
class Told:
    """A kept error as it is shown: in the language of now, not of when it happened."""

    code: str
    text: str
    owner: Owner


class _Blank(dict[str, object]):
    """Keeps a sentence readable when a parameter is missing."""

    def __missing__(self, key: str) -> str:
        return "?"


def render(kind: type[LedgerDeskError], params: Mapping[str, object]) -> str:
    """Problem, cause and remedy of ``kind`` as one text in the current language."""
    return " ".join(part for part in _sentences(kind, params) if part)


def _sentences(kind: type[LedgerDeskError], params: Mapping[str, object]) -> tuple[str, str, str]:
    values = _Blank(params)
    problem, cause, remedy = (
        _sentence(translate(part).format_map(values).strip())
        for part in (kind.problem, kind.cause, kind.remedy)
    )
    return problem, cause, remedy


def _sentence(text: str) -> str:
    """What an operating system or a server says has no full stop of its own."""
    return text if not text or text.endswith((".", "!", "?", "…", ":")) else f"{text}."


def by_code(code: str) -> type[LedgerDeskError]:
    """The class with ``code``; the base class for a code this version does not know."""
    pending: list[type[LedgerDeskError]] = [LedgerDeskError]
    while pending:
        kind = pending.pop()
        if kind.code == code:
            return kind
        pending.extend(kind.__subclasses__())
    return LedgerDeskError


def _told_as(kind: type[LedgerDeskError], name: str) -> type[LedgerDeskError]:
    """The class below ``kind`` that shares its code and is called ``name``."""
    return next((one for one in kind.__subclasses__() if name and one.__name__ == name), kind)


def to_record(error: LedgerDeskError) -> dict[str, Any]:
    """``error`` as JSON that can be kept and told again later in any language."""
    params = {name: str(value) for name, value in error.params.items()}
    record = {"code": error.code, "params": params, "field": error.field}
    if "code" not in vars(type(error)):
        # One code, several sentences: which one, for when it is told again.
        record["told_as"] = type(error).__name__
    return record


def from_record(record: Mapping[str, Any]) -> Told | None:
    """None for an empty record: there was no error."""
    if not record:
        return None
    kind = _told_as(by_code(record["code"]), record.get("told_as", ""))
    return Told(record["code"], render(kind, record.get("params", {})), kind.owner)

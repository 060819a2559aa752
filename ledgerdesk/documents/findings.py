"""How the readers of this room say what they noticed, and that a file must be held."""

from __future__ import annotations

import re

from ledgerdesk.model import Finding, HeldReason, Severity

_LONGEST = 200
_KEPT = 1000
# Controls, and the marks that turn the reading direction round: never shown, never logged.
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class Refused(Exception):
    """Ends the reading of one file. Never leaves this room: ``read`` turns it into a verdict."""

    def __init__(self, held: HeldReason, *findings: Finding) -> None:
        super().__init__(held)
        self.held = held
        self.findings = findings


def fatal(rule: str, text: str, **params: object) -> Finding:
    return _finding(Severity.FATAL, rule, text, params)


def warning(rule: str, text: str, **params: object) -> Finding:
    return _finding(Severity.WARNING, rule, text, params)


def info(rule: str, text: str, **params: object) -> Finding:
    return _finding(Severity.INFO, rule, text, params)


def clean(text: str) -> str:
    """``text`` as one line without control characters: a number may hide ``&#10;Bcc: …``.

    At most a thousand characters: a name of 80 MB is not kept in any list.
    """
    start = text[:_KEPT]
    if not (start.isascii() and start.isprintable()):
        start = _UNSHOWABLE.sub(" ", start)
    return " ".join(start.split())


def shown(value: object) -> str:
    """``value`` as one short clean line: fit for a table, a log, a mail."""
    text = clean(str(value))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _finding(severity: Severity, rule: str, text: str, params: dict[str, object]) -> Finding:
    return Finding(rule, severity, text, {name: shown(value) for name, value in params.items()})

"""How the tray shows things: its icon, what it says, what its menu offers; functions of how things
stand and of nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui.deliveries import words


class Sign(StrEnum):
    """What is drawn at the icon's lower right: a shape of its own for each, never colour alone."""

    NONE = ""
    PROBLEM = "problem"
    PAUSED = "paused"
    SENDING = "sending"


@dataclass(frozen=True, slots=True)
class Standing:
    """``problems`` need a person, ``waiting`` goes out by itself. ``is_open``: the books are."""

    problems: int = 0
    waiting: int = 0
    is_sending: bool = False
    is_paused: bool = False
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Face:
    sign: Sign
    tip: str
    can_send: bool


def face(how: Standing) -> Face:
    """Problems first: a pause or a run must not hide them."""
    return Face(_sign(how), _tip(how), how.is_open and not how.is_sending)


def _sign(how: Standing) -> Sign:
    if how.problems:
        return Sign.PROBLEM
    if how.is_sending:
        return Sign.SENDING
    return Sign.PAUSED if how.is_paused else Sign.NONE


def _tip(how: Standing) -> str:
    said = []
    if how.problems:
        said.append(translate(N_("Needs you: {count}")).format(count=words.number(how.problems)))
    if how.is_sending:
        said.append(translate(N_("Sending documents")))
    if how.is_paused:
        said.append(translate(N_("Paused")))
    if how.waiting:
        text = translate(N_("On its way: {documents}"))
        said.append(text.format(documents=words.documents(how.waiting)))
    if not said:
        said.append(translate(N_("Nothing needs you")))
    return "LedgerDesk – " + ", ".join(said)

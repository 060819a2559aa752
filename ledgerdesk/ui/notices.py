"""What is worth a notification, and where a click on it leads: decided without a screen.

Each cause is told once, and again a day later while it is still there. What a person has seen is no
news: nobody is told of a cause that was there before and did not change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui.deliveries import words

if TYPE_CHECKING:
    from ledgerdesk.delivery.counts import Counts
    from ledgerdesk.ui.deliveries.remedies import Problem

AGAIN = timedelta(days=1)
_NAMED = 3
"""Causes named in one notification; the others are counted."""
PROBLEMS, ALL, NONE = "problems", "all", "none"


@dataclass(frozen=True, slots=True)
class Place:
    """A page, and what it is asked to show."""

    page: str
    what: tuple[tuple[str, str], ...] = ()


OVERVIEW = Place("overview")


@dataclass(frozen=True, slots=True)
class Notice:
    """``place`` is what a click opens; ``is_problem``: it is told with a warning's icon."""

    title: str
    text: str
    place: Place
    is_problem: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """``told`` is what to remember: when each open cause was told last."""

    notice: Notice | None
    told: Mapping[str, datetime]


def decide(
    problems: Sequence[Problem],
    told: Mapping[str, datetime],
    now: datetime,
    wanted: str = PROBLEMS,
) -> Decision:
    """``problems`` are those open now. A cause that ended is forgotten: when it comes back it is
    news again. A clock that was set back brings nothing twice."""
    open_ = {key_of(one): one for one in problems}
    news = [key for key in open_ if key not in told or now - told[key] >= AGAIN]
    remembered = {key: now if key in news else told[key] for key in open_}
    if wanted == NONE or not news:
        return Decision(None, remembered)
    return Decision(_notice([open_[key] for key in news]), remembered)


def key_of(problem: Problem) -> str:
    """The cause: not the delivery that happened to be the first of it, nor how many there are."""
    if not problem.key.startswith("delivery "):
        return problem.key
    return "\n".join((problem.kind, problem.title, *(f"{k}={v}" for k, v in problem.listed)))


def of_run(counts: Counts, wanted: str) -> Notice | None:
    """Told of a run that delivered something, where a person wants that too."""
    if wanted != ALL or not counts.delivered:
        return None
    text = translate(N_("Delivered: {documents}.")).format(
        documents=words.documents(counts.delivered)
    )
    place = Place("deliveries", (("state", "delivered"),))
    return Notice("LedgerDesk", text, place, is_problem=False)


def place_of(problem: Problem) -> Place:
    """Where the culprit is seen. Nothing is tried, sent or asked by only looking."""
    if problem.kind == "source":
        return Place("documents", (("tab", "sources"),))
    if problem.kind == "documents":
        return Place("documents", (("place", problem.id),))
    if problem.kind == "client":
        return Place("clients", (("client", problem.id),))
    if problem.kind == "sign_in":
        return Place("packages", (("configuration", problem.id),))
    if problem.kind == "settings":
        return Place("settings")
    return Place("deliveries", problem.listed) if problem.listed else OVERVIEW


def _notice(news: Sequence[Problem]) -> Notice:
    first = news[0]
    if len(news) == 1:
        return Notice(first.title, first.why, place_of(first))
    title = translate(N_("Needs you: {count}")).format(count=words.number(len(news)))
    return Notice(title, "\n".join(_lines(news)), OVERVIEW)


def _lines(news: Sequence[Problem]) -> Iterable[str]:
    yield from (f"• {one.title}" for one in news[:_NAMED])
    if len(news) > _NAMED:
        yield f"… ({len(news) - _NAMED})"

"""How the schedule is told: the next run, the pause, what was missed, in the language in use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui.deliveries import words

if TYPE_CHECKING:
    from ledgerdesk.delivery.schedules import Pause, Shown


def next_run(shown: Shown) -> str:
    """When LedgerDesk looks and sends by itself next, or why it does not."""
    if shown.pause is not None:
        return paused(shown.pause)
    at = next_at(shown)
    if at is None:
        return translate(N_("Next run: on request, when you press “Send now”."))
    if at <= datetime.now(UTC):
        return translate(N_("Next run: in a moment."))
    return translate(N_("Next run: {at}.")).format(at=words.moment(at))


def next_at(shown: Shown) -> datetime | None:
    """The next planned moment of all rules; None: nothing runs by itself."""
    rules = (shown.overall, *shown.own)
    return min((one.next_at for one in rules if one.next_at is not None), default=None)


def paused(pause: Pause) -> str:
    if pause.until is None:
        return translate(N_("Paused until you resume. “Send now” still works."))
    text = translate(N_("Paused until {at}. “Send now” still works."))
    return text.format(at=words.moment(pause.until))


def missed(shown: Shown) -> str:
    """“3 runs were missed while the computer slept…” of the last run, or ""."""
    from ledgerdesk.delivery import plan

    last = next(iter(shown.runs), None)
    if last is None or last.reason not in list(plan.Reason):
        return ""
    return plan.told(plan.Reason(last.reason), last.missed)


def own_rules(shown: Shown) -> Sequence[str]:
    """One line for each accounting package with a rule of its own."""
    from ledgerdesk.delivery import rules

    text = translate(N_("{name}: {value}"))
    return [text.format(name=one.name, value=rules.told(one.schedule)) for one in shown.own]

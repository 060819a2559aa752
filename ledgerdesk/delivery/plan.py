"""What one run is to do, and who or what asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ledgerdesk.delivery.schedule import Slot
from ledgerdesk.i18n import N_, translate


class Trigger(StrEnum):
    """Who or what began a run. ``REQUEST``: a person, in another process."""

    PERSON = "person"
    REQUEST = "request"
    SCHEDULE = "schedule"
    CATCH_UP = "catch_up"
    RETRY = "retry"
    ARRIVAL = "arrival"


class Reason(StrEnum):
    """Why a planned run was late."""

    ON_TIME = ""
    ASLEEP = "asleep"
    NOT_RUNNING = "not_running"
    PAUSED = "paused"
    METERED = "metered"
    BATTERY = "battery"
    CLOCK = "clock"
    FAILED = "failed"
    CUT_OFF = "cut_off"
    BUSY = "busy"


_LATE = {
    Reason.ASLEEP: N_("while the computer slept"),
    Reason.NOT_RUNNING: N_("while LedgerDesk was not running"),
    Reason.PAUSED: N_("during the pause"),
    Reason.METERED: N_("on a metered network"),
    Reason.BATTERY: N_("on battery"),
    Reason.CLOCK: N_("because the clock was changed"),
    Reason.FAILED: N_("because the run before failed"),
    Reason.CUT_OFF: N_("because LedgerDesk was stopped in the middle"),
    Reason.BUSY: N_("because the run before still went on"),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """``configurations``: only to these; None: to all. ``sources``: looks into these only; empty:
    into all. ``slots`` are the planned moments it stands for, with the configuration of each;
    ``answers`` the requests of other processes that were heard."""

    trigger: Trigger = Trigger.PERSON
    reason: Reason = Reason.ON_TIME
    missed: int = 0
    configurations: frozenset[str] | None = None
    sources: Sequence[str] = ()
    looks: bool = True
    sends: bool = True
    slots: tuple[tuple[str, Slot], ...] = ()
    answers: tuple[str, ...] = ()

    @property
    def by_person(self) -> bool:
        """Whether a person asked for it: that is a yes to all that waits (design.md §7)."""
        return self.trigger in (Trigger.PERSON, Trigger.REQUEST)


def told(reason: Reason, missed: int) -> str:
    """“3 runs were missed while the computer slept…”, or "" when there is nothing to tell."""
    if not missed or reason not in _LATE:
        return ""
    if missed == 1:
        text = translate(N_("1 run was missed {when}; this one made up for it."))
    else:
        text = translate(N_("{count} runs were missed {when}; this one made up for them."))
    return text.format(count=missed, when=translate(_LATE[reason]))

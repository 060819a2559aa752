"""When LedgerDesk looks and sends by itself, as the page of settings asks it: it acts at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.fields import Choice, Field, FieldKind
from ledgerdesk.ui import icons, schedule_words
from ledgerdesk.ui.forms import Form
from ledgerdesk.ui.page import Page
from ledgerdesk.ui.pausing import PauseMenu
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import push_button

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.delivery.schedule import Schedule
    from ledgerdesk.delivery.schedules import Shown

INTERVAL, TIMES, BY_HAND = "interval", "times", "by_hand"
_BY_ITSELF = (INTERVAL, TIMES)
_COUNTRIES = ("BE", "NL", "FR", "LU", "DE")
_COUNTRY_NAMES = (
    N_("Belgium"),
    N_("Netherlands"),
    N_("France"),
    N_("Luxembourg"),
    N_("Germany"),
)
_EVERY_DAY, _WORKING, _WITH_SATURDAY = "every", "working", "mon,tue,wed,thu,fri,sat"
_SPANS = {
    "mon,tue,wed,thu,fri": _WORKING,
    _WITH_SATURDAY: _WITH_SATURDAY,
    "mon,tue,wed,thu,fri,sat,sun": _EVERY_DAY,
}
_USUAL_TIMES = "08:30, 13:00, 17:00"
"""Until a person names others."""

FIELDS = (
    Field(
        "how",
        N_("Looks and sends by itself"),
        FieldKind.CHOICE,
        default=INTERVAL,
        choices=(
            Choice(INTERVAL, N_("Every so many minutes")),
            Choice(TIMES, N_("At fixed times")),
            Choice(BY_HAND, N_("Only when I send")),
        ),
    ),
    Field("every", N_("Minutes between two runs"), visible_when={"how": (INTERVAL,)}),
    Field(
        "times",
        N_("Times of day"),
        help=N_("As 08:30, 13:00, 17:30."),
        visible_when={"how": (TIMES,)},
    ),
    Field(
        "opens",
        N_("Not before"),
        required=False,
        help=N_("As 07:00. Empty: from midnight."),
        visible_when={"how": (INTERVAL,)},
    ),
    Field(
        "closes",
        N_("Not after"),
        required=False,
        help=N_("As 19:00. Empty: until midnight."),
        visible_when={"how": (INTERVAL,)},
    ),
    Field(
        "days",
        N_("Days"),
        FieldKind.CHOICE,
        default=_WORKING,
        choices=(
            Choice(_WORKING, N_("Monday to Friday")),
            Choice(_WITH_SATURDAY, N_("Monday to Saturday")),
            Choice(_EVERY_DAY, N_("Every day")),
        ),
        visible_when={"how": _BY_ITSELF},
    ),
    Field(
        "holidays",
        N_("Not on the public holidays of"),
        FieldKind.CHOICE,
        default="none",
        choices=(
            Choice("none", N_("No country: also on public holidays")),
            *(Choice(id, name) for id, name in zip(_COUNTRIES, _COUNTRY_NAMES, strict=True)),
        ),
        visible_when={"how": _BY_ITSELF},
    ),
)
_PART = {"at": "times", "from": "opens", "to": "closes"}
"""The service's names of what is wrong, where the form has others."""


class ScheduleCard(QWidget):
    """Of the page ``page``; ``show_schedule`` fills it."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._kept: dict[str, str] = {}
        self.form = Form(FIELDS)
        self.form.committed.connect(self._commit)
        self.next_run = plain_label(name="scheduleNext")
        self.own = plain_label(name="ownRules")
        self.own.setProperty("help", True)
        self.pause_button = push_button("pauseMenu")
        icons.set_icon(self.pause_button, "pause")
        self.menu = PauseMenu(page.shell.desk, page.shell.tell, self)
        self.pause_button.setMenu(self.menu)
        line = QHBoxLayout()
        line.addWidget(self.next_run, 1)
        line.addWidget(self.pause_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(line)
        layout.addWidget(self.own)
        layout.addWidget(self.form)

    def show_schedule(self, shown: Shown) -> None:
        self.next_run.setText(schedule_words.next_run(shown))
        self.menu.show_pause(shown.pause)
        lines = schedule_words.own_rules(shown)
        self.own.setText("\n".join(lines))
        self.own.setVisible(bool(lines))
        values = values_of(shown.overall.schedule)
        if values != self._kept:
            self._kept = values
            self.form.set_values(values)

    def retranslate(self) -> None:
        self.form.retranslate()
        self.menu.retranslate()
        self.pause_button.setText(translate(N_("Pause")))
        text = N_("Pause what runs by itself")
        self.pause_button.setAccessibleName(translate(text))

    def _commit(self, _name: str) -> None:
        given = self.form.values()
        if all(self._kept.get(name) == value for name, value in given.items()):
            self.form.clear_errors()
            return
        if not self.form.check():
            return
        self._page.shell.desk.run(
            lambda desk, _job: keep(desk, given), self._committed, self._refused, owner=self
        )

    def _committed(self, shown: Shown) -> None:
        self.form.clear_errors()
        self.show_schedule(shown)
        self._page.shell.say(translate(N_("Saved.")))

    def _refused(self, error: LedgerDeskError) -> None:
        error.field = _PART.get(error.field or "", error.field)
        self.form.show_errors([error])


def values_of(rule: Schedule) -> dict[str, str]:
    """What the form shows for a rule. Days and countries that it does not offer leave their field
    empty, and stay as they are."""
    from ledgerdesk.delivery import rules

    default = rules.DEFAULT
    kept = rules.to_values(rule if rule.is_on else default)
    days = ",".join(kept["days"])
    holidays = kept["holidays"] or "none"
    return {
        "how": (INTERVAL if rule.every else TIMES) if rule.is_on else BY_HAND,
        "every": str(kept["every"] or default.every),
        "times": ", ".join(kept["times"]) or _USUAL_TIMES,
        "opens": kept["from"] or "",
        "closes": kept["to"] or "",
        "days": _SPANS.get(days, ""),
        "holidays": holidays if holidays in ("none", *_COUNTRIES) else "",
    }


def keep(desk: Desk, given: dict[str, str]) -> Shown:
    """What was typed as the overall rule. Raises InvalidValue."""
    from ledgerdesk.delivery.rules import Wanted
    from ledgerdesk.errors import InvalidValue

    if given["how"] == BY_HAND:
        return desk.schedules.by_hand()
    days, holidays = given["days"] or None, given["holidays"] or None
    if given["how"] == TIMES:
        times = [one for one in given["times"].replace(";", ",").split(",") if one.strip()]
        return desk.schedules.set(Wanted(times=times, days=days, holidays=holidays))
    minutes = given["every"].strip()
    if not (minutes.isascii() and minutes.isdecimal()):
        name = translate(N_("the interval in minutes"))
        raise InvalidValue(field="every", value=minutes, name=name, hint="1–1440")
    return desk.schedules.set(
        Wanted(
            every=int(minutes),
            days=days,
            opens=given["opens"].strip(),
            closes=given["closes"].strip(),
            holidays=holidays,
        )
    )

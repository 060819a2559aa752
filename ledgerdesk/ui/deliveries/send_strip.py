"""The strip that tells of a run: how far each account is while it goes on, then what it brought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui import icons
from ledgerdesk.ui.background import Step, Task
from ledgerdesk.ui.deliveries import words
from ledgerdesk.ui.deliveries.lane_bars import Lane, LaneBars
from ledgerdesk.ui.page import Shell
from ledgerdesk.ui.texts import labelled, plain_label
from ledgerdesk.ui.widgets import named, push_button

if TYPE_CHECKING:
    from ledgerdesk.delivery.browse import LaneLeft
    from ledgerdesk.delivery.counts import Counts

_LOOK_MS = 500
_MOST = 6
"""Accounts shown at once, those with most to send first."""


class SendStrip(QFrame):
    """Hidden until something is sent; its result stays until it is closed or the next run."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.setObjectName("sendStrip")
        self.setProperty("card", True)
        self._shell = shell
        self._said = ""
        self._totals: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._asking: Task | None = None
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self._ask)
        self._build()
        self.hide()
        desk = shell.desk
        desk.sending_changed.connect(self._sending)
        desk.progressed.connect(self._progressed)
        desk.sent.connect(self._sent)
        desk.not_sent.connect(self._not_sent)
        if desk.is_sending:
            self._sending(True)

    def retranslate(self) -> None:
        self.stop_button.setText(translate(N_("Stop sending")))
        tip = N_("What is on its way comes to its end; the rest waits for the next time")
        self.stop_button.setToolTip(translate(tip))
        self.close_button.setText(translate(N_("Close")))
        self.close_button.setAccessibleName(translate(N_("Close what the run brought")))
        self._bar.setAccessibleName(translate(N_("Sending documents")))

    # --- a run ------------------------------------------------------------------------------------

    def _sending(self, sending: bool) -> None:
        self.stop_button.setVisible(sending)
        self._bar.setVisible(sending)
        self.close_button.setVisible(not sending)
        if sending:
            self._begin()
            return
        self._look.stop()
        self._forget_lanes()
        # A run that was stopped brings no counts.
        self.text.setText(
            self._said
            or translate(N_("Stopped. What was not sent waits for the next time; nothing is lost."))
        )

    def _begin(self) -> None:
        self._said = ""
        self._bar.setRange(0, 0)
        self.text.setText(translate(N_("Looking for new documents…")))
        self.stop_button.setEnabled(True)
        self.show()
        self._look.start()

    def _progressed(self, step: Step) -> None:
        self._bar.setRange(0, step.total or 0)
        self._bar.setValue(step.done)
        if step.total is None:
            self.text.setText(labelled(step.label, words.number(step.done)))
            return
        text = translate(N_("{what}: {done} of {total}"))
        done, total = words.number(step.done), words.number(step.total)
        self.text.setText(text.format(what=step.label, done=done, total=total))

    def _sent(self, counts: Counts) -> None:
        self._said = result(counts)

    def _not_sent(self, error: LedgerDeskError) -> None:
        self._said = error.text()

    def _stop(self) -> None:
        self.stop_button.setEnabled(False)
        self.text.setText(translate(N_("Stopping: what is on its way comes to its end…")))
        self._shell.desk.cancel_sending()

    # --- account by account -----------------------------------------------------------------------

    def _ask(self) -> None:
        if self._asking is None and self.isVisible() and self._shell.desk.is_open:
            self._asking = self._shell.desk.run(
                lambda desk, _job: desk.delivery_list.lanes(),
                self.show_lanes,
                lambda _error: None,
                owner=self,
            )
            self._asking.finished.connect(self._answered)

    def _answered(self) -> None:
        self._asking = None

    def show_lanes(self, lanes: Sequence[LaneLeft]) -> None:
        """What is left in each; a lane that is no longer among them is done."""
        if not self._shell.desk.is_sending:
            return
        left = {one.lane: one.left for one in lanes}
        for one in lanes:
            self._totals[one.lane] = max(self._totals.get(one.lane, 0), one.left)
            self._names[one.lane] = one.account or translate(N_("Mail account"))
        largest = sorted(self._totals, key=lambda one: -self._totals[one])[:_MOST]
        self.lanes.show_lanes(
            [
                Lane(self._names[one], self._totals[one] - left.get(one, 0), self._totals[one])
                for one in largest
            ]
        )

    def _forget_lanes(self) -> None:
        self.lanes.show_lanes(())
        self._totals.clear()

    def _build(self) -> None:
        self.text = plain_label(name="sendText", selectable=True)
        self._bar = named(QProgressBar(textVisible=False), "sendBar")
        self.stop_button = push_button("stopSending")
        icons.set_icon(self.stop_button, "stop")
        self.stop_button.clicked.connect(self._stop)
        self.close_button = push_button("closeResult")
        self.close_button.clicked.connect(self.hide)
        top = QHBoxLayout()
        top.addWidget(self.text, 1)
        top.addWidget(self.stop_button)
        top.addWidget(self.close_button)
        self.lanes = LaneBars()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 10, 12)
        layout.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self._bar)
        layout.addWidget(self.lanes)
        self.retranslate()


def result(counts: Counts) -> str:
    """What a run brought, and what is left, in one or two sentences."""
    said = [translate(N_("Taken in: {taken_in}. Delivered: {delivered}."))]
    later = counts.queued + counts.retrying
    you = counts.blocked + counts.unknown + counts.held + counts.unassigned + counts.no_destination
    if later:
        said.append(translate(N_("Tried again later: {later}.")))
    if you:
        said.append(translate(N_("Needs you: {you}.")))
    if not later and not you:
        said.append(translate(N_("Nothing waits.")))
    return " ".join(said).format(
        taken_in=words.number(counts.taken_in),
        delivered=words.number(counts.delivered),
        later=words.number(later),
        you=words.number(you),
    )

"""Overview: what needs somebody first, then what arrived today, and how everything is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui import icons, schedule_words
from ledgerdesk.ui.commands import Command
from ledgerdesk.ui.deliveries import health, remedies, words
from ledgerdesk.ui.deliveries.first_steps import FirstSteps, Progress
from ledgerdesk.ui.deliveries.problem_card import ProblemList
from ledgerdesk.ui.deliveries.send_strip import SendStrip
from ledgerdesk.ui.page import Page, Query
from ledgerdesk.ui.pausing import PauseMenu
from ledgerdesk.ui.states import State
from ledgerdesk.ui.texts import labelled, plain_label
from ledgerdesk.ui.widgets import named

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.delivery.browse import Arrived
    from ledgerdesk.delivery.counts import Counts
    from ledgerdesk.delivery.schedules import Shown as Schedule
    from ledgerdesk.model import Connection, MailAccount, Source
    from ledgerdesk.upkeep import Attention

_LAST = 6
_SIDE_BY_SIDE = 760
"""From this width on the cards stand beside each other."""


@dataclass(frozen=True, slots=True)
class Data:
    progress: Progress
    problems: Sequence[Attention]
    tried_again: Sequence[Attention]
    counts: Counts
    arrived: Arrived
    connections: Sequence[Connection]
    mail: MailAccount | None
    sources: Sequence[Source]
    schedule: Schedule


class OverviewPage(Page):
    name = "overview"
    title = N_("Overview")
    icon = "overview"
    search_hint = ""

    def make_commands(self) -> list[Command]:
        self.send = Command(
            self,
            N_("&Send now"),
            self.shell.desk.send_now,
            name="sendNow",
            tip=N_("Look for new documents and send everything that is due"),
            primary=True,
        )
        self.pause = Command(
            self,
            N_("&Pause"),
            name="pause",
            icon="pause",
            tip=N_("Nothing runs by itself for a while; “Send now” still works"),
        )
        self.pause_menu = PauseMenu(self.shell.desk, self.shell.tell, self)
        self.pause.setMenu(self.pause_menu)
        return [self.pause, self.send]

    def build(self) -> QWidget:
        go = self.shell.go_to
        self.strip = SendStrip(self.shell)
        self.steps = FirstSteps(
            (
                lambda: go("packages", new="online"),
                lambda: go("clients"),
                lambda: go("documents", tab="sources"),
            )
        )
        self.problems = ProblemList(
            lambda one: remedies.perform(self, one),
            lambda one: remedies.show_deliveries(self, one),
        )
        self.again = health.Card("triedAgain", lambda: go("deliveries", state="retrying"))
        self.arrived = health.Card("arrived", lambda: go("deliveries", state="delivered"))
        self.accounts = health.Card("accounts", lambda: go("packages"))
        self.sources = health.Card("sources", lambda: go("documents", tab="sources"))
        self._packages = plain_label(name="arrivedPackages")
        self._calm_icon = QLabel()
        self.calm = plain_label(name="calm")
        self.calm.setProperty("section", True)
        self.next_run = plain_label(name="nextRun")
        self.next_run.setProperty("help", True)
        self.shell.desk.sending_changed.connect(self._enable_send)
        return self._laid_out()

    def load(self, desk: Desk, query: Query) -> Data:
        counts = desk.status().counts
        sources = [one.source for one in desk.sources.listed(limit=None)]
        has_documents = bool(sources) or desk.documents.sum().taken_in > 0
        progress = Progress(
            bool(desk.configurations.listed(limit=1)),
            any(one.is_linked for one in desk.roster.listed()),
            has_documents,
        )
        midnight = datetime.combine(desk.clock.now().astimezone().date(), time.min).astimezone()
        problems = desk.problems()
        return Data(
            progress,
            remedies.needing_you(problems),
            remedies.tried_again(problems),
            counts,
            desk.delivery_list.arrived(midnight, _LAST),
            desk.connections.listed(limit=None),
            desk.mail_accounts.show(),
            sources,
            desk.schedules.shown(limit=1),
        )

    def show_data(self, data: Data) -> State | None:
        problems = [
            *remedies.of_attention(data.problems),
            *remedies.of_documents(data.counts),
        ]
        self.steps.show_progress(data.progress)
        self.steps.setVisible(not data.progress.is_complete)
        self.problems.set_problems(problems)
        self.problems.setVisible(bool(problems))
        self._show_calm(data, len(problems))
        self.again.set_lines(health.of_tried_again(data.tried_again[:_LAST]))
        self.again.setVisible(bool(data.tried_again))
        self._show_arrived(data.arrived)
        ending = remedies.ending(data.problems)
        self.accounts.set_lines(health.of_accounts(data.connections, data.mail, ending))
        self.sources.set_lines(health.of_sources(data.sources))
        self._below.setVisible(data.progress.has_package)
        self._enable_send()
        return None

    def retranslate(self) -> None:
        self.steps.retranslate()
        self.strip.retranslate()
        self.pause_menu.retranslate()
        self.again.title.setText(translate(N_("Tried again by itself")))
        self.again.button.setText(translate(N_("Show the deliveries")))
        self.arrived.empty.setText(translate(N_("Nothing arrived today yet.")))
        self.arrived.button.setText(translate(N_("All deliveries")))
        self.accounts.title.setText(translate(N_("Connected accounts")))
        self.accounts.empty.setText(translate(N_("No account is connected.")))
        self.accounts.button.setText(translate(N_("Accounting packages")))
        self.sources.title.setText(translate(N_("Sources")))
        self.sources.empty.setText(translate(N_("LedgerDesk looks nowhere by itself yet.")))
        self.sources.button.setText(translate(N_("All sources")))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "calm"):
            self.problems.recolour()
            self.steps.retranslate()
            for card in (self.again, self.arrived, self.accounts, self.sources):
                card.recolour()
            self._calm_icon.setPixmap(icons.pixmap("ok:good", 24))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_wide = event.size().width() >= _SIDE_BY_SIDE
        directions = QBoxLayout.Direction
        self._columns.setDirection(directions.LeftToRight if is_wide else directions.TopToBottom)

    # --- what it shows ----------------------------------------------------------------------------

    def _show_calm(self, data: Data, problems: int) -> None:
        later = data.counts.queued + data.counts.retrying
        if problems:
            text = translate(N_("Needs you: {count}")).format(count=words.number(problems))
        elif later:
            text = translate(N_("Nothing needs you."))
        else:
            text = translate(N_("Nothing needs you, and nothing waits."))
        self.calm.setText(text)
        going = translate(N_("On its way, or tried again by itself: {documents}."))
        going = going.format(documents=words.documents(later))
        said = (
            going if later else "",
            schedule_words.next_run(data.schedule),
            schedule_words.missed(data.schedule),
        )
        self.next_run.setText(" ".join(one for one in said if one))
        self.pause_menu.show_pause(data.schedule.pause)
        self._calm_icon.setPixmap(icons.pixmap("problem:error" if problems else "ok:good", 24))
        self._calm.setVisible(data.progress.is_complete or bool(problems))

    def _show_arrived(self, arrived: Arrived) -> None:
        title = translate(N_("Delivered today: {count}"))
        self.arrived.title.setText(title.format(count=words.number(arrived.how_many)))
        packages = sorted(arrived.packages.items(), key=lambda one: (-one[1], one[0].casefold()))
        self._packages.setText(
            "  ·  ".join(labelled(name, words.number(n)) for name, n in packages)
        )
        self._packages.setVisible(bool(packages))
        self.arrived.set_lines(health.of_arrived(arrived.last))

    def _enable_send(self, *_sending: bool) -> None:
        self.send.setEnabled(self.shell.desk.is_open and not self.shell.desk.is_sending)

    # --- how it is made ---------------------------------------------------------------------------

    def _lay_out_calm(self) -> None:
        self._calm = QWidget()
        calm = QHBoxLayout(self._calm)
        calm.setContentsMargins(2, 0, 0, 0)
        calm.setSpacing(10)
        calm.addWidget(self._calm_icon, 0, Qt.AlignmentFlag.AlignTop)
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(self.calm)
        said.addWidget(self.next_run)
        calm.addLayout(said, 1)

    def _laid_out(self) -> QWidget:
        self._lay_out_calm()
        self.arrived.add_below_title(self._packages)
        right = QVBoxLayout()
        right.setSpacing(14)
        right.addWidget(self.accounts)
        right.addWidget(self.sources)
        right.addStretch(1)
        left = QVBoxLayout()
        left.addWidget(self.arrived)
        left.addStretch(1)
        self._below = QWidget()
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._below)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(14)
        self._columns.addLayout(left, 3)
        self._columns.addLayout(right, 2)
        column = named(QWidget(), "scrolled")
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(14)
        for widget in (
            self.strip,
            self.steps,
            self._calm,
            self.problems,
            self.again,
            self._below,
        ):
            layout.addWidget(widget)
        layout.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(column)
        return area

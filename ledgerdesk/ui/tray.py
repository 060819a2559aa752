"""The icon beside the clock: how things stand, the few commands, and notifications.

Everything it offers is in the window too: some desktops have no tray, and some show no messages.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from ledgerdesk import settings
from ledgerdesk.i18n import N_
from ledgerdesk.ui import commands, icons, notices
from ledgerdesk.ui.commands import Command
from ledgerdesk.ui.deliveries import remedies
from ledgerdesk.ui.pausing import PauseMenu
from ledgerdesk.ui.tray_face import Face, Sign, Standing, face

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.delivery.counts import Counts
    from ledgerdesk.delivery.plan import Plan
    from ledgerdesk.delivery.schedules import Pause
    from ledgerdesk.errors import LedgerDeskError
    from ledgerdesk.ui.background import Job
    from ledgerdesk.ui.memory import Memory
    from ledgerdesk.ui.window import Window
    from ledgerdesk.upkeep import Attention

_REST_MS = 3000
"""Between two looks, while the books change all the time."""
_REMIND_MS = 15 * 60 * 1000
"""How often it looks whether something unchanged is worth a reminder."""
_SIZES = (16, 20, 24, 32, 64)
_BADGES = {Sign.PROBLEM: "#c62828", Sign.PAUSED: "#5f6871", Sign.SENDING: "#1a5f93"}


@dataclass(frozen=True, slots=True)
class Seen:
    problems: Sequence[Attention]
    counts: Counts
    pause: Pause | None


class Tray(QObject):
    """``noticed`` brings every Notice that is shown."""

    noticed = Signal(object)

    def __init__(self, window: Window, memory: Memory) -> None:
        super().__init__(window)
        self._window = window
        self._memory = memory
        self._wanted = settings.NOTIFICATIONS.default
        self._place = notices.OVERVIEW
        self._standing = Standing(is_open=False)
        self._is_asking = self._is_stale = False
        self.icon = QSystemTrayIcon(self)
        self._make_menu()
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(self.open_culprit)
        self._resting = QTimer(self, singleShot=True, interval=_REST_MS)
        self._resting.timeout.connect(self._rested)
        self._reminding = QTimer(self, interval=_REMIND_MS)
        self._reminding.timeout.connect(self.look)
        self._reminding.start()
        desk = window.desk
        desk.opened.connect(self.look)
        desk.changed.connect(self.look)
        desk.sending_changed.connect(self._sending)
        desk.ran.connect(self._ran)
        self.show_face()
        self.look()

    @property
    def waiting(self) -> int:
        """What goes out by itself as long as LedgerDesk runs."""
        return self._standing.waiting

    def apply(self, kept: dict[str, str | int]) -> None:
        """The settings as they are now."""
        self._wanted = str(kept[settings.NOTIFICATIONS.key])

    def retranslate(self) -> None:
        commands.retranslate([self.open, self.send, self.pause, self.settings, self.quit])
        self.pause_menu.retranslate()
        self.show_face()

    # --- how things stand -----------------------------------------------------------------------

    def look(self) -> None:
        """Reads how things stand; under a flood of changes every few seconds only."""
        if self._is_asking or self._resting.isActive() or not self._window.desk.is_open:
            self._is_stale = True
            return
        self._is_asking, self._is_stale = True, False
        task = self._window.desk.run(_seen, self.show_seen, lambda _error: None, owner=self)
        task.finished.connect(self._answered)

    def show_seen(self, seen: Seen) -> None:
        problems = [*remedies.of_attention(seen.problems), *remedies.of_documents(seen.counts)]
        self._standing = Standing(
            len(problems),
            seen.counts.queued + seen.counts.retrying,
            self._window.desk.is_sending,
            seen.pause is not None,
        )
        self.pause_menu.show_pause(seen.pause)
        self.show_face()
        found = notices.decide(problems, self._memory.told, datetime.now(UTC), self._wanted)
        if found.told != self._memory.told:
            self._memory.told = found.told
        if found.notice is not None:
            self.notify(found.notice)

    def show_face(self) -> None:
        shown: Face = face(self._standing)
        self.icon.setIcon(tray_icon(shown.sign))
        self.icon.setToolTip(shown.tip)
        self.send.setEnabled(shown.can_send)

    def notify(self, notice: notices.Notice) -> None:
        self._place = notice.place
        kinds = QSystemTrayIcon.MessageIcon
        kind = kinds.Warning if notice.is_problem else kinds.Information
        self.icon.showMessage(notice.title, notice.text, kind)
        self.noticed.emit(notice)

    def open_culprit(self) -> None:
        """A click on the last notification."""
        self._window.bring_forward()
        self._window.go_to(self._place.page, **dict(self._place.what))

    # --- what is told ---------------------------------------------------------------------------

    def _sending(self, is_sending: bool) -> None:
        now = self._standing
        self._standing = Standing(
            now.problems, now.waiting, is_sending, now.is_paused, self._window.desk.is_open
        )
        self.show_face()

    def _ran(self, plan: Plan, ended: Counts | LedgerDeskError) -> None:
        if not isinstance(ended, Exception):
            notice = notices.of_run(ended, self._wanted)
            if notice is not None:
                self.notify(notice)

    def _answered(self) -> None:
        self._is_asking = False
        self._resting.start()

    def _rested(self) -> None:
        if self._is_stale:
            self.look()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        # On macOS a click opens the menu, which is all it should do.
        reasons = QSystemTrayIcon.ActivationReason
        if sys.platform != "darwin" and reason in (reasons.Trigger, reasons.DoubleClick):
            self._window.bring_forward()

    # --- the menu -------------------------------------------------------------------------------

    def _make_menu(self) -> None:
        window, desk = self._window, self._window.desk
        self.open = Command(self, N_("&Open LedgerDesk"), window.bring_forward, name="trayOpen")
        self.send = Command(self, N_("&Send now"), desk.send_now, name="traySend")
        self.pause = Command(self, N_("&Pause"), name="trayPause")
        self.settings = Command(self, N_("S&ettings…"), self._show_settings, name="traySettings")
        self.quit = Command(self, N_("&Quit"), window.quit, name="trayQuit")
        self.menu = QMenu(window)
        self.pause_menu = PauseMenu(desk, window.tell, self.menu, self)
        self.pause.setMenu(self.pause_menu)
        self.menu.addActions([self.open, self.send])
        self.menu.addSeparator()
        self.menu.addAction(self.pause)
        self.menu.addSeparator()
        self.menu.addActions([self.settings, self.quit])
        self.menu.setDefaultAction(self.open)
        self.icon.setContextMenu(self.menu)

    def _show_settings(self) -> None:
        self._window.bring_forward()
        self._window.go_to("settings")


def _seen(desk: Desk, _job: Job) -> Seen:
    problems = remedies.needing_you(desk.problems())
    return Seen(problems, desk.status().counts, desk.schedules.shown(limit=1).pause)


# --- the icon -------------------------------------------------------------------------------------


def tray_icon(sign: Sign) -> QIcon:
    """The program's icon with ``sign`` at its lower right. macOS colours it itself."""
    made = QIcon()
    for size in _SIZES:
        made.addPixmap(_drawn(sign, size))
    made.setIsMask(sys.platform == "darwin")
    return made


def _drawn(sign: Sign, size: int) -> QPixmap:
    if sys.platform == "darwin":
        drawn = icons.pixmap("documents", size, QColor("black"))
    else:
        drawn = icons.window_icon().pixmap(size, size)
    if sign is Sign.NONE:
        return drawn
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    across = drawn.width() / drawn.devicePixelRatio()
    painter.scale(across / 16, across / 16)
    _draw_badge(painter, sign)
    painter.end()
    return drawn


def _draw_badge(painter: QPainter, sign: Sign) -> None:
    """Ten of sixteen parts wide: smaller, its shape would be lost at 16 pixels."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("white"))
    painter.drawEllipse(6, 6, 10, 10)
    painter.setBrush(QColor(_BADGES[sign]))
    painter.drawEllipse(7, 7, 8, 8)
    painter.setBrush(QColor("white"))
    if sign is Sign.PROBLEM:
        painter.drawRect(10, 8, 2, 3)
        painter.drawRect(10, 12, 2, 2)
    elif sign is Sign.PAUSED:
        painter.drawRect(9, 9, 1, 4)
        painter.drawRect(12, 9, 1, 4)
    else:
        painter.drawRect(10, 10, 2, 4)
        painter.drawConvexPolygon([QPoint(8, 11), QPoint(11, 8), QPoint(14, 11)])

"""Taking in what was dropped or chosen: one after the other, in the background."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Document
from ledgerdesk.ui.background import Job, Task
from ledgerdesk.ui.documents import words
from ledgerdesk.ui.documents.notice import Notice
from ledgerdesk.ui.page import Shell

if TYPE_CHECKING:
    from ledgerdesk.app import Desk

_NAMED = 3


class TakingIn(QObject):
    """``taken`` brings the documents of one round, ``stopped`` comes when a person stopped it."""

    taken = Signal(object)
    stopped = Signal()

    def __init__(self, shell: Shell, notice: Notice, parent: QObject) -> None:
        super().__init__(parent)
        self._shell = shell
        self._notice = notice
        self._waiting: list[Path] = []
        self._task: Task | None = None
        notice.stopped.connect(self.stop)
        # What is dropped, or handed over by a second start, before the books are open waits.
        shell.desk.opened.connect(self._go_on)

    @property
    def is_busy(self) -> bool:
        return self._task is not None

    def add(self, paths: Sequence[Path]) -> None:
        self._waiting += paths
        self._go_on()

    def stop(self) -> None:
        """What was taken in until now stays."""
        self._waiting.clear()
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self._notice.show_end(
                lambda: translate(N_("Stopped. What was taken in until then is here."))
            )
            self.stopped.emit()

    def _go_on(self) -> None:
        if not self._waiting or self._task is not None or not self._shell.desk.is_open:
            return
        paths, self._waiting = self._waiting, []
        self._notice.show_start()
        self._task = self._shell.desk.run(
            _work(paths),
            self._done,
            self._failed,
            on_progress=self._notice.show_step,
            owner=self,
        )

    def _done(self, found: list[Document]) -> None:
        self._task = None
        self._notice.show_end(lambda: summary(found))
        self.taken.emit(found)
        self._go_on()

    def _failed(self, error: LedgerDeskError) -> None:
        self._task = None
        self._notice.show_end(error.text)
        self.stopped.emit()
        self._go_on()


def summary(found: Sequence[Document]) -> str:
    """ "3 taken in: 2 ready to send, 1 to check. 1 could not be read: …" """
    kept = [one for one in found if one.id]
    unread = [one for one in found if not one.id]
    text = translate(N_("{count} taken in")).format(count=words.number(len(kept)))
    states = Counter(one.state for one in kept)
    parts = [
        f"{words.number(states[one])} {translate(name)}"
        for one, name in words.STATES.items()
        if states[one]
    ]
    said = [f"{text}: {', '.join(parts)}." if parts else f"{text}."]
    if unread:
        names = ", ".join(one.file_name for one in unread[:_NAMED])
        names += ", …" if len(unread) > _NAMED else ""
        told = translate(N_("{count} could not be read: {names}."))
        said.append(told.format(count=words.number(len(unread)), names=names))
    return " ".join(said)


def _work(paths: Sequence[Path]) -> Callable[[Desk, Job], list[Document]]:
    def work(desk: Desk, job: Job) -> list[Document]:
        return desk.intake.add_files(paths, progress=job, cancel=job)

    return work

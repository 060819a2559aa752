"""The wizard: shows the steps of a set-up flow, one page each, and works in the background.

The flow owns the answers and says which step comes; a page is made when its step is reached, and
kept while the step stays the same. QWizard never enters a page twice, so every page has an id of
its own; the flow is told of a way back with the next answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget, QWizard

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Check
from ledgerdesk.setup.paste import FINGERPRINT, Pasted
from ledgerdesk.setup.steps import Done, Form, Refused, StepView, Terms
from ledgerdesk.ui.background import Job, Task
from ledgerdesk.ui.page import Shell
from ledgerdesk.ui.widgets import repolish
from ledgerdesk.ui.wizard.page import StepPage
from ledgerdesk.ui.wizard.pages import FormPage, page_for

if TYPE_CHECKING:
    from ledgerdesk.app import Desk

_FIRST_ID = 100
_NOT_YET = 1_000_000
"""Stands for the page after one that was not answered: there is one, nobody knows which."""
_LOOK_MS = 60
_BUTTON = QWizard.WizardButton


class Flow(Protocol):
    """What SetupFlow and SignInFlow share."""

    @property
    def current(self) -> StepView: ...

    @property
    def can_go_back(self) -> bool: ...

    def submit(
        self, values: Mapping[str, str], seen: list[Check] | None = None
    ) -> StepView | Refused: ...

    def back(self) -> StepView: ...

    def cancel(self) -> StepView: ...


class Stop:
    """The cancel token of all the flow does: that of the work that runs now."""

    def __init__(self) -> None:
        self.job: Job | None = None

    def raise_if_cancelled(self) -> None:
        if self.job is not None:
            self.job.raise_if_cancelled()


class SetupWizard(QWizard):
    """``connected`` brings the Done step; ``link_wanted`` the accounting package whose clients a
    person wants to link now."""

    connected = Signal(object)
    link_wanted = Signal(str)
    mail_account_wanted = Signal()

    def __init__(
        self,
        shell: Shell,
        flow: Flow,
        first: StepView,
        stop: Stop,
        *,
        title: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._shell = shell
        self._flow = flow
        self._stop = stop
        self._task: Task | None = None
        self._seen: list[Check] = []
        self._pasted = Pasted({})
        self._following: dict[int, int] = {}
        self._free_id = _FIRST_ID
        self._signs_in = isinstance(first, Form) and not flow.can_go_back
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self._show_seen)
        self.setObjectName("wizard")
        self.setWindowTitle(title)
        self._dress()
        self.currentIdChanged.connect(self._entered)
        self._add(first)

    # --- QWizard's own questions ------------------------------------------------------------------

    def nextId(self) -> int:
        """Pure: Qt asks often."""
        page = self.step_page()
        if page is None or isinstance(page.view, Done):
            return -1
        return self._following.get(self.currentId(), _NOT_YET) if page.answered else _NOT_YET

    def validateCurrentPage(self) -> bool:
        page = self.step_page()
        if page is None or isinstance(page.view, Done):
            return True
        if page.answered:
            return True
        self._submit(page)
        return False

    def accept(self) -> None:
        page = self.step_page()
        done = page.view if page is not None and isinstance(page.view, Done) else None
        super().accept()
        if done is not None and done.configuration is not None:
            self.link_wanted.emit(done.configuration.id)

    def reject(self) -> None:
        """Closing stops what runs; what was typed is forgotten, nothing was saved."""
        self._look.stop()
        if self._task is not None:
            self._task.cancel()
        else:
            self._flow.cancel()
        super().reject()

    # --- for whoever looks at it ------------------------------------------------------------------

    def step_page(self) -> StepPage | None:
        page = self.currentPage()
        return page if isinstance(page, StepPage) else None

    @property
    def is_busy(self) -> bool:
        return self._task is not None

    def try_again(self) -> None:
        """The current page once more, as if its button was pressed."""
        page = self.step_page()
        if page is not None and not self.is_busy:
            self._submit(page)

    # --- answering --------------------------------------------------------------------------------

    def _submit(self, page: StepPage) -> None:
        if self._task is not None:
            return
        complaint = page.complaint()
        if complaint:
            page.complain(complaint)
            return
        answer, step = {**self._approved(page), **page.answer()}, page.view.id
        seen: list[Check] = []
        self._seen = seen
        page.set_busy(True)
        self.button(_BUTTON.BackButton).setEnabled(False)
        if page.commits:
            page.show_checks(())
            self._look.start()

        def work(_desk: Desk, job: Job) -> StepView | Refused:
            self._stop.job = job
            _stand_at(self._flow, step)
            return self._flow.submit(answer, seen)

        self._task = self._shell.desk.run(
            work,
            lambda answered: self._answered(page, answered),
            lambda error: self._answered(page, Refused((error,))),
            owner=self,
        )

    def _answered(self, page: StepPage, answered: StepView | Refused) -> None:
        self._task = None
        self._look.stop()
        page.set_busy(False)
        if isinstance(answered, Refused):
            self._refused(page, answered)
            return
        if isinstance(answered, Done):
            self.connected.emit(answered)
        self._following[self.currentId()] = self._place(page, answered)
        page.answered = True
        self.next()

    def _refused(self, page: StepPage, refused: Refused) -> None:
        target = self._page_with(refused.errors[0].field or "") or page
        # The last line is the error's own, told with what to do about it.
        checks = refused.checks[:-1]
        can_correct = self._earlier_sign_in() is not None
        self._go_back_to(target)
        target.refuse(refused.errors, checks, can_correct=can_correct)

    def _decided(self, page: StepPage, answer: Mapping[str, str]) -> None:
        page.extra.update(answer)
        self.try_again()

    def _show_seen(self) -> None:
        page = self.step_page()
        if page is not None and self._task is not None:
            page.show_checks(tuple(self._seen))

    # --- pages ------------------------------------------------------------------------------------

    def _place(self, page: StepPage, view: StepView) -> int:
        """The id of the page for ``view``: the one there was, if the step is the same."""
        later = self._following.get(self.currentId())
        kept = self.page(later) if later is not None else None
        if later is not None and isinstance(kept, StepPage) and kept.view == view:
            return later
        for id in self.pageIds():
            if id > self.currentId():
                self.removePage(id)
                self._following.pop(id, None)
        return self._add(view)

    def _add(self, view: StepView) -> int:
        made = page_for(view, self._pasted, shows_stages=not self._signs_in)
        made.commits = isinstance(view, Terms) or (self._signs_in and isinstance(view, Form))
        made.asked_next.connect(self.next)
        made.trouble.decided.connect(lambda answer: self._decided(made, answer))
        made.trouble.mail_account_wanted.connect(self.mail_account_wanted)
        made.trouble.sign_in_wanted.connect(self._correct_sign_in)
        if isinstance(made, FormPage):
            made.paste.pasted.connect(self._keep_pasted)
            if any(isinstance(self.page(id), FormPage) for id in self.visitedIds()):
                made.hide_help()
        if made.commits:
            made.setCommitPage(True)
            text = N_("&Sign in") if self._signs_in else N_("&Connect")
            made.commit_text = translate(text)
            made.setButtonText(_BUTTON.CommitButton, made.commit_text)
        made.setFinalPage(isinstance(view, Done))
        id = self._free_id
        self._free_id += 1
        self.setPage(id, made)
        return id

    def _entered(self, _id: int) -> None:
        page = self.step_page()
        if page is None:
            return
        # Entered again by Back: its answer counts once it is given again.
        page.answered = False
        is_done = isinstance(page.view, Done)
        if is_done:
            can_link = page.view.configuration is not None  # type: ignore[union-attr]
            text = N_("&Link clients now") if can_link else N_("&Close")
            self.setButtonText(_BUTTON.FinishButton, translate(text))
            self.setOption(QWizard.WizardOption.NoCancelButtonOnLastPage, not can_link)
        close = N_("Close") if is_done else N_("Cancel")
        self.setButtonText(_BUTTON.CancelButton, translate(close))
        if is_done:
            self.button(_BUTTON.FinishButton).setFocus()
        else:
            page.focus_first()

    def _page_with(self, field: str) -> StepPage | None:
        """The page in the way so far that has the field, the newest first."""
        pages = (self.page(id) for id in reversed(self.visitedIds()))
        found = (one for one in pages if isinstance(one, StepPage) and one.has_field(field))
        return next(found, None) if field else None

    def _earlier_sign_in(self) -> StepPage | None:
        pages = (self.page(id) for id in reversed(self.visitedIds()[:-1]))
        return next((one for one in pages if isinstance(one, FormPage) and _signs_in(one)), None)

    def _correct_sign_in(self) -> None:
        page = self._earlier_sign_in()
        if page is not None:
            self._go_back_to(page)

    def _go_back_to(self, target: StepPage) -> None:
        while self.currentPage() is not target and len(self.visitedIds()) > 1:
            self.back()

    def _keep_pasted(self, pasted: Pasted) -> None:
        """Forms that come later know it too."""
        self._pasted = Pasted(
            {**self._pasted.values, **pasted.values}, {**self._pasted.secrets, **pasted.secrets}
        )

    def _approved(self, page: StepPage) -> dict[str, str]:
        """A fingerprint out of the provider's own mail needs no second look."""
        found = self._pasted.values.get(FINGERPRINT, "")
        return {"accept_host_key": found} if page.commits and found else {}

    def _dress(self) -> None:
        self.setWizardStyle(QWizard.WizardStyle.ModernStyle)
        self.setOptions(QWizard.WizardOption.NoBackButtonOnStartPage)
        self.setButtonLayout(
            [
                _BUTTON.Stretch,
                _BUTTON.BackButton,
                _BUTTON.NextButton,
                _BUTTON.CommitButton,
                _BUTTON.FinishButton,
                _BUTTON.CancelButton,
            ]
        )
        for which, text in ((_BUTTON.BackButton, N_("&Back")), (_BUTTON.NextButton, N_("&Next"))):
            self.setButtonText(which, translate(text))
        for which in (_BUTTON.NextButton, _BUTTON.CommitButton, _BUTTON.FinishButton):
            self.button(which).setProperty("primary", True)
            repolish(self.button(which))
        self.setMinimumSize(560, 460)
        self.resize(760, 640)


def _stand_at(flow: Flow, step: str) -> None:
    """Tells the flow of the way back that was gone on screen."""
    while flow.current.id != step and flow.can_go_back:
        flow.back()


def _signs_in(page: FormPage) -> bool:
    return page.view.id == "sign_in"

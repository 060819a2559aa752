"""The wizard: shows the steps of a set-up flow, one page each, and works in the background.

The flow owns the answers and says which step comes; a page is made when its step is reached, and
kept while the step stays the same. QWizard never enters a page twice, so every page has an id of
its own; the flow is told of a way back with the next answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Thread
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget, QWizard

from ledgerdesk.errors import Cancelled, LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Check
from ledgerdesk.setup.paste import FINGERPRINT, Pasted
from ledgerdesk.setup.steps import Browser, Done, Refused, StepView
from ledgerdesk.ui.background import Job, Task
from ledgerdesk.ui.page import Shell
from ledgerdesk.ui.widgets import repolish
from ledgerdesk.ui.wizard.browser_page import BrowserPage
from ledgerdesk.ui.wizard.flows import Flow, NotTaken, Shown, Stop, end_if_left, stand_at
from ledgerdesk.ui.wizard.page import StepPage
from ledgerdesk.ui.wizard.pages import FormPage, page_for

if TYPE_CHECKING:
    from ledgerdesk.app import Desk

_FIRST_ID = 100
_NOT_YET = 1_000_000
"""Stands for the page after one that was not answered: there is one, nobody knows which."""
_LOOK_MS = 60
_BUTTON = QWizard.WizardButton


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
        first: Shown,
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
        self._waiting: Task | None = None
        self._signs_in = flow.signs_in_again
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
        self._stop_waiting()
        # Letting go of what listens for the browser's answer may take a moment; in a thread of its
        # own, since the pool drops what has not begun when the window closes.
        leave = Thread(target=self._flow.cancel, name="wizard")
        if self._task is not None:
            self._task.cancel()
            self._task.finished.connect(leave.start)
        else:
            leave.start()
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

        def work(_desk: Desk, job: Job) -> Shown | NotTaken:
            self._stop.job = job
            stand_at(self._flow, step)
            taken = self._flow.submit(answer, seen)
            end_if_left(self._flow, job)
            if isinstance(taken, Refused):
                return NotTaken(taken, Shown.by(self._flow))
            return Shown.by(self._flow)

        self._task = self._shell.desk.run(
            work,
            lambda answered: self._answered(page, answered),
            lambda error: self._answered(page, NotTaken(Refused((error,)))),
            owner=self,
        )

    def _answered(self, page: StepPage, answered: Shown | NotTaken) -> None:
        self._task = None
        self._look.stop()
        page.set_busy(False)
        if isinstance(answered, NotTaken):
            self._refused(page, answered.refused)
            if answered.shown is not None:
                self._follow_browser(page, answered.shown)
            return
        if isinstance(answered.view, Done):
            self.connected.emit(answered.view)
        self._go_on(page, answered)

    def _go_on(self, page: StepPage, shown: Shown) -> None:
        self._following[self.currentId()] = self._place(shown)
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

    # --- the sign-in in the browser ---------------------------------------------------------------

    def _wait_for_browser(self, page: BrowserPage) -> None:
        """Until its answer comes here by itself; a person may paste it meanwhile."""
        browser = self._flow.browser
        self._stop_waiting()
        if browser is None or not page.view.listens:
            return
        self._waiting = self._shell.desk.run(
            lambda _desk, job: browser.wait(job),
            lambda address: self._browser_answered(page, address),
            lambda error: self._not_answered(page, error),
            owner=self,
        )

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _browser_answered(self, page: BrowserPage, address: str) -> None:
        self._waiting = None
        if self.is_busy or self.currentPage() is not page:
            return
        page.take(address)
        self.raise_()
        self.activateWindow()
        QApplication.alert(self)
        self._submit(page)

    def _not_answered(self, page: BrowserPage, error: LedgerDeskError) -> None:
        self._waiting = None
        if not isinstance(error, Cancelled):
            page.time_out()

    def _follow_browser(self, page: StepPage, shown: Shown) -> None:
        """After an answer that was not taken another sign-in may have begun."""
        if isinstance(page, BrowserPage) and isinstance(shown.view, Browser):
            is_same = page.view.url == shown.view.url
            page.renew(shown.view)
            self._mark_next()
            if not is_same or self._waiting is None:
                self._wait_for_browser(page)

    def _renew(self, page: BrowserPage, *, opens: bool = False) -> None:
        """Another sign-in in place of the one that page showed."""
        if self._task is not None:
            return
        page.set_busy(True)
        is_over = page.is_over

        def work(_desk: Desk, job: Job) -> StepView:
            self._stop.job = job
            stand_at(self._flow, page.view.id)
            view = self._flow.sign_in_anew() if is_over else self._flow.current
            end_if_left(self._flow, job)
            return view

        def show(view: StepView) -> None:
            self._task = None
            page.set_busy(False)
            if isinstance(view, Browser):
                page.renew(view)
                self._mark_next()
                self._wait_for_browser(page)
                if opens:
                    page.open_browser()

        self._task = self._shell.desk.run(
            work, show, lambda error: self._answered(page, NotTaken(Refused((error,)))), owner=self
        )

    def _show_details(self, page: BrowserPage) -> None:
        """The form before the browser, where the browser came first."""
        if self._task is not None:
            return
        page.set_busy(True)

        def work(_desk: Desk, _job: Job) -> Shown:
            self._flow.back()
            return Shown.by(self._flow)

        def show(shown: Shown) -> None:
            self._task = None
            page.set_busy(False)
            self._go_on(page, shown)

        self._task = self._shell.desk.run(work, show, self._shell.tell, owner=self)

    # --- pages ------------------------------------------------------------------------------------

    def _place(self, shown: Shown) -> int:
        """The id of the page for what is shown: the one there was, if the step is the same."""
        later = self._following.get(self.currentId())
        kept = self.page(later) if later is not None else None
        if later is not None and isinstance(kept, StepPage) and kept.view == shown.view:
            kept.tell_account(shown.account)
            return later
        for id in self.pageIds():
            if id > self.currentId():
                self.removePage(id)
                self._following.pop(id, None)
        return self._add(shown)

    def _add(self, shown: Shown) -> int:
        view = shown.view
        made = page_for(view, self._pasted, shows_stages=not self._signs_in)
        made.commits = shown.connects
        if not isinstance(view, Browser | Done):
            made.tell_account(shown.account)
        made.asked_next.connect(self.next)
        made.trouble.decided.connect(lambda answer: self._decided(made, answer))
        made.trouble.mail_account_wanted.connect(self.mail_account_wanted)
        made.trouble.sign_in_wanted.connect(self._correct_sign_in)
        if isinstance(made, BrowserPage):
            made.anew_wanted.connect(lambda: self._renew(made, opens=True))
            made.completeChanged.connect(self._mark_next)
            made.details_wanted.connect(lambda: self._show_details(made))
            made.show_details(self._signs_in and self._flow.can_go_back)
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
        self._stop_waiting()
        if page is None:
            return
        # Entered again by Back: its answer counts once it is given again.
        is_back, page.answered = page.answered, False
        if isinstance(page, BrowserPage) and is_back:
            self._renew(page)
        elif isinstance(page, BrowserPage):
            self._wait_for_browser(page)
        is_done = isinstance(page.view, Done)
        if is_done:
            can_link = page.view.configuration is not None  # type: ignore[union-attr]
            text = N_("&Link clients now") if can_link else N_("&Close")
            self.setButtonText(_BUTTON.FinishButton, translate(text))
            self.setOption(QWizard.WizardOption.NoCancelButtonOnLastPage, not can_link)
        self._mark_next()
        close = N_("Close") if is_done else N_("Cancel")
        self.setButtonText(_BUTTON.CancelButton, translate(close))
        if is_done:
            self.button(_BUTTON.FinishButton).setFocus()
        else:
            page.focus_first()

    def _mark_next(self) -> None:
        """One thing stands out: while the browser is to be opened, that button does."""
        page = self.step_page()
        leads = not isinstance(page, BrowserPage) or page.leads_on
        for which in (_BUTTON.NextButton, _BUTTON.CommitButton):
            button = self.button(which)
            if button.property("primary") != leads:
                button.setProperty("primary", leads)
                repolish(button)

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


def _signs_in(page: FormPage) -> bool:
    return page.view.id == "sign_in"

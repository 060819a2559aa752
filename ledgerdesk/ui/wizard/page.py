"""One page of the wizard: how far it is, what is asked, the check list, what is in the way."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
    QWizard,
    QWizardPage,
)

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Check
from ledgerdesk.setup.steps import StepView
from ledgerdesk.ui import icons
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named
from ledgerdesk.ui.wizard.checks import CheckList
from ledgerdesk.ui.wizard.trouble import Trouble, is_host_key

_STAGES = (N_("Documents"), N_("Integration"), N_("Details"), N_("Connect"))
_MARK = 18
_STAGE_OF = {"kind": 0, "connector": 1, "terms": 3, "done": 3}


class StepPage(QWizardPage):
    """Made for one step of the flow. ``answered``: the flow took it, the next page is there.

    ``asked_next`` comes when a person is done without pressing the button (a double click).
    """

    scrolls = True
    folds_while_checking = False
    asked_next = Signal()

    def __init__(self, view: StepView, *, help: str = "", shows_stages: bool = True) -> None:
        super().__init__()
        self.view = view
        self.extra: dict[str, str] = {}
        self.answered = False
        self.is_busy = False
        self.commits = False
        self.commit_text = ""
        self._crumbs = plain_label(_crumbs(view.id), name="crumbs")
        self._crumbs.setAccessibleName(_spoken_crumbs(view.id))
        self._crumbs.setVisible(shows_stages)
        self.heading = plain_label(view.title, name="pageTitle")
        self._help = plain_label(help, name="stepHelp")
        self._help.setProperty("help", True)
        self._help.setVisible(bool(help))
        self._account = plain_label(name="signedInAs")
        self._account_line = _marked(self._account)
        self.body = self.build()
        self.checks = CheckList()
        self.checks.hide()
        self.trouble = Trouble()
        self._lay_out()

    # --- what a kind of page says -----------------------------------------------------------------

    def build(self) -> QWidget:
        raise NotImplementedError

    def answer(self) -> dict[str, str]:
        """What is submitted to the flow."""
        return {}

    def complaint(self) -> str:
        """Why it cannot even be submitted; empty: it can."""
        return ""

    def show_field_errors(self, errors: Sequence[LedgerDeskError]) -> list[LedgerDeskError]:
        """Shows each beside its field; returns those that have none here."""
        return list(errors)

    def has_field(self, name: str) -> bool:
        return False

    def clear_field_errors(self) -> None:
        """Takes away what stands beside fields."""

    def focus_first(self) -> None:
        self.body.setFocus()

    # --- what the wizard does with it -------------------------------------------------------------

    def initializePage(self) -> None:
        """Entered by Next: what was decided for an earlier try does not count any more."""
        self.extra.clear()
        self.clear_trouble()

    def tell_account(self, account: str) -> None:
        """Who signed in in the browser on the way here."""
        text = translate(N_("Signed in as {account}.")).format(account=account)
        self._account.setText(text)
        self._account_line.setVisible(bool(account))

    def hide_help(self) -> None:
        """It was read on an earlier page."""
        self._help.hide()

    def isComplete(self) -> bool:
        return not self.is_busy

    def set_busy(self, busy: bool) -> None:
        self.is_busy = busy
        self.body.setEnabled(not busy)
        self.trouble.setEnabled(not busy)
        if busy:
            self.clear_trouble()
        self.completeChanged.emit()

    def show_checks(self, checks: Sequence[Check], *, running: bool = True) -> None:
        if self.folds_while_checking:
            self.body.hide()
            text = N_("Connecting…") if running else N_("Not connected yet")
            self.heading.setText(translate(text))
            if not running:
                again = translate(N_("&Try again"))
                self.setButtonText(QWizard.WizardButton.CommitButton, again)
        self.checks.show()
        self.checks.set_busy(running)
        self.checks.show_checks(checks)

    def clear_trouble(self) -> None:
        self.clear_field_errors()
        self.trouble.clear()
        self.checks.clear()
        self.checks.hide()
        self.heading.setText(self.view.title)
        if self.commit_text:
            self.setButtonText(QWizard.WizardButton.CommitButton, self.commit_text)
        self.body.show()

    def refuse(
        self,
        errors: Sequence[LedgerDeskError],
        checks: Sequence[Check] = (),
        *,
        can_correct: bool = False,
    ) -> None:
        """Why it was not taken: beside the fields, and the rest above the buttons."""
        self.clear_trouble()
        rest = self.show_field_errors(errors)
        if not rest:
            return
        error = rest[0]
        if self.commits and not error.field:
            self.show_checks(checks, running=False)
            if not is_host_key(error):
                self.checks.show_failure(checks, error)
            elif not checks:
                self.checks.hide()
        was_tried = self.commits and not error.field
        self.trouble.show_error(error, was_tried=was_tried, can_correct=can_correct)
        self._bring_into_view(self.trouble)
        ways = list(self.trouble.buttons().values())
        if ways:
            ways[0].setFocus()

    def complain(self, text: str) -> None:
        self.clear_trouble()
        self.trouble.show_text(text)

    # --- how it is made ---------------------------------------------------------------------------

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 20, 28, 12)
        layout.setSpacing(8)
        for label in (self._crumbs, self.heading, self._account_line, self._help):
            layout.addWidget(label)
        layout.addSpacing(6)
        if not self.scrolls:
            layout.addWidget(self.body, 1)
            layout.addWidget(self.trouble)
            return
        column = named(QWidget(), "scrolled")
        inside = QVBoxLayout(column)
        inside.setContentsMargins(0, 0, 10, 0)
        inside.setSpacing(14)
        for widget in (self.body, self.checks, self.trouble):
            inside.addWidget(widget)
        inside.addStretch(1)
        self._area = QScrollArea(widgetResizable=True)
        # It follows the keyboard; by itself it would be a stop that says nothing.
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(column)
        layout.addWidget(self._area, 1)

    def _bring_into_view(self, widget: QWidget) -> None:
        if self.scrolls:
            # Its place is known once it is laid out.
            QTimer.singleShot(0, widget, lambda: self._area.ensureWidgetVisible(widget, 0, 8))


def _marked(label: QLabel) -> QWidget:
    """``label`` with a tick before it; hidden."""
    whole, mark = QWidget(), QLabel()
    mark.setPixmap(icons.pixmap("ok:good", _MARK))
    line = QHBoxLayout(whole)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(8)
    line.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
    line.addWidget(label, 1)
    whole.hide()
    return whole


def _crumbs(step: str) -> str:
    at = _STAGE_OF.get(step, 2)
    marks = [f"✓ {translate(one)}" if n < at else translate(one) for n, one in enumerate(_STAGES)]
    marks[at] = f"● {marks[at]}"
    return "   ›   ".join(marks)


def _spoken_crumbs(step: str) -> str:
    at = _STAGE_OF.get(step, 2)
    text = translate(N_("Step {number} of {total}: {name}"))
    return text.format(number=at + 1, total=len(_STAGES), name=translate(_STAGES[at]))

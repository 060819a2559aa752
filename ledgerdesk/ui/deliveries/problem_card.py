"""Problems as cards: what is wrong, whom it stops, who must act, and the one button that helps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui import icons
from ledgerdesk.ui.deliveries import words
from ledgerdesk.ui.deliveries.remedies import Problem
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named, push_button

_MOST = 40
"""Cards shown at once; the list of deliveries has them all."""
_BUTTON = 200

Act = Callable[[Problem], object]


class ProblemCard(QFrame):
    def __init__(self, problem: Problem, act: Act, show: Act) -> None:
        super().__init__()
        self.problem = problem
        self.setObjectName("problem")
        self.setProperty("card", True)
        self._icon = QLabel()
        title = plain_label(problem.title, name="problemTitle", selectable=True)
        title.setProperty("section", True)
        why = plain_label(problem.why, name="problemWhy")
        why.setVisible(bool(problem.why))
        facts = plain_label("  ·  ".join(problem.facts), name="problemFacts")
        facts.setProperty("help", True)
        said = QVBoxLayout()
        said.setSpacing(4)
        for label in (title, why, facts):
            # What the card says is read with its buttons; it takes no place in the tab order.
            label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            said.addWidget(label)
        said.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(14)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(said, 1)
        layout.addLayout(self._buttons(act, show))
        self.recolour()

    def recolour(self) -> None:
        self._icon.setPixmap(icons.pixmap(self.problem.icon, 22))

    def _buttons(self, act: Act, show: Act) -> QVBoxLayout:
        problem = self.problem
        buttons = QVBoxLayout()
        buttons.setSpacing(6)
        self.button = push_button("problemAction", primary=True)
        self.button.setText(problem.action)
        self.button.clicked.connect(lambda: act(problem))
        buttons.addWidget(self.button)
        made = [self.button]
        if problem.listed and problem.kind != "show":
            self.list_button = push_button("problemList")
            self.list_button.setText(translate(N_("Show the deliveries")))
            self.list_button.clicked.connect(lambda: show(problem))
            buttons.addWidget(self.list_button)
            made.append(self.list_button)
        for one in made:
            one.setAccessibleName(f"{one.text()}: {problem.title}")
            one.setAccessibleDescription(" ".join((problem.why, *problem.facts)))
            one.setMinimumWidth(_BUTTON)
        buttons.addStretch(1)
        return buttons


class ProblemList(QWidget):
    """The cards, one below the other. Only those are made anew that say something different,
    and the one that had the focus keeps it."""

    def __init__(self, act: Act, show: Act) -> None:
        super().__init__()
        self.setObjectName("problems")
        self._act, self._show = act, show
        self._problems: tuple[Problem, ...] = ()
        self.cards: list[ProblemCard] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(10)
        self._more = named(plain_label(), "moreProblems")
        self._more.setProperty("help", True)
        self._layout.addWidget(self._more)

    def set_problems(self, problems: Sequence[Problem]) -> None:
        if tuple(problems) == self._problems:
            return
        self._problems = tuple(problems)
        focused = next((one.problem.key for one in self.cards if one.button.hasFocus()), None)
        kept = {card.problem: card for card in self.cards}
        shown = [kept.pop(one) if one in kept else self._card(one) for one in problems[:_MOST]]
        for card in kept.values():
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = shown
        for number, card in enumerate(shown):
            if self._layout.indexOf(card) != number:
                self._layout.removeWidget(card)
                self._layout.insertWidget(number, card)
            if card.problem.key == focused:
                card.button.setFocus()
        left = len(problems) - len(self.cards)
        text = translate(N_("And {count} more causes."))
        self._more.setText(text.format(count=words.number(left)))
        self._more.setVisible(left > 0)

    def _card(self, problem: Problem) -> ProblemCard:
        return ProblemCard(problem, self._act, self._show)

    def recolour(self) -> None:
        for card in self.cards:
            card.recolour()

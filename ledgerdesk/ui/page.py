"""A page of the window, and the contract every page keeps.

A page is one file ``ui/pages/<name>.py`` with one class deriving from ``Page``, listed in
``ui/pages/__init__.py``, which repeats its name, title and icon for the navigation. It

- declares ``name``, ``title``, ``icon`` (and ``search_hint``, "" where nothing can be searched);
- makes its commands in ``make_commands()``: they become buttons above the content and entries of
  the page's menu (shortcuts: Ctrl+N for what makes something new, Del for removing);
- builds its widgets once in ``build()`` and hands back the one that holds them;
- reads in ``load(desk, query)``, which runs in a thread and touches no widget; it returns a value
  (frozen dataclasses, tuples) that reaches ``show_data(data)`` in the window's thread;
- returns from ``show_data`` None when its content is to be seen, or a ``State`` to show instead: an
  empty page says what is missing, in one sentence, with one button; ``self.nothing_found()`` is the
  state of a search without result. Loading and errors need nothing from the page;
- changes things with ``self.change(lambda desk: …)``, never directly; a ``PagedTable`` fetches its
  rows through ``self.fetch``;
- gives all its own texts in ``retranslate()``, which is called once after ``build`` and whenever
  the language changes; texts are marked with N_ and shown through ``translate``;
- is told in ``visit(**what)`` what another page asked it to show (``shell.go_to("clients",
  client=id)``).

Texts from outside go to ``texts.plain_label`` or a table, never to a widget that reads HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui import icons, states
from ledgerdesk.ui.background import Task
from ledgerdesk.ui.commands import Command, button
from ledgerdesk.ui.states import State, StateView
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.ui.desk import OpenDesk

T = TypeVar("T")

_TYPING_MS = 180
_REST_MS = 1000
"""Between the end of one load and the next one, while others change the books all the time."""
_SEARCH_NARROWEST, _SEARCH_WIDEST, _BESIDE_HINT = 160, 320, 44
_ANY_WIDTH = 16_777_215
_MOST_OF_IT = 1000


@dataclass(frozen=True, slots=True)
class Query:
    """What the page is asked to show: the search text and the page's own filters."""

    text: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_all(self) -> bool:
        return not self.text and not any(self.filters.values())


class Shell(Protocol):
    """What a page sees of the window."""

    @property
    def desk(self) -> OpenDesk: ...

    def go_to(self, page: str, **what: str) -> None:
        """Shows the page called ``page`` and tells it what to show (``Page.visit``)."""
        ...

    def say(self, text: str) -> None:
        """One line in the status line, for a while."""
        ...

    def tell(self, error: LedgerDeskError) -> None:
        """An error that no field and no page can show: one dialog."""
        ...


class Page(QWidget):
    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    search_hint: ClassVar[str] = N_("Search")

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shell = shell
        self.setObjectName(self.name)
        self._filters: dict[str, str] = {}
        self._loading: Task | None = None
        self._stale = True
        self.was_loaded = False
        self._commands = self.make_commands()
        self._heading = plain_label(name="pageTitle")
        self.search = named(QLineEdit(clearButtonEnabled=True), "search")
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self.refresh)
        self.search.textChanged.connect(lambda: self._typing.start())
        self._resting = QTimer(self, singleShot=True, interval=_REST_MS)
        self._resting.timeout.connect(self._catch_up)
        self.state_view = StateView()
        self.content = self.build()
        self._lay_out()
        self.retranslate()
        self._retranslate_frame()
        self._show_state(states.LOADING)

    # --- what a page says ------------------------------------------------------------------------

    def make_commands(self) -> list[Command]:
        return []

    def build(self) -> QWidget:
        raise NotImplementedError

    def load(self, desk: Desk, query: Query) -> Any:
        """In a thread; touches no widget."""
        raise NotImplementedError

    def show_data(self, data: Any) -> State | None:
        raise NotImplementedError

    def retranslate(self) -> None:
        """Sets the texts of the page's own widgets."""

    def visit(self, **what: str) -> None:
        """Another page asked to show something here."""

    # --- what a page uses ------------------------------------------------------------------------

    @property
    def commands(self) -> list[Command]:
        return self._commands

    @property
    def query(self) -> Query:
        return Query(self.search.text().strip(), dict(self._filters))

    def set_filter(self, name: str, value: str) -> None:
        """ "" takes the filter away. The page is loaded anew."""
        if self._filters.get(name, "") != value:
            self._filters[name] = value
            self.refresh()

    def show_all(self) -> None:
        """Without search text and filters. Pages with filter widgets reset these too."""
        self._filters.clear()
        self.search.clear()
        self._typing.stop()
        self.refresh()

    def nothing_found(self) -> State:
        return states.no_result(self.show_all)

    def refresh(self) -> None:
        """Loads anew; hidden pages do so when they are shown. What is on screen stays meanwhile."""
        self._stale = True
        if not self.isVisible() or not self.shell.desk.is_open:
            return
        if self._loading is not None:
            self._loading.cancel()
        self._stale = False
        query = self.query
        self._loading = self.shell.desk.run(
            lambda desk, _job: self.load(desk, query),
            self._arrived,
            self._not_arrived,
            owner=self,
        )

    def follow(self) -> None:
        """Somebody changed the books. A load that goes on comes to its end, then the page rests:
        under a flood of changes a list that begins anew each time would never be shown."""
        if self._loading is None and not self._resting.isActive():
            self.refresh()
        else:
            self._stale = True

    def change(
        self,
        work: Callable[[Desk], T],
        on_done: Callable[[T], object] | None = None,
        on_failed: Callable[[LedgerDeskError], object] | None = None,
    ) -> Task:
        """Does something in the background and loads the page anew; errors are told in a dialog
        unless ``on_failed`` takes them."""

        def done(result: T) -> None:
            if on_done is not None:
                on_done(result)
            self.refresh()

        return self.shell.desk.run(
            lambda desk, _job: work(desk), done, on_failed or self.shell.tell, owner=self
        )

    def fetch(self, work: Callable[[], T], on_done: Callable[[T], object]) -> Task:
        """What a PagedTable reads its rows with."""
        return self.shell.desk.run(lambda _desk, _job: work(), on_done, owner=self)

    def focus_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    @property
    def is_loading(self) -> bool:
        return self._loading is not None

    @property
    def shows_content(self) -> bool:
        """Whether the content is seen, not a state instead of it."""
        return self._stack.currentWidget() is self.content

    # --- how it works ----------------------------------------------------------------------------

    def _arrived(self, data: Any) -> None:
        self._loading = None
        self.was_loaded = True
        self._resting.start()
        state = self.show_data(data)
        if state is None:
            self._stack.setCurrentWidget(self.content)
        else:
            self._show_state(state)

    def _catch_up(self) -> None:
        if self._stale and self._loading is None:
            self.refresh()

    def _not_arrived(self, error: LedgerDeskError) -> None:
        self._loading = None
        self.was_loaded = True
        self._resting.start()
        self._show_state(states.trouble(error, self.refresh))

    def _show_state(self, state: State) -> None:
        self.state_view.show_state(state)
        self._stack.setCurrentWidget(self.state_view)

    def _lay_out(self) -> None:
        self._heading.setWordWrap(False)
        self._title_line = line = QHBoxLayout()
        line.addWidget(self._heading, 1)
        for command in self._commands:
            if command.isVisible() and command.has_button:
                line.addWidget(button(command))
        self._top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._top.setSpacing(10)
        self._top.addLayout(line, 1)
        # It takes what it may; its small minimum lets the window become narrow.
        self._top.addWidget(self.search, _MOST_OF_IT)
        self.search.setMinimumWidth(_SEARCH_NARROWEST // 2)
        self.search.setVisible(bool(self.search_hint))
        self._stack = QStackedLayout()
        self._stack.addWidget(self.state_view)
        self._stack.addWidget(self.content)
        self._whole = layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 12)
        layout.setSpacing(12)
        layout.addLayout(self._top)
        layout.addLayout(self._stack, 1)
        self.addActions(self._commands)

    def _fit_top(self) -> None:
        """The search stands beside the buttons, or below them where it would have no room."""
        if not self.search_hint:
            return
        hint = self.search.fontMetrics().horizontalAdvance(self.search.placeholderText())
        width = min(max(hint + _BESIDE_HINT, _SEARCH_NARROWEST), _SEARCH_WIDEST)
        margins = self._whole.contentsMargins()
        room = self.width() - margins.left() - margins.right() - self._top.spacing()
        is_beside = self._title_line.sizeHint().width() + width <= room
        directions = QBoxLayout.Direction
        self._top.setDirection(directions.LeftToRight if is_beside else directions.TopToBottom)
        self.search.setMaximumWidth(width if is_beside else _ANY_WIDTH)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_top()

    def _retranslate_frame(self) -> None:
        self._heading.setText(translate(self.title))
        self.search.setPlaceholderText(translate(self.search_hint))
        self.search.setAccessibleName(translate(self.search_hint))
        self.setAccessibleName(translate(self.title))
        for command in self._commands:
            command.retranslate()
        self.state_view.retranslate()
        self._fit_top()

    def _fit_scrolled(self) -> None:
        """A scroll area looks at its height before the longer sentences inside have theirs."""
        for area in self.findChildren(QScrollArea):
            QCoreApplication.sendEvent(area, QEvent(QEvent.Type.LayoutRequest))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        # The first events come before the page is built.
        if event.type() == QEvent.Type.LanguageChange and hasattr(self, "_stack"):
            self.retranslate()
            self._retranslate_frame()
            self.refresh()
            QTimer.singleShot(0, self, self._fit_scrolled)
        elif event.type() == QEvent.Type.PaletteChange and hasattr(self, "_stack"):
            icons.recolour(self)
            self.state_view.retranslate()

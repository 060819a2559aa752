"""The window: navigation on the left, one page beside it, a menu bar with every command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QSize, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMainWindow,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui import icons
from ledgerdesk.ui.entry import Entry, entry_of
from ledgerdesk.ui.menus import Menus
from ledgerdesk.ui.widgets import named

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent

    from ledgerdesk.errors import LedgerDeskError
    from ledgerdesk.ui.background import Step
    from ledgerdesk.ui.desk import OpenDesk
    from ledgerdesk.ui.leaving import Leaving
    from ledgerdesk.ui.page import Page

_SAID_MS = 8000
_NARROWEST, _WIDEST, _BESIDE_NAMES = 212, 236, 24
_ICONS = (20,)
_BESIDE = N_(
    "Another LedgerDesk works on this data folder and does the sending. You can look and change "
    "things here; this window takes over when the other one is closed."
)


class Window(QMainWindow):
    """The ``Shell`` of its pages. ``closing`` comes when it is really going to close,
    ``painted`` once, when it was seen for the first time. With ``leaving`` (there is a tray)
    closing it may only hide it; ``quit`` ends the program."""

    closing = Signal()
    painted = Signal()

    def __init__(self, desk: OpenDesk, pages: Sequence[Entry | type[Page]]) -> None:
        super().__init__()
        self.desk = desk
        self.setAcceptDrops(True)
        self.entries = [one if isinstance(one, Entry) else entry_of(one) for one in pages]
        self._pages: dict[str, Page] = {}
        self._current: Page | None = None
        self._waiting_files: list[Path] = []
        self._was_painted = False
        self._banner: QLabel | None = None
        self.leaving: Leaving | None = None
        self._quits = self._is_unasked = False
        self._build()
        self.menus = Menus(self)
        self.retranslate()
        desk.opened.connect(self._opened)
        desk.failed.connect(self._failed)
        desk.changed.connect(self.follow)
        desk.sending_changed.connect(self._show_sending)
        desk.progressed.connect(self._show_progress)
        desk.sent.connect(self._sent)
        desk.not_sent.connect(self.tell)
        desk.ran.connect(self._ran)
        desk.background.failed.connect(self.tell)

    # --- Shell ----------------------------------------------------------------------------------

    def go_to(self, page: str, **what: str) -> None:
        """Raises ValueError for a page that is not there."""
        number = [one.name for one in self.entries].index(page)
        self.navigation.setCurrentRow(number)
        self._show_page(number)
        if what:
            self.page(page).visit(**what)

    def say(self, text: str) -> None:
        self.statusBar().showMessage(text, _SAID_MS)

    def tell(self, error: LedgerDeskError) -> None:
        from ledgerdesk.ui import dialogs

        dialogs.tell(self, error.text())

    # --- pages ----------------------------------------------------------------------------------

    def page(self, name: str) -> Page:
        """The page, made when it is first asked for."""
        if name not in self._pages:
            made = next(one for one in self.entries if one.name == name).page_class()(self)
            self._pages[name] = made
            self._stack.addWidget(made)
        return self._pages[name]

    @property
    def current_page(self) -> Page | None:
        return self._current

    def refresh(self) -> None:
        """The page on screen now, the others when they are shown."""
        for page in self._pages.values():
            page.refresh()

    def follow(self) -> None:
        """Somebody changed the books: the page on screen follows in its own time."""
        for page in self._pages.values():
            page.follow()

    def take_in(self, paths: Sequence[Path]) -> None:
        """Files that were dropped, or handed over by a second start; they wait for the books."""
        if not paths or "documents" not in [one.name for one in self.entries]:
            return
        if not self.desk.is_open:
            self._waiting_files += paths
            return
        self.go_to("documents")
        taker: Any = self.page("documents")
        taker.take_in(list(paths))

    def bring_forward(self) -> None:
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()

    # --- texts ----------------------------------------------------------------------------------

    def retranslate(self) -> None:
        self.setWindowTitle("LedgerDesk")
        self.navigation.setAccessibleName(translate(N_("Pages")))
        for number, one in enumerate(self.entries):
            self.navigation.item(number).setText(translate(one.title))
        wanted = self.navigation.sizeHintForColumn(0) + _BESIDE_NAMES
        self.navigation.setFixedWidth(min(max(wanted, _NARROWEST), _WIDEST))
        if self._banner is not None:
            self._banner.setText(translate(_BESIDE))
        self.menus.retranslate()
        self._sending_bar.setAccessibleName(translate(N_("Sending documents")))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self._finish)

    def _finish(self) -> None:
        """What nobody misses at the first paint, which comes a third sooner without it."""
        from PySide6.QtCore import Qt

        self.setWindowIcon(icons.window_icon())
        self.navigation.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.painted.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        # The first events come before the window is built.
        if not hasattr(self, "menus"):
            return
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            icons.recolour(self)
            self._draw_navigation()

    # --- dropping, closing ----------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        urls = event.mimeData().urls()
        self.take_in([Path(url.toLocalFile()) for url in urls if url.isLocalFile()])
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close():
            self._quits = False
            event.ignore()
            return
        event.accept()
        self.closing.emit()

    def quit(self) -> None:
        """Ends the program, also where closing the window would only hide it."""
        self._quits = True
        self.close()

    def quits(self) -> None:
        """Somebody else ends the program: the next closing is the end."""
        self._quits = True

    def quit_unasked(self) -> None:
        """A person said so already, or the computer's session ends."""
        self._quits = self._is_unasked = True
        self.close()

    def _may_close(self) -> bool:
        if self._is_unasked:
            return True
        if self.leaving is not None and not self._quits:
            from ledgerdesk.ui.leaving import Way

            way = self.leaving.close()
            if way is Way.STAY:
                self.hide()
            if way is not Way.QUIT:
                return False
        if self.desk.is_busy:
            return self._closes_while_sending()
        return self.leaving is None or self.leaving.may_quit()

    def _closes_while_sending(self) -> bool:
        from ledgerdesk.ui import dialogs

        return dialogs.ask(
            self,
            translate(N_("Documents are being sent. Close LedgerDesk?")),
            translate(
                N_(
                    "What is on its way comes to its end first; what was not sent yet waits for "
                    "the next time. Nothing is lost."
                )
            ),
            yes=translate(N_("Close")),
            no=translate(N_("Keep sending")),
        )

    # --- what the desk tells --------------------------------------------------------------------

    def _opened(self) -> None:
        self._show_banner(not self.desk.is_owner)
        self.menus.update_enabled()
        self.refresh()
        waiting, self._waiting_files = self._waiting_files, []
        self.take_in(waiting)

    def _show_banner(self, is_beside: bool) -> None:
        if is_beside and self._banner is None:
            from ledgerdesk.ui.texts import plain_label

            self._banner = plain_label(translate(_BESIDE), name="banner")
            self._right.insertWidget(0, self._banner)
        if self._banner is not None:
            self._banner.setVisible(is_beside)

    def _failed(self, error: LedgerDeskError) -> None:
        from PySide6.QtWidgets import QMessageBox

        from ledgerdesk.ui import dialogs

        self.menus.update_enabled()
        again = translate(N_("Try again"))
        box = dialogs.message(self, QMessageBox.Icon.Warning, error.text())
        box.addButton(again, QMessageBox.ButtonRole.AcceptRole)
        close = box.addButton(translate(N_("Close")), QMessageBox.ButtonRole.RejectRole)
        box.exec()
        if box.clickedButton() is close:
            self.close()
        else:
            self.desk.open()

    def _show_sending(self, sending: bool) -> None:
        self._sending_bar.setVisible(sending)
        self._sending_bar.setRange(0, 0)
        self.menus.update_enabled()

    def _show_progress(self, step: Step) -> None:
        self._sending_bar.setRange(0, step.total or 0)
        self._sending_bar.setValue(step.done)
        total = "" if step.total is None else f" / {step.total}"
        self.statusBar().showMessage(f"{step.label}: {step.done}{total}", _SAID_MS)

    def _sent(self, counts: Any) -> None:
        text = translate(N_("Taken in: {taken_in}. Delivered: {delivered}."))
        self.say(text.format(taken_in=counts.taken_in, delivered=counts.delivered))

    def _ran(self, plan: Any, ended: Any) -> None:
        """A run by itself: told in the status line when it brought something or made up for one."""
        from ledgerdesk.delivery.plan import told

        missed = told(plan.reason, plan.missed)
        if isinstance(ended, Exception):
            self.say(missed)
            return
        if ended.taken_in or ended.delivered:
            self._sent(ended)
        elif missed:
            self.say(missed)

    def start_unseen(self) -> None:
        """As if it had been painted: it begins to work without being shown."""
        self._was_painted = True
        self._finish()

    # --- how it is made -------------------------------------------------------------------------

    def _build(self) -> None:
        self.navigation = named(QListWidget(), "navigation")
        self.navigation.setIconSize(QSize(*_ICONS, *_ICONS))
        self.navigation.setWordWrap(True)
        self.navigation.setResizeMode(QListWidget.ResizeMode.Adjust)
        for one in self.entries:
            self.navigation.addItem(QListWidgetItem(icons.icon(one.icon, sizes=_ICONS), ""))
        self.navigation.currentRowChanged.connect(self._row_changed)
        self._stack = QStackedWidget()
        self._right = right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self._stack, 1)
        middle = QWidget()
        layout = QHBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.navigation)
        layout.addLayout(right, 1)
        self.setCentralWidget(middle)
        self._sending_bar = named(QProgressBar(textVisible=False), "sendingBar")
        self._sending_bar.setFixedWidth(180)
        self._sending_bar.hide()
        self.statusBar().addPermanentWidget(self._sending_bar)
        self.resize(1120, 720)
        self.setMinimumSize(860, 520)

    def _draw_navigation(self) -> None:
        for number, one in enumerate(self.entries):
            self.navigation.item(number).setIcon(icons.icon(one.icon, sizes=_ICONS))

    def _row_changed(self, number: int) -> None:
        # A list that gets the focus chooses its first line: no reason to make that page.
        if self._was_painted and 0 <= number < len(self.entries):
            self._show_page(number)

    def _show_page(self, number: int) -> None:
        page = self.page(self.entries[number].name)
        if page is not self._current:
            self._current = page
            self._stack.setCurrentWidget(page)
            self.menus.show_page(page)

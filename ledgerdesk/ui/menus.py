"""The menu bar: every command of the program is in it, the page's own among them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from ledgerdesk.i18n import N_, translate
from ledgerdesk.ui import icons
from ledgerdesk.ui.commands import Command

if TYPE_CHECKING:
    from ledgerdesk.ui.page import Page
    from ledgerdesk.ui.window import Window

_STANDARD = QKeySequence.StandardKey


class Menus:
    """File, Edit, the page's own menu, View, Help."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._page: Page | None = None
        self._are_icons_drawn = False
        bar = window.menuBar()
        self._file, self._edit, self._own, self._view, self._help = (
            bar.addMenu("") for _ in range(5)
        )
        for menu in (self._file, self._edit, self._view, self._help):
            menu.aboutToShow.connect(self._draw_icons)
        self._commands: list[Command] = []
        self._fill_file()
        self._fill_edit()
        self._fill_view()
        self.about = self._add(self._help, N_("&About LedgerDesk"), self._about, name="about")
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
        self.show_page(None)

    def retranslate(self) -> None:
        titles = {
            self._file: N_("&File"),
            self._edit: N_("&Edit"),
            self._view: N_("&View"),
            self._help: N_("&Help"),
        }
        for menu, title in titles.items():
            menu.setTitle(translate(title))
        for command in self._commands:
            command.retranslate()
        self._title_own()

    def show_page(self, page: Page | None) -> None:
        """The page's commands are in its own menu while it is on screen."""
        self._page = page
        self._own.clear()
        if page is not None:
            self._own.addActions(page.commands)
        self._own.menuAction().setVisible(bool(page and page.commands))
        self._title_own()
        self.update_enabled()

    def update_enabled(self) -> None:
        desk, page = self._window.desk, self._page
        self.send.setEnabled(desk.is_open and not desk.is_sending)
        self.stop.setEnabled(desk.is_sending)
        self.find.setEnabled(bool(page and page.search_hint))
        self.refresh.setEnabled(desk.is_open)

    def _draw_icons(self) -> None:
        """When a menu is opened for the first time."""
        if not self._are_icons_drawn:
            self._are_icons_drawn = True
            icons.recolour(self._window)

    def _title_own(self) -> None:
        if self._page is not None:
            self._own.setTitle(translate(self._page.title))

    def _fill_file(self) -> None:
        window, desk = self._window, self._window.desk
        self.send = self._add(
            self._file,
            N_("&Send now"),
            desk.send_now,
            name="send_now",
            icon="send",
            shortcut="Ctrl+Return",
            tip=N_("Look for new documents and send everything that is due"),
        )
        self.stop = self._add(
            self._file,
            N_("S&top sending"),
            desk.cancel_sending,
            name="stop_sending",
            icon="stop",
            tip=N_("What is on its way comes to its end; the rest waits for the next time"),
        )
        self._file.addSeparator()
        self.settings = self._add(
            self._file,
            N_("S&ettings…"),
            lambda: window.go_to("settings"),
            name="settings",
            icon="settings",
            shortcut="Ctrl+,",
        )
        self.settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        self._file.addSeparator()
        self.quit = self._add(self._file, N_("&Quit"), window.quit, name="quit", shortcut="Ctrl+Q")
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)

    def _fill_edit(self) -> None:
        self.find = self._add(
            self._edit, N_("&Find"), self._find, name="find", icon="find", shortcut=_STANDARD.Find
        )

    def _fill_view(self) -> None:
        window = self._window
        for number, one in enumerate(window.entries):
            self._add(
                self._view,
                one.title,
                lambda name=one.name: window.go_to(name),
                name=f"page_{one.name}",
                icon=one.icon,
                shortcut=f"Ctrl+{number + 1}",
            )
        self._view.addSeparator()
        self.refresh = self._add(
            self._view,
            N_("&Refresh"),
            window.refresh,
            name="refresh",
            icon="refresh",
            shortcut=_STANDARD.Refresh,
        )

    def _add(
        self,
        menu: QMenu,
        text: str,
        run: Callable[..., object],
        *,
        name: str,
        icon: str = "",
        shortcut: QKeySequence.StandardKey | str | None = None,
        tip: str = "",
    ) -> Command:
        command = Command(self._window, text, run, name=name, shortcut=shortcut, tip=tip)
        # Ninety pictures that a start need not wait for.
        icons.promise_icon(command, icon)
        menu.addAction(command)
        self._commands.append(command)
        return command

    def _find(self) -> None:
        if self._page is not None:
            self._page.focus_search()

    def _about(self) -> None:
        from ledgerdesk.ui.dialogs import about

        about(self._window)

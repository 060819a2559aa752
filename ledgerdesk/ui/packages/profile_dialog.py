"""Importing a profile: what it does, in words, before it is kept; then on to connecting with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QGridLayout, QWidget

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Check
from ledgerdesk.ui.clients.dialog import BackgroundDialog, card, help_line
from ledgerdesk.ui.page import Shell
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named, push_button
from ledgerdesk.ui.wizard.checks import CheckList

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.setup.profile_words import ProfilePreview
    from ledgerdesk.setup.profiles import KeptProfile

_WIDTH, _HEIGHT = 680, 520
_NAMES = 150


class ProfileDialog(BackgroundDialog):
    """Shows what ``file`` would bring and keeps it after a yes. ``connect_wanted`` brings the
    integration to connect with it; ``imported`` comes once it is kept."""

    imported = Signal()
    connect_wanted = Signal(str)

    def __init__(self, shell: Shell, parent: QWidget, file: Path) -> None:
        super().__init__(shell, parent, "profileDialog", translate(N_("Import a profile")))
        self._file = file
        self.preview: ProfilePreview | None = None
        self.heading = plain_label(name="profileHeading")
        self.heading.setProperty("section", True)
        self.about = help_line("", "profileAbout")
        self._lines, inside = card()
        self._lines.setObjectName("profileLines")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnMinimumWidth(0, _NAMES)
        self._grid.setColumnStretch(1, 1)
        inside.addLayout(self._grid)
        self.missing = plain_label(name="profileMissing")
        self.missing.setProperty("notice", True)
        self.missing.setMargin(12)
        self.checks = CheckList()
        self.checks.hide()
        self.accept_http = named(QCheckBox(), "acceptHttp")
        self.accept_http.hide()
        self._lay_out()
        self._read()

    def import_it(self) -> None:
        """Keeps the profile; nothing else was changed until now."""
        accept_http = self.accept_http.isChecked()
        if not self.accept_http.isHidden() and not accept_http:
            self.trouble.setText(translate(N_("Tick first that you accept it without encryption.")))
            self.trouble.show()
            self.accept_http.setFocus()
            return
        self.work(
            lambda desk: desk.profiles.take_in(self._file, accept_http=accept_http), self._kept
        )

    def try_out(self) -> None:
        """Signs in again with every connected account that uses it."""
        assert self.preview is not None
        id = self.preview.id
        seen: list[Check] = []
        self.checks.clear()
        self.checks.show()
        self.checks.set_busy(True)

        def work(desk: Desk) -> Sequence[Check]:
            return desk.profiles.try_out(id, seen=seen)

        def failed(error: LedgerDeskError) -> None:
            self.checks.show_failure(tuple(seen), error)
            self.show_trouble(error)

        self.work(work, self._tried, failed)

    def choose_other(self) -> None:
        file = chosen_file(self)
        if file is not None:
            self._file = file
            self._read()

    # --- what is shown ----------------------------------------------------------------------------

    def _read(self) -> None:
        self.preview = None
        self.heading.setText(self._file.name)
        self.about.setText("")
        for widget in (self._lines, self.missing, self.accept_http, self.checks):
            widget.hide()
        self._offer(self.import_button)
        file = self._file
        self.work(lambda desk: desk.profiles.preview(file), self._show, self._unreadable)

    def _unreadable(self, error: LedgerDeskError) -> None:
        self._offer(None)
        self.show_trouble(error)

    def _show(self, found: ProfilePreview) -> None:
        self.preview = found
        self.heading.setText(found.title)
        self.about.setText(self._about(found))
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        top = Qt.AlignmentFlag.AlignTop
        for row, (name, text) in enumerate(found.lines):
            first, second = plain_label(name), plain_label(text, selectable=True)
            first.setProperty("fieldLabel", True)
            second.setAccessibleName(f"{name}: {text}")
            self._grid.addWidget(first, row, 0, top)
            self._grid.addWidget(second, row, 1, top)
        self._lines.show()
        self.missing.setText(_missing(found))
        self.missing.setVisible(not found.complete)
        hosts = ", ".join(found.unencrypted)
        text = translate(
            N_("I accept that passwords and documents reach {hosts} without encryption (http).")
        )
        self.accept_http.setText(text.format(hosts=hosts))
        self.accept_http.setChecked(False)
        self.accept_http.setVisible(bool(hosts))
        self.import_button.setFocus()

    def _about(self, found: ProfilePreview) -> str:
        parts = [
            translate(N_("This is what LedgerDesk would do with it. Passwords are never in it."))
        ]
        if found.replaces:
            parts.append(translate(N_("It takes the place of the profile you imported before.")))
        if found.users:
            text = N_("Connected accounts that use it: {count}. They are to be tried out again.")
            parts.append(translate(text).format(count=found.users))
        return " ".join(parts)

    def _kept(self, kept: KeptProfile) -> None:
        assert self.preview is not None
        self.imported.emit()
        for widget in (self.accept_http, self.other_button):
            widget.hide()
        text = N_("Imported. It is complete: connect the package and try it out.")
        if not kept.complete:
            text = N_("Imported, but not complete: nothing can be sent with it yet.")
        elif self.preview.users:
            text = N_("Imported. Try it out before the next documents leave.")
        self.about.setText(translate(text))
        if not kept.complete:
            self._offer(None)
        else:
            self._offer(self.try_button if self.preview.users else self.connect_button)

    def _tried(self, checks: Sequence[Check]) -> None:
        self.checks.set_busy(False)
        self.checks.show_checks(checks)
        self.about.setText(translate(N_("Everything works.")))
        self._offer(None)
        self.imported.emit()

    def _connect(self) -> None:
        assert self.preview is not None
        id = self.preview.id
        self.accept()
        self.connect_wanted.emit(id)

    # --- how it is made ---------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.column.addWidget(self.heading)
        self.column.addWidget(self.about)
        self.column.addWidget(self._lines)
        self.column.addWidget(self.missing)
        self.column.addWidget(self.accept_http)
        self.column.addWidget(self.checks)
        self.column.addStretch(1)
        self.other_button = push_button("otherFile")
        self.other_button.setText(translate(N_("Choose another file…")))
        self.other_button.setAutoDefault(False)
        self.other_button.clicked.connect(self.choose_other)
        self.lay_out(scrolls=True)
        self._buttons.insertWidget(0, self.other_button)
        self.import_button = self.add_button(
            "importProfile", translate(N_("Import")), self.import_it, primary=True
        )
        self.connect_button = self.add_button(
            "connectProfile", translate(N_("Connect it now…")), self._connect, primary=True
        )
        self.try_button = self.add_button(
            "tryProfile", translate(N_("Try it out")), self.try_out, primary=True
        )
        self.close_button = self.add_cancel(translate(N_("Close")))
        self.resize(_WIDTH, _HEIGHT)

    def _offer(self, wanted: QWidget | None) -> None:
        """The one thing to do next; None: only closing is left."""
        for button in (self.import_button, self.connect_button, self.try_button):
            button.setVisible(button is wanted)
            button.setDefault(button is wanted)
        (wanted or self.close_button).setFocus()


def chosen_file(parent: QWidget) -> Path | None:
    """The profile a person chooses; None when they choose none."""
    title = translate(N_("Import a profile"))
    kinds = translate(N_("Profiles (*.toml);;All files (*)"))
    chosen, _ = QFileDialog.getOpenFileName(parent, title, QDir.homePath(), kinds)
    return Path(chosen) if chosen else None


def _missing(found: ProfilePreview) -> str:
    text = N_(
        "Not complete yet. Ask the vendor: {what}. Write it into the file and import it again; "
        "until then choose the mailbox, SFTP or a folder for this package."
    )
    return translate(text).format(what=", ".join(found.missing))

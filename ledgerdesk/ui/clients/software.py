"""A client's accounting software per kind of document: what holds now, and what held before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Client, LinkRole
from ledgerdesk.setup.linking import Linkable
from ledgerdesk.setup.roster import KeptLink
from ledgerdesk.ui import dialogs
from ledgerdesk.ui.clients import words
from ledgerdesk.ui.clients.dialog import BackgroundDialog
from ledgerdesk.ui.table import Column, ListTable
from ledgerdesk.ui.table_view import TableView
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named, push_button

if TYPE_CHECKING:
    from ledgerdesk.app import Desk


_ROWS = 5


def _package(one: KeptLink) -> str:
    if one.link.role is LinkRole.MAIN:
        return one.package
    return translate(N_("{package} (copy)")).format(package=one.package)


_COLUMNS: tuple[Column[KeptLink], ...] = (
    Column("kind", N_("Documents"), lambda one: words.kind(one.link.kind), width=17),
    Column("package", N_("Accounting software"), _package, 20, stretch=True, tip=_package),
    Column("days", N_("Valid"), lambda one: words.period(one.link), width=20),
    Column(
        "state",
        N_("State"),
        lambda one: translate(N_("In force") if one.is_active else N_("Ended")),
        width=12,
        icon=lambda one: "ok" if one.is_active else "history",
    ),
)


class Software(QWidget):
    """Changes here act at once, not with the dialog's *Save*."""

    def __init__(self, dialog: BackgroundDialog, client: Client) -> None:
        super().__init__()
        self._dialog, self._client = dialog, client
        self._links: Sequence[KeptLink] = ()
        self._packages: Sequence[Linkable] = ()
        self.table = ListTable(_COLUMNS, lambda one: one.link.id, self)
        self.view = TableView(self.table, name="links")
        self.view.setAccessibleName(translate(N_("Accounting software of this client")))
        self.none = plain_label(name="noSoftware")
        self.choose = push_button("chooseSoftware")
        self.choose.setText(translate(N_("Choose accounting software…")))
        self.edit = push_button("changeLink")
        self.edit.setText(translate(N_("Change…")))
        self.end = push_button("endLink")
        self.end.setText(translate(N_("End today")))
        self.history = named(QCheckBox(), "history")
        self.history.hide()
        for button in (self.choose, self.edit, self.end):
            button.setEnabled(False)
        self._lay_out()
        self.view.chosen.connect(self._enable)
        self.view.opened.connect(lambda _row: self._change())
        self.choose.clicked.connect(lambda: self._open(None))
        self.edit.clicked.connect(self._change)
        self.end.clicked.connect(self._end)
        self.history.toggled.connect(self._show)
        self.load()

    def load(self) -> None:
        id = self._client.id

        def work(desk: Desk) -> tuple[list[KeptLink], tuple[Linkable, ...]]:
            return desk.roster.links(id), desk.linking.packages()

        self._dialog.work(work, self._loaded, waits=False)

    def _loaded(self, found: tuple[list[KeptLink], tuple[Linkable, ...]]) -> None:
        self._links, self._packages = found
        self._show()

    def _show(self) -> None:
        now = [one for one in self._links if one.is_active]
        before = len(self._links) - len(now)
        self.history.setText(translate(N_("Show earlier ones ({count})")).format(count=before))
        self.history.setVisible(before > 0)
        self.table.set_rows(self._links if self.history.isChecked() else now)
        shown = self.table.rowCount() > 0
        self.view.setVisible(shown)
        rows = min(_ROWS, self.table.rowCount()) + 1.6
        self.view.setFixedHeight(round(rows * self.view.verticalHeader().defaultSectionSize()))
        self.none.setVisible(not shown)
        if self._packages:
            text = N_("None chosen yet: this client's documents wait for it.")
        else:
            text = N_("No accounting package is set up yet: add one on the page of that name.")
        self.none.setText(translate(text))
        self.choose.setEnabled(bool(self._packages))
        self._enable()

    def _enable(self) -> None:
        row = self._selected()
        for button in (self.edit, self.end):
            button.setVisible(self.table.rowCount() > 0)
        self.edit.setEnabled(row is not None and self._package(row) is not None)
        is_open = row is not None and row.is_active and row.link.until is None
        self.end.setEnabled(is_open)

    def _selected(self) -> KeptLink | None:
        rows = self.view.selected()
        return rows[0] if len(rows) == 1 else None

    def _package(self, row: KeptLink) -> Linkable | None:
        wanted = row.link.configuration_id
        return next((one for one in self._packages if one.id == wanted), None)

    def _change(self) -> None:
        row = self._selected()
        if row is not None and self._package(row) is not None:
            self._open(row)

    def _open(self, row: KeptLink | None) -> None:
        from ledgerdesk.ui.clients.link_dialog import ChangeDialog, LinkDialog

        shell, client = self._dialog.shell, self._client
        if row is None:
            now = [one for one in self._links if one.is_active]
            LinkDialog(shell, self._dialog, client, self._packages, now, self._changed).open()
            return
        package = self._package(row)
        assert package is not None
        ChangeDialog(shell, self._dialog, client, package, row, self._changed).open()

    def _changed(self) -> None:
        share = self._dialog.findChild(QCheckBox, "share")
        if share is not None:
            # Choosing software says that documents may go there.
            share.setChecked(True)
        self.load()

    def _end(self) -> None:
        row = self._selected()
        if row is None:
            return
        link = row.link
        sure = dialogs.ask(
            self,
            translate(N_("End “{package}” for {kind} today?")).format(
                package=row.package, kind=words.kind(link.kind)
            ),
            translate(
                N_("Documents of today and earlier still go there; later ones wait for you.")
            ),
            yes=translate(N_("End today")),
            no=translate(N_("Keep")),
        )
        if sure:
            self._dialog.work(
                lambda desk: desk.links.unlink(
                    link.client_id, link.configuration_id, kind=link.kind
                ),
                lambda _ended: self.load(),
            )

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.choose, self.edit, self.end):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.history)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.none)
        layout.addWidget(self.view)
        layout.addLayout(buttons)

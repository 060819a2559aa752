"""Clients: who they are, their accounting software, and what waits for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Client, Link
from ledgerdesk.ui import icons
from ledgerdesk.ui.clients.rows import columns
from ledgerdesk.ui.commands import Command
from ledgerdesk.ui.page import Page, Query
from ledgerdesk.ui.states import State
from ledgerdesk.ui.table import ListTable
from ledgerdesk.ui.table_view import TableView
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named, push_button

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.setup.import_table import RowVerdict
    from ledgerdesk.setup.linking import Linkable
    from ledgerdesk.setup.roster import KeptLink, Listed

_SHOWN = "shown"
_NARROWEST = 72
_FILTERS = (
    ("", N_("All clients")),
    ("not_linked", N_("Not linked")),
    ("not_shared", N_("Not shared")),
    ("waiting", N_("Documents wait")),
    ("archived", N_("Archived")),
)


@dataclass(frozen=True, slots=True)
class Data:
    """``rows`` fit the query; ``total`` clients are there, archived ones not counted."""

    rows: Sequence[Listed]
    total: int
    archived: int


@dataclass(frozen=True, slots=True)
class Archived:
    """What an archiving can be undone with: the client, and its links as they were."""

    client: Client
    links: tuple[Link, ...]


class ClientsPage(Page):
    name = "clients"
    title = N_("Clients")
    icon = "clients"
    search_hint = N_("Search name, number or package")

    def make_commands(self) -> list[Command]:
        make, keys = partial(Command, self), QKeySequence.StandardKey
        self.new = make(
            N_("&New client…"), self.open_new, name="newClient", icon="add", shortcut=keys.New
        )
        self.new.is_primary = True
        self.edit = make(N_("&Edit…"), self.open_selected, name="editClient", icon="edit")
        self.edit.setShortcut("F2")
        tip = N_("Link the chosen clients, or look who can be linked, to an accounting package")
        self.link = make(
            N_("&Link…"),
            self.open_bulk,
            name="linkClients",
            icon="link",
            shortcut="Ctrl+L",
            tip=tip,
        )
        tip = N_("Clients out of a spreadsheet")
        self.import_ = make(
            N_("&Import…"), self.open_import, name="importClients", icon="import", tip=tip
        )
        tip = N_("No longer a client: its links end today")
        self.archive = make(
            N_("&Archive"), self.archive_selected, name="archiveClients", icon="remove", tip=tip
        )
        self.archive.setShortcut(keys.Delete)
        self.restore = make(
            N_("&Take back"), self.restore_selected, name="restoreClients", icon="undo"
        )
        self.undo = make(
            N_("&Undo archiving"), self.undo_archiving, name="undoArchiving", shortcut=keys.Undo
        )
        self.documents = make(
            N_("&Documents"), self.show_documents, name="documentsOfClient", icon="documents"
        )
        of_rows = (self.edit, self.documents, self.archive, self.restore, self.undo)
        for command in of_rows:
            command.has_button = False
            command.setEnabled(False)
        return [self.new, self.link, self.import_, *of_rows]

    def build(self) -> QWidget:
        self.setAcceptDrops(True)
        self._archived: list[Archived] = []
        self._wanted = ""
        self._to_link: str | None = None
        self._to_show = ""
        self.filter = named(QComboBox(), "clientFilter")
        for key, _text in _FILTERS:
            self.filter.addItem("", key)
        self.filter.activated.connect(
            lambda _index: self.set_filter(_SHOWN, self.filter.currentData())
        )
        self.count = plain_label(name="clientCount")
        self.count.setProperty("help", True)
        self.table = ListTable(columns(), lambda row: row.client.id, self)
        self.view = TableView(self.table, name="clientList")
        self.view.horizontalHeader().setMinimumSectionSize(_NARROWEST)
        self.view.set_menu([self.edit, self.link, self.documents, self.archive, self.restore])
        self.view.opened.connect(lambda row: self.open_client(row.client))
        self.view.chosen.connect(self._enable)
        return self._laid_out()

    def load(self, desk: Desk, query: Query) -> Data:
        shown = query.filters.get(_SHOWN, "")
        everyone = desk.roster.listed(archived=None)
        now = [row for row in everyone if not row.is_archived]
        archived = [row for row in everyone if row.is_archived]
        rows = archived if shown == "archived" else [row for row in now if _fits(row, shown)]
        fitting = [row for row in rows if row.fits(query.text)]
        return Data(fitting, len(now), len(archived))

    def show_data(self, data: Data) -> State | None:
        self.table.set_rows(data.rows)
        self._show_count(data)
        self.link.setEnabled(data.total > 0)
        self._enable()
        self._go_on()
        if not data.rows and not self.query.is_all:
            return self.nothing_found()
        if not data.total and not data.archived:
            return State(
                N_("No clients yet"),
                N_("A client is a business whose books you keep: its documents find it by number."),
                N_("New client…"),
                self.open_new,
                icon="clients",
            )
        return None

    def retranslate(self) -> None:
        for number, (_key, text) in enumerate(_FILTERS):
            self.filter.setItemText(number, translate(text))
        self.filter.setAccessibleName(translate(N_("Which clients are shown")))
        self.view.setAccessibleName(translate(self.title))
        self._undo_button.setText(translate(N_("Undo")))
        self._show_undo()

    def visit(self, **what: str) -> None:
        """``client`` opens that one; ``link`` the linking of many to that accounting package;
        ``configuration`` shows the clients of that package."""
        self._wanted = what.get("client", "")
        self._to_link = what.get("link")
        self._to_show = what.get("configuration", "")
        self.refresh()

    def show_all(self) -> None:
        self.filter.setCurrentIndex(0)
        super().show_all()

    # --- what the commands do --------------------------------------------------------------------

    def open_new(self) -> None:
        from ledgerdesk.ui.clients.client_dialog import ClientDialog

        ClientDialog(self.shell, self, None, self._saved).open()

    def open_selected(self) -> None:
        rows = self.view.selected()
        if len(rows) == 1:
            self.open_client(rows[0].client)

    def open_client(self, client: Client) -> None:
        from ledgerdesk.ui.clients.client_dialog import ClientDialog

        dialog = ClientDialog(self.shell, self, client, self._saved)
        dialog.finished.connect(lambda _result: self.refresh())
        dialog.open()

    def open_bulk(self, package_id: str = "") -> None:
        """For the selected clients; without a selection, for whoever may belong to the package."""
        clients = [] if package_id else [row.client for row in self.view.selected()]
        if len(clients) == 1:
            self._open_link(clients[0])
            return

        def show(packages: Sequence[Linkable]) -> None:
            from ledgerdesk.ui.clients.bulk_dialog import BulkDialog

            BulkDialog(self.shell, self, packages, clients, self._linked, package_id).open()

        self._with_packages(show)

    def open_import(self, path: Path | None = None) -> None:
        from ledgerdesk.ui.clients.import_dialog import ImportDialog

        ImportDialog(self.shell, self, self._imported, path).open()

    def show_documents(self) -> None:
        rows = self.view.selected()
        if len(rows) == 1:
            self.shell.go_to("documents", client=rows[0].client.id)

    def archive_selected(self) -> None:
        chosen = [row.client for row in self.view.selected() if not row.is_archived]
        if not chosen:
            return

        def work(desk: Desk) -> list[Archived]:
            done = []
            for client in chosen:
                links = tuple(desk.links.of(client.id))
                done.append(Archived(desk.clients.archive(client.id), links))
            return done

        self.change(work, self._show_archived)

    def restore_selected(self) -> None:
        chosen = [row.client for row in self.view.selected() if row.is_archived]
        if chosen:
            self.change(
                lambda desk: [desk.clients.restore(one.id) for one in chosen],
                lambda done: self._say_names(N_("Taken back: {names}."), done),
            )

    def undo_archiving(self) -> None:
        undone, self._archived = self._archived, []
        self._show_undo()
        if undone:
            self.change(
                lambda desk: [desk.clients.restore(one.client.id, one.links) for one in undone],
                lambda done: self._say_names(N_("A client again, links included: {names}."), done),
            )

    # --- dropping a list -------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped(event)
        if path is not None:
            event.acceptProposedAction()
            self.open_import(path)

    # --- what comes of it ------------------------------------------------------------------------

    def _saved(self, client: Client, wants_software: bool) -> None:
        self.shell.say(translate(N_("“{name}” is saved.")).format(name=client.name))
        self.refresh()
        if wants_software:
            self._open_link(client)

    def _open_link(self, client: Client) -> None:
        """Asks for the client's links first: what it has now can be replaced or kept."""

        def show(packages: Sequence[Linkable], links: Sequence[KeptLink]) -> None:
            from ledgerdesk.ui.clients.link_dialog import LinkDialog

            now = [one for one in links if one.is_active]
            LinkDialog(self.shell, self, client, packages, now, lambda: done(client)).open()

        def done(client: Client) -> None:
            self.shell.say(translate(N_("“{name}” is linked.")).format(name=client.name))
            self.refresh()

        self._with_packages(
            lambda packages: self.shell.desk.run(
                lambda desk, _job: desk.roster.links(client.id),
                lambda links: show(packages, links),
                owner=self,
            )
        )

    def _with_packages(self, then: Callable[[Sequence[Linkable]], object]) -> None:
        """Goes on with what clients can be linked to. Not read with the list, which stands there
        sooner without: all connectors are loaded for it."""

        def go_on(packages: Sequence[Linkable]) -> None:
            if packages:
                then(packages)
                return
            text = N_("No accounting package is set up yet: add one on the page of that name.")
            self.shell.say(translate(text))

        self.shell.desk.run(lambda desk, _job: desk.linking.packages(), go_on, owner=self)

    def _linked(self, how_many: int) -> None:
        if how_many:
            one, many = N_("1 client linked."), N_("{count} clients linked.")
            self.shell.say(translate(one if how_many == 1 else many).format(count=how_many))
        self.refresh()

    def _imported(self, verdicts: Sequence[RowVerdict]) -> None:
        good = sum(one.error is None for one in verdicts)
        text = N_("1 row imported.") if good == 1 else N_("{count} rows imported.")
        self.shell.say(translate(text).format(count=good))
        self.refresh()

    def _show_archived(self, done: list[Archived]) -> None:
        self._archived = done
        self._show_undo()

    def _say_names(self, text: str, clients: Sequence[Client]) -> None:
        self.shell.say(translate(text).format(names=", ".join(one.name for one in clients)))

    def _show_undo(self) -> None:
        self._undo_bar.setVisible(bool(self._archived))
        self.undo.setEnabled(bool(self._archived))
        names = ", ".join(one.client.name for one in self._archived)
        text = translate(N_("Archived: {names}. The links ended today."))
        self._undo_text.setText(text.format(names=names))

    def _go_on(self) -> None:
        """What ``visit`` asked for, once the clients are there."""
        wanted, self._wanted = self._wanted, ""
        package_id, self._to_link = self._to_link, None
        if wanted and self.view.select_key(wanted):
            self.open_selected()
        elif wanted and not self.query.is_all:
            # The search or the filter hides it.
            self._wanted = wanted
            self.show_all()
        if package_id is not None:
            self.open_bulk(package_id)
        to_show, self._to_show = self._to_show, ""
        if to_show:
            self._with_packages(lambda packages: self._show_package(packages, to_show))

    def _show_package(self, packages: Sequence[Linkable], package_id: str) -> None:
        name = next((one.name for one in packages if one.id == package_id), "")
        if name:
            self.search.setText(name)

    def _enable(self) -> None:
        rows = self.view.selected()
        self.edit.setEnabled(len(rows) == 1)
        self.documents.setEnabled(len(rows) == 1)
        self.archive.setEnabled(any(not row.is_archived for row in rows))
        self.restore.setEnabled(any(row.is_archived for row in rows))

    def _show_count(self, data: Data) -> None:
        text = translate(N_("{shown} of {total} clients"))
        if len(data.rows) == data.total:
            text = translate(N_("1 client") if data.total == 1 else N_("{total} clients"))
        is_archive = self.query.filters.get(_SHOWN) == "archived"
        total = data.archived if is_archive else data.total
        self.count.setText(text.format(shown=len(data.rows), total=total))

    def _laid_out(self) -> QWidget:
        self._undo_text = plain_label(name="undoText")
        self._undo_button = push_button("undoArchivingButton")
        icons.set_icon(self._undo_button, "undo")
        self._undo_button.clicked.connect(self.undo_archiving)
        self._undo_bar = named(QFrame(), "undoBar")
        self._undo_bar.setProperty("card", True)
        bar = QHBoxLayout(self._undo_bar)
        bar.setContentsMargins(14, 6, 8, 6)
        bar.addWidget(self._undo_text, 1)
        bar.addWidget(self._undo_button)
        top = QHBoxLayout()
        top.addWidget(self.filter)
        top.addWidget(self.count, 1)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(top)
        layout.addWidget(self._undo_bar)
        layout.addWidget(self.view, 1)
        self.view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return content


def _fits(row: Listed, shown: str) -> bool:
    if shown == "not_linked":
        return not row.is_linked
    if shown == "not_shared":
        return not row.client.share
    return shown != "waiting" or row.waiting > 0


def _dropped(event: QDropEvent) -> Path | None:
    from ledgerdesk.ui.clients.import_dialog import dropped

    return dropped(event)

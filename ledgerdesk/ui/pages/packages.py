"""Accounting packages: what is set up, whose sign-in it uses, how it is, what to do about it.

``go_to("packages", …)`` takes ``configuration`` (selects it), ``sign_in`` (a configuration whose
sign-in is asked for again) or ``new`` (a way to add one: online, mail, folder)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Configuration
from ledgerdesk.setup.steps import Done
from ledgerdesk.ui import dialogs, icons
from ledgerdesk.ui.commands import Command
from ledgerdesk.ui.packages import rows
from ledgerdesk.ui.packages.card import PackageCard
from ledgerdesk.ui.packages.profile_dialog import ProfileDialog, chosen_file
from ledgerdesk.ui.packages.rename import RenameDialog
from ledgerdesk.ui.packages.verify import VerifyDialog
from ledgerdesk.ui.page import Page, Query, Shell
from ledgerdesk.ui.states import State
from ledgerdesk.ui.table import ListTable
from ledgerdesk.ui.table_view import TableView
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named, push_button
from ledgerdesk.ui.wizard import opening
from ledgerdesk.ui.wizard.wizard import SetupWizard

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.setup.packages import Package

_ONLINE, _MAIL, _FOLDER = "online", "mail", "folder"


class PackagesPage(Page):
    name = "packages"
    title = N_("Accounting packages")
    icon = "packages"

    def __init__(self, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(shell, parent)
        # Above the content, so that it is there too when the last package was removed.
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(1, self.undo_bar)
        self.undo_bar.hide()

    # --- commands ---------------------------------------------------------------------------------

    def make_commands(self) -> list[Command]:
        self.online = Command(
            self,
            N_("&Online connection…"),
            lambda: self.add(_ONLINE),
            name="online",
            icon="online",
            shortcut="Ctrl+N",
            tip=N_("Choose the kind of document and the integration, sign in, connect"),
            has_button=False,
        )
        self._ways = [
            self.online,
            self._way(_MAIL, N_("Delivery &by e-mail…"), "mail"),
            self._way(_FOLDER, N_("Local or network &folder…"), "folder"),
        ]
        self.import_profile = Command(
            self,
            N_("&Import a profile…"),
            self._import_profile,
            name="import_profile",
            icon="import",
            tip=N_("How a vendor's web service takes documents, as the vendor told you"),
            has_button=False,
        )
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._menu.addActions([*self._ways, self.import_profile])
        # The plus sign of the article; a menu entry would only repeat what is in it.
        self.plus = Command(self, N_("+ Add"), name="add", icon="add", primary=True)
        self.plus.setMenu(self._menu)
        self.edit = self._on_one(N_("&Edit…"), self._edit, "edit", "edit")
        self.verify = self._on_one(N_("&Verify now…"), self._verify, "verify", "tick")
        self.sign_in = self._on_one(N_("&Sign in again…"), self._sign_in, "sign_in", "key")
        self.add_kind = self._on_one(N_("Add a kind of &document…"), self._add_kind, "kind", "add")
        self.link = self._on_one(N_("&Link clients…"), self._link, "link_clients", "link")
        self.rename = self._on_one(N_("&Rename…"), self._rename, "rename", "edit")
        self.rename.setShortcut("F2")
        self.remove = self._on_one(N_("Re&move…"), self._remove, "remove", "remove")
        self.remove.setShortcut("Del")
        self.undo = self._on_one(N_("&Undo removing"), self._undo_removal, "undo_removal", "undo")
        self.undo.setShortcut(QKeySequence(QKeySequence.StandardKey.Undo))
        self.undo.setEnabled(False)
        self._about_one = [
            *(self.verify, self.edit, self.sign_in, self.add_kind),
            *(self.link, self.rename, self.remove),
        ]
        return [self.plus, *self._ways, self.import_profile, *self._about_one, self.undo]

    @property
    def commands(self) -> list[Command]:
        """The menu bar shows the ways themselves, not a menu in a menu."""
        return [one for one in super().commands if one is not self.plus]

    def _way(self, way: str, text: str, icon: str) -> Command:
        return Command(self, text, lambda: self.add(way), name=way, icon=icon, has_button=False)

    def _on_one(self, text: str, run: Callable[[], object], name: str, icon: str) -> Command:
        return Command(self, text, run, name=name, icon=icon, has_button=False)

    # --- content ----------------------------------------------------------------------------------

    def build(self) -> QWidget:
        self.table: ListTable[Package] = ListTable(rows.columns(), lambda one: one.id, self)
        self.view = TableView(self.table, name="packages")
        self.view.setSelectionMode(TableView.SelectionMode.SingleSelection)
        self.view.set_menu(self._about_one)
        self.view.chosen.connect(self._show_selected)
        self.view.opened.connect(lambda _one: self._edit())
        self.filter = named(QComboBox(), "filter")
        self.filter.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for value, _ in rows.FILTERS:
            self.filter.addItem("", value)
        self.filter.activated.connect(lambda _row: self._filter_chosen())
        self.card = PackageCard()
        self.card.acted.connect(self._act)
        self.undo_bar = self._make_undo_bar()
        top = QHBoxLayout()
        top.addWidget(self.filter)
        top.addStretch(1)
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(top)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.card)
        self._to_select = ""
        self._wanted: dict[str, str] = {}
        self.wizard: SetupWizard | None = None
        return whole

    def load(self, desk: Desk, query: Query) -> tuple[Sequence[Package], bool]:
        """What fits, and whether there is any at all."""
        every = desk.packages.listed()
        wanted = query.filters.get("show", "")
        return [one for one in every if rows.fits(one, query.text, wanted)], bool(every)

    def show_data(self, data: tuple[Sequence[Package], bool]) -> State | None:
        shown, is_any = data
        self.table.set_rows(shown)
        if self._to_select and self.view.select_key(self._to_select):
            self._to_select = ""
        elif shown and not self.view.selected():
            self.view.selectRow(0)
        self._show_selected()
        self._do_wanted()
        if not is_any:
            return State(
                N_("No accounting package is connected yet"),
                N_("Connect the first one; then say which clients send their documents there."),
                N_("Connect an accounting package"),
                lambda: self.add(_ONLINE),
                icon="packages",
            )
        return None if shown else self.nothing_found()

    def retranslate(self) -> None:
        for row, (_, text) in enumerate(rows.FILTERS):
            self.filter.setItemText(row, translate(text))
        self.filter.setAccessibleName(translate(N_("Show")))
        self.view.setAccessibleName(translate(self.title))
        self.card.retranslate()
        self._retranslate_undo()

    def show_all(self) -> None:
        self.filter.setCurrentIndex(0)
        super().show_all()

    def visit(self, **what: str) -> None:
        if "new" in what:
            self.add(what["new"])
            return
        self._to_select = what.get("configuration", "") or what.get("sign_in", "")
        self._wanted = dict(what)
        self.refresh()

    # --- what can be done -------------------------------------------------------------------------

    def add(self, way: str) -> None:
        """Opens the wizard; ``way`` says which integrations it offers."""
        title = opening.titled(opening.ADD_TITLE)
        self._open(opening.add_package(way), title)

    def connect_with(self, connector_id: str) -> None:
        """Opens the wizard for this integration."""
        self._open(opening.add_with(connector_id), opening.titled(opening.ADD_TITLE))

    def _import_profile(self) -> None:
        file = chosen_file(self)
        if file is None:
            return
        dialog = ProfileDialog(self.shell, self, file)
        dialog.imported.connect(self.refresh)
        dialog.connect_wanted.connect(self.connect_with)
        dialog.open()

    def _edit(self) -> None:
        one = self._selected()
        if one is not None:
            title = opening.titled(opening.EDIT_TITLE, name=one.name)
            self._open(opening.edit_package(one.id), title)

    def _add_kind(self) -> None:
        one = self._selected()
        if one is not None and one.more_kinds:
            title = opening.titled(opening.EDIT_TITLE, name=one.name)
            self._open(opening.edit_package(one.id, one.more_kinds[0]), title)

    def _sign_in(self) -> None:
        one = self._selected()
        if one is None:
            return
        if one.uses_mail_account:
            self.shell.go_to("settings")
        elif one.has_sign_in and one.connection_ids:
            # The one that needs it comes first.
            title = opening.titled(opening.SIGN_IN_TITLE, account=one.accounts[0])
            self._open(opening.sign_in_again(one.connection_ids[0]), title)

    def _verify(self) -> None:
        one = self._selected()
        if one is None:
            return
        dialog = VerifyDialog(self.shell, one, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.ended.connect(lambda _fine: self.refresh())
        dialog.sign_in_wanted.connect(self._sign_in)
        dialog.open()

    def _link(self) -> None:
        one = self._selected()
        if one is not None:
            self.shell.go_to("clients", link=one.id)

    def _rename(self) -> None:
        one = self._selected()
        if one is None:
            return
        dialog = RenameDialog(self.shell, one, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.renamed.connect(lambda _name: self.refresh())
        dialog.open()

    def _remove(self) -> None:
        one = self._selected()
        if one is not None:
            self.shell.desk.run(
                lambda desk, _job: desk.configurations.affected(one.id),
                lambda users: self._remove_unused(one, users),
                self.shell.tell,
                owner=self,
            )

    def _make_undo_bar(self) -> QFrame:
        self._removed: Configuration | None = None
        self._undo_text = plain_label(name="undoText")
        self._undo_button = push_button("undoRemoval")
        icons.set_icon(self._undo_button, "undo")
        self._undo_button.clicked.connect(self.undo.trigger)
        made = named(QFrame(), "undoBar")
        made.setProperty("card", True)
        bar = QHBoxLayout(made)
        bar.setContentsMargins(14, 6, 8, 6)
        bar.addWidget(self._undo_text, 1)
        bar.addWidget(self._undo_button)
        return made

    def _remove_unused(self, one: Package, users: Sequence[str]) -> None:
        if users:
            self._tell_users(one, users)
            return
        self.change(lambda desk: desk.configurations.remove(one.id), self._show_removed)

    def _undo_removal(self) -> None:
        gone = self._removed
        if gone is not None:
            self._show_removed(None)
            self._to_select = gone.id
            self.change(lambda desk: desk.configurations.restore(gone.id))

    def _show_removed(self, gone: Configuration | None) -> None:
        self._removed = gone
        self.undo.setEnabled(gone is not None)
        self.undo_bar.setVisible(gone is not None)
        self._retranslate_undo()

    def _retranslate_undo(self) -> None:
        text = N_("“{name}” is removed. No client sent documents there; proofs and history stay.")
        name = self._removed.name if self._removed else ""
        self._undo_text.setText(translate(text).format(name=name))
        self._undo_button.setText(translate(N_("Undo")))

    def _tell_users(self, one: Package, users: Sequence[str]) -> None:
        text = N_("“{name}” cannot be removed yet: {count} of your clients send documents there.")
        question = translate(text).format(name=one.name, count=len(users))
        more = "" if len(users) <= _NAMED else f" … ({len(users)})"
        remedy = translate(N_("Give them other accounting software first, or end their links."))
        detail = ", ".join(users[:_NAMED]) + more + "\n\n" + remedy
        yes, no = translate(N_("Show these clients")), translate(N_("Close"))
        if dialogs.ask(self, question, detail, yes=yes, no=no):
            self.shell.go_to("clients", configuration=one.id)

    # --- how --------------------------------------------------------------------------------------

    def _open(self, make: opening.MakeFlow, title: str) -> None:
        opening.open_wizard(self.shell, self, make, title, self._connected, self._opened)

    def _opened(self, wizard: SetupWizard) -> None:
        self.wizard = wizard
        wizard.destroyed.connect(self._forget_wizard)

    def _forget_wizard(self) -> None:
        self.wizard = None

    def _connected(self, done: Done) -> None:
        if done.configuration is not None:
            self._to_select = done.configuration.id
        self.shell.say(done.title)
        self.refresh()

    def _selected(self) -> Package | None:
        found = self.view.selected()
        return found[0] if found else None

    def _show_selected(self) -> None:
        one = self._selected()
        for command in self._about_one:
            command.setEnabled(one is not None)
        self.sign_in.setEnabled(bool(one and (one.has_sign_in or one.uses_mail_account)))
        self.add_kind.setEnabled(bool(one and one.more_kinds))
        self.card.show_package(one)

    def _act(self, what: str) -> None:
        ways = {"sign_in": self.sign_in, "verify": self.verify, "link": self.link}
        ways.get(what, self.edit).trigger()

    def _filter_chosen(self) -> None:
        self.set_filter("show", str(self.filter.currentData() or ""))

    def _do_wanted(self) -> None:
        wanted, self._wanted = self._wanted, {}
        if wanted.get("sign_in") and self._selected() is not None:
            self._sign_in()


_NAMED = 10
"""Clients named in a dialog; the rest is counted."""

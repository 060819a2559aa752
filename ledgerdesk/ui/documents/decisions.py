"""What a person decides about the selected documents: commands, questions, what was done."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFileDialog

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Client, Direction, Document, DocumentKind
from ledgerdesk.model.listing import DocumentRow
from ledgerdesk.ui.commands import Command
from ledgerdesk.ui.documents import actions, words
from ledgerdesk.ui.documents.dialogs import AssignDialog
from ledgerdesk.ui.page import Page
from ledgerdesk.ui.reason_dialog import ReasonDialog
from ledgerdesk.ui.table_view import TableView

_LOOKED_AT = 200


class Decisions:
    """``of_rows`` are the commands of the selected rows, ``undo`` takes the last setting aside
    back. ``clients`` are those one can choose; ``select`` are documents to be selected next."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.view: TableView | None = None
        self.clients: Sequence[Client] = ()
        self.select: list[str] = []
        self._set_aside: list[list[str]] = []
        self._make(partial(Command, page, has_button=False))
        self.of_rows = (self.assign, self.release, self.aside, self.restore, self.save)
        for command in (*self.of_rows, self.undo):
            command.setEnabled(False)

    def _make(self, make: partial[Command]) -> None:
        keys = QKeySequence.StandardKey
        self.assign = make(
            N_("&Assign…"),
            self.open_assign,
            name="assignDocuments",
            icon="person",
            shortcut="Ctrl+Shift+A",
            tip=N_("Say whose they are"),
        )
        self.release = make(
            N_("&Release…"),
            self.open_release,
            name="releaseDocuments",
            icon="tick",
            shortcut="Ctrl+Shift+R",
            tip=N_("Let them go although something was found"),
        )
        self.aside = make(
            N_("Set a&side…"),
            self.open_set_aside,
            name="setAside",
            icon="remove",
            shortcut=keys.Delete,
            tip=N_("Not for the books"),
        )
        self.restore = make(
            N_("&Take back"),
            self.restore_selected,
            name="restoreDocuments",
            icon="undo",
            shortcut="Ctrl+Shift+Z",
            tip=N_("No longer set aside"),
        )
        self.save = make(
            N_("Save &original…"),
            self.save_original,
            name="saveOriginal",
            icon="export",
            shortcut=keys.Save,
            tip=N_("Write the file, unchanged, to a folder of yours"),
        )
        self.undo = make(
            N_("&Undo setting aside"), self.undo_aside, name="undoAside", shortcut=keys.Undo
        )

    def enable(self, count: int, rows: Sequence[DocumentRow]) -> None:
        for command, can in (
            (self.assign, actions.can_assign),
            (self.release, actions.can_release),
            (self.aside, actions.can_set_aside),
            (self.restore, actions.can_restore),
        ):
            command.setEnabled(bool(rows) and all(can(row) for row in rows))
        self.save.setEnabled(count == 1 and bool(rows))

    def _keys(self) -> list[int]:
        assert self.view is not None
        return [int(str(key)) for key in self.view.selected_keys()]

    def _rows(self) -> list[DocumentRow]:
        """The first of them; what is done is done with all."""
        assert self.view is not None
        return self.view.selected(_LOOKED_AT)

    def open_assign(self) -> None:
        keys, rows = self._keys(), self._rows()

        def go(client_id: str, kind: DocumentKind | None, direction: Direction | None) -> None:
            names = {one.id: one.name for one in self.clients}
            self._page.change(
                lambda desk: actions.assign(keys, client_id, kind, direction)(desk),
                lambda done: self._say_done(
                    N_("{count} assigned to {client}."), done, client=names.get(client_id, "")
                ),
            )

        AssignDialog(self._page.shell, self._page, rows, self.clients, go).open()

    def open_release(self) -> None:
        keys = self._keys()
        ReasonDialog(
            self._page.shell,
            self._page,
            title=translate(N_("Release")),
            explanation=translate(
                N_("The documents go their way although something was found. They are not changed.")
            ),
            button=translate(N_("&Release")),
            accepted_with=lambda reason: self._page.change(
                actions.release(keys, reason),
                lambda done: self._say_done(N_("{count} released."), done),
            ),
        ).open()

    def open_set_aside(self) -> None:
        keys = self._keys()
        ReasonDialog(
            self._page.shell,
            self._page,
            title=translate(N_("Set aside")),
            explanation=translate(
                N_("The documents are not for the books and are not sent. You can take this back.")
            ),
            button=translate(N_("&Set aside")),
            accepted_with=lambda reason: self._page.change(
                actions.set_aside(keys, reason), self._aside_done
            ),
        ).open()

    def _aside_done(self, done: Sequence[Document]) -> None:
        self._set_aside.append([one.id for one in done])
        self.undo.setEnabled(True)
        self._say_done(N_("{count} set aside. Undo takes them back."), done)

    def restore_selected(self) -> None:
        self._page.change(
            actions.restore(self._keys()),
            lambda done: self._say_done(N_("{count} taken back."), done),
        )

    def undo_aside(self) -> None:
        if not self._set_aside:
            return
        ids = self._set_aside.pop()
        self.undo.setEnabled(bool(self._set_aside))
        self.select = list(ids)
        self._page.change(
            actions.restore_again(ids),
            lambda done: self._say_done(N_("{count} taken back."), done),
        )

    def _say_done(self, text: str, done: Sequence[Document], **more: str) -> None:
        self._page.shell.say(translate(text).format(count=words.number(len(done)), **more))

    def save_original(self) -> None:
        rows: list[DocumentRow] = self._rows()
        if len(rows) != 1:
            return
        self._page.shell.desk.run(
            lambda desk, _job: desk.documents.detail(rows[0].id).file_name,
            lambda name: self._save_as(rows[0].id, name),
            owner=self._page,
        )

    def _save_as(self, document_id: str, name: str) -> None:
        title = translate(N_("Save the original"))
        chosen, _filter = QFileDialog.getSaveFileName(self._page, title, str(Path.home() / name))
        if chosen:
            self._page.change(
                lambda desk: desk.documents.save(document_id, Path(chosen)),
                lambda _done: self._page.shell.say(translate(N_("The original is saved."))),
            )

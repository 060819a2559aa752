"""Many clients to one accounting package: proposals to say yes to, a table for their own values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Administration, Client
from ledgerdesk.setup.linking import Linkable, Linked
from ledgerdesk.setup.links import LinkForm
from ledgerdesk.setup.suggest import Suggestion, Why
from ledgerdesk.ui.clients.bulk_table import BulkTable, Line
from ledgerdesk.ui.clients.dialog import SHARES_TOO, BackgroundDialog, choice, help_line
from ledgerdesk.ui.clients.start import StartingPoint
from ledgerdesk.ui.page import Shell
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named, push_button

if TYPE_CHECKING:
    from ledgerdesk.app import Desk

_WIDTH, _HEIGHT = 980, 660
_WIDTHS = (210, 125, 310)
_FIELD, _DOSSIER = 180, 280
_COUNT_MS = 150


class BulkDialog(BackgroundDialog):
    """``clients`` empty: every client without a main link there is proposed, and nobody ticked but
    who has the same number. ``on_done(how_many)`` is called when the dialog closes."""

    def __init__(
        self,
        shell: Shell,
        parent: QWidget,
        packages: Sequence[Linkable],
        clients: Sequence[Client],
        on_done: Callable[[int], object],
        package_id: str = "",
    ) -> None:
        title = translate(N_("Link clients to an accounting package"))
        super().__init__(shell, parent, "bulkDialog", title)
        self._packages, self._clients, self._on_done = packages, clients, on_done
        self._linked = 0
        self._offered: Sequence[Administration] = ()
        self._counting = QTimer(self, singleShot=True, interval=_COUNT_MS)
        self._counting.timeout.connect(self._count)
        self._make_top()
        self.table: BulkTable | None = None
        self.view = BulkView()
        self.view.setAccessibleName(translate(N_("Clients to link")))
        self.view.pasted.append(self._pasted)
        self.note = help_line("", "bulkNote")
        self.start = StartingPoint()
        self.replaces = named(QCheckBox(), "replaceAll")
        self.replaces.setText(
            translate(N_("Replace the accounting software they have now (it ends)"))
        )
        self._lay_out_column()
        self.link_button = self.add_button(
            "linkAll", translate(N_("Link")), self.link, primary=True
        )
        self.close_button = self.add_cancel(translate(N_("Close")))
        self.lay_out(scrolls=False)
        self.resize(_WIDTH, _HEIGHT)
        self.finished.connect(lambda _result: self._on_done(self._linked))
        self.package.setCurrentIndex(max(0, self.package.findData(package_id)))
        self.package.currentIndexChanged.connect(self._load)
        self._load()

    @property
    def chosen(self) -> Linkable:
        return self._packages[max(0, self.package.currentIndex())]

    def link(self) -> None:
        """Links all that are ticked; each row says what came of it."""
        if self.table is None or not self.table.chosen:
            self._say(translate(N_("Tick the clients to link first.")))
            return
        secret = {one.name for one in self.chosen.fields if one.secret}
        forms = {
            one.client.id: LinkForm(
                self.chosen.id,
                None,
                one.administration,
                {name: text for name, text in one.cells.items() if text and name not in secret},
                {name: text for name, text in one.cells.items() if text and name in secret},
                start=self.start.value(),
                replace=self.replaces.isChecked(),
            )
            for one in self.table.chosen
        }
        self.work(lambda desk: desk.linking.link_many(forms), self._done)

    def _done(self, results: Sequence[Linked]) -> None:
        assert self.table is not None
        self.table.show_results({one.client_id: one.error for one in results})
        good = sum(one.error is None for one in results)
        self._linked += good
        text = translate(N_("{good} linked, {bad} not: see the remarks."))
        if good == len(results):
            text = translate(N_("{good} linked."))
        self._say(text.format(good=good, bad=len(results) - good))

    # --- reading --------------------------------------------------------------------------------

    def _load(self) -> None:
        package, clients = self.chosen, self._clients

        def read(desk: Desk) -> list[Suggestion]:
            return desk.suggestions.for_configuration(package.id, everybody=True)

        self.view.setModel(None)
        self.table = None
        self._offered = ()
        self._update()
        self._say(translate(N_("Looking which clients belong there…")))
        self.work(
            read,
            lambda found: self._show(package, _lines(found, clients)),
            lambda error: self._not_asked(package, error),
        )
        if package.has_administrations:
            self.work(
                lambda desk: desk.linking.administrations(package.id),
                lambda found: self._offer(package, found),
                lambda _error: None,
                waits=False,
            )
        self.start.count(None)

    def _show(self, package: Linkable, lines: list[Line]) -> None:
        if package is not self.chosen:
            return
        self.table = BulkTable(package, lines, self)
        self.table.offer(self._offered)
        self.table.ticked.connect(self._update)
        self.view.show_table(self.table)
        if not lines:
            self._say(translate(N_("Every client has accounting software for this already.")))
        elif package.has_administrations:
            self._say(_summary(lines))
        elif self.table.can_type:
            self._say(
                translate(
                    N_(
                        "Copy a column in your spreadsheet, choose the first cell here and press "
                        "Ctrl+V. With the VAT number in a column before it, the order is free."
                    )
                )
            )
        else:
            self._say(translate(N_("Tick whom to link. Space ticks the chosen row.")))
        self._update()

    def _not_asked(self, package: Linkable, error: LedgerDeskError) -> None:
        """Without proposals the chosen clients can be linked even so."""
        self._show(package, _lines([], self._clients))
        self.show_trouble(error)

    def _offer(self, package: Linkable, found: Sequence[Administration]) -> None:
        """Comes before the proposals or after them."""
        if package is self.chosen:
            self._offered = found
            if self.table is not None:
                self.table.offer(found)

    def _count(self) -> None:
        """What a start takes along, for those that are ticked now."""
        ids = [one.client.id for one in self.table.chosen] if self.table is not None else []
        package_id = self.chosen.id
        self.work(
            lambda desk: desk.linking.concerned(ids, package_id), self.start.count, waits=False
        )

    # --- how it looks ---------------------------------------------------------------------------

    def _make_top(self) -> None:
        self.package = choice("package")
        self.package.setAccessibleName(translate(N_("Accounting software")))
        for one in self._packages:
            label = translate(one.label)
            self.package.addItem(one.name if one.name == label else f"{one.name} ({label})", one.id)
        self.all_button = push_button("tickAll")
        self.all_button.setText(translate(N_("Tick all")))
        self.none_button = push_button("tickNone")
        self.none_button.setText(translate(N_("Tick none")))
        self.paste_button = push_button("pasteColumn")
        self.paste_button.setText(translate(N_("Paste a column")))
        self.all_button.clicked.connect(lambda: self._tick(True))
        self.none_button.clicked.connect(lambda: self._tick(False))
        self.paste_button.clicked.connect(lambda: self.view.paste())

    def _lay_out_column(self) -> None:
        label = plain_label(translate(N_("Accounting software")))
        label.setProperty("fieldLabel", True)
        top = QVBoxLayout()
        top.setSpacing(4)
        top.addWidget(label)
        top.addWidget(self.package)
        self.column.addLayout(top)
        row = QHBoxLayout()
        row.addWidget(self.note, 1)
        for button in (self.all_button, self.none_button, self.paste_button):
            button.setAutoDefault(False)
            row.addWidget(button)
        self.column.addLayout(row)
        self.column.addWidget(self.view, 1)
        self.column.addWidget(self.start)
        self.column.addWidget(self.replaces)
        self.column.addWidget(help_line(translate(SHARES_TOO)))

    def _tick(self, on: bool) -> None:
        """All: but those of whom nobody knows yet where their documents go."""
        table = self.table
        if table is not None:
            table.tick(lambda line: on and table.has_dossier(line))

    def _pasted(self, rows: int) -> None:
        self._say(translate(N_("{count} rows filled.")).format(count=rows))

    def _update(self) -> None:
        table = self.table
        count = len(table.chosen) if table is not None else 0
        texts = {0: N_("Link"), 1: N_("Link 1 client")}
        text = translate(texts.get(count, N_("Link {count} clients")))
        self.link_button.setText(text.format(count=count))
        self._counting.start()
        self.paste_button.setVisible(table is not None and table.can_type)
        for button in (self.all_button, self.none_button):
            button.setEnabled(table is not None and bool(table.lines))

    def _say(self, text: str) -> None:
        self.note.setText(text)


class BulkView(QTableView):
    """Typed in at once, pasted into with Ctrl+V, emptied with Del."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "bulkTable")
        self.pasted: list[Callable[[int], object]] = []
        self._choosing = _Choosing(self)
        self.setItemDelegate(self._choosing)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 14)

    def show_table(self, table: BulkTable) -> None:
        self.setModel(table)
        heads = self.horizontalHeader()
        for column in range(table.end):
            field = _DOSSIER if table.is_dossier(column) else _FIELD
            width = _WIDTHS[column] if column < table.first else field
            heads.resizeSection(column, max(width, heads.sectionSizeHint(column)))
        heads.setStretchLastSection(True)
        if table.rowCount():
            self.setCurrentIndex(table.index(0, table.first if table.can_type else 0))

    def paste(self) -> None:
        """What the clipboard holds, from the current cell on."""
        table, at = self.model(), self.currentIndex()
        text = QGuiApplication.clipboard().text()
        if isinstance(table, BulkTable) and at.isValid() and text:
            rows = table.paste(text, at.row(), at.column())
            for told in self.pasted:
                told(rows)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.key() == Qt.Key.Key_Delete:
            for index in self.selectedIndexes():
                self.model().setData(index, "")
        elif event.key() == Qt.Key.Key_Space:
            self._tick(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _tick(self, index: QModelIndex) -> None:
        """Space ticks from every column: the box stands in the first."""
        table = self.model()
        if isinstance(table, BulkTable) and index.isValid():
            first = table.index(index.row(), 0)
            checked = table.data(first, Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
            state = Qt.CheckState.Unchecked if checked else Qt.CheckState.Checked
            if table.flags(first) & Qt.ItemFlag.ItemIsUserCheckable:
                table.setData(first, state, Qt.ItemDataRole.CheckStateRole)


class _Choosing(QStyledItemDelegate):
    """The package's dossiers to choose from, those that fit the client first; typing searches."""

    def createEditor(
        self,
        parent: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QWidget:
        table = index.model()
        if not isinstance(table, BulkTable) or not table.is_dossier(index.column()):
            return QLineEdit(parent)
        editor = QComboBox(parent)
        editor.setEditable(True)
        editor.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        editor.addItems(table.choices(index.row()))
        editor.setAccessibleName(str(table.headerData(index.column(), Qt.Orientation.Horizontal)))
        completer = editor.completer()
        assert isinstance(completer, QCompleter)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        editor.activated.connect(lambda _row: self._take(editor))
        if table.lines[index.row()].candidates:
            QTimer.singleShot(0, editor, editor.showPopup)
        return editor

    def _take(self, editor: QComboBox) -> None:
        self.commitData.emit(editor)
        self.closeEditor.emit(editor)


_ORDER = (Why.VAT_NUMBER, Why.NAME, Why.AMBIGUOUS, Why.READY, Why.INCOMPLETE, Why.NOTHING)
_ICONS = {
    Why.VAT_NUMBER: "ok:good",
    Why.NAME: "find:warning",
    Why.AMBIGUOUS: "info:warning",
    Why.INCOMPLETE: "info:warning",
}


def _lines(found: Sequence[Suggestion], clients: Sequence[Client]) -> list[Line]:
    """The chosen clients, all ticked; without a choice everybody, the surest first, of whom only a
    number is sure enough to be ticked already."""
    by_client = {one.client.id: one for one in found}
    if clients:
        return [_line(one, by_client.get(one.id), ticked=True) for one in clients]
    ordered = sorted(found, key=lambda one: _ORDER.index(one.why))
    return [_line(one.client, one, ticked=one.why is Why.VAT_NUMBER) for one in ordered]


def _line(client: Client, found: Suggestion | None, *, ticked: bool) -> Line:
    if found is None:
        return Line(client, ticked)
    dossier = found.administration
    # A like name is a question, not an answer: it is filled in, but not ticked.
    return Line(
        client,
        ticked,
        dossier.id if dossier else "",
        why=_why(found),
        icon=_ICONS.get(found.why, ""),
        candidates=found.candidates or ((dossier,) if dossier else ()),
    )


def _why(found: Suggestion) -> str:
    if found.why is Why.NAME:
        text = translate(N_("Similar name, {percent} %: please check."))
        return text.format(percent=found.score)
    if found.why is Why.AMBIGUOUS:
        # Which ones the cell beside it offers first.
        return translate(N_("More than one fits: please choose."))
    why = str(found.as_dict()["why"])
    if found.missing:
        why += ": " + ", ".join(f"[{one}]" for one in found.missing)
    return why[:1].upper() + why[1:]


def _summary(lines: Sequence[Line]) -> str:
    """What stands there, and what a person has to do about it."""
    proposed = sum(bool(one.administration) for one in lines)
    text = translate(
        N_(
            "Proposed: {proposed} of {count}. Ticked are those with the same company number; look "
            "at the others, and choose where nothing stands. Nothing is linked before you say so."
        )
    )
    return text.format(proposed=proposed, count=len(lines))

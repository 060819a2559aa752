"""Clients out of a spreadsheet's CSV: what every row would do, then the import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QSizePolicy, QWidget

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.setup.import_table import RowVerdict, Verdict, content_of
from ledgerdesk.ui import icons
from ledgerdesk.ui.clients import words
from ledgerdesk.ui.clients.dialog import BackgroundDialog, card, help_line
from ledgerdesk.ui.page import Shell
from ledgerdesk.ui.table import Column, ListTable
from ledgerdesk.ui.table_view import TableView
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import push_button

if TYPE_CHECKING:
    from ledgerdesk.app import Desk

_VERDICTS = {
    Verdict.ADDED: (N_("New"), "add"),
    Verdict.UPDATED: (N_("Changed"), "edit"),
    Verdict.UNCHANGED: (N_("As it is"), "tick"),
    Verdict.ERROR: (N_("Cannot be used"), "problem"),
}
_COLUMNS: tuple[Column[RowVerdict], ...] = (
    Column(
        "line", N_("Line"), lambda one: str(one.line), 5, right=True, order=lambda one: one.line
    ),
    Column(
        "verdict",
        N_("What happens"),
        lambda one: translate(_VERDICTS[one.verdict][0]),
        18,
        icon=lambda one: _VERDICTS[one.verdict][1],
    ),
    Column("name", N_("Client"), lambda one: one.name, 26),
    Column(
        "numbers",
        N_("VAT number"),
        lambda one: words.numbers(one.client) if one.client else "",
        15,
    ),
    Column(
        "error",
        N_("What to correct"),
        lambda one: one.error.text() if one.error else "",
        stretch=True,
        tip=lambda one: one.error.text() if one.error else "",
    ),
)
ENDINGS = (".csv", ".txt", ".tsv")


class ImportDialog(BackgroundDialog):
    """``on_done(verdicts)`` is called after an import."""

    def __init__(
        self,
        shell: Shell,
        parent: QWidget,
        on_done: Callable[[Sequence[RowVerdict]], object],
        path: Path | None = None,
    ) -> None:
        super().__init__(shell, parent, "importDialog", translate(N_("Import clients")))
        self._on_done = on_done
        self._content: tuple[bytes, str] | None = None
        self.setAcceptDrops(True)
        self._make_choice()
        self.summary = plain_label(name="importSummary")
        self.summary.setProperty("fieldLabel", True)
        self.table = ListTable(_COLUMNS, lambda one: one.line, self)
        self.view = TableView(self.table, name="verdicts")
        self.view.setAccessibleName(translate(N_("What happens with each row")))
        self.view.chosen.connect(self._explain)
        self.detail = plain_label(name="importDetail", selectable=True)
        self.detail.setProperty("error", True)
        self.detail.hide()
        self.column.addWidget(self.summary)
        self.column.addWidget(self.view, 1)
        self.column.addWidget(self.detail)
        self.column.addStretch(0)
        self.import_button = self.add_button(
            "importNow", translate(N_("Import")), self.import_now, primary=True
        )
        self.cancel_button = self.add_cancel()
        self.lay_out(scrolls=False)
        self.resize(920, 560)
        self._show(())
        self.choose_button.setFocus()
        if path is not None:
            self.read(path)

    def read(self, path: Path) -> None:
        """Says what every row of the file would do; nothing is kept."""

        def work(desk: Desk) -> tuple[bytes, Sequence[RowVerdict]]:
            content = content_of(path)
            return content, desk.client_import.read(content, path.name, dry_run=True)

        self._content = None
        self.chosen.setText(path.name)
        self._show(())
        self.work(work, lambda found: self._read(path, *found), self._unreadable)

    def import_now(self) -> None:
        """Imports what was shown, also when the file has changed meanwhile."""
        if self._content is None:
            self.choose()
            return
        content, name = self._content
        self.work(lambda desk: desk.client_import.read(content, name), self._imported)

    def choose(self) -> None:
        title = translate(N_("Choose a client list"))
        kinds = translate(N_("Tables (*.csv *.txt *.tsv)"))
        path, _kind = QFileDialog.getOpenFileName(self, title, "", kinds)
        if path:
            self.read(Path(path))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = dropped(event)
        if path is not None:
            event.acceptProposedAction()
            self.read(path)

    # --- what comes of it ------------------------------------------------------------------------

    def _read(self, path: Path, content: bytes, verdicts: Sequence[RowVerdict]) -> None:
        self._content = (content, path.name)
        self._show(verdicts)

    def _unreadable(self, error: LedgerDeskError) -> None:
        self._show(())
        self.show_trouble(error)

    def _imported(self, verdicts: Sequence[RowVerdict]) -> None:
        self._content = None
        self._show(verdicts)
        self.summary.setText(translate(N_("Imported. {counts}")).format(counts=_counts(verdicts)))
        self.import_button.hide()
        self.cancel_button.setText(translate(N_("Close")))
        self._on_done(verdicts)

    def _show(self, verdicts: Sequence[RowVerdict]) -> None:
        self.table.set_rows(verdicts)
        self.view.setVisible(bool(verdicts))
        self.summary.setText(_counts(verdicts) if verdicts else "")
        self._explain()
        useful = [one for one in verdicts if one.verdict in (Verdict.ADDED, Verdict.UPDATED)]
        self.import_button.setEnabled(bool(useful))
        texts = {0: N_("Import"), 1: N_("Import 1 row")}
        text = translate(texts.get(len(useful), N_("Import {count} rows")))
        self.import_button.setText(text.format(count=len(useful)))
        self.import_button.setVisible(True)

    def _explain(self) -> None:
        """What is wrong with the chosen row, in full: its cell may be too narrow for it."""
        wrong = next((one.error for one in self.view.selected() if one.error is not None), None)
        self.detail.setText(wrong.text() if wrong is not None else "")
        self.detail.setVisible(wrong is not None)

    def _make_choice(self) -> None:
        frame, layout = card()
        frame.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.chosen = plain_label(translate(N_("Drop a file here, or choose one.")), name="file")
        self.choose_button = push_button("chooseFile")
        self.choose_button.setText(translate(N_("Choose a file…")))
        self.choose_button.setAutoDefault(False)
        icons.set_icon(self.choose_button, "open")
        self.choose_button.clicked.connect(self.choose)
        line = QHBoxLayout()
        line.addWidget(self.chosen, 1)
        line.addWidget(self.choose_button)
        layout.addLayout(line)
        layout.addWidget(
            help_line(
                translate(
                    N_(
                        "A table saved as CSV. Its first line names the columns: name, vat, iban, "
                        "file_number, language; and for links configuration, kind, "
                        "administration, start and the package's own fields. Importing the same "
                        "file again is safe."
                    )
                )
            )
        )
        self.column.addWidget(frame)


def dropped(event: QDropEvent) -> Path | None:
    """The one table that is being dropped."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    is_table = len(paths) == 1 and paths[0].suffix.lower() in ENDINGS
    return paths[0] if is_table else None


def _counts(verdicts: Sequence[RowVerdict]) -> str:
    """How many rows have each verdict, in words."""
    counts = Counter(one.verdict for one in verdicts)
    parts = [
        f"{translate(text)}: {counts[verdict]}"
        for verdict, (text, _icon) in _VERDICTS.items()
        if counts[verdict]
    ]
    return ". ".join(parts) + "."

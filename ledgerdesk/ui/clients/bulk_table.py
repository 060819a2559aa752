"""Many clients, one package: a table to tick, to type in, and to paste a spreadsheet's column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from ledgerdesk.errors import AlreadyLinked, LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Administration, Client
from ledgerdesk.setup.fields import Field
from ledgerdesk.setup.linking import Linkable
from ledgerdesk.ui import icons
from ledgerdesk.ui.clients import words
from ledgerdesk.ui.clients.administration import shown

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_ROLES = Qt.ItemDataRole
_HIDDEN = "••••••"
_REMARK = 2
_FIRST = 3
"""Client, number and remark stand first and are not typed."""


@dataclass(slots=True)
class Line:
    """``cells`` are the own values as typed, ``why`` what speaks for the link or still misses, with
    its icon. ``candidates`` are the dossiers to choose among."""

    client: Client
    ticked: bool = False
    administration: str = ""
    cells: dict[str, str] = field(default_factory=dict)
    why: str = ""
    icon: str = ""
    candidates: tuple[Administration, ...] = ()
    done: bool = False
    error: LedgerDeskError | None = None


class BulkTable(QAbstractTableModel):
    """``ticked`` comes when the number of ticked clients changed."""

    ticked = Signal()

    def __init__(self, package: Linkable, lines: Sequence[Line], parent: Any = None) -> None:
        super().__init__(parent)
        self._package = package
        self.lines = list(lines)
        self._found: Sequence[Administration] = ()
        # What is rarely asked is given on the client itself.
        asked = tuple(one for one in package.fields if one.required or not one.advanced)
        self._fields: tuple[Field | None, ...] = asked
        if package.has_administrations:
            self._fields = (None, *asked)

    # --- what it holds --------------------------------------------------------------------------

    @property
    def chosen(self) -> list[Line]:
        """What is to be linked."""
        return [one for one in self.lines if one.ticked and not one.done]

    @property
    def first(self) -> int:
        """The first column that can be typed in."""
        return _FIRST

    @property
    def end(self) -> int:
        """The number of columns."""
        return _FIRST + len(self._fields)

    @property
    def can_type(self) -> bool:
        return bool(self._fields)

    def is_dossier(self, column: int) -> bool:
        return column >= _FIRST and self._field(column) is None

    def offer(self, found: Sequence[Administration]) -> None:
        """The dossiers that a name or number typed or pasted stands for."""
        self._found = found
        self._tell_all()

    @property
    def offered(self) -> Sequence[Administration]:
        return self._found

    def has_dossier(self, line: Line) -> bool:
        """Whether it is known where the line's documents go: a link that lacks it stops them."""
        setups = self._package.configuration.kinds.values()
        has_default = all(one.administration_id for one in setups)
        return not self._package.has_administrations or has_default or bool(line.administration)

    def choices(self, row: int) -> list[str]:
        """The dossiers of that line, those that fit first, as they are shown."""
        first = [shown(one) for one in self.lines[row].candidates]
        return list(dict.fromkeys([*first, *(shown(one) for one in self._found)]))

    def tick(self, wanted: Callable[[Line], bool]) -> None:
        for line in self.lines:
            line.ticked = not line.done and wanted(line)
        self._tell_all()
        self.ticked.emit()

    def show_results(self, results: Mapping[str, LedgerDeskError | None]) -> None:
        """By client: None where it was linked."""
        for line in self.lines:
            if line.client.id in results:
                line.error = results[line.client.id]
                line.done = line.error is None
                line.ticked = not line.done
        self._tell_all()
        self.ticked.emit()

    def paste(self, text: str, row: int, column: int) -> int:
        """Fills cells from ``row`` and ``column`` on; how many rows were filled.

        A block whose first column names clients (number, file number or name) goes to those
        clients instead, whatever their order here.
        """
        block = [line.split("\t") for line in text.splitlines()]
        while block and not any(cell.strip() for cell in block[-1]):
            block.pop()
        column = max(column, _FIRST)
        by_key = self._named(block)
        filled = 0
        for offset, cells in enumerate(block):
            at = by_key.get(offset) if by_key else row + offset
            cells = cells[1:] if by_key else cells
            if at is None or at >= len(self.lines):
                continue
            for step, cell in enumerate(cells):
                if column + step < self.end:
                    self._set_cell(self.lines[at], column + step, cell)
            filled += 1
        self._tell_all()
        self.ticked.emit()
        return filled

    def _named(self, block: Sequence[Sequence[str]]) -> dict[int, int]:
        """Row of the block to row here, when it is a block with the clients' own keys."""
        if not block or any(len(cells) < 2 for cells in block):
            return {}
        rows = {key: number for number, one in enumerate(self.lines) for key in _keys(one.client)}
        found = {
            offset: rows[key]
            for offset, cells in enumerate(block)
            if (key := _plain(cells[0])) in rows
        }
        return found

    # --- Qt -------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else self.end

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _ROLES.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == _ROLES.DisplayRole:
            return self._heading(section)
        if role == _ROLES.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        if self.lines[index.row()].done:
            return flags
        if index.column() == 0:
            return flags | Qt.ItemFlag.ItemIsUserCheckable
        if index.column() >= _FIRST:
            return flags | Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = _ROLES.DisplayRole) -> Any:
        line, column = self.lines[index.row()], index.column()
        if role == _ROLES.CheckStateRole and column == 0:
            is_on = line.ticked or line.done
            return Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked
        if role == _ROLES.EditRole:
            shown_too = self.is_dossier(column)
            return self._shown(line, column) if shown_too else self._cell(line, column)
        if role == _ROLES.DisplayRole:
            return self._shown(line, column)
        if role == _ROLES.AccessibleTextRole:
            return f"{self._heading(column)}: {self._shown(line, column)}"
        if role == _ROLES.ToolTipRole and column < _FIRST:
            return f"<span>{escape(self._shown(line, column))}</span>"
        if role == _ROLES.DecorationRole and column == _REMARK:
            name = "ok" if line.done else "problem" if line.error is not None else line.icon
            return icons.icon(name) if name else None
        return None

    def setData(self, index: Index, value: Any, role: int = _ROLES.EditRole) -> bool:
        line = self.lines[index.row()]
        if role == _ROLES.CheckStateRole and index.column() == 0:
            line.ticked = Qt.CheckState(value) == Qt.CheckState.Checked
        elif role == _ROLES.EditRole and index.column() >= _FIRST:
            self._set_cell(line, index.column(), str(value))
        else:
            return False
        self.dataChanged.emit(self.index(index.row(), 0), self.index(index.row(), self.end - 1))
        self.ticked.emit()
        return True

    # --- cells ----------------------------------------------------------------------------------

    def _field(self, column: int) -> Field | None:
        return self._fields[column - _FIRST]

    def _heading(self, column: int) -> str:
        if column < _FIRST:
            return translate((N_("Client"), N_("VAT number"), N_("Remark"))[column])
        one = self._field(column)
        return translate(self._package.noun if one is None else one.label)

    def _cell(self, line: Line, column: int) -> str:
        if column < _FIRST:
            return ""
        one = self._field(column)
        return line.administration if one is None else line.cells.get(one.name, "")

    def _shown(self, line: Line, column: int) -> str:
        if column < _FIRST:
            return (line.client.name, words.numbers(line.client), _remark(line))[column]
        one, text = self._field(column), self._cell(line, column)
        if one is None:
            known = (*self._found, *line.candidates)
            return next((shown(each) for each in known if each.id == text), text)
        return _HIDDEN if one.secret and text else text

    def _set_cell(self, line: Line, column: int, text: str) -> None:
        if line.done:
            return
        one, text = self._field(column), text.strip()
        line.error = None
        if one is None:
            line.administration = self._administration(text, line.candidates)
        else:
            line.cells[one.name] = text
        line.ticked = line.ticked or bool(text)

    def _administration(self, text: str, candidates: Sequence[Administration]) -> str:
        """The id of the dossier that ``text`` names; what names none stays, taken for an id."""
        wanted = _plain(text)
        for one in (*self._found, *candidates):
            if wanted and wanted in map(_plain, (one.id, one.name, one.vat_number, shown(one))):
                return one.id
        return text

    def _tell_all(self) -> None:
        if self.lines:
            end = self.index(len(self.lines) - 1, self.end - 1)
            self.dataChanged.emit(self.index(0, 0), end)


def _remark(line: Line) -> str:
    if line.done:
        return translate(N_("Linked"))
    if isinstance(line.error, AlreadyLinked):
        # The whole sentence begins with the name that stands two columns before.
        return translate(N_("Has accounting software already: replace it, or leave it."))
    return line.error.text() if line.error is not None else line.why


def _keys(client: Client) -> Iterable[str]:
    every = (client.name, client.file_number, *client.company_numbers)
    return [key for key in map(_plain, every) if key]


def _plain(text: str) -> str:
    """As two ways to write one number or name are the same; a leading BE says nothing more."""
    bare = "".join(one for one in text.casefold() if one.isalnum())
    return bare[2:] if bare.startswith("be") and bare[2:].isdigit() else bare

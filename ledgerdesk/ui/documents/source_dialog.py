"""Adding a source: where it is, what its place says about documents, and from when on; asked with
counts before anything is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QWidget

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Client, NeverCancelled
from ledgerdesk.setup.fields import Choice, Field, FieldKind
from ledgerdesk.ui.background import Task
from ledgerdesk.ui.clients.dialog import BackgroundDialog, help_line, section
from ledgerdesk.ui.documents import words
from ledgerdesk.ui.documents.client_box import ClientBox
from ledgerdesk.ui.documents.source_start import SourceStart
from ledgerdesk.ui.forms import Form
from ledgerdesk.ui.mail_sign_in import add_source
from ledgerdesk.ui.page import Shell
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named

if TYPE_CHECKING:
    from ledgerdesk.intake.desk import Example, Kind, Listed, SourceForm, Survey

_TYPING_MS = 350
_ANY = Choice("", N_("As the document says"))
_HINTS = (
    Field(
        "preset",
        N_("How the place is arranged"),
        FieldKind.CHOICE,
        required=False,
        choices=(
            Choice("", N_("In no special way: every document says whose it is")),
            Choice("per-client", N_("One folder per client")),
            Choice("codabox", N_("As CodaBox arranges it")),
            Choice("scanner", N_("A scanner puts everything there")),
        ),
        help=N_("What the folders are called helps to find whose a document is."),
    ),
    Field(
        "kind",
        N_("Kind of document"),
        FieldKind.CHOICE,
        required=False,
        choices=(_ANY, *(Choice(one.value, text) for one, text in words.KINDS.items())),
        advanced=True,
    ),
    Field(
        "direction",
        N_("Direction"),
        FieldKind.CHOICE,
        required=False,
        choices=(_ANY, *(Choice(one.value, text) for one, text in words.DIRECTIONS.items())),
        advanced=True,
    ),
    Field(
        "pattern",
        N_("Pattern of the folders"),
        required=False,
        help=N_(
            "For example {file_number}/{year}/* or */{client}/Verkoop/*. "
            "A document elsewhere is taken in all the same."
        ),
        advanced=True,
    ),
    Field(
        "after",
        N_("Afterwards"),
        FieldKind.CHOICE,
        default="leave",
        choices=(
            Choice("leave", N_("Leave the files where they are")),
            Choice("move", N_("Move them to LedgerDesk/done in the same folder")),
        ),
        help=N_("Nothing is ever deleted."),
    ),
)


class SourceDialog(BackgroundDialog):
    """``added(listed)`` is called once the source is kept."""

    def __init__(
        self,
        shell: Shell,
        parent: QWidget,
        kinds: Sequence[Kind],
        clients: Sequence[Client],
        added: Callable[[Listed], object],
    ) -> None:
        super().__init__(shell, parent, "sourceDialog", translate(N_("Add a source")))
        self._added = added
        self._task: Task | None = None
        self._kinds = {one.id: one for one in kinds}
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self._survey)
        self.type = named(QComboBox(), "sourceType")
        for one in self._kinds.values():
            self.type.addItem(translate(one.label), one.id)
        self.forms = {one.id: Form(one.fields) for one in self._kinds.values()}
        self.client = ClientBox("sourceClient", translate(N_("Every document says it itself")))
        self.client.set_clients(clients)
        self.hints = Form(_HINTS)
        self.start = SourceStart()
        self.example = help_line("", "sourceExample")
        self._fill()
        self.resize(560, 640)
        self._connect()
        self._show_type()

    def form(self) -> SourceForm:
        """What was filled in."""
        from ledgerdesk.intake.desk import SourceForm

        kind = str(self.type.currentData())
        values, secrets = self.forms[kind].split()
        pem = values.pop("ca_pem", "")
        for field in self._kinds[kind].fields:
            if field.kind is FieldKind.FOLDER and values.get(field.name):
                values[field.name] = str(Path(values[field.name]).expanduser().absolute())
        hints = self.hints.values()
        return SourceForm(
            type=kind,
            values=values,
            secrets=secrets,
            ca_pem=pem,
            client_id=self.client.client_id(),
            starting_point=self.start.value(),
            **hints,
        )

    # --- looking there, adding ------------------------------------------------------------------

    def _survey(self) -> None:
        """Counts what is there, once the place is filled in; errors are told when adding."""
        form = self.form()
        if self._task is not None:
            self._task.cancel()
            self._task = None
        # A password is not tried while it is being typed: servers shut out whoever guesses.
        if not form.values or any(one.secret for one in self._kinds[form.type].fields):
            self._surveyed(None)
            return
        self.start.look()
        self._task = self.shell.desk.run(
            lambda desk, job: desk.sources.survey(replace(form, starting_point="all"), job),
            self._surveyed,
            lambda _error: self._surveyed(None),
            owner=self,
        )

    def _surveyed(self, found: Survey | None) -> None:
        self._task = None
        self.start.show_survey(found)
        shown = [_shown(one) for one in found.examples] if found else []
        self.example.setText("\n".join(shown))
        self.example.setVisible(bool(shown))

    def _add(self) -> None:
        form = self.form()
        current = self.forms[form.type]
        if not current.check():
            return
        self.work(lambda desk: add_source(desk, form, NeverCancelled()), self._done, self._refused)

    def _done(self, listed: Listed) -> None:
        self.accept()
        self._added(listed)

    def _refused(self, error: LedgerDeskError) -> None:
        known = {one.name for one in _HINTS}
        if error.field in known:
            self.hints.show_errors([error])
        elif error.field:
            self.forms[str(self.type.currentData())].show_errors([error])
        else:
            self.show_trouble(error)

    # --- how it is made -------------------------------------------------------------------------

    def _fill(self) -> None:
        self._type_label = _labelled(N_("Kind of source"), self.type)
        self.column.addWidget(self._type_label)
        self.column.addWidget(self.type)
        for form in self.forms.values():
            self.column.addWidget(form)
        self.column.addWidget(self.start)
        self.column.addWidget(section(translate(N_("What the place says about its documents"))))
        self.column.addWidget(_labelled(N_("Client"), self.client))
        self.column.addWidget(self.client)
        self.column.addWidget(self.hints)
        self.column.addWidget(self.example)
        self.column.addStretch(1)
        self.example.hide()
        self.add = self.add_button(
            "addSource", translate(N_("&Add the source")), self._add, primary=True
        )
        self.add_cancel()
        self.lay_out(scrolls=True)

    def _connect(self) -> None:
        self.type.currentIndexChanged.connect(lambda _index: self._show_type())
        for form in (*self.forms.values(), self.hints):
            form.changed.connect(self._typing.start)

    def _show_type(self) -> None:
        chosen = str(self.type.currentData())
        several = len(self._kinds) > 1
        self._type_label.setVisible(several)
        self.type.setVisible(several)
        for name, form in self.forms.items():
            form.setVisible(name == chosen)
        self._typing.start()


def _shown(example: Example) -> str:
    """What a path there tells."""
    hints = example.hints
    told = [
        hints.client or hints.file_number,
        translate(words.KINDS[hints.kind]) if hints.kind in words.KINDS else "",  # type: ignore[index]
        translate(words.DIRECTIONS[hints.direction])  # type: ignore[index]
        if hints.direction in words.DIRECTIONS
        else "",
        hints.iban,
    ]
    said = ", ".join(one for one in told if one) or translate(N_("nothing"))
    return translate(N_("{path} says: {said}")).format(path=example.path, said=said)


def _labelled(text: str, buddy: QWidget) -> QWidget:
    label = plain_label(translate(text))
    label.setProperty("fieldLabel", True)
    label.setBuddy(buddy)
    buddy.setAccessibleName(translate(text))
    return label

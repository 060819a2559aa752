"""A client: who it is, whether its documents are shared, and its accounting software."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QCheckBox, QWidget

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Client
from ledgerdesk.setup import numbers
from ledgerdesk.setup.clients import ClientForm
from ledgerdesk.setup.fields import Choice, Field, FieldKind
from ledgerdesk.ui.clients.dialog import BackgroundDialog, help_line, section
from ledgerdesk.ui.clients.numbers import NumberList
from ledgerdesk.ui.clients.software import Software
from ledgerdesk.ui.forms import Form
from ledgerdesk.ui.page import Shell
from ledgerdesk.ui.widgets import named

_NAME = Field("name", N_("Name"), help=N_("As it stands on the invoices."))
_LANGUAGE = Field(
    "language",
    N_("Language"),
    FieldKind.CHOICE,
    required=False,
    choices=(
        Choice("", N_("Not said")),
        # A language is called what it calls itself.
        Choice("fr", "Français"),
        Choice("nl", "Nederlands"),
        Choice("en", "English"),
        Choice("de", "Deutsch"),
    ),
)
_FILE_NUMBER = Field(
    "file_number",
    N_("File number"),
    required=False,
    help=N_("Only needed where a path or an address uses [accounting_file_id]."),
)
_SHARED = N_(
    "On: this client's documents go to the accounting software below. Off: they are taken in and "
    "wait here; nothing leaves this computer."
)


class ClientDialog(BackgroundDialog):
    """``client`` None: a new one. ``on_saved(client, wants_software)`` is called after saving."""

    def __init__(
        self,
        shell: Shell,
        parent: QWidget,
        client: Client | None,
        on_saved: Callable[[Client, bool], object],
    ) -> None:
        title = client.name if client is not None else translate(N_("New client"))
        super().__init__(shell, parent, "clientDialog", title)
        self.client = client
        self._on_saved = on_saved
        self._fill_identity()
        self._fill_software()
        self.column.addStretch(1)
        if client is None:
            text = translate(N_("Save and choose accounting software…"))
            self.and_link = self.add_button("saveAndLink", text, partial(self.save, True))
        self.save_button = self.add_button(
            "save", translate(N_("Save")), partial(self.save, False), primary=True
        )
        self.add_cancel()
        self.lay_out(scrolls=True)
        self.resize(720, 740)
        self.name_form.input("name").setFocus()

    def save(self, wants_software: bool) -> None:
        self.name_form.clear_errors()
        if not (self.name_form.check() and self.vat.check() and self.iban.check()):
            return
        form = self.form()
        client = self.client
        self.work(
            lambda desk: (
                desk.clients.add(form) if client is None else desk.clients.edit(client.id, form)
            ),
            lambda saved: self._saved(saved, wants_software),
            self._refused,
        )

    def form(self) -> ClientForm:
        """What is filled in now."""
        return ClientForm(
            name=self.name_form.values()["name"],
            vat=self.vat.values(),
            iban=self.iban.values(),
            file_number=self.file_form.values()["file_number"],
            language=self.language_form.values()["language"],
            share=self.share.isChecked(),
        )

    def _saved(self, client: Client, wants_software: bool) -> None:
        self.accept()
        self._on_saved(client, wants_software)

    def _refused(self, error: LedgerDeskError) -> None:
        lists = {"vat": self.vat, "iban": self.iban}
        forms = {"name": self.name_form, "file_number": self.file_form}
        name = error.field or ""
        if name in lists:
            lists[name].show_error(error.text())
        elif name in forms:
            forms[name].show_errors([error])
        else:
            self.show_trouble(error)

    def _fill_identity(self) -> None:
        client = self.client
        self.name_form = Form([_NAME], {"name": client.name if client else ""})
        self.vat = NumberList(
            "vat",
            translate(N_("VAT or enterprise number")),
            translate(
                N_("Documents find their client by it. Its last two digits prove the others.")
            ),
            translate(N_("Add another number")),
            numbers.company_number,
        )
        self.iban = NumberList(
            "iban",
            translate(N_("Bank account (IBAN)")),
            translate(N_("Bank statements find their client by it.")),
            translate(N_("Add another account")),
            numbers.iban,
        )
        self.language_form = Form([_LANGUAGE], {"language": client.language if client else ""})
        if client is not None:
            self.vat.set_values(client.company_numbers)
            self.iban.set_values(client.ibans)
        for widget in (self.name_form, self.vat, self.iban):
            self.column.addWidget(widget)

    def _fill_software(self) -> None:
        client = self.client
        self.share = named(QCheckBox(), "share")
        self.share.setText(translate(N_("Share documents with the accounting firm")))
        self.share.setChecked(client is not None and client.share)
        self.share.setAccessibleDescription(translate(_SHARED))
        number = client.file_number if client is not None else ""
        field = Field(
            _FILE_NUMBER.name,
            translate(N_("File number (optional, for [accounting_file_id])")),
            help=_FILE_NUMBER.help,
        )
        self.file_form = Form([field], {"file_number": number})
        self.column.addWidget(section(translate(N_("Accounting software"))))
        self.column.addWidget(self.share)
        self.column.addWidget(help_line(translate(_SHARED)))
        if client is not None:
            self.software = Software(self, client)
            self.column.addWidget(self.software)
        else:
            text = translate(N_("The software itself is chosen once the client is saved."))
            self.column.addWidget(help_line(text))
        self.column.addWidget(self.file_form)
        self.column.addWidget(self.language_form)

"""Settings: generated from their declarations; they act at once. And the firm's mail account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from ledgerdesk import settings
from ledgerdesk.autostart import State, of_this_computer
from ledgerdesk.errors import InvalidValue, LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import NeverCancelled
from ledgerdesk.settings import Setting
from ledgerdesk.setup.fields import Choice, Field, FieldKind
from ledgerdesk.setup.mail_account import MAIL_ACCOUNT_FIELDS
from ledgerdesk.ui import icons
from ledgerdesk.ui.autostart_card import AutostartCard
from ledgerdesk.ui.forms import Form
from ledgerdesk.ui.mail_sign_in import set_mail_account
from ledgerdesk.ui.opening import open_path
from ledgerdesk.ui.page import Page, Query
from ledgerdesk.ui.schedule_card import ScheduleCard
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named, push_button

if TYPE_CHECKING:
    from ledgerdesk.app import Desk
    from ledgerdesk.delivery.schedules import Shown as Schedule
    from ledgerdesk.model import MailAccount

_WIDEST = 760
_SECRETS = tuple(one.name for one in MAIL_ACCOUNT_FIELDS if one.secret)


@dataclass(frozen=True, slots=True)
class Shown:
    settings: dict[str, str | int]
    mail_account: MailAccount | None
    folder: Path
    schedule: Schedule
    autostart: State


class SettingsPage(Page):
    name = "settings"
    title = N_("Settings")
    icon = "settings"
    search_hint = ""

    def build(self) -> QWidget:
        self._headings: list[tuple[Any, str]] = []
        self._forms: list[Form] = []
        self._kept: dict[str, str] = {}
        column = named(QWidget(), "scrolled")
        column.setMaximumWidth(_WIDEST)
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 12, 0)
        layout.setSpacing(16)
        self.schedule = ScheduleCard(self)
        layout.addWidget(self._card(N_("Schedule"), self.schedule))
        for group, members in groupby(settings.ALL, key=lambda one: one.group):
            layout.addWidget(self._card(group, self._settings_form(list(members))))
        self.autostart = AutostartCard(self)
        layout.addWidget(self._card(N_("Start-up"), self.autostart))
        layout.addWidget(self._card(N_("The firm's mail account"), self._mail_account()))
        layout.addWidget(self._card(N_("Data folder"), self._data_folder()))
        layout.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(column)
        return area

    def load(self, desk: Desk, query: Query) -> Shown:
        return Shown(
            desk.settings(),
            desk.mail_accounts.show(),
            desk.folder.root,
            desk.schedules.shown(limit=1),
            of_this_computer().state(),
        )

    def show_data(self, data: Shown) -> None:
        self._kept = {key: str(value) for key, value in data.settings.items()}
        for form in self._forms:
            form.set_values(self._kept)
        self._folder.setText(str(data.folder))
        self.schedule.show_schedule(data.schedule)
        self.autostart.show_state(data.autostart)
        self._show_mail_account(data.mail_account)

    def retranslate(self) -> None:
        for label, text in self._headings:
            label.setText(translate(text))
        for form in (*self._forms, self.mail_form):
            form.retranslate()
        self.schedule.retranslate()
        self.autostart.retranslate()
        self.save_button.setText(translate(N_("Save mail account")))
        self._mail_note.setText(
            translate(
                N_(
                    "All mails to accounting packages leave through it. It is tried when a package "
                    "that mails is connected."
                )
            )
        )
        self._folder_button.setText(translate(N_("Open data folder")))
        self._folder_note.setText(
            translate(N_("Books, documents and log are here, on this computer only."))
        )

    # --- settings -------------------------------------------------------------------------------

    def _settings_form(self, members: Sequence[Setting[Any]]) -> Form:
        form = Form([field_of(one) for one in members])
        form.committed.connect(lambda name: self._commit(form, name))
        self._forms.append(form)
        return form

    def _commit(self, form: Form, name: str) -> None:
        text = form.values().get(name, "")
        if text == self._kept.get(name):
            form.clear_errors()
            return
        self.shell.desk.run(
            lambda desk, _job: _keep(desk, name, text),
            lambda kept: self._committed(form, kept),
            lambda error: form.show_errors([error]),
            owner=self,
        )

    def _committed(self, form: Form, kept: dict[str, str | int]) -> None:
        form.clear_errors()
        self._kept = {key: str(value) for key, value in kept.items()}
        self.shell.desk.settings_changed.emit(kept)
        self.shell.say(translate(N_("Saved.")))

    # --- mail account ---------------------------------------------------------------------------

    def _mail_account(self) -> QWidget:
        self._mail_note = plain_label(name="mailNote")
        self._mail_note.setProperty("help", True)
        self.mail_form = Form(MAIL_ACCOUNT_FIELDS)
        self._mail_edited = False
        self.mail_form.changed.connect(self._mail_changed)
        self.save_button = push_button("saveMailAccount", primary=True)
        self.save_button.clicked.connect(self._save_mail_account)
        buttons = QHBoxLayout()
        buttons.addWidget(self.save_button)
        buttons.addStretch(1)
        return _stacked(self._mail_note, self.mail_form, buttons)

    def _mail_changed(self) -> None:
        self._mail_edited = True

    def _show_mail_account(self, account: MailAccount | None) -> None:
        # What a person is typing is never overwritten by a new look at the books.
        if self._mail_edited:
            return
        self.mail_form.set_values(dict(account.values) if account else {})
        self.mail_form.set_values(dict.fromkeys(_SECRETS, ""))
        self.mail_form.keep_secrets(_SECRETS if account else ())

    def _save_mail_account(self) -> None:
        values, secrets = self.mail_form.split()
        self.save_button.setEnabled(False)
        self.change(
            lambda desk: set_mail_account(desk, values, secrets, NeverCancelled()),
            self._mail_account_saved,
            self._mail_account_refused,
        )

    def _mail_account_saved(self, account: MailAccount) -> None:
        self.save_button.setEnabled(True)
        self._mail_edited = False
        self.mail_form.clear_errors()
        self.shell.say(translate(N_("The mail account is saved.")))

    def _mail_account_refused(self, error: LedgerDeskError) -> None:
        self.save_button.setEnabled(True)
        self.mail_form.show_errors([error])

    # --- data folder ----------------------------------------------------------------------------

    def _data_folder(self) -> QWidget:
        self._folder = plain_label(name="dataFolder", selectable=True)
        self._folder_note = plain_label(name="dataFolderNote")
        self._folder_note.setProperty("help", True)
        self._folder_button = push_button("openDataFolder")
        icons.set_icon(self._folder_button, "folder")
        self._folder_button.clicked.connect(self._open_folder)
        buttons = QHBoxLayout()
        buttons.addWidget(self._folder_button)
        buttons.addStretch(1)
        return _stacked(self._folder, self._folder_note, buttons)

    def _open_folder(self) -> None:
        if not open_path(Path(self._folder.text())):
            self.shell.say(translate(N_("Nothing on this computer opens folders.")))

    def _card(self, heading: str, content: QWidget) -> QFrame:
        card = QFrame()
        card.setProperty("card", True)
        label = plain_label()
        label.setProperty("section", True)
        self._headings.append((label, heading))
        layout = QVBoxLayout(card)
        layout.setContentsMargins(20, 16, 20, 18)
        layout.setSpacing(12)
        layout.addWidget(label)
        layout.addWidget(content)
        return card


def _keep(desk: Desk, name: str, text: str) -> dict[str, str | int]:
    """Raises InvalidValue, also for a folder that is not there now."""
    setting = settings.by_key(name)
    folder = text.strip() if setting is not None and setting.is_folder else ""
    if setting is not None and folder and not Path(folder).is_dir():
        hint, label = translate(N_("There is no such folder now.")), translate(setting.label)
        raise InvalidValue(field=name, value=folder, name=label, hint=hint)
    return desk.change_setting(name, text)


def field_of(setting: Setting[Any]) -> Field:
    """A setting as a form shows it."""
    labels = setting.labels or setting.choices
    choices = tuple(Choice(id, label) for id, label in zip(setting.choices, labels, strict=True))
    return Field(
        setting.key,
        setting.label,
        _kind(setting),
        default=str(setting.default),
        help=setting.help,
        choices=choices,
        required=not setting.is_folder,
    )


def _kind(setting: Setting[Any]) -> FieldKind:
    if setting.is_folder:
        return FieldKind.FOLDER
    return FieldKind.CHOICE if setting.choices else FieldKind.TEXT


def _stacked(*parts: QWidget | QHBoxLayout) -> QWidget:
    whole = QWidget()
    layout = QVBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(10)
    for part in parts:
        if isinstance(part, QWidget):
            layout.addWidget(part)
        else:
            layout.addLayout(part)
    return whole

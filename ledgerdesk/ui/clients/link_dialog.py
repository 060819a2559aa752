"""One client's link: to an accounting package, or the change of one that is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtWidgets import QRadioButton, QVBoxLayout, QWidget

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Client, ExportKind, LinkRole
from ledgerdesk.setup.linking import Concerned, Linkable, LinkChange
from ledgerdesk.setup.links import LinkForm
from ledgerdesk.setup.roster import KeptLink
from ledgerdesk.ui.clients import words
from ledgerdesk.ui.clients.administration import AdministrationPicker
from ledgerdesk.ui.clients.dialog import SHARES_TOO, BackgroundDialog, choice, help_line
from ledgerdesk.ui.clients.preview import Preview
from ledgerdesk.ui.clients.start import OptionalDay, StartingPoint
from ledgerdesk.ui.forms import Form
from ledgerdesk.ui.page import Shell
from ledgerdesk.ui.texts import plain_label
from ledgerdesk.ui.widgets import named


class OwnPart(QWidget):
    """What is the client's own at one package: its dossier there, its fields, and how paths and
    addresses come out with them."""

    def __init__(
        self,
        dialog: BackgroundDialog,
        client: Client,
        package: Linkable,
        kept: KeptLink | None = None,
    ) -> None:
        super().__init__()
        self._client, self._package = client, package
        self._kind: ExportKind | None = kept.link.kind if kept else None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        self.picker: AdministrationPicker | None = None
        if package.has_administrations:
            self.picker = AdministrationPicker(package.noun)
            self.picker.set_value(kept.link.administration_id if kept else "")
            layout.addWidget(self.picker)
            self._ask(dialog)
        self.form = Form(
            package.fields,
            dict(kept.link.values) if kept else None,
            kept_secrets=kept.secrets if kept else (),
        )
        self.form.set_hints(_hints(package))
        self.form.changed.connect(self.resolve)
        self.form.setVisible(bool(package.fields))
        self.preview = Preview()
        layout.addWidget(self.form)
        layout.addWidget(self.preview)
        self.resolve()

    @property
    def administration_id(self) -> str:
        return self.picker.value() if self.picker is not None else ""

    def only(self, kind: ExportKind | None) -> None:
        self._kind = kind
        self.resolve()

    def resolve(self) -> None:
        """Shows anew what the values as they are typed now lead to."""
        own, _secrets = self.form.split()
        self.preview.show_resolved(self._package.resolved(self._client, own, self._kind))

    def show_error(self, error: LedgerDeskError) -> bool:
        """Whether the error has its place here."""
        if error.field not in {one.name for one in self._package.fields}:
            return False
        self.form.show_errors([error])
        return True

    def _ask(self, dialog: BackgroundDialog) -> None:
        picker, id, client = self.picker, self._package.id, self._client
        assert picker is not None
        dialog.work(
            lambda desk: desk.linking.administrations(id),
            lambda found: picker.show_found(found, client),
            picker.show_trouble,
            waits=False,
        )


class LinkDialog(BackgroundDialog):
    """``now`` are the links in force; ``on_done()`` is called after linking."""

    def __init__(
        self,
        shell: Shell,
        parent: QWidget,
        client: Client,
        packages: Sequence[Linkable],
        now: Sequence[KeptLink],
        on_done: Callable[[], object],
    ) -> None:
        title = translate(N_("Accounting software of {client}")).format(client=client.name)
        super().__init__(shell, parent, "linkDialog", title)
        self.client = client
        self._packages, self._now, self._on_done = packages, now, on_done
        self.own: OwnPart | None = None
        self._place = QVBoxLayout()
        self._make_choices()
        self.start = StartingPoint()
        software = _column(*_labelled(N_("Accounting software"), self.package))
        for widget in (software, self._kind_part):
            self.column.addWidget(widget)
        self.column.addLayout(self._place)
        self.column.addWidget(self._way)
        self.column.addWidget(self.start)
        if not client.share:
            self.column.addWidget(help_line(translate(SHARES_TOO), "sharesToo"))
        self.column.addStretch(1)
        self.link_button = self.add_button("link", translate(N_("Link")), self.link, primary=True)
        self.add_cancel()
        self.lay_out(scrolls=True)
        self.resize(700, 680)
        self._package_chosen()

    @property
    def chosen(self) -> Linkable:
        return self._packages[max(0, self.package.currentIndex())]

    @property
    def chosen_kind(self) -> ExportKind | None:
        """None: every kind the package takes."""
        data = self.kind.currentData()
        return ExportKind(data) if data else None

    def link(self) -> None:
        assert self.own is not None
        self.own.form.clear_errors()
        if not self.own.form.check():
            return
        values, secrets = self.own.form.split()
        in_the_way = not self._way.isHidden()
        form = LinkForm(
            self.chosen.id,
            self.chosen_kind,
            self.own.administration_id,
            values,
            secrets,
            start=self.start.value(),
            replace=in_the_way and self.replaces.isChecked(),
            copy=in_the_way and self.copies.isChecked(),
        )
        id = self.client.id
        self.work(lambda desk: desk.links.link(id, form), lambda _made: self._done(), self._refused)

    def _done(self) -> None:
        self.accept()
        self._on_done()

    def _refused(self, error: LedgerDeskError) -> None:
        if self.own is None or not self.own.show_error(error):
            self.show_trouble(error)

    def _make_choices(self) -> None:
        self.package = choice("package")
        for one in self._packages:
            self.package.addItem(f"{one.name} ({translate(one.label)})", one.id)
        self.kind = choice("kind")
        self._kind_part = _column(*_labelled(N_("Documents"), self.kind))
        self.replaces = named(QRadioButton(), "replace")
        self.copies = named(QRadioButton(), "copy")
        self.replaces.setChecked(True)
        self._present = plain_label(name="present")
        self._way = _column(self._present, self.replaces, self.copies)
        self.replaces.setText(
            translate(N_("Replace it: documents from the start below go to the new one"))
        )
        self.copies.setText(translate(N_("Keep it, and send a copy to the new one as well")))
        self.package.currentIndexChanged.connect(self._package_chosen)
        self.kind.currentIndexChanged.connect(self._kind_chosen)

    def _package_chosen(self) -> None:
        package = self.chosen
        self.kind.blockSignals(True)
        self.kind.clear()
        if len(package.kinds) > 1:
            text = translate(N_("All it takes: {kinds}"))
            self.kind.addItem(text.format(kinds=words.kinds(package.kinds)), "")
        for one in package.kinds:
            self.kind.addItem(words.kind(one), one.value)
        self.kind.blockSignals(False)
        self._kind_part.setVisible(len(package.kinds) > 1)
        if self.own is not None:
            self._place.removeWidget(self.own)
            self.own.hide()
            self.own.deleteLater()
        self.own = OwnPart(self, self.client, package)
        self._place.addWidget(self.own)
        self._kind_chosen()

    def _kind_chosen(self) -> None:
        package, kind, id = self.chosen, self.chosen_kind, self.client.id
        if self.own is not None:
            self.own.only(kind)
        self._show_way()
        self.start.count(None)
        self.work(
            lambda desk: desk.linking.concerned([id], package.id, kind),
            partial(self._counted, (package.id, kind)),
            waits=False,
        )

    def _counted(self, asked: tuple[str, ExportKind | None], found: Concerned) -> None:
        if asked == (self.chosen.id, self.chosen_kind):
            self.start.count(found)

    def _show_way(self) -> None:
        """What is there already, and what shall become of it; the same package twice is no way."""
        kinds = self.chosen.kinds if self.chosen_kind is None else (self.chosen_kind,)
        same = [one for one in self._now if one.link.configuration_id == self.chosen.id]
        met = [
            one
            for one in self._now
            if one.link.kind in kinds and (one.link.role is LinkRole.MAIN or one in same)
        ]
        self._way.setVisible(bool(met))
        self.copies.setVisible(not any(one in same for one in met))
        if self.copies.isHidden():
            self.replaces.setChecked(True)
        text = translate(N_("Now: {package} for {kind}."))
        packages: dict[str, list[str]] = {}
        for one in met:
            packages.setdefault(one.package, []).append(words.kind(one.link.kind))
        lines = [
            text.format(package=name, kind=", ".join(kinds)) for name, kinds in packages.items()
        ]
        self._present.setText(" ".join(lines))


class ChangeDialog(BackgroundDialog):
    """The dossier, the own values and the days of a link that is there."""

    def __init__(
        self,
        shell: Shell,
        parent: QWidget,
        client: Client,
        package: Linkable,
        kept: KeptLink,
        on_done: Callable[[], object],
    ) -> None:
        title = translate(N_("{package} for {client}"))
        super().__init__(
            shell,
            parent,
            "changeDialog",
            title.format(package=package.name, client=client.name),
        )
        self._kept, self._on_done = kept, on_done
        what = translate(N_("{kind} to {package}"))
        heading = plain_label(what.format(kind=words.kind(kept.link.kind), package=package.name))
        heading.setProperty("section", True)
        self.own = OwnPart(self, client, package, kept)
        self.since = OptionalDay("since", translate(N_("First day")))
        self.since.set_value(kept.link.since)
        self.until = OptionalDay("until", translate(N_("Last day")))
        self.until.set_value(kept.link.until)
        days = plain_label(translate(N_("Valid")))
        days.setProperty("fieldLabel", True)
        for widget in (heading, self.own, days, self.since, self.until):
            self.column.addWidget(widget)
        self.column.addStretch(1)
        self.save_button = self.add_button(
            "saveLink", translate(N_("Save")), self.save, primary=True
        )
        self.add_cancel()
        self.lay_out(scrolls=True)
        self.resize(640, 440)

    def save(self) -> None:
        self.own.form.clear_errors()
        if not self.own.form.check():
            return
        values, secrets = self.own.form.split()
        change = LinkChange(
            self.own.administration_id, values, secrets, self.since.value(), self.until.value()
        )
        id = self._kept.link.id
        self.work(
            lambda desk: desk.linking.change(id, change), lambda _link: self._done(), self._refused
        )

    def _done(self) -> None:
        self.accept()
        self._on_done()

    def _refused(self, error: LedgerDeskError) -> None:
        if not self.own.show_error(error):
            self.show_trouble(error)


def _hints(package: Linkable) -> Mapping[str, str]:
    """What holds while a field is empty: the package's value; of secrets only that it has one."""
    secret = {one.name for one in package.fields if one.secret}
    hints: dict[str, str] = {}
    for given in package.given.values():
        for name, value in given.items():
            if name in secret:
                hints[name] = translate(N_("The package's own"))
            elif value:
                hints.setdefault(name, translate(N_("The package's: {value}")).format(value=value))
    return hints


def _labelled(text: str, widget: QWidget) -> tuple[QWidget, QWidget]:
    label = plain_label(translate(text))
    label.setProperty("fieldLabel", True)
    widget.setAccessibleName(translate(text))
    return label, widget


def _column(*widgets: QWidget) -> QWidget:
    whole = QWidget()
    layout = QVBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    for one in widgets:
        layout.addWidget(one)
    return whole

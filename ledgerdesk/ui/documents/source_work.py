"""What a person does with sources: commands, the dialog that adds one, what was done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import Client
from ledgerdesk.ui import dialogs
from ledgerdesk.ui.commands import Command
from ledgerdesk.ui.documents.source_dialog import SourceDialog
from ledgerdesk.ui.documents.sources_tab import SourcesTab
from ledgerdesk.ui.page import Page

if TYPE_CHECKING:
    from ledgerdesk.intake.desk import Kind, Listed


class SourceWork:
    """``show_documents(source)`` shows what came from there."""

    def __init__(self, page: Page, show_documents: Callable[[str], object]) -> None:
        self._page = page
        self._show_documents = show_documents
        self.clients: Sequence[Client] = ()
        self.kinds: Sequence[Kind] = ()
        self._make(partial(Command, page, has_button=False))
        self.tab = SourcesTab(self.of_sources, self.open_source)
        self.tab.chosen.connect(self.enable)
        self.tab.view.opened.connect(lambda _row: self.show_of_source())

    def _make(self, make: partial[Command]) -> None:
        self.add_source = make(
            N_("Add a sour&ce…"),
            self.open_source,
            name="addSource",
            icon="add",
            shortcut="Ctrl+Shift+N",
            tip=N_("A place LedgerDesk looks in by itself"),
        )
        self.test_source = make(
            N_("T&est"),
            self.test_selected,
            name="testSource",
            icon="refresh",
            tip=N_("Look whether the source can be read"),
        )
        self.show_source = make(
            N_("Sho&w its documents"), self.show_of_source, name="showOfSource", icon="documents"
        )
        self.remove_source = make(
            N_("Re&move"),
            self.remove_selected,
            name="removeSource",
            icon="remove",
            tip=N_("Look there no more; its documents stay"),
        )
        self.of_sources = (self.add_source, self.test_source, self.show_source, self.remove_source)
        for command in self.of_sources[1:]:
            command.setEnabled(False)

    def open_source(self) -> None:
        SourceDialog(
            self._page.shell, self._page, self.kinds, self.clients, self._source_added
        ).open()

    def _source_added(self, listed: Listed) -> None:
        text = translate(N_("LedgerDesk looks in {path} at every run; “Send now” does it at once."))
        self._page.shell.say(text.format(path=listed.source.path))
        self._page.visit(tab="sources")
        self._page.refresh()

    def enable(self) -> None:
        chosen = self.tab.current() is not None
        for command in self.of_sources[1:]:
            command.setEnabled(chosen)

    def test_selected(self) -> None:
        one = self.tab.current()
        if one is not None:
            source_id = one.source.id
            self._page.change(lambda desk: desk.sources.test(source_id), self._tested)

    def _tested(self, tested: Listed) -> None:
        self.tab.show_test(tested)
        fine = all(one.ok for one in tested.checks)
        said = N_("The source works.") if fine else N_("The source does not work; see below it.")
        self._page.shell.say(translate(said))

    def show_of_source(self) -> None:
        one = self.tab.current()
        if one is not None:
            self._show_documents(one.source.id)

    def remove_selected(self) -> None:
        one = self.tab.current()
        if one is None:
            return
        question = translate(N_("Look in {path} no more?")).format(path=one.source.path)
        detail = translate(N_("Documents that came from there stay. Nothing is deleted there."))
        no, yes = translate(N_("Keep it")), translate(N_("Remove"))
        if dialogs.ask(self._page, question, detail, yes=yes, no=no):
            source_id = one.source.id
            self._page.change(
                lambda desk: desk.sources.remove(source_id),
                lambda _gone: self._page.shell.say(translate(N_("The source is removed."))),
            )

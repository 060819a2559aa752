"""The composition root: builds the services of one data folder, hands them to window and command
line. Each service is made, and its libraries imported, when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ledgerdesk import i18n, log, paths, settings
from ledgerdesk.errors import Cancelled, EngineBusy, KeyringUnusable, LedgerDeskError, UnknownId
from ledgerdesk.model import Cancel, Network, Progress, SystemClock
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import (
    Books,
    engine_lock,
    engine_running,
    is_practice,
    open_books,
    prepare,
)
from ledgerdesk.store import settings as kept_settings

if TYPE_CHECKING:
    from ledgerdesk.delivery.browse import DeliveryList
    from ledgerdesk.delivery.counts import Counts
    from ledgerdesk.delivery.desk import Desk as Deliveries
    from ledgerdesk.delivery.engine import Engine, Work
    from ledgerdesk.delivery.health import AccountHealth
    from ledgerdesk.delivery.plan import Plan
    from ledgerdesk.delivery.runner import Runner
    from ledgerdesk.delivery.schedules import Schedules
    from ledgerdesk.intake.browse import Documents
    from ledgerdesk.intake.desk import Sources
    from ledgerdesk.intake.look import Doors
    from ledgerdesk.intake.radar import Radar
    from ledgerdesk.intake.senders import Senders
    from ledgerdesk.intake.taking_in import Intake
    from ledgerdesk.intake.triage import Triage
    from ledgerdesk.setup.clients import Clients
    from ledgerdesk.setup.configurations import Configurations
    from ledgerdesk.setup.connections import Connections
    from ledgerdesk.setup.import_table import ClientImport
    from ledgerdesk.setup.installer import Installer
    from ledgerdesk.setup.linking import Linking
    from ledgerdesk.setup.links import Links
    from ledgerdesk.setup.mail_accounts import MailAccounts
    from ledgerdesk.setup.packages import Packages
    from ledgerdesk.setup.profiles import Profiles
    from ledgerdesk.setup.roster import Roster
    from ledgerdesk.setup.services import Services
    from ledgerdesk.setup.suggest import Suggestions
    from ledgerdesk.store.blobs import Blobs
    from ledgerdesk.upkeep import Attention, Restored, Status
    from ledgerdesk.vault import Vault


def data_folder(given: str | Path | None) -> DataFolder:
    """The folder of ``--data-dir``, else of LEDGERDESK_DATA_DIR, else the platform's own."""
    return paths.data_folder(given)


@contextmanager
def open_desk(
    given: str | Path | None = None,
    *,
    owner: bool = False,
    practice: bool = False,
    verbose: bool = False,
) -> Iterator[Desk]:
    """The services of a data folder. ``owner`` says that the caller holds the engine lock.

    Raises DatabaseDamaged, DatabaseNewer, DataFolderUnusable or EngineBusy.
    """
    folder = data_folder(given)
    with open_books(folder, owner=owner, holding_lock=owner, practice=practice) as books:
        desk = Desk(folder, books, owner=owner)
        paths.use_profiles(folder.profiles)
        with books.read_bare() as connection:
            language = kept_settings.get(connection, settings.LANGUAGE)
            level = kept_settings.get(connection, settings.LOG_LEVEL)
        if language:
            i18n.use(language)
        log.start(folder, level=level, verbose=verbose)
        try:
            yield desk
        finally:
            log.stop()


@contextmanager
def own_desk(given: str | Path | None = None) -> Iterator[Desk]:
    """The services for whoever runs the engine: the engine lock is held meanwhile.

    Raises EngineBusy when another process holds it, and what ``open_desk`` raises.
    """
    folder = data_folder(given)
    prepare(folder)
    with engine_lock(folder), open_desk(given, owner=True) as desk:
        yield desk


class Desk:
    """The services of one data folder, as the window and the command line use them."""

    def __init__(self, folder: DataFolder, books: Books, *, owner: bool) -> None:
        self.folder = folder
        self.books = books
        self.clock = SystemClock()
        self.is_owner = owner

    def load_the_rest(self) -> None:
        """SQLAlchemy: a window reads its first list without, and what comes next should not wait
        for it. Costs nothing the second time."""
        from ledgerdesk.store import tables  # noqa: F401

    @cached_property
    def is_practice(self) -> bool:
        with self.books.read() as connection:
            return is_practice(connection)

    @cached_property
    def network(self) -> Network:
        from ledgerdesk.net.sockets import Sockets

        return Sockets(loopback_only=self.is_practice)

    @cached_property
    def vault(self) -> Vault:
        from ledgerdesk.key_store import FileKeyStore, SystemKeyStore
        from ledgerdesk.vault import Vault

        store = FileKeyStore(self.folder) if self.is_practice else SystemKeyStore()
        return Vault(self.books, self.folder, store, holding_lock=self.is_owner)

    @cached_property
    def blobs(self) -> Blobs:
        from ledgerdesk.store.blobs import Blobs

        return Blobs(self.folder.blobs)

    # --- setting up ------------------------------------------------------------------------------

    @cached_property
    def services(self) -> Services:
        from ledgerdesk.setup.services import Services

        return Services(self.books, self.vault, self.network, self.clock)

    @cached_property
    def installer(self) -> Installer:
        from ledgerdesk.setup.installer import Installer

        return Installer(self.services)

    @cached_property
    def configurations(self) -> Configurations:
        from ledgerdesk.setup.configurations import Configurations

        return Configurations(self.services)

    @cached_property
    def connections(self) -> Connections:
        from ledgerdesk.setup.connections import Connections

        return Connections(self.services)

    @cached_property
    def packages(self) -> Packages:
        from ledgerdesk.setup.packages import Packages

        return Packages(self.services)

    @cached_property
    def profiles(self) -> Profiles:
        from ledgerdesk.setup.profiles import Profiles

        return Profiles(self.services, self.folder.profiles)

    @cached_property
    def mail_accounts(self) -> MailAccounts:
        from ledgerdesk.setup.mail_accounts import MailAccounts

        return MailAccounts(self.services)

    @cached_property
    def clients(self) -> Clients:
        from ledgerdesk.setup.clients import Clients

        return Clients(self.services)

    @cached_property
    def links(self) -> Links:
        from ledgerdesk.setup.links import Links

        return Links(self.services)

    @cached_property
    def linking(self) -> Linking:
        from ledgerdesk.setup.linking import Linking

        return Linking(self.services)

    @cached_property
    def roster(self) -> Roster:
        from ledgerdesk.setup.roster import Roster

        return Roster(self.books, self.clock)

    @cached_property
    def client_import(self) -> ClientImport:
        from ledgerdesk.setup.import_table import ClientImport

        return ClientImport(self.services)

    @cached_property
    def suggestions(self) -> Suggestions:
        from ledgerdesk.setup.suggest import Suggestions

        return Suggestions(self.services)

    # --- coming in, going out ---------------------------------------------------------------------

    @cached_property
    def intake(self) -> Intake:
        from ledgerdesk.intake.taking_in import Intake

        return Intake(self.books, self.blobs, self.clock)

    @cached_property
    def triage(self) -> Triage:
        from ledgerdesk.intake.triage import Triage

        return Triage(self.books, self.blobs, self.clock)

    @cached_property
    def senders(self) -> Senders:
        from ledgerdesk.intake.senders import Senders

        return Senders(self.books, self.clock)

    @cached_property
    def documents(self) -> Documents:
        from ledgerdesk.intake.browse import Documents

        return Documents(self.books, self.blobs)

    @cached_property
    def sources(self) -> Sources:
        from ledgerdesk.intake.desk import Sources

        return Sources(self.books, self.clock, self._doors)

    @property
    def _doors(self) -> Doors:
        """What looking into a source may need beside the source itself."""
        from ledgerdesk.intake.look import Doors
        from ledgerdesk.intake.source_secrets import SourceSecrets

        return Doors(self.network, SourceSecrets(self.books, lambda: self.vault))

    @cached_property
    def radar(self) -> Radar:
        from ledgerdesk.intake.radar import Radar

        return Radar(self.books, self.clock)

    @cached_property
    def deliveries(self) -> Deliveries:
        from ledgerdesk.delivery.desk import Desk as Deliveries

        return Deliveries(self.books, self.clock)

    @cached_property
    def delivery_list(self) -> DeliveryList:
        from ledgerdesk.delivery.browse import DeliveryList

        return DeliveryList(self.books, self.clock)

    # --- all of it --------------------------------------------------------------------------------

    @cached_property
    def runner(self) -> Runner:
        from ledgerdesk.delivery.runner import Runner

        return Runner(self.intake, self._doors, self.vault, self.network)

    def run(
        self,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
        executor: Executor | None = None,
        *,
        plan: Plan | None = None,
        listens: bool = True,
    ) -> Counts:
        """Looks in every source, takes in what is new, sends what is due; or what ``plan`` says.
        The caller is owner.

        ``executor`` serves the lanes side by side; it stays open. Without ``listens`` the caller
        hears itself who asks for a run meanwhile.
        """
        from ledgerdesk.delivery.sync import BY_PERSON

        self._look_for_key()
        plan = plan or BY_PERSON
        if plan.looks:
            self._read_answers(cancel)
        with nullcontext(executor) if executor is not None else _threads() as lanes:
            counts = self.runner.run(plan, lanes, progress, cancel, listens=listens)
        if plan.looks and plan.sends:
            self._keep_alive()
            self._forget_old_copies()
        from ledgerdesk.status_board import after_run

        after_run(self.books, self.clock, self.radar)
        return counts

    def engine(
        self,
        run: Work | None = None,
        *,
        hears: bool = True,
        told: Callable[[Plan, Counts | LedgerDeskError], object] = lambda plan, ended: None,
    ) -> Engine:
        """The loop that runs what is due by itself; the caller is owner and calls ``serve``.

        ``run`` makes a run, where the caller has threads of its own for it; ``told`` hears what
        came of each. Without ``hears`` the caller wakes it when the books changed.
        """
        from ledgerdesk.delivery.engine import Engine
        from ledgerdesk.net.conditions import of_this_computer

        def by_itself(plan: Plan, cancel: Cancel) -> Counts:
            return self.run(cancel=cancel, plan=plan, listens=False)

        work, busy = run or by_itself, self.runner.busy.now
        return Engine(
            self.books, self.clock, of_this_computer(), work, busy, hears=hears, told=told
        )

    @cached_property
    def schedules(self) -> Schedules:
        from ledgerdesk.delivery.schedules import Schedules

        return Schedules(self.books, self.clock)

    @cached_property
    def account_health(self) -> AccountHealth:
        from ledgerdesk.delivery.health import AccountHealth

        return AccountHealth(self.books, self.clock)

    def _read_answers(self, cancel: Cancel | None) -> None:
        """What came back to the mails of earlier runs: first, so that this one counts it."""
        from ledgerdesk.delivery.answer_inbox import AnswerInbox

        with suppress(Cancelled):
            AnswerInbox(self.books, self.vault, self.network, self.clock).read(cancel)

    def _keep_alive(self) -> None:
        """At the end: a vendor that does not answer must not hold up what is to be sent."""
        from ledgerdesk.setup.keep_alive import keep_alive

        keep_alive(self.services)

    def _look_for_key(self) -> None:
        """On another computer the key is missing: every account says so, before anything is tried.
        A key store that does not answer is told by what needs it."""
        with suppress(KeyringUnusable):
            self.vault.check()

    def _forget_old_copies(self) -> None:
        from ledgerdesk.upkeep import forget_old_copies

        with self.books.read() as connection:
            months = kept_settings.get(connection, settings.KEEP_DOCUMENTS_MONTHS)
        forget_old_copies(self.books, self.blobs, self.clock.now(), months)

    def ask_owner(self, cancel: Cancel | None = None) -> Counts:
        """A run by the process that holds the engine lock, and what it brought.

        Raises EngineBusy when it does not answer or goes away meanwhile.
        """
        from ledgerdesk.delivery.sync import ask

        def gone() -> bool:
            if cancel is not None:
                cancel.raise_if_cancelled()
            return not self.engine_is_running()

        counts = ask(self.books, self.clock, gone)
        if counts is None:
            raise EngineBusy()
        return counts

    def is_asked(self) -> bool:
        """Whether another process asked the owner for a run and was not heard yet."""
        from ledgerdesk.store import runs

        with self.books.read() as connection:
            return runs.unclaimed(connection)

    def engine_is_running(self) -> bool:
        """Whether somebody holds the engine lock of this folder right now."""
        return engine_running(self.folder)

    def preview(self, progress: Progress | None = None) -> Counts:
        """What a run would take in, and what stands now; nothing is kept or sent."""
        from ledgerdesk.delivery.counts import count
        from ledgerdesk.intake.look import look

        found = look(self.intake, doors=self._doors, dry_run=True, progress=progress)
        with self.books.read() as connection:
            return count(connection, taken_in=found.taken_in)

    def settings(self) -> dict[str, str | int]:
        """The value in force of every setting, by key."""
        with self.books.read_bare() as connection:
            return kept_settings.everything(connection)

    def change_setting(self, key: str, text: str) -> dict[str, str | int]:
        """Keeps what a person typed and returns all settings. Raises InvalidValue, UnknownId."""
        setting = settings.by_key(key)
        if setting is None:
            raise UnknownId(what="setting", id=key)
        self.books.write(lambda c: kept_settings.put(c, setting, text))
        return self.settings()

    def backup(self, file: Path) -> int:
        """Writes exactly ``file``; its size in bytes. Never the key."""
        from ledgerdesk.store import backup

        return backup.write(self.folder, file)

    def status(self) -> Status:
        """What waits, and who must act."""
        from ledgerdesk import upkeep

        return upkeep.status(self.books, self.clock.now(), self.radar)

    def problems(self) -> tuple[Attention, ...]:
        """What needs a person or is tried again by itself, each cause once."""
        from ledgerdesk import upkeep

        return upkeep.problems(self.books, self.clock.now(), self.radar)


_LANES = 8
"""Destinations served side by side."""


def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_LANES, thread_name_prefix="lane")


def sync(given: str | Path | None, progress: Progress | None = None) -> Counts:
    """A run here, or by the process that holds the engine lock. Raises EngineBusy."""
    from ledgerdesk.delivery.sync import ask

    folder = data_folder(given)
    while True:
        with ExitStack() as held:
            try:
                prepare(folder)
                held.enter_context(engine_lock(folder))
            except EngineBusy:
                counts = None
                with open_desk(given) as desk:
                    counts = ask(desk.books, desk.clock, lambda: not engine_running(folder))
                if counts is not None:
                    return counts
                continue
            desk = held.enter_context(open_desk(given, owner=True))
            return desk.run(progress)


def restore(given: str | Path | None, file: Path) -> Restored:
    """Puts a backup in place of the books. Raises BackupUnusable, DatabaseNewer or EngineBusy;
    nothing was changed then."""
    from ledgerdesk.store.restore import restore as put_in_place
    from ledgerdesk.upkeep import Restored

    folder = data_folder(given)
    with engine_lock(folder):
        kept = put_in_place(folder, file, SystemClock().now())
        with open_desk(given, owner=True) as desk:
            try:
                has_key = desk.vault.check()
            except KeyringUnusable:
                has_key = False
    return Restored(kept, sign_in_again=not has_key)


def preview(given: str | Path | None, progress: Progress | None = None) -> Counts:
    with open_desk(given) as desk:
        return desk.preview(progress)

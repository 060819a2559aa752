"""What a person does to the chosen deliveries. Each act takes those it is possible for, asks where
it cannot be taken back, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ledgerdesk.delivery import possible
from ledgerdesk.i18n import N_, translate
from ledgerdesk.model import DeliveryState
from ledgerdesk.ui import dialogs
from ledgerdesk.ui.commands import Command
from ledgerdesk.ui.deliveries import choice, words
from ledgerdesk.ui.deliveries.remedies import queued_again
from ledgerdesk.ui.page import Page
from ledgerdesk.ui.reason_dialog import ReasonDialog
from ledgerdesk.ui.table_view import TableView

if TYPE_CHECKING:
    from ledgerdesk.app import Desk

Ids = Sequence[str]


class Actions:
    """The commands of the list ``view`` (set once it is built), as ``page`` offers them."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.view: TableView | None = None
        make = partial(Command, page, has_button=False)
        self.retry = make(
            N_("&Retry now"), self._retry, name="retry", icon="refresh", shortcut="Ctrl+R"
        )
        self.resend = make(
            N_("Send &again…"), self._resend, name="resend", icon="send", shortcut="Ctrl+Shift+R"
        )
        self.arrived = make(
            N_("It a&rrived"),
            self._arrived,
            name="arrived",
            icon="tick",
            tip=N_("You asked at the destination, and it is there"),
        )
        self.absent = make(
            N_("It did &not arrive: send again"),
            self._absent,
            name="notArrived",
            icon="undo",
            tip=N_("You asked at the destination, and it is not there"),
        )
        self.booked = make(
            N_("Mark as &booked"),
            self._booked,
            name="markBooked",
            icon="ok",
            shortcut="Ctrl+B",
            tip=N_("You saw it in the books there"),
        )
        self.cancel = make(
            N_("&Cancel…"), self._cancel, name="cancelDelivery", icon="stop", shortcut="Del"
        )
        self._states = self._possible()

    def _possible(self) -> dict[Command, tuple[DeliveryState, ...]]:
        """In the order of the menu."""
        return {
            self.retry: possible.RETRIED,
            self.arrived: possible.RESOLVED,
            self.absent: possible.RESOLVED,
            self.resend: possible.RESENT,
            self.booked: possible.BOOKED,
            self.cancel: possible.CANCELLED,
        }

    @property
    def commands(self) -> list[Command]:
        return list(self._states)

    def enable(self) -> None:
        """By what is chosen now."""
        chosen = choice.states(self.view) if self.view is not None else frozenset()
        for command, states in self._states.items():
            command.setEnabled(not chosen.isdisjoint(states))

    # --- the acts ---------------------------------------------------------------------------------

    def _retry(self) -> None:
        def work(desk: Desk, ids: Ids) -> int:
            return sum(
                one.delivery.state is DeliveryState.QUEUED for one in desk.deliveries.retry(ids)
            )

        self._with_chosen(
            self.retry,
            lambda ids: self._page.change(
                lambda desk: work(desk, ids),
                lambda count: self._page.shell.say(queued_again(count)),
            ),
        )

    def _resend(self) -> None:
        def ask(ids: Ids) -> None:
            text = translate(N_("Sent once more, with a name of its own: {documents}."))
            ReasonDialog(
                self._page.shell,
                self._page,
                title=translate(N_("Send again")),
                explanation=text.format(documents=words.documents(len(ids))),
                button=translate(N_("Send again")),
                accepted_with=lambda reason: self._change(
                    lambda desk: desk.deliveries.resend(ids, reason),
                    N_("Goes out again at the next run: {documents}."),
                    ids,
                ),
                example=translate(N_("The package lost it")),
            ).open()

        self._with_chosen(self.resend, ask)

    def _arrived(self) -> None:
        self._with_chosen(
            self.arrived,
            lambda ids: self._change(
                lambda desk: desk.deliveries.resolve_all(ids, "delivered"),
                N_("Kept as arrived, because you say so: {documents}."),
                ids,
            ),
        )

    def _absent(self) -> None:
        def ask(ids: Ids) -> None:
            if self._sure(
                N_("Send {documents} again?"),
                N_("Whatever did arrive after all is then there twice."),
                ids,
                yes=N_("Send again"),
                no=N_("Leave it"),
            ):
                self._change(
                    lambda desk: desk.deliveries.resolve_all(ids, "resend"),
                    N_("Goes out again at the next run: {documents}."),
                    ids,
                )

        self._with_chosen(self.absent, ask)

    def _booked(self) -> None:
        self._with_chosen(
            self.booked,
            lambda ids: self._change(
                lambda desk: desk.deliveries.mark_booked(ids),
                N_("Marked as booked: {documents}."),
                ids,
            ),
        )

    def _cancel(self) -> None:
        def ask(ids: Ids) -> None:
            if self._sure(
                N_("Not send {documents}?"),
                N_("What was cancelled can be sent again later, with a reason."),
                ids,
                yes=N_("Do not send"),
                no=N_("Keep"),
            ):
                self._change(
                    lambda desk: desk.deliveries.cancel(ids), N_("Not sent: {documents}."), ids
                )

        self._with_chosen(self.cancel, ask)

    # --- how --------------------------------------------------------------------------------------

    def _with_chosen(self, command: Command, then: Callable[[Ids], object]) -> None:
        """Reads what is chosen, also what was never on screen, and goes on with what fits."""
        if self.view is None:
            return
        if choice.how_many(self.view) > choice.MOST:
            text = translate(N_("Choose at most {count} deliveries at once."))
            dialogs.tell(self._page, text.format(count=words.number(choice.MOST)))
            return
        keys, states = choice.keys(self.view), self._states[command]

        def read(desk: Desk) -> Ids:
            rows = desk.delivery_list.of_keys(keys)
            return [row.delivery.id for row in rows if row.delivery.state in states]

        self._page.shell.desk.run(
            lambda desk, _job: read(desk),
            lambda ids: then(ids) if ids else None,
            self._page.shell.tell,
            owner=self._page,
        )

    def _sure(self, question: str, detail: str, ids: Ids, *, yes: str, no: str) -> bool:
        return dialogs.ask(
            self._page,
            translate(question).format(documents=words.documents(len(ids))),
            translate(detail),
            yes=translate(yes),
            no=translate(no),
        )

    def _change(self, work: Callable[[Desk], object], said: str, ids: Ids) -> None:
        text = translate(said).format(documents=words.documents(len(ids)))
        self._page.change(work, lambda _done: self._page.shell.say(text))

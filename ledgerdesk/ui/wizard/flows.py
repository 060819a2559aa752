"""What the wizard knows of the flow it shows: the steps' order and the answers are the flow's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ledgerdesk.model import Check
from ledgerdesk.setup.steps import Refused, StepView
from ledgerdesk.ui.background import Job

if TYPE_CHECKING:
    from ledgerdesk.model import Cancel


class Answer(Protocol):
    """A sign-in in the browser, as the wizard waits for it."""

    def wait(self, cancel: Cancel) -> str: ...


class Flow(Protocol):
    """What SetupFlow and SignInFlow share."""

    @property
    def signs_in_again(self) -> bool: ...

    @property
    def connects(self) -> bool: ...

    @property
    def signed_in_as(self) -> str: ...

    @property
    def browser(self) -> Answer | None: ...

    def sign_in_anew(self) -> StepView: ...

    @property
    def current(self) -> StepView: ...

    @property
    def can_go_back(self) -> bool: ...

    def submit(
        self, values: Mapping[str, str], seen: list[Check] | None = None
    ) -> StepView | Refused: ...

    def back(self) -> StepView: ...

    def cancel(self) -> StepView: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """What the flow shows now. ``connects``: its answer is the last one; ``account`` is who signed
    in in the browser on the way."""

    view: StepView
    connects: bool = False
    account: str = ""

    @classmethod
    def by(cls, flow: Flow) -> Shown:
        return cls(flow.current, flow.connects, flow.signed_in_as)


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Why the answer was not taken, and what the flow shows instead of what it showed."""

    refused: Refused
    shown: Shown | None = None


class Stop:
    """The cancel token of all the flow does: that of the work that runs now."""

    def __init__(self) -> None:
        self.job: Job | None = None

    def raise_if_cancelled(self) -> None:
        if self.job is not None:
            self.job.raise_if_cancelled()


def stand_at(flow: Flow, step: str) -> None:
    """Tells the flow of the way back that was gone on screen."""
    while flow.current.id != step and flow.can_go_back:
        flow.back()


def end_if_left(flow: Flow, job: Job) -> None:
    """The wizard was closed meanwhile, perhaps with the whole window: nobody else ends it then."""
    if job.is_cancelled:
        flow.cancel()

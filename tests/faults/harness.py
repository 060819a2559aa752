"""The kill harness: a worker process on a real data folder dies, another one goes on, and the
server's own disk or mailbox tells what became of the documents.

Every worker is a fork of the test process (no import is paid twice) that opens the data folder
itself. A round is: documents are queued, a worker is killed, a second one runs to its end, and the
verdict is read from the server and from the books.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
import warnings
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from ledgerdesk import failpoint
from ledgerdesk.model import Client, Configuration, DeliveryState
from ledgerdesk.store import documents
from tests.unit.delivery.world import World

Worker = Callable[[World], None]
DOCUMENTS = 3
OF_THE_QUEUE = ("delivery.claimed", "delivery.sending_committed", "delivery.evidence_committed")
PUBLISHING = (
    "connected",
    "half_body",
    "body_sent",
    "size_checked",
    "publishing_committed",
    "published",
)
MAILING = (
    "connected",
    "half_body",
    "body_sent",
    "publishing_committed",
    "end_of_data",
    "published",
)
IN_ONE_REQUEST = ("connected", "publishing_committed", "half_body", "body_sent", "published")
"""Of a vendor that takes body and name together: once the body is there, so is the document."""


def bodies() -> list[bytes]:
    """Large enough that a body is more than one piece on its way."""
    return [f"<Invoice><ID>{n}</ID>{'x' * 80_000}</Invoice>".encode() for n in range(DOCUMENTS)]


class Place(ABC):
    """A destination as the harness sees it."""

    id: ClassVar[str]
    steps: ClassVar[tuple[str, ...]]

    @property
    def failpoints(self) -> list[str]:
        return [*OF_THE_QUEUE, *(f"{self.id}.{step}" for step in self.steps)]

    @abstractmethod
    def configure(self, world: World) -> Configuration: ...

    @abstractmethod
    def arrived(self) -> Counter[bytes]:
        """Every document that lies there now, with how often."""

    def leftovers(self) -> list[str]:
        """What a finished run must not leave there."""
        return []

    @abstractmethod
    def clear(self) -> None: ...


@dataclass
class Verdict:
    """What one round, or several, came to: numbers of documents."""

    rounds: int = 0
    lost: int = 0
    doubled: int = 0
    unknown: int = 0
    leftovers: list[str] = field(default_factory=list)

    def __iadd__(self, other: Verdict) -> Verdict:
        self.rounds += other.rounds
        self.lost += other.lost
        self.doubled += other.doubled
        self.unknown += other.unknown
        self.leftovers += other.leftovers
        return self

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.unknown or self.leftovers)


# --- workers --------------------------------------------------------------------------------------


def honest(world: World) -> None:
    """The product's own."""
    with ThreadPoolExecutor(2) as executor:
        world.dispatcher(executor).run()


# --- rounds ---------------------------------------------------------------------------------------


def one_round(
    place: Place, root: Path, worker: Worker, arm: Callable[[], None], *, must_die: bool = True
) -> Verdict:
    """Queues documents, kills a worker where ``arm`` says, lets another finish, and judges."""
    place.clear()
    prepare(place, root)
    died = run_worker(root, worker, arm)
    if must_die and not died:
        raise AssertionError("the worker was never killed: the place was not reached")
    if run_worker(root, worker, lambda: None):
        raise AssertionError("the second worker died too")
    return judge(place, root)


def killed_at(name: str, visit: int) -> Callable[[], None]:
    return lambda: failpoint.arm(name, visit)


def killed_after(seconds: float) -> Callable[[], None]:
    """The timer's own signal ends the process as abruptly as SIGKILL: nothing handles it."""

    def arm() -> None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)

    return arm


def prepare(place: Place, root: Path) -> None:
    world = World(root)
    try:
        client: Client = world.client()
        world.link(client, place.configure(world))
        world.enqueue(*(world.document(client, body) for body in bodies()))
    finally:
        world.close()


def run_worker(root: Path, worker: Worker, arm: Callable[[], None]) -> bool:
    """Whether it was killed. An error in it fails the round."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _work(root, worker, arm)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) not in (signal.SIGKILL, signal.SIGALRM):
            raise AssertionError(f"the worker ended with signal {os.WTERMSIG(status)}")
        return True
    if os.WEXITSTATUS(status) != 0:
        raise AssertionError(f"the worker ended with {os.WEXITSTATUS(status)}, see its output")
    return False


def _work(root: Path, worker: Worker, arm: Callable[[], None]) -> None:
    """In the child: never returns into pytest."""
    code = 3
    try:
        arm()
        world = World(root)
        worker(world)
        world.close()
        code = 0
    except BaseException:
        traceback.print_exc(file=sys.stderr)
    finally:
        os._exit(code)


# --- the verdict ----------------------------------------------------------------------------------


def judge(place: Place, root: Path) -> Verdict:
    """The server's side counts; the books must say the same about every document."""
    there = place.arrived()
    verdict = Verdict(rounds=1, leftovers=place.leftovers())
    states = _states(root)
    for body in bodies():
        times, state = there.pop(body, 0), states[body]
        verdict.doubled += max(0, times - 1)
        if state is DeliveryState.UNKNOWN:
            verdict.unknown += 1
        elif times == 0:
            verdict.lost += 1
        elif state is not DeliveryState.DELIVERED:
            raise AssertionError(f"there, but the books say {state}")
    verdict.leftovers += [f"{len(strange)} strange bytes" for strange in there]
    return verdict


def _states(root: Path) -> Mapping[bytes, DeliveryState]:
    world = World(root)
    try:
        world.told()
        found = {}
        for one in world.deliveries():
            with world.books.read() as c:
                document = documents.get(c, one.document_id)
            found[world.blobs.read(document.sha256)] = one.state
        return found
    finally:
        world.close()

"""An office that works for days at a strict vendor, with faults on the line; time is simulated."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from ledgerdesk.model import Client, DeliveryState
from ledgerdesk.practice.vendors._exact_odata import Refused, Resource
from ledgerdesk.practice.vendors.exact_online import ExactOnlineServer
from ledgerdesk.practice.vendors.server import Answer, Fault, FaultKind, Request, VendorClock
from ledgerdesk.setup.tokens import keep_tokens
from ledgerdesk.store import deliveries, documents
from tests.helpers.exact_online import SECRETS, VALUES, sign_in
from tests.unit.delivery.world import TurnableClock, World

SYNCS_AT = (7, 10, 13, 16)
FOLLOW_UPS = 3
"""Runs ten minutes apart after each of these: what waited for a minute's limit goes on then."""


class SimulatedClock(TurnableClock, VendorClock):
    """Office and vendor share it; it moves only by what happens."""

    def reach(self, days: int, hours: float) -> None:
        self.at = max(
            self.at, self.at.replace(hour=0, minute=0) + timedelta(days=days, hours=hours)
        )


class StrictVendor(ExactOnlineServer):
    """Each request takes its time; one in twenty goes wrong. ``refusing``: administrations whose
    bookkeeping takes no document at present."""

    def __init__(self, clock: SimulatedClock, chance: random.Random, divisions: int) -> None:
        self._chance = chance
        self.faults = 0.0
        self.met: Counter[str] = Counter()
        self.refusing: set[int] = set()
        super().__init__(clock=clock, divisions=divisions)

    def answer(self, request: Request) -> Answer:
        self.clock.forward(seconds=self._chance.uniform(0.05, 0.4))
        return super().answer(request)

    def _due(self, request: Request) -> Fault | None:
        if given := super()._due(request):
            return given
        if not request.path.startswith("/api/v1/") or self._chance.random() >= self.faults:
            return None
        fault = self._chance.choice(
            [
                Fault(FaultKind.DROP_BEFORE),
                Fault(FaultKind.DROP_AFTER),
                Fault(FaultKind.ANSWER, answer=Answer(503)),
                Fault(FaultKind.ANSWER, answer=Answer(502, b"<html>Bad gateway</html>")),
                Fault(FaultKind.ANSWER, answer=Answer(429, headers={"Retry-After": "90"})),
            ]
        )
        self.met[f"{fault.kind} {fault.answer.status}"] += 1
        return fault

    def _made(self, request: Request, resource: Resource, code: int) -> Answer:
        if code in self.refusing and resource.path == "documents/Documents":
            raise Refused(400, "The period is closed.")
        return super()._made(request, resource, code)


@dataclass
class Office:
    """``clients`` each have an administration of their own; the first one's is refused whole, the
    second one's refuses some documents."""

    root: Path
    vendor: StrictVendor
    clock: SimulatedClock
    chance: random.Random
    size: int
    clients: list[Client] = field(default_factory=list)
    documents: int = 0
    runs: int = 0

    def __post_init__(self) -> None:
        self.world = World(self.root, self.clock)
        account = self.world.connection("exact_online", VALUES, SECRETS)
        tokens = replace(sign_in(self.vendor), received_at=self.clock.now())
        vault = self.world.vault
        self.world.books.write(lambda c: keep_tokens(c, vault, account.id, tokens))
        ways = [{"route": "documents"}, {"route": "postbox"}]
        packages = [self.world.configuration(account, way) for way in ways]
        divisions = list(self.vendor.books.divisions)[: self.size]
        for number, code in enumerate(divisions):
            client = self.world.client(f"Client {number}")
            # The first two must be archived as documents: what they meet is met there.
            package = packages[number % 4 == 3]
            self.world.link(client, package, administration_id=str(code))
            self.clients.append(client)
        self.vendor.books.divisions[divisions[0]].documents = False
        self._second = divisions[1]

    def restart(self) -> None:
        self.world.close()
        self.world = World(self.root, self.clock)

    def close(self) -> None:
        self.world.close()

    # --- what happens -----------------------------------------------------------------------------

    def arrive(self, who: Iterable[Client]) -> None:
        made = []
        for client in who:
            body = f"<Invoice>{self.documents}</Invoice>".encode()
            made.append(self.world.document(client, body, number=f"F-{self.documents}"))
            self.documents += 1
        self.world.enqueue(*made)

    def run(self) -> None:
        self.world.run()
        self.runs += 1
        if self.chance.random() < 0.25:
            self.restart()

    def day(self, a_day: int, burst: int) -> None:
        """Documents for anyone at four times; one client brings very many at once, twice, and two
        clients bring what is refused. A person presses "retry" on what is blocked."""
        before = self.clock.now().date()
        for hour in SYNCS_AT:
            self.clock.reach(0, hour)
            self.arrive(self.chance.choices(self.clients[2:], k=a_day // len(SYNCS_AT)))
            if hour == SYNCS_AT[1]:
                self._in_one_go(self.chance.choice(self.clients[2:]), burst)
                self._refused()
            self.run()
            self.retry_blocked()
            for _ in range(FOLLOW_UPS):
                self.clock.forward(minutes=10)
                self.run()
        if self.clock.now().date() == before:
            self.clock.reach(1, 0)

    def _in_one_go(self, client: Client, number: int) -> None:
        for _ in range(2):
            self.arrive([client] * number)
            self.run()

    def _refused(self) -> None:
        self.vendor.refusing = {self._second}
        for _ in range(2):
            self.arrive([self.clients[0], *[self.clients[1]] * 8])
            self.run()
        self.vendor.refusing = set()

    def retry_blocked(self) -> None:
        blocked = self.world.desk.listed(state=DeliveryState.BLOCKED, limit=1)
        self.world.desk.retry([one.delivery.id for one in blocked])

    def drain(self) -> None:
        """Nothing goes wrong any more, nothing new comes: what waits goes out by and by."""
        self.vendor.faults = 0.0
        for _ in range(72):
            self.clock.forward(minutes=30)
            self.run()
            if not self.waiting:
                return

    # --- what came of it --------------------------------------------------------------------------

    @property
    def states(self) -> Counter[DeliveryState]:
        with self.world.books.read() as c:
            return Counter(deliveries.counts(c))

    @property
    def waiting(self) -> int:
        left = (DeliveryState.QUEUED, DeliveryState.RETRYING, DeliveryState.SENDING)
        return sum(self.states[one] for one in left)

    def arrived(self) -> Counter[bytes]:
        """The content of every file at the vendor, and how often it is there."""
        return Counter(self.vendor.files())

    def sent(self) -> set[bytes]:
        """What the books say arrived."""
        with self.world.books.read() as c:
            found = deliveries.listed(c, state=DeliveryState.DELIVERED, limit=None)
            digests = [documents.get(c, one.document_id).sha256 for one in found]
        return {self.world.blobs.read(one) for one in digests}

    def clients_in(self, state: DeliveryState) -> set[str]:
        with self.world.books.read() as c:
            return {one.client_id for one in deliveries.listed(c, state=state, limit=None)}

    def told(self) -> str:
        states = {state.value: number for state, number in self.states.items()}
        calls = len(self.vendor.log)
        return (
            f"{self.documents} documents, {self.runs} runs, {calls} requests, "
            f"faults {dict(self.vendor.met)}, {states}, "
            f"over a limit {self.vendor.meter.broken}, blocks {self.vendor.meter.blocks}"
        )

"""How fast documents are taken in, as a share of what reading them costs anyway.

1,000 invoices of some 60 KB from the page cache, for 84 clients, four ways in every round,
interleaved; the median of the paired ratios counts:

* floor: read, SHA-256, parse, seven fields; no books at all
* reading: read, SHA-256, and LedgerDesk's own reading with schema and checks
* intake: the real thing without the copy of the bytes (P8), its own batches, synchronous=FULL
* intake with copy: the real thing (P9), beside a loop of floor + copy with fsync + rename

P8's goal, 0.85 of the floor, speaks of an intake that reads as little as the floor does. Ours
checks the schema and more: both shares are printed, against the floor and against the reading.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median

from ledgerdesk import documents
from ledgerdesk.intake.desk import SourceForm, Sources
from ledgerdesk.intake.drafts import Drafter
from ledgerdesk.intake.look import look
from ledgerdesk.intake.taking_in import Intake, readers
from ledgerdesk.model import Client, Profile
from ledgerdesk.paths import DataFolder
from ledgerdesk.practice import numbers
from ledgerdesk.practice.firm import make_firm
from ledgerdesk.practice.invoices import Ledger
from ledgerdesk.practice.markup import document
from ledgerdesk.practice.ubl import ubl
from ledgerdesk.store import clients, open_books
from ledgerdesk.store.blobs import Blobs
from ledgerdesk.store.ids import new_id

CLIENTS = 84
PDF_BYTES = 40_000
GOAL_READING, GOAL_COPY = 0.85, 0.8
_CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
_CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
_PARTY = f"{_CAC}Party/{_CAC}PartyTaxScheme/{_CBC}CompanyID"
FIELDS = (
    f"{_CBC}ID",
    f"{_CBC}IssueDate",
    f"{_CBC}CustomizationID",
    f"{_CBC}DocumentCurrencyCode",
    f"{_CAC}AccountingSupplierParty/{_PARTY}",
    f"{_CAC}AccountingCustomerParty/{_PARTY}",
    f"{_CAC}LegalMonetaryTotal/{_CBC}PayableAmount",
)


class Later:
    """An hour later, so that every file has come to rest."""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(hours=1)


class NoCopy(Intake):
    """The intake without the durable copy: what P8 measures."""

    @contextmanager
    def drafter(self) -> Iterator[Drafter]:
        with readers() as pool:
            yield Drafter(None, self.firm, pool)


def make_inbox(root: Path, number: int, seed: int) -> list[Client]:
    """``number`` invoices below ``root``; the clients they are for."""
    chance, firm = Random(f"{seed}/bench"), make_firm(seed)
    ledger = Ledger(chance)
    businesses = [one.business for one in firm.clients]
    for each in range(number):
        supplier = firm.suppliers[each % len(firm.suppliers)]
        pdf = b"%PDF-1.4\n" + chance.randbytes(PDF_BYTES)
        story = ledger.invoice(supplier, businesses[each % len(businesses)])
        folder = root / f"{each % 20:02}"
        folder.mkdir(parents=True, exist_ok=True)
        content = document(ubl(story, Profile.PEPPOL_BIS_3, pdf))
        (folder / f"{each:05}.xml").write_bytes(content)
    taken = [(business.number, business.iban) for business in businesses]
    taken += [
        (numbers.belgian_company(chance), numbers.belgian_account(chance))
        for _ in range(CLIENTS - len(taken))
    ]
    at = datetime.now(UTC)
    return [
        Client(new_id(), f"Client {each}", at, (vat,), (iban,))
        for each, (vat, iban) in enumerate(taken)
    ]


def floor(paths: list[Path]) -> None:
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    for path in paths:
        content = path.read_bytes()
        hashlib.sha256(content).hexdigest()
        root = etree.fromstring(content, parser)
        for field in FIELDS:
            root.findtext(field)


def reading(paths: list[Path]) -> None:
    for path in paths:
        content = path.read_bytes()
        hashlib.sha256(content).hexdigest()
        documents.read(content, path.name)


def copying(paths: list[Path], target: Path) -> None:
    """Floor, and a copy that survives a power cut."""
    floor(paths)
    for path in paths:
        part = target / f".{secrets.token_hex(8)}.part"
        with part.open("wb") as stream:
            stream.write(path.read_bytes())
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target / part.name[1:-5])


def intake(kind: type[Intake], inbox: Path, folder: Path, people: list[Client], n: int) -> float:
    """Seconds of one look. Making the data folder and its clients is not counted."""
    folder.mkdir()
    data = DataFolder(folder)
    with open_books(data, owner=True) as books:

        def insert_all(connection) -> None:
            for one in people:
                clients.insert(connection, one)

        books.write(insert_all)
        made = kind(books, Blobs(data.blobs), Later())
        Sources(books, Later()).add(SourceForm(values={"path": str(inbox)}))
        seconds = timed(lambda: check(look(made).taken_in == n))
    return seconds


def check(right: bool) -> None:
    if not right:
        raise SystemExit("not every document was taken in")


def timed(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--documents", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        people = make_inbox(root / "in", given.documents, given.seed)
        paths = sorted((root / "in").rglob("*.xml"))
        size = sum(path.stat().st_size for path in paths) // len(paths)
        print(f"{len(paths)} documents of {size:,} bytes, seed {given.seed}")
        rounds = [measure(root, paths, people, number) for number in range(given.rounds + 1)][1:]
    return told(rounds, len(paths))


def measure(root: Path, paths: list[Path], people: list[Client], number: int) -> dict[str, float]:
    copies = root / f"copies-{number}"
    copies.mkdir()
    inbox, count = root / "in", len(paths)
    return {
        "floor": timed(lambda: floor(paths)),
        "reading": timed(lambda: reading(paths)),
        "intake": intake(NoCopy, inbox, root / f"plain-{number}", people, count),
        "floor + copy": timed(lambda: copying(paths, copies)),
        "intake with copy": intake(Intake, inbox, root / f"full-{number}", people, count),
    }


def told(rounds: list[dict[str, float]], count: int) -> int:
    for name in rounds[0]:
        each = sorted(count / one[name] for one in rounds)
        print(f"{name:18} {median(each):8,.0f} documents/s   ({each[0]:,.0f} … {each[-1]:,.0f})")

    def share(of: str, named: str) -> float:
        return median(one[named] / one[of] for one in rounds)

    of_floor, of_reading = share("intake", "floor"), share("intake", "reading")
    of_copy = share("intake with copy", "floor + copy")
    print(
        f"P8 intake / floor             {of_floor:.2f}   (the reading alone: "
        f"{share('reading', 'floor'):.2f})"
    )
    print(f"P8 intake / reading           {of_reading:.2f}   goal {GOAL_READING}")
    print(f"P9 with copy / floor + copy   {of_copy:.2f}   goal {GOAL_COPY}")
    met = of_reading >= GOAL_READING and of_copy >= GOAL_COPY
    print(f"load {os.getloadavg()[0]:.1f}: {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())

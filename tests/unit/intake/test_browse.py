"""Documents as the window lists them: where each of them is, the sum, searching, the PDF inside."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from ledgerdesk.documents.embedded_pdf import pdf_of
from ledgerdesk.errors import FileNotWritten, HostNotFound, MissingValue, UnknownId, to_record
from ledgerdesk.intake.browse import Documents, others_act_on, safe_name
from ledgerdesk.model import Client, Delivery, DeliveryState, Document, DocumentState, ExportKind
from ledgerdesk.model.listing import WAITING_FOR_YOU, Wanted, Whereabouts
from ledgerdesk.store import deliveries, documents
from ledgerdesk.store.ids import new_id
from tests.helpers.intake import START, Office, Papers, pdf

MINE, THEIRS = to_record(MissingValue(name="x")), to_record(HostNotFound(host="x"))
STOPPED = (DeliveryState.BLOCKED, DeliveryState.UNKNOWN, DeliveryState.REJECTED)
GOING = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.RETRYING)
RESENT = (DeliveryState.DELIVERED, DeliveryState.REJECTED, DeliveryState.CANCELLED)


@pytest.fixture
def office(data_dir: Path) -> Iterator[Office]:
    made = Office(data_dir)
    yield made
    made.close()


@pytest.fixture
def papers(seed: int) -> Papers:
    return Papers(seed)


def browse(office: Office) -> Documents:
    return Documents(office.books, office.blobs)


@dataclass
class World:
    """Documents in every state with deliveries as the product makes them, and where they are."""

    office: Office
    chance: Random
    clients: list[Client]
    links: dict[str, list[str]]
    configuration: str
    connection: str

    def document(self, template: Document) -> Whereabouts:
        state = self.chance.choice(list(DocumentState))
        client = self.chance.choice(self.clients)
        made = replace(
            template,
            id=new_id(),
            state=state,
            client_id=client.id,
            duplicate_of=template.id if state is DocumentState.DUPLICATE else "",
        )
        self.office.books.write(lambda c: documents.insert(c, [made]))
        if self.chance.random() < 0.2:
            other = next(one for one in self.clients if one.id != client.id)
            self._deliver(made.id, other.id, self.links[other.id][0], [DeliveryState.CANCELLED])
        if state is not DocumentState.READY:
            return Whereabouts(state.value)
        return self._sent(made)

    def _sent(self, document: Document) -> Whereabouts:
        links = self.links[document.client_id][: self.chance.randint(0, 2)]
        histories = [self._history() for _ in links]
        mine = self.chance.random() < 0.5
        for link, history in zip(links, histories, strict=True):
            self._deliver(document.id, document.client_id, link, history, mine=mine)
        return told(histories, mine=mine)

    def _history(self) -> list[DeliveryState]:
        """A delivery and its re-sends, oldest first: only what ended is ever re-sent."""
        states = [self.chance.choice(list(DeliveryState))]
        while states[-1] in RESENT and self.chance.random() < 0.4:
            states.append(self.chance.choice(list(DeliveryState)))
        return states

    def _deliver(
        self,
        document: str,
        client: str,
        link: str,
        history: list[DeliveryState],
        *,
        mine: bool = True,
    ) -> None:
        for number, state in enumerate(history):
            made = Delivery(
                new_id(),
                document,
                link,
                client,
                self.configuration,
                self.connection,
                ExportKind.INVOICES,
                "lane",
                state,
                START,
                reason="again" if number else "",
                error=(MINE if mine else THEIRS) if state in STOPPED else {},
            )
            self.office.books.write(partial(_insert, made))


def _insert(made: Delivery, c: sa.Connection) -> None:
    deliveries.insert(c, made)


def told(histories: list[list[DeliveryState]], *, mine: bool) -> Whereabouts:
    """Where a ready document is, said once more in other words than the SQL's."""
    newest = {history[-1] for history in histories}
    ever = {state for history in histories for state in history}
    if newest & set(STOPPED):
        return Whereabouts.STOPPED_YOU if mine else Whereabouts.STOPPED_OTHERS
    if newest & set(GOING) or not histories:
        return Whereabouts.ON_ITS_WAY
    if DeliveryState.DELIVERED in ever:
        return Whereabouts.DELIVERED
    return Whereabouts.CANCELLED


@pytest.fixture
def world(office: Office, papers: Papers, tmp_path: Path, seed: int) -> World:
    clients = [office.client(papers.who[number]) for number in range(2)]
    package = office.configuration(tmp_path / "out", [ExportKind.INVOICES])
    links = {one.id: [office.link(one, package)[0].id for _ in range(2)] for one in clients}
    connection = package.kinds[ExportKind.INVOICES].connection_id
    return World(office, Random(seed), clients, links, package.id, connection)


def test_the_sum_adds_up_for_every_mix_of_states(
    world: World, office: Office, papers: Papers, tmp_path: Path
) -> None:
    template = office.take(tmp_path, papers.invoice(*papers.others[:2]))[0]
    expected = Counter(world.document(template) for _ in range(150))
    expected[Whereabouts.UNASSIGNED] += 1
    found = browse(office).sum()
    assert sum(found.places.values()) == found.taken_in == 151
    assert found.places == {place: expected[place] for place in Whereabouts}


def test_a_filter_shows_as_many_as_the_sum_says(
    world: World, office: Office, papers: Papers, tmp_path: Path
) -> None:
    template = office.take(tmp_path, papers.invoice(*papers.others[:2]))[0]
    for _ in range(80):
        world.document(template)
    service = browse(office)
    found = service.sum()
    for place in Whereabouts:
        rows = service.rows(Wanted(places=(place,)))
        keys = rows.keys("", False)
        assert len(keys) == found.places[place], place
        assert {one.whereabouts for one in rows.page(keys).values()} <= {place}
    waiting = service.rows(Wanted(places=WAITING_FOR_YOU)).keys("", False)
    assert len(waiting) == found.of(*WAITING_FOR_YOU)


@pytest.mark.parametrize("down", [False, True])
def test_sorted_by_state_the_newest_of_each_place_comes_first(
    world: World, office: Office, papers: Papers, tmp_path: Path, down: bool
) -> None:
    template = office.take(tmp_path, papers.invoice(*papers.others[:2]))[0]
    for _ in range(60):
        world.document(template)
    for wanted in (Wanted(), Wanted(client_id=world.clients[0].id)):
        rows = browse(office).rows(wanted)
        newest = rows.keys("", False)
        places = {key: row.whereabouts for key, row in rows.page(newest).items()}
        expected = sorted(newest, key=lambda key: places[key], reverse=down)
        assert list(rows.keys("state", down)) == expected


@pytest.mark.parametrize(
    "sort", ["date", "kind", "number", "amount", "sender", "receiver", "client", "source"]
)
def test_an_order_keeps_what_the_filter_leaves(
    world: World, office: Office, papers: Papers, tmp_path: Path, sort: str
) -> None:
    template = office.take(tmp_path, papers.invoice(*papers.others[:2]))[0]
    for _ in range(30):
        world.document(template)
    wanted = Wanted(client_id=world.clients[0].id, text=template.facts.number)
    rows = browse(office).rows(wanted)
    found = rows.keys("", False)
    assert 0 < len(found) < 31
    assert sorted(rows.keys(sort, True)) == sorted(found)
    assert len(browse(office).rows(Wanted()).keys(sort, False)) == 31


def test_a_document_that_came_back_to_a_client_is_where_its_first_delivery_is(
    world: World, office: Office, papers: Papers, tmp_path: Path
) -> None:
    """Its deliveries were last made for another client: that alone says nothing of it."""
    template = office.take(tmp_path, papers.invoice(*papers.others[:2]))[0]
    own, other = world.clients
    made = replace(template, id=new_id(), state=DocumentState.READY, client_id=own.id)
    office.books.write(lambda c: documents.insert(c, [made]))
    for client in (own, other):
        world._deliver(made.id, client.id, world.links[client.id][0], [DeliveryState.DELIVERED])
    found = browse(office).sum()
    assert (found.of(Whereabouts.DELIVERED), found.of(Whereabouts.ON_ITS_WAY)) == (1, 0)

    moved = replace(made, client_id=office.client(papers.who[2]).id)
    office.books.write(lambda c: documents.update(c, moved))
    found = browse(office).sum()
    assert (found.of(Whereabouts.DELIVERED), found.of(Whereabouts.ON_ITS_WAY)) == (0, 1)


def test_search_looks_in_number_parties_and_file(
    office: Office, papers: Papers, tmp_path: Path
) -> None:
    first, second, third = papers.others[:3]
    one = office.take(tmp_path, papers.invoice(first, second), name="één.xml")[0]
    office.take(tmp_path, papers.invoice(third, second))
    service = browse(office)

    def found(text: str) -> list[str]:
        rows = service.rows(Wanted(text=text))
        return [row.id for row in rows.page(rows.keys("", False)).values()]

    assert found(one.facts.number) == [one.id]
    assert found(first.name.upper()) == [one.id]
    assert found("ÉÉN") == [one.id]
    assert found("100%") == []
    assert len(found(second.name)) == 2


def test_the_newest_comes_first(office: Office, papers: Papers, tmp_path: Path) -> None:
    ids = [office.take(tmp_path, papers.invoice(*papers.others[:2]))[0].id for _ in range(3)]
    rows = browse(office).rows(Wanted())
    keys = rows.keys("", False)
    page = rows.page(keys)
    assert [page[key].id for key in keys] == ids[::-1]
    assert browse(office).keys_of(ids[:1]) == {ids[0]: keys[2]}


def test_a_document_is_told_with_its_deliveries(
    office: Office, papers: Papers, tmp_path: Path
) -> None:
    client = office.client(papers.who[0])
    office.link(client, office.configuration(tmp_path / "out"))
    document = office.take(tmp_path, papers.invoice(papers.others[0], papers.who[0]))[0]
    detail = browse(office).detail(document.id)
    assert [one.package for one in detail.deliveries] == ["Package"]
    assert (detail.row.client, detail.stored) == (client.name, True)
    with pytest.raises(UnknownId):
        browse(office).detail("nobody")


def test_owners_outside_the_firm_are_known_by_their_codes() -> None:
    assert HostNotFound.code in others_act_on()
    assert MissingValue.code not in others_act_on()


def test_a_pdf_inside_an_invoice_is_found() -> None:
    inside = base64.b64encode(pdf()).decode()
    text = (
        '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">'
        "<EmbeddedDocumentBinaryObject>bm8=</EmbeddedDocumentBinaryObject>"
        f"<EmbeddedDocumentBinaryObject>{inside}</EmbeddedDocumentBinaryObject></Invoice>"
    )
    assert pdf_of(text.encode()) == pdf()


@pytest.mark.parametrize(
    "content",
    [b"", b"no", b"<Invoice", b"<!DOCTYPE a><a/>", b"<a><EmbeddedDocumentBinaryObject>!"],
)
def test_what_holds_no_pdf_gives_none(content: bytes) -> None:
    assert pdf_of(content) is None


def test_a_pdf_is_its_own_picture() -> None:
    assert pdf_of(pdf()) == pdf()


@pytest.mark.parametrize(
    ("name", "safe"),
    [("factuur.xml", "factuur.xml"), ("plain", "plain")],
)
def test_a_safe_name_stays(office: Office, tmp_path: Path, name: str, safe: str) -> None:
    assert safe_name(office.take(tmp_path, b"<a>", name=name)[0]) == safe


@pytest.mark.parametrize("name", ["../../x.xml", "a:b.xml", "con.xml", "x\u202efdp.xml"])
def test_an_unsafe_name_is_made_safe(office: Office, tmp_path: Path, name: str) -> None:
    document = replace(office.take(tmp_path, b"<a>")[0], file_name=name)
    made = safe_name(document)
    assert not set(made) & set("/\\:\u202e")
    assert made.endswith(".xml")
    assert made != name


def test_the_original_is_written_whole_or_not_at_all(office: Office, tmp_path: Path) -> None:
    document = office.take(tmp_path, b"<a>")[0]
    place = tmp_path / "kept.xml"
    browse(office).save(document.id, place)
    assert place.read_bytes() == b"<a>"
    with pytest.raises(FileNotWritten):
        browse(office).save(document.id, tmp_path / "nowhere" / "kept.xml")
    assert [one.name for one in tmp_path.iterdir() if one.name.endswith(".part")] == []

"""No filter of a large list reads the wide rows of all documents or deliveries."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from ledgerdesk.model import DeliveryState
from ledgerdesk.model.listing import Wanted, WantedDeliveries, Whereabouts
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import deliveries, delivery_list, document_list, documents, open_books
from ledgerdesk.store import tables as t

OTHERS = ("host_not_found",)
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
Asks = Callable[[sa.Connection], object]


def whole_tables(folder: DataFolder, asks: Asks) -> list[str]:
    """The steps of ``asks`` that go through a whole table, not through an index on it."""
    with open_books(folder) as books:
        # One row each: an empty list is not asked for what is in it.
        books.write(fill)
        with books.read() as c:
            asked = traced(c, asks)
            plans = [c.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}").all() for one in asked]
    assert asked
    steps = [str(row[3]) for plan in plans for row in plan]
    return [step for step in steps if re.match(r"SCAN (?!.*INDEX|.*SUBQUERY)\w+", step)]


def traced(c: sa.Connection, asks: Asks) -> Sequence[str]:
    bare = c.connection.driver_connection
    assert bare is not None
    asked: list[str] = []
    bare.set_trace_callback(asked.append)
    try:
        asks(c)
    finally:
        bare.set_trace_callback(None)
    return [one for one in asked if one.startswith(("SELECT", "WITH"))]


def fill(c: sa.Connection) -> None:
    made = {"created_at": AT}
    c.execute(t.client.insert().values(id="client", name="Client", **made))
    c.execute(t.connection.insert().values(id="connection", **made))
    c.execute(t.configuration.insert().values(id="package", **made))
    ends = {"client_id": "client", "configuration_id": "package"}
    c.execute(t.link.insert().values(id="link", kind="invoices", **ends, **made))
    document = {"id": "document", "sha256": "0", "size": 1, "state": "ready"}
    c.execute(t.document.insert().values(client_id="client", taken_in_at=AT, **document))
    ends |= {"document_id": "document", "link_id": "link", "connection_id": "connection"}
    ends |= {"id": "delivery", "state": "blocked", "kind": "invoices"}
    c.execute(t.delivery.insert().values(**ends, **made))


DELIVERIES = [
    WantedDeliveries(),
    WantedDeliveries(client_id="client"),
    WantedDeliveries(configuration_id="package"),
    WantedDeliveries(document_id="document"),
    WantedDeliveries(text="F2026"),
    *(WantedDeliveries(states=(one,)) for one in DeliveryState),
]
DOCUMENTS = [
    Wanted(others=OTHERS),
    Wanted(others=OTHERS, client_id="client"),
    Wanted(others=OTHERS, source_id="source"),
    Wanted(others=OTHERS, text="F2026"),
    *(Wanted(others=OTHERS, places=(one,)) for one in Whereabouts),
]
SMALL = re.compile(r"SCAN (client|client_identifier|configuration|json_each)\b")


@pytest.mark.parametrize("wanted", DELIVERIES, ids=repr)
def test_filtered_deliveries_come_out_of_indices(
    folder: DataFolder, wanted: WantedDeliveries
) -> None:
    steps = whole_tables(folder, lambda c: delivery_list.keys(c, wanted))
    assert [one for one in steps if not SMALL.match(one)] == []


@pytest.mark.parametrize("wanted", DOCUMENTS, ids=repr)
@pytest.mark.parametrize("sort", ["", "state"])
def test_filtered_documents_come_out_of_indices(
    folder: DataFolder, wanted: Wanted, sort: str
) -> None:
    assert whole_tables(folder, lambda c: document_list.keys(c, wanted, sort)) == []


@pytest.mark.parametrize(
    "asks",
    [
        lambda c: document_list.counts(c, OTHERS),
        document_list.taken_in,
        deliveries.counts,
        lambda c: documents.went_out(c, "document"),
        lambda c: deliveries.of_document(c, "document"),
    ],
    ids=["sum", "taken in", "numbers of states", "went out", "of a document"],
)
def test_what_is_counted_or_looked_up_comes_out_of_indices(folder: DataFolder, asks: Asks) -> None:
    assert whole_tables(folder, asks) == []


def test_an_order_that_no_index_has_is_seen_by_this_test(folder: DataFolder) -> None:
    steps = whole_tables(folder, lambda c: document_list.keys(c, Wanted(), "number"))
    assert steps == ["SCAN document"]

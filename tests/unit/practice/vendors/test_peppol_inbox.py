"""Recommand and Billit: for every rule a wrong client that is refused."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from ledgerdesk.practice.vendors.peppol_inbox import BillitServer, RecommandServer

# --- Recommand ------------------------------------------------------------------------------------


@pytest.fixture
def recommand() -> Iterator[RecommandServer]:
    with RecommandServer() as server:
        yield server


def ask(server: RecommandServer, path: str, **more: Any) -> requests.Response:
    given = {"auth": (server.key, server.secret), "timeout": 5, **more}
    return requests.request(given.pop("method", "GET"), f"{server.url}/api/v1{path}", **given)


def test_recommand_lists_newest_first_and_without_xml(recommand: RecommandServer) -> None:
    now = datetime.now(UTC)
    old = recommand.receive("<a/>", at=now - timedelta(hours=2))
    new = recommand.receive("<b/>", at=now - timedelta(hours=1))
    answer = ask(recommand, "/documents?limit=1&direction=incoming").json()
    assert [one["id"] for one in answer["documents"]] == [new.id]
    assert "xml" not in answer["documents"][0]
    assert answer["pagination"] == {"total": 2, "page": 1, "limit": 1, "totalPages": 2}
    second = ask(recommand, "/documents?limit=1&page=2").json()
    assert [one["id"] for one in second["documents"]] == [old.id]


def test_recommand_takes_from_as_included_and_to_as_not(recommand: RecommandServer) -> None:
    moment = datetime(2026, 11, 3, 10, tzinfo=UTC)
    recommand.receive("<a/>", at=moment)
    at, later = "2026-11-03T10:00:00Z", "2026-11-03T11:00:00Z"
    for query, expected in (({"from": at, "to": later}, 1), ({"to": at}, 0)):
        found = ask(recommand, "/documents", params=query).json()["documents"]
        assert len(found) == expected


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("/documents", {"auth": ("key_x", "secret_x")}, 401),
        ("/documents", {"auth": None}, 401),
        ("/documents", {"auth": None, "headers": {"Authorization": "Bearer x"}}, 401),
        ("/documents?limit=101", {}, 400),
        ("/documents?page=0", {}, 400),
        ("/documents?company=1", {}, 400),
        ("/documents?from=yesterday", {}, 400),
        ("/documents?direction=in", {}, 400),
        ("/documents/doc_none", {}, 404),
    ],
)
def test_recommand_refuses(
    recommand: RecommandServer, path: str, more: dict[str, Any], status: int
) -> None:
    answer = ask(recommand, path, **more)
    assert (answer.status_code, answer.json()["success"]) == (status, False)


@pytest.mark.parametrize(
    "more",
    [
        {"data": "read=true"},
        {"json": {"read": "yes"}},
        {"json": {"Read": True}},
        {"data": "{", "headers": {"Content-Type": "application/json"}},
    ],
)
def test_recommand_refuses_a_mark_that_says_nothing_clear(
    recommand: RecommandServer, more: dict[str, Any]
) -> None:
    one = recommand.receive("<a/>")
    answer = ask(recommand, f"/documents/{one.id}/mark-as-read", method="POST", **more)
    assert (answer.status_code, one.read_at, one.history) == (400, None, [])


def test_recommand_marks_and_takes_it_back(recommand: RecommandServer) -> None:
    one = recommand.receive("<a/>")
    for read in (True, False):
        ask(recommand, f"/documents/{one.id}/mark-as-read", method="POST", json={"read": read})
        unread = ask(recommand, "/inbox").json()["documents"]
        assert len(unread) == (0 if read else 1)
    assert one.history == [True, False]


def test_recommand_may_hand_over_nothing_at_first(recommand: RecommandServer) -> None:
    one = recommand.receive("<a/>", ready_after=1)
    path = f"/documents/{one.id}"
    assert [ask(recommand, path).json()["document"]["xml"] for _ in range(2)] == [None, "<a/>"]


# --- Billit ---------------------------------------------------------------------------------------

FILTER = "OrderType eq 'Invoice' and OrderDirection eq 'Cost' and LastModified ge DateTime'{day}'"


@pytest.fixture
def billit() -> Iterator[BillitServer]:
    with BillitServer() as server:
        yield server


def get(server: BillitServer, path: str = "/v1/orders", **more: Any) -> requests.Response:
    headers = {"apiKey": server.key, "partyID": server.party, **more.pop("headers", {})}
    query = {"$filter": FILTER.format(day="2026-01-01"), **more.pop("params", {})}
    params = query if path == "/v1/orders" else None
    return requests.get(f"{server.url}{path}", headers=headers, params=params, timeout=5, **more)


def test_billit_lists_its_orders_page_by_page(billit: BillitServer) -> None:
    billit.page_size = 2
    made = [billit.receive(b"<a/>").id for _ in range(3)]
    first = get(billit).json()
    assert [one["OrderID"] for one in first["Items"]] == made[:2]
    assert first["NextPageLink"].startswith("https://api.billit.be/v1/orders?")
    second = get(billit, params={"$skip": "2"}).json()
    assert ([one["OrderID"] for one in second["Items"]], "NextPageLink" in second) == (
        made[2:],
        False,
    )


def test_billit_hands_a_file_over_in_base64(billit: BillitServer) -> None:
    billit.receive(b"<a/>")
    (attached,) = get(billit).json()["Items"][0]["Attachments"]
    answer = get(billit, f"/v1/files/{attached['FileID']}").json()
    assert base64.b64decode(answer["FileContent"]) == b"<a/>"


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"headers": {"apiKey": "wrong"}}, 401),
        ({"headers": {"partyID": ""}}, 403),
        ({"headers": {"partyID": "1"}}, 403),
        ({"params": {"$filter": "OrderType = 'Invoice'"}}, 400),
        ({"params": {"$filter": FILTER.format(day="1 Nov")}}, 400),
        ({"params": {"page": "2"}}, 400),
        ({"path": "/v1/files/none"}, 404),
    ],
)
def test_billit_refuses(billit: BillitServer, more: dict[str, Any], status: int) -> None:
    billit.receive(b"<a/>")
    assert get(billit, **more).status_code == status


def test_billit_shows_no_other_companys_orders_and_files(billit: BillitServer) -> None:
    other = billit.receive(b"<a/>", party="1")
    assert get(billit).json()["Items"] == []
    assert [get(billit, f"/v1/files/{id}").status_code for id in other.files] == [404, 404]


def test_billits_inbox_shows_the_oldest_ten_until_they_are_confirmed(billit: BillitServer) -> None:
    made = [billit.receive(b"<a/>").id for _ in range(12)]
    headers = {"apiKey": billit.key, "partyID": billit.party}
    url = f"{billit.url}/v1/peppol/inbox"

    def shown() -> list[int]:
        items = requests.get(url, headers=headers, timeout=5).json()["InboxItems"]
        return [one["InboxItemID"] for one in items]

    assert shown() == made[:10]
    requests.post(f"{url}/{made[0]}/confirm", headers=headers, timeout=5)
    assert shown() == made[1:11]
    requests.post(f"{url}/{made[1]}/refuse", headers=headers, timeout=5)
    assert billit.refusals == [made[1]]

"""Asking the owner of the engine lock for a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from ledgerdesk.store import Books, runs
from ledgerdesk.store import tables as t

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = AT + timedelta(seconds=5)


def ask(books: Books, at: datetime = AT) -> str:
    return books.write(lambda c: runs.ask(c, at))


def claim(books: Books) -> list[str]:
    return [request.id for request in books.write(lambda c: runs.claim(c, LATER))]


def test_a_request_is_claimed_once(books: Books) -> None:
    request = ask(books)
    assert claim(books) == [request]
    assert claim(books) == []


def test_one_run_answers_all_who_asked_before_it_in_order(books: Books) -> None:
    asked = [ask(books) for _ in range(3)]
    assert claim(books) == asked
    late = ask(books)
    books.write(lambda c: runs.finish(c, asked, {"delivered": 4}, LATER))
    with books.read() as c:
        assert [runs.result(c, one) for one in asked] == [{"delivered": 4}] * 3
        assert runs.result(c, late) is None


def test_there_is_no_result_before_the_end(books: Books) -> None:
    request = ask(books)
    claim(books)
    with books.read() as c:
        assert runs.result(c, request) is None
        assert runs.get(c, request) == runs.RunRequest(request, AT, LATER)


def test_an_empty_result_is_a_result(books: Books) -> None:
    request = ask(books)
    claim(books)
    books.write(lambda c: runs.finish(c, [request], {}, LATER))
    with books.read() as c:
        assert runs.result(c, request) == {}
        assert runs.get(c, request) == runs.RunRequest(request, AT, LATER, LATER, {})


def test_what_a_dead_owner_claimed_is_asked_for_again(books: Books) -> None:
    finished, left = ask(books), ask(books)
    claim(books)
    books.write(lambda c: runs.finish(c, [finished], {}, LATER))
    books.write(runs.reopen)
    assert claim(books) == [left]


def test_a_request_can_be_taken_back_until_it_is_claimed(books: Books) -> None:
    first, second = ask(books), ask(books)
    assert books.write(lambda c: runs.withdraw(c, first))
    assert claim(books) == [second]
    assert not books.write(lambda c: runs.withdraw(c, second))


def test_an_unknown_request_has_no_result(books: Books) -> None:
    with books.read() as c:
        assert runs.get(c, "none") is None
        assert runs.result(c, "none") is None


def test_old_requests_are_forgotten(books: Books) -> None:
    ask(books)
    kept = ask(books, AT + timedelta(hours=2))
    new = ask(books, AT + timedelta(hours=25))
    with books.read() as c:
        assert sorted(c.execute(sa.select(t.run_request.c.id)).scalars()) == [kept, new]

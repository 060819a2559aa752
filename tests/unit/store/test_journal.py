"""The journal: whatever is changed afterwards shows, and names can be forgotten."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from ledgerdesk.paths import DataFolder
from ledgerdesk.store import Books, journal, open_books
from ledgerdesk.store import tables as t
from ledgerdesk.store.journal import Entry, Verdict
from tests.unit.store.conftest import RunBeside

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROWS = 200

Change = Callable[[sqlite3.Connection, int], object]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database with ROWS rows; the tests change copies of it."""
    folder = DataFolder(tmp_path_factory.mktemp("chain"))
    with open_books(folder) as books:
        entries = [
            Entry("sent", {"delivery_id": f"d{number}"}, {"client": f"Client {number}"})
            for number in range(1, ROWS + 1)
        ]
        books.write(lambda c: journal.append(c, *entries, at=AT))
    return folder.database.read_bytes()


@pytest.fixture
def tampered(chain: bytes, folder: DataFolder) -> Iterator[sqlite3.Connection]:
    """A connection without the triggers: what somebody with the file and a tool has."""
    folder.database.write_bytes(chain)
    with closing(sqlite3.connect(folder.database)) as raw:
        for name in ("journal_no_update", "journal_no_delete", "journal_personal_no_update"):
            raw.execute(f"DROP TRIGGER {name}")
        yield raw


def verdict(raw: sqlite3.Connection, folder: DataFolder) -> Verdict:
    raw.commit()
    with open_books(folder) as books, books.read() as c:
        return journal.verify(c)


def update(column: str, value: str) -> Change:
    return lambda raw, seq: raw.execute(f"UPDATE journal SET {column}=? WHERE seq=?", (value, seq))


def delete(raw: sqlite3.Connection, seq: int) -> None:
    raw.execute("DELETE FROM journal_personal WHERE seq=?", (seq,))
    raw.execute("DELETE FROM journal WHERE seq=?", (seq,))


def swap(raw: sqlite3.Connection, seq: int) -> None:
    for old, new in ((seq, -1), (seq + 1, seq), (-1, seq + 1)):
        raw.execute("UPDATE journal SET seq=? WHERE seq=?", (new, old))
        raw.execute("UPDATE journal_personal SET seq=? WHERE seq=?", (new, old))


def swap_content(raw: sqlite3.Connection, seq: int) -> None:
    one, other = (
        raw.execute("SELECT at, what, facts FROM journal WHERE seq=?", (which,)).fetchone()
        for which in (seq, seq + 1)
    )
    for which, row in ((seq, other), (seq + 1, one)):
        raw.execute("UPDATE journal SET at=?, what=?, facts=? WHERE seq=?", (*row, which))


def insert(raw: sqlite3.Connection, seq: int) -> None:
    """Makes room and puts a row of its own in, rightly chained to the one before."""
    for table in ("journal", "journal_personal"):
        raw.execute(f"UPDATE {table} SET seq=-seq-1 WHERE seq>=?", (seq,))
        raw.execute(f"UPDATE {table} SET seq=-seq WHERE seq<0")
    before = raw.execute("SELECT hash FROM journal WHERE seq=?", (seq - 1,)).fetchone()[0]
    add(raw, seq, before)


def add(raw: sqlite3.Connection, seq: int, before: str) -> None:
    values = (seq, AT.isoformat(), "sent", "{}", "")
    made = journal.row_hash(before, *values)
    raw.execute("INSERT INTO journal VALUES (?,?,?,?,?,?,?)", (*values, before, made))


def rehash(raw: sqlite3.Connection, seq: int) -> None:
    """Changes a row and gives it the hash that fits: the next one shows it."""
    update("what", "forged")(raw, seq)
    row = raw.execute(
        "SELECT prev_hash, seq, at, what, facts, personal_digest FROM journal WHERE seq=?", (seq,)
    ).fetchone()
    update("hash", journal.row_hash(*row))(raw, seq)


def other_name(raw: sqlite3.Connection, seq: int) -> None:
    raw.execute('UPDATE journal_personal SET personal=\'{"client":"X"}\' WHERE seq=?', (seq,))


@pytest.mark.parametrize(
    ("change", "first_bad"),
    [
        *[
            pytest.param(update(column, value), 0, id=f"edit {column}")
            for column, value in (
                ("at", "2026-03-01T12:00:00.001+00:00"),
                ("what", "other"),
                ("facts", '{"delivery_id":"d0"}'),
                ("personal_digest", "0" * 64),
                ("prev_hash", "0" * 64),
                ("hash", "0" * 64),
            )
        ],
        pytest.param(other_name, 0, id="edit the personal part"),
        pytest.param(delete, 0, id="delete"),
        pytest.param(swap, 0, id="swap numbers"),
        pytest.param(swap_content, 0, id="swap content"),
        pytest.param(insert, 1, id="insert"),
        pytest.param(rehash, 1, id="edit with a hash that fits"),
    ],
)
def test_the_first_row_that_does_not_fit_is_named(
    tampered: sqlite3.Connection, folder: DataFolder, seed: int, change: Change, first_bad: int
) -> None:
    seq = random.Random(seed).randrange(2, ROWS - 1)
    change(tampered, seq)
    found = verdict(tampered, folder)
    # An inserted or rehashed row fits to the one before it: the next one gives it away.
    assert (found.ok, found.first_bad) == (False, seq + first_bad)


def test_an_untouched_chain_is_good(tampered: sqlite3.Connection, folder: DataFolder) -> None:
    assert verdict(tampered, folder) == Verdict(True, ROWS, None)


def test_a_tail_that_was_cut_shows(tampered: sqlite3.Connection, folder: DataFolder) -> None:
    for seq in range(ROWS - 4, ROWS + 1):
        delete(tampered, seq)
    assert verdict(tampered, folder) == Verdict(False, ROWS - 5, ROWS - 4)


def test_all_rows_gone_shows(tampered: sqlite3.Connection, folder: DataFolder) -> None:
    tampered.execute("DELETE FROM journal_personal")
    tampered.execute("DELETE FROM journal")
    assert verdict(tampered, folder) == Verdict(False, 0, 1)


def test_a_row_added_at_the_end_shows(tampered: sqlite3.Connection, folder: DataFolder) -> None:
    last = tampered.execute("SELECT hash FROM journal WHERE seq=?", (ROWS,)).fetchone()[0]
    add(tampered, ROWS + 1, last)
    assert verdict(tampered, folder) == Verdict(False, ROWS + 1, ROWS + 1)


def test_a_last_row_with_another_hash_that_fits_shows(
    tampered: sqlite3.Connection, folder: DataFolder
) -> None:
    rehash(tampered, ROWS)
    assert verdict(tampered, folder) == Verdict(False, ROWS, ROWS)


@pytest.mark.parametrize("head", ["", "x:y", f"{ROWS}:", None])
def test_a_head_that_was_changed_shows(
    tampered: sqlite3.Connection, folder: DataFolder, head: str | None
) -> None:
    if head is None:
        tampered.execute("DELETE FROM meta WHERE key='journal_head'")
    else:
        tampered.execute("UPDATE meta SET value=? WHERE key='journal_head'", (head,))
    assert not verdict(tampered, folder).ok


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET what='x' WHERE seq=1",
        "DELETE FROM journal WHERE seq=1",
        "UPDATE journal_personal SET personal='x' WHERE seq=1",
    ],
)
def test_the_program_itself_cannot_change_it(books: Books, statement: str) -> None:
    books.write(lambda c: journal.append(c, Entry("t", {}, {"name": "N"}), at=AT))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        books.write(lambda c: c.exec_driver_sql(statement))


def test_names_can_be_forgotten_and_the_chain_stays_good(folder: DataFolder) -> None:
    with open_books(folder) as books:
        people = [Entry("client.added", {"n": n}, {"name": f"Zoë Voorbeeld {n}"}) for n in range(3)]
        books.write(lambda c: journal.append(c, *people, at=AT))
        books.write(lambda c: journal.erase_personal(c, [2]))
        with books.read() as c:
            assert journal.verify(c) == Verdict(True, 3, None)
            told = [json.loads(line) for line in journal.export(c)]
    assert [row["personal"] for row in told[:3]] == [
        {"name": "Zoë Voorbeeld 0"},
        None,
        {"name": "Zoë Voorbeeld 2"},
    ]
    kept = b"".join(path.read_bytes() for path in folder.root.iterdir())
    assert b"Voorbeeld 2" in kept
    assert b"Voorbeeld 1" not in kept


def test_a_row_goes_with_the_change_it_tells(books: Books) -> None:
    def change(c: sa.Connection) -> None:
        journal.append(c, Entry("t"), at=AT)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        books.write(change)
    with books.read() as c:
        assert journal.head(c) == (0, "")
        assert journal.verify(c) == Verdict(True, 0, None)


def test_times_are_told_in_utc(books: Books) -> None:
    local = AT.astimezone(timezone(timedelta(hours=5)))
    books.write(lambda c: journal.append(c, Entry("t"), at=local))
    with books.read() as c:
        assert c.execute(sa.select(t.journal.c.at)).scalar() == "2026-03-01T12:00:00.000+00:00"


def test_names_of_files_that_are_no_unicode_can_be_told(books: Books) -> None:
    odd = "facture-\udce9.xml"
    books.write(lambda c: journal.append(c, Entry("t", {"path": odd}, {"path": odd}), at=AT))
    with books.read() as c:
        assert journal.verify(c).ok
        assert json.loads(next(journal.export(c)))["facts"] == {"path": odd}


def test_the_export_ends_with_the_head(books: Books) -> None:
    books.write(lambda c: journal.append(c, Entry("a", {"x": 1}), Entry("b"), at=AT))
    with books.read() as c:
        rows = [json.loads(line) for line in journal.export(c)]
        seq, hash_ = journal.head(c)
    assert rows[-1] == {"head": {"seq": 2, "hash": hash_}}
    assert seq == 2
    assert rows[1]["prev_hash"] == rows[0]["hash"]


def test_a_damaged_journal_can_be_exported(
    tampered: sqlite3.Connection, folder: DataFolder
) -> None:
    update("facts", "{no json")(tampered, 3)
    assert not verdict(tampered, folder).ok
    with open_books(folder) as books, books.read() as c:
        assert json.loads(list(journal.export(c))[2])["facts"] == "{no json"


def test_a_life_line_is_the_newest_that_names_the_id_oldest_first(books: Books) -> None:
    entries = [Entry(f"step-{n}", {"delivery_id": "d1" if n % 2 else "d2"}) for n in range(8)]
    books.write(lambda c: journal.append(c, *entries, at=AT))
    with books.read() as c:
        found = journal.recent(c, {"delivery_id": "d1"}, 2)
    assert [entry.what for entry in found] == ["step-5", "step-7"]


def test_a_kill_at_any_append_leaves_a_good_chain(
    folder: DataFolder, beside: RunBeside, seed: int
) -> None:
    """The failpoint lies between the row and the commit, where a half change would show."""
    code = """
from datetime import UTC, datetime
from ledgerdesk.failpoint import failpoint
from ledgerdesk.store import journal
def change(c):
    journal.append(c, journal.Entry("t", {}, {"name": "N"}), at=datetime.now(UTC))
    failpoint("appended")
with open_books(folder) as books:
    for _ in range(100):
        books.write(change)
"""
    rows = 0
    for round_ in range(4):
        visit = 1 + (seed + 13 * round_) % 30
        killed = beside(code, LEDGERDESK_FAILPOINT=f"appended:{visit}")
        assert killed.wait(60) == -signal.SIGKILL
        rows += visit - 1
        with open_books(folder) as books, books.read() as c:
            assert journal.verify(c) == Verdict(True, rows, None)

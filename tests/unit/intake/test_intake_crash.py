"""The machine stops at the worst moment: nothing is lost and nothing doubled.

A process of its own takes in until it is killed; a second one looks again.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from ledgerdesk import failpoint
from ledgerdesk.intake.taking_in import BATCH
from tests.helpers.intake import Office, TurnableClock, pdf

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

FILES = 2 * BATCH + 50  # three commits


def killed_at(data_dir: Path, clock: TurnableClock, place: str, visit: int) -> None:
    """Looks in a forked process that dies at ``place``."""
    child = os.fork()
    if child == 0:
        try:
            failpoint.arm(place, visit)
            Office(data_dir, clock).look()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.parametrize("after", ["leave", "move"])
@pytest.mark.parametrize(
    ("place", "visit", "kept"),
    [
        ("intake.blob_kept", 1, 0),
        ("intake.blob_kept", 2, BATCH),
        ("intake.row_committed", 1, BATCH),
        ("intake.row_committed", 3, FILES),
    ],
)
def test_a_killed_look_loses_nothing_and_doubles_nothing(
    data_dir: Path, tmp_path: Path, place: str, visit: int, kept: int, after: str
):
    office = Office(data_dir)
    root = tmp_path / "in"
    office.watch(root, after=after)
    for number in range(FILES):
        office.lay(root / f"{number:03}.pdf", pdf(str(number)))
    office.close()

    killed_at(data_dir, office.clock, place, visit)

    office = Office(data_dir, office.clock)
    assert len(office.documents()) == kept
    # A row never points at bytes that are not there.
    assert all(office.blobs.read(one.sha256) for one in office.documents())
    office.look()
    found = office.documents()
    office.close()
    assert Counter(one.state for one in found) == {"unassigned": FILES}
    assert len({one.path for one in found}) == FILES
    moved = len(list(root.glob("LedgerDesk/done/*.pdf")))
    assert (moved, len(list(root.glob("*.pdf")))) == ((FILES, 0) if after == "move" else (0, FILES))


def test_a_row_written_without_its_item_would_be_doubled(office: Office, tmp_path: Path):
    """The negative control: what the transaction prevents does show in this harness."""
    source = office.watch(tmp_path / "in")
    office.lay(tmp_path / "in/a.pdf", pdf())
    office.look()
    from ledgerdesk.store import sources

    office.books.write(lambda c: sources.forget(c, source.id, ["a.pdf"]))
    office.look()
    assert [one.state for one in office.documents()] == ["unassigned", "duplicate"]

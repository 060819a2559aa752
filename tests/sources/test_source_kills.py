"""The machine stops between fetching, keeping and acknowledging: over the network, too, nothing is
lost and nothing doubled.

A process of its own looks until it is killed; a second one looks again.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledgerdesk import failpoint
from ledgerdesk.practice.vendors.peppol_inbox import RecommandServer
from ledgerdesk.sources._inbox_session import InboxSession
from tests.helpers.intake import Office, TurnableClock, pdf
from tests.helpers.source_firm import Secrets, SourceFirm
from tests.helpers.sshd import Sshd

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

FILES = 12
PLACES = [("intake.blob_kept", 0), ("intake.row_committed", FILES)]
"""Where it dies, and how many documents are in the books then."""

# The service's unread documents only: one that is marked is never told again.
UNREAD = """
[profile]
id = "unread"
title = "Unread"
[auth]
scheme = "basic"
username = "{username}"
secret = "{api_key}"
[list]
path = "/inbox"
items = "/documents"
id = "/id"
[fetch]
path = "/documents/{id}"
kind = "text"
value = "/document/xml"
[acknowledge]
path = "/documents/{id}/mark-as-read"
json = { read = true }
effect = "It is not told again."
"""


def killed_at(data_dir: Path, clock: TurnableClock, secrets: Secrets, place: str) -> None:
    child = os.fork()
    if child == 0:
        try:
            failpoint.arm(place, 1)
            SourceFirm(Office(data_dir, clock), secrets).look()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def states(office: Office) -> list[str]:
    return sorted(one.state.value for one in office.documents())


@pytest.fixture
def recommand() -> Iterator[RecommandServer]:
    with RecommandServer() as server:
        yield server


def watch_inbox(data_dir: Path, server: RecommandServer) -> SourceFirm:
    firm = SourceFirm(Office(data_dir))
    values = {
        "own_profile": UNREAD,
        "base_url": f"{server.url}/api/v1",
        "username": server.key,
        "acknowledge": "yes",
    }
    firm.add("peppol", values, {"api_key": server.secret})
    for number in range(FILES):
        server.receive(f"<x>{number}</x>")
    return firm


@pytest.mark.parametrize(("place", "kept"), PLACES)
def test_an_inbox_is_acknowledged_only_for_what_is_kept(
    data_dir: Path, recommand: RecommandServer, place: str, kept: int
):
    firm = watch_inbox(data_dir, recommand)
    firm.office.close()
    killed_at(data_dir, firm.office.clock, firm.secrets, place)
    assert not any(one.history for one in recommand.documents)

    again = SourceFirm(Office(data_dir, firm.office.clock), firm.secrets)
    assert len(again.office.documents()) == kept
    again.look()
    found = states(again.office)
    again.office.close()
    assert found == ["held"] * FILES  # of unknown kind, each once
    assert [one.history for one in recommand.documents] == [[True]] * FILES


def test_acknowledging_at_the_fetch_would_lose_documents(
    data_dir: Path, recommand: RecommandServer, monkeypatch: pytest.MonkeyPatch
):
    """The negative control: what the order prevents does show in this harness."""
    fetch = InboxSession.fetch

    def hasty(self: InboxSession, item: Any) -> Any:
        fetched = fetch(self, item)
        self.acknowledge(item)
        return fetched

    monkeypatch.setattr(InboxSession, "fetch", hasty)
    firm = watch_inbox(data_dir, recommand)
    firm.office.close()
    killed_at(data_dir, firm.office.clock, firm.secrets, "intake.blob_kept")
    again = SourceFirm(Office(data_dir, firm.office.clock), firm.secrets)
    again.look()
    found = states(again.office)
    again.office.close()
    assert len(found) < FILES


@pytest.mark.parametrize(("place", "kept"), PLACES)
def test_files_on_a_server_are_moved_only_once_they_are_kept(
    data_dir: Path, sshd: Sshd, place: str, kept: int
):
    root = sshd.home / "in"
    root.mkdir()
    root.chmod(0o777)
    for number in range(FILES):
        path = root / f"{number:02}.pdf"
        path.write_bytes(pdf(str(number)))
        os.utime(path, (time.time() - 60,) * 2)
    firm = SourceFirm(Office(data_dir))
    values = {
        "host": sshd.host,
        "port": str(sshd.port),
        "username": sshd.username,
        "path": "in",
        "host_key": sshd.fingerprint,
    }
    firm.add("sftp", values, {"password": sshd.password}, after="move")
    firm.office.close()
    killed_at(data_dir, firm.office.clock, firm.secrets, place)
    assert len(list(root.glob("*.pdf"))) == FILES

    again = SourceFirm(Office(data_dir, firm.office.clock), firm.secrets)
    assert len(again.office.documents()) == kept
    again.look()
    found = states(again.office)
    again.office.close()
    assert found == ["unassigned"] * FILES
    assert (len(list(root.glob("*.pdf"))), len(list(root.glob("LedgerDesk/done/*.pdf")))) == (
        0,
        FILES,
    )

"""One practice day, and hands that meddle with every server afterwards: each difference is seen."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from ledgerdesk import log
from ledgerdesk.app import open_desk
from ledgerdesk.model import Assurance
from ledgerdesk.paths import DataFolder
from ledgerdesk.practice.demo import Day, day
from ledgerdesk.practice.office import Office
from ledgerdesk.practice.packages import all_packages
from ledgerdesk.practice.packages.base import Arrival
from ledgerdesk.practice.readback import Line
from tests.helpers.command_line import Cli
from tests.helpers.tampering import FAULTS, HANDS


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, seed: int) -> Iterator[Day]:
    folder = DataFolder(tmp_path_factory.mktemp("practice"))
    with day(folder, open_desk, seed) as one:
        yield one
    log.stop()


def wrong(played: Day) -> list[Line]:
    return [line for line in played.lines() if not line.agrees]


def test_nothing_is_wrong_while_nobody_meddles(played: Day) -> None:
    assert wrong(played) == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", HANDS)
def test_what_a_server_has_otherwise_is_seen(played: Day, name: str, fault: str) -> None:
    hand = HANDS[name]
    with hand.meddling(played.office, fault):
        found = wrong(played)
    # The document has a line, and so has what lies there that nobody sent.
    assert len(found) == (1 if fault == "missing" else 2)
    connector_id = played.office.packages[hand.package].connector_id
    assert {line.connector_id for line in found} == {connector_id}
    assert wrong(played) == []


def test_hands_reach_into_every_server_that_answers() -> None:
    assert {one.package for one in HANDS.values()} == {one.id for one in all_packages()} - {"down"}


def test_what_arrives_at_the_server_that_is_down_is_seen(played: Day) -> None:
    stray = played.office.packages["down"].server.files / "stray.xml"  # type: ignore[attr-defined]
    stray.write_bytes(b"<Invoice/>")
    try:
        (line,) = wrong(played)
    finally:
        stray.unlink()
    assert (line.connector_id, line.place) == ("sftp", "stray.xml")


def test_a_mail_to_somebody_else_is_seen(played: Day) -> None:
    mail = EmailMessage()
    mail.set_content("An invoice that went astray")
    mailboxes = played.office.post.server.mailboxes
    mailboxes.keep("somebody@else.example", bytes(mail))
    try:
        (line,) = wrong(played)
    finally:
        (mailboxes.folder / "somebody@else.example" / "0001.eml").unlink()
    assert line.place == "somebody@else.example (1)"


def test_a_package_that_tells_later_was_asked(played: Day) -> None:
    """Zenvoices' inbox is fed from the mail server, so the mail's proof rises by itself."""
    (client,) = played.office.packages["zenvoices"].clients
    client_id = played.office.client_ids[client.file_number]
    sent = played.desk.deliveries.listed(client_id=client_id)
    proofs = {one.receipt.assurance if one.receipt else None for one in sent}
    assert proofs == {Assurance.PICKED_UP}


def test_the_command_ends_with_1_for_every_integration(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Office.arrivals

    def arrivals(self: Office) -> Iterator[Arrival]:
        for hand in HANDS.values():
            hand.make(self).changed()
        return read(self)

    monkeypatch.setattr(Office, "arrivals", arrivals)

    told = cli("demo", "--seed", "3", code=1)

    assert told["agree"] is False
    wrong_ones = {line["connector_id"] for line in told["documents"] if not line["agrees"]}
    assert wrong_ones == {one.connector_id for one in all_packages()}

"""Once for real: a window on a real screen, the keyboard alone, a real server, proof on screen.

Nothing here calls LedgerDesk: keys go in through the X server, what comes out is read from the
screen and from the disk of the server.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledgerdesk.paths import DataFolder
from ledgerdesk.practice.firm import Business
from ledgerdesk.store import open_books
from tests.helpers.intake import Papers
from tests.helpers.screen import NotSeen, Screen, Unavailable, real_screen
from tests.helpers.sshd import Sshd

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    try:
        with real_screen(tmp_path / "report") as made:
            yield made
    except Unavailable as reason:
        pytest.skip(f"no real screen: {reason}")


@pytest.fixture
def window(screen: Screen, data_dir: Path, tmp_path: Path) -> Iterator[Screen]:
    """LedgerDesk on an empty practice folder, on the real screen."""
    with open_books(DataFolder(data_dir), practice=True):
        pass
    command = [sys.executable, "-m", "tests.ui.observed_window", data_dir, tmp_path / "report"]
    log = tmp_path / "standard-error"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [str(part) for part in command],
            env={**screen.environment, "LANGUAGE": "en"},
            cwd=ROOT,
            stderr=stream,
        )
    try:
        screen.until_text("Three steps to the first delivery")
        yield screen
        screen.press("ctrl+q")
        assert process.wait(30) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()


def connect(screen: Screen, sshd: Sshd) -> None:
    screen.press("ctrl+2")
    screen.until_text("No accounting package is connected yet")
    screen.press("ctrl+n")
    screen.until_text("Which documents are sent?")
    screen.press("alt+n")
    screen.until_text("● Integration")
    screen.type("sftp")
    screen.press("alt+n")
    screen.until_text("As received")
    screen.press("alt+n")
    screen.until_text("User name")
    values = {
        "username": sshd.username,
        "password": sshd.password,
        "host": sshd.host,
        "port": str(sshd.port),
    }
    for name, value in values.items():
        screen.tab_to(f"{name}|")
        screen.press("ctrl+a")
        screen.type(value)
    screen.press("alt+n")
    screen.until_text("Upload path")
    screen.press("alt+n")
    screen.until_text("What you allow")
    screen.tab_to("accept|")
    screen.press("space", "alt+c")
    screen.until_text(sshd.fingerprint)
    screen.tab_to("approveHostKey|")
    screen.press("space")
    screen.until_text("Link clients now")
    screen.press("Escape")
    screen.until_text("No client sends documents there yet.")


def add_client(screen: Screen, client: Business) -> None:
    screen.press("ctrl+3")
    screen.until_text("No clients yet")
    screen.press("ctrl+n")
    screen.until_text("As it stands on the invoices.")
    screen.tab_to("name|")
    screen.type(client.name)
    screen.tab_to("vat|")
    screen.type(client.number)
    screen.tab_to("share|")
    screen.press("space")
    screen.tab_to("saveAndLink|")
    screen.press("space")
    screen.until_text("Upload path: Invoice_import/")
    screen.tab_to("link|")
    screen.press("space")
    screen.until_text("Invoices: SFTP")


def take_in(screen: Screen, file: Path) -> None:
    screen.press("ctrl+4")
    screen.until_text("No documents yet")
    screen.press("ctrl+n")
    screen.until(lambda seen: seen["focus"].startswith("fileNameEdit|"))
    screen.type(str(file))
    screen.press("Return")
    screen.until_text("ready to send")


def send(screen: Screen) -> None:
    screen.press("ctrl+Return")
    screen.until_text("1 delivered", 60)


def look_at_the_proof(screen: Screen) -> None:
    screen.press("ctrl+5")
    screen.until_text("Delivered, read back")
    screen.tab_to("deliveryList|")
    screen.press("space")
    screen.until_text("1 chosen")
    screen.press("ctrl+i")
    screen.until_text("Where it is")


@pytest.mark.timeout(240)
def test_from_plus_to_proof_with_the_keyboard_alone(
    window: Screen, sshd: Sshd, tmp_path: Path, seed: int
) -> None:
    papers = Papers(seed)
    client, supplier = papers.who[0], papers.others[0]
    content = papers.invoice(supplier, client)
    file = tmp_path / "invoice of today.xml"
    file.write_bytes(content)
    try:
        connect(window, sshd)
        add_client(window, client)
        take_in(window, file)
        assert [one for one in sshd.home.rglob("*") if one.is_file()] == []
        send(window)
        look_at_the_proof(window)
        (arrived,) = [one for one in sshd.home.rglob("*") if one.is_file()]
        window.until_text(arrived.name)
    except (NotSeen, AssertionError):
        window.picture(tmp_path / "screen.png")
        raise
    assert arrived.parent.name == "Invoice_import"
    assert arrived.read_bytes() == content

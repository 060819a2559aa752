"""Killed anywhere, LedgerDesk loses nothing and doubles nothing; where only the receiver knows what
happened it says so. ``make faults`` kills twenty times at every place."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import naive
from tests.faults.harness import (
    DOCUMENTS,
    IN_ONE_REQUEST,
    MAILING,
    OF_THE_QUEUE,
    PUBLISHING,
    Place,
    Verdict,
    Worker,
    honest,
    killed_after,
    killed_at,
    one_round,
    prepare,
    run_worker,
)
from tests.faults.places import DropboxPlace, FolderPlace, MailPlace, SftpPlace
from tests.helpers.smtp import SmtpProcess

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forks of the test")

KILLS, MANY_KILLS = 2, 20
RANDOM_KILLS, MANY_RANDOM_KILLS = 4, 100
NOTHING_BEGAN = {"delivery.claimed", "delivery.sending_committed"}
# Once the last line of a mail may have left, only the receiver knows, until the reply is kept.
ONLY_THE_RECEIVER_KNOWS = {"email.publishing_committed", "email.end_of_data", "email.published"}


@pytest.fixture
def folder(tmp_path: Path) -> FolderPlace:
    disk = tmp_path / "disk"
    disk.mkdir()
    return FolderPlace(disk)


@pytest.fixture(scope="module")
def mail_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmtpProcess]:
    """One server for all: a worker's end must not be the server's."""
    server = SmtpProcess(tmp_path_factory.mktemp("smtp") / "server")
    yield server
    server.close()


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """The destination named by the parameter."""
    if request.param == "folder":
        yield request.getfixturevalue("folder")
    elif request.param == "sftp":
        yield SftpPlace(request.getfixturevalue("sshd"))
    elif request.param == "dropbox":
        server = request.getfixturevalue("dropbox_server")
        request.getfixturevalue("monkeypatch").setenv("LEDGERDESK_ENDPOINT_DROPBOX", server.url)
        yield DropboxPlace(server)
    else:
        yield MailPlace(request.getfixturevalue("mail_server"))


DISKS = [(name, f"{name}.{step}") for name in ("folder", "sftp") for step in PUBLISHING]
DISKS += [(name, point) for name in ("folder", "sftp") for point in OF_THE_QUEUE]
DROPBOX = [("dropbox", f"dropbox.{step}") for step in IN_ONE_REQUEST]
DROPBOX += [("dropbox", point) for point in OF_THE_QUEUE]
MAIL = [("email", f"email.{step}") for step in MAILING]
MAIL += [("email", point) for point in OF_THE_QUEUE]


def kill(place: Place, root: Path, worker: Worker, point: str, times: int) -> Verdict:
    """Each kill meets another document."""
    total = Verdict()
    for number in range(times):
        shutil.rmtree(root, ignore_errors=True)
        total += one_round(place, root, worker, killed_at(point, 1 + number % DOCUMENTS))
    return total


def kill_at_random(place: Place, root: Path, seed: int, times: int) -> Verdict:
    dice = random.Random(seed)
    place.clear()
    prepare(place, root)
    began = time.perf_counter()
    assert not run_worker(root, honest, lambda: None)
    longest = time.perf_counter() - began
    total = Verdict()
    for _ in range(times):
        shutil.rmtree(root, ignore_errors=True)
        moment = killed_after(dice.uniform(0.001, longest))
        total += one_round(place, root, honest, moment, must_die=False)
    return total


def check_naive(place: Place, root: Path, point: str) -> None:
    """The naive worker beside it: at the same point it loses what it marked first, or doubles what
    it does not look for. Before anything is begun there is nothing to do wrong."""
    if point in NOTHING_BEGAN:
        return
    if point.endswith((".published", ".end_of_data")) or point == "dropbox.body_sent":
        assert kill(place, root, naive.repeating, point, 1).doubled == 1
    else:
        assert kill(place, root, naive.forgetful, point, 1).lost == 1


# --- named places ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("place", "point"), DISKS, indirect=["place"])
def test_killed_on_the_way_to_a_disk(place: Place, data_dir: Path, point: str) -> None:
    verdict = kill(place, data_dir, honest, point, KILLS)
    assert verdict == Verdict(rounds=KILLS)
    check_naive(place, data_dir, point)


@pytest.mark.parametrize(("place", "point"), DROPBOX, indirect=["place"])
def test_killed_on_the_way_to_dropbox(place: Place, data_dir: Path, point: str) -> None:
    """Never in doubt: the vendor also tells what it once had."""
    assert kill(place, data_dir, honest, point, KILLS) == Verdict(rounds=KILLS)
    check_naive(place, data_dir, point)


@pytest.mark.parametrize(("place", "point"), MAIL, indirect=["place"])
def test_killed_on_the_way_to_a_mailbox(place: Place, data_dir: Path, point: str) -> None:
    check_mail(kill(place, data_dir, honest, point, KILLS), point, KILLS)
    check_naive(place, data_dir, point)


def check_mail(verdict: Verdict, point: str, kills: int) -> None:
    in_doubt = kills if point in ONLY_THE_RECEIVER_KNOWS else 0
    assert verdict == Verdict(rounds=kills, unknown=in_doubt)


@pytest.mark.long
@pytest.mark.parametrize(("place", "point"), DISKS, indirect=["place"])
def test_killed_many_times_on_the_way_to_a_disk(place: Place, data_dir: Path, point: str) -> None:
    assert kill(place, data_dir, honest, point, MANY_KILLS) == Verdict(rounds=MANY_KILLS)
    check_naive(place, data_dir, point)


@pytest.mark.long
@pytest.mark.parametrize(("place", "point"), DROPBOX, indirect=["place"])
def test_killed_many_times_on_the_way_to_dropbox(place: Place, data_dir: Path, point: str) -> None:
    assert kill(place, data_dir, honest, point, MANY_KILLS) == Verdict(rounds=MANY_KILLS)
    check_naive(place, data_dir, point)


@pytest.mark.long
@pytest.mark.parametrize(("place", "point"), MAIL, indirect=["place"])
def test_killed_many_times_on_the_way_to_a_mailbox(
    place: Place, data_dir: Path, point: str
) -> None:
    check_mail(kill(place, data_dir, honest, point, MANY_KILLS), point, MANY_KILLS)
    check_naive(place, data_dir, point)


# --- any moment -----------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["folder", "sftp", "dropbox"], indirect=True)
def test_killed_at_any_moment(place: Place, data_dir: Path, seed: int) -> None:
    verdict = kill_at_random(place, data_dir, seed, RANDOM_KILLS)
    assert (verdict.lost, verdict.doubled, verdict.leftovers) == (0, 0, [])


@pytest.mark.long
@pytest.mark.parametrize("place", ["folder", "sftp", "dropbox", "email"], indirect=True)
def test_killed_many_times_at_any_moment(place: Place, data_dir: Path, seed: int) -> None:
    verdict = kill_at_random(place, data_dir, seed, MANY_RANDOM_KILLS)
    assert (verdict.lost, verdict.doubled, verdict.leftovers) == (0, 0, [])


# --- the harness itself ---------------------------------------------------------------------------


def test_the_naive_workers_do_deliver_while_nobody_kills_them(
    folder: FolderPlace, data_dir: Path
) -> None:
    workers: list[Callable[..., None]] = [naive.forgetful, naive.repeating]
    for worker in workers:
        shutil.rmtree(data_dir, ignore_errors=True)
        verdict = one_round(folder, data_dir, worker, lambda: None, must_die=False)
        assert verdict.clean

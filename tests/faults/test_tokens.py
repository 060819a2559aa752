"""Many processes and threads share one sign-in at a server that forgives nothing: it is renewed
once each time, and never lost. ``make faults`` goes on for 200 rounds."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledgerdesk.errors import SignInExpired
from tests.faults.token_office import (
    Hands,
    Processes,
    ask,
    killed_while_renewing,
    later,
    sign_in,
)
from tests.helpers.sign_in_server import EARLIEST, LIFE, SignInServer

PROCESSES, THREADS, MANY_THREADS = 4, 16, 64
ROUNDS, MANY_ROUNDS = 6, 200
KILLS, MANY_KILLS = 1, 50

needs_kill = pytest.mark.skipif(os.name == "nt", reason="a process is killed by SIGKILL")


@pytest.fixture
def server() -> Iterator[SignInServer]:
    with SignInServer() as running:
        yield running


@pytest.fixture
def mild() -> Iterator[SignInServer]:
    """An old refresh token works there until a new token was used."""
    with SignInServer(grace=True, earliest=0) as running:
        yield running


def rounds(folder: Path, server: SignInServer, how_many: int, threads: int) -> None:
    clock = Hands(datetime.now(UTC))
    sign_in(folder, server, clock)
    with Processes(folder, server.url, PROCESSES, threads) as office:
        for number in range(1, how_many + 1):
            clock.time = later(clock.time, EARLIEST + 1)
            server.clock.forward(seconds=EARLIEST + 1)
            given = office.at(clock.time)
            assert len(given) == PROCESSES * threads
            assert len(set(given)) == 1, set(given)
            assert given[0] in server.given
            assert (server.refreshes, server.revoked) == (number, 0)


def test_everybody_at_once_is_one_renewal(data_dir: Path, server: SignInServer):
    rounds(data_dir, server, ROUNDS, THREADS)


@pytest.mark.long
def test_everybody_at_once_is_one_renewal_every_time(data_dir: Path, server: SignInServer):
    rounds(data_dir, server, MANY_ROUNDS, MANY_THREADS)


def test_the_server_punishes_whoever_renews_without_the_lock(data_dir: Path, server: SignInServer):
    """The control: the same crowd, careless, loses the sign-in at once."""
    clock = Hands(datetime.now(UTC))
    sign_in(data_dir, server, clock)
    server.clock.forward(seconds=EARLIEST + 1)
    with Processes(data_dir, server.url, PROCESSES, THREADS, careless=True) as office:
        given = office.at(later(clock.time, EARLIEST + 1))
    assert server.revoked > 0
    assert "error sign_in_expired" in given


def killed(folder: Path, server: SignInServer, clock: Hands, place: str, **how: bool) -> None:
    clock.time = later(clock.time, LIFE)
    server.clock.forward(seconds=LIFE)
    code = killed_while_renewing(folder, server.url, clock.time, place, **how)
    assert code == -signal.SIGKILL


def between_answer_and_keeping(
    folder: Path, server: SignInServer, how_often: int, *, survives: bool
) -> None:
    clock = Hands(datetime.now(UTC))
    sign_in(folder, server, clock)
    for _ in range(how_often):
        killed(folder, server, clock, "oauth.before_keeping")
        if survives:
            assert ask(folder, server.url, clock) in server.given
            continue
        with pytest.raises(SignInExpired):
            ask(folder, server.url, clock)
        sign_in(folder, server, clock)
        assert ask(folder, server.url, clock) in server.given


@needs_kill
def test_killed_before_keeping_means_signing_in_again_at_the_strictest_server(
    data_dir: Path, server: SignInServer
):
    between_answer_and_keeping(data_dir, server, KILLS, survives=False)


@needs_kill
def test_killed_before_keeping_costs_nothing_at_a_mild_server(data_dir: Path, mild: SignInServer):
    """Because nothing is used before it is kept, the old token still works."""
    between_answer_and_keeping(data_dir, mild, KILLS, survives=True)


@pytest.mark.long
@needs_kill
@pytest.mark.parametrize("grace", [False, True])
def test_killed_before_keeping_many_times(grace: bool, data_dir: Path):
    earliest = 0 if grace else EARLIEST
    with SignInServer(grace=grace, earliest=earliest) as server:
        between_answer_and_keeping(data_dir, server, MANY_KILLS, survives=grace)


@needs_kill
def test_using_before_keeping_loses_the_sign_in_even_at_a_mild_server(
    data_dir: Path, mild: SignInServer
):
    """The control: the same kill, one step in the wrong order."""
    clock = Hands(datetime.now(UTC))
    sign_in(data_dir, mild, clock)
    killed(data_dir, mild, clock, "oauth.used_before_keeping", hasty=True)
    with pytest.raises(SignInExpired):
        ask(data_dir, mild.url, clock)


@needs_kill
def test_killed_after_keeping_costs_nothing_anywhere(data_dir: Path, server: SignInServer):
    clock = Hands(datetime.now(UTC))
    sign_in(data_dir, server, clock)
    killed(data_dir, server, clock, "oauth.after_keeping")
    assert ask(data_dir, server.url, clock) in server.given
    assert (server.refreshes, server.revoked) == (1, 0)


@needs_kill
def test_a_lock_dies_with_its_process(data_dir: Path, server: SignInServer):
    clock = Hands(datetime.now(UTC))
    sign_in(data_dir, server, clock)
    killed(data_dir, server, clock, "oauth.after_keeping")
    clock.time = later(clock.time, LIFE)
    server.clock.forward(seconds=LIFE)
    assert ask(data_dir, server.url, clock) in server.given
    assert server.refreshes == 2

"""A sign-in that ends is announced ahead, once, with what to do; one that renews itself is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ledgerdesk import upkeep
from ledgerdesk.errors import CredentialsRejected, to_record
from ledgerdesk.model import Configuration, Connection, ConnectionState
from ledgerdesk.store import configurations
from ledgerdesk.upkeep import Attention
from tests.unit.delivery.world import FakeConnector, FakeDestination, World


@pytest.fixture
def package(world: World, fake: FakeDestination) -> Configuration:
    return world.configuration(world.connection("fake", {"host": "h"}))


def change(world: World, **values: object) -> Connection:
    with world.books.read() as c:
        (kept,) = configurations.connections(c)
    changed = replace(kept, **values)  # type: ignore[arg-type]

    def work(c: object) -> None:
        configurations.update_connection(c, changed)  # type: ignore[arg-type]
        configurations.set_expiry(c, changed.id, changed.expires_at)  # type: ignore[arg-type]

    world.books.write(work)
    return changed


def ends_in(world: World, **how_far: float) -> tuple[Attention, ...]:
    change(world, expires_at=world.clock.now() + timedelta(**how_far))
    told = upkeep.problems(world.books, world.clock.now())
    assert upkeep.status(world.books, world.clock.now()).attention == told
    return told


@pytest.mark.parametrize("days", [30, 10, 1, 0])
def test_the_end_is_announced_ahead(world: World, package: Configuration, days: int) -> None:
    (told,) = ends_in(world, days=days, minutes=1)
    assert (told.what, told.scope, told.configuration_id) == (
        "connection",
        "connection",
        package.id,
    )
    assert told.error["code"] == "sign_in_ends_soon"
    assert told.error["params"]["days"] == str(days)
    ends = (world.clock.now() + timedelta(days=days)).astimezone().date()
    assert told.error["params"]["date"] == ends.isoformat()


def test_further_away_nothing_is_said(world: World, package: Configuration) -> None:
    assert ends_in(world, days=31, minutes=1) == ()


def test_what_does_not_end_is_not_announced(world: World, package: Configuration) -> None:
    assert upkeep.problems(world.books, world.clock.now()) == ()


def test_after_the_end_a_person_has_to_sign_in(world: World, package: Configuration) -> None:
    (told,) = ends_in(world, hours=-1)
    assert told.error["code"] == "sign_in_expired"


@pytest.mark.parametrize(("days", "announced"), [(30, False), (11, False), (10, True), (0, True)])
def test_a_sign_in_that_lasts_while_it_is_used_is_announced_only_when_idle(
    world: World,
    package: Configuration,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    announced: bool,
) -> None:
    monkeypatch.setattr(FakeConnector, "authorization", "oauth")
    assert bool(ends_in(world, days=days, minutes=1)) == announced


def test_an_account_that_is_signed_out_already_is_told_once(
    world: World, package: Configuration
) -> None:
    error = to_record(CredentialsRejected(host="h", username="u"))
    change(world, state=ConnectionState.REAUTHENTICATE, error=error)
    (told,) = ends_in(world, days=1)
    assert told.error["code"] == "credentials_rejected"


def test_signing_in_again_ends_it(world: World, package: Configuration) -> None:
    assert len(ends_in(world, days=5)) == 1
    assert ends_in(world, days=90) == ()


def test_an_account_of_an_unknown_kind_is_announced_all_the_same(
    world: World, data_dir: Path
) -> None:
    world.connection("gone", {})
    assert len(ends_in(world, days=20)) == 1

"""``world``: a firm on an empty data folder; ``fake``: a destination that does as it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledgerdesk import connectors
from ledgerdesk.connectors.base import Connector
from tests.unit.delivery.world import FakeConnector, FakeDestination, World


@pytest.fixture
def world(data_dir: Path) -> Iterator[World]:
    made = World(data_dir)
    yield made
    made.close()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeDestination:
    """Registered as the connector ``fake``."""
    destination = FakeDestination()
    known: Callable[[str], Connector] = connectors.get
    connector = FakeConnector(destination)
    monkeypatch.setattr(
        connectors, "get", lambda name: connector if name == "fake" else known(name)
    )
    return destination

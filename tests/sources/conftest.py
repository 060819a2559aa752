"""``office``: the services of an empty data folder; ``papers``: businesses and their documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.intake import Office, Papers


@pytest.fixture
def office(data_dir: Path) -> Iterator[Office]:
    made = Office(data_dir)
    yield made
    made.close()


@pytest.fixture
def papers(seed: int) -> Papers:
    return Papers(seed)

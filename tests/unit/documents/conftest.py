"""One engine of rules for all tests of a process: its child takes a second to start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledgerdesk.documents.en16931 import RuleEngine


@pytest.fixture(scope="session")
def engine() -> Iterator[RuleEngine]:
    pytest.importorskip("saxonche", reason="this machine has no Saxon: EN 16931 is not checked")
    made = RuleEngine()
    yield made
    made.close()

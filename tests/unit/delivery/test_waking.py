"""Sleep and changed clocks are noticed; a busy computer is neither."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ledgerdesk.delivery.waking import Jump, Pulse
from tests.unit.delivery.world import TurnableClock


@dataclass
class Clocks:
    """Both clocks of one computer."""

    steady: float = 1000.0

    def __post_init__(self) -> None:
        self.wall = TurnableClock()
        self.pulse = Pulse(self.wall, lambda: self.steady)

    def passes(self, wall: float, steady: float) -> None:
        self.wall.forward(seconds=wall)
        self.steady += steady


@pytest.mark.parametrize(
    ("wall", "steady", "seen"),
    [
        (30, 30, None),
        (50, 50, None),
        (31, 30, None),
        (0, 30, None),
        (32_400, 0.5, Jump(32_370)),
        (32_400, 32_400, Jump(32_370)),
        (3_630, 30, Jump(3_600)),
        (-3_570, 30, Jump(-3_600)),
    ],
    ids=[
        *("as planned", "busy", "put right", "put right backwards"),
        *("slept, the clock stood", "slept, the clock went on", "set forward", "set back"),
    ],
)
def test_what_went_by(wall: float, steady: float, seen: Jump | None) -> None:
    clocks = Clocks()
    clocks.passes(wall, steady)
    assert clocks.pulse.beat(30) == seen


def test_it_is_told_once() -> None:
    clocks = Clocks()
    clocks.passes(32_400, 30)
    assert clocks.pulse.beat(30) is not None
    clocks.passes(30, 30)
    assert clocks.pulse.beat(30) is None

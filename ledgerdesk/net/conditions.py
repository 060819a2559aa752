"""What this computer says about itself before work is begun without anybody asking: is there a
network, does it cost by volume, does it run on battery. Where it does not tell, nobody guesses."""

from __future__ import annotations

import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Protocol

_PATIENCE = 3.0
"""Seconds a program of the system may take to answer."""


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Conditions(Protocol):
    def network(self) -> Answer:
        """Whether there is a way out of this computer."""
        ...

    def metered(self) -> Answer:
        """Whether the network costs by volume."""
        ...

    def on_battery(self) -> Answer: ...


class Untold:
    """Implements Conditions for a computer that tells nothing."""

    def network(self) -> Answer:
        return Answer.UNKNOWN

    def metered(self) -> Answer:
        return Answer.UNKNOWN

    def on_battery(self) -> Answer:
        return Answer.UNKNOWN


def of_this_computer() -> Conditions:
    if sys.platform == "win32":
        from ledgerdesk.net.conditions_windows import Windows

        return Windows()
    if sys.platform == "darwin":
        return MacOs()
    return Linux() if sys.platform == "linux" else Untold()


class Linux:
    """``root`` is where /proc and /sys are found."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def network(self) -> Answer:
        """A default route, of IPv4 or IPv6."""
        v4, v6 = self._lines("proc/net/route"), self._lines("proc/net/ipv6_route")
        if not v4 and not v6:
            return Answer.UNKNOWN
        out = [one for one in v4[1:] if len(one) > 7 and one[1] == one[7] == "00000000"]
        out += [one for one in v6 if len(one) > 9 and one[1] == "00" and one[9] != "lo"]
        return Answer.YES if out else Answer.NO

    def metered(self) -> Answer:
        """As NetworkManager says (its property Metered: 1 yes, 2 no, 3 and 4 guessed so)."""
        manager = "org.freedesktop.NetworkManager"
        told = _asked(
            *("busctl", "--system", "get-property", manager),
            *("/org/freedesktop/NetworkManager", manager, "Metered"),
        )
        number = told.split()[-1] if told else ""
        return {"1": Answer.YES, "3": Answer.YES, "2": Answer.NO, "4": Answer.NO}.get(
            number, Answer.UNKNOWN
        )

    def on_battery(self) -> Answer:
        """No power from outside, and a battery of the computer's own."""
        mains, batteries = list[str](), 0
        try:
            supplies = sorted((self._root / "sys/class/power_supply").iterdir())
        except OSError:
            return Answer.UNKNOWN
        for one in supplies:
            kind = _read(one / "type")
            if kind in ("Mains", "USB"):
                mains.append(_read(one / "online"))
            # A mouse has one too.
            batteries += kind == "Battery" and _read(one / "scope") != "Device"
        if "1" in mains or not batteries:
            return Answer.NO if mains or supplies else Answer.UNKNOWN
        return Answer.YES if mains else Answer.UNKNOWN

    def _lines(self, name: str) -> list[list[str]]:
        return [line.split() for line in _read(self._root / name).splitlines()]


class MacOs:
    """Through the system's own programs; whether a network is metered it tells apps only."""

    def network(self) -> Answer:
        told = _asked("/usr/sbin/scutil", "--nwi")
        if not told:
            return Answer.UNKNOWN
        return Answer.YES if "(Reachable" in told else Answer.NO

    def metered(self) -> Answer:
        return Answer.UNKNOWN

    def on_battery(self) -> Answer:
        told = _asked("/usr/bin/pmset", "-g", "batt")
        if "'Battery Power'" in told:
            return Answer.YES
        return Answer.NO if "'AC Power'" in told else Answer.UNKNOWN


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _asked(*command: str) -> str:
    """What a program of the system prints; "" when it is not there or does not answer."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""

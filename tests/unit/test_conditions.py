"""What a computer says about its network and its power; where it does not tell, nobody guesses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ledgerdesk.net import conditions
from ledgerdesk.net.conditions import Answer, Linux, MacOs, Untold
from ledgerdesk.net.conditions_windows import Windows

HEAD = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT"
LAN = "eth0 000200C0 00000000 0001 0 0 0 00FFFFFF 0 0 0"
OUT = "eth0 00000000 010200C0 0003 0 0 0 00000000 0 0 0"
ZERO = "0" * 32
OUT_6 = f"{ZERO} 00 {ZERO} 00 fd000000000000000000000000000001 00000400 3 0 00000003 wlan0"
NOWHERE_6 = f"{ZERO} 00 {ZERO} 00 {ZERO} ffffffff 1 0 00200200 lo"


def route(root: Path, v4: list[str], v6: list[str]) -> Linux:
    place = root / "proc/net"
    place.mkdir(parents=True)
    (place / "route").write_text("\n".join(v4))
    (place / "ipv6_route").write_text("\n".join(v6))
    return Linux(root)


@pytest.mark.parametrize(
    ("v4", "v6", "answer"),
    [
        ([HEAD, OUT, LAN], [], Answer.YES),
        ([HEAD, LAN], [OUT_6], Answer.YES),
        ([HEAD, LAN], [NOWHERE_6], Answer.NO),
        ([HEAD], [], Answer.NO),
        ([], [], Answer.UNKNOWN),
    ],
)
def test_a_way_out_is_a_default_route(
    tmp_path: Path, v4: list[str], v6: list[str], answer: Answer
) -> None:
    assert route(tmp_path, v4, v6).network() is answer


def supply(root: Path, name: str, **facts: str) -> None:
    place = root / "sys/class/power_supply" / name
    place.mkdir(parents=True)
    for fact, value in facts.items():
        (place / fact).write_text(f"{value}\n")


def test_a_laptop_without_its_plug_runs_on_battery(tmp_path: Path) -> None:
    supply(tmp_path, "AC", type="Mains", online="0")
    supply(tmp_path, "BAT0", type="Battery", scope="System")
    assert Linux(tmp_path).on_battery() is Answer.YES


def test_a_laptop_with_its_plug_does_not(tmp_path: Path) -> None:
    supply(tmp_path, "AC", type="Mains", online="0")
    supply(tmp_path, "usb-c", type="USB", online="1")
    supply(tmp_path, "BAT0", type="Battery")
    assert Linux(tmp_path).on_battery() is Answer.NO


def test_the_battery_of_a_mouse_is_nobody_s(tmp_path: Path) -> None:
    supply(tmp_path, "hid-mouse", type="Battery", scope="Device")
    assert Linux(tmp_path).on_battery() is Answer.NO


@pytest.mark.parametrize("there", [True, False])
def test_a_computer_without_supplies_does_not_tell(tmp_path: Path, there: bool) -> None:
    if there:
        (tmp_path / "sys/class/power_supply").mkdir(parents=True)
    assert Linux(tmp_path).on_battery() is Answer.UNKNOWN


def program(folder: Path, name: str, prints: str, code: int = 0) -> None:
    made = folder / name
    made.write_text(f"#!/bin/sh\nprintf '%s\\n' \"{prints}\"\nexit {code}\n")
    made.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
@pytest.mark.parametrize(
    ("prints", "code", "answer"),
    [
        ("u 1", 0, Answer.YES),
        ("u 3", 0, Answer.YES),
        ("u 2", 0, Answer.NO),
        ("u 4", 0, Answer.NO),
        ("u 0", 0, Answer.UNKNOWN),
        ("", 1, Answer.UNKNOWN),
    ],
)
def test_a_metered_network_is_what_its_manager_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prints: str, code: int, answer: Answer
) -> None:
    program(tmp_path, "busctl", prints, code)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert Linux().metered() is answer


def test_a_system_without_that_program_does_not_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Linux().metered() is Answer.UNKNOWN


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ("Now drawing from 'Battery Power'\n -InternalBattery-0 80%", Answer.YES),
        ("Now drawing from 'AC Power'", Answer.NO),
        ("", Answer.UNKNOWN),
    ],
)
def test_a_mac_says_where_its_power_comes_from(
    monkeypatch: pytest.MonkeyPatch, told: str, answer: Answer
) -> None:
    monkeypatch.setattr(conditions, "_asked", lambda *command: told)
    assert MacOs().on_battery() is answer


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ("   REACH : flags 0x00000002 (Reachable)", Answer.YES),
        ("   REACH : flags 0x00000000 (Not Reachable)", Answer.NO),
        ("", Answer.UNKNOWN),
    ],
)
def test_a_mac_says_whether_it_reaches_out(
    monkeypatch: pytest.MonkeyPatch, told: str, answer: Answer
) -> None:
    monkeypatch.setattr(conditions, "_asked", lambda *command: told)
    assert MacOs().network() is answer


@pytest.mark.skipif(os.name == "nt", reason="there it tells")
@pytest.mark.parametrize("one", [Untold(), Windows()], ids=["untold", "windows elsewhere"])
def test_who_cannot_tell_says_so(one: Untold | Windows) -> None:
    assert {one.network(), one.metered(), one.on_battery()} == {Answer.UNKNOWN}

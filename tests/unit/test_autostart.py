"""Starting with the computer: the system's own entry is the truth."""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest

from ledgerdesk.autostart import (
    APPROVED,
    RUN,
    Autostart,
    DesktopEntry,
    LaunchAgent,
    RunKey,
    State,
    command,
)
from ledgerdesk.errors import FileNotWritten

COMMAND = [
    "/opt/Ledger Desk/ledgerdesk-window",
    "--data-dir",
    '/home/a "b" $c %d',
    "--in-background",
]


class Registry:
    """The user's part of a registry."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str | bytes] = {}

    def read(self, key: str, name: str) -> str | bytes | None:
        return self.values.get((key, name))

    def write(self, key: str, name: str, value: str) -> None:
        self.values[key, name] = value

    def remove(self, key: str, name: str) -> None:
        self.values.pop((key, name), None)


@pytest.fixture(params=["linux", "macos", "windows"])
def autostart(request: pytest.FixtureRequest, tmp_path: Path) -> Autostart:
    made: dict[str, Autostart] = {
        "linux": DesktopEntry(tmp_path / "new" / "autostart"),
        "macos": LaunchAgent(tmp_path / "new" / "agents"),
        "windows": RunKey(Registry()),
    }
    return made[request.param]


def test_nothing_is_entered_at_first(autostart: Autostart) -> None:
    assert autostart.state() is State.OFF


def test_what_was_turned_on_is_on(autostart: Autostart) -> None:
    autostart.turn_on(COMMAND)
    assert autostart.state() is State.ON


def test_what_was_turned_off_is_off_also_twice(autostart: Autostart) -> None:
    autostart.turn_on(COMMAND)
    autostart.turn_off()
    autostart.turn_off()
    assert autostart.state() is State.OFF


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled = false"])
def test_a_desktop_entry_that_was_disabled_is_told(tmp_path: Path, line: str) -> None:
    entry = DesktopEntry(tmp_path)
    entry.file.write_text(f"[Desktop Entry]\nType=Application\n{line}\n")
    assert entry.state() is State.SWITCHED_OFF


def test_a_command_is_quoted_as_desktops_read_it(tmp_path: Path) -> None:
    entry = DesktopEntry(tmp_path)
    entry.turn_on(["/a b/c", 'q"$%'])
    line = next(one for one in entry.file.read_text().splitlines() if one.startswith("Exec="))
    assert line == r'Exec="/a b/c" "q\\"\\$%%"'


def test_the_launch_agent_holds_the_command_unchanged(tmp_path: Path) -> None:
    agent = LaunchAgent(tmp_path)
    agent.turn_on(COMMAND)
    assert plistlib.loads(agent.file.read_bytes())["ProgramArguments"] == COMMAND


def test_a_disabled_launch_agent_is_told(tmp_path: Path) -> None:
    agent = LaunchAgent(tmp_path)
    agent.file.write_bytes(plistlib.dumps({"RunAtLoad": True, "Disabled": True}))
    assert agent.state() is State.SWITCHED_OFF


@pytest.mark.parametrize(("first", "state"), [(2, State.ON), (3, State.SWITCHED_OFF)])
def test_what_windows_says_of_start_up_apps_counts(first: int, state: State) -> None:
    registry = Registry()
    registry.values[RUN, "LedgerDesk"] = '"C:\\x.exe"'
    registry.values[APPROVED, "LedgerDesk"] = bytes([first]) + bytes(11)
    assert RunKey(registry).state() is state


def test_the_run_key_quotes_the_program() -> None:
    registry = Registry()
    RunKey(registry).turn_on(["C:\\Ledger\\l.exe", "--data-dir", "C:\\a b"])
    assert registry.values[RUN, "LedgerDesk"] == '"C:\\Ledger\\l.exe" --data-dir "C:\\a b"'


def test_turning_on_undoes_what_was_switched_off_in_windows() -> None:
    registry = Registry()
    registry.values[APPROVED, "LedgerDesk"] = bytes([3]) + bytes(11)
    key = RunKey(registry)
    key.turn_on(COMMAND)
    assert key.state() is State.ON


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileNotWritten):
        DesktopEntry(tmp_path / "file" / "autostart").turn_on(COMMAND)


def test_the_command_names_the_data_folder_and_begins_out_of_sight(tmp_path: Path) -> None:
    assert command(tmp_path)[-3:] == ["--data-dir", str(tmp_path), "--in-background"]

"""``schedule``, ``run`` and ``service``: what runs by itself, seen from outside."""

from __future__ import annotations

import json
import os
import plistlib
import shutil
import signal
import subprocess
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.command_line import Cli, Json, Outside
from tests.helpers.office import Office, files, places, sha256

SOON = 60.0
"""Seconds after which a test gives up; nothing waits for them."""
RULE = ["every", "times", "days", "from", "to", "holidays"]


# --- schedule -----------------------------------------------------------------------------------


def test_the_rule_is_shown_and_changed(cli: Cli) -> None:
    shown = cli("schedule", "show")["schedule"]
    assert shown["running"] is False and shown["overall"]["since"] is None
    changed = cli(
        *("schedule", "set", "--at", "08:00", "--at", "18:30", "--days", "mon,wed"),
        *("--holidays", "BE", "--zone", "Europe/Brussels"),
    )["schedule"]
    assert [changed["overall"][name] for name in RULE] == [
        *(0, ["08:00", "18:30"], ["mon", "wed"], "07:00", "19:00", "BE")
    ]
    assert cli("schedule", "show")["schedule"]["overall"] == changed["overall"]
    assert changed["zone"] == changed["zone_chosen"] == "Europe/Brussels"


def test_a_package_has_a_rule_of_its_own_until_it_follows_again(office: Office) -> None:
    package = office.folder()
    set_ = ("schedule", "set", "--configuration", package)
    (own,) = office.cli(*set_, "--at", "18:00")["schedule"]["configurations"]
    assert (own["configuration_id"], own["times"]) == (package, ["18:00"])
    (own,) = office.cli(*set_, "--by-hand")["schedule"]["configurations"]
    assert (own["every"], own["times"], own["next_at"]) == (0, [], None)
    assert office.cli(*set_, "--as-overall")["schedule"]["configurations"] == []


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("set", "--every", "0"), "every"),
        (("set", "--at", "25:00"), "at"),
        (("set", "--zone", "Middle/Earth"), "zone"),
        (("set", "--as-overall"), "configuration"),
        (("set", "--configuration", "nobody", "--every", "5"), None),
        (("pause", "yesterday"), "until"),
        (("allow", "--configuration", "nobody"), None),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else "",
)
def test_what_cannot_be_meant_is_refused(
    cli: Cli, arguments: tuple[str, ...], field: str | None
) -> None:
    assert cli.fails("schedule", *arguments)["field"] == field


def test_it_pauses_and_resumes(cli: Cli) -> None:
    assert cli("schedule", "pause")["schedule"]["paused"]["until"] is not None
    assert cli("schedule", "pause", "on")["schedule"]["paused"]["until"] is None
    assert "Paused" in cli.tells("schedule", "show").out
    assert cli("schedule", "resume")["schedule"]["paused"] is None


def test_a_sync_is_among_the_last_runs(office: Office) -> None:
    office.link(office.client(office.papers.who[0], "K1"), office.folder())
    office.add("a.xml", office.purchase(office.papers.who[0]))
    office.sync(code=0)
    (run,) = office.cli("schedule", "show")["schedule"]["runs"]
    assert (run["trigger"], run["delivered"], run["missed"]) == ("person", 1, 0)


def test_connections_tell_how_they_are(office: Office) -> None:
    office.link(office.client(office.papers.who[0], "K1"), office.folder())
    office.add("a.xml", office.purchase(office.papers.who[0]))
    (before,) = office.cli("connections", "list")["connections"]
    assert (before["waiting"], before["last_delivered_at"]) == (1, None)
    office.sync(code=0)
    (after,) = office.cli("connections", "list")["connections"]
    assert (after["waiting"], after["error_rate"], after["clients"]) == (0, 0.0, 1)
    assert after["last_delivered_at"] is not None and after["owner"] is None


# --- run ----------------------------------------------------------------------------------------


@pytest.fixture
def outside(data_dir: Path) -> Outside:
    """Processes of their own on the same data folder; a folder destination has no secrets."""
    return Outside(data_dir)


@contextmanager
def serving(outside: Outside) -> Iterator[subprocess.Popen[str]]:
    """``ledgerdesk run``, once it says that it runs."""
    process = outside.start("--data-dir", str(outside.data_dir), "--json", "run")
    assert process.stderr is not None
    try:
        assert "LedgerDesk runs" in process.stderr.readline()
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=SOON)


def until(happened: Callable[[], bool]) -> None:
    ticks, end = threading.Event(), time.monotonic() + SOON
    while not happened():
        assert time.monotonic() < end
        ticks.wait(0.05)


def stopped(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> Json:
    """What it printed after a signal; it ends with 0."""
    process.send_signal(number)
    out, err = process.communicate(timeout=SOON)
    assert process.returncode == 0, err
    return dict(json.loads(out))


def missed_an_hour(office: Office) -> None:
    """A run every minute for an hour, and nothing ran: no test waits for the next minute."""
    from ledgerdesk.delivery.rules import to_values
    from ledgerdesk.delivery.schedule import EVERY_DAY, Schedule
    from ledgerdesk.paths import DataFolder
    from ledgerdesk.store import open_books, schedules

    values = to_values(Schedule(every=1, weekdays=EVERY_DAY))
    rule = schedules.Rule(values, datetime.now(UTC) - timedelta(hours=1))
    with open_books(DataFolder(office.cli.data_dir)) as books:
        books.write(lambda c: schedules.put(c, schedules.OVERALL, rule))


def linked(office: Office) -> None:
    office.link(office.client(office.papers.who[0], "K1"), office.folder())


def test_it_takes_in_and_sends_by_itself(office: Office, outside: Outside) -> None:
    linked(office)
    content = office.purchase(office.papers.who[0])
    office.write("a.xml", content)
    office.cli("sources", "add", office.arriving)
    missed_an_hour(office)
    with serving(outside) as process:
        until(lambda: len(files(office.package)) > 0 or process.poll() is not None)
        until(lambda: office.cli("deliveries", "list")["deliveries"][0]["state"] == "delivered")
        printed = stopped(process)
    assert places(office.package) == [("K1/AP", sha256(content))]
    assert (printed["taken_in"], printed["delivered"]) == (1, 1)
    first = office.cli("schedule", "show")["schedule"]["runs"][-1]
    assert (first["trigger"], first["reason"]) == ("catch_up", "not_running")
    assert 58 <= first["missed"] <= 62


def test_a_sync_beside_it_is_answered_by_it(office: Office, outside: Outside) -> None:
    linked(office)
    office.cli("schedule", "set", "--by-hand")
    office.add("a.xml", office.purchase(office.papers.who[0]))
    with serving(outside) as process:
        assert outside("sync")["delivered"] == 1
        printed = stopped(process)
    assert (printed["runs"], printed["delivered"]) == (1, 1)
    (run,) = office.cli("schedule", "show")["schedule"]["runs"]
    assert run["trigger"] == "request"


def test_a_second_one_is_refused(office: Office, outside: Outside) -> None:
    office.cli("schedule", "set", "--by-hand")
    with serving(outside) as process:
        assert outside.fails("run", code=3)["code"] == "engine_busy"
        assert stopped(process, signal.SIGINT)["runs"] == 0


def test_a_stop_in_the_middle_leaves_nothing_half_done(office: Office, outside: Outside) -> None:
    """However far it got: every document is there once or waits, none is on its way."""
    linked(office)
    office.cli("schedule", "set", "--by-hand")
    contents = [office.purchase(office.papers.who[0]) for _ in range(60)]
    for number, content in enumerate(contents):
        office.add(f"{number}.xml", content)
    with serving(outside) as process:
        asking = threading.Thread(target=outside.run, args=("sync",))
        asking.start()
        until(lambda: len(files(office.package)) >= 3)
        stopped(process)
    states = {one["state"] for one in office.deliveries()}
    assert states <= {"delivered", "queued"}
    arrived = [digest for _, digest in places(office.package)]
    assert len(arrived) == len(set(arrived))
    asking.join(SOON)
    office.sync(code=0)
    assert sorted(digest for _, digest in places(office.package)) == sorted(map(sha256, contents))


def test_idle_it_uses_next_to_no_time(office: Office, outside: Outside) -> None:
    """A percent of one core is asked for; measured is the process, over some seconds."""
    office.cli("schedule", "set", "--by-hand")
    with serving(outside) as process:
        threading.Event().wait(2)
        before, began = cpu_of(process.pid), time.monotonic()
        threading.Event().wait(4)
        share = (cpu_of(process.pid) - before) / (time.monotonic() - began)
        stopped(process)
    assert share < 0.02


def cpu_of(pid: int) -> float:
    """Seconds, of user and system together."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        pytest.skip("only Linux tells it this way")
    fields = told.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# --- service ------------------------------------------------------------------------------------


def made(cli: Cli, system: str) -> Json:
    return dict(cli("service", "install", "--print", "--for", system)["service"])


def test_nothing_is_installed_without_being_asked(cli: Cli) -> None:
    assert cli.fails("service", "install")["code"] == "usage"


@pytest.fixture
def odd(another_cli: Callable[[str], Cli]) -> Cli:
    """On a data folder whose name no format likes."""
    return another_cli('Müller & Co "100%" $HOME')


def test_launchd_gets_the_words_as_they_are(odd: Cli) -> None:
    told = plistlib.loads(made(odd, "macos")["content"].encode())
    assert told["ProgramArguments"][-3:] == ["--data-dir", str(odd.data_dir), "run"]
    assert told["RunAtLoad"] is True


def test_the_task_scheduler_gets_the_words_as_windows_reads_them(odd: Cli) -> None:
    task = ElementTree.fromstring(made(odd, "windows")["content"])
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    arguments = task.findtext(".//t:Arguments", namespaces=space)
    quoted = str(odd.data_dir).replace('"', '\\"')
    assert arguments == f'-m ledgerdesk --data-dir "{quoted}" run'


def test_systemd_accepts_the_unit(odd: Cli, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze on this machine")
    unit = tmp_path / "ledgerdesk.service"
    unit.write_text(made(odd, "linux")["content"])
    done = subprocess.run(
        [program, "verify", "--user", unit],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    line = next(one for one in unit.read_text().splitlines() if one.startswith("ExecStart"))
    assert "100%%" in line and "$$HOME" in line and '\\"' in line

"""Secrets come in by three doors and leave by none."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from tests.end2end.test_sftp import setup
from tests.helpers.command_line import Cli, Outside
from tests.helpers.office import Office
from tests.helpers.sshd import Sshd

ADD = ("configurations", "add", "sftp", "--name", "Server", "--kind", "invoices")


def spelled(secret: str) -> list[bytes]:
    """As it may lie in a file: plain, in UTF-16, in base64, in hex."""
    plain = secret.encode()
    return [plain, secret.encode("utf-16-le"), base64.b64encode(plain)[:-4], plain.hex().encode()]


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
@pytest.mark.parametrize("door", ["env", "file", "stdin"])
def test_each_door_brings_the_secret_without_its_line_end(
    door: str, ending: str, cli: Cli, sshd: Sshd, tmp_path: Path
):
    text = sshd.password + (ending if door != "env" else "")
    file = tmp_path / "secret"
    file.write_bytes(text.encode())
    where = {"env": "env:THE_SECRET", "file": f"file:{file}", "stdin": "-"}[door]
    values = setup(sshd, "--accept-host-key", sshd.fingerprint, password=where)

    added = cli(*ADD, *values, env={"THE_SECRET": text}, stdin=text)

    assert all(one["ok"] for one in added["checks"])
    assert sshd.sign_in_attempts() == 1


@pytest.mark.parametrize(
    "where", ["canary-9b1d", "env:", "env:NOT_SET_AT_ALL", "file:/nowhere/at/all", "stdin"]
)
def test_a_secret_that_is_not_there_is_refused_without_repeating_it(
    where: str, cli: Cli, sshd: Sshd
):
    cli.canaries.append("canary-9b1d")
    error = cli.fails(*ADD, *setup(sshd, password=where))
    assert error["field"] == "password"
    assert sshd.log() == ""


def test_a_secret_given_as_a_plain_value_is_refused_without_repeating_it(cli: Cli, sshd: Sshd):
    cli.canaries.append("canary-9b1d")
    error = cli.fails(
        *ADD, *setup(sshd, "--set", "password=canary-9b1d"), env={"SFTP_PASSWORD": ""}
    )
    assert error["field"] == "password"
    assert "--secret" in error["text"]


def test_a_secret_is_found_nowhere(script: Cli, sshd: Sshd, papers: object, tmp_path: Path):
    office = Office(script, papers, tmp_path)  # type: ignore[arg-type]
    script.canaries.append(sshd.password)
    env = {"SFTP_PASSWORD": sshd.password}
    script.fails("--verbose", *ADD, *setup(sshd), env=env)
    accept = ("--accept-host-key", sshd.fingerprint)
    configuration = script("--verbose", *ADD, *setup(sshd, *accept), env=env)["configuration"]
    office.link(office.client(office.papers.who[0], "K1"), configuration["id"])
    office.add("a.xml", office.purchase(office.papers.who[0]))
    script.tells("--verbose", "sync")
    script("journal", "export", tmp_path / "journal.jsonl")
    script("backup", tmp_path / "backup.tar")

    kept = [one for one in script.data_dir.rglob("*") if one.is_file()]
    assert "ledgerdesk.db" in {one.name for one in kept}
    for path in [*kept, tmp_path / "journal.jsonl", tmp_path / "backup.tar"]:
        content = path.read_bytes()
        assert not [one for one in spelled(sshd.password) if one in content], path


def test_a_waiting_process_shows_no_secret_in_its_arguments(script: Outside, sshd: Sshd):
    given = (*ADD, *setup(sshd, "--accept-host-key", sshd.fingerprint, password="-"))
    process = script.start("--data-dir", str(script.data_dir), "--json", *given)
    seen = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(process.pid)], capture_output=True)
    out, err = process.communicate(sshd.password, timeout=100)

    assert process.returncode == 0, out + err
    assert b"configurations" in seen.stdout
    assert sshd.password.encode() not in seen.stdout

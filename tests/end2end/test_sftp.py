"""An SFTP server, met for the first time and then for a long while; the verdict is the server's.

Everything that a stranger would try first runs as processes of its own beside a real key store.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.command_line import Cli, Json
from tests.helpers.intake import Papers
from tests.helpers.office import Office, files, places, sha256
from tests.helpers.sshd import Sshd

UPLOAD = "import/[accounting_file_id]/[invoice_type]"
WRONG = "SHA256:" + "A" * 43


def setup(sshd: Sshd, *more: str, password: str = "env:SFTP_PASSWORD") -> list[str]:
    values = {"host": sshd.host, "port": str(sshd.port), "username": sshd.username}
    values["upload_path"] = UPLOAD
    given = [part for name, value in values.items() for part in ("--set", f"{name}={value}")]
    return [*given, "--secret", f"password={password}", "--accept-terms", *more]


def add(cli: Cli, sshd: Sshd, *more: str, name: str = "Server", env: Json | None = None) -> Json:
    env = env or {"SFTP_PASSWORD": sshd.password}
    command = ("configurations", "add", "sftp", "--name", name, "--kind", "invoices")
    accept = ("--accept-host-key", sshd.fingerprint)
    return dict(cli(*command, *setup(sshd, *accept, *more), env=env)["configuration"])


def refused(cli: Cli, sshd: Sshd, *more: str, password: str = "") -> Json:
    env = {"SFTP_PASSWORD": password or sshd.password}
    command = ("configurations", "add", "sftp", "--name", "Server", "--kind", "invoices")
    return cli.fails(*command, *setup(sshd, *more), env=env)


def nothing_is_saved(cli: Cli) -> bool:
    kept = (
        cli("configurations", "list")["configurations"] + cli("connections", "list")["connections"]
    )
    return not kept


@pytest.fixture
def server(office: Office, sshd: Sshd) -> str:
    """A connected server and one linked client, ``K1``; the id of the package."""
    configuration = str(add(office.cli, sshd)["id"])
    office.link(office.client(office.papers.who[0], "K1"), configuration)
    return configuration


# --- meeting --------------------------------------------------------------------------------------


def test_the_first_day_at_an_sftp_server(script: Cli, sshd: Sshd, papers: Papers, tmp_path: Path):
    office = Office(script, papers, tmp_path)
    script.canaries.append(sshd.password)

    unknown = refused(script, sshd)
    assert (unknown["code"], unknown["detail"]["fingerprint"]) == (
        "host_key_unknown",
        sshd.fingerprint,
    )
    assert sshd.sign_in_attempts() == 0
    assert nothing_is_saved(script)

    configuration = add(script, sshd)
    (connection,) = script("connections", "list")["connections"]
    assert connection["id"] == configuration["connection_id"]
    assert connection["state"] == "ok" and connection["verified_at"].endswith("Z")

    business = papers.who[0]
    office.link(office.client(business, "K1"), configuration["id"])
    content = office.purchase(business)
    office.write("a.xml", content)
    script("sources", "add", office.arriving)
    assert office.counts(code=0) == {"taken_in": 1, "delivered": 1}
    assert places(sshd.home / "import") == [("K1/AP", sha256(content))]
    assert office.delivery()["assurance"] == "verified"
    assert office.counts(code=0) == {}


@pytest.mark.parametrize("given", [WRONG, "nonsense"])
def test_another_fingerprint_is_not_a_yes(given: str, cli: Cli, sshd: Sshd):
    error = refused(cli, sshd, "--accept-host-key", given)

    assert error["code"] in ("host_key_changed", "host_key_unknown")
    assert error["detail"]["fingerprint"] == sshd.fingerprint
    assert sshd.sign_in_attempts() == 0
    assert nothing_is_saved(cli)


def test_a_wrong_password_is_tried_once(cli: Cli, sshd: Sshd):
    accept = ("--accept-host-key", sshd.fingerprint)
    error = refused(cli, sshd, *accept, password="Wrong-Password-7731")

    assert error["code"] == "credentials_rejected"
    assert sshd.sign_in_attempts() == 1
    assert nothing_is_saved(cli)


def test_a_private_key_comes_from_a_file(cli: Cli, sshd: Sshd, tmp_path: Path):
    key = tmp_path / "key"
    key.write_text(sshd.private_key)
    values = setup(sshd, "--accept-host-key", sshd.fingerprint)
    at = values.index("--secret")
    values[at + 1] = f"private_key=file:{key}"

    command = ("configurations", "add", "sftp", "--name", "Server", "--kind", "invoices")
    added = cli(*command, *values)

    assert added["checks"] and all(one["ok"] for one in added["checks"])
    assert "Accepted publickey" in sshd.log()


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ("upload_path=../elsewhere", "upload_path", "bad_template"),
        ("port=99999", "port", "invalid_value"),
        ("host=", "host", "missing_value"),
        ("host=sftp://x/y", "host", "invalid_value"),
        ("colour=blue", "colour", "invalid_value"),
    ],
)
def test_a_wrong_field_is_named(change: str, field: str, code: str, cli: Cli, sshd: Sshd):
    error = refused(cli, sshd, "--accept-host-key", sshd.fingerprint, "--set", change)

    assert (error["field"], error["code"]) == (field, code)
    assert sshd.log() == ""
    assert nothing_is_saved(cli)


@pytest.mark.parametrize(
    ("host", "code"), [("sftp.nowhere.invalid", "host_not_found"), ("", "connection_refused")]
)
def test_a_server_that_is_not_there_is_told(host: str, code: str, cli: Cli, sshd: Sshd):
    sshd.stop()
    error = refused(cli, sshd, "--set", f"host={host or sshd.host}")
    assert error["code"] == code
    assert nothing_is_saved(cli)


def test_terms_are_accepted_or_nothing_happens(cli: Cli, sshd: Sshd):
    command = ["configurations", "add", "sftp", "--name", "Server", "--kind", "invoices"]
    command += [one for one in setup(sshd) if one != "--accept-terms"]

    error = cli.fails(*command, env={"SFTP_PASSWORD": sshd.password})

    assert error["code"] == "terms_not_accepted"
    assert sshd.log() == ""


def test_untested_is_kept_without_a_connection_and_tested_later(cli: Cli, sshd: Sshd):
    configuration = add(cli, sshd, "--untested")
    assert sshd.log() == ""
    (before,) = cli("connections", "list")["connections"]
    assert before["state"] == "untested"

    verified = cli("connections", "verify", configuration["connection_id"])

    assert verified["connections"][0]["state"] == "ok"
    assert sshd.sign_in_attempts() == 1


def test_a_second_package_uses_the_same_account(cli: Cli, sshd: Sshd):
    first = add(cli, sshd)
    command = ("configurations", "add", "SFTP", "--name", "Second", "--kind", "statements")
    values = ("--connection", first["connection_id"], "--set", "upload_path=bank/")

    second = cli(*command, *values, "--set", f"host={sshd.host}", "--accept-terms")

    assert second["configuration"]["connection_id"] == first["connection_id"]
    assert len(cli("connections", "list")["connections"]) == 1
    other = cli.fails(*command[:-3], "Third", *command[-2:], *values, "--set", "host=other.example")
    assert other["field"] == "host"


def test_edit_adds_the_second_kind_on_the_same_account(cli: Cli, sshd: Sshd):
    first = add(cli, sshd)
    change = ("--kind", "statements", "--set", "upload_path=bank/[iban]", "--accept-terms")

    edited = cli("configurations", "edit", first["id"], *change)["configuration"]

    assert sorted(edited["kinds"]) == ["invoices", "statements"]
    assert {one["connection_id"] for one in edited["kinds"].values()} == {first["connection_id"]}
    assert edited["kinds"]["invoices"]["values"]["upload_path"] == UPLOAD


def test_an_account_in_use_is_not_removed(cli: Cli, sshd: Sshd):
    configuration = add(cli, sshd)
    connection = configuration["connection_id"]

    assert cli.fails("connections", "remove", connection)["code"] == "still_in_use"
    cli("configurations", "remove", configuration["id"])
    cli("connections", "remove", connection)

    assert nothing_is_saved(cli)


# --- sending --------------------------------------------------------------------------------------


def test_a_changed_host_key_stops_everything_until_a_person_agrees(
    office: Office, server: str, sshd: Sshd
):
    content = office.purchase(office.papers.who[0])
    office.add("a.xml", content)
    sshd.swap_host_key()
    before = sshd.sign_in_attempts()

    assert office.counts(code=1) == {"blocked": 1}
    assert office.delivery()["error"]["code"] == "host_key_changed"
    (connection,) = office.cli("connections", "list")["connections"]
    assert connection["state"] == "blocked"
    assert office.counts(code=1) == {"blocked": 1}
    reconnect = ("connections", "reconnect", connection["id"])
    assert office.cli.fails(*reconnect)["code"] == "host_key_changed"
    assert sshd.sign_in_attempts() == before
    assert files(sshd.home) == {}

    office.cli(*reconnect, "--accept-host-key", sshd.fingerprint)
    assert office.counts(code=0) == {"delivered": 1}
    assert places(sshd.home / "import") == [("K1/AP", sha256(content))]


def test_a_password_changed_at_the_server_is_tried_once_by_many_documents(
    office: Office, sshd: Sshd
):
    configuration = add(
        office.cli, sshd, "--untested", env={"SFTP_PASSWORD": "Wrong-Password-7731"}
    )
    office.link(office.client(office.papers.who[0], "K1"), configuration["id"])
    for at in range(4):
        office.add(f"{at}.xml", office.purchase(office.papers.who[0]))

    assert office.counts(code=1) == {"blocked": 4}
    assert office.counts(code=1) == {"blocked": 4}
    assert sshd.sign_in_attempts() == 1
    assert {one["error"]["code"] for one in office.deliveries()} == {"credentials_rejected"}
    (connection,) = office.cli("connections", "list")["connections"]
    assert connection["state"] == "reauthenticate"

    again = ("connections", "reconnect", connection["id"], "--secret", "password=-")
    office.cli(*again, stdin=sshd.password + "\n")
    assert office.counts(code=0) == {"delivered": 4}
    assert len(files(sshd.home)) == 4


def test_a_full_disk_waits_and_leaves_no_part_under_the_final_name(
    office: Office, sshd: Sshd, full_disk: Path
):
    (full_disk / "K1").mkdir()
    os.chown(full_disk / "K1", full_disk.stat().st_uid, -1)
    configuration = add(office.cli, sshd, "--set", "upload_path=full-disk/K1", "--untested")
    office.link(office.client(office.papers.who[0], "K1"), configuration["id"])
    content = office.purchase(office.papers.who[0])
    office.add("a.xml", content)

    assert office.counts(code=1) == {"retrying": 1}
    assert [one for one in os.listdir(full_disk / "K1") if one.endswith(".xml")] == []

    sshd.free_disk()
    office.cli("deliveries", "retry", office.delivery()["id"])
    assert office.counts(code=0) == {"delivered": 1}
    assert files(full_disk / "K1") == {Path(office.delivery()["remote"]).name: sha256(content)}


def test_a_server_that_is_down_is_tried_again(office: Office, server: str, sshd: Sshd):
    content = office.purchase(office.papers.who[0])
    office.add("a.xml", content)
    sshd.stop()

    assert office.counts(code=1) == {"retrying": 1}
    delivery = office.delivery()
    assert (delivery["error"]["code"], delivery["attempts"]) == ("connection_refused", 1)

    sshd.start()
    retried = office.cli("deliveries", "retry", delivery["id"])["deliveries"]
    assert retried[0]["state"] in ("queued", "retrying")
    assert office.counts(code=0) == {"delivered": 1}
    assert places(sshd.home / "import") == [("K1/AP", sha256(content))]


def test_a_dead_server_does_not_stop_the_others(
    office: Office, server: str, sshd: Sshd, papers: Papers
):
    office.link(office.client(papers.who[1], "K2"), office.folder())
    office.add("1.xml", office.purchase(papers.who[0]))
    office.add("2.xml", office.purchase(papers.who[1]))
    sshd.stop()

    assert office.counts(code=1) == {"delivered": 1, "retrying": 1}
    assert len(files(office.package)) == 1


def test_a_cancelled_delivery_is_not_sent(office: Office, server: str, sshd: Sshd):
    office.add("a.xml", office.purchase(office.papers.who[0]))
    cancelled = office.cli("deliveries", "cancel", office.delivery()["id"])

    assert cancelled["deliveries"][0]["state"] == "cancelled"
    assert office.counts(code=0) == {}
    assert files(sshd.home) == {}


def test_a_deliberate_second_sending_has_a_reason_and_a_name_of_its_own(
    office: Office, server: str, sshd: Sshd
):
    office.add("a.xml", office.purchase(office.papers.who[0]))
    office.sync(code=0)
    first = office.delivery()["id"]
    office.cli.fails("deliveries", "resend", first, "--reason", "")

    office.cli("deliveries", "resend", first, "--reason", "their computer crashed")
    assert office.counts(code=0) == {"delivered": 1}

    assert [one["reason"] for one in office.deliveries()] == [None, "their computer crashed"]
    assert len(files(sshd.home)) == 2


def test_booked_is_what_a_person_says(office: Office, server: str):
    office.add("a.xml", office.purchase(office.papers.who[0]))
    office.cli.fails("deliveries", "mark-booked", office.delivery()["id"])
    office.sync(code=0)

    office.cli("deliveries", "mark-booked", office.delivery()["id"])

    assert office.delivery()["assurance"] == "booked"
    assert office.delivery(office.delivery()["id"])["receipt"]["assurance"] == "booked"


def test_only_an_unknown_delivery_is_resolved(office: Office, server: str):
    office.add("a.xml", office.purchase(office.papers.who[0]))
    resolve: Callable[[str], Json] = lambda answer: office.cli.fails(  # noqa: E731
        "deliveries", "resolve", office.delivery()["id"], "--as", answer
    )
    assert resolve("delivered")["code"] == "not_possible_now"
    assert resolve("perhaps")["code"] == "usage"

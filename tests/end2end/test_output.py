"""What every command prints, for a script and for a person, in the person's language."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledgerdesk import i18n, paths
from ledgerdesk.errors import PlaceMissing
from tests.helpers.command_line import Cli, Outside
from tests.helpers.office import Office

LOCALE = paths.resources() / "locale"


def test_global_options_stand_before_or_after(data_dir: Path):
    for given in (
        ["--json", "--data-dir", str(data_dir), "clients", "list"],
        ["clients", "--json", "list", "--data-dir", str(data_dir)],
        ["clients", "list", "--data-dir", str(data_dir), "--json"],
    ):
        process = Outside.start(*given)
        out, err = process.communicate(timeout=100)
        assert (process.returncode, json.loads(out), err) == (0, {"clients": []}, "")


def test_json_is_utf_8_whatever_the_console_speaks(tmp_path: Path):
    given = ("--json", "--data-dir", str(tmp_path), "clients", "add", "--name", "Épicerie → 店")
    process = Outside.start(*given, env={"PYTHONIOENCODING": "cp1252"})
    out, _ = process.communicate(timeout=100)
    assert json.loads(out)["client"]["name"] == "Épicerie → 店"


def test_options_are_not_shortened(cli: Cli):
    """A later option could make a short form mean something else."""
    assert cli.fails("clients", "add", "--nam", "A")["code"] == "usage"


def test_the_data_folder_may_come_from_the_environment(tmp_path: Path):
    process = Outside.start("--json", "clients", "list", env={"LEDGERDESK_DATA_DIR": str(tmp_path)})
    out, _ = process.communicate(timeout=100)
    assert json.loads(out) == {"clients": []}
    assert (tmp_path / "ledgerdesk.db").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("nonsense",),
        ("clients",),
        ("clients", "add"),
        ("clients", "list", "--colour"),
        ("sources", "add", "/", "--preset", "nothing"),
        ("configurations", "add", "folder", "--name", "P", "--kind", "letters"),
        ("configurations", "add", "folder", "--name", "P", "--kind", "invoices", "--set", "path"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_2(command: tuple[str, ...], cli: Cli):
    assert cli.fails(*command)["code"] in ("usage", "invalid_value")


def test_a_person_gets_a_table_and_messages_beside_it(office: Office):
    empty = office.cli.tells("clients", "list")
    assert empty.out == "" and "clients add" in empty.err
    business = office.papers.who[0]
    office.client(business, "K1")

    shown = office.cli.tells("clients", "list")

    assert business.name in shown.out and "K1" in shown.out
    assert shown.err == ""


def test_a_package_is_shown_with_its_kinds_of_document(office: Office):
    configuration = office.folder()
    office.both_kinds(configuration)

    assert "invoices, statements" in office.cli.tells("configurations", "list").out
    renamed = office.cli.tells("configurations", "edit", configuration, "--name", "New name")
    assert "Saved." in renamed.out and "New name" in renamed.out


def test_what_a_document_says_never_steers_the_terminal(office: Office):
    story = office.papers.invoice(office.papers.others[0], office.papers.who[0])
    name = office.papers.others[0].name.split()[0].encode()
    office.add("a.xml", story.replace(name, b"\xc2\x9b31m\xe2\x80\xae", 9), code=1)

    shown = office.cli.tells("documents", "list").out

    assert "\x9b" not in shown and "\u202e" not in shown


def test_an_error_says_problem_cause_and_remedy(cli: Cli, tmp_path: Path):
    error = cli.fails("sources", "add", tmp_path / "nowhere")
    sentences = error["text"].split(". ")
    assert len(sentences) >= 3 and sentences[-1].endswith(".")
    assert cli.tells("sources", "add", tmp_path / "nowhere", code=2).out == ""


def test_what_the_system_says_is_a_sentence_of_its_own(cli: Cli, tmp_path: Path):
    text = cli.fails("restore", tmp_path / "nothing")["text"]
    assert "No such file or directory. Nothing was changed." in text


def test_every_connector_declares_itself_whole(cli: Cli):
    found = cli("connectors", "list")["connectors"]

    assert [one["id"] for one in found] == sorted(one["id"] for one in found)
    assert {"email", "folder", "sftp"} <= {one["id"] for one in found}
    field_keys = {"name", "label", "kind", "required", "secret", "default", "scope", "choices"}
    for one in found:
        assert one["authorization"] in ("none", "form", "oauth")
        assert one["delivery_class"] in ("A", "B", "C")
        assert isinstance(one["administrations"], bool)
        assert set(one["document_kinds"]) == set(one["formats"])
        assert all(formats[0] == "as-received" for formats in one["formats"].values())
        for each in one["fields"]:
            assert field_keys | {"visible_when", "help"} <= set(each)
            assert each["label"] and each["help"]


@pytest.mark.parametrize("code", ["fr", "nl"])
def test_texts_come_in_the_language_of_the_environment(code: str, cli: Cli, tmp_path: Path):
    if i18n.catalogue(code).gettext(PlaceMissing.problem) == PlaceMissing.problem:
        pytest.skip(f"no texts for {code} in {LOCALE}")
    missing = ("sources", "add", tmp_path / "nowhere")
    english = cli.fails(*missing)

    translated = cli.fails(*missing, env={"LANGUAGE": code})

    assert translated["code"] == english["code"]
    assert translated["text"] != english["text"]

"""Places documents arrive in, as ``sources`` sets them up and ``sync`` looks into them."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.command_line import Cli, Json
from tests.helpers.intake import pdf
from tests.helpers.office import Office, places, sha256

KEYS = ("id", "type", "path", "state", "last_look_at", "last_document_at", "waiting")


def add(cli: Cli, *arguments: str | Path) -> Json:
    (made,) = cli("sources", "add", *arguments)["sources"]
    return dict(made)


def test_a_new_source_is_answered_like_a_listed_one(office: Office):
    office.arriving.mkdir()

    made = add(office.cli, office.arriving)

    assert tuple(made)[: len(KEYS)] == KEYS
    assert (made["type"], made["path"]) == ("folder", str(office.arriving))
    assert (made["state"], made["waiting"], made["last_look_at"]) == ("ok", 0, None)
    assert office.cli("sources", "list") == {"sources": [made]}


def test_a_folder_that_is_not_there_is_refused(office: Office):
    assert office.cli.fails("sources", "add", office.arriving)["code"] == "place_missing"
    assert office.cli("sources", "list") == {"sources": []}


def test_a_folder_is_added_once(office: Office):
    office.arriving.mkdir()
    add(office.cli, office.arriving)
    assert office.cli.fails("sources", "add", office.arriving)["code"] == "already_exists"


def test_a_source_without_a_path_is_refused(cli: Cli):
    assert cli.fails("sources", "add")["field"] == "path"


@pytest.mark.parametrize(
    ("option", "field"),
    [
        (("--pattern", "../{client}/*"), None),
        (("--pattern", "{nothing}/*"), None),
        (("--from", "yesterday"), None),
        (("--type", "pigeon"), None),
        (("--client", "0123"), None),
        (("--set", "colour=blue"), "colour"),
    ],
)
def test_a_wrong_option_keeps_nothing(option: tuple[str, ...], field: str | None, office: Office):
    office.arriving.mkdir()
    error = office.cli.fails("sources", "add", office.arriving, *option)
    assert field in (None, error["field"])
    assert office.cli("sources", "list") == {"sources": []}


def test_a_removed_source_is_not_looked_into(office: Office):
    office.arriving.mkdir()
    made = add(office.cli, office.arriving)
    office.cli("sources", "remove", made["id"])
    office.write("a.xml", office.purchase(office.papers.who[0]))

    assert office.counts(code=0) == {}
    assert office.cli.fails("sources", "test", made["id"])["code"] == "unknown_id"


def test_a_source_out_of_reach_says_so_and_comes_back(office: Office):
    office.write("a.xml", office.purchase(office.papers.who[0]))
    made = add(office.cli, office.arriving)
    away = office.arriving.with_name("away")
    office.arriving.rename(away)

    office.sync(code=None)
    (listed,) = office.cli("sources", "list")["sources"]
    assert listed["state"] == "unreachable" and listed["error"]["code"] == "place_missing"
    status = office.cli("status", code=1)
    assert [one["what"] for one in status["attention"]] == ["source"]
    (tested,) = office.cli("sources", "test", made["id"], code=None)["sources"]
    assert tested["state"] == "unreachable"

    away.rename(office.arriving)
    assert office.sync(code=1)["taken_in"] == 1
    assert office.cli("sources", "list")["sources"][0]["state"] == "ok"


def test_a_codabox_tree_says_whose_and_what_everything_is(office: Office):
    business = office.papers.who[0]
    configuration = office.folder()
    office.both_kinds(configuration)
    office.link(office.client(business, "K1"), configuration)
    bank, scan = office.papers.bank_file(business), pdf("scan")
    sold = office.papers.invoice(business, office.papers.others[0])
    tree = office.arriving / "K1" / "2026"
    office.write("1.cod", bank, tree / business.iban)
    office.write("1.pdf", pdf("a copy of the statement"), tree / business.iban)
    office.write("scan.pdf", scan, tree / "Invoices-IN-2026-04")
    office.write("sold.xml", sold, tree / "Invoices-OUT-2026-04")
    add(office.cli, office.arriving, "--preset", "CodaBox")

    office.sync(code=None)

    expected = [("K1/BANK", bank), ("K1/AP", scan), ("K1/AR", sold)]
    assert places(office.package) == sorted((place, sha256(one)) for place, one in expected)


def test_a_pattern_of_ones_own_says_client_and_direction(office: Office):
    business = office.papers.who[0]
    office.link(office.client(business, "K1"), office.folder())
    content = pdf()
    office.write("scan.pdf", content, office.arriving / "2026" / "K1" / "Verkoop")
    pattern = ("--pattern", "{year}/{file_number}/{direction}/*", "--kind", "invoice")
    add(office.cli, office.arriving, *pattern)

    office.sync(code=0)

    assert places(office.package) == [("K1/AR", sha256(content))]


def test_a_source_of_one_client_needs_no_name_on_the_paper(office: Office):
    client = office.client(office.papers.who[0], "K1")
    office.link(client, office.folder())
    content = pdf()
    office.write("scan.pdf", content)
    fixed = ("--client", client, "--kind", "INVOICE", "--direction", "Purchase")
    add(office.cli, office.arriving, *fixed)

    office.sync(code=0)

    assert places(office.package) == [("K1/AP", sha256(content))]


def test_a_hint_that_contradicts_the_document_holds_it(office: Office):
    right, wrong = office.papers.who[:2]
    configuration = office.folder()
    office.link(office.client(right, "K1"), configuration)
    office.link(other := office.client(wrong, "K2"), configuration)
    office.write("a.xml", office.purchase(right))
    add(office.cli, office.arriving, "--client", other)

    assert office.counts(code=1) == {"taken_in": 1, "held": 1}
    assert places(office.package) == []


def test_from_now_on_leaves_what_was_there(office: Office):
    business = office.papers.who[0]
    office.link(office.client(business, "K1"), office.folder())
    office.write("old.xml", office.purchase(business))
    add(office.cli, office.arriving, "--from", "NOW")
    content = office.purchase(business)
    new = office.write("new.xml", content)
    os.utime(new, (time.time() - 20, time.time() - 20))

    assert office.counts(code=0) == {"taken_in": 1, "delivered": 1}
    assert places(office.package) == [("K1/AP", sha256(content))]


def test_from_a_date_leaves_older_files(office: Office):
    business = office.papers.who[0]
    office.link(office.client(business, "K1"), office.folder())
    old = office.write("old.xml", office.purchase(business))
    content = office.purchase(business)
    office.write("new.xml", content)
    then = (datetime.now(UTC) - timedelta(days=40)).timestamp()
    os.utime(old, (then, then))
    since = (datetime.now(UTC) - timedelta(days=10)).date().isoformat()
    add(office.cli, office.arriving, "--from", since)

    assert office.counts(code=0) == {"taken_in": 1, "delivered": 1}
    assert places(office.package) == [("K1/AP", sha256(content))]


def test_files_that_are_no_documents_yet_are_passed_by(office: Office):
    add(office.cli, _made(office.arriving))
    for name in ("~$a.xml", "a.tmp", "a.xml.part", "Thumbs.db", ".hidden.xml", "desktop.ini"):
        office.write(name, office.purchase(office.papers.who[0]))

    assert office.counts(code=0) == {}


def test_a_file_still_being_written_waits(office: Office):
    add(office.cli, _made(office.arriving))
    path = office.write("a.xml", office.purchase(office.papers.who[0]))
    now = time.time()
    os.utime(path, (now, now))

    assert office.sync(code=None)["taken_in"] == 0
    assert office.cli("sources", "list")["sources"][0]["waiting"] == 1

    os.utime(path, (now - 60, now - 60))
    assert office.sync(code=None)["taken_in"] in (0, 1)
    assert path.exists()


def test_after_move_tidies_up_once_the_document_is_kept(office: Office):
    business = office.papers.who[0]
    office.link(office.client(business, "K1"), office.folder())
    content = office.purchase(business)
    path = office.write("a.xml", content)
    add(office.cli, office.arriving, "--after", "move")

    office.sync(code=0)

    assert not path.exists()
    (moved,) = [one for one in office.arriving.rglob("*") if one.is_file()]
    assert moved.read_bytes() == content and moved.parent != office.arriving
    assert office.counts(code=0) == {}


def test_a_dry_run_takes_nothing_in_and_sends_nothing(office: Office):
    business = office.papers.who[0]
    office.link(office.client(business, "K1"), office.folder())
    office.write("a.xml", office.purchase(business))
    add(office.cli, office.arriving)

    preview = office.cli("sync", "--dry-run", code=None)

    assert (preview["taken_in"], preview["delivered"]) == (1, 0)
    assert office.cli("documents", "list") == {"documents": []}
    assert places(office.package) == []
    assert office.counts(code=0) == {"taken_in": 1, "delivered": 1}


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder

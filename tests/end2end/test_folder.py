"""Documents reach a package that watches a folder; what counts is what lies there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ledgerdesk.practice.coda import blocks
from tests.helpers.command_line import Cli
from tests.helpers.intake import pdf, without_number, xml
from tests.helpers.office import Office, files, places, sha256, states
from tests.helpers.sshd import Sshd


def test_one_invoice_arrives_once_with_its_receipt(office: Office):
    business = office.papers.who[0]
    client = office.client(business, "K1")
    office.link(client, office.folder())
    content = office.purchase(business)
    office.write("a.xml", content)
    office.cli("sources", "add", office.arriving)

    assert office.counts(code=0) == {"taken_in": 1, "delivered": 1}

    assert places(office.package) == [("K1/AP", sha256(content))]
    delivery = office.delivery()
    assert (delivery["state"], delivery["assurance"]) == ("delivered", "verified")
    assert Path(delivery["remote"]).read_bytes() == content
    assert delivery["receipt"]["evidence"]["sha256"] == sha256(content)


def test_a_second_sync_sends_nothing(office: Office):
    office.link(office.client(office.papers.who[0], "K1"), office.folder())
    office.write("a.xml", office.purchase(office.papers.who[0]))
    office.cli("sources", "add", office.arriving)
    office.sync(code=0)
    before = files(office.package)

    assert office.counts(code=0) == {}
    assert files(office.package) == before


def test_what_the_package_took_away_is_not_sent_again(office: Office):
    office.link(office.client(office.papers.who[0], "K1"), office.folder())
    office.add("a.xml", office.purchase(office.papers.who[0]))
    office.sync(code=0)
    shutil.rmtree(office.package / "K1")

    assert office.counts(code=0) == {}
    assert files(office.package) == {}


def test_purchases_and_sales_go_to_their_own_journal(office: Office):
    business, other = office.papers.who[0], office.papers.others[0]
    office.link(office.client(business, "K1"), office.folder())
    bought, sold = office.papers.invoice(other, business), office.papers.invoice(business, other)
    office.add("bought.xml", bought)
    office.add("sold.xml", sold)

    office.sync(code=0)

    assert places(office.package) == sorted([("K1/AP", sha256(bought)), ("K1/AR", sha256(sold))])


def test_an_invoice_between_two_clients_is_a_sale_here_and_a_purchase_there(office: Office):
    seller, buyer = office.papers.who[:2]
    configuration = office.folder()
    office.link(office.client(seller, "K1"), configuration)
    office.link(office.client(buyer, "K2"), configuration)
    content = office.papers.invoice(seller, buyer)

    found = office.add_all("between.xml", content)
    office.sync(code=0)

    assert {one["sha256"] for one in found} == {sha256(content)}
    assert sorted(one["direction"] for one in found) == ["purchase", "sale"]
    assert places(office.package) == [("K1/AR", sha256(content)), ("K2/AP", sha256(content))]


def test_a_statement_finds_its_client_by_account(office: Office):
    business = office.papers.who[0]
    configuration = office.folder(kind="statements")
    office.link(office.client(business, "K1"), configuration)
    content = office.papers.bank_file(business)

    found = office.add("bank.cod", content)
    office.sync(code=0)

    assert (found["kind"], found["format"], found["account"]) == (
        "statement",
        "coda",
        business.iban,
    )
    assert places(office.package) == [("K1/BANK", sha256(content))]


def test_a_coda_of_two_clients_is_split_between_them(office: Office):
    one, two = office.papers.who[:2]
    configuration = office.folder(kind="statements")
    office.link(office.client(one, "K1"), configuration)
    office.link(office.client(two, "K2"), configuration)
    content = office.papers.bank_file(one, two)

    office.add_all("bank.cod", content)
    office.sync(code=0)

    first, second = blocks(content)
    assert places(office.package) == [("K1/BANK", sha256(first)), ("K2/BANK", sha256(second))]


def test_a_pdf_with_client_and_direction_is_delivered(office: Office):
    client = office.client(office.papers.who[0], "K1")
    office.link(client, office.folder())
    content = pdf()

    told = ("--client", client, "--kind", "invoice", "--direction", "purchase")
    found = office.add("scan.pdf", content, *told, code=0)
    office.sync(code=0)

    assert (found["state"], found["format"], found["direction"]) == ("ready", "pdf", "purchase")
    assert places(office.package) == [("K1/AP", sha256(content))]


def test_nobodys_invoice_waits_until_it_is_assigned(office: Office):
    client = office.client(office.papers.who[0], "K1")
    office.link(client, office.folder())
    nobody, other = map(without_number, office.papers.others[:2])
    content = office.papers.invoice(nobody, other)
    found = office.add("whose.xml", content, code=1)
    assert states([found]) == [("unassigned", None)]
    assert office.counts(code=1) == {"unassigned": 1}

    assigned = office.cli(
        *("documents", "assign", found["id"], "--client", client, "--direction", "sale")
    )
    assert states(assigned["documents"]) == [("ready", None)]
    assert office.counts(code=0) == {"delivered": 1}
    assert places(office.package) == [("K1/AR", sha256(content))]


def test_assigning_a_scan_without_direction_is_refused(office: Office):
    client = office.client(office.papers.who[0], "K1")
    found = office.add("scan.pdf", pdf(), "--client", client, "--kind", "invoice", code=1)
    assert states([found]) == [("unassigned", "direction_unknown")]

    error = office.cli.fails("documents", "assign", found["id"], "--client", client)

    assert (error["code"], error["field"]) == ("direction_unknown", "direction")


def miscounted(content: bytes) -> bytes:
    """A statement whose trailer announces another number of records than there are."""
    lines = content.split(b"\r\n")
    at = next(i for i, line in enumerate(lines) if line.startswith(b"9"))
    lines[at] = lines[at][:16] + b"000099" + lines[at][22:]
    return b"\r\n".join(lines)


def test_a_held_statement_goes_out_when_it_is_released(office: Office):
    business = office.papers.who[0]
    office.link(office.client(business, "K1"), office.folder(kind="statements"))
    content = miscounted(office.papers.bank_file(business))
    found = office.add("bank.cod", content, code=1)
    assert found["state"] == "held"
    assert [one for one in found["findings"] if one["severity"] == "fatal"]
    assert office.counts(code=1) == {"held": 1}

    office.cli.fails("documents", "release", found["id"], "--reason", " ")
    released = office.cli("documents", "release", found["id"], "--reason", "the bank says so")

    assert released["documents"][0]["state"] == "ready"
    office.sync(code=0)
    assert places(office.package) == [("K1/BANK", sha256(content))]


def test_a_sound_file_is_no_duplicate_of_a_broken_one(office: Office):
    """The bank is asked for its file once more."""
    business = office.papers.who[0]
    office.link(office.client(business, "K1"), office.folder(kind="statements"))
    sound = office.papers.bank_file(business)
    assert office.add("broken.cod", miscounted(sound), code=1)["state"] == "held"

    again = office.add("sound.cod", sound)

    assert (again["state"], again["duplicate_of"]) == ("ready", None)
    assert office.counts(code=1) == {"delivered": 1, "held": 1}
    assert places(office.package) == [("K1/BANK", sha256(sound))]


def test_what_is_set_aside_is_not_sent_until_it_is_restored(office: Office):
    business = office.papers.who[0]
    office.link(office.client(business, "K1"), office.folder())
    content = office.purchase(business)
    id = office.add("a.xml", content)["id"]

    aside = office.cli("documents", "set-aside", id, "--reason", "private")
    assert states(aside["documents"]) == [("set_aside", "private")]
    assert office.counts(code=0) == {}
    assert places(office.package) == []

    assert states(office.cli("documents", "restore", id)["documents"]) == [("ready", None)]
    assert office.counts(code=0) == {"delivered": 1}
    assert places(office.package) == [("K1/AP", sha256(content))]


def test_why_a_document_has_no_destination_is_told(office: Office):
    unlinked, ended, unshared, other_kind, too_early = office.papers.who[:5]
    configuration = office.folder()
    ids = [office.client(one, f"K{at}") for at, one in enumerate(office.papers.who[:5])]
    office.link(ids[1], configuration)
    unlink = ("clients", "unlink", ids[1], "--configuration", configuration)
    office.cli(*unlink, "--until", "2025-12-31")
    office.link(ids[2], configuration, "--no-share")
    office.link(ids[3], configuration)
    office.link(ids[4], configuration, "--from", "2099-01-01")

    reasons = [
        office.add("1.xml", office.purchase(unlinked), code=1)["reason"],
        office.add("2.xml", office.purchase(ended), code=1)["reason"],
        office.add("3.xml", office.purchase(unshared), code=1)["reason"],
        office.add("4.cod", office.papers.bank_file(other_kind), code=1)["reason"],
        office.add("5.xml", office.purchase(too_early), code=1)["reason"],
    ]

    # Sharing is switched on by the first link.
    expected = ["sharing_off", "no_link", "sharing_off", "kind_not_configured", "before_start"]
    assert reasons == expected
    assert office.counts(code=1) == {"no_destination": 5}
    assert places(office.package) == []


def test_sharing_switched_on_later_sends_what_waited(office: Office):
    business = office.papers.who[0]
    client, configuration = office.client(business, "K1"), office.folder()
    office.link(client, configuration, "--no-share")
    content = office.purchase(business)
    office.add("a.xml", content, code=1)
    office.sync(code=1)
    assert office.cli("clients", "list")["clients"][0]["share"] is False

    office.link(client, configuration, "--replace")

    assert office.counts(code=0) == {"delivered": 1}
    assert places(office.package) == [("K1/AP", sha256(content))]


# --- links in time --------------------------------------------------------------------------------


def test_a_documents_own_date_decides_which_link_it_takes(office: Office, tmp_path: Path):
    business, supplier = office.papers.who[0], office.papers.others[0]
    client = office.client(business, "K1")
    old, new = tmp_path / "old", tmp_path / "new"
    office.link(client, office.folder(old))
    link = office.link(client, office.folder(new), "--from", "2026-04-01", "--replace")
    assert (link["since"], link["until"]) == ("2026-04-01", None)
    story = office.papers.story(supplier, business)
    march = xml(replace(story, number="M", issued=date(2026, 3, 31), due=date(2026, 4, 30)))
    april = xml(replace(story, number="A", issued=date(2026, 4, 1), due=date(2026, 4, 30)))
    office.add("april.xml", april, code=0)
    office.add("march.xml", march, code=0)

    office.sync(code=0)

    assert places(old) == [("K1/AP", sha256(march))]
    assert places(new) == [("K1/AP", sha256(april))]


def test_an_unlinked_client_sends_nothing_of_later_days(office: Office):
    business, supplier = office.papers.who[0], office.papers.others[0]
    client, configuration = office.client(business, "K1"), office.folder()
    office.link(client, configuration)
    ended = office.cli(
        *("clients", "unlink", client, "--configuration", configuration),
        *("--until", "2026-03-31"),
    )
    assert ended["link"]["until"] == "2026-03-31"
    story = office.papers.story(supplier, business)
    march = xml(replace(story, number="M", issued=date(2026, 3, 31), due=date(2026, 4, 30)))
    april = xml(replace(story, number="A", issued=date(2026, 4, 1), due=date(2026, 4, 30)))
    office.add("march.xml", march, code=0)
    late = office.add("april.xml", april, code=1)

    office.sync(code=1)

    assert late["state"] == "no_destination"
    assert places(office.package) == [("K1/AP", sha256(march))]


def test_a_package_can_go_once_its_last_client_is_unlinked(office: Office):
    client, configuration = office.client(office.papers.who[0], "K1"), office.folder()
    office.link(client, configuration)
    error = office.cli.fails("configurations", "remove", configuration)
    assert error["code"] == "still_in_use" and office.papers.who[0].name in error["text"]

    office.cli("clients", "unlink", client, "--configuration", configuration)
    office.cli("configurations", "remove", configuration)

    assert office.cli("configurations", "list") == {"configurations": []}


def test_a_second_main_link_is_refused(office: Office, tmp_path: Path):
    client = office.client(office.papers.who[0], "K1")
    office.link(client, office.folder())
    other = office.folder(tmp_path / "other")

    error = office.cli.fails("clients", "link", client, "--configuration", other)

    assert error["code"] == "already_linked"
    assert len(office.cli("clients", "list")["clients"][0]["links"]) == 1


def test_a_copy_sends_to_both(office: Office, tmp_path: Path):
    business = office.papers.who[0]
    client, archive = office.client(business, "K1"), tmp_path / "archive"
    office.link(client, office.folder())
    assert office.link(client, office.folder(archive), "--copy")["role"] == "copy"
    content = office.purchase(business)
    office.add("a.xml", content)

    assert office.counts(code=0) == {"delivered": 2}
    assert places(office.package) == places(archive) == [("K1/AP", sha256(content))]


def test_a_link_takes_every_kind_of_its_package(office: Office):
    business = office.papers.who[0]
    configuration = office.folder()
    office.both_kinds(configuration)
    client = office.client(business, "K1")

    link = office.link(client, configuration)

    assert sorted(link["kinds"]) == ["invoices", "statements"]
    invoice, bank = office.purchase(business), office.papers.bank_file(business)
    office.add("a.xml", invoice)
    office.add("a.cod", bank)
    office.sync(code=0)
    assert places(office.package) == [("K1/AP", sha256(invoice)), ("K1/BANK", sha256(bank))]


def test_a_kind_the_package_has_not_is_refused(office: Office):
    client, configuration = office.client(office.papers.who[0], "K1"), office.folder()
    link = ("clients", "link", client, "--configuration", configuration)
    error = office.cli.fails(*link, "--kind", "statements")
    assert error["field"] == "kind"


# --- variables ------------------------------------------------------------------------------------


def test_an_empty_file_number_stops_only_that_client(office: Office):
    with_number, without = office.papers.who[:2]
    configuration = office.folder()
    office.link(office.client(with_number, "K1"), configuration)
    client = office.client(without)
    office.link(client, configuration)
    first, second = office.purchase(with_number), office.purchase(without)
    office.add("1.xml", first)
    office.add("2.xml", second)

    assert office.counts(code=1) == {"delivered": 1, "blocked": 1}
    (blocked,) = office.deliveries("--state", "blocked")
    assert (blocked["client_id"], blocked["error"]["code"]) == (client, "empty_variable")
    assert places(office.package) == [("K1/AP", sha256(first))]

    office.cli("clients", "edit", client, "--file-number", "K2")
    assert office.counts(code=0) == {"delivered": 1}
    assert places(office.package) == [("K1/AP", sha256(first)), ("K2/AP", sha256(second))]


def test_every_variable_of_a_path_is_filled_in(office: Office):
    business = replace(office.papers.who[0], name="Jansen: Zonen / Filles?")
    path = f"{office.package}/[year]/[enterprise_name]_[vat]/[invoice_type]"
    setup = ("--kind", "invoices", "--set", f"path={path}", "--accept-terms")
    added = office.cli("configurations", "add", "folder", "--name", "P", *setup)
    office.link(office.client(business, "K1"), added["configuration"]["id"])
    office.add("a.xml", office.purchase(business))

    office.sync(code=0)

    ((folder, _),) = places(office.package)
    year, client, journal = folder.split("/")
    assert (year, journal) == ("2026", "AP")
    assert client.startswith("Jansen") and f"_{business.number}" in client
    assert not set(client) & set(':?*"<>|\\')


def test_the_name_of_the_file_says_date_number_and_delivery(office: Office):
    business = office.papers.who[0]
    office.link(office.client(business, "K1"), office.folder())
    story = replace(
        office.papers.story(office.papers.others[0], business),
        number="F 2026/7",
        issued=date(2026, 3, 5),
        due=date(2026, 4, 5),
    )
    office.add("a.xml", xml(story))

    office.sync(code=0)

    delivery = office.delivery()
    (name,) = [Path(one).name for one in files(office.package)]
    assert name.startswith("2026-03-05_")
    assert name.endswith(f"_{delivery['id'][-8:]}.xml")


@pytest.mark.parametrize("path", ["{root}/../elsewhere", "{root}/[client]", "import"])
def test_a_path_that_leads_elsewhere_is_refused(path: str, cli: Cli, tmp_path: Path):
    setup = ("--kind", "invoices", "--accept-terms")
    given = path.format(root=tmp_path / "package")

    error = cli.fails(
        "configurations", "add", "folder", "--name", "P", *setup, "--set", f"path={given}"
    )

    assert error["field"] == "path"
    assert cli("configurations", "list") == {"configurations": []}
    assert list(tmp_path.glob("elsewhere")) == []


# --- formats --------------------------------------------------------------------------------------


def test_another_format_is_sent_with_a_warning(office: Office):
    business = office.papers.who[0]
    configuration = office.folder(None, "--format", "ubl-efff-3.0")
    office.link(office.client(business, "K1"), configuration)
    content = office.purchase(business)
    office.add("a.xml", content)

    assert office.counts(code=0) == {"delivered": 1}
    assert office.delivery()["warning"] == "format_differs"
    assert places(office.package) == [("K1/AP", sha256(content))]


def test_only_this_format_holds_the_others_and_names_both(office: Office):
    business = office.papers.who[0]
    only = ("--format", "ubl-efff-3.0", "--set", "only_this_format=yes")
    configuration = office.folder(None, *only)
    office.link(office.client(business, "K1"), configuration)
    office.add("a.xml", office.purchase(business))

    assert office.counts(code=1) == {"blocked": 1}
    error = office.delivery()["error"]
    assert error["code"] == "format_differs"
    assert "ubl-efff-3.0" in error["text"] or "e-FFF" in error["text"]
    assert places(office.package) == []

    office.cli("configurations", "edit", configuration, "--set", "only_this_format=no")
    assert office.counts(code=0) == {"delivered": 1}


# --- disks ----------------------------------------------------------------------------------------


def test_an_absent_drive_waits_and_is_served_when_it_is_back(office: Office):
    business = office.papers.who[0]
    office.link(office.client(business, "K1"), office.folder())
    content = office.purchase(business)
    office.add("a.xml", content)
    office.package.rename(office.package.with_name("unplugged"))

    assert office.counts(code=1) == {"retrying": 1}
    assert not office.package.exists()
    delivery = office.delivery()
    assert delivery["next_attempt_at"] and delivery["error"]["code"]

    office.package.with_name("unplugged").rename(office.package)
    office.cli("deliveries", "retry", delivery["id"])
    assert office.counts(code=0) == {"delivered": 1}
    assert places(office.package) == [("K1/AP", sha256(content))]


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Callable[[Path], ExitStack]]:
    """``with read_only(folder):`` covers it by a disk that only lets itself be read."""
    with ExitStack() as every:

        def cover(folder: Path) -> ExitStack:
            mount = ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(folder)]
            if subprocess.run(mount, capture_output=True).returncode:
                pytest.skip("no disk can be mounted")
            covered = every.enter_context(ExitStack())
            covered.callback(subprocess.run, ["umount", "--lazy", str(folder)], check=True)
            return covered

        yield cover


def test_a_folder_nobody_may_write_in_is_refused_at_set_up(
    cli: Cli, read_only: Callable[[Path], ExitStack], tmp_path: Path
):
    setup = ("--kind", "invoices", "--accept-terms", "--set", f"path={tmp_path / 'package'}")
    (tmp_path / "package").mkdir()

    with read_only(tmp_path / "package"):
        error = cli.fails("configurations", "add", "folder", "--name", "P", *setup)

    assert error["code"] == "place_not_writable"
    assert cli("configurations", "list") == {"configurations": []}
    assert cli("connections", "list") == {"connections": []}


def test_a_folder_that_becomes_read_only_keeps_the_document_waiting(
    office: Office, read_only: Callable[[Path], ExitStack]
):
    business = office.papers.who[0]
    office.link(office.client(business, "K1"), office.folder())
    content = office.purchase(business)
    office.add("a.xml", content)

    with read_only(office.package):
        counts = office.counts(code=1)
    delivery = office.delivery()
    assert sum(counts.values()) == 1 and delivery["state"] in ("blocked", "retrying")
    assert delivery["error"]["code"] == "place_not_writable"

    office.cli("deliveries", "retry", delivery["id"])
    assert office.counts(code=0) == {"delivered": 1}
    assert places(office.package) == [("K1/AP", sha256(content))]


def test_a_full_disk_waits_and_leaves_no_part_under_the_final_name(
    office: Office, full_disk: Path, sshd: Sshd
):
    business = office.papers.who[0]
    configuration = office.folder(full_disk, "--untested")
    office.link(office.client(business, "K1"), configuration)
    (full_disk / "K1" / "AP").mkdir(parents=True)
    content = office.purchase(business)
    office.add("a.xml", content)

    assert office.counts(code=1) == {"retrying": 1}
    assert [name for name in files(full_disk) if name.endswith(".xml")] == []

    sshd.free_disk()
    office.cli("deliveries", "retry", office.delivery()["id"])
    assert office.counts(code=0) == {"delivered": 1}
    assert os.listdir(full_disk / "K1" / "AP") == [Path(office.delivery()["remote"]).name]

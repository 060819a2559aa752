"""``documents check`` and ``documents add``: every file yields a row; checking keeps nothing."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import pytest

from ledgerdesk.practice import hostile
from tests.helpers import corpora
from tests.helpers.command_line import Cli, Inside, Json, Outside
from tests.helpers.intake import Papers, pdf, xml
from tests.helpers.office import Office, sha256

DOCUMENTS = Path(__file__).parents[1] / "data" / "documents"
MALICIOUS = DOCUMENTS / "malicious"
KEYS = (
    *("id", "path", "member", "sha256", "kind", "format", "profile", "direction", "number"),
    *("issue_date", "supplier", "customer", "account", "total", "currency", "client_id", "state"),
    *("reason", "findings"),
)
NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


def check(cli: Cli, *paths: Path, code: int | None = 0) -> list[Json]:
    return list(cli("documents", "check", *paths, code=code)["documents"])


def test_checking_makes_no_data_folder_and_needs_no_key_store(tmp_path: Path):
    script = Outside(tmp_path / "nowhere")
    invoice = DOCUMENTS / "belgian-made" / "peppol-inv-0208-pdf.xml"

    found = script("documents", "check", invoice, env=NO_KEYRING)["documents"]

    assert [one["state"] for one in found] == ["ready"]
    assert not script.data_dir.exists()


def test_a_checked_invoice_says_all_that_was_read(cli: Cli, papers: Papers, tmp_path: Path):
    story = papers.story(papers.others[0], papers.who[0])
    path = tmp_path / "a.xml"
    path.write_bytes(xml(story))

    (found,) = check(cli, path)

    assert set(KEYS) <= set(found)
    assert found["path"] == str(path)
    assert found["sha256"] == sha256(path.read_bytes())
    assert (found["kind"], found["format"], found["profile"]) == ("invoice", "ubl", "peppol-bis-3")
    assert (found["number"], found["issue_date"]) == (story.number, story.issued.isoformat())
    assert (found["total"], found["currency"]) == (f"{story.total:.2f}", "EUR")
    assert found["supplier"]["name"] == story.supplier.name
    assert story.supplier.number[2:] in found["supplier"]["identifier"]
    assert found["customer"]["name"] == story.customer.name
    assert [found[key] for key in ("id", "client_id", "direction", "member", "reason")] == [
        None
    ] * 5


@pytest.mark.parametrize("name", sorted(one.name for one in MALICIOUS.iterdir()))
def test_a_hostile_file_is_read_quickly_and_never_obeyed(name: str, cli: Cli, tmp_path: Path):
    before = time.process_time()

    found = check(cli, MALICIOUS / name, code=None)

    assert time.process_time() - before < 1
    assert found and all(one["state"] in ("held", "ready") for one in found)
    assert "root:" not in str(found)
    assert not cli.data_dir.exists() or not any(cli.data_dir.iterdir())


@pytest.mark.parametrize(
    "name",
    [
        *("billion-laughs.xml", "quadratic-blowup.xml", "xxe-file.xml", "xxe-param-entity.xml"),
        *("zip-bomb-30MB.zip", "zip-slip.zip", "nul-bytes.xml"),
    ],
)
def test_an_unsafe_file_is_held_and_says_why(name: str, cli: Cli):
    found = check(cli, MALICIOUS / name, code=1)
    assert {one["state"] for one in found} == {"held"}
    assert all(one["reason"] for one in found)
    assert any(one["severity"] == "fatal" for each in found for one in each["findings"])


def test_an_unsafe_file_is_never_released(office: Office):
    bad = hostile.reads_a_file(office.papers.story(office.papers.others[0], office.papers.who[0]))
    (held,) = office.add_all("bad.xml", bad.content, code=1)

    error = office.cli.fails("documents", "release", held["id"], "--reason", "I want it")

    assert error["code"] == "not_possible_now"
    assert office.document(held["id"])["state"] == "held"


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_zip_gives_a_row_for_each_member(cli: Cli, papers: Papers, tmp_path: Path):
    invoice = papers.invoice(papers.others[0], papers.who[0])
    bank = papers.bank_file(papers.who[0])
    path = tmp_path / "all.zip"
    path.write_bytes(zipped({"in/a.xml": invoice, "bank.cod": bank}))

    found = {one["member"]: one for one in check(cli, path)}

    assert sorted(found) == ["bank.cod", "in/a.xml"]
    assert {one["path"] for one in found.values()} == {str(path)}
    assert found["in/a.xml"]["sha256"] == sha256(invoice)
    assert found["bank.cod"]["kind"] == "statement"


def test_a_folder_gives_a_row_for_each_file(cli: Cli, papers: Papers, tmp_path: Path):
    folder = tmp_path / "given"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.xml").write_bytes(papers.invoice(papers.others[0], papers.who[0]))
    (folder / "deep" / "b.pdf").write_bytes(pdf())
    (folder / "~$a.xml").write_bytes(b"x")
    (folder / "empty.xml").write_bytes(b"")

    found = {Path(one["path"]).name: one for one in check(cli, folder, code=None)}

    assert sorted(found) == ["a.xml", "b.pdf", "empty.xml"]
    assert found["a.xml"]["state"] == "ready"
    assert found["b.pdf"]["format"] == "pdf"
    assert found["empty.xml"]["state"] == "held"


def test_a_file_that_is_not_there_is_an_error(cli: Cli, tmp_path: Path):
    error = cli.fails("documents", "check", tmp_path / "nothing.xml")
    assert error["code"] == "usage" and "nothing.xml" in error["text"]


def test_adding_the_same_file_twice_keeps_one(office: Office):
    business = office.papers.who[0]
    office.link(office.client(business, "K1"), office.folder())
    content = office.purchase(business)
    first = office.add("a.xml", content, code=0)
    again = office.add("b.xml", content, code=0)

    assert (first["state"], again["state"]) == ("ready", "duplicate")
    assert again["duplicate_of"] == first["id"]
    assert office.counts(code=0) == {"delivered": 1, "duplicate": 1}


def test_what_check_says_add_says_too(office: Office):
    story = office.papers.story(office.papers.others[0], office.papers.who[0])
    path = office.write("a.xml", xml(story))
    (checked,) = check(office.cli, path)
    added = office.cli("documents", "add", path, code=1)["documents"][0]

    same = [name for name in KEYS if name not in ("id", "state", "reason")]
    assert {name: added[name] for name in same} == {name: checked[name] for name in same}
    assert office.document(added["id"]) == added


# --- the collection -------------------------------------------------------------------------------

KINDS = {"coda": "statement", "camt": "statement", "mt940": "statement"}


@pytest.mark.parametrize("row", corpora.parameters("malicious"))
def test_hostile_files_of_the_collection_are_answered(row: corpora.Row, cli: Inside):
    before = time.process_time()
    found = check(cli, corpora.FOLDER / row.path, code=None)
    assert time.process_time() - before < 1
    assert found
    if row.expected == "held":
        assert {one["state"] for one in found} == {"held"}

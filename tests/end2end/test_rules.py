"""``documents check --rules``: the official rules on the command line, and what is told without."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledgerdesk.documents import rules_process
from tests.helpers.command_line import Cli, Json

INVOICE = Path(__file__).parents[1] / "data/documents/belgian-made/peppol-inv-0208-pdf.xml"

needs_saxon = pytest.mark.skipif(
    not rules_process.can_run(), reason="this machine has no Saxon: EN 16931 is not checked"
)


def found(document: Json) -> list[str]:
    return [finding["rule"] for finding in document["findings"]]


@pytest.fixture
def without_type(tmp_path: Path) -> Path:
    """An invoice that does not say what it is, names no reference and has a strange file name."""
    text = INVOICE.read_text("utf-8")
    for old, new in (
        ("<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>", ""),
        ("<cbc:BuyerReference>PO-77</cbc:BuyerReference>", ""),
    ):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "invoice.xml"
    path.write_text(text, "utf-8")
    return path


@needs_saxon
def test_the_official_rules_are_checked_when_asked_for(cli: Cli, without_type: Path):
    plain = cli("documents", "check", without_type)["documents"][0]
    asked = cli("documents", "check", "--rules", without_type)["documents"][0]

    assert "BR-04" not in found(plain)
    assert "BR-04" in found(asked)
    assert {plain["state"], asked["state"]} == {"ready"}


@needs_saxon
def test_a_profile_is_told_apart_from_the_one_that_is_kept(cli: Cli, without_type: Path):
    right = cli("documents", "check", "--rules", INVOICE)["documents"][0]
    wrong = cli("documents", "check", "--rules", without_type)["documents"][0]

    assert (right["profile"], right["verified"]) == ("peppol-bis-3", "peppol-bis-3")
    assert (wrong["profile"], wrong["verified"]) == ("peppol-bis-3", None)


def test_the_rules_of_the_profile_need_no_asking(cli: Cli, without_type: Path):
    assert "PEPPOL-EN16931-R003" in found(cli("documents", "check", without_type)["documents"][0])


def test_the_doctor_tells_which_rules_are_used(cli: Cli):
    told = cli("doctor", code=None)

    assert told["rules"].startswith("EN16931-UBL 1.")

"""EN 16931 by the official rules: one child process, safe, mortal, replaceable."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ledgerdesk.documents import check_rules, read, rule_sets, rules_process, rules_worker
from ledgerdesk.documents.en16931 import RuleEngine
from ledgerdesk.documents.rule_sets import RuleSets, RulesMissing
from ledgerdesk.documents.rules_process import Broken, NotEvaluated, RulesProcess
from ledgerdesk.model import HeldReason, Profile, Severity
from tests.unit.documents import made
from tests.unit.documents.made import rules
from tests.unit.documents.test_pdf_and_cii import cii, pdf

SHEET = """<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<!--Schematron version 9.9.9--><xsl:template match="/">{body}</xsl:template></xsl:stylesheet>"""
TOLD = """<s:out xmlns:s="http://purl.oclc.org/dsdl/svrl"><s:failed-assert id="BR-02" flag="fatal">
<s:text>[BR-02]-own rules</s:text></s:failed-assert></s:out>"""
FOREVER = """<xsl:variable name="a" select="1 to 4000000"/><xsl:value-of
select="count(for $x in $a, $y in $a return if ($x * $y = -1) then $x else ())"/>"""

needs_saxon = pytest.mark.skipif(
    not rules_process.can_run(), reason="this machine has no Saxon: EN 16931 is not checked"
)
pytestmark = needs_saxon


def sheet(folder: Path, body: str) -> Path:
    path = folder / "EN16931-UBL-validation.xslt"
    folder.mkdir(exist_ok=True)
    path.write_text(SHEET.format(body=body), "utf-8")
    return path


def children(process: RulesProcess) -> int:
    child = process._child
    assert child is not None
    return child.pid


# --- verdicts -------------------------------------------------------------------------------------


def test_a_right_invoice_breaks_no_rule(engine: RuleEngine) -> None:
    assert engine.check(made.load(made.INVOICE)) == []


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>", "", "BR-04"),
        ('currencyID="EUR">121.00</cbc:TaxIn', 'currencyID="EUR">122.00</cbc:TaxIn', "BR-CO-15"),
        ("<cbc:IdentificationCode>BE<", "<cbc:IdentificationCode>QQ<", "BR-CL-14"),
    ],
)
def test_a_broken_rule_is_told_by_its_official_name(
    engine: RuleEngine, old: str, new: str, rule: str
) -> None:
    found = engine.check(made.invoice((old, new)))
    assert rule in rules(tuple(found))
    assert {one.severity for one in found if one.rule == rule} == {Severity.FATAL}


def test_a_rule_broken_on_every_line_is_told_once(engine: RuleEngine) -> None:
    content = made.invoice(('unitCode="', 'unitCode="QQ'))
    start, end = content.index(b"<cac:InvoiceLine>"), content.index(b"</Invoice>")
    twice = content[:end] + content[start:end] + content[end:]
    assert rules(tuple(engine.check(twice))).count("BR-CL-23") == 1


def test_a_piece_of_an_invoice_is_judged_too(engine: RuleEngine) -> None:
    piece = b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>'
    assert "BR-02" in rules(tuple(engine.check(piece)))


def test_cii_is_judged_by_the_same_names(engine: RuleEngine) -> None:
    right = engine.check(cii())
    assert "BR-02" not in rules(tuple(right))
    wrong = engine.check(cii().replace(b">EUR<", b">QQQ<"))
    assert "BR-CL-04" in rules(tuple(wrong))
    assert "BR-CL-04" not in rules(tuple(right))


def test_an_envelope_is_opened_and_a_pdf_searched(engine: RuleEngine) -> None:
    invoice = made.invoice(("<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>", ""))
    header = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
    body = invoice[invoice.index(b"<Invoice") :]
    wrapped = (
        f'<StandardBusinessDocument xmlns="{header}"><StandardBusinessDocumentHeader/>'.encode()
        + body
        + b"</StandardBusinessDocument>"
    )
    assert "BR-04" in rules(check_rules(wrapped, read(wrapped), engine))
    carrier = pdf({"factur-x.xml": cii().replace(b">EUR<", b">QQQ<")})
    assert "BR-CL-04" in rules(check_rules(carrier, read(carrier), engine))


def test_a_document_older_than_the_standard_is_not_measured_by_it(engine: RuleEngine) -> None:
    content = made.load("belgian-made/efff3-invoice.xml")
    assert "BR-CL-25" in rules(tuple(engine.check(content)))
    assert "BR-CL-25" not in rules(check_rules(content, read(content), engine))


# --- the child ------------------------------------------------------------------------------------


def test_reading_starts_no_child_and_neither_does_a_schema_error(tmp_path: Path) -> None:
    process = RulesProcess()
    engine = RuleEngine()
    engine._process = process
    content = made.invoice(("<cbc:IssueDate>", "<cbc:Foo/><cbc:IssueDate>"))
    reading = check_rules(content, read(content), engine)
    assert reading.held is HeldReason.SCHEMA_INVALID
    assert process._child is None
    good = made.load(made.INVOICE)
    check_rules(good, read(good), engine)
    assert process._child is not None, "the control starts none either"
    engine.close()


def test_a_child_that_died_at_rest_is_replaced() -> None:
    engine = RuleEngine()
    assert engine.check(made.load(made.INVOICE)) == []
    first = engine._process._child
    assert first is not None
    first.kill()
    first.wait()
    assert engine.check(made.load(made.INVOICE)) == []
    assert children(engine._process) != first.pid
    engine.close()


def test_a_check_without_end_is_ended_and_the_next_one_works(tmp_path: Path) -> None:
    process = RulesProcess(limit=3)
    endless = sheet(tmp_path / "endless", FOREVER)
    started = time.monotonic()
    with pytest.raises(NotEvaluated, match="3 s"):
        process.run(endless, "<a/>")
    assert time.monotonic() - started < 10
    told = process.run(sheet(tmp_path / "told", TOLD), "<a/>")
    assert [one.rule for one in told] == ["BR-02"]
    process.close()


def test_rules_that_stop_instead_of_reporting_are_told_as_such(tmp_path: Path) -> None:
    stops = sheet(tmp_path, '<xsl:value-of select="xs:decimal(\'1,5\')" xmlns:xs='
                  '"http://www.w3.org/2001/XMLSchema"/>')  # fmt: skip
    engine = RuleEngine(RuleSets(stops.parent))
    found = engine.check(made.load(made.INVOICE))
    assert rules(tuple(found)) == ["LD-RULES"]
    assert found[0].severity is Severity.INFO
    engine.close()


def test_two_names_of_one_party_are_told_although_the_rules_stop(engine: RuleEngine) -> None:
    entity = "<cac:PartyLegalEntity><cbc:RegistrationName>A</cbc:RegistrationName>"
    content = made.invoice(
        ("<cac:PartyLegalEntity>", entity + "</cac:PartyLegalEntity><cac:PartyLegalEntity>")
    )
    assert read(content).held is None
    assert "UBL-SR-09" in rules(tuple(engine.check(content)))


def test_a_program_that_is_no_worker_gives_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = [sys.executable, "-c", "import sys; sys.exit(3)"]
    monkeypatch.setattr(rules_process, "_command", lambda: nobody)
    engine = RuleEngine()
    assert rules(tuple(engine.check(made.load(made.INVOICE)))) == ["LD-RULES"]
    assert engine._process._child is None


def test_the_program_itself_can_be_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a bundle does it, which has no Python to start a file with."""
    root = Path(__file__).parents[3]
    program = [sys.executable, "-m", "ledgerdesk", rules_process.WORKER_OPTION]
    monkeypatch.setattr(rules_process, "_command", lambda: program)
    monkeypatch.chdir(root)
    engine = RuleEngine()
    assert engine.check(made.load(made.INVOICE)) == []
    engine.close()


def test_a_system_without_timers_ends_a_check_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As Windows does it."""
    worker = Path(rules_worker.__file__)
    code = (
        "import runpy, signal, sys; del signal.setitimer;"
        "runpy.run_path(sys.argv[1], None, '__main__')"
    )
    monkeypatch.setattr(
        rules_process, "_command", lambda: [sys.executable, "-c", code, str(worker)]
    )
    process = RulesProcess(limit=2)
    assert process.run(sheet(tmp_path / "told", TOLD), "<a/>")[0].rule == "BR-02"
    with pytest.raises(NotEvaluated, match="2 s"):
        process.run(sheet(tmp_path / "endless", FOREVER), "<a/>")
    process.close()


def test_the_child_ends_with_its_parent() -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from ledgerdesk.documents.en16931 import RuleEngine;"
        "engine = RuleEngine(); engine.check(Path(sys.argv[1]).read_bytes());"
        "print(engine._process._child.pid, flush=True); import os; os._exit(9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(made.FOLDER / made.INVOICE)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert _ended(int(done.stdout), within=10)


def _ended(pid: int, within: float) -> bool:
    if not hasattr(os, "pidfd_open"):
        pytest.skip("this system cannot wait for a process of another")
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], within)[0])
    finally:
        os.close(handle)


# --- what it is given -----------------------------------------------------------------------------


def test_what_is_attached_never_reaches_the_child(
    engine: RuleEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []

    def run(_: Path, text: str) -> list[Broken]:
        given.append(text)
        return []

    monkeypatch.setattr(engine._process, "run", run)
    engine.check(made.invoice_with_attachment(b"%PDF-1.7\n" + os.urandom(200_000)))
    assert len(given[0]) < 10_000
    assert "<cbc:EmbeddedDocumentBinaryObject" in given[0]


@pytest.mark.parametrize("name", ["xxe-file.xml", "billion-laughs.xml", "xxe-param-entity.xml"])
def test_the_child_never_sees_hostile_xml(
    engine: RuleEngine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(engine._process, "run", lambda *_: pytest.fail("it was given away"))
    assert rules(tuple(engine.check(made.load(f"malicious/{name}")))) == ["LD-XML-DOCTYPE"]


def test_a_stylesheet_reads_nothing_from_a_network(tmp_path: Path) -> None:
    process = RulesProcess()
    asks = sheet(tmp_path, "<xsl:copy-of select=\"doc('http://127.0.0.1:9/a.xml')\"/>")
    with pytest.raises(NotEvaluated):
        process.run(asks, "<a/>")
    process.close()


# --- which rules ----------------------------------------------------------------------------------


def test_the_version_of_the_packaged_rules_is_shown() -> None:
    assert RuleSets().version.startswith("EN16931-UBL 1.3.")
    assert "EN16931-CII" in RuleSets().version


def test_rules_in_the_users_folder_win(tmp_path: Path) -> None:
    sheet(tmp_path, TOLD)
    engine = RuleEngine(RuleSets(tmp_path))
    assert "EN16931-UBL 9.9.9 (rules/)" in engine.version
    assert rules(tuple(engine.check(made.load(made.INVOICE)))) == ["BR-02"]
    engine.close()


def test_an_incomplete_installation_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Path:
        raise RulesMissing(name)

    monkeypatch.setattr(rule_sets, "packaged", missing)
    assert RuleSets().version == ""
    assert rules(tuple(RuleEngine().check(made.load(made.INVOICE)))) == ["LD-RULES"]


# --- claimed and verified -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "pairs", "verified"),
    [
        (made.INVOICE, (), Profile.PEPPOL_BIS_3),
        (made.INVOICE, (("0400000185</cbc:EndpointID>", "0400000186</cbc:EndpointID>"),),
         Profile.EN16931),
        (made.INVOICE, (("<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>", ""),), Profile.NONE),
        ("belgian-made/efff3-invoice.xml", (), Profile.E_FFF_3),
        ("belgian-made/efff3-no-software-ref.xml", (), Profile.NONE),
        ("belgian-made/efff1-invoice.xml", (), Profile.NONE),
    ],
)  # fmt: skip
def test_a_profile_is_verified_only_by_its_rules(
    engine: RuleEngine, name: str, pairs: tuple[tuple[str, str], ...], verified: Profile
) -> None:
    content = made.changed(made.load(name), *pairs)
    before = read(content)
    after = check_rules(content, before, engine)
    assert after.facts.verified is verified
    assert after.facts.profile is before.facts.profile
    assert after.held is None


def test_without_the_engine_nobody_claims_to_have_verified_peppol() -> None:
    content = made.load(made.INVOICE)
    assert check_rules(content, read(content)).facts.verified is Profile.NONE

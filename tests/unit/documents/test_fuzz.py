"""Whatever comes in: a typed verdict, soon, in bounded memory, with nothing else opened."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ledgerdesk.documents import check_rules, is_archive, read, unpack
from ledgerdesk.model import HeldReason, Reading
from tests.helpers import corpora
from tests.unit.documents import made
from tests.unit.documents.made import rules
from tests.unit.documents.test_bank_habits import ABN, ING, SWIFT_BLOCK
from tests.unit.documents.test_camt_and_mt940 import MT940, camt
from tests.unit.documents.test_hostile import mutated
from tests.unit.documents.test_pdf_and_cii import cii, pdf

SECONDS = 5
MIB = 1024 * 1024
# Reads files in a process of its own and says how much memory that took, and what was opened.
WEIGHED = """
import json, sys
from pathlib import Path
from ledgerdesk.documents import check_rules, read
read(Path(sys.argv[1]).read_bytes())
content = Path(sys.argv[2]).read_bytes()
reading = check_rules(content, read(content))
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
peak = int(status["VmHWM"].split()[0]) * 1024
print(json.dumps([reading.held, [f.rule for f in reading.findings], peak]))
"""
INVOICE = made.load(made.INVOICE)
SEEDS = [
    INVOICE,
    made.load("belgian-made/efff3-invoice.xml"),
    made.load("belgian-made/efff1-creditnote-as-invoice-381.xml"),
    made.coda(),
    camt(),
    camt("08"),
    cii(),
    pdf({"factur-x.xml": cii()}),
    MT940.encode(),
    ING.encode(),
    ABN.encode(),
    SWIFT_BLOCK.encode(),
    made.zipped({"a.xml": INVOICE, "b.cod": made.coda()}),
]
TOKENS = [
    *(b"<", b">", b"&amp;", b"&#0;", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?x?>", b"\0"),
    *(b"</cbc:ID>", b"<cac:InvoiceLine/>", b"<cbc:ID>", b' schemeID="0208"', b' currencyID=""'),
    *(b"NaN", b"1e999", b"-0", b"99999999999999999999999999", b"2026-02-30", b"\xc3\x28"),
    *(b"\r", b"\n:61:", b"\n:62F:C", b"\n:20:", b"0" * 128 + b"\n", b"8" * 128, b"\x1a"),
]
common = settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])


def verdict(content: bytes) -> Reading:
    """A verdict with all rules of our own, within the time it may take."""
    started = time.monotonic()
    reading = check_rules(content, read(content))
    assert time.monotonic() - started < SECONDS
    assert "LD-READER" not in rules(reading)
    for finding in reading.findings:
        assert finding.rule
        finding.text.format_map({**finding.params, "found": "", "line": ""})
    if is_archive(content):
        unpacked = unpack(content)
        assert unpacked.held is not None or unpacked.members
    return reading


@common
@given(st.binary(max_size=2000))
@example(b"")
@example(b"<")
@example(b"%PDF-")
@example(b"PK\x03\x04")
@example(b":20:\n:25:\n:60F:\n:62F:")
def test_any_bytes_get_a_verdict(content: bytes) -> None:
    assert isinstance(verdict(content), Reading)


@common
@given(st.data())
def test_any_splice_of_good_documents_gets_a_verdict(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 60))
        content[at : at + length] = data.draw(st.sampled_from(TOKENS) | st.binary(max_size=8))
    assert isinstance(verdict(bytes(content)), Reading)


@common
@given(st.text(max_size=60), st.sampled_from(["PO-77", "2026-0001", "0400000185", "Dienst", "S"]))
def test_any_text_in_a_field_gets_a_verdict(text: str, field: str) -> None:
    from xml.sax.saxutils import escape

    content = INVOICE.replace(field.encode(), escape(text).encode("utf-8", "surrogatepass"))
    reading = verdict(content)
    assert "\n" not in reading.facts.number + reading.facts.supplier.name


@pytest.mark.parametrize("part", range(2))
def test_mutations_of_the_big_collection_get_a_verdict(part: int, seed: int) -> None:
    found = corpora.rows()
    if not found:
        pytest.skip(f"no collection of documents at {corpora.FOLDER}")
    chance = random.Random(f"{seed}/corpora/{part}")
    for number in range(150):
        content = mutated(chance.choice(found).read(), chance)
        assert isinstance(verdict(content), Reading), f"seed {seed}, part {part}, {number}"


@pytest.mark.parametrize("lines", [3_000, 300_000])
def test_the_rules_of_an_endless_invoice_end_soon(lines: int) -> None:
    content = made.invoice(
        ("<cac:InvoiceLine>", "<cac:InvoiceLine/>" * lines + "<cac:InvoiceLine>")
    )
    reading = verdict(content)
    assert reading.held is HeldReason.SCHEMA_INVALID
    assert ("LD-RULES" in rules(reading)) is (lines > 200_000)


@pytest.mark.timeout(60)
def test_an_invoice_of_40_mib_with_a_pdf_of_30_mib_passes_in_little_memory(tmp_path: Path) -> None:
    content = made.invoice_with_attachment(b"%PDF-1.7\n" + b"\x01\x02\x03" * (10 * MIB))
    assert len(content) > 40 * MIB
    large = tmp_path / "large.xml"
    large.write_bytes(content)
    held, found, peak = weighed(large)
    assert (held, found) == (None, [])
    assert peak < 500 * MIB


def test_the_scales_do_weigh(tmp_path: Path) -> None:
    small = tmp_path / "small.xml"
    small.write_bytes(INVOICE)
    assert 10 * MIB < weighed(small)[2] < 200 * MIB


def weighed(path: Path) -> tuple[str | None, list[str], int]:
    if not Path("/proc/self/status").exists():
        pytest.skip("this system does not tell what a process weighs")
    done = subprocess.run(
        [sys.executable, "-c", WEIGHED, str(made.FOLDER / made.INVOICE), str(path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        check=True,
    )
    held, found, peak = json.loads(done.stdout)
    return held, found, peak

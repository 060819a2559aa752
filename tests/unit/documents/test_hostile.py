"""Files made to do harm: held quickly, nothing else read, nobody called, never an exception."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from ledgerdesk.documents import is_archive, read, unpack
from ledgerdesk.model import HeldReason, Reading
from tests.helpers import corpora
from tests.unit.documents import made
from tests.unit.documents.made import rules
from tests.unit.documents.test_camt_and_mt940 import MT940, camt
from tests.unit.documents.test_pdf_and_cii import cii, pdf

REFUSED = {
    "xxe-file.xml": HeldReason.UNSAFE,
    "xxe-param-entity.xml": HeldReason.UNSAFE,
    "billion-laughs.xml": HeldReason.UNSAFE,
    "quadratic-blowup.xml": HeldReason.UNSAFE,
    "nul-bytes.xml": HeldReason.NOT_WELL_FORMED,
    "zip-slip.zip": HeldReason.UNSAFE,
    "zip-bomb-30MB.zip": HeldReason.UNSAFE,
}
HARMLESS = [
    "xml-stylesheet-pi.xml",
    "formula-in-party-name.xml",
    "html-in-party-name.xml",
    "embedded-newline-header-injection.xml",
]

needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")

# Reads its arguments after the first, one line of JSON each; what Python opens and whom it calls
# is counted from the moment everything is loaded. libxml2 opens without telling Python: the pipes
# below watch that.
WATCHED = """
import json, sys
from pathlib import Path
from ledgerdesk.documents import read
contents = [(path, Path(path).read_bytes()) for path in sys.argv[2:]]
read(Path(sys.argv[1]).read_bytes())
read(b"%PDF-1.4 /EmbeddedFile")
seen = []
def watch(event, arguments):
    if event in ("open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system"):
        seen.append([event, str(arguments[0])])
sys.addaudithook(watch)
for path, content in contents:
    seen.clear()
    reading = read(content, path)
    print(json.dumps([path, reading.held, [s for s in seen if not s[1].endswith((".pyc", ".py"))]]))
seen.clear()
Path(sys.argv[1]).read_bytes()
print(json.dumps(["control", None, seen]))
"""


@pytest.mark.timeout(30)
@pytest.mark.parametrize(("name", "held"), REFUSED.items())
def test_an_attack_is_held(name: str, held: HeldReason) -> None:
    assert read(made.load(f"malicious/{name}")).held is held


@pytest.mark.parametrize("name", HARMLESS)
def test_what_only_harms_the_careless_is_read(name: str) -> None:
    assert read(made.load(f"malicious/{name}")).held is None


@pytest.mark.timeout(60)
def test_no_hostile_file_opens_another_or_calls_anybody() -> None:
    own = [made.FOLDER / name for name in made.every("malicious/*")]
    kinds = ("malicious", "malicious-attachment")
    shared = [corpora.FOLDER / row.path for row in corpora.rows(*kinds)]
    files = [str(path) for path in (*own, *shared)]
    command = [sys.executable, "-c", WATCHED, str(made.FOLDER / made.INVOICE), *files]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    control = told.pop()
    assert control[2], "the watcher sees nothing"
    assert [path for path, _, _ in told] == files
    assert [seen for _, _, seen in told if seen] == []


@needs_pipes
@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY b SYSTEM "{uri}">]><a>&b;</a>',
        '<!DOCTYPE a SYSTEM "{uri}"><a/>',
        '<!DOCTYPE a [<!ENTITY % b SYSTEM "{uri}"> %b;]><a/>',
        '<?xml-stylesheet type="text/xsl" href="{uri}"?><a/>',
        '<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="{uri}"/></a>',
        '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x {uri}"/>',
    ],
    ids=["entity", "dtd", "parameter", "stylesheet", "xinclude", "schema-location"],
)
def test_nothing_that_is_named_inside_is_opened(text: str, tmp_path: Path) -> None:
    """Whoever opens a pipe without a writer waits for ever: the timeout would tell."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert read(text.format(uri=pipe.as_uri()).encode()).held is not None


@needs_pipes
@pytest.mark.timeout(20)
def test_the_pipe_does_stop_a_careless_parser(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    careless = (
        "from lxml import etree; etree.fromstring("
        f"b'<!DOCTYPE a [<!ENTITY b SYSTEM \"{pipe.as_uri()}\">]><a>&b;</a>',"
        "etree.XMLParser(resolve_entities=True, load_dtd=True))"
    )
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run([sys.executable, "-c", careless], timeout=2, check=False)


@pytest.mark.timeout(10)
def test_many_attributes_are_held_quickly() -> None:
    attributes = " ".join(f'a{n}="x"' for n in range(40_000))
    content = made.invoice(("<Invoice ", f"<Invoice {attributes} "))
    reading = read(content)
    assert (reading.held, set(rules(reading))) == (HeldReason.SCHEMA_INVALID, {"LD-XSD"})


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "content",
    [
        b"0000015012653905" + b"9" * 20_000_000,
        b":20:" + b":25:\n:60F:\n:62F:\n" * 500_000,
        b":20:\n:25:1\n:60F:C\n:62F:C\n:61:" + b"1" * 20_000_000,
        b"%PDF-1.4\n/EmbeddedFile\n" + b"1 0 obj\n" * 500_000,
        b"%PDF-1.4 /ObjStm" + b"<<" * 2_000_000,
        b"PK\x03\x04" * 5_000_000,
        b"<" * 1_900_000,
        b"<a>" + b"&#10;" * 10_000_000 + b"</a>",
        b"\xff\xfe" + b"<\0" * 1_000_000,
        b"%PDF-1.4\n/EmbeddedFile\n" + b"\n" * 60_000_000,
        made.coda() * 12_000,
        camt().replace(b"<Stmt>", b"<Stmt/>" * 200_000 + b"<Stmt>"),
        made.invoice(("<cac:InvoiceLine>", "<cac:InvoiceLine/>" * 300_000 + "<cac:InvoiceLine>")),
        made.invoice(
            ("<cac:InvoiceLine>", "<cac:InvoiceLine a='' b=''/>" * 99_000 + "<cac:InvoiceLine>")
        ),
    ],
    ids=[
        *("coda", "fields", "entry", "objects", "nesting", "zip", "marks", "references", "utf-16"),
        *("large-pdf", "statements", "camt", "lines", "attributes"),
    ],
)
def test_large_nonsense_ends_soon(content: bytes) -> None:
    reading = read(content)
    assert "LD-READER" not in rules(reading)
    assert reading.held is not None or content.startswith(b"%PDF-")


# --- mutations ------------------------------------------------------------------------------------


def samples() -> list[bytes]:
    names = (
        *made.every("belgian-made/*.xml"),
        *made.every("coda-made/ok-*.cod"),
        *made.every("encodings/*.xml"),
    )
    files = {"a.xml": made.invoice(), "b.cod": made.coda()}
    return [
        *(made.load(name) for name in names),
        cii(),
        pdf({"factur-x.xml": cii()}),
        camt(),
        MT940.encode(),
        made.zipped(files),
    ]


def mutated(content: bytes, chance: random.Random) -> bytes:
    """One to four changes: bytes flipped, cut out, doubled, replaced by what parsers stumble on."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        length = chance.choice((1, 1, 2, 8, 64, 700))
        kind = chance.randrange(5)
        if kind == 0 and at < len(data):
            data[at] = chance.randrange(256)
        elif kind == 1:
            del data[at : at + length]
        elif kind == 2:
            data[at:at] = data[at : at + length]
        elif kind == 3:
            data[at : at + length] = chance.randbytes(length)
        else:
            data[at:at] = chance.choice(
                (
                    b"\0",
                    b"<",
                    b"&",
                    b"\xff\xfe",
                    b"]]>",
                    b"<!--",
                    b"\r\n",
                    b"9" * 50,
                    b"\x1a",
                    b"-1",
                )
            )
    return bytes(data)


@pytest.mark.parametrize("part", range(4))
def test_no_mutation_makes_the_reader_fail(part: int, seed: int) -> None:
    chance = random.Random(f"{seed}/{part}")
    originals = samples()
    for number in range(250):
        content = mutated(chance.choice(originals), chance)
        reading = read(content)
        told = f"seed {seed}, part {part}, mutation {number}"
        assert isinstance(reading, Reading), told
        assert "LD-READER" not in rules(reading), told
        if is_archive(content):
            assert unpack(content).held is not None or unpack(content).members, told


def test_mutations_do_break_documents(seed: int) -> None:
    """Else the test above would prove nothing."""
    chance = random.Random(seed)
    content = made.coda()
    verdicts = {read(mutated(content, chance)).held for _ in range(100)}
    assert HeldReason.NOT_WELL_FORMED in verdicts
    assert len(verdicts) > 1

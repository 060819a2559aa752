"""What holds for the whole room: light to import, the same verdict from every thread."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from ledgerdesk.documents import read
from tests.unit.documents import made


def test_importing_the_room_loads_no_library() -> None:
    code = (
        "import sys; import ledgerdesk.documents, ledgerdesk.documents.identifiers;"
        "print([n for n in ('lxml', 'pypdf', 'stdnum', 'facturx')"
        " if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_thread_gets_the_same_verdict() -> None:
    names = made.every("*/*.xml") + made.every("coda-made/*.cod")
    contents = [made.load(name) for name in names] * 4
    alone = [read(content) for content in contents]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(read, contents)) == alone


def test_reading_twice_gives_the_same_verdict() -> None:
    for name in made.every("mutants-peppol/*.xml"):
        assert read(made.load(name)) == read(made.load(name))

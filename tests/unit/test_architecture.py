"""Who may import whom: the table of the design, held by walking every import."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "ledgerdesk"

QT = {"PySide6", "shiboken6"}
# What the words, the errors and the declarations of forms are made of.
WORDS = {
    *("", "errors", "failpoint", "i18n", "model", "paths", "redaction", "setup:declarations"),
}
# The operating system's own list of what starts with it.
SYSTEM = {"autostart"}
# Read, send, recognise: they know nothing of the books.
TRADES = {"connectors", "documents", "net", "sources"}
# The books and what is kept beside them.
KEPT = {"key_store", "log", "settings", "store", "vault"}
# What the program does, without a face.
WORK = {"delivery", "intake", "practice", "setup"}
# Builds the services once.
TOP = {"app", "autostart", "doctor", "status_board", "upkeep"}
FACES = {"cli", "ui"}

BOOKS_SDKS = {"sqlalchemy", "alembic", "keyring", "cryptography", "filelock"}
TRADE_SDKS = {
    *("cryptography", "dropbox", "facturx", "imap_tools", "lxml", "paramiko", "pypdf"),
    *("pypdfium2", "requests", "saxonche", "stdnum", "truststore", "urllib3", "watchdog"),
}
WORK_SDKS = {*BOOKS_SDKS, *TRADE_SDKS, "aiosmtpd", "holidays", "rapidfuzz"}


@dataclass(frozen=True)
class Rule:
    """What a room may import: other rooms, and packages that are not ours."""

    rooms: set[str]
    sdks: set[str] = field(default_factory=set)


RULES = {
    "": Rule(WORDS),
    **{room: Rule(WORDS) for room in SYSTEM},
    "errors": Rule(WORDS),
    "failpoint": Rule(WORDS),
    "i18n": Rule(WORDS, {"babel"}),
    "model": Rule(WORDS),
    "paths": Rule(WORDS, {"platformdirs"}),
    "redaction": Rule(WORDS),
    "setup:declarations": Rule(WORDS),
    **{room: Rule(WORDS | TRADES, TRADE_SDKS) for room in TRADES},
    **{room: Rule(WORDS | KEPT, BOOKS_SDKS) for room in KEPT},
    **{room: Rule(WORDS | TRADES | KEPT | WORK, WORK_SDKS) for room in WORK},
    **{room: Rule(WORDS | TRADES | KEPT | WORK | TOP, WORK_SDKS) for room in TOP},
    "app": Rule(WORDS | TRADES | KEPT | WORK | TOP, WORK_SDKS),
    # One face may ask for the other one.
    "start": Rule(WORDS | {"ui"}),
    "cli": Rule(
        WORDS | TRADES | WORK | TOP | {"cli", "log", "settings", "start", "store"}, {"rich"}
    ),
    "ui": Rule(WORDS | WORK | TOP | {"ui", "log", "settings"}, QT),
    "__main__": Rule(WORDS | FACES | TOP | WORK | {"selftest", "start"}),
    # All of it, to tell whether a bundle is whole.
    "selftest": Rule(WORDS | TRADES | KEPT | WORK | TOP | FACES),
}

DECLARATIONS = {"__init__", "fields", "templates", "mail_account"}
# The demonstration is a run of the whole program; it stands in practice/ beside its servers.
WHOLE_PROGRAM = ("practice/demo.py", "practice/office.py", "practice/readback.py")
PRACTICE_PACKAGES = "practice/packages/"


@dataclass(frozen=True)
class Import:
    module: str
    line: int


def room_of(parts: tuple[str, ...]) -> str:
    """The room of a module below ``ledgerdesk``: its folder, or the module itself."""
    if not parts:
        return ""
    if parts[0] == "setup" and (len(parts) == 1 or parts[1] in DECLARATIONS):
        return "setup:declarations"
    return "" if parts == ("__init__",) else parts[0]


def exists(module: str) -> bool:
    path = ROOT.joinpath(*module.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def imports(source: str, package: str = "") -> Iterator[Import]:
    """Every import in ``source``, at the top or inside a function, by the module it reaches."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                ours = base.split(".")[0] == "ledgerdesk"
                yield Import(whole if ours and exists(whole) else base, node.lineno)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            named = node.args[0] if node.args else None
            if isinstance(named, ast.Constant):
                yield Import(str(named.value), node.lineno)


def broken(source: str, where: tuple[str, ...], rule: Rule) -> list[str]:
    """What ``source`` at ``where`` (below the package) imports against ``rule``."""
    found = []
    package = ".".join(["ledgerdesk", *where[:-1]])
    for one in imports(source, package):
        top, *below = one.module.split(".")
        if top in sys.stdlib_module_names:
            continue
        fine = room_of(tuple(below)) in rule.rooms if top == "ledgerdesk" else top in rule.sdks
        if not fine:
            found.append(f"{'/'.join(where)}:{one.line} imports {one.module}")
    return found


SOURCES = sorted(path for path in PACKAGE.rglob("*.py"))


def place(path: Path) -> tuple[str, ...]:
    return path.relative_to(PACKAGE).with_suffix("").parts


def test_every_room_is_in_the_table() -> None:
    assert {room_of(place(path)) for path in SOURCES} <= set(RULES)


@pytest.mark.parametrize("room", sorted(RULES), ids=lambda room: room or "ledgerdesk")
def test_a_room_imports_only_what_it_may(room: str) -> None:
    found = []
    for path in SOURCES:
        if room_of(place(path)) == room:
            rule = RULES[room]
            name = path.relative_to(PACKAGE).as_posix()
            if name in WHOLE_PROGRAM or name.startswith(PRACTICE_PACKAGES):
                rule = Rule(rule.rooms | TOP, rule.sdks)
            found += broken(path.read_text("utf-8"), place(path), rule)
    assert found == []


@pytest.mark.parametrize(
    ("where", "source"),
    [
        ("connectors/x", "import sqlalchemy as sa"),
        ("connectors/x", "def f():\n    from ledgerdesk.store import clients"),
        ("connectors/x", "from ledgerdesk import settings"),
        ("connectors/x", "import keyring.backend"),
        ("connectors/x", "from PySide6.QtCore import QObject"),
        ("connectors/x", "from ..vault import Vault"),
        ("documents/x", "from ledgerdesk import log"),
        ("sources/x", "from ledgerdesk.setup.flow import SetupFlow"),
        ("model/x", "import lxml"),
        ("errors/x", "from ledgerdesk.connectors import base"),
        ("setup/fields", "from ledgerdesk.store import Books"),
        ("store/x", "from ledgerdesk.delivery import outbox"),
        ("store/x", "import paramiko"),
        ("vault", "import importlib\nimportlib.import_module('ledgerdesk.intake.look')"),
        ("delivery/x", "from PySide6 import QtCore"),
        ("delivery/x", "from ledgerdesk.app import Desk"),
        ("practice/x", "from ledgerdesk.cli import run"),
        ("cli/x", "from PySide6 import QtWidgets"),
        ("cli/x", "import sqlalchemy"),
        ("cli/x", "from ledgerdesk.ui import window"),
        ("ui/x", "from ledgerdesk.connectors import sftp"),
        ("ui/x", "from ledgerdesk.store import Books"),
        ("ui/x", "import sqlalchemy"),
        ("ui/x", "import ledgerdesk.vault"),
        ("app", "from ledgerdesk.cli import run"),
        ("upkeep", "import unheard_of"),
    ],
)
def test_an_import_against_the_table_is_found(where: str, source: str) -> None:
    parts = tuple(where.split("/"))
    assert len(broken(source, parts, RULES[room_of(parts)])) == 1


@pytest.mark.parametrize(
    ("where", "source"),
    [
        ("connectors/x", "import json\nimport paramiko\nfrom ledgerdesk.model import Client"),
        ("connectors/x", "from . import base\nfrom ledgerdesk.setup.fields import Field"),
        ("store/x", "from ledgerdesk.settings import ALL\nimport sqlalchemy as sa"),
        (
            "delivery/x",
            "from ledgerdesk import vault\nfrom ledgerdesk.connectors.base import Context",
        ),
        ("cli/x", "from ledgerdesk import __version__, app\nimport rich.table"),
    ],
)
def test_an_import_within_the_table_is_fine(where: str, source: str) -> None:
    parts = tuple(where.split("/"))
    assert broken(source, parts, RULES[room_of(parts)]) == []


def test_the_window_names_no_connector() -> None:
    """Not even in a text that decides something: what it shows comes from the declarations."""
    from ledgerdesk import connectors

    ids = {one.id for one in connectors.all_connectors()}
    found = [
        f"{path.name}:{node.lineno} {node.value!r}"
        for path in (PACKAGE / "ui").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        # “folder” and “email” are also kinds of field.
        if isinstance(node, ast.Constant) and node.value in ids - {"folder", "email"}
    ]
    assert found == []


def test_only_the_window_knows_qt() -> None:
    found = {
        path.relative_to(PACKAGE).parts[0]
        for path in SOURCES
        for one in imports(path.read_text("utf-8"))
        if one.module.split(".")[0] in QT
    }
    assert found <= {"ui"}


# --- what is loaded when ------------------------------------------------------------------------

HEAVY = {
    *QT,
    *("alembic", "aiosmtpd", "cryptography", "dropbox", "facturx", "keyring", "lxml", "paramiko"),
    *("pypdf", "pypdfium2", "rapidfuzz", "requests", "rich", "saxonche", "sqlalchemy", "stdnum"),
}


def loaded_after(code: str) -> set[str]:
    """The heavy packages a fresh process has loaded after ``code``."""
    script = f"import sys\n{code}\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return HEAVY & set(done.stderr.split())


def test_the_words_load_nothing_heavy() -> None:
    code = "import ledgerdesk.model, ledgerdesk.errors, ledgerdesk.settings, ledgerdesk.log"
    assert loaded_after(code) == set()


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["connectors", "list"], ["connectors", "list", "--json"]],
    ids=" ".join,
)
def test_a_command_that_only_tells_loads_nothing_heavy(arguments: list[str]) -> None:
    code = f"""
from ledgerdesk.cli import run
try:
    run({arguments!r})
except SystemExit:
    pass
"""
    assert loaded_after(code) - {"rich"} == set()


def test_every_connector_is_listed_without_its_sdk() -> None:
    code = "from ledgerdesk import connectors; [c.fields for c in connectors.all_connectors()]"
    assert loaded_after(code) == set()


def test_the_books_open_without_the_libraries_of_destinations() -> None:
    code = """
import pathlib, tempfile
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import open_books
with tempfile.TemporaryDirectory() as place, open_books(DataFolder(pathlib.Path(place))) as books:
    books.write(lambda c: None)
"""
    assert loaded_after(code) == {"sqlalchemy"}

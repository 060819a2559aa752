"""The wheel: it holds all that the program reads, and works outside the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOT_SHIPPED = (".po", ".pot")

PO = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "a text of this test"
msgstr "un texte de ce test"

#, fuzzy
msgid "a text that is not sure"
msgstr "peut-être"
"""

LOOK = """
import json, pathlib, sqlite3, sys
sys.path.insert(0, sys.argv[1])
import ledgerdesk
from ledgerdesk import connectors, i18n, paths
from ledgerdesk.paths import DataFolder
from ledgerdesk.store import migrate, open_books
place = pathlib.Path(sys.argv[2])
migrate.upgrade(place / "migrated.db")
with open_books(DataFolder(place / "data")) as books, books.read() as c:
    revision = c.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
i18n.use("fr")
print(json.dumps({
    "package": ledgerdesk.__file__,
    "resources": str(paths.resources()),
    "revision": revision,
    "migrated": sqlite3.connect(place / "migrated.db").execute(
        "SELECT version_num FROM alembic_version").fetchone()[0],
    "connectors": [one.id for one in connectors.all_connectors()],
    "translated": [
        i18n.translate("a text of this test"),
        i18n.translate("a text that is not sure"),
    ],
}))
"""


def files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a build reads, with a catalogue of this test's own among the texts."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("pyproject.toml", "hatch_build.py", "LICENSE", "README.md"):
        shutil.copy2(ROOT / name, copy / name)
    for name in ("ledgerdesk", "resources"):
        shutil.copytree(
            ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo")
        )
    catalogue = copy / "resources" / "locale" / "fr" / "LC_MESSAGES" / "ledgerdesk.po"
    catalogue.parent.mkdir(parents=True, exist_ok=True)
    before = catalogue.read_text("utf-8") if catalogue.exists() else ""
    ours = PO if not before else PO[PO.index('msgid "a text of') :]
    catalogue.write_text(before + "\n" + ours, "utf-8")
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = out.glob("*.whl")
    with zipfile.ZipFile(made) as archive:
        archive.extractall(out / "unpacked")
    return out / "unpacked"


@pytest.fixture(scope="module")
def seen(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process sees that has the wheel and stands somewhere else."""
    place = tmp_path_factory.mktemp("elsewhere")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-I", "-c", LOOK, str(wheel), str(place)],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_file_of_the_package_is_in_it(checkout: Path, wheel: Path) -> None:
    """Modules, migrations with their template, profiles, py.typed."""
    inside = {name for name in files(wheel / "ledgerdesk") if not name.startswith("_resources/")}
    assert inside == files(checkout / "ledgerdesk")
    assert "store/migrations/versions/rev_0001_first_schema.py" in inside


def test_every_resource_is_in_it_and_no_source_of_a_translation(
    checkout: Path, wheel: Path
) -> None:
    wanted = {name for name in files(checkout / "resources") if not name.endswith(NOT_SHIPPED)}
    inside = files(wheel / "ledgerdesk" / "_resources")
    assert inside == wanted
    assert "locale/fr/LC_MESSAGES/ledgerdesk.mo" in inside


def test_nothing_else_is_in_it(wheel: Path) -> None:
    tops = {path.name for path in wheel.iterdir()}
    assert {name for name in tops if not name.endswith(".dist-info")} == {"ledgerdesk"}


def test_it_brings_both_entry_points(wheel: Path) -> None:
    (info,) = wheel.glob("*.dist-info")
    text = (info / "entry_points.txt").read_text()
    assert "[console_scripts]\nledgerdesk = " in text
    assert "[gui_scripts]\nledgerdesk-window = " in text


def test_the_entry_points_exist(wheel: Path) -> None:
    import importlib

    (info,) = wheel.glob("*.dist-info")
    lines = (info / "entry_points.txt").read_text().splitlines()
    for line in lines:
        if "=" in line:
            module, _, function = line.split("=")[1].strip().partition(":")
            assert callable(getattr(importlib.import_module(module), function, None)), line


def test_it_is_the_wheel_that_runs(wheel: Path, seen: dict[str, Any]) -> None:
    assert Path(seen["package"]).is_relative_to(wheel)


def test_it_finds_its_resources(wheel: Path, seen: dict[str, Any]) -> None:
    assert Path(seen["resources"]) == wheel / "ledgerdesk" / "_resources"


def test_it_speaks_the_languages_and_leaves_out_what_is_not_sure(seen: dict[str, Any]) -> None:
    assert seen["translated"] == ["un texte de ce test", "a text that is not sure"]


def test_its_books_open_and_migrate(seen: dict[str, Any]) -> None:
    from ledgerdesk.store.tables import HEAD

    assert (seen["revision"], seen["migrated"]) == (HEAD, HEAD)


def test_it_has_every_connector(seen: dict[str, Any]) -> None:
    from ledgerdesk import connectors

    assert seen["connectors"] == [one.id for one in connectors.all_connectors()]

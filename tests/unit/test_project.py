"""Facts about the project itself that nobody should have to remember."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "ledgerdesk").rglob("*.py"))
LONGEST_FILE = 500
LONGEST_FUNCTION = 70


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_ci_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text().splitlines()


@pytest.mark.parametrize("script", [".ci/run", "tests/helpers/with_keyring.sh"])
def test_shell_scripts_are_well_formed(script: str) -> None:
    assert subprocess.run(["bash", "-n", ROOT / script]).returncode == 0


def test_make_has_every_chore_of_tasks() -> None:
    targets = set(re.findall(r"^(\w+):\s*;", (ROOT / "Makefile").read_text(), re.MULTILINE))
    tasks = (ROOT / "tasks.py").read_text()
    assert targets == set(re.findall(r'^    "(\w+)": command_', tasks, re.MULTILINE))


def test_readme_names_only_chores_that_exist() -> None:
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("no README.md yet")
    text = readme.read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:make|tasks\.py) (\w+)", text))
    known = set(re.findall(r"^(\w+):\s*;", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert "demo" in named
    assert named <= known


def test_every_runtime_dependency_has_a_range(project: dict[str, Any]) -> None:
    for dependency in project["project"]["dependencies"]:
        assert ">=" in dependency, dependency


def test_version_comes_from_the_package(project: dict[str, Any]) -> None:
    import ledgerdesk

    assert "version" in project["project"]["dynamic"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", ledgerdesk.__version__)


def test_pyside_keeps_its_ceiling_on_python_3_11(project: dict[str, Any]) -> None:
    pins = [d for d in project["project"]["dependencies"] if d.startswith("PySide6")]
    assert any("<6.12" in pin and "python_version < '3.12'" in pin for pin in pins)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="True is immortal on this Python")
def test_emitting_signals_keeps_the_references_of_true() -> None:
    """PySide6 6.12.0 loses one at every emit on Python 3.11; the process aborts some time later."""
    from PySide6.QtCore import QObject, Signal

    class Sender(QObject):
        happened = Signal(int)

    sender = Sender()
    before = sys.getrefcount(True)
    for number in range(1000):
        sender.happened.emit(number)
    assert abs(sys.getrefcount(True) - before) < 10


@pytest.mark.parametrize(
    "careless",
    [
        r"verify\s*=\s*False",
        r"AutoAddPolicy",
        r"CERT_NONE",
        r"shell\s*=\s*True",
    ],
)
def test_nothing_is_waved_through(careless: str) -> None:
    found = [
        f"{relative(path)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(careless, line)
    ]
    assert found == []


def test_no_file_is_too_long() -> None:
    lengths = {relative(p): len(p.read_text(encoding="utf-8").splitlines()) for p in SOURCES}
    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_function_is_too_long() -> None:
    lengths = {
        f"{relative(path)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in SOURCES
        # A revision lists tables one after the other: there is nothing to take apart.
        if path.parent.name != "versions"
        for node in functions(path)
    }
    assert {name: n for name, n in lengths.items() if n > LONGEST_FUNCTION} == {}

"""What PySide does at the imports after its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

_IMPORTS = """
import linecache, sys
from ledgerdesk.ui.imports import spare_sources
import PySide6.QtCore
if "spared" in sys.argv:
    assert spare_sources()
import colorsys
print("read" if any(name.endswith("colorsys.py") for name in linecache.cache) else "unread")
"""


@pytest.mark.parametrize(("how", "source"), [("spared", "unread"), ("as it is", "read")])
def test_sources_are_read_unless_they_are_spared(how: str, source: str) -> None:
    command = [sys.executable, "-c", _IMPORTS, how]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, source), done.stderr


def test_another_pyside_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from ledgerdesk.ui import imports

    monkeypatch.setitem(sys.modules, "shibokensupport.feature", None)
    assert not imports.spare_sources()

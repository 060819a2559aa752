"""Build hook: resources/ goes into the wheel as ledgerdesk/_resources, catalogues compiled.

An editable install gets no copy: it reads resources/ of the checkout, where this hook has put the
compiled catalogues beside their sources.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_DOMAIN = "ledgerdesk"


class ResourcesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles every catalogue, then lists each resource by itself."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        resources = Path(self.root) / "resources"
        compile_catalogues(resources / "locale")
        if version == "editable":
            return
        for path in sorted(resources.rglob("*")):
            if path.is_file() and path.suffix not in (".po", ".pot"):
                inside = path.relative_to(resources).as_posix()
                build_data["force_include"][str(path)] = f"ledgerdesk/_resources/{inside}"


def compile_catalogues(locale: Path) -> list[Path]:
    """Writes the .mo beside each .po. Texts marked fuzzy are left out: English is better."""
    compiled = []
    for source in sorted(locale.glob(f"*/LC_MESSAGES/{_DOMAIN}.po")):
        with source.open("rb") as stream:
            catalogue = read_po(stream, locale=source.parent.parent.name, domain=_DOMAIN)
        target = source.with_suffix(".mo")
        with target.open("wb") as stream:
            write_mo(stream, catalogue)
        compiled.append(target)
    return compiled

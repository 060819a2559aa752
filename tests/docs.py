"""Writes the integrations' pages: ``python -m tests.docs FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from ledgerdesk import connectors, i18n
from ledgerdesk.setup import manual

LANGUAGES = ("fr", "nl", "en")


def pages(language: str) -> dict[str, str]:
    """Every page of one language by its file name."""
    i18n.use(language)
    try:
        every = connectors.all_connectors()
        found = {f"{one.id}.md": manual.page(one) for one in every}
        return {"README.md": manual.index(every), **found}
    finally:
        i18n.use("en")


def main(folder: Path) -> int:
    for language in LANGUAGES:
        place = folder / language
        place.mkdir(parents=True, exist_ok=True)
        for old in place.glob("*.md"):
            old.unlink()
        for name, text in pages(language).items():
            (place / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))

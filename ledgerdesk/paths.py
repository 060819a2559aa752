"""Where things are: the data folder, its parts, and the resources that ship with LedgerDesk."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path


def resources() -> Path:
    """The resources folder: frozen, installed from a wheel, or in a checkout."""
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen:
        return Path(frozen) / "resources"
    packaged = Path(__file__).parent / "_resources"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "resources"


def default_data_folder() -> Path:
    """``LEDGERDESK_DATA_DIR``, else the platform's own place for local application data."""
    given = os.environ.get("LEDGERDESK_DATA_DIR")
    if given:
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_data_dir("LedgerDesk", appauthor=False, roaming=False))


def data_folder(given: str | Path | None = None) -> DataFolder:
    """The folder of ``--data-dir``, else of LEDGERDESK_DATA_DIR, else the platform's own."""
    root = Path(given) if given else default_data_folder()
    return DataFolder(root.expanduser().absolute())


_own_profiles: list[Path] = []


def use_profiles(folder: Path | None) -> None:
    """From now on the firm's own REST profiles are those in ``folder``, which need not exist."""
    _own_profiles[:] = [folder] if folder else []


def own_profiles() -> Path | None:
    """None where no data folder is open: then only those that ship with LedgerDesk count."""
    return _own_profiles[0] if _own_profiles else None


@dataclass(frozen=True)
class DataFolder:
    """One data folder and the names inside it."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "ledgerdesk.db"

    @property
    def engine_lock(self) -> Path:
        return self.root / "engine.lock"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def profiles(self) -> Path:
        """REST profiles the firm imported; they win over those that ship with LedgerDesk."""
        return self.root / "profiles"

    @property
    def log(self) -> Path:
        return self.root / "ledgerdesk.log"

    @property
    def rules(self) -> Path:
        """Rule files of the user's own: a newer release without a new installer."""
        return self.root / "rules"

    @property
    def practice_key(self) -> Path:
        """A practice folder keeps its key beside the books: nothing in it is secret."""
        return self.root / "practice.key"

"""``ledgerdesk backup``, ``restore``, ``doctor``, ``status``."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from ledgerdesk.i18n import N_, translate

if TYPE_CHECKING:
    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands


def register(commands: Commands) -> None:
    backup_ = commands.command(
        "backup", N_("write one file with the books and all that is not delivered"), backup
    )
    backup_.add_argument("file")
    restore_ = commands.command("restore", N_("put a backup in place of the books"), restore)
    restore_.add_argument("file")
    commands.command("doctor", N_("look at this installation and say what is wrong"), doctor)
    commands.command("status", N_("what waits, and who must act"), status)


def backup(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk

    with open_desk(options.data_dir) as desk:
        content = {"file": options.file, "size": desk.backup(Path(options.file))}
    text = translate(N_("Backup written: {file} ({size} bytes). The passwords' key is not in it."))
    output.document(content, text.format(**content))
    return 0


def restore(options: Namespace, output: Output) -> int:
    from ledgerdesk import app

    restored = app.restore(options.data_dir, Path(options.file))
    content = {
        "restored": options.file,
        "kept": None if restored.kept is None else str(restored.kept),
        "sign_in_again": restored.sign_in_again,
    }
    text = translate(N_("Restored from {restored}. The former database is kept: {kept}"))
    output.document(content, text.format(**content))
    if restored.sign_in_again:
        output.say(translate(N_("The key of these books is not on this computer: sign in again.")))
        return 1
    return 0


def doctor(options: Namespace, output: Output) -> int:
    from ledgerdesk import doctor as examination

    report = examination.examine(options.data_dir)
    content = {
        "ok": report.ok,
        "checks": [{"name": one.name, "ok": one.ok, "detail": one.detail} for one in report.checks],
        **report.facts,
    }
    lines = [
        f"{'✓' if one.ok else '✗'} {translate(one.name)}: {one.detail}" for one in report.checks
    ]
    output.document(content, "\n".join(lines))
    return 0 if report.ok else 1


def status(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk
    from ledgerdesk.cli import gaps, shapes
    from ledgerdesk.cli.sync import told
    from ledgerdesk.store import engine_running

    with open_desk(options.data_dir) as desk:
        found = desk.status()
        running = engine_running(desk.folder)
    attention = [
        {
            "what": one.what,
            "id": one.id,
            "name": one.name,
            "documents": one.how_many,
            **(shapes.error(one.error) or {}),
        }
        for one in found.attention
    ]
    counts = found.counts.as_dict()
    missing = gaps.shown(found.missing)
    content = {
        "counts": counts,
        "attention": attention,
        "gaps": missing,
        "last_look_at": shapes.moment(found.last_look_at),
        "engine_running": running,
    }
    causes = [f"{one['name']}: {one.get('text', '')}" for one in attention]
    parts = [part for part in (told(counts), *causes) if part]
    output.document(content, "\n\n".join(parts) or translate(N_("Nothing waits.")))
    return 1 if found.counts.waits or found.attention else 0

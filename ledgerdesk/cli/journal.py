"""``ledgerdesk journal``: the record of all that happened, verified or exported."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from ledgerdesk.errors import FileNotWritten
from ledgerdesk.i18n import N_, translate

if TYPE_CHECKING:
    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands


def register(commands: Commands) -> None:
    group = commands.group("journal", N_("the history: verify it, export it"))
    group.command("verify", N_("check that nothing in the history was changed"), verify)
    export_ = group.command("export", N_("write the history to a file, one line per entry"), export)
    export_.add_argument("file")


def verify(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk
    from ledgerdesk.store import journal

    with open_desk(options.data_dir) as desk, desk.books.read() as connection:
        verdict = journal.verify(connection)
    content = {"ok": verdict.ok, "rows": verdict.rows, "first_bad": verdict.first_bad}
    if verdict.ok:
        text = translate(N_("The history is whole: {rows} entries."))
    else:
        text = translate(N_("The history was changed: entry {first_bad} does not fit."))
    output.document(content, text.format(**content))
    return 0 if verdict.ok else 1


def export(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import open_desk
    from ledgerdesk.store import journal
    from ledgerdesk.store.files import written

    target = Path(options.file)
    lines = 0
    with open_desk(options.data_dir) as desk, desk.books.read() as connection:
        if target.resolve().is_relative_to(desk.folder.root.resolve()):
            in_the_way = translate(N_("It would overwrite the data folder itself."))
            raise FileNotWritten(path=str(target), reason=in_the_way)
        with written(target) as stream:
            for line in journal.export(connection):
                stream.write(line + "\n")
                lines += 1
        _, head = journal.head(connection)
    # The last line is the head itself.
    content = {"file": str(target), "rows": lines - 1, "head": head}
    text = translate(N_("{rows} entries written to {file}. Keep this with it: {head}"))
    output.document(content, text.format(**content))
    return 0

"""``ledgerdesk demo``: the practice world, end to end."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from ledgerdesk.i18n import N_, translate

if TYPE_CHECKING:
    from ledgerdesk.cli.output import Output
    from ledgerdesk.cli.parser import Commands


def register(commands: Commands) -> None:
    demo_ = commands.command(
        "demo", N_("play the practice world and compare books and servers"), demo
    )
    demo_.add_argument(
        "--seed", type=int, default=None, help=translate(N_("the same number plays the same day"))
    )


def demo(options: Namespace, output: Output) -> int:
    from ledgerdesk.app import data_folder, open_desk
    from ledgerdesk.paths import DataFolder
    from ledgerdesk.practice.demo import play

    folder = data_folder(options.data_dir)
    if options.data_dir is None:
        folder = DataFolder(folder.root.with_name(f"{folder.root.name}-practice"))
    with output.progress() as progress:
        result = play(folder, open_desk, options.seed, progress)
    content: dict[str, Any] = {
        "seed": result.seed,
        "data_dir": str(result.folder),
        "agree": result.agree,
        "documents": [line.as_dict() for line in result.lines],
        "sync": result.counts.as_dict(),
    }
    columns = {
        "file": N_("File"),
        "client": N_("Client"),
        "connector_id": N_("Integration"),
        "what": N_("Document"),
        "outcome": N_("What happened"),
        "place": N_("Read back from the server"),
        "agrees": N_("Right"),
    }
    if output.json:
        output.document(content)
        return 0 if result.agree else 1
    output.listed("documents", content["documents"], columns)
    text = (
        N_("Books and servers agree: {right} of {all}. Practice folder: {folder} (seed {seed})")
        if result.agree
        else N_("Books and servers differ: {right} of {all} are right. {folder} (seed {seed})")
    )
    numbers = {"right": sum(line.agrees for line in result.lines), "all": len(result.lines)}
    output.document(
        {}, "\n" + translate(text).format(folder=result.folder, seed=result.seed, **numbers)
    )
    return 0 if result.agree else 1

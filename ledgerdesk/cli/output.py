"""What the command line prints: one JSON document or tables on standard output, messages on
standard error, a progress bar there when a person is watching."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ledgerdesk.errors import LedgerDeskError
from ledgerdesk.i18n import N_, translate

Row = Mapping[str, Any]


class Output:
    """``json``: one document on standard output and nothing else there."""

    def __init__(self, *, json: bool = False, verbose: bool = False) -> None:
        self.json = json
        self.verbose = verbose
        for stream in (sys.stdout, sys.stderr):
            # A console of another code page must not stop a run on one name.
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="replace")
                if json and stream is sys.stdout:
                    # A script reads the same bytes everywhere, also from a pipe on Windows.
                    reconfigure(encoding="utf-8")

    def document(self, content: Mapping[str, Any], text: str = "") -> None:
        """The answer: ``content`` as JSON, or ``text`` for a person."""
        if self.json:
            print(json.dumps(content, ensure_ascii=False, indent=2, default=str))
        elif text:
            print(text)

    def listed(
        self,
        name: str,
        rows: Sequence[Row],
        columns: Mapping[str, str],
        *,
        more: bool = False,
        empty: str = "",
        **beside: Any,
    ) -> None:
        """A list: ``{name: rows}``, with ``"more": true`` when there are further ones.

        ``columns`` maps a row's key to its heading; dots reach into nested values.
        """
        if self.json:
            self.document({name: list(rows), **({"more": True} if more else {}), **beside})
        elif rows:
            print(table(rows, columns))
            if more:
                self.say("… --offset")
        elif empty:
            self.say(empty)

    def say(self, text: str) -> None:
        """A message beside the answer."""
        print(text, file=sys.stderr, flush=True)

    def failed(self, error: LedgerDeskError) -> None:
        detail = {key: _plain(value) for key, value in error.params.items()}
        if error.retry_after is not None:
            detail["retry_after"] = error.retry_after
        content = {
            "code": error.code,
            "text": error.text(),
            "owner": error.owner,
            "field": error.field,
            "detail": detail,
        }
        if self.json:
            self.document({"error": content})
        self.say(error.text())

    @contextmanager
    def progress(self) -> Iterator[ProgressBar]:
        """A bar while a person watches and wants no JSON; silent otherwise."""
        bar = ProgressBar(visible=not self.json and sys.stderr.isatty())
        try:
            yield bar
        finally:
            bar.close()


class ProgressBar:
    """Implements ``model.Progress`` for a terminal."""

    def __init__(self, *, visible: bool) -> None:
        self._visible = visible
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}

    def step(self, label: str, done: int, total: int | None) -> None:
        if not self._visible:
            return
        if self._bar is None:
            self._bar = _bar()
            self._bar.start()
        task = self._tasks.get(label)
        if task is None:
            task = self._tasks[label] = self._bar.add_task(translate(label), total=total)
        self._bar.update(task, completed=done, total=total)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def table(rows: Iterable[Row], columns: Mapping[str, str]) -> str:
    """A plain table. Control characters and line ends in values never reach the terminal."""
    heads = [translate(head) for head in columns.values()]
    cells = [[_cell(_reach(row, key)) for key in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    lines = [heads, ["─" * width for width in widths], *cells]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _reach(row: Row, key: str) -> Any:
    value: Any = row
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        value = translate(N_("yes") if value else N_("no"))
    if isinstance(value, (list, tuple, Mapping)):
        value = ", ".join(str(one) for one in value)
    text = str(value).replace("\u00a0", " ")  # French sets it before a colon
    text = "".join(sign if sign.isprintable() else "�" for sign in text)
    return text if len(text) <= 60 else text[:59] + "…"


def _plain(value: object) -> object:
    return (
        value if isinstance(value, (str, int, float, bool, list)) or value is None else str(value)
    )

"""Runs ``ledgerdesk`` as a script would and holds what design.md §9 promises of every command.

``Inside`` runs it in this process (quick), ``Outside`` as a process of its own (real).
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    code: int
    out: str
    err: str


@dataclass
class Cli:
    """``cli("clients", "list")`` is the JSON of a command that ends with 0, or with ``code``.

    ``canaries`` must never appear in what a command prints.
    """

    data_dir: Path
    canaries: list[str] = field(default_factory=list)

    def __call__(self, *arguments: str | Path, code: int | None = 0, **how: Any) -> Json:
        answer = self.run("--json", *arguments, **how)
        assert code in (None, answer.code), f"exit {answer.code}: {answer.out}{answer.err}"
        return self._document(answer)

    def fails(self, *arguments: str | Path, code: int = 2, **how: Any) -> Json:
        """The error of a command that ends with ``code``; a person reads its text beside."""
        answer = self.run("--json", *arguments, **how)
        document = self._document(answer)
        assert answer.code == code, f"exit {answer.code}: {answer.out}{answer.err}"
        assert list(document) == ["error"]
        error: Json = document["error"]
        assert list(error) == ["code", "text", "owner", "field", "detail"]
        assert error["text"] in answer.err
        assert error["owner"] in ("you", "client", "bank", "package", "it")
        return error

    def tells(self, *arguments: str | Path, code: int = 0, **how: Any) -> Answer:
        """What a person sees, without --json."""
        answer = self.run(*arguments, **how)
        assert answer.code == code, f"exit {answer.code}: {answer.out}{answer.err}"
        return answer

    def run(
        self, *arguments: str | Path, env: Mapping[str, str] | None = None, stdin: str = ""
    ) -> Answer:
        given = ["--data-dir", str(self.data_dir), *map(str, arguments)]
        answer = self._run(given, env or {}, stdin)
        for canary in self.canaries:
            assert canary not in answer.out + answer.err, arguments
        assert "Traceback" not in answer.err, answer.err
        return answer

    def _run(self, given: list[str], env: Mapping[str, str], stdin: str) -> Answer:
        raise NotImplementedError

    @staticmethod
    def _document(answer: Answer) -> Json:
        try:
            document = json.loads(answer.out)
        except json.JSONDecodeError:
            raise AssertionError(f"not one JSON document: {answer.out!r} {answer.err}") from None
        assert isinstance(document, dict)
        return document


class Inside(Cli):
    """In this process, on whatever keyring the test chose."""

    def __init__(self, data_dir: Path, patch: pytest.MonkeyPatch) -> None:
        super().__init__(data_dir)
        self._patch = patch

    def _run(self, given: list[str], env: Mapping[str, str], stdin: str) -> Answer:
        from ledgerdesk import cli, i18n

        out, err = io.StringIO(), io.StringIO()
        with self._patch.context() as patch:
            for name, value in env.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.StringIO(stdin))
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                try:
                    code = cli.run(given)
                except SystemExit as ended:
                    code = int(ended.code or 0)
                finally:
                    i18n.use("en")
        return Answer(code, out.getvalue(), err.getvalue())


class Outside(Cli):
    """A process of its own; what is running is in ``start``."""

    def _run(self, given: list[str], env: Mapping[str, str], stdin: str) -> Answer:
        process = self.start(*given, env=env)
        out, err = process.communicate(stdin, timeout=100)
        return Answer(process.returncode, out, err)

    @staticmethod
    def start(*given: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "ledgerdesk", *given],
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

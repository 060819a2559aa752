"""The child process that runs Saxon: stylesheet and XML in, broken rules out.

It is started as a file of its own and imports nothing of LedgerDesk, so that it starts quickly; an
abort inside Saxon ends this process and nothing else. Messages are a length of four bytes and JSON:
``[stylesheet, xml, seconds]`` is answered by ``{"broken": [[rule, flag, text, place], …]}`` or
``{"error": text}``. Saxon's own parser follows external entities: it is only ever given text that
lxml has vetted and written anew. A check that takes longer than its seconds ends the process: the
watch for it runs outside Python, because Saxon holds Python's lock while it works. Facts: saxonche
13 is not safe beside other threads, and an XSLT may stop instead of reporting.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import struct
import sys
from typing import IO, Any

_LENGTH = struct.Struct(">I")
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_NO_SAXON = 3
_START = 60.0
"""Seconds for loading Saxon, on the slowest machine."""


def serve() -> int:
    """Answers until standard input ends."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not reach the answers.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    end_after(_START)
    try:
        saxon = _Saxon()
    except ImportError:
        return _NO_SAXON
    end_after(0)
    while (message := receive(requests)) is not None:
        stylesheet, text, seconds = json.loads(message)
        end_after(seconds)
        answer = saxon.answer(stylesheet, text)
        end_after(0)
        send(answers, answer)
    return 0


def end_after(seconds: float) -> None:
    """Ends this process in so many seconds, whatever it does; never, for none."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
    elif seconds:
        faulthandler.dump_traceback_later(seconds, exit=True, file=2)
    else:
        faulthandler.cancel_dump_traceback_later()


def send(stream: IO[bytes], message: object) -> None:
    """Writes one message; the parent uses it too."""
    data = json.dumps(message).encode()
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """One message; None where the other side has gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (size,) = _LENGTH.unpack(head)
    data = stream.read(size)
    return data if len(data) == size else None


class _Saxon:
    """The processor and what it has compiled."""

    def __init__(self) -> None:
        import saxonche

        self._failures = (saxonche.PySaxonApiError, RuntimeError, ValueError)
        self._processor = saxonche.PySaxonProcessor(license=False)
        # Stylesheets read tables beside them; nothing reaches further than this disk.
        self._processor.set_configuration_property(
            "http://saxon.sf.net/feature/allowedProtocols", "file"
        )
        self._xslt = self._processor.new_xslt30_processor()
        self._compiled: dict[str, Any] = {}

    def answer(self, stylesheet: str, text: str) -> dict[str, Any]:
        try:
            if stylesheet not in self._compiled:
                self._compiled[stylesheet] = self._xslt.compile_stylesheet(
                    stylesheet_file=stylesheet
                )
            node = self._processor.parse_xml(xml_text=text)
            report = self._compiled[stylesheet].transform_to_string(xdm_node=node)
            return {"broken": _broken(report)}
        except self._failures as error:
            return {"error": " ".join(str(error).split())[:500]}


def _broken(report: str) -> list[list[str]]:
    # Most invoices break nothing: their report is not taken apart.
    if "failed-assert" not in report and "successful-report" not in report:
        return []
    from lxml import etree

    found = []
    root = etree.fromstring(report.encode())
    for element in root.iter(_SVRL + "failed-assert", _SVRL + "successful-report"):
        text = " ".join("".join(map(str, element.itertext())).split())
        rule, flag = element.get("id", ""), element.get("flag", "")
        found.append([rule, flag, text, element.get("location", "")])
    return found


if __name__ == "__main__":
    sys.exit(serve())

"""Where the documents of the sample clients go, and what may be sent there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Destination:
    """``id`` is that of a practice package (practice/packages/<id>.py).

    ``statements``: it takes bank statements; ``pdf``: a PDF by itself; ``bare_xml``: an XML without
    a PDF inside; ``answers``: False for a server that is down.
    """

    id: str
    statements: bool = False
    pdf: bool = True
    bare_xml: bool = True
    answers: bool = True


DESTINATIONS = (
    Destination("sftp", statements=True),
    Destination("email", statements=True),
    Destination("down", statements=True, answers=False),
    Destination("folder", statements=True),
    Destination("dropbox", statements=True),
    Destination("exact_online", statements=True),
    Destination("yuki", statements=True),
    Destination("octopus", statements=True),
    Destination("onea", pdf=False),
    Destination("zenvoices"),
    Destination("lyanthe", bare_xml=False),
    Destination("clearfacts"),
    Destination("bocount"),
    Destination("count_e"),
    Destination("pingwin"),
    Destination("wings_online"),
)


def destination(id: str) -> Destination:
    return next(one for one in DESTINATIONS if one.id == id)

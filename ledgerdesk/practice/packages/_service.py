"""Packages that are reached by a web service: a stand-in, and the address that leads to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def led_to(connector_id: str, url: str) -> Iterator[None]:
    """The integration's vendor is at ``url`` meanwhile, for this whole process."""
    name = f"LEDGERDESK_ENDPOINT_{connector_id.upper()}"
    before = os.environ.get(name)
    os.environ[name] = url
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before

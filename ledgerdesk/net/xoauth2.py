"""The SASL mechanism XOAUTH2 (Google, Microsoft): a token in place of a password."""

from __future__ import annotations

import base64


def proof(username: str, token: str) -> str:
    """The string to be encoded; ``username`` is the mailbox, which may be a shared one."""
    return f"user={username}\x01auth=Bearer {token}\x01\x01"


def encoded(username: str, token: str) -> str:
    return base64.b64encode(proof(username, token).encode()).decode()

"""Named places where a test may kill the process, to prove that nothing is lost or doubled.

``LEDGERDESK_FAILPOINT=sftp.published`` kills at the first visit of that place; ``name:3`` at the
third. Without the variable, and always in an installed program, a visit costs one comparison.
"""

from __future__ import annotations

import os
import signal
import sys

_wanted, _, _count = os.environ.get("LEDGERDESK_FAILPOINT", "").partition(":")
_visits_left = int(_count or 1)
if getattr(sys, "frozen", False):
    _wanted = ""


def arm(name: str, visit: int = 1) -> None:
    """Sets the place from inside a test process, before the work begins."""
    global _wanted, _visits_left
    _wanted, _visits_left = name, visit


def failpoint(name: str) -> None:
    """Kills this process here, without any clean-up, when a test asked for it."""
    global _visits_left
    if name != _wanted:
        return
    _visits_left -= 1
    if _visits_left == 0:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

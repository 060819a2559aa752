"""Where a document goes in Dropbox."""

from __future__ import annotations

import re

DEFAULT_FOLDER = "Invoice_import/[enterprise_name]_[vat]/[invoice_type]"


def rooted(folder: str) -> str:
    """As Dropbox writes paths: from the root on, which is the app's own folder where it has one."""
    segments = (one.strip() for one in re.split(r"[\\/]+", folder))
    return "/" + "/".join(one for one in segments if one)

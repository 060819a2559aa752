"""What PySide does at every import after its own, and is not needed here.

To find out whether a module may use ``from __feature__ import …``, PySide reads the whole source of
every module that is imported, and Python keeps all these lines: 18 MiB and a tenth of the start for
a window. Nothing here uses that feature. (A frozen program has no sources to read.)
"""

from __future__ import annotations

import sys
from types import ModuleType

_FEATURE = "shibokensupport.feature"
_ASKED = "_mod_uses_pyside"


def spare_sources() -> bool:
    """Whether sources are left unread from now on; a PySide that does it in another way goes on."""
    import PySide6.QtCore  # noqa: F401

    feature = sys.modules.get(_FEATURE)
    if not hasattr(feature, _ASKED):
        return False
    setattr(feature, _ASKED, _uses_no_feature)
    return True


def _uses_no_feature(_module: ModuleType) -> bool:
    return False

"""aiortc and aioice, corrected: everything that touches their private parts is in this package.

`correct()` once in a process, before its first connection. Each correction is a function of `catalogue.py`
that says the fault and what was measured; `only` applies some of them, for tests that show a fault.
"""

from media_kit.corrections.applying import Corrections, WrongVersion, correct
from media_kit.corrections.catalogue import ALL
from media_kit.corrections.ice import Reach

__all__ = ["ALL", "Corrections", "Reach", "WrongVersion", "correct"]

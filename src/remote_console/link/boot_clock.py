"""Seconds that also count while the computer sleeps: a lid that was closed is a link that was lost."""

from __future__ import annotations

import sys
import time


def boot_s() -> float:
    """Seconds since an arbitrary moment; never goes back, counts suspend."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC_RAW)
    return time.monotonic()  # on Windows it counts suspend

"""Seconds that also count while the computer sleeps: a lid that was closed is a link that was lost."""

from __future__ import annotations

import time

_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC_RAW", None))
"""Linux; macOS (whose raw clock counts sleep). On Windows `time.monotonic` counts it."""


def boot_s() -> float:
    """Seconds since an arbitrary moment; never goes back, counts suspend."""
    return time.clock_gettime(_CLOCK) if _CLOCK is not None else time.monotonic()

"""The machine's clocks."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class MachineClock:
    """Boot time for deciding, wall time for display."""

    def boot_s(self) -> float:
        """CLOCK_BOOTTIME where there is one: it counts suspend and cannot be set."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def wall(self) -> datetime:
        """UTC now."""
        return datetime.now(UTC)

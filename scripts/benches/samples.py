"""Percentiles, and a check that wall times of two processes may be subtracted."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

MOST_STEP_S = 0.0005


class Disturbed(Exception):
    """The measurement does not hold; the words say why and what to do."""


def percentile(samples: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile: a value that was measured, never one between two.

    Raises ValueError without samples or outside 0 < percent <= 100.
    """
    if not samples or not 0 < percent <= 100:
        raise ValueError(f"no {percent:g}th percentile of {len(samples)} samples")
    return sorted(samples)[math.ceil(len(samples) * percent / 100) - 1]


@dataclass(slots=True)
class SteadyWall:
    """Wall time for comparison with another process's log, watched by the monotonic clock.

    A log on the same machine holds wall times; they may be compared as long as nobody sets the clock.
    """

    _offset_s: float = field(default_factory=lambda: time.time() - time.monotonic())

    def now_s(self) -> float:
        """Seconds since 1970. Raises Disturbed when the clock was set since this object was made."""
        wall_s, monotonic_s = time.time(), time.monotonic()
        if abs(wall_s - monotonic_s - self._offset_s) > MOST_STEP_S:
            raise Disturbed("the wall clock was set during the measurement; run the bench again")
        return wall_s


def wall_s(event: dict[str, str]) -> float:
    """When a scanner's log says that an event happened."""
    return datetime.fromisoformat(event["at"]).timestamp()

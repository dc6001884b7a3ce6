"""How much a machine's processor lets be made of its pictures, judged by how long they take to be made.

- What counts is the time from a picture's coming until it is encoded: no line is in it.
- Longer than `LATE_S` on the average for `LOWER_AFTER_S`: one step less. Shorter than `EASY_S` for
  `RAISE_AFTER_S`: one step more, so that what helped is not undone at once.
- With less effort fewer pictures are made, which costs nobody a key frame; with the least also no high layer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import IntEnum

LATE_S = 0.1
EASY_S = 0.04
LOWER_AFTER_S = 1.0
RAISE_AFTER_S = 5.0
SMOOTHED_OVER_S = 0.5


class Effort(IntEnum):
    """How much is made of every source."""

    LEAST = 0
    LESS = 1
    FULL = 2

    @property
    def picture_share(self) -> float:
        """The share of a layer's pictures that is made."""
        return (0.2, 0.5, 1.0)[self]


@dataclass(frozen=True, slots=True)
class Work:
    """What pictures took of late, and what follows from it."""

    effort: Effort = Effort.FULL
    took_s: float = 0.0
    """Smoothed."""
    last_s: float = 0.0
    since_s: float = 0.0
    """Since when `took_s` is late, easy or neither, as now; not before the last step."""

    def done(self, took_s: float, now_s: float) -> Work:
        """The work after one more picture."""
        share = 1.0 - math.exp(-max(now_s - self.last_s, 0.001) / SMOOTHED_OVER_S)
        smoothed_s = self.took_s + share * (took_s - self.took_s)
        same = _towards(smoothed_s) == _towards(self.took_s)
        work = replace(self, took_s=smoothed_s, last_s=now_s, since_s=self.since_s if same else now_s)
        towards = _towards(smoothed_s)
        after_s = LOWER_AFTER_S if towards < 0 else RAISE_AFTER_S
        wanted = min(max(work.effort + towards, Effort.LEAST), Effort.FULL)
        if wanted == work.effort or now_s - work.since_s < after_s:
            return work
        return replace(work, effort=Effort(wanted), since_s=now_s)


def _towards(took_s: float) -> int:
    if took_s > LATE_S:
        return -1
    return 1 if took_s < EASY_S else 0

"""How many pictures this desk asks for, judged by how long they take here. Pure.

- What counts is the time from a picture's arrival in this computer until it is decoded and painted: no line
  and no site is in it.
- Longer than `LATE_S` on the average for `LOWER_AFTER_S`: one step less. All small first, then only the most
  important one, small.
- Shorter than `EASY_S` for as long as it is patient: one step more. A step that had to be taken back within
  `REGRETTED_S` doubles the patience, so that pictures do not jump between their sizes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum, unique

from mr_contract.vocabulary import PictureQuality
from remote_console.core.picture_tiles import Wish

LATE_S = 0.15
EASY_S = 0.05
LOWER_AFTER_S = 2.0
FIRST_PATIENCE_S = 10.0
MOST_PATIENCE_S = 120.0
REGRETTED_S = 20.0
SMOOTHED_OVER_S = 0.5


@unique
class Asking(IntEnum):
    """How much is asked for of what is in sight."""

    ONE = 0
    """The most important picture, small."""
    SMALL = 1
    """All of them, small."""
    ALL = 2
    """Everything as it is wished for."""

    def of(self, wishes: Sequence[Wish]) -> tuple[Wish, ...]:
        """What is asked for of these, the most important one first."""
        match self:
            case Asking.ALL:
                return tuple(wishes)
            case Asking.SMALL:
                return tuple((source, PictureQuality.LOW) for source, _ in wishes)
            case Asking.ONE:
                return tuple((source, PictureQuality.LOW) for source, _ in wishes[:1])


@dataclass(frozen=True, slots=True)
class KeepingUp:
    """What pictures took of late, and what follows from it. Seconds of any one clock."""

    asking: Asking = Asking.ALL
    took_s: float = 0.0
    """Smoothed."""
    last_s: float = 0.0
    since_s: float = 0.0
    """Since when `took_s` is late, easy or neither, as now; not before the last step."""
    raised_s: float = -math.inf
    patience_s: float = FIRST_PATIENCE_S

    def showed(self, took_s: float, now_s: float) -> KeepingUp:
        """After one more picture, of whichever camera."""
        share = 1.0 - math.exp(-max(now_s - self.last_s, 0.001) / SMOOTHED_OVER_S)
        smoothed_s = self.took_s + share * (took_s - self.took_s)
        same = _towards(smoothed_s) == _towards(self.took_s)
        after = replace(self, took_s=smoothed_s, last_s=now_s, since_s=self.since_s if same else now_s)
        match _towards(smoothed_s):
            case -1 if self.asking > Asking.ONE and now_s - after.since_s >= LOWER_AFTER_S:
                return _lowered(after, now_s)
            case 1 if self.asking < Asking.ALL and now_s - after.since_s >= self.patience_s:
                return replace(after, asking=Asking(self.asking + 1), since_s=now_s, raised_s=now_s)
            case _:
                return after


def _lowered(work: KeepingUp, now_s: float) -> KeepingUp:
    regretted = now_s - work.raised_s <= REGRETTED_S
    patience_s = min(work.patience_s * 2, MOST_PATIENCE_S) if regretted else FIRST_PATIENCE_S
    return replace(work, asking=Asking(work.asking - 1), since_s=now_s, patience_s=patience_s)


def _towards(took_s: float) -> int:
    if took_s > LATE_S:
        return -1
    return 1 if took_s < EASY_S else 0

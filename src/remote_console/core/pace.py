"""How much faster than life a simulated scanner runs, measured from what it says.

Time left is scan time: at a pace other than 1 it passes faster than a clock, and the desk says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from mr_contract.views import ProgressView

MEASURED_OVER_S = 1.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Where measuring began, and what was measured last; None: not yet."""

    acquisition_id: str
    began_s: float
    left_s: float
    times: float | None = None


def paced(before: Pace | None, progress: ProgressView | None, at_s: float) -> Pace | None:
    """The pace after one more report; what was measured stays known between two acquisitions."""
    if progress is None:
        return before
    known = before.times if before else None
    if before is None or before.acquisition_id != progress.acquisition_id:
        return Pace(progress.acquisition_id, at_s, progress.remaining_s, known)
    passed = at_s - before.began_s
    if passed < MEASURED_OVER_S:
        return before
    times = max(0.0, before.left_s - progress.remaining_s) / passed
    return Pace(before.acquisition_id, before.began_s, before.left_s, times)


def times_faster(pace: Pace | None) -> int | None:
    """Whole times faster than life; None where it is about real time or was not measured."""
    if pace is None or pace.times is None or pace.times < 1.5:
        return None
    return round(pace.times)

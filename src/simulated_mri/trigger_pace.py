"""How a triggered acquisition follows the patient: a plan's even time against the time that really passes.

Rules:
- A repetition begins with a trigger of the patient's own: none, and it waits, however long.
- A repetition takes every n-th trigger. One that comes while gradients switch is missed: of a heart that has
  become faster, or of an ECG that drowns in the artefact.
- Within a repetition time passes as planned; between two repetitions the plan stands still.
- What has begun stays as it was, whatever becomes of the patient.

Planned times are those of `AcquisitionPlan`; real ones are seconds of scan time since the beginning.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

TriggerSource = Literal["PULSE", "ECG", "RESPIRATION"]
NextTrigger = Callable[[TriggerSource, float, float], float | None]
"""The first trigger after one real moment and not after another, as the sensor shows it; None if none."""

WAITS_S, WAITS_CYCLES = 10.0, 3.0
"""A trigger that has been missing for so long, and so many expected cycles, is told in words."""
_EXACT_S = 1e-9
_REMEMBERED = 8
"""So many repetitions back, nothing of the magnetisation that was then is left."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Repetitions of `repetition_s` begin at `first_s`; their gradients switch from `quiet_s` to `busy_s`.

    `ready_s`: from when on the first trigger is looked for; `cycles`: triggers that are seen, to a repetition
    (those that come while gradients switch are not).
    """

    source: TriggerSource
    cycle_s: float
    cycles: int
    ready_s: float
    first_s: float
    repetition_s: float
    quiet_s: float
    busy_s: float
    repetitions: int

    @property
    def end_s(self) -> float:
        return self.first_s + self.repetitions * self.repetition_s

    @property
    def patience_s(self) -> float:
        return max(WAITS_S, WAITS_CYCLES * self.cycle_s)

    def followed(
        self, starts: tuple[float, ...], following: NextTrigger, until_s: float
    ) -> tuple[float, ...]:
        """`starts` (real, of the repetitions so far) and those that the triggers until now add."""
        found = list(starts)
        while len(found) < self.repetitions:
            began_s = self._next(found, following, until_s)
            if began_s is None:
                break
            found.append(began_s)
        return tuple(found)

    def _next(self, starts: list[float], following: NextTrigger, until_s: float) -> float | None:
        if not starts:
            return following(self.source, self.ready_s, until_s) if self.ready_s <= until_s else None
        last_s, counted, trigger_s = starts[-1], 0, starts[-1]
        while True:
            found = following(self.source, trigger_s, until_s)
            if found is None:
                return None
            trigger_s = found
            if self.quiet_s <= trigger_s - last_s < self.busy_s:
                continue
            counted += 1
            if counted >= self.cycles and trigger_s - last_s >= self.busy_s:
                return trigger_s

    def interval_s(self, cycle_s: float) -> float:
        """From one repetition to the next while every cycle lasts `cycle_s`: the TR that is really had."""
        seen = number = 0
        while seen < self.cycles or number * cycle_s < self.busy_s - _EXACT_S:
            number += 1
            seen += not self.quiet_s <= number * cycle_s < self.busy_s - _EXACT_S
        return number * cycle_s

    def interval_before_s(self, starts: tuple[float, ...], planned_s: float) -> float | None:
        """Mean of the last few real intervals before a moment of the plan; None before the second start."""
        number = max(math.ceil((planned_s - self.first_s) / self.repetition_s - _EXACT_S) - 1, 0)
        last = min(number, len(starts) - 1)
        first = max(last - _REMEMBERED, 0)
        return (starts[last] - starts[first]) / (last - first) if last > first else None

    def planned_s(self, starts: tuple[float, ...], real_s: float) -> float:
        """Which moment of the plan it is; never falls as time passes and triggers come."""
        begun = bisect_right(starts, real_s)
        if begun == 0:
            return min(real_s, self.first_s)
        within_s = min(real_s - starts[begun - 1], self.repetition_s)
        return self.first_s + (begun - 1) * self.repetition_s + within_s

    def real_s(self, starts: tuple[float, ...], planned_s: float) -> float:
        """When a moment of the plan really was; of what has not begun, when it may be at the earliest."""
        into_s = planned_s - self.first_s
        if into_s <= 0 or not starts:
            return planned_s
        number = min(max(math.ceil(into_s / self.repetition_s - 1e-9) - 1, 0), len(starts) - 1)
        return starts[number] + into_s - number * self.repetition_s

    def waited_s(self, starts: tuple[float, ...], real_s: float) -> float:
        """How much longer than an expected repetition has been waited for the trigger that is due."""
        if len(starts) >= self.repetitions:
            return 0.0
        due_s = starts[-1] + self.repetition_s if starts else self.ready_s
        return max(real_s - due_s, 0.0)

    def remaining_s(self, starts: tuple[float, ...], real_s: float, cycle_s: float | None) -> float:
        """How long it will still take if every cycle lasts `cycle_s` (None: as was expected)."""
        left = self.end_s - self.planned_s(starts, real_s)
        slower_s = self.interval_s(cycle_s or self.cycle_s) - self.repetition_s
        return max(left + (self.repetitions - len(starts)) * slower_s, 0.0)


@dataclass(frozen=True, slots=True)
class Paced:
    """How a triggered acquisition went: mean interval of repetitions, the patient's cycle, how many began."""

    repetition_s: float
    cycle_s: float
    repetitions: int


def paced(pace: Pace, starts: tuple[float, ...], cycle_s: float | None) -> Paced:
    """`cycle_s`: the patient's when it began, None if no sensor showed it."""
    expected_s = cycle_s or pace.cycle_s
    if len(starts) < 2:
        return Paced(pace.interval_s(expected_s), expected_s, len(starts))
    mean_s = (starts[-1] - starts[0]) / (len(starts) - 1)
    return Paced(mean_s, mean_s / max(round(mean_s / expected_s), 1), len(starts))

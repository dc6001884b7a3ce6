"""Fear in the bore: it rises slowly, and falls slowly once the patient is out or somebody speaks to them."""

from __future__ import annotations

import math
from dataclasses import dataclass

TIME_CONSTANT_S = 75.0
COMFORT = 0.35
"""By how much an answered call, or a kind word, lowers it at once."""


@dataclass(frozen=True, slots=True)
class Anxiety:
    """From 0 (at ease) to 1 (panic): `level` at `since_s`, from there exponentially towards `goal`."""

    level: float = 0.0
    goal: float = 0.0
    since_s: float = 0.0

    def at(self, now_s: float) -> float:
        fading = math.exp(-max(now_s - self.since_s, 0.0) / TIME_CONSTANT_S)
        return self.goal + (self.level - self.goal) * fading

    def integral_s(self, now_s: float) -> float:
        """∫ level dt from `since_s` to now: what the heart needs to count its beats."""
        passed_s = max(now_s - self.since_s, 0.0)
        settled_s = TIME_CONSTANT_S * (1 - math.exp(-passed_s / TIME_CONSTANT_S))
        return self.goal * passed_s + (self.level - self.goal) * settled_s

    def towards(self, goal: float, now_s: float) -> Anxiety:
        return Anxiety(self.at(now_s), goal, now_s)

    def shifted(self, by: float, now_s: float) -> Anxiety:
        """At once more (fright) or less (comfort); the goal stays."""
        return Anxiety(min(max(self.at(now_s) + by, 0.0), 1.0), self.goal, now_s)

    def reaches_s(self, level: float) -> float:
        """When it will be at `level` if nothing happens; infinite if never again."""
        if self.level >= level:
            return self.since_s
        if self.goal <= level:
            return math.inf
        return self.since_s + TIME_CONSTANT_S * math.log((self.goal - self.level) / (self.goal - level))

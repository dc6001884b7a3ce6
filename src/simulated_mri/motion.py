"""How the patient moves during an acquisition: one pose for each moment.

Poses are rounded to steps far below a pixel, so that shots in the same pose share one simulated slice.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from simulated_mri.geometry import AT_REST, Pose, Vector

STEP_MM, STEP_DEG, STEP_BREATH_MM = 0.25, 0.2, 1.5

Motion = Callable[[float], Pose]
"""From seconds since the beginning of the acquisition to the pose."""


def still(_: float) -> Pose:
    return AT_REST


@dataclass(frozen=True, slots=True)
class Nod:
    """The head turns by `angle_deg` at `at_s` and comes back after `for_s` (None: it does not)."""

    angle_deg: float
    at_s: float
    for_s: float | None = None

    def __call__(self, now_s: float) -> Pose:
        away = now_s >= self.at_s and (self.for_s is None or now_s < self.at_s + self.for_s)
        return rounded(Pose(turn_deg=(self.angle_deg if away else 0.0, 0.0, 0.0)))


@dataclass(frozen=True, slots=True)
class Slip:
    """The body slides by `shift_mm` at once and comes back after `for_s` (None: it does not)."""

    shift_mm: Vector
    for_s: float | None = None

    def __call__(self, now_s: float) -> Pose:
        away = now_s >= 0 and (self.for_s is None or now_s < self.for_s)
        return rounded(Pose(shift_mm=self.shift_mm)) if away else AT_REST


@dataclass(frozen=True, slots=True)
class Drift:
    """A slow shift, in mm per minute along the patient's axes."""

    per_minute_mm: Vector

    def __call__(self, now_s: float) -> Pose:
        x, y, z = (speed * now_s / 60 for speed in self.per_minute_mm)
        return rounded(Pose(shift_mm=(x, y, z)))


@dataclass(frozen=True, slots=True)
class Cough:
    """A shake of `size_mm` from `at_s` on, gone within a second or two."""

    size_mm: float
    at_s: float

    def __call__(self, now_s: float) -> Pose:
        since = now_s - self.at_s
        if since < 0:
            return AT_REST
        shake = self.size_mm * math.exp(-since / 0.7) * math.cos(2 * math.pi * 3 * since)
        return rounded(Pose(shift_mm=(0.0, 0.3 * shake, shake), turn_deg=(0.5 * shake, 0.0, 0.0)))


@dataclass(frozen=True, slots=True)
class Breathing:
    """The dome goes down by `depth_mm` with each breath: long in expiration, as people breathe (cos⁴)."""

    depth_mm: float = 16.0
    period_s: float = 4.0

    def __call__(self, now_s: float) -> Pose:
        return rounded(Pose(breath_mm=self.depth_mm * math.cos(math.pi * now_s / self.period_s) ** 4))


@dataclass(frozen=True, slots=True)
class Pulsation:
    """Each heart beat pushes what is seen towards the head by `size_mm`: fast up, slowly back."""

    size_mm: float = 1.0
    rate_per_min: float = 66.0

    def __call__(self, now_s: float) -> Pose:
        return self.at_beat(now_s * self.rate_per_min / 60)

    def at_beat(self, beats: float) -> Pose:
        """After so many beats, fractions included."""
        beat = beats % 1.0
        up = math.sin(math.pi * min(beat / 0.3, 1.0)) ** 2 if beat < 0.3 else 0.0
        return rounded(Pose(shift_mm=(0.0, 0.0, self.size_mm * up)))


@dataclass(frozen=True, slots=True)
class Course:
    """What a motion was, and what it became: each piece holds from its moment to the next one's."""

    pieces: tuple[tuple[float, Motion], ...]

    def __call__(self, now_s: float) -> Pose:
        motion: Motion = still
        for from_s, piece in self.pieces:
            if from_s <= now_s:
                motion = piece
        return motion(now_s)


def rounded(pose: Pose) -> Pose:
    def to(values: Vector, step: float) -> Vector:
        x, y, z = (round(value / step) * step for value in values)
        return x, y, z

    breath = round(pose.breath_mm / STEP_BREATH_MM) * STEP_BREATH_MM
    return Pose(to(pose.turn_deg, STEP_DEG), to(pose.shift_mm, STEP_MM), breath)

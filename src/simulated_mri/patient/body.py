"""The patient in the scanner as one frozen value; every sign of life is a function of it and a moment.

Rules:
- Times are seconds of scan time, as the patient lives them; what happens makes a new value, the past stays.
- Beats and breaths are counted on without a jump, whatever changes their rate.
- A breath is held as long as the patient can, not as long as somebody wishes.
- A breath-hold command is obeyed after the patient's reaction time, and not at all in a language that they
  do not know.
- Movements already made are never unmade but by a new patient: the picture remembers them.
- The same seed, the same fidgets.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from mr_contract.vocabulary import BreathCommand
from simulated_mri.geometry import AT_REST, Pose, Vector
from simulated_mri.motion import Motion, Pulsation, rounded
from simulated_mri.patient.anxiety import COMFORT, Anxiety
from simulated_mri.patient.sensors import Sensor

SQUEEZES_AT = 0.8
RESTLESS_FROM = 0.35
FIDGET_S = 4.0
FIDGET_DEG, FIDGET_MM = 5.0, 3.0
BREATH_DEPTH_MM = 16.0
FASTER_HEART, FASTER_BREATH = 0.7, 0.8
"""How much faster than at rest in panic, as a share."""
ARRHYTHMIA_CYCLES = 0.03
EARLY_BEAT = 0.35
"""By how much of a cycle an extrasystole comes early; the next beat comes when it would have."""
MOST_MOVEMENTS = 64
MOST_HOLDS = 64
LONGEST_HOLD_S = 120.0
"""What nobody does longer, whatever they were told."""


@dataclass(frozen=True, slots=True)
class Character:
    """What the patient brings: rates at rest, breath, and how they bear the bore (0 well, 1 not at all)."""

    heart_rate_per_min: float = 68.0
    breaths_per_min: float = 14.0
    breath_hold_s: float = 24.0
    spo2_percent: float = 98.0
    claustrophobia: float = 0.0
    reaction_s: float = 0.6
    """From a command that was understood to the breath; fear up to doubles it."""
    languages: tuple[str, ...] = ()
    """Which they understand (ISO 639); empty: all."""
    seed: int = 1
    extrasystoles: float = 0.0
    """Which share of the beats comes early."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A motion that began at a moment; `motion` counts from there."""

    motion: Motion
    began_s: float


@dataclass(frozen=True, slots=True)
class Body:
    """`heart_cycles` and `breath_cycles` were counted up to `anxiety.since_s`."""

    character: Character = field(default_factory=Character)
    anxiety: Anxiety = field(default_factory=Anxiety)
    heart_cycles: float = 0.0
    breath_cycles: float = 0.0
    holds: tuple[tuple[float, float], ...] = ()
    """When the breath is held, from and until, in order; also what was asked for in advance."""
    sensors: frozenset[Sensor] = frozenset({Sensor.PULSE, Sensor.RESPIRATION})
    movements: tuple[Movement, ...] = ()

    # ------------------------------------------------------------ what happens

    def in_the_bore(self, now_s: float, *, inside: bool) -> Body:
        """Fear goes towards what this patient feels in the bore, or to nothing outside."""
        goal = self.character.claustrophobia if inside else 0.0
        return self if goal == self.anxiety.goal else self._feeling(self.anxiety.towards(goal, now_s), now_s)

    def comforted(self, now_s: float) -> Body:
        return self._feeling(self.anxiety.shifted(-COMFORT, now_s), now_s)

    def frightened(self, by: float, now_s: float) -> Body:
        return self._feeling(self.anxiety.shifted(by, now_s), now_s)

    def told_to_hold(self, from_s: float, for_s: float) -> Body:
        """Holds for as long as is asked, or as long as this patient can; fear takes up to half of it."""
        can_s = self.character.breath_hold_s * (1 - self.anxiety.at(from_s) / 2)
        before = tuple(hold for hold in self.holds if hold[0] < from_s)
        return replace(self, holds=(*before, (from_s, from_s + min(for_s, can_s)))[-MOST_HOLDS:])

    def told_to_breathe(self, now_s: float) -> Body:
        """Whatever was asked for in advance is off."""
        holds = tuple((from_s, min(until_s, now_s)) for from_s, until_s in self.holds if from_s < now_s)
        return self if holds == self.holds else replace(self, holds=holds)

    def commanded(self, breath: BreathCommand, language: str | None, now_s: float) -> Body:
        """The intercom says it; a language that is not known is taken for the patient's own."""
        if language is not None and self.character.languages and language not in self.character.languages:
            return self
        from_s = now_s + self.character.reaction_s * (1 + self.anxiety.at(now_s))
        if breath is not BreathCommand.HOLD:
            return self.told_to_breathe(from_s)
        return self if self.holding(from_s) else self.told_to_hold(from_s, LONGEST_HOLD_S)

    def moved(self, motion: Motion, now_s: float) -> Body:
        """Of very many movements the oldest are forgotten."""
        return replace(self, movements=(*self.movements, Movement(motion, now_s))[-MOST_MOVEMENTS:])

    def with_sensor(self, sensor: Sensor, *, attached: bool) -> Body:
        return replace(self, sensors=self.sensors | {sensor} if attached else self.sensors - {sensor})

    def _feeling(self, anxiety: Anxiety, now_s: float) -> Body:
        return replace(
            self, anxiety=anxiety, heart_cycles=self._heart(now_s), breath_cycles=self._breath(now_s)
        )

    # ------------------------------------------------------------ signs of life

    def heart_rate_per_min(self, now_s: float) -> float:
        return self.character.heart_rate_per_min * (1 + FASTER_HEART * self.anxiety.at(now_s))

    def breaths_per_min(self, now_s: float) -> float:
        """0 while the breath is held."""
        if self.holding(now_s):
            return 0.0
        return self.character.breaths_per_min * (1 + FASTER_BREATH * self.anxiety.at(now_s))

    def spo2_percent(self, now_s: float) -> float:
        """A point less for every 15 s of holding the breath beyond the first 15."""
        begun_s = next((from_s for from_s, until_s in self.holds if from_s <= now_s < until_s), now_s)
        held_s = now_s - begun_s
        return max(self.character.spo2_percent - max(held_s - 15.0, 0.0) / 15.0, 70.0)

    def holding(self, now_s: float) -> bool:
        return any(from_s <= now_s < until_s for from_s, until_s in self.holds)

    def heart_cycles_at(self, now_s: float) -> float:
        """Beats so far, fractions included; they come a little faster with each breath taken."""
        even = self._heart(now_s) + ARRHYTHMIA_CYCLES * math.sin(2 * math.pi * self._breath(now_s))
        if self.character.extrasystoles == 0:
            return even
        beat = math.floor(even)
        if even >= (following := self._beat_at(beat + 1)):
            return beat + 1 + (even - following) / (self._beat_at(beat + 2) - following)
        began = self._beat_at(beat)
        return beat + (even - began) / (following - began)

    def _beat_at(self, beat: int) -> float:
        """At which even count a beat really comes; the same seed, the same extrasystoles."""
        early = _chance(self.character.seed, beat) < self.character.extrasystoles
        return beat - (EARLY_BEAT if early else 0.0)

    def breath_share(self, now_s: float) -> float:
        """How far breathed in: 0 out, 1 in; long in expiration, as people breathe. Held in expiration."""
        return 0.0 if self.holding(now_s) else math.cos(math.pi * self.breath_cycles_at(now_s)) ** 4

    def breath_cycles_at(self, now_s: float) -> float:
        """Breaths so far, fractions included: whole when breathed in fully; not to be asked while held."""
        cycles = self._breath(now_s)
        ended_s = max((until_s for _, until_s in self.holds if until_s <= now_s), default=None)
        if ended_s is not None:
            cycles += 0.5 - self._breath(ended_s)  # breathing goes on from where it was held
        return cycles

    def squeezes_at_s(self) -> float:
        """When this patient will squeeze the bulb if nothing happens; infinite if not."""
        return self.anxiety.reaches_s(SQUEEZES_AT)

    def _heart(self, now_s: float) -> float:
        return self.heart_cycles + self._cycles(self.character.heart_rate_per_min, FASTER_HEART, now_s)

    def _breath(self, now_s: float) -> float:
        return self.breath_cycles + self._cycles(self.character.breaths_per_min, FASTER_BREATH, now_s)

    def _cycles(self, rate_per_min: float, faster: float, now_s: float) -> float:
        passed_s = max(now_s - self.anxiety.since_s, 0.0)
        return rate_per_min / 60 * (passed_s + faster * self.anxiety.integral_s(now_s))

    # ------------------------------------------------------------ where the body is

    def pose(self, now_s: float) -> Pose:
        """All movements so far, fidgets of the fearful, and the diaphragm."""
        poses = [self._moved_by(m, now_s) for m in self.movements if now_s >= m.began_s]
        poses.append(self._fidget(now_s))
        return rounded(
            Pose(
                turn_deg=_sum(pose.turn_deg for pose in poses),
                shift_mm=_sum(pose.shift_mm for pose in poses),
                breath_mm=BREATH_DEPTH_MM * self.breath_share(now_s),
            )
        )

    def _moved_by(self, movement: Movement, now_s: float) -> Pose:
        """A pulsation follows this patient's own heart, whatever rate it was given."""
        if isinstance(movement.motion, Pulsation):
            return movement.motion.at_beat(self.heart_cycles_at(now_s))
        return movement.motion(now_s - movement.began_s)

    def motion_from(self, began_s: float) -> Motion:
        """As an acquisition that begins then sees it."""
        return BodyMotion(self, began_s)

    def _fidget(self, now_s: float) -> Pose:
        """For some seconds in another pose, the oftener and farther the more fear."""
        slot = math.floor(now_s / FIDGET_S)
        fear = self.anxiety.at(max(slot * FIDGET_S, self.anxiety.since_s))
        restless = max(fear - RESTLESS_FROM, 0.0) / (1 - RESTLESS_FROM)
        if restless == 0:
            return AT_REST
        generator = np.random.default_rng([self.character.seed, slot & 0xFFFFFFFF])
        if generator.random() > restless:
            return AT_REST
        turn, roll, x, z = (float(value) for value in restless * generator.uniform(-1, 1, 4))
        return Pose(
            turn_deg=(FIDGET_DEG * turn, FIDGET_DEG / 2 * roll, 0.0),
            shift_mm=(FIDGET_MM / 2 * x, 0.0, FIDGET_MM * z),
        )


@dataclass(frozen=True, slots=True)
class BodyMotion:
    """The body's poses, counted from `began_s`."""

    body: Body
    began_s: float

    def __call__(self, elapsed_s: float) -> Pose:
        return self.body.pose(self.began_s + elapsed_s)


@lru_cache(1024)
def _chance(seed: int, beat: int) -> float:
    """From 0 to 1, the same for the same beat whenever it is asked."""
    return float(np.random.default_rng([seed, beat & 0xFFFFFFFF, 1]).random())


def _sum(vectors: Iterable[Vector]) -> Vector:
    x, y, z = (sum(axis) for axis in zip(*vectors, strict=True))
    return x, y, z

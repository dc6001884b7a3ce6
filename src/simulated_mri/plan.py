"""In which order k-space is acquired: a list of shots, each with its duration and its lines.

Lines near the centre come first, so that a picture made of few lines is already useful. A shot is one line
(gradient echo, spin echo), one echo train (TSE, EPI) or one partition with all its lines (3D). What is
measured more than once in different ways (dynamics, diffusion weightings) is measured in *passes*.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from simulated_mri.frames import frames_of_pass
from simulated_mri.hardware import Hardware
from simulated_mri.phase_lines import lines_before_centre, measured_lines, trains_per_slice
from simulated_mri.sequences import SequenceType, Values, count, number, traits
from simulated_mri.timing import (
    cycle_ms,
    frame_passes,
    packets,
    pass_s,
    repetition_ms,
    segment_lines,
    slice_ms,
    timing,
    tr_min_ms,
)
from simulated_mri.trigger_pace import Pace, TriggerSource


@dataclass(frozen=True, slots=True)
class Shot:
    """`lines` are phase-encoding indices (centre: n // 2); a 3D shot has a partition and no slice.

    `frames`: the pictures that it contributes to (see `frames`); `at_s`: when it ends, from the start.
    """

    index: int
    duration_s: float
    slice_index: int | None
    partition: int | None
    average: int
    lines: tuple[int, ...]
    frames: tuple[int, ...] = (0,)
    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Triggered:
    """Shots of a repetition begin `delay_s` after its trigger, one every `slice_s`.

    `ready_s`: when the prescan and the dummy repetitions are over, and the first trigger is looked for.
    """

    source: TriggerSource
    cycle_s: float
    delay_s: float
    slice_s: float
    ready_s: float


@dataclass(frozen=True, slots=True)
class AcquisitionPlan:
    """All shots in order, made one by one when asked for; `lead_in_s`: prescan and dummy repetitions.

    `pass_frames` has one entry per pass; passes begin `pass_s` after each other. `shot_s` is the duration of
    a 3D shot, and of one TR of a 2D sequence, in which every slice of a concatenation has its shot.
    """

    volume: bool
    slice_count: int
    averages: int
    concatenations: int
    shot_s: float
    trains: tuple[tuple[int, ...], ...]
    pass_frames: tuple[tuple[int, ...], ...]
    pass_s: float
    lead_in_s: float
    triggered: Triggered | None = None
    """Slices of a concatenation, or a slab's train, follow each other after a trigger, not evenly in TR."""

    def __len__(self) -> int:
        return self.shots_per_pass * len(self.pass_frames)

    @property
    def shots_per_pass(self) -> int:
        per_average = self.slice_count if self.volume else self.slice_count * len(self.trains)
        return per_average * self.averages

    @property
    def frame_count(self) -> int:
        return sum(map(len, self.pass_frames))

    @property
    def duration_s(self) -> float:
        """The whole scan, lead-in included."""
        return self.lead_in_s + len(self.pass_frames) * self.pass_s

    @property
    def pace(self) -> Pace | None:
        """How it follows the patient's triggers; None without triggering."""
        own = self.triggered
        if own is None:
            return None
        together = 1 if self.volume else math.ceil(self.slice_count / self.concatenations)
        per_pass = self.slice_count if self.volume else len(self.trains) * self.concatenations
        busy_s, whole = own.delay_s + together * own.slice_s, round(self.shot_s / own.cycle_s)
        return Pace(
            source=own.source,
            cycle_s=own.cycle_s,
            cycles=sum(
                not own.delay_s <= cycle * own.cycle_s < busy_s - 1e-9 for cycle in range(1, whole + 1)
            ),
            ready_s=own.ready_s,
            first_s=self.lead_in_s,
            repetition_s=self.shot_s,
            quiet_s=own.delay_s,
            busy_s=busy_s,
            repetitions=per_pass * self.averages * len(self.pass_frames),
        )

    def shots(self, start: int = 0) -> Iterator[Shot]:
        """Shots from number `start` on."""
        return (self.shot(index) for index in range(start, len(self)))

    def shot(self, index: int) -> Shot:
        if not 0 <= index < len(self):
            raise IndexError(f"shot {index} of {len(self)}")
        number, within = divmod(index, self.shots_per_pass)
        return self._partition_shot(number, within) if self.volume else self._slice_shot(number, within)

    def shots_done(self, elapsed_s: float) -> int:
        """How many shots have ended `elapsed_s` after the start (lead-in included)."""
        remaining = elapsed_s - self.lead_in_s + 1e-9
        if remaining <= 0:
            return 0
        passed = min(int(remaining / self.pass_s), len(self.pass_frames))
        done = passed * self.shots_per_pass
        if passed == len(self.pass_frames):
            return done
        return done + self._done_in_pass(remaining - passed * self.pass_s)

    def _done_in_pass(self, remaining: float) -> int:
        if self.volume:
            return min(max(self._ended(remaining, 1), 0), self.shots_per_pass)
        done = 0
        for concatenation in range(self.concatenations):
            slices = len(self._slices_of(concatenation))
            shots = slices * len(self.trains) * self.averages
            fitting = min(max(self._ended(remaining, slices), 0), shots)
            done += fitting
            remaining -= len(self.trains) * self.averages * self.shot_s
            if fitting < shots:
                break
        return done

    def _ended(self, since_s: float, slices: int) -> int:
        """How many shots of a concatenation have ended so long after it began."""
        if self.triggered is None:
            return math.floor(since_s / (self.shot_s / slices))
        repetitions = math.floor(since_s / self.shot_s)
        inside_s = since_s - repetitions * self.shot_s - self.triggered.delay_s
        return repetitions * slices + min(max(math.floor(inside_s / self.triggered.slice_s), 0), slices)

    def _partition_shot(self, number: int, within: int) -> Shot:
        average, position = divmod(within, self.slice_count)
        partition = centre_out(self.slice_count)[position]
        duration_s = self.shot_s
        at_s = self.lead_in_s + number * self.pass_s + (within + 1) * self.shot_s
        if self.triggered is not None:
            duration_s = self.triggered.slice_s
            at_s += self.triggered.delay_s + duration_s - self.shot_s
        index = number * self.shots_per_pass + within
        frames = self.pass_frames[number]
        return Shot(index, duration_s, None, partition, average, self.trains[0], frames, at_s)

    def _slice_shot(self, number: int, within: int) -> Shot:
        rest, before_s = within, self.lead_in_s + number * self.pass_s
        for concatenation in range(self.concatenations):
            slices = self._slices_of(concatenation)
            shots = len(slices) * len(self.trains) * self.averages
            if rest < shots:
                break
            rest -= shots
            before_s += len(self.trains) * self.averages * self.shot_s
        repetition, position = divmod(rest, len(slices))
        average, train = divmod(repetition, len(self.trains))
        duration_s, at_s = self.shot_s / len(slices), before_s + (rest + 1) * self.shot_s / len(slices)
        if self.triggered is not None:
            duration_s = self.triggered.slice_s
            at_s = before_s + repetition * self.shot_s + self.triggered.delay_s + (position + 1) * duration_s
        return Shot(
            number * self.shots_per_pass + within, duration_s, slices[position], None, average,
            self.trains[train], self.pass_frames[number], at_s,
        )  # fmt: skip

    def _slices_of(self, concatenation: int) -> tuple[int, ...]:
        """Every n-th slice; odd positions before even ones: neighbours are excited far apart in time."""
        own = tuple(range(concatenation, self.slice_count, self.concatenations))
        return own[0::2] + own[1::2]


def centre_out(n: int) -> tuple[int, ...]:
    """0 … n-1 by distance from n // 2."""
    return centre_out_around(n // 2, n)


def centre_out_around(centre: int, n: int) -> tuple[int, ...]:
    """0 … n-1 by distance from `centre`."""
    return tuple(sorted(range(n), key=lambda index: (abs(index - centre), index)))


def make_plan(sequence: SequenceType, values: Values, hardware: Hardware) -> AcquisitionPlan:
    """The plan for an achieved set of values."""
    kind = traits(sequence)
    passes = frame_passes(sequence, values)
    whole_s = timing(sequence, values, hardware).duration_s
    lines = len(measured_lines(values))
    return AcquisitionPlan(
        volume=kind.volume,
        slice_count=count(values, "slice_count"),
        averages=count(values, "averages"),
        concatenations=packets(sequence, values),
        shot_s=_shot_s(sequence, values, lines),
        trains=_trains(sequence, values),
        pass_frames=tuple(frames_of_pass(sequence, index) for index in range(passes)),
        pass_s=pass_s(sequence, values),
        lead_in_s=whole_s - passes * pass_s(sequence, values),
        triggered=_triggered(sequence, values, hardware),
    )


def _triggered(sequence: SequenceType, values: Values, hardware: Hardware) -> Triggered | None:
    cycle, source = cycle_ms(values), values.get("trigger")
    if cycle is None:
        return None
    delay_ms = number(values, "trigger_delay_ms")
    if traits(sequence).inversion == "packet":
        delay_ms += number(values, "ti_ms")  # every slice of a packet is inverted before the first is read
    return Triggered(
        source="ECG" if source == "ECG" else "PULSE" if source == "PULSE" else "RESPIRATION",
        cycle_s=cycle / 1000,
        delay_s=delay_ms / 1000,
        slice_s=_shot_ms(sequence, values, hardware) / 1000,
        ready_s=timing(sequence, values, hardware).ready_s,
    )


def _shot_ms(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """How long one triggered shot takes, with the inversion that belongs to it alone."""
    if (lines := segment_lines(sequence, values)) is not None:
        return lines * number(values, "tr_ms")
    busy = slice_ms(sequence, values, hardware)
    match traits(sequence).inversion:
        case "slab":
            return tr_min_ms(sequence, values, hardware, concatenations=1)
        case "slice":
            return number(values, "ti_ms") + busy
        case _:
            return busy


def _shot_s(sequence: SequenceType, values: Values, lines: int) -> float:
    """One repetition: of an untriggered 3D sequence without inversion, all lines of a partition."""
    together = traits(sequence).volume and not traits(sequence).inverted
    if together and segment_lines(sequence, values) is None:
        return lines * number(values, "tr_ms") / 1000
    return repetition_ms(sequence, values) / 1000


def _trains(sequence: SequenceType, values: Values) -> tuple[tuple[int, ...], ...]:
    """What each shot of a slice, or of a partition, reads; the shot with the central line first."""
    lines, centre = measured_lines(values), lines_before_centre(values)
    if traits(sequence).volume:
        return (tuple(lines[n] for n in centre_out_around(centre, len(lines))),)
    match traits(sequence).readout:
        case "epi":
            trains = trains_per_slice(sequence, values)
            starts = centre_out_around(centre % trains, trains)
            return tuple(lines[start::trains] for start in starts)
        case "echo_train":
            return _centred_trains(lines, centre, trains_per_slice(sequence, values))
        case _ if (segment := segment_lines(sequence, values)) is not None:
            ordered = [lines[n] for n in centre_out_around(centre, len(lines))]
            return tuple(tuple(ordered[n : n + segment]) for n in range(0, len(ordered), segment))
        case _:
            return tuple((lines[n],) for n in centre_out_around(centre, len(lines)))


def _centred_trains(lines: tuple[int, ...], centre: int, trains: int) -> tuple[tuple[int, ...], ...]:
    """One line of every band to each train (see `echo_of_position`), those nearest to the centre first.

    So the middle of k-space fills without gaps, towards both sides where two bands meet there.
    """
    read: list[list[int]] = [[] for _ in range(trains)]
    for start in range(0, len(lines), trains):
        band = range(start, min(start + trains, len(lines)))
        for train, position in enumerate(sorted(band, key=lambda own: (abs(own - centre), own))):
            read[train].append(lines[position])
    return tuple(map(tuple, read))

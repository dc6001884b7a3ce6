"""In which order k-space is acquired: a list of shots, each with its duration and its lines.

Lines near the centre come first, so that a picture made of few lines is already useful. A shot is one
line (gradient echo, spin echo), one echo train (TSE, FLAIR) or one partition with all its lines (3D).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from simulated_mri.hardware import Hardware
from simulated_mri.sequences import SequenceType, Values, count, number
from simulated_mri.timing import echo_spacing_ms, shots_per_slice, timing


@dataclass(frozen=True, slots=True)
class Shot:
    """`lines` are phase-encoding indices (centre: n // 2); a 3D shot has a partition and no slice."""

    index: int
    duration_s: float
    slice_index: int | None
    partition: int | None
    average: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AcquisitionPlan:
    """All shots in order, made one by one when asked for; `lead_in_s`: prescan and dummy repetitions."""

    volume: bool
    slice_count: int
    averages: int
    concatenations: int
    tr_s: float
    trains: tuple[tuple[int, ...], ...]
    lead_in_s: float

    def __len__(self) -> int:
        per_average = self.slice_count if self.volume else self.slice_count * len(self.trains)
        return per_average * self.averages

    @property
    def duration_s(self) -> float:
        """The whole scan, lead-in included."""
        repetitions = self.slice_count if self.volume else len(self.trains) * self.concatenations
        return self.lead_in_s + repetitions * self.averages * self.tr_s

    def shots(self, start: int = 0) -> Iterator[Shot]:
        """Shots from number `start` on."""
        return (self.shot(index) for index in range(start, len(self)))

    def shot(self, index: int) -> Shot:
        if not 0 <= index < len(self):
            raise IndexError(f"shot {index} of {len(self)}")
        return self._partition_shot(index) if self.volume else self._slice_shot(index)

    def shots_done(self, elapsed_s: float) -> int:
        """How many shots have ended `elapsed_s` after the start (lead-in included)."""
        remaining = elapsed_s - self.lead_in_s + 1e-9
        if self.volume:
            return min(max(math.floor(remaining / self.tr_s), 0), len(self))
        done = 0
        for concatenation in range(self.concatenations):
            slices = len(self._slices_of(concatenation))
            shots = slices * len(self.trains) * self.averages
            fitting = min(max(math.floor(remaining / (self.tr_s / slices)), 0), shots)
            done += fitting
            remaining -= len(self.trains) * self.averages * self.tr_s
            if fitting < shots:
                break
        return done

    def _partition_shot(self, index: int) -> Shot:
        average, position = divmod(index, self.slice_count)
        partition = centre_out(self.slice_count)[position]
        return Shot(index, self.tr_s, None, partition, average, self.trains[0])

    def _slice_shot(self, index: int) -> Shot:
        rest = index
        for concatenation in range(self.concatenations):
            slices = self._slices_of(concatenation)
            shots = len(slices) * len(self.trains) * self.averages
            if rest < shots:
                break
            rest -= shots
        repetition, position = divmod(rest, len(slices))
        average, train = divmod(repetition, len(self.trains))
        return Shot(index, self.tr_s / len(slices), slices[position], None, average, self.trains[train])

    def _slices_of(self, concatenation: int) -> tuple[int, ...]:
        """Every n-th slice; odd positions before even ones: neighbours are excited far apart in time."""
        own = tuple(range(concatenation, self.slice_count, self.concatenations))
        return own[0::2] + own[1::2]


def centre_out(n: int) -> tuple[int, ...]:
    """0 … n-1 by distance from n // 2."""
    return tuple(sorted(range(n), key=lambda index: (abs(index - n // 2), index)))


def echo_of_line(sequence: SequenceType, values: Values, hardware: Hardware) -> tuple[int, ...]:
    """For a train sequence: which echo (0 = first) reads each line. The effective echo reads the centre.

    k-space is cut into as many bands as the train has echoes; the bands follow each other in echo
    order, turned round so that the effective echo time falls on the central band.
    """
    lines = count(values, "acquisition_matrix_phase")
    repetitions = shots_per_slice(sequence, values)
    echoes = math.ceil(lines / repetitions)
    effective = round(number(values, "te_ms") / echo_spacing_ms(sequence, values, hardware)) - 1
    centre_band = (lines // 2) // repetitions
    return tuple(
        (line // repetitions - centre_band + effective) % max(echoes, effective + 1) for line in range(lines)
    )


def make_plan(sequence: SequenceType, values: Values, hardware: Hardware) -> AcquisitionPlan:
    """The plan for an achieved set of values."""
    lines = count(values, "acquisition_matrix_phase")
    match sequence:
        case "tse" | "flair":
            repetitions = shots_per_slice(sequence, values)
            starts = centre_out_around((lines // 2) % repetitions, repetitions)
            trains = tuple(tuple(range(start, lines, repetitions)) for start in starts)
        case "gre_3d_t1":
            trains = (centre_out(lines),)
        case _:
            trains = tuple((line,) for line in centre_out(lines))
    times = timing(sequence, values, hardware)
    plan = AcquisitionPlan(
        volume=sequence == "gre_3d_t1",
        slice_count=count(values, "slice_count"),
        averages=count(values, "averages"),
        concatenations=count(values, "concatenations") if "concatenations" in values else 1,
        tr_s=number(values, "tr_ms") / 1000,
        trains=trains,
        lead_in_s=0.0,
    )
    lead_in = times.duration_s - plan.duration_s
    return AcquisitionPlan(
        plan.volume, plan.slice_count, plan.averages, plan.concatenations, plan.tr_s, plan.trains, lead_in
    )


def centre_out_around(centre: int, n: int) -> tuple[int, ...]:
    """0 … n-1 by distance from `centre`."""
    return tuple(sorted(range(n), key=lambda index: (abs(index - centre), index)))

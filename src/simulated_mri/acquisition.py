"""One acquisition being measured: shots go in, k-space lines exist, pictures come out at any moment."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulated_mri.contrast import tissue_signals
from simulated_mri.encoding import Encoding, centred_inverse, make_encoding, picture, slice_kspace
from simulated_mri.geometry import Placement, SliceGroup
from simulated_mri.hardware import Hardware
from simulated_mri.phantom import Complex, Real, Subject, signal_volume
from simulated_mri.plan import AcquisitionPlan, Shot, echo_of_line, make_plan
from simulated_mri.sequences import SequenceType, Values
from simulated_mri.timing import echo_spacing_ms

BRAIN_T2_MS = 85.0  # decay along an echo train, as k-space sees it

Picture = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Prescription:
    """A sequence with achieved values and its slices; the groups' slices add up to `slice_count`."""

    sequence: SequenceType
    values: Values
    groups: tuple[SliceGroup, ...]

    def __post_init__(self) -> None:
        slices = sum(group.slice_count for group in self.groups)
        if slices != self.values["slice_count"]:
            raise ValueError(f"{slices} slices are planned but slice_count is {self.values['slice_count']}")
        if self.sequence == "gre_3d_t1" and len(self.groups) != 1:
            raise ValueError("a 3D sequence has exactly one slab")

    def slice_at(self, index: int) -> tuple[SliceGroup, int]:
        """The group of a slice, and the slice's number within it."""
        for group in self.groups:
            if index < group.slice_count:
                return group, index
            index -= group.slice_count
        raise IndexError("there is no such slice")


@dataclass(frozen=True, slots=True)
class Exam:
    """What lies in the magnet, and how: independent of the sequence."""

    subject: Subject
    placement: Placement
    hardware: Hardware


class Acquisition:
    """Holds k-space: what the patient would give, and the lines measured so far (mean over averages).

    Everything is deterministic in (prescription, exam, seed). Not thread-safe; the first shot of a slice
    costs its simulation (~10 ms), the first shot of a 3D slab that of the whole slab (seconds: call
    `prepare` where that does not hurt).
    """

    def __init__(self, prescription: Prescription, exam: Exam, seed: int) -> None:
        self.prescription = prescription
        self.plan: AcquisitionPlan = make_plan(prescription.sequence, prescription.values, exam.hardware)
        partitions = self.plan.slice_count if self.plan.volume else 1
        self.encoding: Encoding = make_encoding(prescription.values, exam.hardware, partitions=partitions)
        self._exam = exam
        self._seed = seed
        self._weights = _train_weights(prescription, exam.hardware)
        signals = tissue_signals(prescription.sequence, prescription.values, exam.hardware)
        self._volume = signal_volume(exam.subject, exam.placement, signals)
        self._store = _Slab(self) if self.plan.volume else _Slices(self)

    def prepare(self) -> None:
        """Simulates what can be simulated before the first shot (3D: the whole slab)."""
        self._store.prepare()

    def acquire(self, shots: Iterable[Shot]) -> None:
        """Measures the lines of `shots`; the same shot must not be given twice."""
        for shot in shots:
            self._store.add(shot)

    def picture(self, index: int) -> Picture:
        """Slice `index` from the lines that exist, in counts of 1 / COUNTS_PER_UNIT."""
        return picture(self._store.slice_kspace(index), self.encoding)

    def pictures(self) -> Iterable[Picture]:
        """All slices in order, for the end of an acquisition."""
        return (picture(kspace, self.encoding) for kspace in self._store.all_slices())

    def acquired(self, index: int) -> npt.NDArray[np.bool_]:
        """Which lines of slice `index` exist, shape (lines,); of a slab: which partitions."""
        return self._store.acquired(index)

    def kspace(self, index: int) -> Complex:
        """Measured k-space of a slice, or of a partition of a slab; zero where not measured."""
        return self._store.kspace(index)

    def simulate(self, index: int) -> Complex:
        """What slice `index` would give without noise."""
        group, within = self.prescription.slice_at(index)
        kspace = slice_kspace(self._volume, self.encoding, group, within)
        return kspace if self._weights is None else kspace * self._weights[:, None]

    def noise(self, shot: Shot) -> Complex:
        """Receiver noise of a shot, shape (its lines, samples): the same whenever it is played."""
        generator = np.random.default_rng([self._seed, shot.index])
        parts = generator.standard_normal((len(shot.lines), self.encoding.samples, 2), dtype=np.float32)
        parts *= np.float32(self.encoding.noise)
        return parts.view(np.complex64)[..., 0]


def _train_weights(prescription: Prescription, hardware: Hardware) -> Real | None:
    """Decay of each line relative to the effective echo; None for sequences without an echo train."""
    sequence, values = prescription.sequence, prescription.values
    if sequence not in ("tse", "flair"):
        return None
    echoes = np.array(echo_of_line(sequence, values, hardware))
    centre = echoes[len(echoes) // 2]
    spacing = echo_spacing_ms(sequence, values, hardware)
    return np.asarray(np.exp(-(echoes - centre) * spacing / BRAIN_T2_MS), dtype=np.float32)


class _Slices:
    """k-space of a 2D acquisition, slice by slice."""

    def __init__(self, owner: Acquisition) -> None:
        self._owner = owner
        self._true: dict[int, Complex] = {}
        self._sum: dict[int, Complex] = {}
        self._count = np.zeros((owner.plan.slice_count, owner.encoding.lines), dtype=np.int32)

    def prepare(self) -> None:
        """Nothing: each slice is simulated with its first shot."""

    def add(self, shot: Shot) -> None:
        index = shot.slice_index
        if index is None:
            raise ValueError(f"shot {shot.index} names no slice")
        if index not in self._true:
            self._true[index] = self._owner.simulate(index)
            self._sum.setdefault(index, np.zeros_like(self._true[index]))
        lines = list(shot.lines)
        self._sum[index][lines] += self._true[index][lines] + self._owner.noise(shot)
        self._count[index, lines] += 1
        if self._count[index].min() == self._owner.plan.averages:
            del self._true[index]  # complete: what the patient would give is no longer needed

    def kspace(self, index: int) -> Complex:
        if index not in self._sum:
            return np.zeros((self._owner.encoding.lines, self._owner.encoding.samples), dtype=np.complex64)
        return np.asarray(self._sum[index] / np.maximum(self._count[index], 1).astype(np.float32)[:, None])

    def acquired(self, index: int) -> npt.NDArray[np.bool_]:
        return np.asarray(self._count[index] > 0)

    slice_kspace = kspace

    def all_slices(self) -> Iterable[Complex]:
        return (self.kspace(index) for index in range(self._owner.plan.slice_count))


class _Slab:
    """k-space of a 3D acquisition: [partition, line, sample]; one picture is followed shot by shot."""

    def __init__(self, owner: Acquisition) -> None:
        self._owner = owner
        shape = (owner.plan.slice_count, owner.encoding.lines, owner.encoding.samples)
        self._true: Complex | None = None
        self._sum = np.zeros(shape, dtype=np.complex64)
        self._count = np.zeros(shape[0], dtype=np.int32)
        self._followed = (-1, np.zeros(shape[1:], dtype=np.complex64))

    def prepare(self) -> None:
        if self._true is not None:
            return
        true = np.empty_like(self._sum)
        for index in range(len(true)):
            true[index] = self._owner.simulate(index)
        n = len(true)
        for line in range(true.shape[1]):  # line by line: the transform needs no second slab in memory
            turned = np.fft.fft(np.fft.ifftshift(true[:, line], axes=0), axis=0)
            true[:, line] = np.fft.fftshift(turned, axes=0) / np.float32(n)
        self._true = true

    def add(self, shot: Shot) -> None:
        self.prepare()
        if self._true is None or shot.partition is None:
            raise ValueError(f"shot {shot.index} names no partition")
        partition, lines = shot.partition, list(shot.lines)
        before = self.kspace(partition)
        self._sum[partition, lines] += self._true[partition, lines] + self._owner.noise(shot)
        self._count[partition] += 1
        index, followed = self._followed
        if index >= 0:
            followed += (self.kspace(partition) - before) * self._turn(partition, index)

    def _turn(self, partition: int | npt.NDArray[np.int_], index: int) -> npt.NDArray[np.complex64]:
        n = len(self._count)
        turns = 2j * math.pi * (partition - n // 2) * (index - n // 2) / n
        return np.asarray(np.exp(turns), dtype=np.complex64)

    def kspace(self, index: int) -> Complex:
        return np.asarray(self._sum[index] / np.float32(max(int(self._count[index]), 1)))

    def acquired(self, index: int) -> npt.NDArray[np.bool_]:
        if not 0 <= index < len(self._count):
            raise IndexError(f"slice {index} of {len(self._count)}")
        return np.asarray(self._count > 0)

    def slice_kspace(self, index: int) -> Complex:
        if self._followed[0] != index:
            weights = self._turn(np.arange(len(self._count)), index) / np.maximum(self._count, 1)
            flat = self._sum.reshape(len(self._sum), -1)
            summed = (weights.astype(np.complex64) @ flat).reshape(self._sum.shape[1:])
            self._followed = (index, summed)
        return self._followed[1]

    def all_slices(self) -> Iterable[Complex]:
        mean = self._sum / np.maximum(self._count, 1).astype(np.float32)[:, None, None]
        for line in range(mean.shape[1]):
            mean[:, line] = centred_inverse(mean[:, line], 0) * np.float32(len(mean))
        return iter(mean)

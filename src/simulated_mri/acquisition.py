"""One acquisition being measured: shots go in, k-space lines exist, pictures come out at any moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulated_mri.contrast import band_factors, line_courses
from simulated_mri.encoding.bases import Bases, make_bases
from simulated_mri.encoding.fourier import Complex, Real
from simulated_mri.encoding.matrix import Encoding, make_encoding
from simulated_mri.encoding.slices import Slice, sensitivity_maps, slice_kspace
from simulated_mri.encoding.volume import Bands, SignalVolume, transmit_fields
from simulated_mri.frames import Frame, make_frames
from simulated_mri.geometry import AT_REST, Placement, Pose
from simulated_mri.hardware import Hardware
from simulated_mri.kspace_store import FlatStore, SlabStore, Store
from simulated_mri.motion import Motion, still
from simulated_mri.phase_lines import measured_lines
from simulated_mri.plan import AcquisitionPlan, Shot, make_plan
from simulated_mri.prescription import Prescription
from simulated_mri.reconstruction.combine import Combiner
from simulated_mri.reconstruction.picture import Picture, as_shown, in_counts
from simulated_mri.sequences import Values, number, traits
from simulated_mri.subjects.subject import Subject
from simulated_mri.timing import as_repeated
from simulated_mri.trigger_pace import Paced

__all__ = ["Acquisition", "Exam", "Prescription"]
_VOLUMES_KEPT = 2  # frames of one pass
_SAME_TR = 0.05  # a TR that differs by less than this share gives the same contrast


@dataclass(frozen=True, slots=True)
class Exam:
    """What lies in the magnet, how, and how it moves: independent of the sequence."""

    subject: Subject
    placement: Placement
    hardware: Hardware
    motion: Motion = still


class Acquisition:
    """Holds k-space: what the patient would give, and the lines measured so far (mean over averages).

    Everything is deterministic in (prescription, exam, seed). Not thread-safe; the first shot of a slice
    costs its simulation (tens of ms), the first shot of a 3D slab that of the whole slab (seconds: call
    `prepare` where that does not hurt). Arrays of k-space are (channels, lines, samples). `every_element`:
    simulate all elements even where one combined channel gives the same picture.
    """

    def __init__(
        self, prescription: Prescription, exam: Exam, seed: int, *, every_element: bool = False
    ) -> None:
        sequence, values = prescription.sequence, prescription.values
        self.prescription = prescription
        self.exam = exam
        self.plan: AcquisitionPlan = make_plan(sequence, values, exam.hardware)
        self.encoding: Encoding = make_encoding(sequence, values, exam.hardware)
        self.frames: tuple[Frame, ...] = make_frames(sequence, values, exam.hardware)
        self.measured: tuple[int, ...] = measured_lines(values)
        self.elements = self.encoding.acceleration > 1 or every_element
        self._seed = seed
        self._volumes: dict[int, SignalVolume] = {}
        self.paced: Paced | None = None
        """How its triggers came, of one that waited for them."""
        self._repetition_s: float | None = None
        self._store: Store = SlabStore(self) if self.plan.volume else FlatStore(self)
        self._combiner = Combiner(self)

    @property
    def channels(self) -> int:
        """Channels that are simulated: every element only where lines are left out (see `encoding.coils`)."""
        return len(self.exam.subject.array.elements_mm) if self.elements and not self.plan.volume else 1

    def prepare(self) -> None:
        """Simulates what can be simulated before the first shot (3D: the whole slab)."""
        self._store.prepare()

    def repeats_every(self, repetition_s: float) -> None:
        """From the next shot on the signal is that of this TR, in a steady state; a slab keeps its first."""
        before_s = self._repetition_s
        if before_s is not None and (self.plan.volume or abs(repetition_s / before_s - 1) < _SAME_TR):
            return
        self._repetition_s = repetition_s
        self._volumes.clear()
        self._store.forget()

    @property
    def repeated_values(self) -> Values:
        """The achieved values with the TR that is really had."""
        return as_repeated(self.prescription.sequence, self.prescription.values, self._repetition_s)

    @property
    def achieved_tr_ms(self) -> float:
        """The planned TR, or the mean that the patient's triggers gave."""
        sequence, values, own = self.prescription.sequence, self.prescription.values, self.paced
        return number(as_repeated(sequence, values, None if own is None else own.repetition_s), "tr_ms")

    def acquire(self, shots: Iterable[Shot]) -> None:
        """Measures the lines of `shots`; the same shot must not be given twice."""
        for shot in shots:
            self._store.add(shot)

    def complex_picture(self, index: int, frame: int = 0) -> Complex:
        """Slice `index` [phase, read] from the lines that exist, in signal density."""
        return self._combiner.picture(index, frame)

    def picture(self, index: int, frame: int = 0) -> Picture:
        """Its magnitude [row, column], in counts of 1 / COUNTS_PER_UNIT."""
        return in_counts(as_shown(np.abs(self.complex_picture(index, frame)), self.encoding))

    def pictures(self, frame: int = 0) -> Iterable[Picture]:
        """All slices in order, for the end of an acquisition."""
        return (self.picture(index, frame) for index in range(self.plan.slice_count))

    def g_factor(self, index: int) -> Real:
        """How much unfolding raises the noise beyond what fewer lines do, (lines, samples)."""
        return self._combiner.g_factor(index)

    def acquired(self, index: int, frame: int = 0) -> npt.NDArray[np.bool_]:
        """Which lines of slice `index` exist, shape (lines,); of a slab: which partitions."""
        return self.times(index, frame) > 0

    def times(self, index: int, frame: int = 0) -> npt.NDArray[np.int32]:
        """How many averages of each line of slice `index`, or of each partition of a slab, exist."""
        return self._store.times(index, frame)

    def kspace(self, index: int, frame: int = 0) -> Complex:
        """Measured k-space of a slice, or of a partition of a slab; zero where not measured."""
        return self._store.kspace(index, frame)

    def slice_kspace(self, index: int, frame: int = 0) -> Complex:
        """Measured k-space of a slice, also of a slab's (then transformed along the partitions)."""
        return self._store.slice_kspace(index, frame)

    def elements_of_slab(self, index: int, frame: int = 0) -> Complex:
        """What every element measures of slice `index` of a slab: the measured lines, others zero."""
        return self._combiner.elements_of_slab(index, frame)

    # ------------------------------------------------------------ what the patient gives

    def simulate(self, index: int, frame: int = 0, pose: Pose = AT_REST) -> Complex:
        """What slice `index` would give without noise."""
        planned = self.planned(index, frame, pose)
        kspace = slice_kspace(self._volume(frame), planned, elements=self.channels > 1)
        if traits(self.prescription.sequence).readout == "epi":
            ghost = np.exp(1j * self.exam.hardware.epi_ghost_rad)
            kspace[:, list(self.measured[1::2])] *= np.complex64(ghost)
        return kspace

    def pose_of(self, shot: Shot) -> Pose:
        return self.exam.motion(shot.at_s)

    def planned(self, index: int, frame: int = 0, pose: Pose = AT_REST) -> Slice:
        group, within = self.prescription.slice_at(index)
        dephases = traits(self.prescription.sequence).readout in ("gradient_echo", "inversion_train")
        return Slice(
            encoding=self.encoding,
            group=group,
            index=within,
            placement=self.exam.placement,
            b0_t=self.exam.hardware.b0_t,
            te_ms=self.frames[frame].te_ms if dephases else None,
            pose=pose,
        )

    def maps(self, index: int, shape: tuple[int, int], *, elements: bool, calibrated: bool = True) -> Complex:
        """Receive sensitivity over the encoded field of view of slice `index`, as calibrated or as it is."""
        array = self.exam.subject.array.calibrated if calibrated else self.exam.subject.array
        maps = sensitivity_maps(array, self.planned(index), shape, elements=elements)
        return np.asarray(maps, dtype=np.complex64)

    def noise(self, shot: Shot, frame: int = 0) -> Complex:
        """Receiver noise of a shot, shape (channels, its lines, samples): the same whenever it is played."""
        generator = np.random.default_rng([self._seed, shot.index, frame])
        return self.white(generator, (self.channels, len(shot.lines), self.encoding.samples))

    def white(self, generator: np.random.Generator, shape: tuple[int, ...]) -> Complex:
        parts: Real = generator.standard_normal((*shape, 2), dtype=np.float32)
        parts *= np.float32(self.encoding.noise)
        return parts.view(np.complex64)[..., 0]

    def seeded(self, *numbers: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, *numbers])

    def _volume(self, frame: int) -> SignalVolume:
        if frame not in self._volumes:
            while len(self._volumes) >= _VOLUMES_KEPT:
                del self._volumes[next(iter(self._volumes))]
            subject, b0_t = self.exam.subject, self.exam.hardware.b0_t
            self._volumes[frame] = SignalVolume(
                subject, self._bases(frame), b0_t, self._bands(frame), everywhere=self.plan.volume
            )
        return self._volumes[frame]

    def _bands(self, frame: int) -> Bands | None:
        prescription, hardware = self.prescription, self.exam.hardware
        if traits(prescription.sequence).readout != "balanced":
            return None
        factors = band_factors(
            prescription.values, hardware, self.frames[frame], self.exam.subject.tissues
        ).astype(np.float32)
        return Bands(factors, number(prescription.values, "tr_ms") / 1000, -hardware.fat_shift_hz)

    def _bases(self, frame: int) -> Bases:
        subject, prescription = self.exam.subject, self.prescription
        fields = transmit_fields(subject)
        courses = line_courses(
            prescription.sequence, self.repeated_values, self.exam.hardware, self.frames[frame],
            subject.tissues, fields,
        )  # fmt: skip
        return make_bases(courses, subject.tissues, fields)

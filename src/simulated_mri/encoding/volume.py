"""The patient as the receiver would see it: one number per place and basis course (see `bases`)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from simulated_mri.encoding.bases import Bases
from simulated_mri.encoding.fourier import Real
from simulated_mri.hardware import GAMMA_HZ_PER_T
from simulated_mri.subjects.subject import Subject
from simulated_mri.tissues import Tissue

Words = npt.NDArray[np.complex64] | npt.NDArray[np.complex128]
_KINDS: tuple[tuple[int, type[np.complexfloating]], ...] = ((2, np.complex64), (4, np.complex128))
AT_ONCE = 2048  # points: their arrays stay in the cache, and are too small for threads of a matrix product
TRANSMIT_FIELDS = (0.8, 0.9, 1.0, 1.1, 1.2)  # where contrast is computed, if B1+ is not even


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """How balanced signal depends on precession during one repetition: bright bands, dark between them.

    `factors`: (tissues, steps) over two turns, share of the signal on resonance with its sign, which changes
    from one bright band to the next. Fat precesses by `fat_hz` more.
    """

    factors: Real
    tr_s: float
    fat_hz: float

    def steps(self, hz: Real) -> npt.NDArray[np.int64]:
        """The column of `factors` for each frequency."""
        count = self.factors.shape[1]
        turns: npt.NDArray[np.int64] = np.rint(hz * (self.tr_s * count / 2)).astype(np.int64)
        return np.remainder(turns, count)


@dataclass(frozen=True, slots=True, eq=False)
class SignalVolume:
    """A subject with the signal of its tissues, computed where a place is looked at.

    `everywhere`: computed for all voxels in advance, which pays for a slab. `words` then holds all bases of a
    voxel as one word of floats.
    """

    subject: Subject
    bases: Bases
    b0_t: float
    bands: Bands | None = None
    everywhere: bool = False
    words: Words | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", self._computed() if self.everywhere else None)

    @property
    def basis_count(self) -> int:
        return int(self.bases.weights.shape[2])

    def _computed(self) -> Words | None:
        """None with more bases than a word can hold."""
        kind = next((kind for most, kind in _KINDS if self.basis_count <= most), None)
        if kind is None:
            return None
        voxels, axes = self.subject.voxels, self.subject.axes_mm()
        words = np.zeros(voxels.shape, dtype=kind)
        for sheet, out, x_mm in zip(voxels, words, axes[0], strict=True):
            present = np.flatnonzero(sheet)
            for start in range(0, len(present), AT_ONCE):
                at = present[start : start + AT_ONCE]
                row, column = np.divmod(at, voxels.shape[2])
                fractions = sheet.reshape(-1)[at].view(np.uint8).reshape(len(at), -1).astype(np.float32)
                places = [np.full(len(at), x_mm), axes[1][row], axes[2][column]]
                values = self.weighted(fractions, [place.astype(np.float32) for place in places])
                out.view(np.float32).reshape(sheet.size, -1)[at, : self.basis_count] = values.T
        return words

    def weighted(self, fractions: Real, places: list[Real]) -> Real:
        """Fractions (points, tissues, 255 = all) × weights: (bases, points).

        `places`: x, y and z of the points in the patient, mm. Where the transmit field is uneven, weights
        follow it by a parabola.
        """
        transmit = self.subject.transmit
        own = self.bases.weights[: 1 if transmit is None else None]
        tissues = fractions[:, : own.shape[1]] * np.float32(1 / 255)
        if self.bands is not None:
            tissues *= self._banded(self.bands, places)
        summed: Real = own.swapaxes(1, 2).reshape(-1, own.shape[1]) @ tissues.T
        powers = summed.reshape(len(own), -1, len(fractions))
        out = powers[-1]
        if transmit is not None:
            uneven = transmit.deviation(places, self.b0_t)
            for power in powers[-2::-1]:
                out *= uneven
                out += power
        return np.asarray(out)

    def _banded(self, bands: Bands, places: list[Real]) -> Real:
        """What precession leaves of each tissue, (points, tissues); the field is the patient's."""
        hz: Real = np.zeros(len(places[0]), dtype=np.float32)
        if self.subject.field_map is not None:
            ppm = self.subject.field_map.at(np.stack(places, axis=-1))
            hz = ppm * np.float32(GAMMA_HZ_PER_T * self.b0_t * 1e-6)
        water, fat = bands.steps(hz), bands.steps(hz + np.float32(bands.fat_hz))
        columns = [fat if tissue is Tissue.FAT else water for tissue in self.subject.tissues]
        factors = [own[column] for own, column in zip(bands.factors, columns, strict=True)]
        return np.stack(factors, axis=-1)


def transmit_fields(subject: Subject) -> tuple[float, ...]:
    return TRANSMIT_FIELDS if subject.transmit is not None else (1.0,)

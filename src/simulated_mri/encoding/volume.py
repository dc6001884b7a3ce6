"""The patient as the receiver would see it: one number per place and basis course (see `bases`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulated_mri.encoding.bases import Bases
from simulated_mri.encoding.fourier import Real
from simulated_mri.hardware import GAMMA_HZ_PER_T
from simulated_mri.subjects.subject import Subject
from simulated_mri.tissues import Tissue

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
    """A subject with the signal of its tissues. Nothing is computed before a place is looked at."""

    subject: Subject
    bases: Bases
    b0_t: float
    bands: Bands | None = None

    @property
    def basis_count(self) -> int:
        return int(self.bases.weights.shape[2])

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

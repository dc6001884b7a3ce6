"""The patient as the receiver would see it: one number per voxel and basis course (see `bases`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulated_mri.encoding.bases import Bases
from simulated_mri.encoding.fourier import Complex, Real
from simulated_mri.hardware import GAMMA_HZ_PER_T, Hardware
from simulated_mri.subjects.subject import Subject
from simulated_mri.tissues import Tissue

TRANSMIT_FIELDS = (0.8, 0.9, 1.0, 1.1, 1.2)  # where contrast is computed, if B1+ is not even


@dataclass(frozen=True, slots=True, eq=False)
class SignalVolume:
    """`values`: (pairs, x, y, z); real and imaginary parts are one basis each, since pairs are read faster.

    An odd number of bases leaves the last imaginary part empty.
    """

    values: Complex
    subject: Subject
    bases: Bases


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


def transmit_fields(subject: Subject) -> tuple[float, ...]:
    return TRANSMIT_FIELDS if subject.transmit is not None else (1.0,)


def signal_volume(
    subject: Subject, bases: Bases, hardware: Hardware, bands: Bands | None = None
) -> SignalVolume:
    """Fractions × weights; where the transmit field is uneven, weights follow it (quadratic)."""
    shape = subject.fractions.shape[1:]
    count = bases.weights.shape[2]
    values = np.zeros(((count + 1) // 2, *shape), dtype=np.complex64)
    weights = bases.weights / np.float32(255)
    uneven = None
    if subject.transmit is not None:
        uneven = subject.transmit.deviation(subject.axes_mm(), hardware.b0_t)
    for x in range(shape[0]):  # sheet by sheet: each fits into the cache
        factors = None if bands is None else _band_factors(subject, bands, hardware, x)
        sheet = _sheet(subject.fractions[:, x], weights, None if uneven is None else uneven(x), factors)
        for basis, own in enumerate(sheet):
            pair = values[basis // 2, x]
            if basis % 2:
                pair.imag = own
            else:
                pair.real = own
    return SignalVolume(values, subject, bases)


def _band_factors(subject: Subject, bands: Bands, hardware: Hardware, x: int) -> Callable[[int], Real]:
    """For the number of a tissue, its factor in one plane of the grid (y, z); the field is the patient's."""
    plane: Real = np.zeros((1, 1), dtype=np.float32)
    if subject.field_map is not None:
        x_mm, y_mm, z_mm = subject.axes_mm()
        points = np.stack(np.meshgrid(x_mm[x], y_mm, z_mm, indexing="ij"), axis=-1)[0]
        plane = subject.field_map.at(points) * np.float32(GAMMA_HZ_PER_T * hardware.b0_t * 1e-6)
    water, fat = bands.steps(plane), bands.steps(plane + np.float32(bands.fat_hz))
    own = [fat if tissue is Tissue.FAT else water for tissue in subject.tissues]
    return lambda tissue: np.asarray(bands.factors[tissue][own[tissue]])


def _sheet(
    fractions: npt.NDArray[np.uint8],
    weights: Real,
    uneven: Real | None,
    factors: Callable[[int], Real] | None,
) -> Real:
    """One plane of the grid, (bases, y, z); `uneven`: B1+ − 1."""
    summed = np.zeros((weights.shape[2], *fractions.shape[1:]), dtype=np.float32)
    for tissue, present in enumerate(fractions):
        if not present.any():
            continue
        share = present if factors is None else present * factors(tissue)
        for basis, (even, *slopes) in enumerate(weights[:, tissue].T):
            if even == 0 and not any(slopes):
                continue
            factor: Real | np.float32 = even
            if uneven is not None and slopes:
                factor = even + uneven * (slopes[0] + uneven * slopes[1])
            summed[basis] += share * factor
    return summed

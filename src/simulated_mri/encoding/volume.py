"""The patient as the receiver would see it: one number per voxel and basis course (see `bases`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulated_mri.encoding.bases import Bases
from simulated_mri.encoding.fourier import Complex, Real
from simulated_mri.subjects.subject import Subject

TRANSMIT_FIELDS = (0.8, 0.9, 1.0, 1.1, 1.2)  # where contrast is computed, if B1+ is not even


@dataclass(frozen=True, slots=True, eq=False)
class SignalVolume:
    """`values`: (pairs, x, y, z); real and imaginary parts are one basis each, since pairs are read faster.

    An odd number of bases leaves the last imaginary part empty.
    """

    values: Complex
    subject: Subject
    bases: Bases


def transmit_fields(subject: Subject) -> tuple[float, ...]:
    return TRANSMIT_FIELDS if subject.transmit is not None else (1.0,)


def signal_volume(subject: Subject, bases: Bases, b0_t: float) -> SignalVolume:
    """Fractions × weights; where the transmit field is uneven, weights follow it (quadratic)."""
    shape = subject.fractions.shape[1:]
    count = bases.weights.shape[2]
    values = np.zeros(((count + 1) // 2, *shape), dtype=np.complex64)
    weights = bases.weights / np.float32(255)
    uneven = None
    if subject.transmit is not None:
        uneven = subject.transmit.deviation(subject.axes_mm(), b0_t)
    for x in range(shape[0]):  # sheet by sheet: each fits into the cache
        sheet = _sheet(subject.fractions[:, x], weights, None if uneven is None else uneven(x))
        for basis, own in enumerate(sheet):
            pair = values[basis // 2, x]
            if basis % 2:
                pair.imag = own
            else:
                pair.real = own
    return SignalVolume(values, subject, bases)


def _sheet(fractions: npt.NDArray[np.uint8], weights: Real, uneven: Real | None) -> Real:
    """One plane of the grid, (bases, y, z); `uneven`: B1+ − 1."""
    summed = np.zeros((weights.shape[2], *fractions.shape[1:]), dtype=np.float32)
    for tissue, share in enumerate(fractions):
        if not share.any():
            continue
        for basis, (even, *slopes) in enumerate(weights[:, tissue].T):
            if even == 0 and not any(slopes):
                continue
            factor: Real | np.float32 = even
            if uneven is not None and slopes:
                factor = even + uneven * (slopes[0] + uneven * slopes[1])
            summed[basis] += share * factor
    return summed

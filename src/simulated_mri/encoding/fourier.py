"""Fourier transforms with their origin at n // 2 on both sides, in single precision."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import fft

Complex = npt.NDArray[np.complex64]
Real = npt.NDArray[np.float32]


def centred_fft(values: Real | Complex, axis: int) -> Complex:
    turned = fft.fft(fft.ifftshift(values, axes=axis), axis=axis, overwrite_x=True)
    return np.asarray(fft.fftshift(turned, axes=axis))


def centred_inverse(values: Complex, axis: int) -> Complex:
    turned = fft.ifft(fft.ifftshift(values, axes=axis), axis=axis, overwrite_x=True)
    return np.asarray(fft.fftshift(turned, axes=axis))


def central_kspace(image: Complex | Real, kept: tuple[int, int]) -> Complex:
    """The central `kept` values of the transform along the last two axes: what `middle` leaves of it.

    Rows that are cropped away are not transformed, and nothing is moved: that the image's origin is at n // 2
    is made good by the phase of the values that are kept.
    """
    rows, columns = image.shape[-2:]
    along_columns = _central(fft.fft(image, axis=-1), -1, kept[1])
    both = _central(fft.fft(along_columns, axis=-2, overwrite_x=True), -2, kept[0])
    both *= _origin_phase(rows, kept[0])[:, None] * _origin_phase(columns, kept[1])
    return both


def _central(values: Complex, axis: int, kept: int) -> Complex:
    """Frequencies −kept // 2 … of a transform, in ascending order."""
    n = values.shape[axis]
    before, after = [slice(None)] * values.ndim, [slice(None)] * values.ndim
    before[axis], after[axis] = slice(n - kept // 2, n), slice(0, kept - kept // 2)
    return np.concatenate([values[tuple(before)], values[tuple(after)]], axis=axis)


@cache
def _origin_phase(n: int, kept: int) -> Complex | Real:
    """exp(2πi k (n // 2) / n) of the kept frequencies; n even: signs in turn."""
    k = np.arange(kept) - kept // 2
    if n % 2 == 0:
        return np.asarray(1 - 2 * (k % 2), dtype=np.float32)
    return np.asarray(np.exp(2j * np.pi * k * (n // 2) / n), dtype=np.complex64)


def middle(n: int, kept: int) -> slice:
    """The `kept` values around n // 2."""
    start = n // 2 - kept // 2
    return slice(start, start + kept)


def fast_length(least: float) -> int:
    """The smallest even number ≥ `least` made of factors 2, 3 and 5 only."""
    n = max(2, math.ceil(least))
    while True:
        rest = n
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1 and n % 2 == 0:
            return n
        n += 1


def apodisation(n: int) -> Real:
    """A gentle roll-off over the outer quarter of k-space against ringing (Tukey), 1 in the centre."""
    distance = np.abs(np.arange(n) - n // 2) / (n / 2)
    edge = np.clip((distance - 0.75) / 0.25, 0, 1)
    return (0.5 * (1 + np.cos(np.pi * edge * 0.7))).astype(np.float32)
